/* Memory of blocks from slabs: a slab is a range of huge pages, cut into slots of one
 * size.  Private to the cache.
 *
 * The first touch of a page costs a fault, and a page of 4 KiB costs as much as one of 2
 * MiB; filling a cache takes hundreds of thousands of them (scripts/bench npy-gzip: 1.2 -
 * 1.6 s with small pages, 0.8 - 0.9 s with huge ones).  The cache counts only the slots
 * in use.  Slabs hold at most SLAB_SLACK bytes beyond those: the rest of a huge page that
 * is being filled, and slots that were given back a moment ago.  When it would be more, a
 * slot's memory is given back to the system, or the new memory is not taken from a
 * slab. */
#ifndef TESSERAFS_BLOCK_SLAB_H
#define TESSERAFS_BLOCK_SLAB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum { SLAB_SLACK = 16 << 20 };

struct slab;

struct slabs {
  bool on;                      /* false: slab_take() always returns NULL */
  pthread_mutex_t lock;         /* protects the rest, and all slabs */
  LIST_HEAD(roomy, slab) roomy; /* those with a free slot */
  size_t slack;                 /* bytes held that belong to no slot in use; <=
                                 * SLAB_SLACK */
};

/* budget: bytes of the cache; a small cache does not use slabs. */
void slabs_init(struct slabs *slabs, size_t budget);
void slabs_destroy(struct slabs *slabs); /* every slot was given back */

/* Takes a slot of `size` bytes (whole pages) and tells its slab.  Returns NULL when the
 * memory has to come from elsewhere. */
char *slab_take(struct slabs *slabs, size_t size, struct slab **slab);
void slab_give(struct slab *slab, char *slot);

#endif
