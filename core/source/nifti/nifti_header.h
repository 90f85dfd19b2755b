/* The fixed part of a NIfTI-1 or NIfTI-2 header as numbers, with the repairs and the
 * affine that nibabel makes of it, and where its other half lies.  Reads nothing. */
#ifndef TESSERAFS_NIFTI_HEADER_H
#define TESSERAFS_NIFTI_HEADER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/nd/geometry.h"

enum { NIFTI1_SIZE = 348, NIFTI2_SIZE = 540, NIFTI_DIMS = 7 };

struct nifti_header {
  int version;  /* 1 or 2 */
  bool analyze; /* Analyze 7.5, of which version 1 has most fields; srow is its place */
  bool single;  /* magic n+1 or n+2: the voxels follow in the same file */
  bool swapped; /* big-endian, as the voxels are */
  int nd;       /* 1..7 */
  int64_t shape[NIFTI_DIMS];
  int datatype;
  double pixdim[NIFTI_DIMS + 1];
  int64_t vox_offset; /* bytes; in a single file at least the header's size */
  bool scaled;        /* value = stored * slope + inter */
  double slope, inter;
  int xyzt_units;
  int intent;
  int qform_code, sform_code; /* 0..5 */
  double quatern[3], qoffset[3], srow[3][4];
};

/* Returns the version 1 or 2 that the magic in the first n bytes shows; 0: not NIfTI. */
int nifti_version(const unsigned char *bytes, size_t n);
/* Returns whether it is a header of the older Analyze 7.5. */
bool nifti_is_analyze(const unsigned char *bytes, size_t n);
/* bytes: n of them, for which nifti_version() is not 0, or nifti_is_analyze().  EIO and
 * EINVAL name `path`. */
int nifti_parse(const unsigned char *bytes, size_t n, const char *path,
                struct nifti_header *out, struct err *err);
/* Gives the affine as nibabel's img.affine, codes, units, the intent "label", and the
 * steps of the axes after the third. */
void nifti_geometry(const struct nifti_header *header, struct geometry *geo);

/* For nifti_parse(): what Analyze has of its own. */
struct fields;
int analyze_fields(struct fields f, const char *path, struct nifti_header *out,
                   struct err *err);

/* The affine in a .mat file of SPM beside an Analyze image; false: there is none that is
 * understood. */
bool analyze_mat(const unsigned char *bytes, size_t n, double affine[3][4]);

/* The second file of a pair: .img beside .hdr, or the other way round, with .gz or
 * without; false: the path is of none, or there is no such file.  Looks at names only. */
bool nifti_other_half(const char *path, char room[PATH_MAX]);

#endif
