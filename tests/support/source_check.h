/* Sources against what their usual reader shows: a Python script makes files, and beside
 * each an expectation (first line: the path; second: dtype, axes, shape; third: the
 * affine or "-"; then the voxels in C order), which is compared with the view, whole and
 * in random boxes. */
#ifndef TESSERAFS_SOURCE_CHECK_H
#define TESSERAFS_SOURCE_CHECK_H

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/check.h"
#include "tests/support/pool.h"

static char check_dir[64];

/* Files of other programs, which stand beside the repository; scripts find them as
 * os.environ['DATA']. */
static char check_data[PATH_MAX];

static inline void check_dir_remove(void)
{
  char command[100];
  snprintf(command, sizeof command, "rm -rf '%s'", check_dir);
  if (system(command))
    fprintf(stderr, "%s: cannot be removed\n", check_dir);
}

/* Is check_data there?  What needs it is skipped where it is not. */
static inline bool check_have_data(void)
{
  if (!*check_data)
    check_skip("no ../shared/data");
  return *check_data;
}

/* A fresh directory, the current one from now on, removed at exit. */
static inline void check_dir_make(void)
{
  if (!realpath("../shared/data", check_data))
    *check_data = '\0';
  setenv("DATA", check_data, 1);
  strcpy(check_dir, "/tmp/tesserafs-test-XXXXXX");
  if (!mkdtemp(check_dir) || chdir(check_dir))
    abort();
  atexit(check_dir_remove);
}

/* Runs a script, given in one or more parts, after a prelude with numpy as np and
 * expect(path, array, affine=None). */
#define check_python(...) check_python_parts((const char *const[]){__VA_ARGS__, NULL})

static inline bool check_python_parts(const char *const *parts)
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
  for (; *parts; parts++)
    fputs(*parts, python);
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

/* An array of a source, opened to be looked at. */
struct check_array {
  struct arena arena;
  struct source *source;            /* NULL: the file does not open */
  const struct source_array *facts; /* NULL: no source, or no such array in it */
  const struct view *view;          /* NULL: no facts, or unusable */
};

/* where: a path, for the array that is meant where none is named, or "path:name".  *err
 * has the reason of a NULL. check_close() in every case. */
static inline void check_open(struct source_pool *pool, const char *where,
                              struct check_array *out, struct err *err)
{
  char path[4096];
  *out = (struct check_array){0};
  arena_init(&out->arena);
  snprintf(path, sizeof path, "%s", where);
  char *colon = strrchr(path, ':');
  if (colon)
    *colon = '\0';
  if (source_open(pool, path, &out->source, err))
    return;
  const int array = source_array_find(out->source, colon ? colon + 1 : NULL);
  if (array < 0 || array >= source_array_count(out->source)) {
    err_set(err, ENOENT, "%s: not listed", where);
    return;
  }
  out->facts = source_array_at(out->source, array);
  out->view = source_view(&out->arena, out->source, array, err);
}

static inline void check_close(struct check_array *array)
{
  source_unref(array->source);
  arena_free(&array->arena);
}

static inline bool check_expectation(struct source_pool *pool, const char *file)
{
  struct expectation expect = {0};
  struct check_array array;
  struct err err = ERR_INIT;
  bool good = expectation_read(file, &expect);
  check_open(pool, expect.path, &array, &err);
  good = good && array.view && check_facts(array.facts, &expect) &&
         check_voxels(array.view, &expect, &err);
  if (!good)
    fprintf(stderr, "%s: differs (%s)\n", expect.path, err.msg);
  check_close(&array);
  free(expect.voxels);
  return good;
}

/* All that the scripts so far expect; how many (nothing is fine too). */
static inline size_t check_expectations(struct source_pool *pool)
{
  glob_t found;
  if (glob("*.expect", 0, NULL, &found))
    return 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    CHECK(check_expectation(pool, found.gl_pathv[i]));
    unlink(found.gl_pathv[i]);
  }
  const size_t n = found.gl_pathc;
  globfree(&found);
  return n;
}

/* Runs a script as check_python() does; all that it expects is right. */
#define check_script(pool, ...)                                                          \
  check_script_parts(pool, (const char *const[]){__VA_ARGS__, NULL})

static inline void check_script_parts(struct source_pool *pool, const char *const *parts)
{
  CHECK(check_python_parts(parts));
  check_expectations(pool);
}

/* Opening (or, with read, the first read) of a path or "path:name" fails with this errno
 * and a message that holds `text`. */
static inline bool check_fails(struct source_pool *pool, const char *where, bool read,
                               int errnum, const char *text)
{
  const int64_t zero[ND_MAX] = {0}, one[ND_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  char voxel[16];
  struct err err = ERR_INIT;
  struct check_array array;
  check_open(pool, where, &array, &err);
  const bool failed =
      read ? array.view && view_read_box(array.view, zero, one, voxel, &err) == -1
           : !array.source;
  check_close(&array);
  const bool good = failed && err.errnum == errnum && strstr(err.msg, text);
  if (!good)
    fprintf(stderr, "%s: failed %d, errno %d, %s\n", where, failed, err.errnum, err.msg);
  return good;
}

/* It may open or not, but not all of it can be read; the message names the file and holds
 * `text`. */
static inline bool check_damaged(struct source_pool *pool, const char *path,
                                 const char *text)
{
  const int64_t zero[ND_MAX] = {0};
  struct err err = ERR_INIT;
  struct check_array array;
  bool failed = true;
  check_open(pool, path, &array, &err);
  const int errnum = array.facts && array.facts->unusable ? EINVAL : EIO;
  if (array.view) {
    const struct view *view = array.view;
    void *all =
        malloc((size_t)nd_count(view->nd, view->shape) * dtype_size(view->dtype) + 1);
    failed = !all || view_read_box(view, zero, view->shape, all, &err);
    free(all);
  }
  check_close(&array);
  const bool good =
      failed && err.errnum == errnum && strstr(err.msg, path) && strstr(err.msg, text);
  if (!good)
    fprintf(stderr, "%s: failed %d, errno %d, %s\n", path, failed, err.errnum, err.msg);
  return good;
}

/* "file:name" is listed, with a reason that holds `text`. */
static inline bool check_unusable(struct source_pool *pool, const char *where,
                                  const char *text)
{
  struct err err = ERR_INIT;
  struct check_array array;
  check_open(pool, where, &array, &err);
  const char *why = array.facts ? array.facts->unusable : err.msg;
  const bool good = array.facts && why && strstr(why, text);
  if (!good)
    fprintf(stderr, "%s: %s\n", where, why ? why : "usable");
  check_close(&array);
  return good;
}

#endif
