/* Memory of blocks by the slab: a range of huge pages, cut into slots of one size.
 * Private to the cache.
 *
 * A page that is touched for the first time costs a fault, one of 4 KiB as much as one of
 * 2 MiB; filling a cache takes hundreds of thousands (scripts/bench npy-gzip: 1.2 - 1.6 s
 * by pages, 0.8 - 0.9 by huge ones).  What slabs hold beside the slots that are in use,
 * which is what the cache counts, is at most SLAB_SLACK bytes: the rest of a huge page
 * that is being filled, slots that were given back a moment ago.  What would be more is
 * given back to the system, or not taken from here. */
#ifndef TESSERAFS_BLOCK_SLAB_H
#define TESSERAFS_BLOCK_SLAB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum { SLAB_SLACK = 16 << 20 };

struct slab;

struct slabs {
  bool on;                      /* else nothing is taken from here */
  pthread_mutex_t lock;         /* protects the rest, and all slabs */
  LIST_HEAD(roomy, slab) roomy; /* those with a free slot */
  size_t slack;                 /* bytes held that are of no slot in use; <= SLAB_SLACK */
};

/* budget: bytes of the cache; a small one does without. */
void slabs_init(struct slabs *slabs, size_t budget);
void slabs_destroy(struct slabs *slabs); /* every slot was given back */

/* A slot of size bytes (whole pages) and its slab; NULL: to be had elsewhere. */
char *slab_take(struct slabs *slabs, size_t size, struct slab **slab);
void slab_give(struct slab *slab, char *slot);

#endif
