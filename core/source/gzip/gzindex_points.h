/* The restart points of one gzip file: where a walk may begin, each with the window that
 * deflate refers back to, compressed.  A table in memory, ordered by position; not thread
 * safe. */
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
/* After all others.  The compressor is of libdeflate; without memory the point is left
 * out. */
struct libdeflate_compressor;
void gzpoints_add(struct gzpoints *points, const struct gzip_place *place,
                  struct libdeflate_compressor *compressor);
/* Room for n points in all; -1 without memory. */
int gzpoints_reserve(struct gzpoints *points, int64_t n);
/* The same, made by somebody else, for whom room was reserved; its window is taken
 * over. */
void gzpoints_push(struct gzpoints *points, const struct gzpoint *point);
/* The last point at or before this inflated byte. */
const struct gzpoint *gzpoints_find(const struct gzpoints *points, int64_t out);
/* Every second point goes, the spacing doubles. */
void gzpoints_thin(struct gzpoints *points);
/* The point as a place, its window inflated into window (GZIP_WINDOW bytes); ENOMEM, or
 * EIO for a window that is damaged (one from a file can be). */
int gzpoint_place(const struct gzpoint *point, void *window, struct gzip_place *place,
                  struct err *err);

#endif
