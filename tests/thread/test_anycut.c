/* Any cut: every kind of source, read through every encoding that can hold it by eight
 * threads in pieces of any size and order, equals one sequential read of the file.  Some
 * threads share one open file, the others open their own; the cache is large, 1 MiB, and
 * smaller than a block. */

#include "core/encoding/encoding.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"
#include "tests/support/threads.h"

enum { THREADS = 8, CUTS = 12, SCALE = 5, PATHS = 1000, TAIL = 12 };

#define ALL_FORMATS "formats=npy+nii+nii.gz+h5+raw+tif+png"

/* --- what is read ------------------------------------------------------------------ */

struct paths {
  int n;
  char *path[PATHS];
  const char *dir; /* what is listed now */
  int skip;        /* entries to leave out before the next one counts */
};

static int add_path(void *ctx, const struct tree_dirent *entry)
{
  struct paths *paths = ctx;
  char path[600];
  if (entry->type != TREE_FILE || paths->skip-- > 0 || paths->n == PATHS)
    return 0;
  snprintf(path, sizeof path, "%s/%s", paths->dir, entry->name);
  paths->path[paths->n++] = strdup(path);
  return 0;
}

static int count_entry(void *ctx, const struct tree_dirent *entry)
{
  ++*(int *)ctx;
  return 0;
}

/* Adds the last files of a directory: of a view that is the item at the far corner, which
 * is padded, in every format. */
static void add_directory(struct tree *tree, struct paths *paths, const char *dir)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  int n = 0;
  if (!CHECK(!tree_resolve(tree, dir, &attr, &err)))
    return;
  paths->dir = dir;
  CHECK(!tree_readdir(tree, attr.id, 0, count_entry, &n, &err));
  paths->skip = n - TAIL;
  CHECK(!tree_readdir(tree, attr.id, 0, add_path, paths, &err));
  tree_forget(tree, attr.id, 1);
}

static void add_scan(struct tree *tree, struct paths *paths, const char *scan,
                     const char *field)
{
  char dir[400];
  snprintf(dir, sizeof dir, "scans/%s", scan);
  add_directory(tree, paths, dir);
  snprintf(dir, sizeof dir, "patches/size=9,stride=7,pad=3,transforms=zscore/%s/%s", scan,
           field);
  add_directory(tree, paths, dir);
  snprintf(dir, sizeof dir, "slices/window=3,pad_mode=reflect/%s/%s", scan, field);
  add_directory(tree, paths, dir);
  for (int e = 0; encodings[e] && paths->n < PATHS; e++) {
    struct tree_attr attr;
    struct err err = ERR_INIT;
    snprintf(dir, sizeof dir, "scans/%s/%s[3:,...,::-2].%s", scan, field,
             encodings[e]->ext);
    if (tree_resolve(tree, dir, &attr, &err))
      continue; /* cannot hold it */
    tree_forget(tree, attr.id, 1);
    paths->path[paths->n++] = strdup(dir);
  }
}

static void free_paths(struct paths *paths)
{
  for (int i = 0; i < paths->n; i++)
    free(paths->path[i]);
}

/* --- reading it -------------------------------------------------------------------- */

static int open_path(struct tree *tree, const char *path, struct tree_file **file,
                     struct err *err)
{
  struct tree_attr attr;
  if (tree_resolve(tree, path, &attr, err))
    return -1;
  const int rc = tree_open(tree, attr.id, file, err);
  tree_forget(tree, attr.id, 1);
  return rc;
}

/* One sequential read; NULL after a failed check. */
static uint8_t *read_whole(struct tree_file *file, size_t size)
{
  enum { PIECE = 1 << 16 };
  struct err err = ERR_INIT;
  uint8_t *all = malloc(size + 1);
  size_t done = 0, n = 1;
  while (all && done < size && n) {
    const size_t want = size - done < PIECE ? size - done : PIECE;
    if (tree_pread(file, all + done, want, (int64_t)done, &n, &err))
      break;
    done += n;
  }
  if (CHECK(all && done == size && !err.errnum))
    return all;
  fprintf(stderr, "  %s\n", err.msg);
  free(all);
  return NULL;
}

struct job {
  struct tree *tree;
  const char *path;
  struct tree_file *shared; /* NULL: opens its own */
  const uint8_t *all;       /* the bytes that are right */
  int64_t size;
  uint64_t seed;
};

static uint64_t draw(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Of many sizes: a few bytes, a page, up to the whole file. */
static size_t draw_size(uint64_t *state, int64_t size)
{
  static const int64_t most[] = {40, 5000, 5000, 60000};
  const uint64_t kind = draw(state) % 16;
  const int64_t limit = kind ? most[kind % 4] : size;
  return (size_t)(1 + (int64_t)(draw(state) % (uint64_t)limit));
}

static bool cut_is_right(const struct job *job, struct tree_file *file, uint64_t *state)
{
  struct err err = ERR_INIT;
  const int64_t at = (int64_t)(draw(state) % (uint64_t)job->size);
  const size_t size = draw_size(state, job->size);
  const size_t left = (size_t)(job->size - at), expected = size < left ? size : left;
  size_t n = 0;
  uint8_t *buf = malloc(size);
  const bool right = buf && !tree_pread(file, buf, size, at, &n, &err) && n == expected &&
                     !memcmp(buf, job->all + at, n);
  if (!right)
    fprintf(stderr, "  %s: %zu bytes at %lld: %s\n", job->path, size, (long long)at,
            err.errnum ? err.msg : "other bytes");
  free(buf);
  return right;
}

static void *read_cuts(void *ctx)
{
  const struct job *job = ctx;
  struct tree_file *file = job->shared;
  struct err err = ERR_INIT;
  uint64_t state = job->seed;
  bool right = file || !open_path(job->tree, job->path, &file, &err);
  for (int i = 0; right && i < CUTS; i++)
    right = cut_is_right(job, file, &state);
  if (file != job->shared)
    tree_close(file);
  CHECK(right);
  return NULL;
}

static void read_path(struct tree *tree, const char *path, uint64_t seed)
{
  struct tree_file *file;
  struct err err = ERR_INIT;
  if (!CHECK(!open_path(tree, path, &file, &err))) {
    fprintf(stderr, "  %s\n", err.msg);
    return;
  }
  const int64_t size = tree_file_size(file);
  uint8_t *all = size ? read_whole(file, (size_t)size) : NULL;
  struct job jobs[THREADS];
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (struct job){tree, path, i % 2 ? file : NULL, all, size, 0};
    jobs[i].seed = (seed * THREADS + (uint64_t)i + 1) * 0x9e3779b97f4a7c15u;
  }
  if (all)
    threads_run(THREADS, read_cuts, jobs, sizeof *jobs);
  free(all);
  tree_close(file);
}

static void read_all(const char *words)
{
  static const char *const fields[][2] = {
      {"volume", "image"}, {"head", "image"},  {"zip", "image"},   {"em", "image"},
      {"em", "label"},     {"color", "image"}, {"pages", "image"}, {"stack", "image"}};
  struct loaded loaded;
  struct paths paths = {0};
  struct err err = ERR_INIT;
  if (CHECK(!loaded_open(&loaded, files_path("data"), words, &err))) {
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
      add_scan(loaded.tree, &paths, fields[i][0], fields[i][1]);
    CHECK(paths.n > 150);
    for (int i = 0; i < paths.n; i++)
      read_path(loaded.tree, paths.path[i], (uint64_t)i);
  } else {
    fprintf(stderr, "  %s\n", err.msg);
  }
  free_paths(&paths);
  loaded_free(&loaded);
}

int main(void)
{
  struct err err = ERR_INIT;
  CHECK(!hdf5_worker_start(&err)); /* before there are threads */
  files_begin();
  small_dataset_make(SCALE);
  read_all(ALL_FORMATS);
  read_all(ALL_FORMATS ",cache=1M");
  read_all(ALL_FORMATS ",cache=8K");
  files_end();
  return check_report("anycut");
}
