/* One TIFF directory as it is stored: its entries, and where strips and tiles lie. */
#include "core/source/tiff/tiff_page.h"

#include <errno.h>
#include <stdlib.h>

/* Bytes of one value by TIFF type number; 0: there is no such type. */
static const unsigned char tiff_type_size[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                               8, 4, 8, 4, 0, 0, 8, 8, 8};

int64_t tiff_extent(uint64_t value)
{
  return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

/* Reads entry i of the directory that is near.  Values that lie outside the file are an
 * error only when they are used: reading at the end of the file fails. */
struct tiff_tag tiff_entry_at(const struct tiff_file *file, int i)
{
  const int64_t at_entry = (int64_t)i * (file->big ? 20 : 12);
  const unsigned char *entry = file->near + at_entry;
  const int64_t offset = file->near_offset + at_entry;
  int inline_bytes = file->big ? 8 : 4;
  uint64_t count = tiff_uint(file, entry + 4, inline_bytes);
  struct tiff_tag tag = {.code = (uint16_t)tiff_uint(file, entry, 2),
                         .type = (uint16_t)tiff_uint(file, entry + 2, 2)};
  tag.size = tag.type < sizeof tiff_type_size ? tiff_type_size[tag.type] : 0;
  if (!tag.size || !count)
    return tag;
  tag.count = count > (uint64_t)file->size ? file->size : (int64_t)count;
  tag.offset = offset + 4 + inline_bytes;
  if (count <= (uint64_t)(inline_bytes / tag.size))
    return tag;
  uint64_t at = tiff_uint(file, entry + 4 + inline_bytes, inline_bytes);
  tag.offset = at > (uint64_t)file->size ? file->size : (int64_t)at;
  return tag;
}

void tiff_directory_free(struct tiff_directory *directory)
{
  free(directory->entries);
}

int tiff_directory_read(const struct tiff_file *file, int64_t ifd,
                        struct tiff_directory *out, struct err *err)
{
  unsigned char word[8];
  int count_bytes = file->big ? 8 : 2, next_bytes = file->big ? 8 : 4;
  if (tiff_pread(file, word, count_bytes, ifd, "directory", err) < 0)
    return -1;
  uint64_t ntags = tiff_uint(file, word, count_bytes);
  if (ntags > TIFF_MAX_TAGS || !ntags)
    return err_set(err, EIO, "%s: tiff directory at byte %lld has %llu tags", file->path,
                   (long long)ifd, (unsigned long long)ntags);
  int64_t size = (int64_t)ntags * (file->big ? 20 : 12);
  out->entries = malloc((size_t)(size + next_bytes));
  if (!out->entries)
    return err_set(err, ENOMEM, "%s: tiff directory: out of memory", file->path);
  if (tiff_pread(file, out->entries, size + next_bytes, ifd + count_bytes, "directory",
                 err) < 0)
    return -1;
  out->next = tiff_extent(tiff_uint(file, out->entries + size, next_bytes));
  out->ntags = (int)ntags;
  out->file = *file;
  out->file.near = out->entries;
  out->file.near_offset = ifd + count_bytes;
  out->file.near_size = size;
  return 0;
}

/* The first of two tags with the same code counts. */
int tiff_piece_place(const struct tiff_file *file, int64_t ifd, int64_t number,
                     uint64_t *offset, uint64_t *size, struct err *err)
{
  enum { STRIP_OFFSETS = 273, STRIP_SIZES = 279, TILE_OFFSETS = 324, TILE_SIZES = 325 };
  CLEANUP_DIRECTORY struct tiff_directory directory = {0};
  struct tiff_tag found[2][2] = {0}; /* of strips, of tiles: offsets, sizes */
  if (tiff_directory_read(file, ifd, &directory, err) < 0)
    return -1;
  for (int i = 0; i < directory.ntags; i++) {
    const struct tiff_tag tag = tiff_entry_at(&directory.file, i);
    const bool tiles = tag.code == TILE_OFFSETS || tag.code == TILE_SIZES;
    const bool sizes = tag.code == STRIP_SIZES || tag.code == TILE_SIZES;
    if ((tiles || sizes || tag.code == STRIP_OFFSETS) && !found[tiles][sizes].count)
      found[tiles][sizes] = tag;
  }
  const struct tiff_tag *offsets = &found[found[1][0].count > 0][0];
  const struct tiff_tag *sizes = &found[found[1][1].count > 0][1];
  *offset = 0;
  *size = sizes->count ? 0 : UINT64_MAX;
  if (number < offsets->count &&
      tiff_tag_values(&directory.file, offsets, number, 1, offset, err) < 0)
    return -1;
  if (number < sizes->count &&
      tiff_tag_values(&directory.file, sizes, number, 1, size, err) < 0)
    return -1;
  return 0;
}
