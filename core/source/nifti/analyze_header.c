/* What Analyze 7.5 has in place of NIfTI's fields, as nibabel reads it (Spm2AnalyzeImage,
 * its first choice): a scale in the unused numbers, or from the ranges of stored and
 * calibrated values; a place from the voxel sizes, x flipped, with SPM's origin or the
 * centre of the array.  The field "orient" is ignored there, too. */
#include <errno.h>
#include <math.h>

#include "core/source/nifti/nifti_fields.h"
#include "core/source/nifti/nifti_header.h"

enum {
  AT_DIM = 40,
  AT_PIXDIM = 76,
  AT_SLOPE = 112,
  AT_INTER = 116,
  AT_CAL_MAX = 124,
  AT_CAL_MIN = 128,
  AT_GLMAX = 140,
  AT_GLMIN = 144,
  AT_ORIGIN = 253,
};

static int take_scale(struct fields f, const char *path, struct nifti_header *out,
                      struct err *err)
{
  out->slope = get_f32(f, AT_SLOPE);
  out->inter = get_f32(f, AT_INTER);
  if (isfinite(out->slope) && out->slope != 0) {
    out->inter = isfinite(out->inter) ? out->inter : 0;
    return 0;
  }
  out->slope = out->inter = 0;
  const int32_t glmin = get_i32(f, AT_GLMIN);
  const int32_t stored = (int32_t)((uint32_t)get_i32(f, AT_GLMAX) - (uint32_t)glmin);
  const double least = get_f32(f, AT_CAL_MIN);
  const float shown = (float)get_f32(f, AT_CAL_MAX) - (float)least;
  if (stored == 0 || shown == 0)
    return 0;
  out->slope = (double)shown / stored;
  out->inter = least - out->slope * glmin;
  if (isfinite(out->slope) && isfinite(out->inter))
    return 0;
  return err_set(err, EIO, "%s: expected finite cal_min and cal_max, found %g and %g",
                 path, least, get_f32(f, AT_CAL_MAX));
}

/* numpy computes this in int16, and the product in float32 where there is an origin. */
static void take_place(struct fields f, struct nifti_header *out)
{
  int16_t origin[3], dim[3];
  bool any = false, inside = true;
  for (int i = 0; i < 3; i++) {
    origin[i] = get_i16(f, AT_ORIGIN + 2 * i);
    dim[i] = get_i16(f, AT_DIM + 2 * (i + 1));
    any = any || origin[i];
    inside = inside && origin[i] > (int16_t)-dim[i] && origin[i] < (int16_t)(2 * dim[i]);
  }
  for (int i = 0; i < 3; i++) {
    const double step = (i ? 1 : -1) * out->pixdim[i + 1];
    for (int j = 0; j < 3; j++)
      out->srow[i][j] = i == j ? step : 0;
    out->srow[i][3] = any && inside
                          ? (double)((float)-(int16_t)(origin[i] - 1) * (float)step)
                          : -((int16_t)(dim[i] - 1) / 2.0) * step;
  }
}

int analyze_fields(struct fields f, const char *path, struct nifti_header *out,
                   struct err *err)
{
  out->qform_code = out->sform_code = 0;
  out->xyzt_units = 0;
  take_place(f, out);
  if (out->datatype == 128)
    return err_set(err, EINVAL,
                   "%s: colours in Analyze 7.5 (datatype 128) are stored voxel by voxel "
                   "or plane by plane, and the file does not say which: convert it to "
                   "NIfTI",
                   path);
  return take_scale(f, path, out, err);
}
