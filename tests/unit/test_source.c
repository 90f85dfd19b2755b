/* The front door of sources: recognition, special files, descriptors, staleness,
 * counters. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/source/source_format.h"
#include "tests/support/source_check.h"
#include "tests/support/threads.h"

static const int64_t zero[ND_MAX];

/* Waits until source_stale() looks at the disk again. */
static void wait_for_look(void)
{
  usleep((SOURCE_CHECK_MS + 50) * 1000);
}

static int open_descriptors(void)
{
  DIR *dir = opendir("/proc/self/fd");
  int n = 0;
  while (dir && readdir(dir))
    n++;
  if (dir)
    closedir(dir);
  return n;
}

static void make_files(void)
{
  CHECK(check_python(
      "import nibabel as nib, shutil\n"
      "for i in range(40): np.save(f'n{i}.npy', np.full((4, 5), i, 'u1'))\n"
      "a = np.arange(60, dtype='u1').reshape(3, 4, 5)\n"
      "img = nib.Nifti1Image(a, np.eye(4))\n"
      "nib.save(img, 'a.nii'); nib.save(img, 'a.nii.gz')\n"
      "nib.save(nib.Nifti1Pair(a, np.eye(4)), 'p.hdr')\n"
      "shutil.copy('a.nii', 'looks.npy'); shutil.copy('n1.npy', 'UPPER.NPY')\n"
      "shutil.copy('n1.npy', '.npy'); shutil.copy('a.nii.gz', 'B.NII.GZ')\n"
      "open('text.txt', 'w').write('text'); open('empty', 'w')\n"
      "open('wrong.npy', 'w').write('text'); open('x.gz', "
      "'wb').write(gzip.compress(b'x'))\n"
      "b = np.zeros((64, 64, 64), 'u2'); nib.save(nib.Nifti1Image(b, np.eye(4)), "
      "'b.nii.gz')\n"));
}

/* --- recognition ------------------------------------------------------------------- */

static void check_probe(const char *path, const char *format, size_t suffix)
{
  struct err err = ERR_INIT;
  size_t length = 99;
  const char *found = source_probe(path, &length, &err);
  CHECK(format ? found && !strcmp(found, format) : !found);
  CHECK(length == suffix);
  CHECK(err.errnum == 0);
}

static void test_probe(void)
{
  check_probe("n1.npy", "npy", 4);
  check_probe("UPPER.NPY", "npy", 4);
  check_probe(".npy", "npy", 0);
  check_probe("a.nii", "nifti", 4);
  check_probe("a.nii.gz", "nifti", 7);
  check_probe("B.NII.GZ", "nifti", 7);
  check_probe("p.hdr", "nifti", 4);
  check_probe("p.img", "nifti", 4);
  check_probe("looks.npy", "nifti", 0);
  check_probe("wrong.npy", "npy", 4);
  check_probe("text.txt", NULL, 0);
  check_probe("empty", NULL, 0);
  check_probe("x.gz", NULL, 0);
}

static void test_special_files(struct source_pool *pool)
{
  CHECK(!mkfifo("fifo.npy", 0600));
  CHECK(!mkdir("directory.npy", 0700));
  CHECK(check_fails(pool, "fifo.npy", false, EINVAL, "a special one"));
  CHECK(check_fails(pool, "directory.npy", false, EINVAL, "a directory"));
  CHECK(check_fails(pool, "/dev/zero", false, EINVAL, "a special one"));
  CHECK(check_fails(pool, "absent.npy", false, ENOENT, "absent.npy"));
  struct err err = ERR_INIT;
  CHECK(!source_probe("fifo.npy", NULL, &err) && err.errnum == EINVAL);
}

/* --- reading ----------------------------------------------------------------------- */

/* The first byte of the first voxel; -1 with *err. */
static int first_voxel(struct source *source, struct err *err)
{
  struct arena arena;
  arena_init(&arena);
  const struct view *view = source_view(&arena, source, 0, err);
  const int64_t one[ND_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  unsigned char voxel[16];
  const int rc = view_read_box(view, zero, one, voxel, err);
  arena_free(&arena);
  return rc ? -1 : voxel[0];
}

static void test_descriptor_cap(void)
{
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20, .max_fds = 3);
  const int before = open_descriptors();
  struct source *sources[40];
  struct err err = ERR_INIT;
  for (int i = 0; i < 40; i++) {
    char path[20];
    snprintf(path, sizeof path, "n%d.npy", i);
    CHECK(!source_open(pool, path, &sources[i], &err));
    CHECK(open_descriptors() <= before + 3);
  }
  for (int k = 0; k < 200; k++) {
    CHECK(first_voxel(sources[k * 7 % 40], &err) == k * 7 % 40);
    CHECK(open_descriptors() <= before + 3);
  }
  for (int i = 0; i < 40; i++)
    source_unref(sources[i]);
  CHECK(open_descriptors() == before);
  source_pool_free(pool);
}

struct hammer {
  struct source **sources;
  int failures;
};

static void *hammer(void *arg)
{
  struct hammer *self = arg;
  for (int k = 0; k < 2000; k++) {
    struct err err = ERR_INIT;
    struct source *source = source_ref(self->sources[k * 11 % 40]);
    self->failures += first_voxel(source, &err) != k * 11 % 40;
    source_unref(source);
  }
  return NULL;
}

/* More threads than descriptors: none is closed while another thread reads from it. */
static void test_descriptors_are_pinned(void)
{
  enum { THREADS = 4 };
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20, .max_fds = 1);
  struct source *sources[40];
  struct hammer hammers[THREADS];
  struct err err = ERR_INIT;
  for (int i = 0; i < 40; i++) {
    char path[20];
    snprintf(path, sizeof path, "n%d.npy", i);
    CHECK(!source_open(pool, path, &sources[i], &err));
  }
  for (int t = 0; t < THREADS; t++)
    hammers[t] = (struct hammer){sources, 0};
  threads_run(THREADS, hammer, hammers, sizeof *hammers);
  for (int t = 0; t < THREADS; t++)
    CHECK(hammers[t].failures == 0);
  for (int i = 0; i < 40; i++)
    source_unref(sources[i]);
  source_pool_free(pool);
}

static void test_counters(struct source_pool *pool)
{
  struct source_stats before, after;
  struct err err = ERR_INIT;
  struct source *source;
  if (!CHECK(!source_open(pool, "b.nii.gz", &source, &err)))
    return;
  source_pool_stats(pool, &before);
  CHECK(first_voxel(source, &err) == 0);
  CHECK(first_voxel(source, &err) == 0);
  source_pool_stats(pool, &after);
  CHECK(after.blocks_decoded == before.blocks_decoded + 1);
  CHECK(after.bytes_decoded == before.bytes_decoded + 64 * 64 * 64 * 2);
  CHECK(after.bytes_read == before.bytes_read + (uint64_t)source_file_size(source, 0));
  CHECK(after.cache.bytes >= 64 * 64 * 64 * 2);
  source_unref(source); /* what was decoded stays: see test_source_known.c */
}

/* A column through the rows of a file costs spans, not a system call a voxel, and a plane
 * not the file. */
static void test_cost_of_cuts(struct source_pool *pool)
{
  CHECK(check_python("np.save('cube.npy', np.zeros((256, 256, 256), 'u1'))\n"));
  struct source_stats before, after;
  struct err err = ERR_INIT;
  struct source *source;
  struct arena arena;
  static char plane[256 * 256];
  if (!CHECK(!source_open(pool, "cube.npy", &source, &err)))
    return;
  arena_init(&arena);
  const struct view *view = source_view(&arena, source, 0, &err);
  source_pool_stats(pool, &before);
  CHECK(!view_read_box(view, zero, (int64_t[]){1, 256, 256}, plane, &err));
  source_pool_stats(pool, &after);
  CHECK(after.bytes_read - before.bytes_read == 256 * 256);
  CHECK(!view_read_box(view, zero, (int64_t[]){16, 16, 16}, plane, &err));
  source_pool_stats(pool, &before);
  CHECK(before.bytes_read - after.bytes_read <= 16 * 256 * 16);
  arena_free(&arena);
  source_unref(source);
}

/* --- staleness --------------------------------------------------------------------- */

static struct source *open_copy(struct source_pool *pool, const char *original,
                                const char *path)
{
  char command[100];
  struct err err = ERR_INIT;
  struct source *source = NULL;
  snprintf(command, sizeof command, "cp %s %s", original, path);
  CHECK(!system(command));
  CHECK(!source_open(pool, path, &source, &err));
  return source;
}

static void check_stale(struct source *source, const char *text)
{
  struct err err = ERR_INIT;
  CHECK(first_voxel(source, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, text));
  CHECK(source_stale(source));
  err = (struct err)ERR_INIT;
  CHECK(first_voxel(source, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, text));
  source_unref(source);
}

static void test_truncated(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "n5.npy", "cut.npy");
  CHECK(!truncate("cut.npy", 60));
  check_stale(source, "cut.npy: changed on disk while mounted");
}

static void test_rewritten(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "n5.npy", "same-size.npy");
  struct err err = ERR_INIT;
  CHECK(first_voxel(source, &err) == 5);
  usleep(20000); /* past the tick of file times */
  CHECK(!system("cat n6.npy > same-size.npy"));
  check_stale(source, "changed on disk while mounted");
  CHECK(!source_open(pool, "same-size.npy", &source, &err));
  CHECK(first_voxel(source, &err) == 6);
  source_unref(source);
}

static void test_replaced(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "a.nii.gz", "r.nii.gz");
  CHECK(!system("cp b.nii.gz new && mv new r.nii.gz"));
  check_stale(source, "changed on disk while mounted");
}

static void test_vanished(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "n5.npy", "gone.npy");
  CHECK(!unlink("gone.npy"));
  check_stale(source, "vanished while mounted");
}

/* a cached block is not served past the time of a look */
static void test_cached_goes_stale(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "a.nii.gz", "c.nii.gz");
  struct err err = ERR_INIT;
  CHECK(first_voxel(source, &err) == 0);
  CHECK(!unlink("c.nii.gz"));
  wait_for_look();
  check_stale(source, "c.nii.gz: vanished while mounted");
}

static void test_other_half_changes(struct source_pool *pool)
{
  struct err err = ERR_INIT;
  struct source *source;
  CHECK(!system("cp p.hdr q.hdr && cp p.img q.img"));
  if (!CHECK(!source_open(pool, "q.img", &source, &err)))
    return;
  CHECK(!source_stale(source));
  CHECK(!truncate("q.hdr", 100));
  wait_for_look();
  CHECK(source_stale(source));
  source_unref(source);
}

static void test_being_read_changes_nothing(struct source_pool *pool)
{
  struct source *source = open_copy(pool, "n5.npy", "read.npy");
  struct err err = ERR_INIT;
  CHECK(!system("cat read.npy > copy"));
  wait_for_look();
  CHECK(!source_stale(source));
  CHECK(first_voxel(source, &err) == 5);
  source_unref(source);
}

int main(void)
{
  check_dir_make();
  make_files();
  struct source_pool *pool = check_pool(.cache_bytes = 16 << 20);
  test_probe();
  test_special_files(pool);
  test_descriptor_cap();
  test_descriptors_are_pinned();
  test_counters(pool);
  test_cost_of_cuts(pool);
  test_truncated(pool);
  test_rewritten(pool);
  test_replaced(pool);
  test_vanished(pool);
  test_cached_goes_stale(pool);
  test_other_half_changes(pool);
  test_being_read_changes_nothing(pool);
  source_pool_free(pool);
  return check_report("source");
}
