/* Restart points in memory.  A window of 32 KiB compresses to anything between nothing
 * and its whole size.  libdeflate's fastest level is used, because the pass that finds
 * the points pays for each window and the better levels save only a few per cent of
 * it. */
#include "core/source/gzip/gzindex_points.h"

#include <assert.h>
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { MALLOC = 16 /* bytes that an allocation takes beside its own */ };

size_t gzpoints_bytes(const struct gzpoints *points)
{
  return points->windows + (size_t)points->room * sizeof *points->at;
}

static size_t window_bytes(const struct gzpoint *point)
{
  return point->stored ? point->stored + (size_t)MALLOC : 0;
}

int gzpoints_init(struct gzpoints *points)
{
  *points = (struct gzpoints){.spacing = GZPOINTS_SPACING};
  if (gzpoints_reserve(points, 1))
    return -1;
  points->at[points->n++] = (struct gzpoint){.start = true};
  return 0;
}

void gzpoints_free(struct gzpoints *points)
{
  for (int64_t i = 0; i < points->n; i++)
    free(points->at[i].window);
  free(points->at);
  *points = (struct gzpoints){0};
}

int gzpoints_reserve(struct gzpoints *points, int64_t n)
{
  if (n <= points->room)
    return 0;
  const int64_t room = n < 64 ? 64 : n;
  struct gzpoint *at = realloc(points->at, (size_t)room * sizeof *at);
  if (!at)
    return -1;
  points->at = at;
  points->room = room;
  return 0;
}

/* Keeps a copy of the window, compressed where that makes it smaller. */
static int keep_window(struct gzpoint *point, const void *window,
                       struct libdeflate_compressor *compressor)
{
  unsigned char small[GZIP_WINDOW];
  const void *from = small;
  size_t n = libdeflate_deflate_compress(compressor, window, point->nwindow, small,
                                         point->nwindow - 1u);
  if (n == 0) {
    from = window;
    n = point->nwindow;
  }
  point->stored = (uint16_t)n;
  point->window = malloc(n);
  if (!point->window)
    return -1;
  memcpy(point->window, from, n);
  return 0;
}

void gzpoints_add(struct gzpoints *points, const struct gzip_place *place,
                  struct libdeflate_compressor *compressor)
{
  struct gzpoint point = {.in = place->in,
                          .out = place->out,
                          .bits = (uint8_t)place->bits,
                          .start = place->start,
                          .nwindow = (uint16_t)place->nwindow};
  if (points->n == points->room &&
      gzpoints_reserve(points, points->n + points->n / 2 + 1))
    return;
  if (!point.nwindow || !keep_window(&point, place->window, compressor))
    gzpoints_push(points, &point);
}

void gzpoints_push(struct gzpoints *points, const struct gzpoint *point)
{
  assert(points->n < points->room);
  points->windows += window_bytes(point);
  points->at[points->n++] = *point;
}

const struct gzpoint *gzpoints_find(const struct gzpoints *points, int64_t out)
{
  int64_t low = 0, high = points->n; /* at[low].out <= out < at[high].out */
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (points->at[middle].out <= out)
      low = middle;
    else
      high = middle;
  }
  return &points->at[low];
}

void gzpoints_thin(struct gzpoints *points)
{
  int64_t n = 0;
  for (int64_t i = 0; i < points->n; i++) {
    struct gzpoint *point = &points->at[i];
    if (i % 2 == 0) {
      points->at[n++] = *point;
      continue;
    }
    points->windows -= window_bytes(point);
    free(point->window);
  }
  points->n = n;
  points->spacing *= 2;
  struct gzpoint *at = realloc(points->at, (size_t)n * sizeof *at);
  if (at) {
    points->at = at;
    points->room = n;
  }
}

/* The window must inflate to exactly nwindow bytes. */
static int inflate_window(const struct gzpoint *point, void *window, struct err *err)
{
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  if (!inflater)
    return err_set(err, ENOMEM, "out of memory");
  const bool good =
      libdeflate_deflate_decompress(inflater, point->window, point->stored, window,
                                    point->nwindow, NULL) == LIBDEFLATE_SUCCESS;
  libdeflate_free_decompressor(inflater);
  return good ? 0
              : err_set(err, EIO, "the restart point at byte %lld has a damaged window",
                        (long long)point->in);
}

int gzpoint_place(const struct gzpoint *point, void *window, struct gzip_place *place,
                  struct err *err)
{
  *place = (struct gzip_place){.in = point->in,
                               .out = point->out,
                               .bits = point->bits,
                               .start = point->start,
                               .nwindow = point->nwindow,
                               .window = window};
  if (point->stored < point->nwindow)
    return inflate_window(point, window, err);
  if (point->nwindow)
    memcpy(window, point->window, point->nwindow);
  return 0;
}
