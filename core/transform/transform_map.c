/* Per-voxel transforms on real numbers: convert, map, convert.  Doubles hold every value
 * of up to 53 bits exactly; 64-bit integers beyond are rounded, as numpy's float64
 * does. */
#include <errno.h>

#include "core/transform/transform_table.h"

enum { MAP_ROW = 512 };

struct map {
  enum dtype to;
  transform_map_fn *fn;
  const void *arg;
};

static int map_row(const void *arg, enum dtype from, const void *in, void *out,
                   ptrdiff_t step, size_t n, struct err *err)
{
  const struct map *map = arg;
  double row[MAP_ROW];
  for (size_t i = 0; i < n; i += MAP_ROW) {
    size_t m = n - i < MAP_ROW ? n - i : MAP_ROW;
    dtype_convert(from, (const char *)in + i * (size_t)dtype_size(from), dtype_size(from),
                  DT_F64, row, sizeof *row, m);
    map->fn(map->arg, row, m);
    if (dtype_convert(DT_F64, row, sizeof *row, map->to,
                      (char *)out + (ptrdiff_t)i * step, step, m) < m)
      return err_set(err, EIO, "a value that is not a number cannot be stored as %s",
                     dtype_table[map->to].name);
  }
  return 0;
}

int transform_map(struct transform_item *item, struct arena *arena, enum dtype to,
                  transform_map_fn *fn, const void *arg, struct err *err)
{
  if (dtype_table[item->view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers, found %s",
                   dtype_table[item->view->dtype].name);
  struct map *map = arena_alloc(arena, sizeof *map, err);
  if (!map)
    return -1;
  *map = (struct map){to, fn, arg};
  item->view = view_pointwise(arena, item->view, to, NULL, map_row, map, err);
  return item->view ? 0 : -1;
}
