/* The table of formats, the choice of a file's format (by its first bytes, and by its
 * suffix where these leave it open), and the door by which a file becomes a source. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/source/gzip/gzip_read.h"
#include "core/source/source_inside.h"

enum {
  SMALL = 64 * 1024,     /* bytes of a description that is not counted */
  CHARGE_WAIT_MS = 5000, /* for blocks that are being read to make room */
  WAIT_MS = 20
};

const struct source_format *const source_formats[] = {
    &source_format_hdf5, &source_format_nifti, &source_format_png,
    &source_format_tiff, &source_format_npy,   NULL,
};

struct head_buffers {
  unsigned char bytes[SOURCE_HEAD], inflated[SOURCE_HEAD];
};

static void head_inflate(struct source_head *head, struct head_buffers *buffers)
{
  if (!gzip_magic(head->bytes, head->n))
    return;
  head->inflated = buffers->inflated;
  head->ninflated =
      gzip_head(head->bytes, head->n, buffers->inflated, sizeof buffers->inflated);
}

static size_t suffix_length(const struct source_format *format, const char *path)
{
  const size_t n = strlen(path);
  for (const char *const *suffix = format->suffixes; *suffix; suffix++) {
    const size_t len = strlen(*suffix);
    if (len < n && path[n - len - 1] != '/' && !strcasecmp(path + n - len, *suffix))
      return len;
  }
  return 0;
}

/* The content decides; the suffix decides where several formats match, or none does. */
static const struct source_format *recognise(const struct source_head *head,
                                             const char *path)
{
  const struct source_format *by_content = NULL, *by_suffix = NULL;
  for (const struct source_format *const *f = source_formats; *f; f++) {
    const bool content = (*f)->probe(head, path), suffix = suffix_length(*f, path) > 0;
    if (content && suffix)
      return *f;
    if (content && !by_content)
      by_content = *f;
    if (suffix && !by_suffix)
      by_suffix = *f;
  }
  return by_content ? by_content : by_suffix;
}

/* EINVAL for gzip around a format that is not read from it: where that is random access,
 * it would be lost. */
static int check_packed(const struct source_head *head, const char *path, struct err *err)
{
  const struct source_head inside = {
      .bytes = head->inflated, .n = head->ninflated, .size = INT64_MAX};
  for (const struct source_format *const *f = source_formats; head->inflated && *f; f++)
    if ((*f)->probe(&inside, path)) {
      static const char *const shown[][2] = {
          {"hdf5", "HDF5"}, {"png", "PNG"}, {"tiff", "TIFF"}, {NULL, NULL}};
      const char *name = (*f)->name;
      for (int i = 0; shown[i][0]; i++)
        name = strcmp(name, shown[i][0]) ? name : shown[i][1];
      return err_set(err, EINVAL,
                     "%s: gzip around %s, which is read unpacked only: unpack it with "
                     "gunzip",
                     path, name);
    }
  return 0;
}

/* Sets source->format from file 0; EINVAL when the format is unknown. */
static int sniff(struct source *source, struct err *err)
{
  struct head_buffers buffers;
  const int64_t size = source_file_size(source, 0);
  struct source_head head = {.bytes = buffers.bytes, .size = size};
  head.n = size < SOURCE_HEAD ? (size_t)size : SOURCE_HEAD;
  if (source_pread(source, 0, buffers.bytes, head.n, 0, err))
    return -1;
  head_inflate(&head, &buffers);
  source->format = recognise(&head, source_path(source));
  if (source->format)
    return 0;
  if (check_packed(&head, source_path(source), err))
    return -1;
  return err_set(
      err, EINVAL,
      "%s: expected HDF5, NIfTI, Analyze, PNG, TIFF or npy, found none of them",
      source_path(source));
}

/* Counts a large description in the budget; descriptions that are only kept make room for
 * it. */
static int charge(struct source *source, struct err *err)
{
  struct source_pool *pool = source->pool;
  const size_t bytes = arena_bytes(&source->arena) +
                       (size_t)source->narrays * (sizeof *source->arrays + sizeof(int)) +
                       (size_t)source->naliases_room * sizeof *source->aliases;
  const int64_t begun = clock_ms();
  if (bytes <= SMALL)
    return 0;
  while (!block_cache_charge(pool->cache, bytes)) {
    struct source *kept = source_shared_unkeep(&pool->shared);
    source_unref(kept);
    if (kept)
      continue;
    if (bytes > pool->cache_bytes / 2 || clock_ms() - begun > CHARGE_WAIT_MS)
      return err_set(err, EIO,
                     "%s: the description of its %d arrays takes %zu bytes, which do not "
                     "fit into half of the cache of %zu bytes: mount with cache=%zuM or "
                     "more",
                     source_path(source), source->narrays, bytes, pool->cache_bytes,
                     (2 * bytes >> 20) + 2);
    if (cancel_check(err))
      return -1;
    usleep(WAIT_MS * 1000);
  }
  source->charged = bytes;
  return 0;
}

static int open_anew(struct source_pool *pool, const char *path, struct source **out,
                     struct err *err)
{
  struct source *source = source_begin(pool, path, NULL, err);
  if (!source)
    return -1;
  if (!sniff(source, err) && !source->format->open(source, err) && !charge(source, err))
    return source_opened(source, out, err);
  source_unref(source);
  return -1;
}

int source_open(struct source_pool *pool, const char *path, struct source **out,
                struct err *err)
{
  for (;;) {
    struct stat st;
    struct source_flight *flight;
    struct source *source;
    struct err why = ERR_INIT;
    if (stat(path, &st))
      return err_set_errno(err, errno, "%s", path);
    if (source_shared_find(&pool->shared, path, source_print_of(&st), &source, &flight,
                           err))
      return -1;
    if (flight) {
      if (open_anew(pool, path, &source, &why))
        source = NULL;
      source_shared_land(&pool->shared, flight, source, &why);
      if (!source)
        return err_set(err, why.errnum, "%s", why.msg);
    } else if (source && source_stale(source)) {
      source_unref(source);
      source = NULL;
    }
    if (!source)
      continue;
    if (source->charged)
      source_unref(source_shared_keep(&pool->shared, source_ref(source)));
    *out = source;
    return 0;
  }
}

size_t source_suffix(const struct source *source)
{
  return suffix_length(source->format, source_path(source));
}

/* Reads the first bytes of a file, by which its format is recognised. */
static int read_head(const char *path, struct source_head *head,
                     struct head_buffers *buffers, struct err *err)
{
  struct stat st;
  int fd CLEANUP_CLOSE = source_open_regular(NULL, path, &st, err);
  if (fd < 0)
    return -1;
  const ssize_t n = pread(fd, buffers->bytes, sizeof buffers->bytes, 0);
  if (n < 0)
    return err_set_errno(err, errno, "%s", path);
  *head =
      (struct source_head){.bytes = buffers->bytes, .n = (size_t)n, .size = st.st_size};
  head_inflate(head, buffers);
  return 0;
}

const char *source_probe(const char *path, size_t *suffix_len, struct err *err)
{
  if (suffix_len)
    *suffix_len = 0;
  struct head_buffers buffers;
  struct source_head head;
  if (read_head(path, &head, &buffers, err))
    return NULL;
  const struct source_format *format = recognise(&head, path);
  if (format && suffix_len)
    *suffix_len = suffix_length(format, path);
  if (!format)
    check_packed(&head, path, err);
  return format ? format->name : NULL;
}
