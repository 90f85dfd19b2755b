/* The table of formats, the choice of a file's format (by its first bytes, and by its
 * suffix where these leave it open), and the door by which a file becomes a source. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/base/cleanup.h"
#include "core/source/gzip/gzip_read.h"
#include "core/source/source_inside.h"

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
  return err_set(err, EINVAL,
                 "%s: expected HDF5, NIfTI, PNG, TIFF or npy, found none of them",
                 source_path(source));
}

int source_open(struct source_pool *pool, const char *path, struct source **out,
                struct err *err)
{
  struct source *source = source_begin(pool, path, NULL, err);
  if (!source)
    return -1;
  if (!sniff(source, err) && !source->format->open(source, err))
    return source_opened(source, out, err);
  source_unref(source);
  return -1;
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
  int fd CLEANUP_CLOSE = source_open_regular(path, &st, err);
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
  return format ? format->name : NULL;
}
