/* Decodes one strip or tile of a TIFF page with libtiff. */
#ifndef TESSERAFS_TIFF_DECODE_H
#define TESSERAFS_TIFF_DECODE_H

#include "core/source/tiff/tiff_page.h"

struct tiff_piece {
  int64_t ifd;     /* offset of the page's directory */
  int page;        /* for messages */
  uint32_t number; /* number of the strip or tile, as libtiff counts them */
  int64_t rows;    /* rows of it that hold data (a last strip has fewer) */
  int64_t columns; /* pixels */
  int samples;     /* per pixel of this piece: 1 when planar */
};

/* Decodes the piece to out: rows * columns * samples elements of kind->dtype, packed.  A
 * handle is opened for each call, because libtiff's are not thread safe.  EIO for
 * anything that libtiff warns of, and for less data than the piece needs. */
int tiff_decode_piece(struct source *source, const struct tiff_kind *kind,
                      enum dtype dtype, const struct tiff_piece *piece, void *out,
                      struct err *err);

#endif
