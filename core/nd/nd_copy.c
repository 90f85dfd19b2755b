/* Strided copies: every voxel that tesserafs shows passes through here at least once.
 *
 * A copy is first brought to a normal form: axes of extent 1 go, output strides become
 * positive (the axis is walked from its other end), axes are sorted by output stride, and
 * neighbours that are contiguous on both sides merge.  What is left is walked by an
 * odometer around a kernel of two axes: the one along which the output is dense, and
 * either the one along which the input is dense (a transpose, done in tiles that fit the
 * first cache) or the one outside it.  A fill is a copy whose input strides are 0. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/nd/nd.h"

struct axis {
  int64_t n, ostride, istride; /* voxels; bytes */
};

struct copy {
  char *out;
  const char *in;
  int nd;
  struct axis axis[ND_MAX + 1]; /* output stride falls */
};

/* --- kernels: na x nb voxels, b innermost ------------------------------------------ */

typedef void kernel_fn(char *out, const char *in, const struct axis *a,
                       const struct axis *b);

#define DEFINE_KERNEL(name, type, convert)                                               \
  static void name(char *out, const char *in, const struct axis *a,                      \
                   const struct axis *b)                                                 \
  {                                                                                      \
    const int64_t nb = b->n, bo = b->ostride, bi = b->istride;                           \
    for (int64_t i = 0; i < a->n; i++, out += a->ostride, in += a->istride) {            \
      char *o = out;                                                                     \
      const char *p = in;                                                                \
      for (int64_t j = 0; j < nb; j++, o += bo, p += bi) {                               \
        type v;                                                                          \
        memcpy(&v, p, sizeof v);                                                         \
        v = convert(v);                                                                  \
        memcpy(o, &v, sizeof v);                                                         \
      }                                                                                  \
    }                                                                                    \
  }

struct u128 {
  uint64_t half[2];
};

#define AS_IS(v) (v)
DEFINE_KERNEL(copy_1, uint8_t, AS_IS)
DEFINE_KERNEL(copy_2, uint16_t, AS_IS)
DEFINE_KERNEL(copy_4, uint32_t, AS_IS)
DEFINE_KERNEL(copy_8, uint64_t, AS_IS)
DEFINE_KERNEL(copy_16, struct u128, AS_IS)
DEFINE_KERNEL(swap_2, uint16_t, __builtin_bswap16)
DEFINE_KERNEL(swap_4, uint32_t, __builtin_bswap32)
DEFINE_KERNEL(swap_8, uint64_t, __builtin_bswap64)

static kernel_fn *copy_kernel(int itemsize)
{
  switch (itemsize) {
  case 1:
    return copy_1;
  case 2:
    return copy_2;
  case 4:
    return copy_4;
  case 8:
    return copy_8;
  }
  assert(itemsize == 16);
  return copy_16;
}

static kernel_fn *swap_kernel(int size)
{
  assert(size == 2 || size == 4 || size == 8);
  return size == 2 ? swap_2 : size == 4 ? swap_4 : swap_8;
}

enum { SHORT_ROW = 64 /* bytes: a line of the cache */, ROWS_AHEAD = 16 };

/* Rows of one line or less, as those of chunks of 64^3 bytes are.  They come from memory
 * that nobody has touched for long: the processor is told of them ahead, and a call of
 * memcpy for each would take as long as its bytes. */
static void copy_short_rows(char *out, const char *in, const struct axis *a, size_t n)
{
  for (int64_t i = 0; i < a->n; i++, out += a->ostride, in += a->istride) {
    __builtin_prefetch(in + ROWS_AHEAD * a->istride);
    for (size_t j = 0; j < n; j += sizeof(struct u128)) {
      struct u128 v;
      memcpy(&v, in + j, sizeof v);
      memcpy(out + j, &v, sizeof v);
    }
  }
}

/* Rows that are dense on both sides: n bytes each. */
static void copy_rows(char *out, const char *in, const struct axis *a, size_t n)
{
  if (n <= SHORT_ROW && n % sizeof(struct u128) == 0) {
    copy_short_rows(out, in, a, n);
    return;
  }
  for (int64_t i = 0; i < a->n; i++, out += a->ostride, in += a->istride)
    memcpy(out, in, n);
}

/* Rows of one repeated voxel, dense in the output: n bytes each, that double. */
static void fill_rows(kernel_fn *kernel, char *out, const char *in, const struct axis *a,
                      const struct axis *b, size_t n)
{
  const struct axis one = {1, 0, 0};
  struct axis head = *b;
  if (head.n > 64)
    head.n = 64;
  for (int64_t i = 0; i < a->n; i++, out += a->ostride, in += a->istride) {
    kernel(out, in, &one, &head);
    for (size_t done = (size_t)(head.n * head.ostride), more; done < n; done += more) {
      more = done < n - done ? done : n - done;
      memcpy(out + done, out, more);
    }
  }
}

enum { TILE = 32 }; /* 32 x 32 voxels of 16 bytes, read and written, fit 32 KiB */

/* The two axes in tiles, so that both the lines read and those written stay cached;
 * within a tile the longer side is innermost. */
static void in_tiles(kernel_fn *kernel, char *out, const char *in, const struct axis *a,
                     const struct axis *b)
{
  for (int64_t i = 0; i < a->n; i += TILE)
    for (int64_t j = 0; j < b->n; j += TILE) {
      struct axis ta = *a, tb = *b;
      ta.n = a->n - i < TILE ? a->n - i : TILE;
      tb.n = b->n - j < TILE ? b->n - j : TILE;
      char *o = out + i * a->ostride + j * b->ostride;
      const char *p = in + i * a->istride + j * b->istride;
      if (tb.n < ta.n)
        kernel(o, p, &tb, &ta);
      else
        kernel(o, p, &ta, &tb);
    }
}

/* --- the normal form --------------------------------------------------------------- */

static int by_ostride(const void *a, const void *b)
{
  const struct axis *x = a, *y = b;
  return x->ostride < y->ostride ? 1 : x->ostride > y->ostride ? -1 : 0;
}

static void merge_axes(struct copy *c)
{
  int kept = 0;
  for (int d = 1; d < c->nd; d++) {
    struct axis *outer = &c->axis[kept];
    const struct axis *inner = &c->axis[d];
    if (outer->ostride == inner->n * inner->ostride &&
        outer->istride == inner->n * inner->istride) {
      outer->n *= inner->n;
      outer->ostride = inner->ostride;
      outer->istride = inner->istride;
    } else {
      c->axis[++kept] = *inner;
    }
  }
  c->nd = c->nd ? kept + 1 : 0;
}

/* false: the box is empty.  There are at least two axes afterwards. */
static bool normalise(struct copy *c, int nd, const int64_t *shape,
                      const int64_t *ostride, const int64_t *istride)
{
  c->nd = 0;
  for (int d = 0; d < nd; d++) {
    if (shape[d] <= 0)
      return false;
    if (shape[d] == 1)
      continue;
    struct axis axis = {shape[d], ostride[d], istride ? istride[d] : 0};
    if (axis.ostride < 0) {
      c->out += (axis.n - 1) * axis.ostride;
      c->in += (axis.n - 1) * axis.istride;
      axis.ostride = -axis.ostride;
      axis.istride = -axis.istride;
    }
    c->axis[c->nd++] = axis;
  }
  qsort(c->axis, (size_t)c->nd, sizeof c->axis[0], by_ostride);
  merge_axes(c);
  while (c->nd < 2) {
    memmove(c->axis + 1, c->axis, (size_t)c->nd * sizeof c->axis[0]);
    c->axis[0] = (struct axis){1, 0, 0};
    c->nd++;
  }
  return true;
}

/* The axis along which the input is densest. */
static int densest_input(const struct copy *c)
{
  int best = c->nd - 1;
  for (int d = c->nd - 2; d >= 0; d--)
    if (c->axis[d].n > 1 && llabs(c->axis[d].istride) < llabs(c->axis[best].istride))
      best = d;
  return best;
}

static void run(struct copy *c, kernel_fn *kernel, int itemsize, bool plain)
{
  int last = c->nd - 1, dense = densest_input(c);
  const struct axis b = c->axis[last];
  bool transpose = dense != last;
  int second = transpose ? dense : last - 1;
  const struct axis a = c->axis[second];
  const bool dense_out = b.ostride == itemsize, rows = b.istride == itemsize && plain;
  const size_t row_size = (size_t)(b.n * itemsize);
  struct axis *outer = c->axis;
  memmove(outer + second, outer + second + 1, (size_t)(last - second) * sizeof outer[0]);
  int nd = c->nd - 2;
  int64_t shape[ND_MAX + 1], at[ND_MAX + 1] = {0};
  for (int d = 0; d < nd; d++)
    shape[d] = outer[d].n;
  do {
    int64_t o = 0, i = 0;
    for (int d = 0; d < nd; d++) {
      o += at[d] * outer[d].ostride;
      i += at[d] * outer[d].istride;
    }
    if (dense_out && rows)
      copy_rows(c->out + o, c->in + i, &a, row_size);
    else if (dense_out && b.istride == 0)
      fill_rows(kernel, c->out + o, c->in + i, &a, &b, row_size);
    else if (transpose)
      in_tiles(kernel, c->out + o, c->in + i, &a, &b);
    else
      kernel(c->out + o, c->in + i, &a, &b);
  } while (nd_next(nd, shape, at));
}

/* --- the front --------------------------------------------------------------------- */

void nd_copy(int nd, const int64_t *shape, void *out, const int64_t *ostride,
             const void *in, const int64_t *istride, int itemsize)
{
  struct copy c = {.out = out, .in = in};
  if (normalise(&c, nd, shape, ostride, istride))
    run(&c, copy_kernel(itemsize), itemsize, true);
}

void nd_copy_swapped(int nd, const int64_t *shape, void *out, const int64_t *ostride,
                     const void *in, const int64_t *istride, int itemsize, int swap_size)
{
  if (swap_size == 1) {
    nd_copy(nd, shape, out, ostride, in, istride, itemsize);
    return;
  }
  /* the halves of a complex number are one more axis */
  int64_t s[ND_MAX + 1], o[ND_MAX + 1], i[ND_MAX + 1];
  for (int d = 0; d < nd; d++) {
    s[d] = shape[d];
    o[d] = ostride[d];
    i[d] = istride[d];
  }
  s[nd] = itemsize / swap_size;
  o[nd] = i[nd] = swap_size;
  struct copy c = {.out = out, .in = in};
  if (normalise(&c, nd + 1, s, o, i))
    run(&c, swap_kernel(swap_size), swap_size, false);
}

void nd_fill(int nd, const int64_t *shape, void *out, const int64_t *ostride,
             const void *value, int itemsize)
{
  struct copy c = {.out = out, .in = value};
  if (normalise(&c, nd, shape, ostride, NULL))
    run(&c, copy_kernel(itemsize), itemsize, true);
}
