/* npy, format version 1.0: byte for byte what numpy.save writes for a C-ordered array,
 * including the space for the first extent to grow (numpy 1.23 and later). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/encoding/layout.h"
#include "core/encoding/put.h"

enum {
  PREFIX = 10,        /* magic, version, header length in 2 bytes */
  ALIGN = 64,         /* the voxels start at a multiple of it */
  GROWTH_DIGITS = 21, /* the first extent is padded to so many characters */
  DIGITS = 20,        /* of an int64_t */
  TEXT_MAX = 128 + ND_MAX * (DIGITS + 2) + GROWTH_DIGITS,
  HEADER_MAX = PREFIX + TEXT_MAX + 1 + ALIGN,
};
/* Version 2.0 is for headers that do not fit 16 bits of length; ours always do. */
_Static_assert(HEADER_MAX < 65536, "npy version 1.0 holds every header");

/* Python's repr of the shape: (), (3,), (2, 3). */
static size_t put_shape(char *at, int nd, const int64_t *shape)
{
  size_t n = 0;
  at[n++] = '(';
  for (int d = 0; d < nd; d++)
    n += (size_t)sprintf(at + n, "%s%" PRId64, d ? ", " : "", shape[d]);
  if (nd == 1)
    at[n++] = ',';
  at[n++] = ')';
  return n;
}

static size_t put_spaces(char *at, size_t n)
{
  memset(at, ' ', n);
  return n;
}

/* Writes the whole header into buf; returns its size, a multiple of ALIGN. */
static size_t npy_header(const struct view *view, unsigned char buf[HEADER_MAX])
{
  char *text = (char *)buf + PREFIX;
  size_t n = (size_t)sprintf(text, "{'descr': '%s', 'fortran_order': False, 'shape': ",
                             dtype_table[view->dtype].numpy);
  n += put_shape(text + n, view->nd, view->shape);
  n += (size_t)sprintf(text + n, ", }");
  if (view->nd > 0)
    n += put_spaces(text + n, (size_t)(GROWTH_DIGITS -
                                       snprintf(NULL, 0, "%" PRId64, view->shape[0])));
  n += put_spaces(text + n, ALIGN - (PREFIX + n + 1) % ALIGN);
  text[n++] = '\n';
  memcpy(buf, "\x93NUMPY\x01\x00", 8);
  put_le(buf + 8, n, 2);
  return PREFIX + n;
}

static bool npy_holds(const struct item *item)
{
  return true;
}

static int npy_size(const struct item *item, int64_t *size, struct err *err)
{
  unsigned char header[HEADER_MAX];
  if (layout_view_bytes(item->view, size, err) < 0)
    return -1;
  return layout_add_size(*size, (int64_t)npy_header(item->view, header), size, err);
}

static int npy_layout(const struct item *item, struct arena *arena, struct layout *out,
                      struct err *err)
{
  unsigned char *header = arena_alloc(arena, HEADER_MAX, err);
  if (!header || layout_init(out, 2, arena, err) < 0)
    return -1;
  layout_bytes(out, header, (int64_t)npy_header(item->view, header));
  layout_voxels(out, item->view);
  return 0;
}

const struct encoding encoding_npy = {
    .ext = "npy",
    .in_bulk = true,
    .holds = npy_holds,
    .size = npy_size,
    .layout = npy_layout,
};
