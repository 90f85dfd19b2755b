/* libdeflate's own speed on the blocks of a file: what any reader of it can reach at
 * best.
 *
 *   inflate_rate zlib|gzip FILE LIST THREADS
 *
 * LIST holds three little-endian int64 per block: offset in FILE, bytes there, bytes
 * decoded.  Each thread takes the next block, reads it by pread (FILE should be in the
 * page cache), and decodes it into a buffer of its own that nobody else looks at: no
 * cache, no copy, no order. Prints the seconds from the first thread's start to the last
 * one's end. */
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 256 };

struct block {
  int64_t offset, stored, decoded; /* bytes */
};

struct work {
  int fd;
  bool gzip;
  struct block *blocks;
  size_t n_blocks;
  size_t most_stored, most_decoded; /* bytes of the largest block */
  atomic_size_t next;
  atomic_bool failed;
};

static bool decode(struct libdeflate_decompressor *inflater, const struct work *work,
                   const struct block *block, char *in, char *out)
{
  const size_t stored = (size_t)block->stored, decoded = (size_t)block->decoded;
  if (pread(work->fd, in, stored, block->offset) != block->stored)
    return false;
  return !(work->gzip
               ? libdeflate_gzip_decompress(inflater, in, stored, out, decoded, NULL)
               : libdeflate_zlib_decompress(inflater, in, stored, out, decoded, NULL));
}

static void *run(void *arg)
{
  struct work *work = arg;
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  char *in = malloc(work->most_stored), *out = malloc(work->most_decoded);
  for (;;) {
    const size_t i = atomic_fetch_add(&work->next, 1);
    if (i >= work->n_blocks)
      break;
    if (!inflater || !in || !out || !decode(inflater, work, &work->blocks[i], in, out)) {
      work->failed = true;
      break;
    }
  }
  libdeflate_free_decompressor(inflater);
  free(in);
  free(out);
  return NULL;
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct work *work, int n_threads)
{
  pthread_t threads[MAX_THREADS];
  const double start = now();
  for (int i = 0; i < n_threads; i++)
    if (pthread_create(&threads[i], NULL, run, work))
      exit(1);
  for (int i = 0; i < n_threads; i++)
    pthread_join(threads[i], NULL);
  return now() - start;
}

static int read_list(struct work *work, const char *path)
{
  FILE *file = fopen(path, "rb");
  struct block block;
  while (file && fread(&block, sizeof block, 1, file) == 1) {
    const size_t size = (work->n_blocks + 1) * sizeof block;
    struct block *more = realloc(work->blocks, size);
    if (!more)
      break;
    work->blocks = more;
    work->blocks[work->n_blocks++] = block;
    if ((size_t)block.stored > work->most_stored)
      work->most_stored = (size_t)block.stored;
    if ((size_t)block.decoded > work->most_decoded)
      work->most_decoded = (size_t)block.decoded;
  }
  if (file)
    fclose(file);
  return work->n_blocks ? 0 : -1;
}

int main(int argc, char **argv)
{
  struct work work = {0};
  if (argc == 2 && !strcmp(argv[1], "--version")) {
    puts(LIBDEFLATE_VERSION_STRING);
    return 0;
  }
  const int n_threads = argc == 5 ? atoi(argv[4]) : 0;
  work.fd = argc == 5 ? open(argv[2], O_RDONLY) : -1;
  if (work.fd < 0 || n_threads < 1 || n_threads > MAX_THREADS ||
      read_list(&work, argv[3])) {
    fprintf(stderr, "usage: inflate_rate zlib|gzip FILE LIST THREADS\n");
    return 1;
  }
  work.gzip = !strcmp(argv[1], "gzip");
  const double elapsed = seconds(&work, n_threads);
  close(work.fd);
  free(work.blocks);
  if (work.failed) {
    fprintf(stderr, "inflate_rate: %s: a block cannot be decoded\n", argv[2]);
    return 1;
  }
  printf("%.6f\n", elapsed);
  return 0;
}
