/* What a source format implements: one file, one row in source_formats[].
 *
 * To add one: copy source_npy.c, the smallest; fill `arrays` in open; if voxels are not
 * plain (source_array.direct), write read_block.  Everything else (descriptors, cache,
 * staleness, byte order, scaling, the box arithmetic) is done once, in source.c and
 * source_view.c. */
#ifndef TESSERAFS_SOURCE_FORMAT_H
#define TESSERAFS_SOURCE_FORMAT_H

#include "core/source/source.h"

/* Bytes that probe sees (of a .gz: also inflated ones).  An HDF5 superblock may lie at 0,
 * 512, 1024, 2048, ...: those up to 8192 are seen. */
enum { SOURCE_HEAD = 8192 + 64 };

struct source_head {
  const unsigned char *bytes;    /* the first bytes of the file */
  size_t n;                      /* SOURCE_HEAD, or less in a smaller file */
  const unsigned char *inflated; /* a gzip file's first bytes inside; else NULL */
  size_t ninflated;
  int64_t size; /* of the file */
};

struct source_format {
  const char *name;
  const char *const *suffixes; /* NULL-terminated, longest first: ".nii.gz", ".nii" */
  /* Is it this format, by content?  path only where content is not enough (.hdr/.img). */
  bool (*probe)(const struct source_head *head, const char *path);
  /* Header facts into the source: source_add_array() for each, source_add_file() for
   * further files.  Sizes from the file are checked for overflow and against the file's
   * size before anything of that size is allocated.  0, or -1 with *err (EIO, with
   * numbers). */
  int (*open)(struct source *source, struct err *err);
  /* Decodes block bidx[] (block coordinates) into out, prod(array->block) elements of
   * array->stored.  Any number of threads at once, no lock held; reads through
   * source_pread().  NULL when all its arrays are direct. */
  int (*read_block)(struct source *source, const struct source_array *array,
                    const int64_t *bidx, void *out, struct err *err);
  /* Frees what the arena does not: called with each array's priv that is not NULL, when
   * nobody reads any more.  May be NULL. */
  void (*close)(void *priv);
};

extern const struct source_format source_format_nifti, source_format_npy,
    source_format_hdf5, source_format_png, source_format_tiff;
extern const struct source_format *const source_formats[]; /* NULL-terminated */

/* Opening in two steps, for formats that are told rather than recognised: file 0 is open
 * and no array is there yet; then source_add_array(), then source_opened(), which takes
 * the source over (frees it on failure).  A source given up in between:
 * source_unref(). */
struct source *source_begin(struct source_pool *pool, const char *path,
                            const struct source_format *format, struct err *err);
int source_opened(struct source *source, struct source **out, struct err *err);

/* For formats, while opening (one thread) and in read_block. */
struct arena *source_arena(struct source *source); /* only while opening */
struct source_pool *source_pool_of(const struct source *source);
const char *source_pool_root(const struct source_pool *pool);  /* NULL: anywhere */
const char *source_pool_state(const struct source_pool *pool); /* NULL: nowhere */
/* A copy of *array is kept, with channel_axis, block, ... as given; the name (and the
 * reason of an unusable one) is copied.  EIO when its sizes overflow, or when the voxels
 * of a direct array end after the end of their file. */
int source_add_array(struct source *source, const struct source_array *array,
                     struct err *err);
/* A further file whose change makes the source stale; its index (file 0 is the path). */
int source_add_file(struct source *source, const char *path, struct err *err);
int64_t source_file_size(const struct source *source, int file);
const char *source_file_path(const struct source *source, int file);
/* Exactly size bytes at offset; a short file is EIO "<path>: expected ... bytes at ...,
 * found ...".  Counts bytes_read. */
int source_pread(struct source *source, int file, void *buf, size_t size, int64_t offset,
                 struct err *err);
/* The front door of read_block: size is that of one whole block.  Counts it, and turns a
 * decode of a file that changed meanwhile into EIO. */
int source_read_block(struct source *source, const struct source_array *array,
                      const int64_t *bidx, void *out, size_t size, struct err *err);
/* EIO, and the source is stale, when what source_pread() has read is no longer what was
 * opened: asked after voxels were read past read_block. */
int source_verify(struct source *source, struct err *err);
/* The same of what the paths name now: asked by who had somebody open them again. */
int source_verify_paths(struct source *source, struct err *err);
/* Bytes that came out of decoding and are in no block: what was passed over. */
void source_count_decoded(struct source *source, uint64_t bytes);
uint64_t source_id(const struct source *source); /* its block_key.source */
struct block_cache *source_cache(const struct source *source);

#endif
