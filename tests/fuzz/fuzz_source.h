/* What the fuzz targets of source formats share: the input as a file, opened, and every
 * array of it read: whole when it is small, else its first and its last voxel. */
#ifndef TESSERAFS_FUZZ_SOURCE_H
#define TESSERAFS_FUZZ_SOURCE_H

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/pool.h"

enum { FUZZ_CACHE = 16 << 20, FUZZ_WHOLE = 1 << 20 /* bytes */ };

static inline void fuzz_read_corners(const struct view *view, struct err *err)
{
  int64_t off[ND_MAX], shape[ND_MAX];
  char voxel[16];
  for (int d = 0; d < view->nd; d++) {
    if (view->shape[d] == 0)
      return;
    shape[d] = 1;
  }
  memset(off, 0, sizeof off);
  if (view_read_box(view, off, shape, voxel, err))
    return;
  for (int d = 0; d < view->nd; d++)
    off[d] = view->shape[d] - 1;
  view_read_box(view, off, shape, voxel, err);
}

static inline void fuzz_read_array(struct source *source, int index)
{
  struct err err = ERR_INIT;
  struct arena arena;
  arena_init(&arena);
  const struct view *view = source_view(&arena, source, index, &err);
  const int64_t zero[ND_MAX] = {0};
  if (view) {
    int64_t bytes = dtype_size(view->dtype);
    for (int d = 0; d < view->nd && bytes <= FUZZ_WHOLE; d++)
      if (__builtin_mul_overflow(bytes, view->shape[d], &bytes))
        bytes = FUZZ_WHOLE + 1;
    char *all = bytes <= FUZZ_WHOLE ? malloc((size_t)bytes + 1) : NULL;
    if (all)
      view_read_box(view, zero, view->shape, all, &err);
    else
      fuzz_read_corners(view, &err);
    free(all);
  }
  arena_free(&arena);
}

/* suffix: of the file's name (".npy"), so that input which content does not give away
 * reaches the format too.  also: what is done with an opened source beside; may be NULL.
 * Always 0, what a fuzz target returns. */
static inline int fuzz_source_with(const uint8_t *data, size_t size, const char *suffix,
                                   void (*also)(struct source *source))
{
  struct err err = ERR_INIT;
  struct source_pool *pool = check_pool(.cache_bytes = FUZZ_CACHE, .max_fds = 4);
  struct source *source = NULL;
  char path[64];
  snprintf(path, sizeof path, "/dev/shm/tesserafs-fuzz-XXXXXX%s", suffix);
  const int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size)
    abort();
  if (!source_open(pool, path, &source, &err)) {
    for (int i = 0; i < source_array_count(source); i++)
      fuzz_read_array(source, i);
    if (also)
      also(source);
  } else {
    assert(err.errnum && err.msg[0]);
  }
  source_unref(source);
  source_pool_free(pool);
  unlink(path);
  close(fd);
  return 0;
}

static inline int fuzz_source(const uint8_t *data, size_t size, const char *suffix)
{
  return fuzz_source_with(data, size, suffix, NULL);
}

#endif
