/* LZF, h5py's other compression: literal bytes, and repetitions of what stands up to 8
 * KiB before.  Liblzf decodes whole buffers only; this decoder goes on where it stopped,
 * so that a chunk larger than memory allows beside it is decoded, too (hdf5_stream.h).
 *
 * An instruction is 000LLLLL, followed by L + 1 literal bytes, or LLLDDDDD dddddddd, or
 * 111DDDDD llllllll dddddddd: L + 2 (L = 7 + l) bytes repeated from D·256 + d + 1 bytes
 * before. */
#include <errno.h>
#include <string.h>

#include "core/source/hdf5/hdf5_codec.h"

/* Copies n bytes from `distance` before out; each may be a copy of one just copied. */
static void repeat(unsigned char *out, size_t distance, size_t n)
{
  const unsigned char *from = out - distance;
  if (distance >= n)
    memcpy(out, from, n);
  else
    for (size_t i = 0; i < n; i++)
      out[i] = from[i];
}

int hdf5_lzf_step(struct hdf5_flow *flow, struct err *err)
{
  while (flow->left) {
    const unsigned char *in = flow->in;
    const unsigned length = in[0] >> 5;
    const size_t size = length == 0 ? 2 + (size_t)in[0] : length < 7 ? 2 : 3;
    if (flow->left < size) {
      if (flow->last)
        return err_set(err, EIO, "expected an lzf stream, found one that is cut short");
      return 0;
    }
    const size_t n = length == 0 ? size - 1 : length + 2 + (length == 7 ? in[1] : 0u);
    if ((size_t)(flow->end - flow->out) < n)
      return 0;
    if (length == 0) {
      memcpy(flow->out, in + 1, n);
    } else {
      const size_t distance = ((size_t)(in[0] & 31) << 8 | in[size - 1]) + 1;
      if ((size_t)(flow->out - flow->past) < distance)
        return err_set(err, EIO, "expected an lzf stream, found damaged data");
      repeat(flow->out, distance, n);
    }
    flow->out += n;
    flow->in += size;
    flow->left -= size;
  }
  flow->ended = flow->last;
  return 0;
}
