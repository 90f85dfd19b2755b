/* The compressing filters of HDF5, one row each: who undoes them, and what a user
 * installs.
 *
 * A row without a decoder is undone by libhdf5 in its own process, with a plugin.  A
 * decoder stands in a file of its own; once its row has it, hdf5_chunk.c and, by its
 * steps, hdf5_stream.c use it, and tests/fuzz/fuzz_hdf5_chunk.c tries it. */
#ifndef TESSERAFS_HDF5_CODEC_H
#define TESSERAFS_HDF5_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The filters that are undone here, by their registered numbers: two have rows, two are
 * in hdf5_chunk.h. */
enum { HDF5_DEFLATE = 1, HDF5_SHUFFLE = 2, HDF5_FLETCHER32 = 3, HDF5_LZF = 32000 };

enum {
  HDF5_HISTORY = 8192, /* decoded bytes that a step can look back at, at most */
  HDF5_UNTAKEN = 64    /* bytes that a step may leave for the next one, at most */
};

/* The bytes before and behind a decoder that works piece by piece. */
struct hdf5_flow {
  const unsigned char *in; /* to be decoded next: `left` bytes */
  size_t left;
  bool last;                 /* behind them nothing comes */
  unsigned char *out, *end;  /* the next decoded byte goes to out; its room ends at end */
  const unsigned char *past; /* from here to out: the HDF5_HISTORY bytes decoded before,
                              * or all there are */
  bool ended;                /* set by a step: the data is complete */
  void *state;               /* from start() to stop() */
};

struct hdf5_codec {
  uint32_t id;         /* H5Z_filter_t */
  const char *name;    /* as messages call it */
  const char *package; /* the Debian package of libhdf5's plugin; NULL: there is none */
  /* Decodes `size` bytes at in to exactly `expected` bytes at out.  NULL: in one step. */
  int (*undo)(const void *in, size_t size, void *out, size_t expected, struct err *err);
  /* Moves in and out forward as far as whole pieces of the code allow: until the input
   * ends, of which less than HDF5_UNTAKEN bytes may be left, or the room ends, of which
   * less than HDF5_HISTORY bytes may be left.  NULL: only whole chunks can be decoded. */
  int (*step)(struct hdf5_flow *flow, struct err *err);
  int (*start)(struct hdf5_flow *flow, struct err *err); /* NULL: nothing to do */
  void (*stop)(struct hdf5_flow *flow);
};

/* Returns the row of a filter, NULL where there is none. */
const struct hdf5_codec *hdf5_codec_of(uint32_t id);
/* Returns whether the filter is decoded here. */
bool hdf5_codec_is_ours(const struct hdf5_codec *codec);
/* Decodes as codec->undo() does.  -1: EIO with what was found, ENOMEM. */
int hdf5_codec_undo(const struct hdf5_codec *codec, const void *in, size_t size,
                    void *out, size_t expected, struct err *err);

/* --- the decoders ------------------------------------------------------------------ */

int hdf5_deflate_undo(const void *in, size_t size, void *out, size_t expected,
                      struct err *err);
int hdf5_deflate_step(struct hdf5_flow *flow, struct err *err);
int hdf5_deflate_start(struct hdf5_flow *flow, struct err *err);
void hdf5_deflate_stop(struct hdf5_flow *flow);
int hdf5_lzf_step(struct hdf5_flow *flow, struct err *err);

#endif
