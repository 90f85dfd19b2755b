/* Files as arrays.  A source is one file (a .hdr/.img pair: two) at one fingerprint.  Its
 * header facts never change; when the file on disk changes, the source goes stale and
 * every further read of it is EIO.  A caller who wants the new content opens a new
 * source.
 *
 * Sources are reference counted and thread safe.  The pool opens and closes descriptors
 * under a cap, so that any number of sources may be open. */
#ifndef TESSERAFS_SOURCE_H
#define TESSERAFS_SOURCE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/workers.h"
#include "core/cache/block_cache.h"
#include "core/nd/dtype.h"
#include "core/nd/geometry.h"
#include "core/nd/nd.h"
#include "core/view/view.h"

struct source;
struct source_pool;

/* What all sources of a mount share: the cache, the descriptor cap, the counters. */
struct source_pool_opts {
  size_t cache_bytes;
  int threads;       /* that decode beside the readers; 0: none */
  int max_fds;       /* 0: half of RLIMIT_NOFILE, at most 1024 */
  const char *root;  /* real path; files that an HDF5 file links to must lie below it;
                      * NULL: anywhere */
  const char *state; /* directory where indexes of large .gz files are kept, created with
                      * the first index; NULL: they are not kept */
};
struct source_stats {
  struct block_stats cache;
  uint64_t files_opened; /* how often the headers of a file were read */
  uint64_t
      blocks_decoded; /* compressed or serially read blocks (HDF5 chunks, strips, ...) */
  uint64_t bytes_decoded;
  uint64_t bytes_read;  /* from files */
  uint64_t read_errors; /* files that the system could not read, whatever they hold */
};
struct source_pool *source_pool_new(const struct source_pool_opts *opts, struct err *err);
void source_pool_free(struct source_pool *pool); /* after the last unref */
/* From now on no file is opened but beneath `root` (a real path), whatever symbolic links
 * say; each time that a file is opened, since a link can be swapped.  To be called before
 * the first source is opened.  -1: ENOMEM. */
int source_pool_confine(struct source_pool *pool, const char *root, struct err *err);
const char *source_pool_beneath(const struct source_pool *pool); /* NULL: anywhere */
/* Returns the pool's cache, for modules whose memory counts in its budget
 * (block_cache_charge).  It lives as long as the pool. */
struct block_cache *source_pool_cache(const struct source_pool *pool);
void source_pool_stats(struct source_pool *pool, struct source_stats *out);
/* Returns the pool's threads, for other work on its files; NULL when there are none. */
struct workers *source_pool_workers(const struct source_pool *pool);

/* One array of a source.  Its axes stand in the order in which the format's usual reader
 * shows them (NIfTI i, j, k; HDF5 as stored; images row, column[, channel]). */
struct source_array {
  const char *name; /* HDF5: path without the leading '/'; NULL: the file's first or only
                       one; further TIFF series: "1", "2", ...; their pyramid levels:
                       "level1", ..., "1_level1", ... */
  const char *unusable; /* not NULL: the reason why this dataset cannot be shown as an
                         * array; then only `name` is valid */
  bool alternate;   /* another form of the array before it: shown only when asked for by
                       name */
  bool level;       /* a smaller version of another array: a pyramid level */
  bool broken;      /* unusable because it cannot be read, not because of its kind */
  enum dtype dtype; /* as presented: scaled NIfTI is DT_F64 */
  int nd;
  int64_t shape[ND_MAX];
  int spatial; /* how many leading axes are spatial, where the format says so (NIfTI: up
                * to 3; colour image: 2); 0: the format does not say */
  int channel_axis; /* axis of colour samples; -1: none */
  int slice_axis;   /* the axis that slices are cut along when nobody says (NIfTI: 2) */
  bool image; /* PNG or TIFF page(s): may be a slice of a stack, when nd - channel is 2 */
  struct geometry geo;

  /* How the array is stored; for the format and source_view.c. */
  enum dtype stored; /* element type in a block or in the file */
  bool swapped;      /* stored big-endian */
  bool scaled;       /* value = stored * slope + inter, in double */
  double slope, inter;
  bool fortran;     /* order of voxels in a block, or in the file: first axis fastest */
  bool interleaved; /* with fortran: the last axis (colour samples) is the fastest of all,
                       then the first, the second, ... */
  bool direct;      /* the voxels lie contiguous and uncompressed at `offset` of file
                       `file`: read by pread straight to their place, never cached */
  bool in_order;  /* decoding a block may need all blocks before it, so no worker is given
                   * one */
  int file;       /* index among the source's files */
  int64_t offset; /* bytes */
  int64_t block[ND_MAX]; /* not direct: the array is a grid of blocks of this shape, each
                          * decoded whole; a block at the far edge has full strides, and
                          * its overhang is undefined */
  void *priv;            /* data of the format, in the source's arena */
};

/* Opens a source by reading its headers, never voxels; a file that is open already is
 * shared.  root restricts links as in source_pool_opts.  Returns 0 with *out referenced
 * once, or -1: ENOENT, EACCES, EIO (corrupt), EINVAL (no known format). */
int source_open(struct source_pool *pool, const char *path, struct source **out,
                struct err *err);
/* Opens a headerless file as a description describes it. */
struct source_raw {
  enum dtype dtype;
  bool swapped;
  int nd;
  int64_t shape[ND_MAX];
  int64_t offset; /* bytes */
};
int source_open_raw(struct source_pool *pool, const char *path,
                    const struct source_raw *raw, struct source **out, struct err *err);
struct source *source_ref(struct source *source);
void source_unref(struct source *source);

const char *source_path(const struct source *source);
const char *source_format_name(const struct source *source);
/* Returns how many bytes of the path are the format's suffix, as source_probe() does. */
size_t source_suffix(const struct source *source);
int source_array_count(const struct source *source);
const struct source_array *source_array_at(const struct source *source, int index);
/* Finds an array by a name of it; -1 when there is none.  NULL: the only array; of many
 * that have names the one called data, image, raw or volume; -1 when that is none or more
 * than one. */
int source_array_find(const struct source *source, const char *name);
/* Says why source_array_find() found none: EIO, with the names there are for NULL. */
int source_array_missing(const struct source *source, const char *name, struct err *err);
/* Returns a second name of the array (HDF5: a further link to it) and moves *at, which
 * starts at 0, behind it; NULL at the end. */
const char *source_array_alias(const struct source *source, int array, int *at);
/* Returns the newest mtime of the source's files. */
struct timespec source_mtime(const struct source *source);
/* Returns a hash of the paths and fingerprints of its files, which is the same whenever
 * the same content is opened by the same path. */
uint64_t source_version(const struct source *source);
/* Two hashes of one file's fingerprint, to be compared: source_print_of() hashes what
 * stat() says now, source_print() what the source's first file was when it was opened.
 * Equal hashes mean the same content. */
uint64_t source_print_of(const struct stat *st);
uint64_t source_print(const struct source *source);

/* Returns whether a file of the source has changed on disk (device, inode, size, mtime,
 * ctime) or vanished.  Looks at most every SOURCE_CHECK_MS; a stale source stays
 * stale. */
enum { SOURCE_CHECK_MS = 300 };
bool source_stale(struct source *source);
/* Sets EIO with the reason why a stale source is stale; returns -1. */
int source_why_stale(struct source *source, struct err *err);

/* --- blocks that are decoded on order, before anybody reads them ---
 *
 * A view_prefetch() without a wish is a hint; with a wish it is an order: a block that
 * exceeds the limits on work under way waits for its turn, and the calling thread decodes
 * the blocks that no worker can.  It may order any number of boxes between
 * source_wish_begin() and source_wish_end().  done() is called once, in any thread, when
 * the last piece is in the cache or has failed. */
struct source_wish {
  atomic_int refs;         /* pieces under way, and the thread that orders them */
  const atomic_bool *stop; /* true: the wish is given up; outlives the wish */
  struct err err;          /* the first failure; valid in done() */
  void (*done)(struct source_wish *self);
};
void source_wish_begin(struct source_wish *self);
/* Ends the ordering.  failed: an error that happened outside of sources, or NULL. */
void source_wish_end(struct source_wish *self, struct source_pool *pool,
                     const struct err *failed);
/* Notes an error that a view met before it could ask its source (views that open sources
 * only when they are read). */
void source_wish_failed(struct source_wish *self, struct source_pool *pool,
                        const struct err *failed);

/* Makes a view of the array.  The view holds no reference: the source must outlive the
 * arena. */
struct view *source_view(struct arena *arena, struct source *source, int array,
                         struct err *err);
/* For readers who ask for float32, as DeepReg asks nibabel: returns a NIfTI view whose
 * scaling is computed in float32 where the stored elements are 8 or 16 bits wide or
 * float32.  Any other view is returned unchanged. */
const struct view *source_view_float32(struct arena *arena, const struct view *view,
                                       struct err *err);

/* Returns the name of the known format that the file's first 8 KiB (and its suffix) show,
 * or NULL, with *err set only when the file cannot be read, or is gzip around such a
 * format (EINVAL).  *suffix_len (may be NULL):
 * how many bytes of `path` are the format's suffix (7 for ".nii.gz"; 0: none), for naming
 * a scan. */
const char *source_probe(const char *path, size_t *suffix_len, struct err *err);

#endif
