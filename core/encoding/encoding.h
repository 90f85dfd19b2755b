/* A view as the bytes of a file, region by region.  The size is known from the header
 * facts before any voxel is read. */
#ifndef TESSERAFS_ENCODING_H
#define TESSERAFS_ENCODING_H

#include "core/base/arena.h"
#include "core/nd/geometry.h"
#include "core/view/view.h"

/* What is to be encoded. */
struct item {
  const struct view *view;
  struct geometry geo;
  const char *field; /* the name of the dataset in an h5 */
  int channel_axis;  /* axis of colour samples in this view; -1: none */
};

struct layout;

struct encoding {
  const char *ext; /* "npy", "nii.gz": what follows the dot */
  bool in_bulk;    /* its usual readers take the voxels by few large reads, or map them */
  /* Returns whether it can hold this dtype and shape.  (Names with an unsuitable
   * extension do not exist.) */
  bool (*holds)(const struct item *item);
  /* Gives the exact size in bytes, by arithmetic.  -1: EOVERFLOW, ENOMEM, ... */
  int (*size)(const struct item *item, int64_t *size, struct err *err);
  /* Makes the regions of the file in the arena, when the file is opened. */
  int (*layout)(const struct item *item, struct arena *arena, struct layout *out,
                struct err *err);
};

extern const struct encoding encoding_npy, encoding_nii, encoding_nii_gz, encoding_h5,
    encoding_raw, encoding_tif, encoding_png;
extern const struct encoding *const encodings[]; /* NULL-terminated; longer ext first */

const struct encoding *encoding_find(const char *ext); /* NULL: unknown */
const char *encoding_ext(int i); /* of encodings[i]; NULL at its end */

/* --- an open file ------------------------------------------------------------------ */

enum region_kind {
  REGION_BYTES,  /* bytes at `bytes` */
  REGION_VOXELS, /* the voxels of `view` in C order, little-endian, from linear index 0 */
  REGION_ZERO,
  REGION_CALL /* what `pread` writes: framing, checksums */
};

struct region {
  enum region_kind kind;
  int64_t start, size; /* bytes of the file; regions are in order and leave no gap */
  const void *bytes;
  const struct view *view;
  /* Writes size bytes from offset (within the region).  Thread safe. */
  int (*pread)(void *ctx, void *buf, size_t size, int64_t offset, struct err *err);
  void *ctx;
};

struct layout {
  int64_t size; /* bytes */
  int nregions;
  struct region *regions;
};

/* Front doors.  encoding_size() and encoding_open() refuse (ENOENT) an item that the
 * encoding cannot hold; encoding_open() asserts that the layout has the promised size.
 * encoding_pread() writes [offset, offset+size), which lies inside the file; called in
 * any order and by any number of threads. */
int encoding_size(const struct encoding *encoding, const struct item *item, int64_t *size,
                  struct err *err);
int encoding_open(const struct encoding *encoding, const struct item *item,
                  struct arena *arena, struct layout *out, struct err *err);
/* Hints that these bytes will be read soon: sources begin to decode the voxels under
 * them.  Never waits.  A range that reaches past the end is cut. */
void encoding_prefetch(const struct layout *layout, int64_t offset, int64_t size);
int encoding_pread(const struct layout *layout, void *buf, size_t size, int64_t offset,
                   struct err *err);

#endif
