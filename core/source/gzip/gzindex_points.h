/* The restart points of one gzip file: a walk may begin at each, with the window that
 * deflate refers back to, kept compressed.  A table in memory, ordered by position; not
 * thread safe. */
#ifndef TESSERAFS_GZINDEX_POINTS_H
#define TESSERAFS_GZINDEX_POINTS_H

#include "core/source/gzip/gzip_stream.h"

struct gzpoint {
  int64_t in, out; /* as in struct gzip_place */
  uint8_t bits;
  bool start;
  uint16_t nwindow;      /* bytes; GZIP_WINDOW fits */
  uint16_t stored;       /* bytes of *window; nwindow: not compressed */
  unsigned char *window; /* malloc; NULL when nwindow is 0 */
};

struct gzpoints {
  struct gzpoint *at; /* at[0] is the start of the file */
  int64_t n, room;
  int64_t spacing; /* inflated bytes that two points are apart at least */
  size_t windows;  /* bytes */
};

enum { GZPOINTS_SPACING = 1024 * 1024 };

int gzpoints_init(struct gzpoints *points); /* -1 without memory, *points empty */
void gzpoints_free(struct gzpoints *points);
size_t gzpoints_bytes(const struct gzpoints *points); /* of memory */
/* Adds a point after all others, with a compressor of libdeflate; without memory the
 * point is left out. */
struct libdeflate_compressor;
void gzpoints_add(struct gzpoints *points, const struct gzip_place *place,
                  struct libdeflate_compressor *compressor);
/* Makes room for n points in all; -1 without memory. */
int gzpoints_reserve(struct gzpoints *points, int64_t n);
/* Adds a point that was made elsewhere, for which room was reserved, and takes its window
 * over. */
void gzpoints_push(struct gzpoints *points, const struct gzpoint *point);
/* Returns the last point at or before this inflated byte. */
const struct gzpoint *gzpoints_find(const struct gzpoints *points, int64_t out);
/* Drops every second point and doubles the spacing. */
void gzpoints_thin(struct gzpoints *points);
/* Makes a place of the point, with its window inflated into `window` (GZIP_WINDOW bytes).
 * ENOMEM, or EIO for a damaged window (one that was read from a file can be). */
int gzpoint_place(const struct gzpoint *point, void *window, struct gzip_place *place,
                  struct err *err);

#endif
