/* PNG chunks, zlib streams, filters, interlacing, by both decoders: what the quick one
 * takes, libpng must decode to the same bytes.
 *
 * Checksums would stop nearly every changed file: most of the inputs get right ones
 * again. */
#include <zlib.h>

#include "tests/fuzz/fuzz_source.h"
#include "tests/support/png_paths.h"

enum { FUZZ_STREAM = 1 << 20, FUZZ_COMPARED = 4 << 20 /* bytes */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

/* --- checksums made right ---------------------------------------------------------- */

static uint32_t be32(const uint8_t *bytes)
{
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
         bytes[3];
}

static void set_be32(uint8_t *bytes, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The next whole chunk from *at on; its length is made to fit when it does not. */
static uint8_t *next_chunk(uint8_t *data, size_t size, size_t *at, size_t *n)
{
  if (size < *at + 12)
    return NULL;
  uint8_t *chunk = data + *at;
  if (be32(chunk) > size - *at - 12)
    set_be32(chunk, (uint32_t)(size - *at - 12));
  *n = be32(chunk);
  *at += 12 + *n;
  return chunk;
}

/* Where the checksum of a zlib stream begins, and what it should be; false: there is no
 * whole stream. */
static bool adler_of(const uint8_t *stream, size_t n, size_t *at, uint32_t *adler)
{
  static uint8_t out[FUZZ_STREAM];
  z_stream z = {.avail_out = sizeof out, .next_out = out};
  if (n < 2 || inflateInit2(&z, -15) != Z_OK)
    return false;
  z.next_in = (uint8_t *)(uintptr_t)(stream + 2);
  z.avail_in = (unsigned)(n - 2);
  const bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in >= 4;
  *at = 2 + z.total_in;
  *adler = (uint32_t)adler32(1, out, (unsigned)z.total_out);
  inflateEnd(&z);
  return whole;
}

static void repair_adler(uint8_t *data, size_t size)
{
  uint8_t *stream = malloc(size);
  uint8_t **from = malloc(size * sizeof *from); /* where each byte of stream lies */
  size_t at = 8, n, total = 0, place;
  uint32_t adler;
  if (!stream || !from)
    abort();
  for (uint8_t *chunk; (chunk = next_chunk(data, size, &at, &n));)
    for (size_t i = 0; i < n && !memcmp(chunk + 4, "IDAT", 4); i++) {
      from[total] = chunk + 8 + i;
      stream[total++] = chunk[8 + i];
    }
  if (adler_of(stream, total, &place, &adler))
    for (int i = 0; i < 4; i++)
      *from[place + (size_t)i] = (uint8_t)(adler >> (24 - 8 * i));
  free(from);
  free(stream);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
  size = LLVMFuzzerMutate(data, size, max_size);
  size_t at = 8, n;
  if (seed % 8 == 0 || size < 20)
    return size;
  if (seed % 8 > 1)
    repair_adler(data, size);
  for (uint8_t *chunk; (chunk = next_chunk(data, size, &at, &n));)
    set_be32(chunk + 8 + n, (uint32_t)crc32(0, chunk + 4, (unsigned)n + 4));
  return size;
}

/* --- the target -------------------------------------------------------------------- */

static void compare(struct source *source)
{
  for (int i = 0; i < source_array_count(source); i++) {
    const struct source_array *array = source_array_at(source, i);
    if (nd_count(array->nd, array->block) * dtype_size(array->stored) > FUZZ_COMPARED)
      continue;
    const struct png_paths paths = png_compare(source, i);
    if (!paths.agree)
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  return fuzz_source_with(data, size, ".png", compare);
}
