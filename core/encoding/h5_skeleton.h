/* An HDF5 file around one contiguous dataset, without the dataset's voxels. */
#ifndef TESSERAFS_H5_SKELETON_H
#define TESSERAFS_H5_SKELETON_H

#include "core/base/err.h"
#include "core/nd/dtype.h"
#include "core/nd/nd.h"

struct h5_skeleton {
  int64_t size;      /* bytes of the whole file */
  int64_t data_at;   /* offset of the first voxel; equal to size when there are none */
  int64_t data_size; /* bytes of voxels, C order, little-endian */
  unsigned char
      *bytes; /* all bytes but the voxels, in order; malloc'ed: size - data_size */
};

/* Lets libhdf5 write the skeleton, which takes about a millisecond and a sparse temporary
 * file.  field: the dataset's name, in which '/' makes groups.  data_size follows from
 * shape and dtype.  Thread safe.  -1: EIO with libhdf5's reason, ENOMEM. */
int h5_skeleton_build(const char *field, enum dtype dtype, int nd, const int64_t *shape,
                      int64_t data_size, struct h5_skeleton *out, struct err *err);

#endif
