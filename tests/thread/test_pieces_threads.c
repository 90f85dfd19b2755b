/* Many readers of a field of more files than are kept open, while some of the files
 * change: every voxel is right or an error; hints run along. */
#include <errno.h>
#include <time.h>

#include "core/field/open_dataset.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"
#include "tests/support/threads.h"

enum { SIDE = 47, PIECES = SIDE * SIDE, THREADS = 6, READS = 120, BOX = 9 };

static struct source_pool *pool;
static struct dataset *dataset;
static struct piece pieces[PIECES];
static atomic_int errors, wrong;

/* Tile (row, column) is one voxel high and two wide, all of it value_of(row, column). */
static unsigned char value_of(int64_t row, int64_t column)
{
  return (unsigned char)(row * 31 + column * 7 + 1);
}

/* A box of up to BOX x BOX, every voxel compared. */
static void read_box(const struct snapshot *s, unsigned *seed)
{
  unsigned char out[BOX * BOX];
  const int64_t off[] = {rand_r(seed) % (SIDE - BOX), rand_r(seed) % (2 * SIDE - BOX)};
  const int64_t shape[] = {1 + rand_r(seed) % BOX, 1 + rand_r(seed) % BOX};
  struct err err = ERR_INIT;
  if (rand_r(seed) % 4 == 0)
    view_prefetch(s->view, off, shape, NULL);
  if (view_read_box(s->view, off, shape, out, &err)) {
    atomic_fetch_add(&errors, 1);
    return;
  }
  for (int64_t i = 0; i < shape[0] * shape[1]; i++)
    if (out[i] != value_of(off[0] + i / shape[1], (off[1] + i % shape[1]) / 2))
      atomic_fetch_add(&wrong, 1);
}

static void *reader(void *arg)
{
  unsigned seed = (unsigned)(uintptr_t)arg + 1;
  for (int i = 0; i < READS; i++) {
    const struct snapshot *s = NULL;
    struct err err = ERR_INIT;
    if (dataset_snapshot(dataset, 0, 0, &s, &err)) {
      atomic_fetch_add(&errors, 1);
      continue;
    }
    read_box(s, &seed);
    snapshot_unref(s);
  }
  return NULL;
}

static void make_tile(int i)
{
  char name[40];
  snprintf(name, sizeof name, "%d/%d.npy", i / SIDE, i % SIDE);
  files_npy(name, 2, (int[]){1, 2}, value_of(i / SIDE, i % SIDE));
}

static void run(bool changing)
{
  errors = wrong = 0;
  const struct threads threads = threads_start(THREADS, reader, NULL, 1);
  for (int i = 0; changing && i < 20; i++) {
    make_tile(i * 97 % PIECES); /* the same bytes, another file */
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  threads_join(&threads);
  CHECK(!wrong && (changing || !errors));
}

int main(void)
{
  struct arena arena;
  arena_init(&arena);
  files_begin();
  for (int i = 0; i < PIECES; i++) {
    char name[40];
    make_tile(i);
    snprintf(name, sizeof name, "%d/%d.npy", i / SIDE, i % SIDE);
    pieces[i] = (struct piece){.path = arena_strdup(&arena, files_path(name), NULL)};
  }
  const struct field_spec field = {
      .name = "image",
      .npieces = PIECES,
      .pieces = pieces,
      .gather = {.naxes = 2,
                 .axes = {{.name = "row", .concat = true, .axis = 0, .n = SIDE},
                          {.name = "column", .concat = true, .axis = 1, .n = SIDE}}},
  };
  const struct scan_spec scan = {.id = "s", .nfields = 1, .fields = &field};
  const struct dataset_spec spec = {.nscans = 1, .scans = &scan};
  pool = check_pool(.cache_bytes = 1 << 20, .threads = 2, .max_fds = 50);
  dataset = dataset_open(&spec, pool, NULL);
  run(false);
  run(true);
  dataset_close(dataset);
  source_pool_free(pool);
  files_end();
  arena_free(&arena);
  return check_report("pieces_threads");
}
