/* The space that the fields of a scan share: its spatial axes.
 *
 * The first img field (the first field where there is none) is the reference.  A field
 * whose extents differ from it along these axes is on another grid: views cannot cut it,
 * and it has no say in how many axes there are. */
#ifndef TESSERAFS_SPACE_H
#define TESSERAFS_SPACE_H

#include "core/field/open_dataset.h"

struct space {
  int nd;                 /* 0: no field has an axis */
  int64_t extent[ND_MAX]; /* voxels */
  int slice_axis; /* the axis that slices are cut along when the view does not say */
  int field;      /* the reference */
};

/* held: a snapshot per field; NULL for those that cannot be read or have no say: scalars,
 * fields of scans/ only. */
void space_find(const struct scan_spec *scan, const struct snapshot *const *held,
                struct space *out);
/* Index of the first spatial axis in the array: 1 for channels first, else 0. */
int space_first_axis(const struct scan_spec *scan, const struct snapshot *snapshot);
/* EIO with both shapes when the field is on another grid than the space. */
int space_check(const struct space *space, const struct scan_spec *scan, int field,
                const struct snapshot *snapshot, struct err *err);
/* Calls fn with the reason for each field of the scan that can be read and is on another
 * grid.  -1: ENOMEM and the like. */
int space_check_scan(struct dataset *dataset, const struct dataset_spec *spec, int scan,
                     void (*fn)(void *ctx, const char *scan, const char *field,
                                const char *why),
                     void *ctx, struct err *err);

#endif
