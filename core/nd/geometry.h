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
   * k, origin.  The column of an axis that is not in space (time, say) is zero.  An axis
   * dropped by a cut keeps its column after those of the kept axes. */
  double affine[3][4];
  /* The columns of axes 3.. that lie in space and came there by a cut or a permutation;
   * zero for all others, and for the first three. */
  double past[ND_MAX][3];
  bool has_affine; /* the source stated one (else the identity, or diag(spacing)) */
  int sform_code;  /* NIfTI codes of the source; 0: unknown */
  int qform_code;
  int xyzt_units;      /* NIfTI xyzt_units; 0: unknown */
  int intent;          /* NIFTI_INTENT_LABEL, or 0: other intents say what no longer holds
                        * of a cut */
  double step[ND_MAX]; /* pixdim of axes that are not in space (TR, say); 0: unknown */
};

void geometry_identity(struct geometry *geo);
/* One axis is cut to start, start+step, ... : the origin moves, its column is scaled. */
void geometry_cut(struct geometry *geo, int axis, double start, double step);
/* Returns the distance of two neighbours along an axis, in the source's units; 0: the
 * axis is not in space. */
double geometry_spacing(const struct geometry *geo, int axis);
/* New axis d is old axis perm[d], nd axes. */
void geometry_permute(struct geometry *geo, int nd, const int *perm);
/* Gives the affine of the first three axes as a file states it, and the steps of the axes
 * after them (pixdim; 1 where it is unknown), for an array of nd axes.  Readers demand an
 * affine that can be inverted, so an axis that is not in space takes the column of one
 * that has no place among the first three: index 0 along it lies where it should.  If the
 * array has no axis at that one's place, the step of the axis that took the column is
 * stated there: TR stays pixdim[4]. */
void geometry_stated(const struct geometry *geo, int nd, double affine[3][4],
                     double step[ND_MAX]);

#endif
