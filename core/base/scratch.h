/* Short-lived memory: what a decoder needs beside its result, for the time of one block.
 * Buffers that were put back are lent again, last in, first out, so that their pages are
 * mapped and in the processor's cache; only little is kept.  malloc() would often give
 * fresh pages: tiles of 64 KiB decode a quarter slower with it (scripts/bench
 * tiles-first). */
#ifndef TESSERAFS_SCRATCH_H
#define TESSERAFS_SCRATCH_H

#include <stddef.h>

/* Returns at least `size` bytes, aligned for any type, of undefined content; NULL without
 * memory.  Thread safe. */
void *scratch_get(size_t size);
void scratch_put(void *scratch); /* NULL: nothing */

static inline void cleanup_scratch(void *ptr)
{
  scratch_put(*(void **)ptr);
}

#define CLEANUP_SCRATCH __attribute__((cleanup(cleanup_scratch)))

#endif
