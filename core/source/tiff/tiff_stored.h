/* The bytes of a strip or tile as they are stored, and the decoders of these bytes, which
 * know nothing of samples.  An error names neither file nor piece, except where `failed`
 * is set. */
#ifndef TESSERAFS_TIFF_STORED_H
#define TESSERAFS_TIFF_STORED_H

#include "core/source/tiff/tiff_decode.h"

struct tiff_stored {
  struct source *source;
  int64_t offset, size; /* in the file, bytes; inside it */
  bool reversed;        /* the bits of each byte are in reverse order */
  bool failed; /* reading the file failed, and the error is about that and names it */
};

/* Reads bytes [at, at + n) of the stored ones. */
int tiff_stored_read(struct tiff_stored *stored, int64_t at, void *buf, size_t n,
                     struct err *err);

/* Each decodes up to `most` bytes to out, and gives in *got how many there were; what is
 * stored beyond them is checked (deflate) or ignored. */
int tiff_inflate(struct tiff_stored *stored, void *out, size_t most, size_t *got,
                 struct err *err);
int tiff_packbits(struct tiff_stored *stored, void *out, size_t most, size_t *got,
                  struct err *err);
/* Decodes all other compressions with libtiff (tiff_lib.c), which finds the piece itself.
 * bytes: of the whole piece, fewer are EIO.  A predictor is left as it is; samples of 16,
 * 24, 32 and 64 bits (and pairs of the latter) come in the machine's byte order. */
int tiff_lib_decode(struct tiff_stored *stored, const struct tiff_kind *kind,
                    const struct tiff_piece *piece, void *out, int64_t bytes,
                    struct err *err);

/* --- what the decoded bytes mean (tiff_samples.c) ---------------------------------- */

/* Makes n rows of samples from decoded rows at `in`: undoes the predictor, the byte order
 * (swapped: big-endian where samples are whole bytes) and the packing.  across: samples
 * of a row; step: how many samples lie between a sample and the one that predicts it.  in
 * is overwritten; out may be in when tiff_samples_in_place(). */
bool tiff_samples_in_place(const struct tiff_kind *kind, enum dtype dtype);
int tiff_samples_make(const struct tiff_kind *kind, enum dtype dtype, bool swapped,
                      void *in, int64_t n, int64_t across, int step, void *out,
                      struct err *err);
/* Reverses the bytes of n units of `size` bytes. */
void tiff_samples_swap(void *bytes, int64_t n, int size);

#endif
