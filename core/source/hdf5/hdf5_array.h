/* An array of an open HDF5 file; source_hdf5.c makes it, hdf5_block.c reads it. */
#ifndef TESSERAFS_HDF5_ARRAY_H
#define TESSERAFS_HDF5_ARRAY_H

#include "core/source/hdf5/hdf5_wire.h"
#include "core/source/source_format.h"

/* What read_block needs to know of an array (source_array.priv; NULL for direct
 * arrays). */
struct hdf5_array {
  enum hdf5_how how;
  const char *path;                  /* of the array's file, absolute */
  int file;                          /* its number among the source's */
  const char *object;                /* within that file */
  const struct hdf5_chunk_at *known; /* where all chunks lie; NULL: hdf5_pages.h is
                                      * asked */
  uint64_t owner;                    /* its key in hdf5_pages.h */
  int64_t beside;                    /* HDF5_LIBRARY: as in struct hdf5_desc */
  bool raw_edges;
  int nfilters;
  struct hdf5_filter filters[HDF5_FILTERS_MAX];
  unsigned char fill[16];
};

/* Sets the request's path, object, and what files must lie beneath; file: its number
 * among the source's.  -1: ENAMETOOLONG. */
int hdf5_request_paths(struct hdf5_request *request, const struct source *source,
                       int file, const char *path, const char *object, struct err *err);
/* The read_block of source_format_hdf5. */
int hdf5_read_block(struct source *source, const struct source_array *array,
                    const int64_t *bidx, void *out, struct err *err);

#endif
