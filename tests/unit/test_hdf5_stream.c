/* Chunks that are decoded piece by piece: of many pieces, with every pipeline, whole, cut
 * short and damaged.  What they should become is what they were made of; the checksums
 * are those that test_hdf5_chunk.c compares with libhdf5's. */
#include "core/source/hdf5/hdf5_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/support/check.h"

enum { CASES = 96, SUMS = 8 /* room for two checksums */ };

struct made {
  struct hdf5_filter filters[4];
  int nfilters;
  size_t size, expected; /* bytes stored, and of the chunk */
  unsigned char *stored, *plain;
};

static int read_memory(void *ctx, void *buf, size_t size, size_t offset, struct err *err)
{
  memcpy(buf, (const char *)ctx + offset, size);
  return 0;
}

/* H5Z's shuffle, by its definition. */
static void shuffle(unsigned char *out, const unsigned char *in, size_t size,
                    size_t element)
{
  const size_t count = size / element;
  for (size_t i = 0; i < count * element; i++)
    out[i % element * count + i / element] = in[i];
  memcpy(out + count * element, in + count * element, size - count * element);
}

static void add_sum(struct made *made)
{
  const uint32_t sum = hdf5_fletcher32(made->stored, made->size);
  memcpy(made->stored + made->size, &sum, sizeof sum);
  made->size += sizeof sum;
  made->filters[made->nfilters++] = (struct hdf5_filter){HDF5_FLETCHER32, 0};
}

static void deflate_it(struct made *made)
{
  uLongf size = compressBound(made->size);
  unsigned char *const to = malloc(size + SUMS);
  CHECK(to && compress2(to, &size, made->stored, made->size, 1) == Z_OK);
  free(made->stored);
  made->stored = to;
  made->size = size;
  made->filters[made->nfilters++] = (struct hdf5_filter){HDF5_DEFLATE, 1};
}

/* Compresses with LZF, by its definition: what repeats itself within 8 KiB, else runs of
 * literals. */
static void lzf_it(struct made *made)
{
  static size_t last[65536]; /* 1 + where these three bytes were seen last, by a hash */
  const unsigned char *from = made->stored;
  unsigned char *const to = malloc(made->size + made->size / 32 + 3 + SUMS);
  size_t size = 0, run = 0; /* of the literals that end at `at` */
  CHECK(to);
  memset(last, 0, sizeof last);
  for (size_t at = 0; at < made->size;) {
    size_t *seen = NULL, n = 0, distance = 0;
    if (made->size - at > 2) {
      seen = &last[(from[at] * 7919u + from[at + 1] * 31u + from[at + 2]) & 65535];
      distance = *seen ? at + 1 - *seen : 0;
      *seen = at + 1;
    }
    if (distance && distance <= HDF5_HISTORY)
      while (n < 264 && at + n < made->size && from[at + n] == from[at + n - distance])
        n++;
    if (n < 3) {
      if (run == 0)
        size++;
      to[size - run - 1] = (unsigned char)run;
      to[size++] = from[at++];
      run = (run + 1) % 32;
      continue;
    }
    run = 0;
    to[size++] = (unsigned char)((n < 9 ? n - 2 : 7) << 5 | (distance - 1) >> 8);
    if (n >= 9)
      to[size++] = (unsigned char)(n - 9);
    to[size++] = (unsigned char)(distance - 1);
    at += n;
  }
  free(made->stored);
  made->stored = to;
  made->size = size;
  made->filters[made->nfilters++] = (struct hdf5_filter){HDF5_LZF, 4};
}

/* which: a bit for each filter; small: less than one piece. */
static struct made make(unsigned which, bool small)
{
  const size_t element = 1 + (size_t)rand() % 17;
  struct made made = {.expected = (size_t)rand() % (small ? 50 : 900000)};
  made.size = made.expected;
  made.plain = malloc(made.size + 1);
  made.stored = malloc(made.size + SUMS);
  CHECK(made.plain && made.stored);
  for (size_t i = 0; i < made.size; i++)
    made.plain[i] = (unsigned char)(rand() >> 3 & (i / 5000 % 2 ? 255 : 3));
  memcpy(made.stored, made.plain, made.size);
  if (which & 1) {
    shuffle(made.stored, made.plain, made.size, element);
    made.filters[made.nfilters++] = (struct hdf5_filter){HDF5_SHUFFLE, (uint32_t)element};
  }
  if (which & 2)
    add_sum(&made);
  if ((which & 20) == 20)
    lzf_it(&made);
  else if (which & 4)
    deflate_it(&made);
  if ((which & 12) == 12)
    add_sum(&made);
  return made;
}

/* 0 with the result at out, or its errno. */
static int decode(const struct made *made, size_t size, unsigned char *out)
{
  struct err err = ERR_INIT;
  const struct hdf5_stored stored = {read_memory, made->stored, size};
  const int rc = hdf5_stream_decode(made->nfilters, made->filters, 0, &stored, out,
                                    made->expected, &err);
  CHECK((rc != 0) == (err.errnum != 0));
  return err.errnum;
}

static void every_pipeline(void)
{
  for (unsigned i = 0; i < CASES; i++) {
    struct made made = make(i % 32, i / 32 == 0);
    unsigned char *const out = calloc(1, made.expected + 1);
    out[made.expected] = 0xee;
    CHECK(hdf5_stream_can(made.nfilters, made.filters, 0));
    CHECK(!decode(&made, made.size, out) && !memcmp(out, made.plain, made.expected) &&
          out[made.expected] == 0xee);
    if (made.size > SUMS)
      CHECK(decode(&made, made.size - 1 - (size_t)rand() % 5, out) == EIO);
    if (made.nfilters && made.size > SUMS &&
        made.filters[made.nfilters - 1].id != HDF5_SHUFFLE &&
        made.filters[made.nfilters - 1].id != HDF5_LZF) {
      made.stored[made.size / 2] ^= 1; /* deflate has a checksum, too */
      CHECK(decode(&made, made.size, out) == EIO);
    }
    CHECK(out[made.expected] == 0xee);
    free(out);
    free(made.plain);
    free(made.stored);
  }
}

static void orders_that_it_cannot(void)
{
  const struct hdf5_filter shuffle_it = {HDF5_SHUFFLE, 2}, sum = {HDF5_FLETCHER32, 0},
                           pack = {HDF5_DEFLATE, 1}, nothing = {HDF5_SHUFFLE, 1};
  const struct hdf5_filter twice[] = {shuffle_it, shuffle_it},
                           late[] = {pack, shuffle_it}, before[] = {sum, shuffle_it},
                           sums[] = {sum, sum}, after[] = {pack, sum, sum},
                           idle[] = {pack, nothing, sum};
  CHECK(!hdf5_stream_can(2, twice, 0) && hdf5_stream_can(2, twice, 1));
  CHECK(!hdf5_stream_can(2, late, 0) && hdf5_stream_can(2, late, 2));
  CHECK(!hdf5_stream_can(2, before, 0));
  CHECK(!hdf5_stream_can(2, sums, 0));
  CHECK(!hdf5_stream_can(3, after, 0));
  CHECK(hdf5_stream_can(3, idle, 0));
}

int main(void)
{
  srand(1);
  every_pipeline();
  orders_that_it_cannot();
  return check_report("test_hdf5_stream");
}
