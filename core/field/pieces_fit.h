/* Checks from a few headers whether the pieces of fields fit together, for a mount that
 * reports all that it can see to be wrong at once. */
#ifndef TESSERAFS_PIECES_FIT_H
#define TESSERAFS_PIECES_FIT_H

#include "core/dataset/dataset.h"

/* Called in the order of the fields, in the thread that called pieces_fit(). */
typedef void pieces_complaint_fn(void *ctx, int64_t field, const char *complaint);

/* Reads headers in the pool's workers: one for a stack, one per position along each axis
 * that pieces are joined along, none where the description says what the pieces are or
 * fixes the pitch of their cells.  A file that cannot be opened is no contradiction.  -1:
 * ENOMEM. */
int pieces_fit(const struct field_spec *const *fields, int64_t n,
               struct source_pool *pool, pieces_complaint_fn *fn, void *ctx,
               struct err *err);

#endif
