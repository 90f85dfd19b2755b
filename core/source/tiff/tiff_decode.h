/* Decodes one strip or tile of a TIFF page. */
#ifndef TESSERAFS_TIFF_DECODE_H
#define TESSERAFS_TIFF_DECODE_H

#include "core/source/tiff/tiff_page.h"

struct tiff_piece {
  int64_t ifd;     /* offset of the page's directory */
  int page;        /* for messages */
  uint32_t number; /* number of the strip or tile, as libtiff counts them */
  int64_t rows;   /* of a tile; of a strip, those that hold data (a last one has fewer) */
  int64_t inside; /* rows of it that lie in the image */
  int64_t columns; /* pixels */
  int samples;     /* per pixel of this piece: 1 when planar */
};

/* Decodes the piece to out: rows * columns * samples elements of dtype, packed.  Rows of
 * a tile that lie outside the image may be zeros.  EIO for less data than the image
 * needs, and for anything that a decoder complains of; more data than that is no fault,
 * for some writers give the last strip all its rows. */
int tiff_decode_piece(const struct tiff_file *file, const struct tiff_kind *kind,
                      enum dtype dtype, const struct tiff_piece *piece, void *out,
                      struct err *err);

#endif
