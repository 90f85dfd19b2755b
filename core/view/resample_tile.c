/* The arithmetic of resampling, on one tile.
 *
 * Nearest copies.  Linear sums the corners of each voxel in C order, each multiplied by
 * its weights axis by axis: that is scipy's order, so every bit is scipy's.  Cubic and
 * lerp compute one axis after the other (lerp the last axis first, as DeepReg's rounding
 * needs it), in strips that stay in the cache.
 *
 * The coefficients of the cubic spline are a sum over the 2 * SPLINE_MARGIN + 1 voxels
 * around, in a fixed order.  A recursive filter would need fewer operations, but its
 * rounding would depend on where it started, that is on how a reader cut the file. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/resample.h"

enum { STRIP = 256 /* voxels: a strip of 100 rows stays in the second cache */ };

/* --- storing ----------------------------------------------------------------------- */

/* Converts doubles as scipy does: integers are rounded half away from zero, bools
 * truncated.  A spline of ones may differ from one by rounding. */
static void store_row(const struct resample_tile *tile, double *value, size_t n,
                      char *out, ptrdiff_t step)
{
  const char kind = dtype_table[tile->to].kind;
  const double nearly = tile->method == RESAMPLE_CUBIC ? 1e-9 : 0;
  for (size_t i = 0; kind == 'i' && i < n; i++)
    value[i] += value[i] > 0 ? 0.5 : -0.5;
  for (size_t i = 0; kind == 'u' && i < n; i++)
    value[i] = value[i] > 0 ? value[i] + 0.5 : 0;
  for (size_t i = 0; kind == 'b' && i < n; i++)
    value[i] = trunc(value[i] + nearly);
  dtype_convert(DT_F64, value, sizeof *value, tile->to, out, step, n);
}

/* Walks the rows (along the last axis) of the tile; at[] begins as {0}. */
static bool next_row(const struct resample_tile *tile, int64_t *at)
{
  int64_t rows[ND_MAX];
  for (int d = 0; d < tile->nd; d++)
    rows[d] = d < tile->nd - 1 ? tile->out[d] : 1;
  return nd_next(tile->nd, rows, at);
}

/* --- nearest ----------------------------------------------------------------------- */

static void copy_row(const char *in, const struct tap *taps, int64_t n, int size,
                     char *out, ptrdiff_t step)
{
  for (int64_t i = 0; i < n; i++)
    memcpy(out + i * step, in + (taps ? taps[i].at : i) * size, (size_t)size);
}

static void nearest(const struct resample_tile *tile, char *out, const int64_t *ostride)
{
  const int size = dtype_size(tile->from), last = tile->nd - 1;
  int64_t stride[ND_MAX], at[ND_MAX] = {0};
  nd_strides(tile->nd, tile->in, size, false, stride);
  do {
    const char *in = tile->raw;
    for (int d = 0; d < last; d++)
      in += stride[d] * (tile->axis[d] ? tile->taps[d][at[d]].at : at[d]);
    copy_row(in, tile->axis[last] ? tile->taps[last] : NULL, tile->out[last], size,
             out + nd_offset(tile->nd, at, ostride), ostride[last]);
  } while (next_row(tile, at));
}

/* --- linear ------------------------------------------------------------------------ */

/* Adds one corner's row to sum[]: its voxels, times their weights on the axes before,
 * times those of the last axis. */
static void add_corner(const double *row, int64_t n_in, const double *weight,
                       int n_weights, const struct tap *taps, int64_t n, double *scaled,
                       double *sum)
{
  memcpy(scaled, row, (size_t)n_in * sizeof *row);
  for (int w = 0; w < n_weights; w++)
    for (int64_t i = 0; i < n_in; i++)
      scaled[i] *= weight[w];
  for (int64_t i = 0; !taps && i < n; i++)
    sum[i] += scaled[i];
  for (int64_t i = 0; taps && i < n; i++) {
    sum[i] += scaled[taps[i].at] * taps[i].weight[0];
    sum[i] += scaled[taps[i].at + taps[i].next] * taps[i].weight[1];
  }
}

/* Adds all corners of the row at at[]. */
static void linear_row(const struct resample_tile *tile, const double *in,
                       const int64_t *stride, const int64_t *at, double *scaled,
                       double *sum)
{
  const int last = tile->nd - 1;
  int axes[ND_MAX], n = 0;
  for (int d = 0; d < last; d++)
    if (tile->axis[d])
      axes[n++] = d;
    else
      in += at[d] * stride[d];
  for (unsigned corner = 0; corner < 1u << n; corner++) {
    double weight[ND_MAX];
    const double *row = in;
    for (int i = 0; i < n; i++) {
      const struct tap *tap = &tile->taps[axes[i]][at[axes[i]]];
      const bool far = corner >> (n - 1 - i) & 1;
      weight[i] = tap->weight[far];
      row += stride[axes[i]] * (tap->at + (far ? tap->next : 0));
    }
    add_corner(row, tile->in[last], weight, n, tile->axis[last] ? tile->taps[last] : NULL,
               tile->out[last], scaled, sum);
  }
}

static int linear(const struct resample_tile *tile, char *out, const int64_t *ostride,
                  struct err *err)
{
  const int last = tile->nd - 1;
  const size_t n = (size_t)tile->out[last];
  const size_t all = (size_t)nd_count(tile->nd, tile->in);
  CLEANUP_FREE double *in = malloc(all * sizeof *in);
  CLEANUP_FREE double *scaled = malloc((size_t)tile->in[last] * sizeof *scaled);
  CLEANUP_FREE double *sum = malloc(n * sizeof *sum);
  if (!in || !scaled || !sum)
    return err_set(err, ENOMEM, "out of memory for a zoomed box");
  dtype_convert(tile->from, tile->raw, dtype_size(tile->from), DT_F64, in, sizeof *in,
                all);
  int64_t stride[ND_MAX], at[ND_MAX] = {0};
  nd_strides(tile->nd, tile->in, 1, false, stride);
  do {
    memset(sum, 0, n * sizeof *sum);
    linear_row(tile, in, stride, at, scaled, sum);
    store_row(tile, sum, n, out + nd_offset(tile->nd, at, ostride), ostride[last]);
  } while (next_row(tile, at));
  return 0;
}

/* --- one axis after the other ------------------------------------------------------ */

/* One pass.  in: `outer` times n_in rows of `inner` voxels; out: n_out rows in place of
 * n_in. */
struct pass {
  enum resample_method method;
  enum dtype from;
  const char *in;
  double *out;
  int64_t outer, n_in, n_out, inner;
  const struct tap *taps;
  const int64_t *row; /* the rows of a strip; NULL: the n_in in their order */
  int64_t rows;
  double *strip, *coefficients; /* scratch */
};

/* Loads rows of a strip as doubles; for lerp they are values that a float holds. */
static void load_strip(const struct pass *pass, int64_t line, int64_t from, int64_t n)
{
  const int size = dtype_size(pass->from);
  for (int64_t r = 0; r < pass->rows; r++) {
    const int64_t at = line * pass->n_in + (pass->row ? pass->row[r] : r);
    const char *in = pass->in + (at * pass->inner + from) * size;
    double *row = pass->strip + r * n;
    dtype_convert(pass->from, in, size, DT_F64, row, sizeof *row, (size_t)n);
    for (int64_t i = 0; pass->method == RESAMPLE_LERP && i < n; i++)
      row[i] = (float)row[i];
  }
}

/* The impulse response of the prefilter of the cubic spline, one side of it:
 * 6 z / (z^2 - 1) * z^k with z = sqrt(3) - 2. */
static void spline_impulse(double impulse[SPLINE_MARGIN + 1])
{
  const double z = -0.267949192431122706472553658494127633;
  impulse[0] = 6 * z / (z * z - 1);
  for (int k = 1; k <= SPLINE_MARGIN; k++)
    impulse[k] = impulse[k - 1] * z;
}

/* Computes the coefficients of the strip's rows SPLINE_MARGIN .. rows - SPLINE_MARGIN. */
static void filter_strip(const struct pass *pass, int64_t n)
{
  double impulse[SPLINE_MARGIN + 1];
  const int64_t all = (pass->rows - 2 * SPLINE_MARGIN) * n;
  const double *middle = pass->strip + SPLINE_MARGIN * n;
  spline_impulse(impulse);
  for (int64_t from = 0; from < all; from += STRIP) {
    const int64_t count = all - from < STRIP ? all - from : STRIP;
    double sum[STRIP] = {0};
    for (int k = SPLINE_MARGIN; k > 0; k--) {
      const double *before = middle + from - k * n, *after = middle + from + k * n;
      for (int64_t i = 0; i < count; i++)
        sum[i] += impulse[k] * (before[i] + after[i]);
    }
    for (int64_t i = 0; i < count; i++)
      pass->coefficients[from + i] = sum[i] + impulse[0] * middle[from + i];
  }
}

static void cubic_row(const double *in, int64_t n, const double *weight, double *out)
{
  const double a = weight[0], b = weight[1], c = weight[2], d = weight[3];
  for (int64_t i = 0; i < n; i++)
    out[i] = a * in[i] + b * in[n + i] + c * in[2 * n + i] + d * in[3 * n + i];
}

static void lerp_row(const double *low, const double *high, int64_t n, float fraction,
                     double *out)
{
  for (int64_t i = 0; i < n; i++) {
    const float a = (float)low[i], b = (float)high[i];
    out[i] = a + (b - a) * fraction;
  }
}

static void pass_strip(const struct pass *pass, int64_t line, int64_t from, int64_t n)
{
  load_strip(pass, line, from, n);
  if (pass->method == RESAMPLE_CUBIC)
    filter_strip(pass, n);
  for (int64_t o = 0; o < pass->n_out; o++) {
    const struct tap *tap = &pass->taps[o];
    double *out = pass->out + (line * pass->n_out + o) * pass->inner + from;
    if (pass->method == RESAMPLE_CUBIC)
      cubic_row(pass->coefficients + tap->at * n, n, tap->weight, out);
    else
      lerp_row(pass->strip + tap->at * n, pass->strip + (tap->at + tap->next) * n, n,
               (float)tap->weight[0], out);
  }
}

static int run_pass(struct pass *pass, struct err *err)
{
  const int64_t width = pass->inner < STRIP ? pass->inner : STRIP;
  const size_t bytes = (size_t)(pass->rows * width) * sizeof(double);
  CLEANUP_FREE double *strip = malloc(bytes);
  CLEANUP_FREE double *coefficients =
      malloc(pass->method == RESAMPLE_CUBIC ? bytes : sizeof(double));
  if (!strip || !coefficients)
    return err_set(err, ENOMEM, "out of memory for a resampled box");
  pass->strip = strip;
  pass->coefficients = coefficients;
  for (int64_t line = 0; line < pass->outer; line++)
    for (int64_t from = 0; from < pass->inner; from += STRIP)
      pass_strip(pass, line, from,
                 pass->inner - from < STRIP ? pass->inner - from : STRIP);
  return 0;
}

/* Gives the axes in the order of their passes; lerp begins with the last axis. */
static int pass_axes(const struct resample_tile *tile, int *axes)
{
  int n = 0;
  for (int i = 0; i < tile->nd; i++) {
    const int d = tile->method == RESAMPLE_LERP ? tile->nd - 1 - i : i;
    if (tile->axis[d])
      axes[n++] = d;
  }
  return n;
}

static void store_tile(const struct resample_tile *tile, double *value, char *out,
                       const int64_t *ostride)
{
  int64_t at[ND_MAX] = {0};
  const int last = tile->nd - 1;
  do {
    store_row(tile, value, (size_t)tile->out[last],
              out + nd_offset(tile->nd, at, ostride), ostride[last]);
    value += tile->out[last];
  } while (next_row(tile, at));
}

static int axis_by_axis(const struct resample_tile *tile, char *out,
                        const int64_t *ostride, struct err *err)
{
  CLEANUP_FREE double *now = NULL;
  int64_t shape[ND_MAX];
  int axes[ND_MAX];
  const int n = pass_axes(tile, axes);
  memcpy(shape, tile->in, sizeof shape);
  for (int i = 0; i < n; i++) {
    const int d = axes[i];
    struct pass pass = {.method = tile->method,
                        .from = now ? DT_F64 : tile->from,
                        .in = now ? (const char *)now : tile->raw,
                        .outer = nd_count(d, shape),
                        .n_in = shape[d],
                        .n_out = tile->out[d],
                        .inner = nd_count(tile->nd - d - 1, shape + d + 1),
                        .taps = tile->taps[d],
                        .row = tile->row[d],
                        .rows = tile->row[d] ? tile->rows[d] : shape[d]};
    shape[d] = tile->out[d];
    CLEANUP_FREE double *next = malloc((size_t)nd_count(tile->nd, shape) * sizeof *next);
    if (!next)
      return err_set(err, ENOMEM, "out of memory for a resampled box");
    pass.out = next;
    if (run_pass(&pass, err))
      return -1;
    double *old = now;
    now = next;
    next = old;
  }
  store_tile(tile, now, out, ostride);
  return 0;
}

int resample_compute(const struct resample_tile *tile, char *out, const int64_t *ostride,
                     struct err *err)
{
  if (tile->method == RESAMPLE_LINEAR)
    return linear(tile, out, ostride, err);
  if (tile->method == RESAMPLE_CUBIC || tile->method == RESAMPLE_LERP)
    return axis_by_axis(tile, out, ostride, err);
  nearest(tile, out, ostride);
  return 0;
}

double resample_bytes(const struct resample_tile *tile)
{
  double shape[ND_MAX], before = 1, most = 0;
  int axes[ND_MAX];
  for (int d = 0; d < tile->nd; d++)
    before *= shape[d] = (double)tile->in[d];
  if (tile->method == RESAMPLE_LINEAR)
    return before * sizeof(double);
  if (tile->method != RESAMPLE_CUBIC && tile->method != RESAMPLE_LERP)
    return 0;
  const int n = pass_axes(tile, axes);
  before = 0; /* the first pass reads raw */
  for (int i = 0; i < n; i++) {
    double after = 1, inner = 1;
    shape[axes[i]] = (double)tile->out[axes[i]];
    for (int d = 0; d < tile->nd; d++) {
      after *= shape[d];
      inner *= d > axes[i] ? shape[d] : 1;
    }
    const double strips =
        (double)tile->rows[axes[i]] * 2 * (inner < STRIP ? inner : STRIP);
    most = before + after + strips > most ? before + after + strips : most;
    before = after;
  }
  return most * sizeof(double);
}
