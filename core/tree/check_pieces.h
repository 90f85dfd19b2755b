/* --check of a gathered field: its files one by one, and those that are missing in
 * groups. */
#ifndef TESSERAFS_CHECK_PIECES_H
#define TESSERAFS_CHECK_PIECES_H

#include "core/base/problems.h"
#include "core/field/open_dataset.h"

/* Reads all of a view, counting its voxels. */
typedef int check_view_fn(void *ctx, const struct view *view, struct err *err);

/* Reads every file of the field; what is wrong is added under the name `shown`.  How many
 * problems there were; -1 with *err when it cannot go on. */
int check_pieces(const struct field_spec *field, struct pieces *pieces, const char *shown,
                 check_view_fn *read, void *ctx, struct problems *problems,
                 struct err *err);

#endif
