/* A chunk's filter pipeline, and the parser of the libhdf5 process's replies.
 *
 * Input: byte 0 chooses; a reply follows, or a pipeline (number of filters, their ids and
 * arguments, mask, expected size) and a chunk. */
#include <stdlib.h>
#include <string.h>

#include "core/source/hdf5/hdf5_chunk.h"
#include "core/source/hdf5/hdf5_stream.h"
#include "core/source/hdf5/hdf5_wire.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A codec that is decoded here has its number here, too. */
static const uint32_t ids[] = {0, HDF5_DEFLATE, HDF5_SHUFFLE, HDF5_FLETCHER32, HDF5_LZF};

/* The second reply, to a walk that found arrays of two chunks. */
static void parse_known(const unsigned char *data, size_t size)
{
  const struct hdf5_desc desc = {.how = HDF5_CHUNKS, .nd = 1, .shape = {8}, .block = {4}};
  struct hdf5_chunk_at known[HDF5_KNOWN_MAX];
  struct hdf5_reader in = {data, size};
  for (uint32_t i = 0; i < 16; i++) {
    const size_t left = in.left;
    const int n = hdf5_get_known(&in, i, &desc, known);
    if ((n && n != 2) || left - in.left != (n ? 40u : 0u))
      abort();
  }
}

static void parse_reply(const unsigned char *data, size_t size)
{
  struct hdf5_reader in = {data, size};
  struct hdf5_entry entry;
  parse_known(data, size);
  const char *path;
  uint32_t nfiles;
  if (!hdf5_get_u32(&in, &nfiles) || nfiles > HDF5_FILES_MAX)
    return;
  for (uint32_t i = 0; i < nfiles; i++)
    if (!hdf5_get_string(&in, &path))
      return;
  for (int n = 0; in.left && hdf5_get_array(&in, (int)nfiles, n, &entry);
       n += entry.alias_of < 0)
    if (strlen(entry.name) >= HDF5_NAME_MAX || entry.alias_of >= n)
      abort();
}

static const unsigned char *whole;

static int read_whole(void *ctx, void *buf, size_t size, size_t offset, struct err *err)
{
  memcpy(buf, whole + offset, size);
  return 0;
}

/* Piece by piece the same comes out.  zlib refuses codes that no encoder writes and that
 * libdeflate takes; never the other way round. */
static void compare_stream(int n, const struct hdf5_filter *filters, uint32_t mask,
                           size_t size, const unsigned char *out, size_t expected,
                           bool good)
{
  struct err err = ERR_INIT;
  const struct hdf5_stored stored = {read_whole, NULL, size};
  unsigned char *const again = malloc(expected + 1);
  if (again && hdf5_stream_can(n, filters, mask)) {
    const int rc = hdf5_stream_decode(n, filters, mask, &stored, again, expected, &err);
    if ((rc != 0) != (err.errnum != 0) || (!rc && !good) ||
        (!rc && memcmp(out, again, expected)))
      abort();
  }
  free(again);
}

static void decode(const unsigned char *data, size_t size)
{
  enum { HEAD = 4 };
  struct hdf5_filter filters[HDF5_FILTERS_MAX];
  if (size < HEAD)
    return;
  const int n = data[0] % (HDF5_FILTERS_MAX + 1);
  const size_t expected = data[1] | (size_t)data[2] << 8;
  const uint32_t mask = data[3];
  data += HEAD;
  size -= HEAD;
  if (size < 2 * (size_t)n)
    return;
  for (int i = 0; i < n; i++)
    filters[i] = (struct hdf5_filter){ids[data[2 * i] % (sizeof ids / sizeof *ids)],
                                      data[2 * i + 1]};
  data += 2 * n;
  size -= 2 * (size_t)n;
  if (!hdf5_chunk_decodable(n, filters))
    return;
  struct err err = ERR_INIT;
  unsigned char *stored = malloc(size + 1), *out = malloc(expected + 1);
  if (stored && out) {
    memcpy(stored, data, size);
    const int rc = hdf5_chunk_decode(n, filters, mask, stored, size, out, expected, &err);
    if ((rc != 0) != (err.errnum != 0))
      abort();
    whole = data;
    compare_stream(n, filters, mask, size, out, expected, !rc);
  }
  free(stored);
  free(out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] & 1)
    parse_reply(data + 1, size - 1);
  else
    decode(data + 1, size - 1);
  return 0;
}
