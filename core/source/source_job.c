/* Converts stored elements to presented ones (byte order, bools, NIfTI's scaling in
 * float64) on the way to their place in the result. */
#include "core/source/source_job.h"

enum { ROW = 512 /* elements converted at a time */ };

bool source_is_plain(const struct source_array *array)
{
  return !array->scaled && array->dtype == array->stored && array->dtype != DT_BOOL;
}

/* nibabel's apply_read_scaling in float64: a slope of 1 and an inter of 0 are not
 * applied, which matters for infinities and signed zeros. */
static void scale_real(double *x, size_t n, double slope, double inter)
{
  if (slope != 1)
    for (size_t i = 0; i < n; i++)
      x[i] *= slope;
  if (inter != 0)
    for (size_t i = 0; i < n; i++)
      x[i] += inter;
}

/* The same for (re, im) pairs, which numpy multiplies by slope + 0i. */
static void scale_complex(double *x, size_t n, double slope, double inter)
{
  for (size_t i = 0; i < 2 * n; i += 2) {
    const double re = x[i], im = x[i + 1];
    if (slope != 1) {
      x[i] = re * slope - im * 0.0;
      x[i + 1] = re * 0.0 + im * slope;
    }
    if (inter != 0) {
      x[i] += inter;
      x[i + 1] += 0.0;
    }
  }
}

/* Scales small integers in float32, as nibabel does when it is asked for float32. */
static void scale_single(float *x, size_t n, float slope, float inter)
{
  if (slope != 1)
    for (size_t i = 0; i < n; i++)
      x[i] *= slope;
  if (inter != 0)
    for (size_t i = 0; i < n; i++)
      x[i] += inter;
}

/* Converts n (at most ROW) stored elements, `istep` bytes apart, to presented ones,
 * `ostep` bytes apart. */
static void convert_row(const struct source_array *array, const void *in, int64_t istep,
                        void *out, int64_t ostep, int64_t n)
{
  const struct dtype_info *stored = &dtype_table[array->stored];
  const int64_t tight = stored->size;
  char swapped[ROW * 16];
  union {
    double f64[ROW * 2];
    float f32[ROW];
  } values;
  if (array->swapped) {
    nd_copy_swapped(1, &n, swapped, &tight, in, &istep, stored->size, stored->swap_size);
    in = swapped;
    istep = tight;
  }
  /* any byte but 0 is true, as numpy shows it */
  const enum dtype from = array->stored == DT_BOOL ? DT_U8 : array->stored;
  if (!array->scaled) {
    dtype_convert(from, in, istep, array->dtype, out, ostep, (size_t)n);
    return;
  }
  const int64_t size = dtype_size(array->dtype);
  dtype_convert(from, in, istep, array->dtype, &values, size, (size_t)n);
  if (stored->kind == 'c')
    scale_complex(values.f64, (size_t)n, array->slope, array->inter);
  else if (array->dtype == DT_F32)
    scale_single(values.f32, (size_t)n, (float)array->slope, (float)array->inter);
  else
    scale_real(values.f64, (size_t)n, array->slope, array->inter);
  nd_copy(1, &n, out, &ostep, &values, &size, (int)size);
}

static void convert_box(const struct job *job, const int64_t *shape, char *out,
                        const char *in, const int64_t *istride)
{
  const int last = job->nd - 1;
  int64_t at[ND_MAX] = {0};
  do {
    char *to = out + nd_offset(last, at, job->ostride);
    const char *from = in + nd_offset(last, at, istride);
    for (int64_t i = 0; i < shape[last]; i += ROW)
      convert_row(job->as, from + i * istride[last], istride[last],
                  to + i * job->ostride[last], job->ostride[last],
                  shape[last] - i < ROW ? shape[last] - i : ROW);
  } while (nd_next(last, shape, at));
}

void source_emit(const struct job *job, const int64_t *shape, char *out, const void *in,
                 const int64_t *istride)
{
  const struct dtype_info *info = &dtype_table[job->array->stored];
  if (!source_is_plain(job->array))
    convert_box(job, shape, out, in, istride);
  else if (job->array->swapped && info->swap_size > 1)
    nd_copy_swapped(job->nd, shape, out, job->ostride, in, istride, info->size,
                    info->swap_size);
  else
    nd_copy(job->nd, shape, out, job->ostride, in, istride, info->size);
}

char *source_out_of(const struct job *job, const int64_t *at)
{
  char *out = job->out;
  for (int d = 0; d < job->nd; d++)
    out += (at[d] - job->off[d]) * job->ostride[d];
  return out;
}

void source_to_storage(const struct source_array *array, const int64_t *in, int64_t *out)
{
  const int turned = !array->fortran ? 0 : array->interleaved ? array->nd - 1 : array->nd;
  for (int d = 0; d < array->nd; d++)
    out[d] = in[d < turned ? turned - 1 - d : d];
}
