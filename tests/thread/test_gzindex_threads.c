/* Many readers of one gzip file: right pieces, one walk, and readers that go away in the
 * middle of it leave it to the others.  Then many files at once, whose indexes do not all
 * fit. */

#include "core/base/cancel.h"
#include "tests/support/gzindex_check.h"
#include "tests/support/threads.h"

enum { THREADS = 8, READS = 12, FILES = 4 };

struct reader {
  const struct gz_opened *opened;
  const char *raw;
  uint64_t state;
  bool leaves;      /* now and then, with whatever it reads */
  atomic_bool gone; /* its token */
  atomic_bool done;
  int wrong;
};

static void *run(void *ctx)
{
  struct reader *reader = ctx;
  const struct gzindex_pieces *pieces = &reader->opened->pieces;
  char *out = malloc((size_t)pieces->piece);
  cancel_set(&reader->gone);
  for (int i = 0; i < READS; i++) {
    struct err err = ERR_INIT;
    const int64_t piece = check_draw(&reader->state, gzindex_piece_count(pieces));
    const int rc = gz_piece(reader->opened, piece, reader->raw, out, &err);
    const bool left = rc == -1 && err.errnum == EINTR && reader->leaves;
    reader->wrong += rc != 0 && !left;
    atomic_store(&reader->gone, false);
  }
  cancel_set(NULL);
  atomic_store(&reader->done, true);
  free(out);
  return NULL;
}

static void read_by_all(struct gz_opened *opened, int nopened, const char *raw)
{
  struct reader readers[THREADS];
  for (int i = 0; i < THREADS; i++)
    readers[i] = (struct reader){.opened = &opened[i % nopened],
                                 .raw = raw,
                                 .state = (uint64_t)i,
                                 .leaves = i % 2 == 0};
  const struct threads threads = threads_start(THREADS, run, readers, sizeof *readers);
  for (int i = 0; i < THREADS; i += 2)
    while (!atomic_load(&readers[i].done)) {
      atomic_store(&readers[i].gone, true);
      usleep(3000);
    }
  threads_join(&threads);
  for (int i = 0; i < THREADS; i++)
    CHECK(readers[i].wrong == 0);
}

static void test_one_file(struct source_pool *pool, const char *path, const char *raw,
                          size_t size)
{
  const struct gzindex_pieces pieces = {0, 1, (int64_t)size, 60000};
  struct gz_opened opened;
  struct gzindex_stats stats;
  if (!CHECK(gz_open(pool, path, &pieces, &opened)))
    return;
  read_by_all(&opened, 1, raw);
  gzindex_stats(opened.index, &stats);
  CHECK(stats.walked <= size);
  gz_close(&opened);
}

static void test_many_files(struct source_pool *pool, const char *raw, size_t size)
{
  const struct gzindex_pieces pieces = {0, 1, (int64_t)size, 60000};
  struct gz_opened opened[FILES];
  for (int i = 0; i < FILES; i++)
    if (!CHECK(gz_open(pool, "one.gz", &pieces, &opened[i])))
      return;
  read_by_all(opened, FILES, raw);
  for (int i = 0; i < FILES; i++)
    gz_close(&opened[i]);
}

int main(void)
{
  check_dir_make();
  if (!check_python(gz_prelude,
                    "put('one', noise)\n"
                    "write('members', b''.join(members(noise, 300000)), noise)\n"))
    abort();
  size_t size;
  char *raw = gz_file("one", ".raw", &size);
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
  test_one_file(pool, "one.gz", raw, size);
  test_one_file(pool, "members.gz", raw, size);
  test_many_files(pool, raw, size);
  source_pool_free(pool);
  free(raw);
  return check_report("gzindex_threads");
}
