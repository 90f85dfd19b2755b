/* Memory of blocks by the slab: a range of huge pages, cut into slots of one size.
 * Private to the cache.
 *
 * A page that is touched for the first time costs a fault, one of 4 KiB as much as one of
 * 2 MiB; filling a cache takes hundreds of thousands (scripts/bench npy-gzip: 1.2 - 1.6 s
 * by pages, 0.8 - 0.9 by huge ones).  What is given back to a slab is given back to the
 * system, so nothing is held that is not counted, but for the rest of the huge page at
 * which a slab is being filled. */
#ifndef TESSERAFS_BLOCK_SLAB_H
#define TESSERAFS_BLOCK_SLAB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct slab;

struct slabs {
  bool on;              /* else nothing is taken from here */
  pthread_mutex_t lock; /* protects the list, and all slabs */
  struct slab *roomy;   /* those with a free slot */
};

/* budget: bytes of the cache; a small one does without. */
void slabs_init(struct slabs *slabs, size_t budget);
void slabs_destroy(struct slabs *slabs); /* every slot was given back */

/* A slot of size bytes (whole pages) and its slab; NULL: to be had elsewhere. */
char *slab_take(struct slabs *slabs, size_t size, struct slab **slab);
void slab_give(struct slab *slab, char *slot);

#endif
