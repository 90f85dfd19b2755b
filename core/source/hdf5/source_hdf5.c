/* HDF5 files.  All that needs libhdf5 is asked of its process (hdf5_worker.h): the list
 * of arrays once, with the addresses of chunks where they are few, else a page of
 * addresses at a time (hdf5_pages.h), and the voxels of arrays stored in a way that only
 * libhdf5 knows.  The rest, nearly all of the bytes, is read by pread and decoded here:
 * contiguous arrays, and chunks with the usual filters. */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/checked.h"
#include "core/source/hdf5/hdf5_array.h"
#include "core/source/hdf5/hdf5_link.h"
#include "core/source/hdf5/hdf5_worker.h"
#include "core/source/source_format.h"

static bool probe(const struct source_head *head, const char *path)
{
  static const char signature[8] = "\211HDF\r\n\032\n";
  /* behind a user block the superblock is at 512, 1024, ...: only 512 is tried here */
  for (size_t at = 0; at <= 512; at += 512)
    if (head->n >= at + sizeof signature &&
        !memcmp(head->bytes + at, signature, sizeof signature))
      return true;
  return false;
}

/* --- opening ----------------------------------------------------------------------- */

/* One open, with the files that the HDF5 file refers to, in the order of the walk's
 * reply. */
struct opening {
  struct source *source;
  const char *path;              /* of the file, absolute */
  int files[HDF5_FILES_MAX + 1]; /* numbers of the files among the source's */
  int nfiles;                    /* without the file itself */
};

static const char *absolute_path(struct source *source, struct err *err)
{
  const char *path = source_path(source);
  char here[PATH_MAX];
  if (*path == '/')
    return path;
  if (!getcwd(here, sizeof here)) {
    err_set_errno(err, errno, "%s: cannot find the working directory", path);
    return NULL;
  }
  return arena_printf(source_arena(source), err, "%s/%s", here, path);
}

static int damaged(const struct opening *opening, const char *what, struct err *err)
{
  return err_set(err, EIO, "%s: the libhdf5 process gave a damaged reply: %s",
                 opening->path, what);
}

/* Adds the files that the HDF5 file refers to.  The process that named them may be under
 * the control of the file it read, so it is checked again here that they lie inside the
 * root. */
static int add_files(struct opening *opening, struct hdf5_reader *in, struct err *err)
{
  const char *root = source_pool_root(source_pool_of(opening->source)), *path;
  uint32_t n;
  if (!hdf5_get_u32(in, &n) || n > HDF5_FILES_MAX)
    return damaged(opening, "its number of files", err);
  for (uint32_t i = 1; i <= n; i++) {
    char real[PATH_MAX];
    if (!hdf5_get_string(in, &path) || !realpath(path, real) || strcmp(real, path) ||
        hdf5_link_allowed(path, root, NULL))
      return damaged(opening, "the files it refers to", err);
    opening->files[i] = source_add_linked(opening->source, path, err);
    if (opening->files[i] < 0)
      return -1;
  }
  opening->nfiles = (int)n;
  return 0;
}

/* Returns whether the name can become a file's path: no empty component, no "." and no
 * "..". */
static bool name_is_path(const char *name)
{
  for (;;) {
    const size_t n = strcspn(name, "/");
    if (n == 0 || (n <= 2 && !strncmp(name, "..", n)))
      return false;
    if (!name[n])
      return true;
    name += n + 1;
  }
}

static int add_unusable(const struct opening *opening, const char *name, const char *why,
                        bool broken, struct err *err)
{
  const struct source_array array = {.name = name, .unusable = why, .broken = broken};
  return source_add_array(opening->source, &array, err);
}

/* Checks that a contiguous array ends before its file does; if not, why[] says so, with
 * numbers. */
static bool fits_file(const struct opening *opening, const struct hdf5_desc *desc,
                      char *why, size_t size)
{
  const int64_t end = source_file_size(opening->source, opening->files[desc->file]);
  int64_t bytes = 0;
  checked_array_bytes(desc->nd, desc->shape, dtype_size(desc->dtype), &bytes);
  if (desc->how != HDF5_DIRECT || (desc->offset <= end && bytes <= end - desc->offset))
    return true;
  snprintf(why, size, "expected %lld bytes at offset %lld, the file ends at %lld",
           (long long)bytes, (long long)desc->offset, (long long)end);
  return false;
}

/* Keeps an array.  chunks: where all n of its chunks lie; n 0: that is not known. */
static struct hdf5_array *keep(const struct opening *opening,
                               const struct hdf5_entry *entry,
                               const struct hdf5_chunk_at *chunks, int n, struct err *err)
{
  static atomic_uint_fast64_t owners = 1;
  const struct hdf5_desc *desc = &entry->desc;
  struct arena *arena = source_arena(opening->source);
  struct hdf5_array *self = arena_alloc(arena, sizeof *self, err);
  if (!self || !(self->object = arena_strdup(arena, entry->object, err)))
    return NULL;
  const int file = opening->files[desc->file];
  self->how = desc->how;
  self->file = file;
  self->path = desc->file ? source_file_path(opening->source, file) : opening->path;
  self->owner = atomic_fetch_add(&owners, 1);
  self->known = NULL;
  if (n) {
    const size_t size = (size_t)n * sizeof *chunks;
    void *known = arena_alloc(arena, size, err);
    if (!known)
      return NULL;
    memcpy(known, chunks, size);
    self->known = known;
  }
  self->beside = desc->beside;
  self->raw_edges = desc->raw_edges;
  self->nfilters = desc->nfilters;
  memcpy(self->filters, desc->filters, sizeof self->filters);
  memcpy(self->fill, desc->fill, sizeof self->fill);
  return self;
}

static int add_array(const struct opening *opening, const struct hdf5_entry *entry,
                     const struct hdf5_chunk_at *chunks, int n, struct err *err)
{
  char why[200];
  const struct hdf5_desc *desc = &entry->desc;
  if (!name_is_path(entry->name))
    return add_unusable(opening, entry->name, "a name that cannot be a path", false, err);
  if (entry->why)
    return add_unusable(opening, entry->name, entry->why, entry->broken, err);
  if (!fits_file(opening, desc, why, sizeof why))
    return add_unusable(opening, entry->name, why, true, err);
  struct source_array array = {
      .name = entry->name,
      .dtype = desc->dtype,
      .stored = desc->dtype,
      .swapped = desc->swapped,
      .nd = desc->nd,
      .channel_axis = -1,
      .direct = desc->how == HDF5_DIRECT,
      .file = opening->files[desc->file],
      .offset = desc->offset,
  };
  memcpy(array.shape, desc->shape, sizeof array.shape);
  memcpy(array.block, desc->block, sizeof array.block);
  geometry_identity(&array.geo);
  if (!array.direct && !(array.priv = keep(opening, entry, chunks, n, err)))
    return -1;
  return source_add_array(opening->source, &array, err);
}

static int add_arrays(struct opening *opening, struct hdf5_reader *in,
                      struct hdf5_reader *known, struct err *err)
{
  struct hdf5_entry entry;
  if (add_files(opening, in, err))
    return -1;
  while (in->left) {
    struct hdf5_chunk_at chunks[HDF5_KNOWN_MAX];
    const int number = source_array_count(opening->source);
    if (!hdf5_get_array(in, opening->nfiles, number, &entry))
      return damaged(opening, "an array", err);
    if (entry.alias_of >= 0) {
      if (source_add_alias(opening->source, entry.name, entry.alias_of, err))
        return -1;
      continue;
    }
    const int n =
        entry.why ? 0 : hdf5_get_known(known, (uint32_t)number, &entry.desc, chunks);
    if (add_array(opening, &entry, chunks, n, err))
      return -1;
  }
  return 0;
}

static int hdf5_open(struct source *source, struct err *err)
{
  struct opening opening = {.source = source, .path = absolute_path(source, err)};
  struct hdf5_request request = {.op = HDF5_WALK};
  struct hdf5_walk_reply reply = {0};
  struct block_stats cache;
  block_cache_stats(source_cache(source), &cache);
  request.most =
      cache.budget / 2 < HDF5_WALK_MAX / 2 ? (int64_t)(cache.budget / 2) : HDF5_WALK_MAX;
  int rc = !opening.path ||
           hdf5_request_paths(&request, source, 0, opening.path, "", err) ||
           hdf5_worker_walk(&request, &reply, err);
  if (!rc) {
    struct hdf5_reader in = {reply.arrays, reply.size};
    struct hdf5_reader known = {reply.known, reply.known_size};
    rc = add_arrays(&opening, &in, &known, err);
  }
  free(reply.arrays);
  free(reply.known);
  return rc ? -1 : 0;
}

static const char *const suffixes[] = {".hdf5", ".h5", NULL};

const struct source_format source_format_hdf5 = {
    .name = "hdf5",
    .suffixes = suffixes,
    .probe = probe,
    .open = hdf5_open,
    .read_block = hdf5_read_block,
};
