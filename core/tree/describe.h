/* Members of the JSON objects that explain arrays. */
#ifndef TESSERAFS_DESCRIBE_H
#define TESSERAFS_DESCRIBE_H

#include "core/base/text.h"
#include "core/dataset/dataset.h"

void describe_array(struct text *out, const struct view *view);
void describe_affine(struct text *out, const struct geometry *geo);
/* ", \"source\": ...", where a field comes from. */
void describe_source(struct text *out, const struct field_spec *field);
/* In place of the facts about an array that cannot be read: why.  -1: the reason will be
 * gone in a moment, and must not be written down as a fact. */
int describe_error(struct text *out, const struct err *why, struct err *err);

#endif
