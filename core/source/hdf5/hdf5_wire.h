/* The messages between the daemon and the process that calls libhdf5.
 *
 * A request is one struct: the two processes are forks of one program, and the daemon is
 * trusted.  A reply comes from a process that has read a user's file with a large library
 * and may be under the file's control: it is bytes, every field of which is checked. */
#ifndef TESSERAFS_HDF5_WIRE_H
#define TESSERAFS_HDF5_WIRE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/nd/dtype.h"
#include "core/nd/nd.h"

enum {
  HDF5_NAME_MAX = 4096,     /* bytes of an array's name, NUL included */
  HDF5_FILTERS_MAX = 8,     /* of a pipeline that is decoded here */
  HDF5_ARRAYS_MAX = 100000, /* listed of one file */
  HDF5_NAMES_MAX = 10000,   /* links looked at for further names of its arrays */
  HDF5_FILES_MAX = 4096,    /* further files that one file refers to */
  HDF5_WALK_MAX = 64 << 20, /* bytes of a walk's reply */
  /* Bytes that a request takes besides the voxels.  Measured: 4 MiB are enough to read a
   * small file, with a plugin too; the rest is for libhdf5's cache of a large file's
   * metadata. */
  HDF5_CHILD_BYTES = 16 << 20,
  HDF5_SLAB = 1 << 20,     /* bytes of a block where the file has no chunks */
  HDF5_PAGE_CHUNKS = 4096, /* addresses asked for at once */
  HDF5_KNOWN_MAX = 64,     /* chunks whose addresses come with a walk */
  HDF5_MAGIC = 0x35354854  /* first in every reply */
};

enum hdf5_op {
  HDF5_WALK, /* path, root -> the arrays of a file; a second reply, which need not come:
                where few chunks lie */
  HDF5_PAGE, /* path, object, nd, shape, block, first, count -> struct
                hdf5_chunk_at[count] */
  HDF5_READ  /* path, object, dtype, nd, shape, block, off -> prod(block) elements */
};

struct hdf5_request {
  enum hdf5_op op;
  enum dtype dtype;
  int nd;
  int64_t shape[ND_MAX]; /* of the array, voxels */
  int64_t block[ND_MAX]; /* of a chunk or block, voxels */
  int64_t off[ND_MAX];   /* READ: first voxel of the block; its overhang comes as zeros */
  int64_t first, count;  /* PAGE: chunks in C order of their grid */
  int64_t most;        /* WALK: bytes of the list of arrays; READ: bytes that libhdf5 may
                        * take beside HDF5_CHILD_BYTES */
  char path[PATH_MAX]; /* absolute */
  char root[PATH_MAX]; /* real path that files which the file refers to lie beneath;
                        * "": anywhere */
  char beneath[PATH_MAX]; /* real path that the file itself lies beneath; "": anywhere */
  char object[HDF5_NAME_MAX]; /* path of the dataset within the file */
};

/* Before the reply's payload; with errnum the payload is a message. */
struct hdf5_reply_head {
  uint32_t magic;
  int32_t errnum;
  uint64_t size; /* bytes that follow */
};

/* Where a chunk lies in the file. */
struct hdf5_chunk_at {
  uint64_t addr; /* bytes from the start of the file, or one of the values below */
  uint32_t size; /* bytes as stored */
  uint32_t mask; /* bit i: filter i was not applied */
};
/* More than any memory has, and small enough to be added to. */
#define HDF5_BESIDE_MAX (INT64_MAX / 4)
#define HDF5_CHUNK_MISSING UINT64_MAX    /* never written: fill value */
#define HDF5_CHUNK_LOST (UINT64_MAX - 1) /* libhdf5 failed to find it */

enum hdf5_how {
  HDF5_DIRECT,  /* contiguous, at `offset` */
  HDF5_CHUNKS,  /* chunks that are decoded here */
  HDF5_LIBRARY, /* blocks that libhdf5 reads (HDF5_READ) */
  HDF5_FILLED   /* never written: the fill value everywhere */
};

struct hdf5_filter {
  uint32_t id;  /* H5Z_filter_t; of HDF5_CHUNKS only those of hdf5_chunk.h */
  uint32_t arg; /* shuffle: bytes of an element */
};

/* An array of a file. */
struct hdf5_desc {
  enum hdf5_how how;
  enum dtype dtype;
  bool swapped;
  int nd;
  int64_t shape[ND_MAX];
  int64_t block[ND_MAX]; /* not HDF5_DIRECT */
  int64_t offset;        /* HDF5_DIRECT: bytes from the start of the file */
  int file;              /* 0: the file itself; i: further file i - 1 */
  bool raw_edges;        /* chunks that overhang the array are stored unfiltered */
  int nfilters;
  struct hdf5_filter filters[HDF5_FILTERS_MAX]; /* in the order of writing */
  unsigned char fill[16];                       /* one element, as stored */
  int64_t beside; /* HDF5_LIBRARY: bytes that libhdf5 takes to read a block, beside the
                   * block itself */
};

/* Return the number of chunks of an array along its axis d, and in all (-1: more than an
 * int64_t has). */
int64_t hdf5_grid(const int64_t *shape, const int64_t *block, int d);
int64_t hdf5_grid_count(int nd, const int64_t *shape, const int64_t *block);

/* --- writing (the child) ----------------------------------------------------------- */

void hdf5_put_u32(struct text *out, uint32_t value);
void hdf5_put_string(struct text *out, const char *string);
/* Puts one array.  why: NULL, or the reason why the array is unusable (then only the name
 * counts): EINVAL when it is of a kind that is no array of ours, any other errno when it
 * is broken.  object: path within its file. */
void hdf5_put_array(struct text *out, const char *name, const struct err *why,
                    const char *object, const struct hdf5_desc *desc);

/* Puts a further name of an array that was put: its number among the arrays, from 0. */
void hdf5_put_alias(struct text *out, const char *name, uint32_t array);

/* Puts a part of the second reply to a walk: for an array whose chunks are known (its
 * number in the first reply, from 0), n chunks in C order of their grid. */
void hdf5_put_known(struct text *out, uint32_t array, uint32_t n,
                    const struct hdf5_chunk_at *known);

/* --- reading (the daemon) ---------------------------------------------------------- */

/* A walk's payload: nfiles, their paths, then arrays up to its end. */
struct hdf5_reader {
  const unsigned char *at;
  size_t left;
};

struct hdf5_entry {
  const char *name, *object; /* NUL-terminated, in the payload */
  const char *why;           /* not NULL: unusable */
  bool broken;               /* why it is unusable: it cannot be read */
  int alias_of;              /* not -1: only another name of this array */
  struct hdf5_desc desc;     /* checked: see hdf5_get_array() */
};

/* false: the payload is damaged. */
bool hdf5_get_u32(struct hdf5_reader *in, uint32_t *value);
bool hdf5_get_string(struct hdf5_reader *in, const char **string);
/* Takes an array, or a further name of one of the `narrays` arrays before.  In a usable
 * entry enums are in range, the array's and a block's bytes
 * fit an int64_t, blocks have no empty side, file <= nfiles, and the filters of
 * HDF5_CHUNKS are those that hdf5_chunk.h decodes.  Of the offset it is only known that
 * it is not negative. */
bool hdf5_get_array(struct hdf5_reader *in, int nfiles, int narrays,
                    struct hdf5_entry *out);

/* Takes the next part when it belongs to this array and has all its chunks; returns how
 * many, else 0.  The addresses are unchecked. */
int hdf5_get_known(struct hdf5_reader *in, uint32_t array, const struct hdf5_desc *desc,
                   struct hdf5_chunk_at out[HDF5_KNOWN_MAX]);

#endif
