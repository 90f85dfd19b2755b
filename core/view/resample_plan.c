/* Which voxels below a tile needs, and how large a tile may be.
 *
 * Without margins the last axes of a tile stay whole, so that rows that are read are
 * long.  With the margins of the cubic spline, the axis is halved whose halving saves
 * most: margins weigh least around a cube.  Where an axis is shrunk so much that most
 * voxels below are unused, those that are used are read one by one. */
#include <string.h>

#include "core/view/resample.h"

enum {
  SCRATCH = 512 * 1024,            /* bytes of a tile */
  SPLINE_SCRATCH = 8 * 1024 * 1024 /* the same with margins */
};

/* --- the size of a tile ------------------------------------------------------------ */

/* Returns the most voxels in a row, including those past the ends, that `count` voxels of
 * an axis need. */
static double span(const struct resample_view *v, int d, int64_t count)
{
  const int around = v->method == RESAMPLE_CUBIC ? 2 * SPLINE_MARGIN + 5 : 3;
  return (double)(count - 1) * v->step[d] + around;
}

/* Returns the most voxels below that they need. */
static int64_t needed(const struct resample_view *v, int d, int64_t count)
{
  if (!v->axis[d])
    return count;
  const double dense = span(v, d, count);
  if (v->sparse[d] && 2. * (double)count < dense)
    return 2 * count;
  return dense < (double)v->below->shape[d] ? (int64_t)dense : v->below->shape[d];
}

/* Returns the bytes that a tile of this shape may take. */
static double tile_bytes(const struct resample_view *v, const int64_t *shape)
{
  struct resample_tile tile = {.method = v->method, .nd = v->view.nd};
  double raw = dtype_size(v->below->dtype);
  for (int d = 0; d < tile.nd; d++) {
    tile.axis[d] = v->axis[d];
    tile.out[d] = shape[d];
    tile.in[d] = needed(v, d, shape[d]);
    tile.rows[d] = (int64_t)span(v, d, shape[d]);
    raw *= (double)tile.in[d];
  }
  return raw + resample_bytes(&tile);
}

/* Returns the axis to be halved next; -1 when all are 1. */
static int next_halved(const struct resample_view *v, const int64_t *shape)
{
  int best = -1;
  double least = 1;
  for (int d = 0; d < v->view.nd; d++) {
    if (shape[d] == 1)
      continue;
    if (v->method != RESAMPLE_CUBIC)
      return d;
    const double rest =
        (double)needed(v, d, (shape[d] + 1) / 2) / (double)needed(v, d, shape[d]);
    if (best < 0 || rest < least) {
      best = d;
      least = rest;
    }
  }
  return best;
}

void resample_tile_shape(const struct resample_view *v, const int64_t *shape,
                         int64_t *tile)
{
  const double limit = v->method == RESAMPLE_CUBIC ? SPLINE_SCRATCH : SCRATCH;
  int d;
  memcpy(tile, shape, sizeof *tile * (size_t)v->view.nd);
  while (tile_bytes(v, tile) > limit && (d = next_halved(v, tile)) >= 0)
    tile[d] = (tile[d] + 1) / 2;
}

int resample_tile_new(const struct resample_view *v, const int64_t *shape,
                      struct arena *arena, struct resample_tile *tile,
                      struct resample_reads *reads, struct err *err)
{
  *tile = (struct resample_tile){.method = v->method,
                                 .nd = v->view.nd,
                                 .from = v->below->dtype,
                                 .to = v->view.dtype};
  for (int d = 0; d < tile->nd; d++) {
    const size_t n = v->axis[d] ? (size_t)shape[d] : 1;
    tile->axis[d] = v->axis[d];
    tile->taps[d] = arena_array(arena, n, sizeof *tile->taps[d], err);
    reads->runs[d] = arena_array(arena, v->sparse[d] ? n : 1, sizeof **reads->runs, err);
    if (!tile->taps[d] || !reads->runs[d])
      return -1;
    if (v->method != RESAMPLE_CUBIC || !v->axis[d])
      continue;
    const size_t rows = (size_t)span(v, d, shape[d]) + 1;
    tile->row[d] = arena_array(arena, rows, sizeof *tile->row[d], err);
    if (!tile->row[d])
      return -1;
  }
  return 0;
}

/* --- what it reads ----------------------------------------------------------------- */

/* Finds the voxels that the taps of an axis need; the taps' indices become indices into
 * the tile.  Returns the number of runs. */
static int64_t plan_taps(bool sparse, int64_t count, struct tap *taps,
                         struct resample_run *runs)
{
  int64_t n = 0;
  struct resample_run *run = NULL;
  for (int64_t i = 0; i < count; i++) {
    struct tap *tap = &taps[i];
    const int64_t low = tap->next < 0 ? tap->at - 1 : tap->at;
    const int64_t high = tap->next > 0 ? tap->at + 1 : tap->at;
    if (!run || (sparse && low > run->from + run->count)) {
      const int64_t at = run ? run->at + run->count : 0;
      run = &runs[n++];
      *run = (struct resample_run){low, 0, at};
    }
    run->count = high + 1 - run->from > run->count ? high + 1 - run->from : run->count;
    tap->at += run->at - run->from;
  }
  return n;
}

static int64_t mirror(int64_t i, int64_t n)
{
  const int64_t period = 2 * n - 2;
  if (n == 1)
    return 0;
  i = (i < 0 ? -i : i) % period;
  return i < n ? i : period - i;
}

/* Does the same for coefficients, with their margins: one run, and row[] as in struct
 * resample_tile.  Returns the number of rows. */
static int64_t plan_rows(int64_t n, int64_t count, struct tap *taps,
                         struct resample_run *run, int64_t *row)
{
  const int64_t first = taps[0].at, low = first - SPLINE_MARGIN;
  const int64_t rows = taps[count - 1].at + 4 + SPLINE_MARGIN - low;
  int64_t from = n, to = 0;
  for (int64_t r = 0; r < rows; r++) {
    row[r] = mirror(low + r, n);
    from = row[r] < from ? row[r] : from;
    to = row[r] + 1 > to ? row[r] + 1 : to;
  }
  for (int64_t r = 0; r < rows; r++)
    row[r] -= from;
  for (int64_t i = 0; i < count; i++)
    taps[i].at -= first;
  *run = (struct resample_run){from, to - from, 0};
  return rows;
}

void resample_plan(const struct resample_view *v, const int64_t *off,
                   const int64_t *extent, struct resample_tile *tile,
                   struct resample_reads *reads)
{
  for (int d = 0; d < tile->nd; d++) {
    const int64_t n = v->below->shape[d];
    struct tap *taps = tile->taps[d];
    tile->out[d] = extent[d];
    reads->n[d] = 1;
    if (v->axis[d])
      resample_taps(v->method, n, v->view.shape[d], off[d], extent[d], taps);
    if (!v->axis[d])
      *reads->runs[d] = (struct resample_run){off[d], extent[d], 0};
    else if (v->method == RESAMPLE_CUBIC)
      tile->rows[d] = plan_rows(n, extent[d], taps, reads->runs[d], tile->row[d]);
    else
      reads->n[d] = plan_taps(v->sparse[d], extent[d], taps, reads->runs[d]);
    const struct resample_run *last = &reads->runs[d][reads->n[d] - 1];
    tile->in[d] = last->at + last->count;
  }
}

void resample_range(const struct resample_view *v, int d, int64_t off, int64_t count,
                    int64_t *from, int64_t *n)
{
  const int64_t below = v->below->shape[d];
  const int around = v->method == RESAMPLE_CUBIC ? SPLINE_MARGIN + 2 : 1;
  struct tap first, last;
  *from = off;
  *n = count;
  if (!v->axis[d])
    return;
  resample_taps(v->method, below, v->view.shape[d], off, 1, &first);
  resample_taps(v->method, below, v->view.shape[d], off + count - 1, 1, &last);
  const int64_t to = last.at + around + 1;
  *from = first.at > around ? first.at - around : 0;
  *n = (to < below ? to : below) - *from;
}
