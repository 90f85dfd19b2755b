/* NIfTI-1 and NIfTI-2: .nii, .hdr + .img, each plain or gzip (told by content, not by
 * name), and Analyze 7.5.  Plain voxels are read directly.  A small gzip file is one
 * block, since deflate data can only be decoded from its start; a large one is read by
 * restart points. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/checked.h"
#include "core/source/gzip/gzindex.h"
#include "core/source/gzip/gzip_read.h"
#include "core/source/nifti/nifti_header.h"
#include "core/source/source_format.h"

static bool probe(const struct source_head *head, const char *path)
{
  return head->inflated ? nifti_version(head->inflated, head->ninflated)
                        : nifti_version(head->bytes, head->n);
}

/* --- files ------------------------------------------------------------------------- */

/* The first bytes of a file, inflated when it is gzip. */
struct head {
  bool gzip;
  size_t n;
  unsigned char bytes[NIFTI2_SIZE];
};

static int read_head(struct source *source, int file, struct head *head, struct err *err)
{
  const int64_t size = source_file_size(source, file);
  head->n = size < NIFTI2_SIZE ? (size_t)size : NIFTI2_SIZE;
  if (source_pread(source, file, head->bytes, head->n, 0, err))
    return -1;
  head->gzip = gzip_magic(head->bytes, head->n);
  if (!head->gzip)
    return 0;
  return gzip_read_head(source, file, head->bytes, sizeof head->bytes, &head->n, err);
}

/* Returns where `suffix` (".hdr" or ".img") begins in path, before an optional ".gz";
 * NULL when it is not there. */
static const char *pair_suffix(const char *path, const char *suffix)
{
  const size_t n = strlen(path);
  const size_t gz = n > 3 && !strcasecmp(path + n - 3, ".gz") ? 3 : 0;
  if (n < gz + 4 || strncasecmp(path + n - gz - 4, suffix, 4))
    return NULL;
  return path + n - gz - 4;
}

/* A header of NIfTI, or, in a file called .hdr, of Analyze, which has no magic. */
static bool is_header(const struct head *head, const char *path)
{
  return nifti_version(head->bytes, head->n) ||
         (pair_suffix(path, ".hdr") && nifti_is_analyze(head->bytes, head->n));
}

/* Returns the other file of a pair, in the source's arena: `wanted` (".img") in place of
 * the suffix at `at` of path (".hdr").  When both its plain and its compressed name
 * exist, the one that is compressed as `path` is wins. */
static const char *pair_path(struct source *source, const char *at, const char *wanted,
                             struct err *err)
{
  const char *path = source_path(source);
  const bool upper = at[1] == 'H' || at[1] == 'I';
  const char *suffix = !upper ? wanted : !strcmp(wanted, ".img") ? ".IMG" : ".HDR";
  const char *same = at + 4, *other = *same ? "" : ".gz";
  const int stem = (int)(at - path);
  const char *first =
      arena_printf(source_arena(source), err, "%.*s%s%s", stem, path, suffix, same);
  const char *second =
      arena_printf(source_arena(source), err, "%.*s%s%s", stem, path, suffix, other);
  if (!first || !second)
    return NULL;
  return access(first, F_OK) && !access(second, F_OK) ? second : first;
}

bool nifti_other_half(const char *path, char room[PATH_MAX])
{
  const char *hdr = pair_suffix(path, ".hdr"), *const img = pair_suffix(path, ".img");
  const char *at = hdr ? hdr : img;
  if (!at)
    return false;
  const bool upper = at[1] == 'H' || at[1] == 'I';
  const char *suffix = hdr ? upper ? ".IMG" : ".img" : upper ? ".HDR" : ".hdr";
  for (int i = 0; i < 2; i++) {
    const char *gz = (at[4] != 0) != i ? ".gz" : "";
    const int n =
        snprintf(room, PATH_MAX, "%.*s%s%s", (int)(at - path), path, suffix, gz);
    if (n < PATH_MAX && !access(room, F_OK))
      return true;
  }
  return false;
}

static int add_pair_file(struct source *source, const char *at, const char *wanted,
                         struct err *err)
{
  const char *path = pair_path(source, at, wanted, err);
  const int file = path ? source_add_file(source, path, err) : -1;
  if (file < 0)
    err_prefix(err, "%s: its other half", source_path(source));
  return file;
}

static int refuse(const char *path, const struct head *head, struct err *err)
{
  if (head->n < NIFTI1_SIZE)
    return err_set(err, EIO, "%s: expected a NIfTI header of 348 bytes, found %zu", path,
                   head->n);
  return err_set(err, EIO, "%s: expected a NIfTI header, found no magic", path);
}

/* Reads the header, from the file itself or, for an .img, from the file beside it. */
static int read_header(struct source *source, struct nifti_header *header,
                       struct err *err)
{
  struct head head;
  int file = 0;
  if (read_head(source, file, &head, err))
    return -1;
  const char *img = pair_suffix(source_path(source), ".img");
  if (img && !nifti_version(head.bytes, head.n)) {
    file = add_pair_file(source, img, ".hdr", err);
    if (file < 0 || read_head(source, file, &head, err))
      return -1;
  }
  const char *path = source_file_path(source, file);
  if (!is_header(&head, path))
    return refuse(path, &head, err);
  if (nifti_parse(head.bytes, head.n, path, header, err))
    return -1;
  return file;
}

/* Finds the file with the voxels that belong to the header in `header_file`. */
static int find_voxels(struct source *source, int header_file,
                       const struct nifti_header *header, struct err *err)
{
  const char *path = source_path(source);
  if (header_file > 0)
    return 0;
  const char *hdr = pair_suffix(path, ".hdr");
  if (header->single)
    return 0;
  if (hdr)
    return add_pair_file(source, hdr, ".img", err);
  return err_set(err, EINVAL,
                 "%s: expected a single file (n+%d) or the suffix .hdr, found the header "
                 "of a pair",
                 path, header->version);
}

/* --- the array --------------------------------------------------------------------- */

static const struct {
  int code;
  enum dtype dtype;
  int samples; /* extent of an axis of samples; 0: none */
} datatypes[] = {
    {2, DT_U8, 0},      {4, DT_I16, 0},   {8, DT_I32, 0},    {16, DT_F32, 0},
    {32, DT_C64, 0},    {64, DT_F64, 0},  {128, DT_U8, 3},   {256, DT_I8, 0},
    {512, DT_U16, 0},   {768, DT_U32, 0}, {1024, DT_I64, 0}, {1280, DT_U64, 0},
    {1792, DT_C128, 0}, {2304, DT_U8, 4},
};

/* Colours are not scaled, as the standard says. */
static int take_datatype(const struct nifti_header *header, const char *path,
                         struct source_array *array, struct err *err)
{
  const size_t n = sizeof datatypes / sizeof datatypes[0];
  size_t i = 0;
  while (i < n && datatypes[i].code != header->datatype)
    i++;
  if (i == n)
    return err_set(
        err, EINVAL,
        "%s: expected a datatype of 8 to 64 bit numbers or colours, found %d%s", path,
        header->datatype,
        header->datatype == 1      ? " (binary)"
        : header->datatype == 1536 ? " (float128)"
        : header->datatype == 2048 ? " (complex256)"
                                   : "");
  array->stored = array->dtype = datatypes[i].dtype;
  if (datatypes[i].samples) {
    array->channel_axis = array->nd;
    array->shape[array->nd++] = datatypes[i].samples;
    array->interleaved = true;
  } else if (header->scaled) {
    array->scaled = true;
    array->slope = header->slope;
    array->inter = header->inter;
    array->dtype = dtype_table[array->stored].kind == 'c' ? DT_C128 : DT_F64;
  }
  return 0;
}

/* Refuses a file that is too small to hold so many voxels in any compression. */
static int check_inflated(const struct source *source, const struct source_array *array,
                          struct err *err)
{
  const int64_t most = gzip_most(source_file_size(source, array->file));
  int64_t bytes, end;
  char text[ND_TEXT];
  if (checked_array_bytes(array->nd, array->shape, dtype_size(array->stored), &bytes) &&
      checked_add(bytes, array->offset, &end) && end <= most)
    return 0;
  return err_set(
      err, EIO,
      "%s: expected voxels %s of %s inside the gzip data, found %lld bytes that "
      "cannot hold them",
      source_file_path(source, array->file), nd_text(array->nd, array->shape, text),
      dtype_table[array->stored].name, (long long)source_file_size(source, array->file));
}

/* --- blocks of a gzip file --------------------------------------------------------- */

enum { MIB = 1024 * 1024 };

/* Returns whether an array is read by restart points rather than decoded whole.  Above a
 * quarter of the cache, whole arrays would evict each other before they are used; above
 * 256 MiB, a reader of one slice would wait for more than a second, and there an index is
 * worth its walk at half of libdeflate's speed. */
static bool is_large(int64_t bytes, size_t budget)
{
  return bytes > 256 * MIB || bytes > (int64_t)(budget / 4);
}

/* Returns the bytes of such a block: some milliseconds' work, so that the cache fits
 * many; larger where an array would otherwise have a million blocks. */
static int64_t run_bytes(int64_t bytes, size_t budget)
{
  int64_t run = (int64_t)(budget / 8);
  run = run < 64 * 1024 ? 64 * 1024 : run > 2 * MIB ? 2 * MIB : run;
  while (bytes / run >= MIB)
    run *= 2;
  return run;
}

/* Lists the axes that may be cut, from the fastest to the slowest: all but the
 * interleaved one. */
static int cut_axes(const struct source_array *array)
{
  return array->interleaved ? array->nd - 1 : array->nd;
}

/* Cuts the array into blocks that are runs of the file, of at most `most` bytes: the fast
 * axes whole, a part of one axis, one index of each slower axis. */
static struct gzindex_pieces cut_into_runs(struct source_array *array, int64_t most)
{
  struct gzindex_pieces pieces = {.offset = array->offset, .groups = 1};
  int64_t inner = dtype_size(array->stored);
  if (array->interleaved)
    inner *= array->shape[array->nd - 1];
  for (int d = 0; d < cut_axes(array); d++) {
    if (pieces.piece) {
      array->block[d] = 1;
      pieces.groups *= array->shape[d];
    } else if (inner * array->shape[d] <= most && d + 1 < cut_axes(array)) {
      inner *= array->shape[d];
    } else {
      const int64_t part = most / inner;
      array->block[d] = part < array->shape[d] ? part : array->shape[d];
      pieces.piece = array->block[d] * inner;
      pieces.group = array->shape[d] * inner;
    }
  }
  return pieces;
}

/* A block that is decoded whole has room for the header too, unless that is large: the
 * header is inflated in front of the voxels, and libdeflate wants one buffer for both.
 * Small arrays are inflated elsewhere and copied, which costs little. */
static void make_room(struct source_array *array, int64_t bytes)
{
  int slowest = cut_axes(array) - 1;
  if (bytes < 8 * MIB)
    return;
  while (slowest > 0 && array->shape[slowest] == 1)
    slowest--;
  const int64_t step = bytes / array->shape[slowest];
  const int64_t more = array->offset / step + (array->offset % step != 0);
  if (more <= array->shape[slowest] / 8)
    array->block[slowest] += more;
}

static int set_blocks(struct source *source, struct source_array *array, struct err *err)
{
  const int64_t bytes = nd_count(array->nd, array->shape) * dtype_size(array->stored);
  struct block_stats cache;
  block_cache_stats(source_cache(source), &cache);
  if (bytes == 0)
    return 0;
  if (!is_large(bytes, cache.budget)) {
    make_room(array, bytes);
    return 0;
  }
  const struct gzindex_pieces pieces =
      cut_into_runs(array, run_bytes(bytes, cache.budget));
  array->in_order = true;
  array->priv = gzindex_new(source, array->file, &pieces, err);
  return array->priv ? 0 : -1;
}

static int add_array(struct source *source, struct source_array *array, bool gzip,
                     struct err *err)
{
  array->direct = !gzip;
  memcpy(array->block, array->shape, sizeof array->block);
  if (gzip && (check_inflated(source, array, err) || set_blocks(source, array, err)))
    return -1;
  if (!source_add_array(source, array, err))
    return 0;
  gzindex_free(array->priv);
  return -1;
}

/* Takes the place of an Analyze image from SPM's .mat file beside it.  One that is not
 * understood leaves the image without a place, since the header's would be wrong. */
static int take_mat(struct source *source, struct geometry *geo, struct err *err)
{
  enum { MAT_MAX = 64 * 1024 };
  const char *path = source_path(source), *at = pair_suffix(path, ".hdr");
  at = at ? at : pair_suffix(path, ".img");
  if (!at)
    return 0;
  const char *mat = arena_printf(source_arena(source), err, "%.*s.mat%s",
                                 (int)(at - path), path, at + 4);
  if (!mat)
    return -1;
  if (access(mat, F_OK))
    return 0;
  const int file = source_add_file(source, mat, err);
  if (file < 0)
    return -1;
  const int64_t size = source_file_size(source, file);
  unsigned char *bytes = arena_alloc(source_arena(source), MAT_MAX, err);
  if (!bytes ||
      (size <= MAT_MAX && source_pread(source, file, bytes, (size_t)size, 0, err)))
    return -1;
  if (size > MAT_MAX || !analyze_mat(bytes, (size_t)size, geo->affine)) {
    geometry_identity(geo);
    geo->has_affine = false;
  }
  return 0;
}

static int open_nifti(struct source *source, struct err *err)
{
  struct nifti_header header;
  const int header_file = read_header(source, &header, err);
  if (header_file < 0)
    return -1;
  struct source_array array = {.nd = header.nd,
                               .spatial = header.nd < 3 ? header.nd : 3,
                               .channel_axis = -1,
                               .slice_axis = header.nd < 3 ? 0 : 2,
                               .swapped = header.swapped,
                               .fortran = true,
                               .offset = header.vox_offset};
  memcpy(array.shape, header.shape, sizeof header.shape);
  nifti_geometry(&header, &array.geo);
  struct head head;
  if (take_datatype(&header, source_file_path(source, header_file), &array, err) ||
      (array.file = find_voxels(source, header_file, &header, err)) < 0 ||
      (header.analyze && take_mat(source, &array.geo, err)) ||
      read_head(source, array.file, &head, err))
    return -1;
  return add_array(source, &array, head.gzip, err);
}

/* Returns the block's number in the order of the file. */
static int64_t run_number(const struct source_array *array, const int64_t *bidx)
{
  int64_t number = 0;
  for (int d = cut_axes(array) - 1; d >= 0; d--)
    number = number * ((array->shape[d] - 1) / array->block[d] + 1) + bidx[d];
  return number;
}

static int read_block(struct source *source, const struct source_array *array,
                      const int64_t *bidx, void *out, struct err *err)
{
  if (array->priv)
    return gzindex_read(array->priv, run_number(array, bidx), out, err);
  const int64_t item = dtype_size(array->stored);
  const struct gzip_span span = {
      .source = source,
      .file = array->file,
      .offset = array->offset,
      .size = (size_t)(nd_count(array->nd, array->shape) * item),
      .room = (size_t)(nd_count(array->nd, array->block) * item)};
  return gzip_read(&span, out, err);
}

static void close_array(void *priv)
{
  gzindex_free(priv);
}

static const char *const suffixes[] = {".nii.gz", ".hdr.gz", ".img.gz", ".nii",
                                       ".hdr",    ".img",    NULL};

const struct source_format source_format_nifti = {
    .name = "nifti",
    .suffixes = suffixes,
    .probe = probe,
    .open = open_nifti,
    .read_block = read_block,
    .close = close_array,
};
