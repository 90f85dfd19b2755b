/* nd_copy, nd_copy_swapped, nd_fill against one naive loop: random shapes, strides of
 * both signs, axes in any order, gaps, all item sizes. */
#include <stdlib.h>
#include <string.h>

#include "core/nd/nd.h"
#include "tests/support/check.h"

enum { ROOM = 1 << 16 };

static unsigned seed = 1;

static int pick(int n)
{
  seed = seed * 1103515245u + 12345u;
  return (int)(seed >> 16) % n;
}

/* Strides of an array whose axes lie in memory in random order, with gaps and flips;
 * *base: where voxel 0 is, *span: bytes used. */
static void random_layout(int nd, const int64_t *shape, int itemsize, int64_t *stride,
                          int64_t *base, int64_t *span)
{
  int order[ND_MAX];
  for (int d = 0; d < nd; d++)
    order[d] = d;
  for (int d = nd - 1; d > 0 && pick(2); d--) {
    int other = pick(d + 1), keep = order[d];
    order[d] = order[other];
    order[other] = keep;
  }
  int64_t step = itemsize;
  *base = 0;
  for (int d = nd - 1; d >= 0; d--) {
    int axis = order[d];
    if (pick(4) == 0)
      step += itemsize * pick(3);
    stride[axis] = step;
    step *= shape[axis];
    if (pick(4) == 0) {
      *base += (shape[axis] - 1) * stride[axis];
      stride[axis] = -stride[axis];
    }
  }
  *span = step + itemsize;
}

static void naive(int nd, const int64_t *shape, char *out, const int64_t *ostride,
                  const char *in, const int64_t *istride, int itemsize, int swap)
{
  int64_t at[ND_MAX] = {0};
  do {
    int64_t o = 0, i = 0;
    for (int d = 0; d < nd; d++) {
      o += at[d] * ostride[d];
      i += at[d] * istride[d];
    }
    for (int b = 0; b < itemsize; b++)
      out[o + b] = in[i + b / swap * swap + swap - 1 - b % swap];
  } while (nd_next(nd, shape, at));
}

struct layout {
  int64_t stride[ND_MAX], base;
};

/* A random shape and two layouts of it that fit ROOM. */
static int random_case(int itemsize, int64_t *shape, struct layout *o, struct layout *i)
{
  for (;;) {
    int nd = pick(6);
    int64_t ospan, ispan;
    for (int d = 0; d < nd; d++)
      shape[d] = 1 + pick(pick(8) ? 6 : 80);
    random_layout(nd, shape, itemsize, o->stride, &o->base, &ospan);
    random_layout(nd, shape, itemsize, i->stride, &i->base, &ispan);
    if (ospan <= ROOM && ispan <= ROOM)
      return nd;
  }
}

static char source[ROOM], expected[ROOM], got[ROOM];

static void test_copy(int itemsize, int swap)
{
  for (int n = 0; n < 400; n++) {
    int64_t shape[ND_MAX];
    struct layout o, i;
    int nd = random_case(itemsize, shape, &o, &i);
    memset(expected, 0x55, ROOM);
    memset(got, 0x55, ROOM);
    naive(nd, shape, expected + o.base, o.stride, source + i.base, i.stride, itemsize,
          swap ? swap : 1);
    if (swap)
      nd_copy_swapped(nd, shape, got + o.base, o.stride, source + i.base, i.stride,
                      itemsize, swap);
    else
      nd_copy(nd, shape, got + o.base, o.stride, source + i.base, i.stride, itemsize);
    CHECK(!memcmp(expected, got, ROOM));
  }
}

static void test_fill(int itemsize)
{
  const int64_t none[ND_MAX] = {0};
  for (int n = 0; n < 300; n++) {
    int64_t shape[ND_MAX];
    struct layout o, i;
    int nd = random_case(itemsize, shape, &o, &i);
    memset(expected, 0x55, ROOM);
    memset(got, 0x55, ROOM);
    naive(nd, shape, expected + o.base, o.stride, source, none, itemsize, 1);
    nd_fill(nd, shape, got + o.base, o.stride, source, itemsize);
    CHECK(!memcmp(expected, got, ROOM));
  }
}

/* Input strides of 0 on some axes repeat the voxels (an edge pad does that). */
static void test_broadcast(void)
{
  for (int n = 0; n < 400; n++) {
    int64_t shape[ND_MAX];
    struct layout o, i;
    int nd = random_case(2, shape, &o, &i);
    for (int d = 0; d < nd; d++)
      if (pick(2))
        i.stride[d] = 0;
    i.base = ROOM / 2;
    int64_t low = i.base, high = i.base;
    for (int d = 0; d < nd; d++)
      *(i.stride[d] < 0 ? &low : &high) += (shape[d] - 1) * i.stride[d];
    if (low < 0 || high > ROOM - 2)
      continue;
    memset(expected, 0x55, ROOM);
    memset(got, 0x55, ROOM);
    naive(nd, shape, expected + o.base, o.stride, source + i.base, i.stride, 2, 1);
    nd_copy(nd, shape, got + o.base, o.stride, source + i.base, i.stride, 2);
    CHECK(!memcmp(expected, got, ROOM));
  }
}

static void test_empty(void)
{
  const int64_t shape[] = {3, 0, 2}, stride[] = {2, 2, 1};
  got[0] = 7;
  nd_copy(3, shape, got, stride, source, stride, 1);
  nd_fill(3, shape, got, stride, "x", 1);
  CHECK(got[0] == 7);
}

static void test_most_axes(void)
{
  int64_t shape[ND_MAX], a[ND_MAX], b[ND_MAX];
  for (int d = 0; d < ND_MAX; d++)
    shape[d] = 2;
  nd_strides(ND_MAX, shape, 16, false, a);
  nd_strides(ND_MAX, shape, 16, true, b);
  naive(ND_MAX, shape, expected, a, source, b, 16, 8);
  nd_copy_swapped(ND_MAX, shape, got, a, source, b, 16, 8);
  CHECK(!memcmp(expected, got, 16 << ND_MAX));
}

int main(void)
{
  for (int i = 0; i < ROOM; i++)
    source[i] = (char)pick(256);
  for (int size = 1; size <= 16; size *= 2) {
    test_copy(size, 0);
    test_fill(size);
    for (int swap = size == 16 ? 8 : 1; swap <= size && swap <= 8; swap *= 2)
      test_copy(size, swap);
  }
  test_broadcast();
  test_empty();
  test_most_axes();
  return check_report("nd_copy");
}
