/* Blocks of HDF5 arrays.
 *
 * Nearly all bytes of real files are chunks with deflate, shuffle, checksums or no
 * filter.  libhdf5 is asked for a page of their addresses at a time (hdf5_pages.h); their
 * bytes are read by pread and decoded here, in any number of threads.  Blocks that only
 * libhdf5 can read come from its process, one by one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/scratch.h"
#include "core/source/hdf5/hdf5_array.h"
#include "core/source/hdf5/hdf5_chunk.h"
#include "core/source/hdf5/hdf5_pages.h"
#include "core/source/hdf5/hdf5_room.h"
#include "core/source/hdf5/hdf5_stream.h"
#include "core/source/hdf5/hdf5_worker.h"

enum { LARGE = 32 << 20 }; /* a chunk that is decoded piece by piece */

int hdf5_request_paths(struct hdf5_request *request, const struct source *source,
                       int file, const char *path, const char *object, struct err *err)
{
  const char *beneath = source_file_beneath(source, file),
             *root = source_pool_root(source_pool_of(source));
  if (strlen(path) >= sizeof request->path || strlen(object) >= sizeof request->object ||
      (beneath && strlen(beneath) >= sizeof request->beneath) ||
      (root && strlen(root) >= sizeof request->root))
    return err_set(err, ENAMETOOLONG, "%s: the path is too long", path);
  strcpy(request->path, path);
  strcpy(request->object, object);
  strcpy(request->root, root ? root : "");
  strcpy(request->beneath, beneath ? beneath : "");
  return 0;
}

/* Fills in what all requests for one array have in common. */
static int make_request(struct hdf5_request *request, const struct source *source,
                        const struct source_array *array, enum hdf5_op op,
                        struct err *err)
{
  const struct hdf5_array *self = array->priv;
  *request = (struct hdf5_request){.op = op, .dtype = array->stored, .nd = array->nd};
  memcpy(request->shape, array->shape, sizeof request->shape);
  memcpy(request->block, array->block, sizeof request->block);
  return hdf5_request_paths(request, source, self->file, self->path, self->object, err);
}

/* Reads through libhdf5's process, which opens the path anew, and then checks that it was
 * still this file. */
static int read_by_path(struct source *source, const struct hdf5_request *request,
                        void *out, size_t size, struct err *err)
{
  return hdf5_worker_read(request, out, size, err) || source_verify_paths(source, err)
             ? -1
             : 0;
}

static int read_by_library(struct source *source, const struct source_array *array,
                           const int64_t *bidx, void *out, size_t size, struct err *err)
{
  struct hdf5_request request;
  if (make_request(&request, source, array, HDF5_READ, err))
    return -1;
  for (int d = 0; d < array->nd; d++)
    request.off[d] = bidx[d] * array->block[d];
  const struct hdf5_array *self = array->priv;
  struct hdf5_share share;
  const int64_t bytes = HDF5_CHILD_BYTES + (int64_t)size + self->beside;
  request.most = self->beside;
  if (hdf5_room_take(&share, source_cache(source), bytes, (int64_t)size, err))
    return err_prefix(err, "%s: %s", self->path, array->name);
  const int rc = read_by_path(source, &request, out, size, err);
  hdf5_room_give(&share);
  return rc;
}

static void fill(const struct source_array *array, void *out, size_t size)
{
  const struct hdf5_array *self = array->priv;
  const int64_t itemsize = dtype_size(array->stored), n = (int64_t)size / itemsize;
  nd_fill(1, &n, out, &itemsize, self->fill, (int)itemsize);
}

struct page_load {
  struct source *source;
  const struct source_array *array;
  uint64_t page;
};

static int load_page(void *ctx, struct hdf5_chunk_at *out, struct err *err)
{
  const struct page_load *load = ctx;
  struct hdf5_request request;
  if (make_request(&request, load->source, load->array, HDF5_PAGE, err))
    return -1;
  request.first = (int64_t)load->page * HDF5_PAGE_CHUNKS;
  request.count =
      hdf5_grid_count(request.nd, request.shape, request.block) - request.first;
  if (request.count > HDF5_PAGE_CHUNKS)
    request.count = HDF5_PAGE_CHUNKS;
  return read_by_path(load->source, &request, out, (size_t)request.count * sizeof *out,
                      err);
}

static int find_chunk(struct source *source, const struct source_array *array,
                      const int64_t *bidx, struct hdf5_chunk_at *out, struct err *err)
{
  const struct hdf5_array *self = array->priv;
  uint64_t index = 0;
  for (int d = 0; d < array->nd; d++)
    index =
        index * (uint64_t)hdf5_grid(array->shape, array->block, d) + (uint64_t)bidx[d];
  if (self->known) {
    *out = self->known[index];
    return 0;
  }
  struct page_load load = {source, array, index / HDF5_PAGE_CHUNKS};
  const struct hdf5_page_key key = {self->owner, load.page};
  return hdf5_page_entry(&key, (int)(index % HDF5_PAGE_CHUNKS), load_page, &load, out,
                         err);
}

/* Returns whether no filter was applied to this chunk. */
static bool is_unfiltered(const struct source_array *array, const int64_t *bidx,
                          uint32_t mask)
{
  const struct hdf5_array *self = array->priv;
  const uint32_t all = (1u << self->nfilters) - 1;
  bool edge = false;
  for (int d = 0; d < array->nd; d++)
    edge = edge || (bidx[d] + 1) * array->block[d] > array->shape[d];
  return (mask & all) == all || (edge && self->raw_edges);
}

/* Puts the chunk's name before a message that says only what is wrong with it. */
static int name_chunk(const struct source_array *array, const int64_t *bidx,
                      struct err *err)
{
  const struct hdf5_array *self = array->priv;
  char chunk[ND_TEXT] = "";
  size_t at = 0;
  for (int d = 0; d < array->nd; d++)
    at += (size_t)snprintf(chunk + at, sizeof chunk - at, "%s%lld", d ? "," : "",
                           (long long)bidx[d]);
  return err_prefix(err, "%s: %s: chunk %s", self->path, array->name, chunk);
}

static int decode_whole(struct source *source, const struct source_array *array,
                        const int64_t *bidx, const struct hdf5_chunk_at *chunk, void *out,
                        size_t size, struct err *err)
{
  const struct hdf5_array *self = array->priv;
  void *stored CLEANUP_SCRATCH = scratch_get(chunk->size);
  if (!stored)
    return err_set(err, ENOMEM, "%s: out of memory", self->path);
  if (source_pread(source, array->file, stored, chunk->size, (int64_t)chunk->addr, err))
    return -1;
  if (hdf5_chunk_decode(self->nfilters, self->filters, chunk->mask, stored, chunk->size,
                        out, size, err))
    return name_chunk(array, bidx, err);
  return 0;
}

/* A chunk in its file. */
struct chunk_file {
  struct source *source;
  int file;
  int64_t addr;
  bool failed; /* reading the file failed, and the error is about that */
};

static int read_stored(void *ctx, void *buf, size_t size, size_t offset, struct err *err)
{
  struct chunk_file *at = ctx;
  at->failed =
      source_pread(at->source, at->file, buf, size, at->addr + (int64_t)offset, err);
  return at->failed ? -1 : 0;
}

/* A large chunk is decoded piece by piece, because memory may lack the room for its
 * stored bytes. */
static int decode_large(struct source *source, const struct source_array *array,
                        const int64_t *bidx, const struct hdf5_chunk_at *chunk, void *out,
                        size_t size, struct err *err)
{
  const struct hdf5_array *self = array->priv;
  struct chunk_file at = {source, array->file, (int64_t)chunk->addr, false};
  const struct hdf5_stored stored = {read_stored, &at, chunk->size};
  if (!hdf5_stream_decode(self->nfilters, self->filters, chunk->mask, &stored, out, size,
                          err))
    return 0;
  return at.failed ? -1 : name_chunk(array, bidx, err);
}

static int decode_chunk(struct source *source, const struct source_array *array,
                        const int64_t *bidx, const struct hdf5_chunk_at *chunk, void *out,
                        size_t size, struct err *err)
{
  const struct hdf5_array *self = array->priv;
  const int64_t end = source_file_size(source, array->file);
  if (chunk->size > hdf5_chunk_stored_max(self->nfilters, size) || chunk->size > end) {
    err_set(err, EIO, "expected about %zu bytes in the file, found %u", size,
            chunk->size);
    return name_chunk(array, bidx, err);
  }
  if (size <= LARGE)
    return decode_whole(source, array, bidx, chunk, out, size, err);
  if (hdf5_stream_can(self->nfilters, self->filters, chunk->mask))
    return decode_large(source, array, bidx, chunk, out, size, err);
  err_set(err, EIO, "expected at most %d bytes with filters in this order, found %zu",
          LARGE, size);
  return name_chunk(array, bidx, err);
}

static int read_chunk(struct source *source, const struct source_array *array,
                      const int64_t *bidx, void *out, size_t size, struct err *err)
{
  struct hdf5_chunk_at chunk;
  if (find_chunk(source, array, bidx, &chunk, err))
    return -1;
  if (chunk.addr == HDF5_CHUNK_MISSING) {
    fill(array, out, size);
    return 0;
  }
  if (chunk.addr > INT64_MAX) {
    err_set(err, EIO, "libhdf5 cannot find where it is stored");
    return name_chunk(array, bidx, err);
  }
  if (!is_unfiltered(array, bidx, chunk.mask))
    return decode_chunk(source, array, bidx, &chunk, out, size, err);
  if (chunk.size != size) {
    err_set(err, EIO, "expected %zu bytes in the file, found %u", size, chunk.size);
    return name_chunk(array, bidx, err);
  }
  return source_pread(source, array->file, out, size, (int64_t)chunk.addr, err);
}

int hdf5_read_block(struct source *source, const struct source_array *array,
                    const int64_t *bidx, void *out, struct err *err)
{
  const struct hdf5_array *self = array->priv;
  const size_t size =
      (size_t)nd_count(array->nd, array->block) * (size_t)dtype_size(array->stored);
  switch (self->how) {
  case HDF5_LIBRARY:
    return read_by_library(source, array, bidx, out, size, err);
  case HDF5_CHUNKS:
    return read_chunk(source, array, bidx, out, size, err);
  default:
    fill(array, out, size);
    return 0;
  }
}
