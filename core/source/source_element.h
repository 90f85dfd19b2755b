/* From an element as it is stored to the one that a source's view presents. */
#ifndef TESSERAFS_SOURCE_ELEMENT_H
#define TESSERAFS_SOURCE_ELEMENT_H

#include "core/source/source_format.h"

enum { SOURCE_ROW = 512 }; /* elements converted at a time */

/* Are the stored bytes the presented ones, up to their order? */
bool source_is_plain(const struct source_array *array);
/* n (at most SOURCE_ROW) stored elements, `istep` bytes apart, as presented ones, `ostep`
 * apart. */
void source_convert_row(const struct source_array *array, const void *in, int64_t istep,
                        void *out, int64_t ostep, int64_t n);

#endif
