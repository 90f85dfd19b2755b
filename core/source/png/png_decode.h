/* Two ways to decode a PNG, for source_png.c: one that is quick and knows only the usual
 * file, one that knows every file and says what is wrong with it. */
#ifndef TESSERAFS_PNG_DECODE_H
#define TESSERAFS_PNG_DECODE_H

#include "core/source/source_format.h"

enum { PNG_SIGNATURE = 8, PNG_IHDR_END = PNG_SIGNATURE + 8 + 13 + 4 /* bytes */ };

/* What IHDR says, checked against what PNG allows. */
struct png_header {
  int64_t width, height; /* pixels, 1 .. INT32_MAX */
  int bits, colour, interlace;
  int samples; /* of a pixel, as stored: one index where there is a palette */
};

/* Reads and checks it.  0, or -1 with *err (EIO). */
int png_read_header(struct source *source, struct png_header *header, struct err *err);

/* Decode the whole image to out: rows of array->stored, without gaps.  Thread safe.
 *
 * png_fast_decode: true, or false where there is the least doubt about the file: nothing
 * is said, out is undefined, png_lib_decode() is to judge.  header: of the same file.
 * png_lib_decode: 0, or -1 with *err (EIO, EINTR, ENOMEM). */
bool png_fast_decode(struct source *source, const struct source_array *array,
                     const struct png_header *header, void *out);
int png_lib_decode(struct source *source, const struct source_array *array, void *out,
                   struct err *err);

/* Undoes a row's filter (0 none, 1 sub, 2 up, 3 average, 4 paeth): n bytes of `in` to
 * `out`, which may be the same.  up: the row above, decoded, zeros above the first;
 * pixel: bytes from one to the next, 1, 2, 3, 4, 6 or 8.  false: no such filter. */
bool png_unfilter(int filter, unsigned char *out, const unsigned char *in,
                  const unsigned char *up, size_t n, int pixel);

#endif
