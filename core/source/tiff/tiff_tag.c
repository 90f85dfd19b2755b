/* Reads TIFF bytes as numbers and text: the header, integers of either byte order, the
 * values of a tag.  Every offset and count is compared with the file's size before it is
 * used. */
#include "core/source/tiff/tiff_page.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"

uint64_t tiff_uint(const struct tiff_file *file, const unsigned char *bytes, int n)
{
  uint64_t value = 0;
  for (int i = 0; i < n; i++)
    value = value << 8 | bytes[file->swapped ? i : n - 1 - i];
  return value;
}

int tiff_pread(const struct tiff_file *file, void *buf, int64_t size, int64_t offset,
               const char *what, struct err *err)
{
  int64_t end;
  if (offset < 0 || !checked_add(offset, size, &end) || end > file->size)
    return err_set(err, EIO, "%s: tiff %s at byte %lld, %lld bytes, past the end at %lld",
                   file->path, what, (long long)offset, (long long)size,
                   (long long)file->size);
  if (file->near && offset >= file->near_offset &&
      end <= file->near_offset + file->near_size) {
    memcpy(buf, file->near + (offset - file->near_offset), (size_t)size);
    return 0;
  }
  return source_pread(file->source, 0, buf, (size_t)size, offset, err);
}

int tiff_file_open(struct tiff_file *file, struct source *source, struct err *err)
{
  unsigned char head[16] = {0};
  *file = (struct tiff_file){.source = source,
                             .path = source_file_path(source, 0),
                             .size = source_file_size(source, 0)};
  if (tiff_pread(file, head, 8, 0, "header", err) < 0)
    return -1;
  file->swapped = head[0] == 'M';
  uint64_t version = tiff_uint(file, head + 2, 2);
  file->big = version == 43;
  if (head[0] != head[1] || (head[0] != 'I' && head[0] != 'M') ||
      (version != 42 && version != 43))
    return err_set(err, EIO, "%s: not a tiff header: %02x %02x %02x %02x", file->path,
                   head[0], head[1], head[2], head[3]);
  if (!file->big) {
    file->first = (int64_t)tiff_uint(file, head + 4, 4);
    return 0;
  }
  if (tiff_uint(file, head + 4, 2) != 8 || tiff_uint(file, head + 6, 2) != 0)
    return err_set(err, EIO, "%s: bigtiff with offsets of %d bytes, expected 8",
                   file->path, (int)tiff_uint(file, head + 4, 2));
  if (tiff_pread(file, head + 8, 8, 8, "header", err) < 0)
    return -1;
  file->first = (int64_t)tiff_uint(file, head + 8, 8);
  return 0;
}

/* --- values of tags ---------------------------------------------------------------- */

int tiff_tag_values(const struct tiff_file *file, const struct tiff_tag *tag,
                    int64_t first, int n, uint64_t *out, struct err *err)
{
  unsigned char bytes[8 * 512];
  bool integer = tag->type != 5 && tag->type != 10 && tag->type != 11 && tag->type != 12;
  for (int done = 0; done < n;) {
    int some = n - done < 512 ? n - done : 512;
    if (tiff_pread(file, bytes, (int64_t)some * tag->size,
                   tag->offset + (first + done) * tag->size, "values of a tag", err) < 0)
      return -1;
    for (int i = 0; i < some; i++)
      out[done + i] =
          integer ? tiff_uint(file, bytes + (size_t)i * (size_t)tag->size, tag->size) : 0;
    done += some;
  }
  return 0;
}

int tiff_page_text(const struct tiff_file *file, const struct tiff_tag *tag, char **text,
                   struct err *err)
{
  *text = NULL;
  if (tag->type != 2 || tag->count < 1 || tag->count > TIFF_MAX_TEXT)
    return 0;
  CLEANUP_FREE char *bytes = malloc((size_t)tag->count + 1);
  if (!bytes)
    return err_set(err, ENOMEM, "%s: tiff description: out of memory", file->path);
  if (tiff_pread(file, bytes, tag->count, tag->offset, "description", err) < 0)
    return -1;
  size_t n = (size_t)tag->count, start = 0;
  while (n && (!bytes[n - 1] || isspace((unsigned char)bytes[n - 1])))
    n--;
  while (start < n && isspace((unsigned char)bytes[start]))
    start++;
  memmove(bytes, bytes + start, n - start);
  bytes[n - start] = '\0';
  *text = bytes;
  bytes = NULL;
  return 0;
}
