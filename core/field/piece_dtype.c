#include "core/field/piece_dtype.h"

#include <errno.h>

bool dtype_fits(enum dtype from, enum dtype to)
{
  static const int mantissa[DT_COUNT] = {[DT_F16] = 11, [DT_F32] = 24, [DT_F64] = 53};
  const struct dtype_info *a = &dtype_table[from], *b = &dtype_table[to];
  const int bits = 8 * a->size - (a->kind == 'i');
  if (from == to || from == DT_BOOL)
    return true;
  if (to == DT_BOOL)
    return false;
  if (b->kind == 'c')
    return a->kind == 'c' ? a->size <= b->size
                          : dtype_fits(from, to == DT_C64 ? DT_F32 : DT_F64);
  if (a->kind == 'c')
    return false;
  if (a->kind == 'f')
    return b->kind == 'f' && a->size <= b->size;
  if (b->kind == 'f')
    return bits <= mantissa[to];
  if (a->kind == 'i')
    return b->kind == 'i' && a->size <= b->size;
  return b->kind == 'u' ? a->size <= b->size : a->size < b->size;
}

/* view_pointwise_fn: 1-bit samples as 8-bit ones. */
static int widen_row(const void *arg, enum dtype from, const void *in, void *out,
                     ptrdiff_t step, size_t n, struct err *err)
{
  const unsigned char *bits = in;
  unsigned char *bytes = out;
  for (size_t i = 0; i < n; i++)
    bytes[(ptrdiff_t)i * step] = bits[i] ? 255 : 0;
  return 0;
}

const struct view *piece_converted(const struct view *view,
                                   const struct source_array *array, enum dtype to,
                                   const char *file, struct arena *arena, struct err *err)
{
  if (view->dtype == to)
    return view;
  const bool bits = view->dtype == DT_BOOL && array->image;
  if (!dtype_fits(view->dtype, to) || (bits && !dtype_fits(DT_U8, to))) {
    err_set(err, EIO,
            "%s: expected values that fit the dtype %s, found %s; \"transforms\": "
            "[{\"cast\": \"%s\"}] converts them all the same",
            file, dtype_table[to].name, dtype_table[view->dtype].name,
            dtype_table[to].name);
    return NULL;
  }
  if (bits)
    view = view_pointwise(arena, view, DT_U8, NULL, widen_row, NULL, err);
  return view && view->dtype != to ? view_cast(arena, view, to, err) : view;
}
