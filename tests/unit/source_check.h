/* Sources against what their usual reader shows: a Python script makes files, and beside
 * each an expectation (first line: the path; second: dtype, axes, shape; third: the
 * affine or "-"; then the voxels in C order), which is compared with the view, whole and
 * in random boxes. */
#ifndef TESSERAFS_SOURCE_CHECK_H
#define TESSERAFS_SOURCE_CHECK_H

#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/source/source.h"
#include "tests/unit/check.h"

static char check_dir[64];

static inline void check_dir_remove(void)
{
  char command[100];
  snprintf(command, sizeof(command), "rm -rf '%s'", check_dir);
  if (system(command))
    fprintf(stderr, "%s: cannot be removed\n", check_dir);
}

/* A fresh directory, the current one from now on, removed at exit. */
static inline void check_dir_make(void)
{
  strcpy(check_dir, "/tmp/tesserafs-test-XXXXXX");
  if (!mkdtemp(check_dir) || chdir(check_dir))
    abort();
  atexit(check_dir_remove);
}

/* Runs it after a prelude with numpy as np and expect(path, array, affine=None). */
static inline bool check_python(const char *script)
{
  FILE *python = popen("/usr/bin/python3 -W ignore -", "w");
  if (!python)
    return false;
  fputs("import os, gzip, struct, itertools\n"
        "import numpy as np\n"
        "numbers = itertools.count()\n"
        "def expect(path, a, affine=None):\n"
        "    a = np.asarray(a)\n"
        "    a = a.astype(a.dtype.newbyteorder('<'))\n"
        "    with open('%05d.expect' % next(numbers), 'wb') as f:\n"
        "        f.write((path + '\\n').encode())\n"
        "        f.write((' '.join([a.dtype.name, str(a.ndim), *map(str, a.shape)])\n"
        "                 + '\\n').encode())\n"
        "        f.write(('none\\n' if affine is None else 'affine ' + ' '.join(\n"
        "            float(x).hex() for x in np.asarray(affine)[:3].ravel()) + '\\n')\n"
        "            .encode())\n"
        "        f.write(a.tobytes())\n",
        python);
  fputs(script, python);
  return pclose(python) == 0;
}

struct expectation {
  char path[4096];
  char dtype[32];
  int nd;
  int64_t shape[ND_MAX];
  bool has_affine;
  double affine[12];
  char *voxels;
  size_t size; /* bytes */
};

static inline bool expectation_read(const char *file, struct expectation *out)
{
  FILE *f = fopen(file, "rb");
  char mark[8] = "";
  bool good = f && fscanf(f, "%4095[^\n] %31s %d", out->path, out->dtype, &out->nd) == 3;
  for (int d = 0; good && d < out->nd; d++)
    good = fscanf(f, "%ld", &out->shape[d]) == 1;
  good = good && fscanf(f, "%7s", mark) == 1;
  out->has_affine = !strcmp(mark, "affine");
  for (int i = 0; good && out->has_affine && i < 12; i++)
    good = fscanf(f, "%lf", &out->affine[i]) == 1;
  if (good)
    fgetc(f);
  const long start = good ? ftell(f) : 0;
  if (good) {
    fseek(f, 0, SEEK_END);
    out->size = (size_t)(ftell(f) - start);
    fseek(f, start, SEEK_SET);
    out->voxels = malloc(out->size + 1);
    good = fread(out->voxels, 1, out->size, f) == out->size;
  }
  if (f)
    fclose(f);
  return good;
}

/* A small generator: the same boxes in every run. */
static inline int64_t check_draw(uint64_t *state, int64_t below)
{
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((*state >> 33) % (uint64_t)below);
}

/* One random box, to a destination whose axes lie in C or in reverse order. */
static inline bool check_box(const struct view *view, const struct expectation *expect,
                             uint64_t *state, struct err *err)
{
  const int64_t item = dtype_size(view->dtype);
  int64_t off[ND_MAX], shape[ND_MAX], stride[ND_MAX], full[ND_MAX], at[ND_MAX] = {0};
  for (int d = 0; d < view->nd; d++) {
    off[d] = check_draw(state, view->shape[d]);
    shape[d] = 1 + check_draw(state, view->shape[d] - off[d]);
    if (check_draw(state, 3) == 0)
      shape[d] = 1;
  }
  nd_strides(view->nd, shape, item, check_draw(state, 2), stride);
  nd_strides(view->nd, view->shape, item, false, full);
  char *box = malloc((size_t)(nd_count(view->nd, shape) * item));
  bool same = box && !view_read_region(view, off, shape, box, stride, err);
  do {
    int64_t to = 0, from = 0;
    for (int d = 0; d < view->nd; d++) {
      to += at[d] * stride[d];
      from += (off[d] + at[d]) * full[d];
    }
    same = same && !memcmp(box + to, expect->voxels + from, (size_t)item);
  } while (same && nd_next(view->nd, shape, at));
  free(box);
  return same;
}

static inline bool check_voxels(const struct view *view, const struct expectation *expect,
                                struct err *err)
{
  char *all = malloc(expect->size + 1);
  const int64_t zero[ND_MAX] = {0};
  bool same = all && !view_read_box(view, zero, view->shape, all, err) &&
              !memcmp(all, expect->voxels, expect->size);
  free(all);
  uint64_t state = 1;
  for (int i = 0; same && expect->size && i < 20; i++)
    same = check_box(view, expect, &state, err);
  return same;
}

static inline bool check_facts(const struct source_array *array,
                               const struct expectation *expect)
{
  bool same = !strcmp(dtype_table[array->dtype].name, expect->dtype) &&
              array->nd == expect->nd &&
              !memcmp(array->shape, expect->shape, (size_t)expect->nd * sizeof(int64_t));
  for (int i = 0; expect->has_affine && i < 12; i++)
    same = same && array->geo.affine[i / 4][i % 4] == expect->affine[i];
  return same && array->geo.has_affine == expect->has_affine;
}

static inline bool check_expectation(struct source_pool *pool, const char *file)
{
  struct expectation expect = {0};
  struct err err = ERR_INIT;
  struct source *source = NULL;
  struct arena arena;
  arena_init(&arena);
  bool good =
      expectation_read(file, &expect) && !source_open(pool, expect.path, &source, &err);
  good = good && check_facts(source_array_at(source, 0), &expect);
  const struct view *view = good ? source_view(&arena, source, 0, &err) : NULL;
  good = view && check_voxels(view, &expect, &err);
  if (!good)
    fprintf(stderr, "%s: differs (%s)\n", expect.path, err.msg);
  source_unref(source);
  arena_free(&arena);
  free(expect.voxels);
  return good;
}

/* All that the scripts so far expect (nothing is fine too). */
static inline void check_expectations(struct source_pool *pool)
{
  glob_t found;
  if (glob("*.expect", 0, NULL, &found))
    return;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    CHECK(check_expectation(pool, found.gl_pathv[i]));
    unlink(found.gl_pathv[i]);
  }
  globfree(&found);
}

/* Opening (or, with read, the first read) fails with this errno and a message that holds
 * `text`. */
static inline bool check_fails(struct source_pool *pool, const char *path, bool read,
                               int errnum, const char *text)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  int rc = source_open(pool, path, &source, &err);
  if (read && !rc) {
    struct arena arena;
    arena_init(&arena);
    const struct view *view = source_view(&arena, source, 0, &err);
    const int64_t zero[ND_MAX] = {0}, one[ND_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    char voxel[16];
    rc = view ? view_read_box(view, zero, one, voxel, &err) : -1;
    arena_free(&arena);
  } else if (read) {
    rc = 0; /* it must open */
  }
  source_unref(source);
  const bool good = rc == -1 && err.errnum == errnum && strstr(err.msg, text);
  if (!good)
    fprintf(stderr, "%s: rc %d, errno %d, %s\n", path, rc, err.errnum, err.msg);
  return good;
}

static inline struct source_pool *check_pool(size_t cache_bytes, int max_fds)
{
  const struct source_pool_opts opts = {.cache_bytes = cache_bytes, .max_fds = max_fds};
  struct err err = ERR_INIT;
  struct source_pool *pool = source_pool_new(&opts, &err);
  if (!pool)
    abort();
  return pool;
}

#endif
