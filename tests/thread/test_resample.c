/* More threads than there are rooms for tiles of the cubic spline: all get the same
 * voxels, and nobody waits for ever, zooms of zooms included. */

#include "core/view/resample_room.h"
#include "core/view/view_resample.h"
#include "tests/support/synth.h"
#include "tests/support/threads.h"

enum { THREADS = 2 * RESAMPLE_ROOMS, N = 24 };

static const struct view *zoomed;
static float all[N][N][N];

static void *read_slices(void *arg)
{
  const int64_t first = *(const int64_t *)arg, shape[] = {1, N, N};
  for (int64_t i = 0; i < N; i++) {
    const int64_t off[] = {(first + i) % N, 0, 0};
    float slice[N][N];
    struct err err = ERR_INIT;
    CHECK(!view_read_box(zoomed, off, shape, slice, &err));
    CHECK(!memcmp(slice, all[off[0]], sizeof slice));
  }
  return NULL;
}

static void read_by_all(void)
{
  static const int64_t off[3], shape[] = {N, N, N};
  struct err err = ERR_INIT;
  int64_t first[THREADS];
  if (!CHECK(zoomed && !view_read_box(zoomed, off, shape, all, &err)))
    return;
  for (int i = 0; i < THREADS; i++)
    first[i] = 2 * i;
  threads_run(THREADS, read_slices, first, sizeof *first);
}

int main(void)
{
  static const int64_t small[] = {9, 10, 11}, middle[] = {15, 15, 15}, to[] = {N, N, N};
  struct synth synth = synth_new(DT_F32, 3, small);
  struct arena arena;
  struct err err = ERR_INIT;
  const struct view_zoom cubic = {.order = 3};
  arena_init(&arena);
  zoomed = view_zoom(&arena, &synth.view, to, cubic, &err);
  read_by_all();
  const struct view *half = view_zoom(&arena, &synth.view, middle, cubic, &err);
  zoomed = half ? view_zoom(&arena, half, to, cubic, &err) : NULL;
  read_by_all();
  arena_free(&arena);
  return check_report("resample");
}
