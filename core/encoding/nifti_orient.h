/* A NIfTI header states orientation twice: the sform is the affine, the qform a rotation
 * with voxel sizes, which an affine with shear does not have. */
#ifndef TESSERAFS_NIFTI_ORIENT_H
#define TESSERAFS_NIFTI_ORIENT_H

#include <stdbool.h>

struct nifti_orient {
  double pixdim[3]; /* lengths of the affine's columns; 1 for a column that has none */
  bool qform;  /* the affine is a rotation with voxel sizes; else quatern[] is zero */
  double qfac; /* -1: the third axis is mirrored; else 1 */
  double quatern[3]; /* b, c, d */
};

/* single: the header holds float32 (NIfTI-1), so the rounded numbers must reproduce the
 * affine. */
void nifti_orient(const double affine[3][4], bool single, struct nifti_orient *out);

#endif
