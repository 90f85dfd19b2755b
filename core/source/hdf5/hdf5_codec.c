/* The table of hdf5_codec.h, and a decoder's work on a whole chunk. */
#include "core/source/hdf5/hdf5_codec.h"

#include <errno.h>

static const struct hdf5_codec codecs[] = {
    {
        .id = HDF5_DEFLATE,
        .name = "deflate",
        .undo = hdf5_deflate_undo,
        .step = hdf5_deflate_step,
        .start = hdf5_deflate_start,
        .stop = hdf5_deflate_stop,
    },
    {.id = 307, .name = "bzip2", .package = "hdf5-filter-plugin"},
    {.id = HDF5_LZF, .name = "lzf", .step = hdf5_lzf_step},
    {.id = 32001, .name = "blosc", .package = "hdf5-filter-plugin-blosc-serial"},
    {.id = 32004, .name = "lz4", .package = "hdf5-filter-plugin"},
    {.id = 32008, .name = "bitshuffle", .package = "bitshuffle"},
    {.id = 32013, .name = "zfp", .package = "hdf5-filter-plugin-zfp-serial"},
    {.id = 32015, .name = "zstd"},
    {.id = 32026, .name = "blosc2"},
};

const struct hdf5_codec *hdf5_codec_of(uint32_t id)
{
  for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
    if (codecs[i].id == id)
      return &codecs[i];
  return NULL;
}

bool hdf5_codec_is_ours(const struct hdf5_codec *codec)
{
  return codec && (codec->undo || codec->step);
}

int hdf5_codec_undo(const struct hdf5_codec *codec, const void *in, size_t size,
                    void *out, size_t expected, struct err *err)
{
  if (codec->undo)
    return codec->undo(in, size, out, expected, err);
  struct hdf5_flow flow = {
      .in = in,
      .left = size,
      .last = true,
      .out = out,
      .end = (unsigned char *)out + expected,
      .past = out,
  };
  if (codec->start && codec->start(&flow, err))
    return -1;
  const int rc = codec->step(&flow, err);
  if (codec->stop)
    codec->stop(&flow);
  if (rc)
    return -1;
  if (!flow.ended || flow.out != flow.end)
    return err_set(err, EIO, "expected %zu bytes after undoing %s, found %s", expected,
                   codec->name, flow.ended ? "less" : "more");
  return 0;
}
