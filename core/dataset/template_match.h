/* The inside of templates: matching one path component, for template.c and
 * template_expand.c. */
#ifndef TESSERAFS_TEMPLATE_MATCH_H
#define TESSERAFS_TEMPLATE_MATCH_H

#include "core/dataset/template.h"

enum { MATCH_REMEMBERED = 256 }; /* positions; a file name is no longer than that */

/* The value of a name, within the text it was read from. */
struct span {
  const char *start; /* NULL: not bound yet */
  size_t length;
};

int template_name_at(const struct template *template, const char *name, size_t length);

/* Returns 1 with bound[] completed, 0 with bound[] as it was, -1 with *err (too many
 * readings). */
int template_match_component(const struct template *template, const char *pattern,
                             size_t pattern_length, const char *text, size_t length,
                             struct span *bound, struct err *err);

char *span_copy(struct arena *arena, const struct span *span, struct err *err);

#endif
