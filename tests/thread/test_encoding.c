/* One open file of each encoding read by eight threads in pieces of any size and order,
 * its checksums among them; and h5 skeletons made by all threads at once. */

#include "tests/support/encoding_items.h"
#include "tests/support/threads.h"

enum { THREADS = 8, CUTS = 60, PIECE = 20000 };

struct job {
  const struct layout *layout;
  const char *all; /* the bytes that are right */
  uint64_t seed;
};

static uint64_t draw(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void *read_cuts(void *ctx)
{
  const struct job *job = ctx;
  const int64_t size = job->layout->size;
  uint64_t state = job->seed;
  char buf[PIECE];
  bool equal = true;
  for (int i = 0; i < CUTS; i++) {
    struct err err = ERR_INIT;
    int64_t n = (int64_t)(draw(&state) % PIECE);
    int64_t at = (int64_t)(draw(&state) % (uint64_t)size);
    if (i % 20 == 19) /* the checksums */
      at = size - 20;
    if (n > size - at)
      n = size - at;
    equal = equal && encoding_pread(job->layout, buf, (size_t)n, at, &err) == 0 &&
            memcmp(buf, job->all + at, (size_t)n) == 0;
  }
  CHECK(equal);
  return NULL;
}

static void test_cuts(const struct encoding *encoding, enum dtype dtype, int nd,
                      const int64_t *shape)
{
  struct index_view view;
  const struct item item = index_item(&view, dtype, nd, shape);
  struct arena arena;
  struct layout whole, shared;
  struct err err = ERR_INIT;
  struct job jobs[THREADS];
  arena_init(&arena);
  CHECK(encoding_open(encoding, &item, &arena, &whole, &err) == 0);
  CHECK(encoding_open(encoding, &item, &arena, &shared, &err) == 0);
  char *all = read_layout(&whole, (size_t)whole.size);
  for (int i = 0; i < THREADS; i++)
    jobs[i] = (struct job){&shared, all, 1234567 + 1000003 * (uint64_t)i};
  if (CHECK(all))
    threads_run(THREADS, read_cuts, jobs, sizeof *jobs);
  free(all);
  arena_free(&arena);
}

static void *build_skeletons(void *ctx)
{
  const struct job *job = ctx;
  bool ok = true;
  for (int64_t i = 0; i < 40; i++) {
    struct index_view view;
    const struct item item =
        index_item(&view, DT_F32, SHAPE(1 + (i + (int64_t)job->seed) % 25, 3));
    struct err err = ERR_INIT;
    int64_t size;
    ok = ok && encoding_size(&encoding_h5, &item, &size, &err) == 0 &&
         size > 4 * 3 * item.view->shape[0];
  }
  CHECK(ok);
  return NULL;
}

static void test_skeletons(void)
{
  struct job jobs[THREADS] = {{0}};
  for (int i = 0; i < THREADS; i++)
    jobs[i].seed = (uint64_t)(5 * i);
  threads_run(THREADS, build_skeletons, jobs, sizeof *jobs);
}

int main(void)
{
  for (int i = 0; encodings[i]; i++)
    test_cuts(encodings[i], DT_U16, SHAPE(200, 301));
  test_cuts(&encoding_png, DT_BOOL, SHAPE(700, 1001));
  test_cuts(&encoding_tif, DT_BOOL, SHAPE(10, 100, 301));
  test_skeletons();
  return check_report("encoding");
}
