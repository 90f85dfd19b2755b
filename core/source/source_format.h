/* What a source format implements: one file, one row in source_formats[].
 *
 * To add one: copy source_npy.c, the smallest; fill `arrays` in open; if voxels are not
 * plain (source_array.direct), write read_block.  Everything else (descriptors, cache,
 * staleness, byte order, scaling, the box arithmetic) is done once, in source.c and
 * source_view.c. */
#ifndef TESSERAFS_SOURCE_FORMAT_H
#define TESSERAFS_SOURCE_FORMAT_H

#include "core/source/source.h"

/* Bytes of a file that probe() sees (of a .gz: also inflated ones). */
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
  /* Returns whether the content is of this format; uses the path only where content is
   * not enough (.hdr/.img). */
  bool (*probe)(const struct source_head *head, const char *path);
  /* Puts the header facts into the source: source_add_array() for each array,
   * source_add_file() for further files.  Sizes from the file are checked for overflow
   * and against the file's size before anything of that size is allocated.  Returns 0, or
   * -1 with *err (EIO, with numbers). */
  int (*open)(struct source *source, struct err *err);
  /* Decodes block bidx[] (block coordinates) into out, prod(array->block) elements of
   * array->stored.  Called by any number of threads at once, with no lock held; reads
   * through source_pread().  NULL when all arrays of the format are direct. */
  int (*read_block)(struct source *source, const struct source_array *array,
                    const int64_t *bidx, void *out, struct err *err);
  /* Frees what the arena does not free.  Called with each array's priv that is not NULL,
   * when no reader is left.  May be NULL. */
  void (*close)(void *priv);
};

extern const struct source_format source_format_nifti, source_format_npy,
    source_format_hdf5, source_format_png, source_format_tiff;
extern const struct source_format *const source_formats[]; /* NULL-terminated */

/* Opens a source in two steps, for formats that are told rather than recognised:
 * source_begin() opens file 0 and leaves the source without arrays; the caller adds
 * arrays with source_add_array() and then calls source_opened(), which takes the source
 * over (and frees it on failure).  A source given up in between is released by
 * source_unref(). */
struct source *source_begin(struct source_pool *pool, const char *path,
                            const struct source_format *format, struct err *err);
int source_opened(struct source *source, struct source **out, struct err *err);

/* For formats: callable while opening (one thread) and in read_block, except where
 * noted. */
struct arena *source_arena(struct source *source); /* only while opening */
struct source_pool *source_pool_of(const struct source *source);
const char *source_pool_root(const struct source_pool *pool);  /* NULL: anywhere */
const char *source_pool_state(const struct source_pool *pool); /* NULL: nowhere */
/* Adds a copy of *array as given (channel_axis, block, ...), with its own copy of the
 * name and of `unusable`.  EIO when the array's sizes overflow, or when the voxels of a
 * direct array end behind the end of their file. */
int source_add_array(struct source *source, const struct source_array *array,
                     struct err *err);
/* Adds a second name of an array that was added. */
int source_add_alias(struct source *source, const char *name, int array, struct err *err);
/* Adds a further file, whose change makes the source stale; returns its index (file 0 is
 * the path). */
int source_add_file(struct source *source, const char *path, struct err *err);
/* Does the same with a file that a file of the source names, which has to lie beneath
 * source_pool_root(), whatever symbolic links say when it is opened. */
int source_add_linked(struct source *source, const char *path, struct err *err);
int64_t source_file_size(const struct source *source, int file);
const char *source_file_path(const struct source *source, int file);
/* The real path beneath which the file is to be opened, each time; NULL: anywhere. */
const char *source_file_beneath(const struct source *source, int file);
/* Reads exactly `size` bytes at offset and counts them in bytes_read; a short file is EIO
 * "<path>: expected ... bytes at ..., found ...". */
int source_pread(struct source *source, int file, void *buf, size_t size, int64_t offset,
                 struct err *err);
/* The front door of read_block; size: bytes of one whole block.  Counts the decode, and
 * returns EIO when the file changed meanwhile. */
int source_read_block(struct source *source, const struct source_array *array,
                      const int64_t *bidx, void *out, size_t size, struct err *err);
/* Returns EIO and makes the source stale when the bytes that source_pread() has read are
 * no longer those that were opened.  To be called after voxels were read without
 * read_block. */
int source_verify(struct source *source, struct err *err);
/* Makes the same check of the files that the paths name now, for callers who let another
 * process open them by path. */
int source_verify_paths(struct source *source, struct err *err);
/* Counts bytes that were decoded but belong to no block, because a decoder had to pass
 * over them. */
void source_count_decoded(struct source *source, uint64_t bytes);
uint64_t source_id(const struct source *source); /* its block_key.source */
struct block_cache *source_cache(const struct source *source);

#endif
