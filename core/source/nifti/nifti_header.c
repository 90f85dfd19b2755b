/* NIfTI headers.  A doubtful field means what nibabel takes it for (Nifti1Header: byte
 * order by dim[0], zero and negative pixdim, qfac, unknown codes, slope 0), because users
 * compare with nibabel. */
#include "core/source/nifti/nifti_header.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/source/nifti/nifti_fields.h"

/* --- recognition ------------------------------------------------------------------- */

int nifti_version(const unsigned char *bytes, size_t n)
{
  const struct fields little = {bytes, false}, big = {bytes, true};
  if (n >= NIFTI2_SIZE &&
      (!memcmp(bytes + 4, "n+2", 4) || !memcmp(bytes + 4, "ni2", 4)) &&
      (get_i32(little, 0) == NIFTI2_SIZE || get_i32(big, 0) == NIFTI2_SIZE))
    return 2;
  if (n >= NIFTI1_SIZE &&
      (!memcmp(bytes + 344, "n+1", 4) || !memcmp(bytes + 344, "ni1", 4)))
    return 1;
  return 0;
}

bool nifti_is_analyze(const unsigned char *bytes, size_t n)
{
  const struct fields little = {bytes, false}, big = {bytes, true};
  return n >= NIFTI1_SIZE && !nifti_version(bytes, n) &&
         (get_i32(little, 0) == NIFTI1_SIZE || get_i32(big, 0) == NIFTI1_SIZE);
}

/* dim[0] decides; when it is 0, the header's size. */
static bool is_swapped(const unsigned char *bytes, int version)
{
  const struct fields little = {bytes, false}, big = {bytes, true};
  const int64_t nd = version == 1 ? get_i16(little, 40) : get_i64(little, 16);
  if (nd != 0)
    return nd < 1 || nd > NIFTI_DIMS;
  return get_i32(big, 0) == (version == 1 ? NIFTI1_SIZE : NIFTI2_SIZE);
}

/* --- reading the fields ------------------------------------------------------------ */

/* The fields that both versions hold, unjudged. */
struct raw_header {
  int64_t dim[NIFTI_DIMS + 1];
  int64_t qform_code, sform_code;
  double vox_offset;
  int64_t glmin;
};

static void read_nifti1(struct fields f, struct nifti_header *out, struct raw_header *raw)
{
  for (int d = 0; d <= NIFTI_DIMS; d++) {
    raw->dim[d] = get_i16(f, 40 + 2 * d);
    out->pixdim[d] = get_f32(f, 76 + 4 * d);
  }
  out->datatype = get_i16(f, 70);
  raw->vox_offset = get_f32(f, 108);
  out->slope = get_f32(f, 112);
  out->inter = get_f32(f, 116);
  out->xyzt_units = f.bytes[123];
  out->intent = get_i16(f, 68);
  raw->glmin = get_i32(f, 144);
  raw->qform_code = get_i16(f, 252);
  raw->sform_code = get_i16(f, 254);
  for (int i = 0; i < 3; i++) {
    out->quatern[i] = get_f32(f, 256 + 4 * i);
    out->qoffset[i] = get_f32(f, 268 + 4 * i);
    for (int j = 0; j < 4; j++)
      out->srow[i][j] = get_f32(f, 280 + 16 * i + 4 * j);
  }
}

static void read_nifti2(struct fields f, struct nifti_header *out, struct raw_header *raw)
{
  for (int d = 0; d <= NIFTI_DIMS; d++) {
    raw->dim[d] = get_i64(f, 16 + 8 * d);
    out->pixdim[d] = get_f64(f, 104 + 8 * d);
  }
  out->datatype = get_i16(f, 12);
  raw->vox_offset = (double)get_i64(f, 168);
  out->slope = get_f64(f, 176);
  out->inter = get_f64(f, 184);
  out->xyzt_units = get_i32(f, 500);
  out->intent = get_i32(f, 504);
  raw->qform_code = get_i32(f, 344);
  raw->sform_code = get_i32(f, 348);
  for (int i = 0; i < 3; i++) {
    out->quatern[i] = get_f64(f, 352 + 8 * i);
    out->qoffset[i] = get_f64(f, 376 + 8 * i);
    for (int j = 0; j < 4; j++)
      out->srow[i][j] = get_f64(f, 400 + 32 * i + 8 * j);
  }
}

/* --- judging them ------------------------------------------------------------------ */

/* FreeSurfer has two ways to write vectors that are too long for the int16 sides of
 * NIfTI-1. */
static void undo_freesurfer(const struct raw_header *raw, struct nifti_header *out)
{
  int64_t *shape = out->shape;
  if (out->version != 1 || out->analyze || out->nd < 3)
    return;
  if (shape[0] == -1 && shape[1] == 1 && shape[2] == 1 && raw->glmin > 0) {
    shape[0] = raw->glmin;
  } else if (shape[0] == 27307 && shape[1] == 1 && shape[2] == 6) {
    shape[0] = 163842;
    shape[2] = 1;
  }
}

static int take_shape(const struct raw_header *raw, const char *path,
                      struct nifti_header *out, struct err *err)
{
  if (raw->dim[0] < 1 || raw->dim[0] > NIFTI_DIMS)
    return err_set(err, EIO, "%s: expected 1 to 7 dimensions, found %lld", path,
                   (long long)raw->dim[0]);
  out->nd = (int)raw->dim[0];
  memcpy(out->shape, raw->dim + 1, sizeof out->shape);
  undo_freesurfer(raw, out);
  for (int d = 0; d < out->nd; d++)
    if (out->shape[d] < 0)
      return err_set(err, EIO, "%s: expected dim[%d] of 0 or more, found %lld", path,
                     d + 1, (long long)out->shape[d]);
  return 0;
}

static int take_offset(const struct raw_header *raw, const char *path,
                       struct nifti_header *out, struct err *err)
{
  const int least = !out->single ? 0 : out->version == 1 ? 352 : 544;
  const double offset = raw->vox_offset;
  /* nibabel takes 0 as it stands, and shows the header's bytes as voxels */
  if (offset == 0)
    return 0;
  if (!(offset >= least && offset < 0x1p62))
    return err_set(err, EIO, "%s: expected vox_offset of %d or more, found %g", path,
                   least, offset);
  out->vox_offset = (int64_t)offset;
  return 0;
}

static int take_scaling(const char *path, struct nifti_header *out, struct err *err)
{
  if (out->slope == 0 || !isfinite(out->slope))
    return 0;
  if (!isfinite(out->inter))
    return err_set(err, EIO,
                   "%s: expected a finite scl_inter beside scl_slope %g, found %g", path,
                   out->slope, out->inter);
  out->scaled = out->slope != 1 || out->inter != 0;
  return 0;
}

static int known_code(int64_t code)
{
  return code >= 0 && code <= 5 ? (int)code : 0;
}

static void repair(const struct raw_header *raw, struct nifti_header *out)
{
  for (int d = 1; d <= 3; d++)
    out->pixdim[d] = out->pixdim[d] == 0 ? 1 : fabs(out->pixdim[d]);
  if (out->pixdim[0] != -1)
    out->pixdim[0] = 1;
  out->qform_code = known_code(raw->qform_code);
  out->sform_code = known_code(raw->sform_code);
}

/* A NIfTI-2 header holds a line end of each kind, so that a damage by text transfer
 * shows. */
static int check_line_ends(const unsigned char *bytes, const char *path, struct err *err)
{
  if (!memcmp(bytes + 8, "\r\n\032\n", 4) || !memcmp(bytes + 8, "\0\0\0\0", 4))
    return 0;
  return err_set(err, EIO,
                 "%s: expected the line ends 0d 0a 1a 0a in the magic, found "
                 "%02x %02x %02x %02x: copied as text?",
                 path, bytes[8], bytes[9], bytes[10], bytes[11]);
}

int nifti_parse(const unsigned char *bytes, size_t n, const char *path,
                struct nifti_header *out, struct err *err)
{
  struct raw_header raw = {0};
  *out = (struct nifti_header){.version = nifti_version(bytes, n)};
  out->analyze = !out->version;
  out->version = out->analyze ? 1 : out->version;
  if (out->version == 2 && check_line_ends(bytes, path, err))
    return -1;
  out->single = !out->analyze && bytes[out->version == 1 ? 345 : 5] == '+';
  out->swapped = is_swapped(bytes, out->version);
  const struct fields f = {bytes, out->swapped};
  if (out->version == 1)
    read_nifti1(f, out, &raw);
  else
    read_nifti2(f, out, &raw);
  repair(&raw, out);
  if (out->analyze && analyze_fields(f, path, out, err))
    return -1;
  return take_shape(&raw, path, out, err) || take_offset(&raw, path, out, err) ||
                 take_scaling(path, out, err)
             ? -1
             : 0;
}

/* --- affine ------------------------------------------------------------------------ */

/* The rotation of a quaternion of which b, c, d are stored, in long double as nibabel's
 * fillpositive and quat2mat compute it.  false: too far from a unit quaternion. */
static bool rotation(const struct nifti_header *header, long double r[3][3])
{
  const double threshold = header->version == 1 ? -3 * FLT_EPSILON : -3 * DBL_EPSILON;
  const long double x = header->quatern[0], y = header->quatern[1],
                    z = header->quatern[2];
  const long double w2 = 1.0L - (x * x + y * y + z * z);
  if (!(w2 >= threshold))
    return false;
  const long double w = w2 < 0 ? 0 : sqrtl(w2);
  const long double norm = w * w + x * x + y * y + z * z;
  const long double s = norm < DBL_EPSILON ? 0 : 2.0L / norm;
  const long double X = x * s, Y = y * s, Z = z * s;
  const long double m[3][3] = {
      {1.0L - (y * Y + z * Z), x * Y - w * Z, x * Z + w * Y},
      {x * Y + w * Z, 1.0L - (x * X + z * Z), y * Z - w * X},
      {x * Z - w * Y, y * Z + w * X, 1.0L - (x * X + y * Y)},
  };
  memcpy(r, m, sizeof m);
  return true;
}

static bool qform_affine(const struct nifti_header *header, double affine[3][4])
{
  long double r[3][3];
  if (!rotation(header, r))
    return false;
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) {
      const double step = header->pixdim[j + 1] * (j == 2 ? header->pixdim[0] : 1);
      affine[i][j] = (double)(r[i][j] * step);
    }
    affine[i][3] = header->qoffset[i];
  }
  return true;
}

/* Makes the affine from the voxel sizes alone: centred, x flipped. */
static void base_affine(const struct nifti_header *header, double affine[3][4])
{
  for (int i = 0; i < 3; i++) {
    const bool there = i < header->nd;
    const double step = (there ? header->pixdim[i + 1] : 1) * (i == 0 ? -1 : 1);
    const double centre = there ? (double)(header->shape[i] - 1) / 2.0 : 0;
    for (int j = 0; j < 4; j++)
      affine[i][j] = j == i ? step : 0;
    affine[i][3] = -centre * step;
  }
}

/* Returns whether the qform places the first three axes as `affine` does, within a
 * thousandth of a voxel's side per voxel. */
static bool qform_agrees(const struct nifti_header *header, double affine[3][4])
{
  double q[3][4];
  if (!qform_affine(header, q))
    return false;
  for (int j = 0; j < 4; j++) {
    const double side = j < 3 ? header->pixdim[j + 1] : header->pixdim[1];
    for (int i = 0; i < 3; i++)
      if (!(fabs(q[i][j] - affine[i][j]) <= 1e-3 * fabs(side)))
        return false;
  }
  return true;
}

void nifti_geometry(const struct nifti_header *header, struct geometry *geo)
{
  geometry_identity(geo);
  geo->has_affine = true;
  geo->sform_code = header->sform_code;
  geo->qform_code = header->qform_code;
  geo->xyzt_units = header->xyzt_units;
  geo->intent = header->intent == NIFTI_INTENT_LABEL ? NIFTI_INTENT_LABEL : 0;
  for (int d = 3; d < header->nd; d++)
    geo->step[d] = header->pixdim[d + 1];
  if (header->analyze) {
    memcpy(geo->affine, header->srow, sizeof geo->affine);
  } else if (header->sform_code > 0) {
    memcpy(geo->affine, header->srow, sizeof geo->affine);
    /* only one affine is passed on, so a qform that differs from it is dropped */
    if (geo->qform_code && !qform_agrees(header, geo->affine))
      geo->qform_code = 0;
  } else if (!header->qform_code || !qform_affine(header, geo->affine))
    base_affine(header, geo->affine);
}
