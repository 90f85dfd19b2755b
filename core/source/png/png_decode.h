/* Two ways to decode a PNG, for source_png.c: a quick one that knows only the usual file,
 * and one that knows every file and says what is wrong with it. */
#ifndef TESSERAFS_PNG_DECODE_H
#define TESSERAFS_PNG_DECODE_H

#include "core/source/source_format.h"

enum { PNG_SIGNATURE = 8, PNG_IHDR_END = PNG_SIGNATURE + 8 + 13 + 4 /* bytes */ };

/* The facts of IHDR, checked against what PNG allows. */
struct png_header {
  int64_t width, height; /* pixels, 1 .. INT32_MAX */
  int bits, colour, interlace;
  int samples; /* samples of a pixel, as stored: one index where there is a palette */
};

/* Reads and checks IHDR.  Returns 0, or -1 with *err (EIO). */
int png_read_header(struct source *source, struct png_header *header, struct err *err);

/* Both decode the whole image to out, as rows of array->stored without gaps.  Thread
 * safe.
 *
 * png_fast_decode() returns false, with out undefined and no error set, when there is the
 * least doubt about the file; the caller then uses png_lib_decode(), which returns 0, or
 * -1 with *err (EIO, EINTR, ENOMEM).  header: of the same file. */
bool png_fast_decode(struct source *source, const struct source_array *array,
                     const struct png_header *header, void *out);
int png_lib_decode(struct source *source, const struct source_array *array, void *out,
                   struct err *err);

/* Undoes a row's filter (0 none, 1 sub, 2 up, 3 average, 4 paeth): n bytes from `in` to
 * `out`, which may be the same.  up: the decoded row above, or zeros above the first row;
 * pixel: bytes from one pixel to the next, 1, 2, 3, 4, 6 or 8.  Returns false when there
 * is no such filter. */
bool png_unfilter(int filter, unsigned char *out, const unsigned char *in,
                  const unsigned char *up, size_t n, int pixel);

#endif
