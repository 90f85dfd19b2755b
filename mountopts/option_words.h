/* The functions of option_words.c that options.c uses. */
#ifndef TESSERAFS_OPTION_WORDS_H
#define TESSERAFS_OPTION_WORDS_H

#include "mountopts/mountopts.h"

/* Reads "name[=value],...", the argument of one -o.  Commas in values are written
 * "\,". */
void option_words(struct options *options, const char *list, struct arena *arena,
                  struct problems *problems);
/* Adds "-o <written>" to the arguments for libfuse. */
void option_pass_on(struct options *options, const char *written, struct arena *arena,
                    struct problems *problems);
/* Calls fn for each word that libfuse takes; words that take a value end in '='. */
void option_each_passed(void (*fn)(void *ctx, const char *word), void *ctx);

#endif
