/* Does a view give these numbers, however it is read? */
#ifndef TESSERAFS_ARRAY_CHECK_H
#define TESSERAFS_ARRAY_CHECK_H

#include "tests/support/golden.h"
#include "tests/support/view_check.h"

/* One box, into memory of any layout, compared bit for bit with `want`: float32, C order,
 * all of the view. */
static inline bool array_check_box(const struct view *view, const int64_t *off,
                                   const int64_t *shape, const float *want)
{
  int64_t stride[ND_MAX], whole[ND_MAX], base, at[ND_MAX] = {0};
  const int64_t size = view_check_layout(view->nd, shape, sizeof *want, stride, &base);
  char *bytes = malloc((size_t)size); /* exactly: ASan sees a byte too far */
  struct err err = ERR_INIT;
  memset(bytes, 0xa5, (size_t)size);
  bool ok = !view_read_region(view, off, shape, bytes + base, stride, &err);
  nd_strides(view->nd, view->shape, 1, false, whole);
  do {
    const float *expected =
        want + nd_offset(view->nd, off, whole) + nd_offset(view->nd, at, whole);
    ok &= !memcmp(bytes + base + nd_offset(view->nd, at, stride), expected,
                  sizeof *expected);
  } while (nd_next(view->nd, shape, at));
  free(bytes);
  return ok;
}

/* The whole view, and `boxes` random boxes of it. */
static inline void array_check(const struct view *view, const float *want, int boxes)
{
  int64_t off[ND_MAX] = {0}, shape[ND_MAX];
  if (!CHECK(view) || !CHECK(view->dtype == DT_F32))
    return;
  CHECK(array_check_box(view, off, view->shape, want));
  for (int i = 0; i < boxes; i++) {
    for (int d = 0; d < view->nd; d++) {
      off[d] = view_check_pick(view->shape[d]);
      shape[d] = 1 + view_check_pick(view->shape[d] - off[d]);
    }
    CHECK(array_check_box(view, off, shape, want));
  }
}

#endif
