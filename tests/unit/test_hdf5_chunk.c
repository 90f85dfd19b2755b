/* The filters of HDF5 chunks, against libhdf5's own: constants were read back from chunks
 * that h5py 3.7 (libhdf5 1.10.8) wrote, by read_direct_chunk(). */
#include "core/source/hdf5/hdf5_chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/source/hdf5/hdf5_stream.h"
#include "core/source/hdf5/hdf5_wire.h"
#include "tests/support/check.h"

/* numpy.arange(1, 8, dtype='u1'): an odd number of bytes */
static void fletcher_of_odd_bytes(void)
{
  const unsigned char data[7] = {1, 2, 3, 4, 5, 6, 7};
  CHECK(hdf5_fletcher32(data, sizeof data) == 0x1e20100c);
}

/* (numpy.arange(2000) * 7919 % 65536).astype('<u2'): sums overflow many times */
static void fletcher_of_many_words(void)
{
  unsigned char data[4000];
  for (unsigned i = 0; i < 2000; i++) {
    data[2 * i] = (unsigned char)(i * 7919);
    data[2 * i + 1] = (unsigned char)((i * 7919 % 65536) >> 8);
  }
  CHECK(hdf5_fletcher32(data, sizeof data) == 0x4c60cce1);
}

/* numpy.full(1441, 255, 'u1') */
static void fletcher_of_the_largest_words(void)
{
  unsigned char data[1441];
  memset(data, 255, sizeof data);
  CHECK(hdf5_fletcher32(data, sizeof data) == 0xff00ff00);
}

/* The definition, byte by byte. */
static void unshuffle_is_the_definition(void)
{
  static const size_t elements[] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 20};
  enum { MOST = 1000 };
  unsigned char in[MOST], out[MOST + 1];
  for (size_t i = 0; i < MOST; i++)
    in[i] = (unsigned char)(i * 151 >> 3);
  for (size_t e = 0; e < sizeof elements / sizeof *elements; e++)
    for (size_t size = 0; size < MOST; size += 1 + size / 9) {
      const size_t n = elements[e], count = size / n;
      memset(out, 0xee, sizeof out);
      hdf5_unshuffle(out, in, size, n);
      bool same = out[size] == 0xee;
      for (size_t i = 0; i < size; i++)
        same = same && out[i] == (i < count * n ? in[i % n * count + i / n] : in[i]);
      CHECK(same);
    }
}

/* --- by pieces --------------------------------------------------------------------- */

static int read_memory(void *ctx, void *buf, size_t size, size_t offset, struct err *err)
{
  memcpy(buf, (const char *)ctx + offset, size);
  return 0;
}

/* What hdf5_chunk_decode() does, hdf5_stream_decode() does, where it can. */
static bool streams(int n, const struct hdf5_filter *filters, uint32_t mask,
                    const void *stored, size_t size, const void *expected, size_t length)
{
  char out[640];
  struct err err = ERR_INIT;
  const struct hdf5_stored in = {read_memory, (void *)(uintptr_t)stored, size};
  memset(out, 0xee, sizeof out);
  const int rc = hdf5_stream_decode(n, filters, mask, &in, out, length, &err);
  if (!expected)
    return rc == -1 && err.errnum == EIO;
  return !rc && !err.errnum && !memcmp(out, expected, length) &&
         (length == sizeof out || (unsigned char)out[length] == 0xee);
}

static bool decodes(int n, const struct hdf5_filter *filters, uint32_t mask,
                    const void *stored, size_t size, const void *expected, size_t length)
{
  char in[640], out[640];
  struct err err = ERR_INIT;
  memcpy(in, stored, size);
  CHECK(!hdf5_stream_can(n, filters, mask) ||
        streams(n, filters, mask, stored, size, expected, length));
  return !hdf5_chunk_decode(n, filters, mask, in, size, out, length, &err) &&
         !err.errnum && !memcmp(out, expected, length);
}

static bool refuses(int n, const struct hdf5_filter *filters, const void *stored,
                    size_t size, size_t length, const char *text)
{
  char in[640], out[640];
  struct err err = ERR_INIT;
  memcpy(in, stored, size);
  CHECK(!hdf5_stream_can(n, filters, 0) ||
        streams(n, filters, 0, stored, size, NULL, length));
  return hdf5_chunk_decode(n, filters, 0, in, size, out, length, &err) == -1 &&
         err.errnum == EIO && strstr(err.msg, text);
}

/* zlib.compress(bytes([1, 2, 3, 4, 0, 0, 0, 0]), 9): 1, 2, 3, 4 as shuffled '<u2' */
static const unsigned char deflated[] = {120, 218, 99, 100, 98, 102, 97,
                                         0,   2,   0,  0,   68, 0,   11};
static const unsigned char plain[8] = {1, 0, 2, 0, 3, 0, 4, 0};
static const unsigned char shuffled[8] = {1, 2, 3, 4, 0, 0, 0, 0};

static void pipelines(void)
{
  const struct hdf5_filter usual[] = {{HDF5_SHUFFLE, 2}, {HDF5_DEFLATE, 4}};
  CHECK(decodes(2, usual, 0, deflated, sizeof deflated, plain, 8));
  CHECK(decodes(2, usual, 1, deflated, sizeof deflated, shuffled, 8));
  CHECK(decodes(2, usual, 2, shuffled, 8, plain, 8));
  CHECK(decodes(2, usual, 3, plain, 8, plain, 8));
  CHECK(decodes(0, NULL, 0, plain, 8, plain, 8));
}

/* What h5py stored of (numpy.arange(300) // 60 * 7919).astype('<u2') with shuffle and
 * lzf; and instructions by hand: a run, a repetition that overlaps itself, the farthest
 * one. */
static void lzf_streams(void)
{
  static const unsigned char stored[] = {
      1, 0, 0,   224, 49, 0, 0,   239, 224, 50, 0, 0, 222, 224, 50, 0, 0, 205, 224, 50,
      0, 0, 188, 224, 50, 0, 225, 49,  41,  2,  0, 0, 30,  224, 50, 0, 0, 61,  224, 50,
      0, 0, 92,  224, 50, 0, 0,   123, 224, 48, 0, 1, 123, 123};
  const struct hdf5_filter lzf[] = {{HDF5_SHUFFLE, 2}, {HDF5_LZF, 4}};
  unsigned char values[600];
  for (unsigned i = 0; i < 300; i++) {
    values[2 * i] = (unsigned char)(i / 60 * 7919);
    values[2 * i + 1] = (unsigned char)(i / 60 * 7919 >> 8);
  }
  CHECK(decodes(2, lzf, 0, stored, sizeof stored, values, sizeof values));
  CHECK(decodes(2, lzf, 2, shuffled, 8, plain, 8)); /* stored as it was */
  CHECK(refuses(2, lzf, stored, sizeof stored - 1, sizeof values, "cut short"));
  CHECK(refuses(2, lzf, stored, sizeof stored - 3, sizeof values, "found less"));
  CHECK(refuses(2, lzf, stored, sizeof stored, sizeof values - 1, "found more"));

  static const unsigned char run[] = {0, 'x', 0xe0, 10, 0},
                             word[] = {2, 'a', 'b', 'c', 0x40, 2},
                             far[] = {0, 'x', 0x20, 1}, none[] = {0x20, 0};
  CHECK(decodes(1, lzf + 1, 0, run, sizeof run, "xxxxxxxxxxxxxxxxxxxx", 20));
  CHECK(decodes(1, lzf + 1, 0, word, sizeof word, "abcabca", 7));
  CHECK(refuses(1, lzf + 1, far, sizeof far, 4, "damaged"));
  CHECK(refuses(1, lzf + 1, none, sizeof none, 3, "damaged"));
  CHECK(refuses(1, lzf + 1, none, 0, 3, "found less"));
  for (size_t cut = 1; cut < sizeof run; cut++)
    CHECK(refuses(1, lzf + 1, run, cut, 20, cut == 2 ? "found less" : "cut short"));
}

/* Checksums before, between and behind the filters that move bytes. */
static void checksums_anywhere(void)
{
  const struct hdf5_filter filters[] = {
      {HDF5_FLETCHER32, 0}, {HDF5_SHUFFLE, 2}, {HDF5_FLETCHER32, 0}};
  unsigned char first[12], moved[16];
  uint32_t sum = hdf5_fletcher32(plain, 8);
  memcpy(first, plain, 8);
  memcpy(first + 8, &sum, 4);
  for (int i = 0; i < 6; i++) {
    moved[i] = first[2 * i];
    moved[6 + i] = first[2 * i + 1];
  }
  sum = hdf5_fletcher32(moved, 12);
  memcpy(moved + 12, &sum, 4);
  CHECK(decodes(3, filters, 0, moved, 16, plain, 8));
  CHECK(decodes(3, filters, 4, moved, 12, plain, 8));
  CHECK(decodes(3, filters, 6, first, 12, plain, 8));
  moved[3] ^= 1;
  CHECK(refuses(3, filters, moved, 16, 8, "fletcher32"));
}

/* libhdf5 1.6.2 stored the bytes of each half the other way round. */
static void swapped_checksums_are_tolerated(void)
{
  const struct hdf5_filter filter = {HDF5_FLETCHER32, 0};
  const uint32_t sum = hdf5_fletcher32(plain, 8);
  unsigned char data[12];
  memcpy(data, plain, 8);
  data[8] = (unsigned char)(sum >> 8);
  data[9] = (unsigned char)sum;
  data[10] = (unsigned char)(sum >> 24);
  data[11] = (unsigned char)(sum >> 16);
  CHECK(decodes(1, &filter, 0, data, 12, plain, 8));
}

static void wrong_sizes_are_errors(void)
{
  const struct hdf5_filter deflate = {HDF5_DEFLATE, 0}, sum = {HDF5_FLETCHER32, 0},
                           shuffle = {HDF5_SHUFFLE, 2};
  CHECK(refuses(1, &deflate, deflated, sizeof deflated, 7, "found more"));
  CHECK(refuses(1, &deflate, deflated, sizeof deflated, 9, "found less"));
  CHECK(refuses(1, &deflate, deflated, sizeof deflated - 3, 8, "damaged"));
  CHECK(refuses(1, &deflate, deflated, 0, 8, "damaged"));
  CHECK(refuses(1, &sum, plain, 3, 8, "checksum of 4 bytes"));
  CHECK(refuses(1, &shuffle, plain, 8, 6, "to unshuffle"));
  CHECK(refuses(0, NULL, plain, 8, 6, "expected 6 bytes, found 8"));
}

static void only_known_pipelines(void)
{
  const struct hdf5_filter szip = {4, 0}, nothing = {0, 0}, empty = {HDF5_SHUFFLE, 0},
                           twice[] = {{HDF5_DEFLATE, 0}, {HDF5_DEFLATE, 0}},
                           both[] = {{HDF5_LZF, 0}, {HDF5_DEFLATE, 0}},
                           plugin = {32001, 0};
  CHECK(!hdf5_chunk_decodable(1, &szip));
  CHECK(!hdf5_chunk_decodable(1, &nothing));
  CHECK(!hdf5_chunk_decodable(1, &empty));
  CHECK(!hdf5_chunk_decodable(2, twice));
  CHECK(!hdf5_chunk_decodable(2, both));
  CHECK(!hdf5_chunk_decodable(1, &plugin));
  CHECK(hdf5_chunk_decodable(1, twice));
}

/* What the child says of an array comes back the same, and cut short it is refused. */
static void replies_come_back(void)
{
  const struct hdf5_desc desc = {.how = HDF5_CHUNKS,
                                 .dtype = DT_I16,
                                 .swapped = true,
                                 .nd = 2,
                                 .shape = {9, 8},
                                 .block = {3, 4},
                                 .file = 1,
                                 .nfilters = 1,
                                 .filters = {{HDF5_SHUFFLE, 2}},
                                 .fill = {1, 2}};
  struct text text = {0};
  hdf5_put_array(&text, "a/b", NULL, "/a/b", &desc);
  unsigned char *bytes = malloc(text.size);
  for (size_t size = 0; size <= text.size; size++) {
    memcpy(bytes, text.data, size);
    struct hdf5_reader in = {bytes, size};
    struct hdf5_entry entry;
    const bool good = hdf5_get_array(&in, 1, 0, &entry);
    CHECK(good == (size == text.size));
    CHECK(!good || (!strcmp(entry.name, "a/b") && !strcmp(entry.object, "/a/b") &&
                    entry.desc.shape[0] == 9 && entry.desc.block[1] == 4 &&
                    entry.desc.swapped && entry.desc.fill[1] == 2 && !in.left));
  }
  struct hdf5_reader in = {bytes, text.size};
  struct hdf5_entry entry;
  CHECK(!hdf5_get_array(&in, 0, 0, &entry)); /* a file that was not named */
  free(bytes);
  text_free(&text);
}

static void further_names_come_back(void)
{
  struct text text = {0};
  hdf5_put_alias(&text, "b/c", 2);
  for (int narrays = 0; narrays < 4; narrays++) {
    struct hdf5_reader in = {(const unsigned char *)text.data, text.size};
    struct hdf5_entry entry;
    const bool good = hdf5_get_array(&in, 1, narrays, &entry);
    CHECK(good == (narrays > 2));
    CHECK(!good || (!strcmp(entry.name, "b/c") && entry.alias_of == 2 && !entry.why));
  }
  text_free(&text);
}

/* One field of an otherwise good reply. */
static bool accepts(struct hdf5_desc desc)
{
  struct text text = {0};
  hdf5_put_array(&text, "a", NULL, "/a", &desc);
  struct hdf5_reader in = {(const unsigned char *)text.data, text.size};
  struct hdf5_entry entry;
  const bool good = hdf5_get_array(&in, 0, 0, &entry);
  text_free(&text);
  return good;
}

static void hostile_replies_are_refused(void)
{
  const struct hdf5_desc good = {
      .how = HDF5_CHUNKS, .dtype = DT_F64, .nd = 2, .shape = {9, 8}, .block = {3, 4}};
  struct hdf5_desc bad = good;
  CHECK(accepts(good));
  bad.shape[0] = -1;
  CHECK(!accepts(bad));
  bad.shape[0] = INT64_MAX / 8;
  CHECK(!accepts(bad));
  bad = good;
  bad.block[1] = 0;
  CHECK(!accepts(bad));
  bad = good;
  bad.offset = -1;
  CHECK(!accepts(bad));
  bad = good;
  bad.dtype = DT_COUNT;
  CHECK(!accepts(bad));
  bad = good;
  bad.nfilters = 1; /* filter 0 */
  CHECK(!accepts(bad));
}

int main(void)
{
  fletcher_of_odd_bytes();
  fletcher_of_many_words();
  fletcher_of_the_largest_words();
  unshuffle_is_the_definition();
  pipelines();
  lzf_streams();
  checksums_anywhere();
  swapped_checksums_are_tolerated();
  wrong_sizes_are_errors();
  only_known_pipelines();
  replies_come_back();
  further_names_come_back();
  hostile_replies_are_refused();
  return check_report("test_hdf5_chunk");
}
