/* nd_linear: every range of small arrays, and the helpers of nd.h. */
#include <string.h>

#include "core/nd/nd.h"
#include "tests/support/check.h"

struct walk {
  int nd;
  const int64_t *shape;
  int64_t next; /* the linear index that must come next */
  int boxes;
  bool ok;
};

/* The box's voxels in C order must be the linear indices next, next+1, ... */
static int visit(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  struct walk *w = ctx;
  int64_t at[ND_MAX] = {0};
  w->boxes++;
  w->ok &= linear == w->next;
  do {
    int64_t index = 0;
    for (int d = 0; d < w->nd; d++) {
      w->ok &= off[d] >= 0 && shape[d] > 0 && off[d] + shape[d] <= w->shape[d];
      index = index * w->shape[d] + off[d] + at[d];
    }
    w->ok &= index == w->next++;
  } while (nd_next(w->nd, shape, at));
  return 0;
}

static void test_all_ranges(int nd, const int64_t *shape)
{
  int64_t total = nd_count(nd, shape);
  bool ok = true;
  for (int64_t start = 0; start <= total; start++)
    for (int64_t count = 0; start + count <= total; count++) {
      struct walk w = {nd, shape, start, 0, true};
      ok &= nd_linear(nd, shape, start, count, visit, &w) == 0;
      ok &= w.ok && w.next == start + count;
      ok &= w.boxes <= (nd ? 2 * nd - 1 : 1);
    }
  CHECK(ok);
}

static int stop_at_second(void *ctx, const int64_t *off, const int64_t *shape,
                          int64_t linear)
{
  return ++*(int *)ctx == 2 ? -1 : 0;
}

static void test_stops(void)
{
  const int64_t shape[] = {4, 5};
  int calls = 0;
  CHECK(nd_linear(2, shape, 1, 18, stop_at_second, &calls) == -1);
  CHECK(calls == 2);
}

static void test_strides(void)
{
  const int64_t shape[] = {2, 3, 5}, empty[] = {2, 0, 5};
  int64_t s[3];
  nd_strides(3, shape, 4, false, s);
  CHECK(s[0] == 60 && s[1] == 20 && s[2] == 4);
  nd_strides(3, shape, 4, true, s);
  CHECK(s[0] == 4 && s[1] == 8 && s[2] == 24);
  nd_strides(3, empty, 4, false, s);
  CHECK(s[0] == 20 && s[1] == 20 && s[2] == 4);
}

static void test_count_and_text(void)
{
  const int64_t shape[] = {64, 64, 32}, empty[] = {INT64_MAX, INT64_MAX, 0};
  int64_t largest[ND_MAX];
  char buf[ND_TEXT];
  CHECK(nd_count(3, shape) == 131072);
  CHECK(nd_count(3, empty) == 0);
  CHECK(nd_count(0, NULL) == 1);
  CHECK(!strcmp(nd_text(3, shape, buf), "64x64x32"));
  CHECK(!strcmp(nd_text(0, NULL, buf), ""));
  for (int d = 0; d < ND_MAX; d++)
    largest[d] = INT64_MIN;
  CHECK(strlen(nd_text(ND_MAX, largest, buf)) == ND_MAX * 21 - 1);
}

int main(void)
{
  static const int64_t shapes[][4] = {{1, 1, 1, 1}, {5, 1, 1, 1}, {3, 4, 5, 2},
                                      {2, 1, 3, 1}, {1, 3, 1, 4}, {4, 2, 2, 3},
                                      {2, 2, 2, 2}, {7, 3, 1, 1}, {0, 3, 2, 2}};
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    for (int nd = 0; nd <= 4; nd++)
      test_all_ranges(nd, shapes[i]);
  test_stops();
  test_strides();
  test_count_and_text();
  return check_report("nd_linear");
}
