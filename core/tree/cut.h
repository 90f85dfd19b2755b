/* numpy's basic indexing as text: "10:74,:,5", "::2,...", "-1". */
#ifndef TESSERAFS_CUT_H
#define TESSERAFS_CUT_H

#include "core/transform/transform.h"

/* text: what stands between the brackets, `len` bytes.  Cuts item->view and what goes
 * with it; a dropped axis's column of the affine follows those of the kept axes.  EINVAL
 * with the reason: more indices than axes, an integer out of range, a step of 0, ... */
int cut_apply(const char *text, size_t len, struct transform_item *item,
              struct arena *arena, struct err *err);

#endif
