/* A checksum of a stream that is read in any order: bytes that are read are summed on the
 * way, and only bytes that were never read are generated when the sum is asked for.
 *
 * Sums of up to SUMMED_RUNS separate runs are kept, and joined when they meet, so that
 * nothing is lost when reads overtake one another (the kernel's read-ahead on several
 * threads). */
#ifndef TESSERAFS_CHECKSUM_H
#define TESSERAFS_CHECKSUM_H

#include <pthread.h>

#include "core/encoding/layout.h"

struct checksum {
  uint32_t empty; /* the sum of no bytes */
  uint32_t (*of)(const void *bytes, size_t size);
  /* Returns the sum of a followed by b, from their sums and the size of b. */
  uint32_t (*join)(uint32_t a, uint32_t b, int64_t b_size);
};

extern const struct checksum checksum_crc32, checksum_adler32;

enum { SUMMED_RUNS = 32 };

struct summed {
  struct stream of;
  const struct checksum *checksum;
  pthread_mutex_t lock;
  int nruns; /* protected by lock, as runs[] is; the lock is never held while
              * generating */
  struct summed_run {
    int64_t start, end;
    uint32_t sum;
  } runs[SUMMED_RUNS]; /* in order, and not touching */
};

/* Makes the sum in the arena, which must outlive all reads; NULL with ENOMEM. */
struct summed *summed_new(struct stream of, const struct checksum *checksum,
                          struct arena *arena, struct err *err);
/* Returns a stream of the same bytes; reading them through it sums them. */
struct stream summed_as_stream(struct summed *summed);
/* Gives the checksum of the whole stream.  Thread safe.  -1: the error of generating
 * bytes, or EINTR. */
int summed_total(struct summed *summed, uint32_t *sum, struct err *err);

#endif
