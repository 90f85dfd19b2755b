/* Where voxels lie in the world: carried beside a view through every cut, so that a patch
 * overlays its scan in a viewer.  Axes are those of the view it belongs to. */
#ifndef TESSERAFS_GEOMETRY_H
#define TESSERAFS_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/nd/nd.h"

enum { NIFTI_INTENT_LABEL = 1002 /* the voxels are numbers of labels */ };

struct geometry {
  /* World = affine * (i, j, k, 1) for the first three axes; rows x, y, z; columns i, j,
   * k, origin.  An axis dropped by a cut keeps its column after those of the kept
   * axes. */
  double affine[3][4];
  bool has_affine; /* the source stated one (else the identity, or diag(spacing)) */
  int sform_code;  /* NIfTI codes of the source; 0: unknown */
  int qform_code;
  int xyzt_units;      /* NIfTI xyzt_units; 0: unknown */
  int intent;          /* NIFTI_INTENT_LABEL, or 0: other intents say what no longer holds
                        * of a cut */
  double step[ND_MAX]; /* pixdim of axes 3.. (TR, say); 0: unknown */
};

void geometry_identity(struct geometry *geo);
/* One axis is cut to start, start+step, ... : the origin moves, its column is scaled. */
void geometry_cut(struct geometry *geo, int axis, double start, double step);
/* Returns the distance of two neighbours along one of the first three axes, in the
 * source's units. */
double geometry_spacing(const struct geometry *geo, int axis);
/* New axis d is old axis perm[d], nd axes.  Axes past the third only carry step[]; when
 * an axis past the third moves among the first three its column is zero. */
void geometry_permute(struct geometry *geo, int nd, const int *perm);

#endif
