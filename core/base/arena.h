/* Memory that is freed all at once.  Two owners use it: the mount (specs, tables) and an
 * open file (its few views).  Not thread safe. */
#ifndef TESSERAFS_ARENA_H
#define TESSERAFS_ARENA_H

#include <stddef.h>

#include "core/base/err.h"

struct arena_chunk;

/* The first bytes come from the struct itself, so that a short-lived arena on the stack
 * (a stat, say) needs no malloc at all. */
struct arena {
  struct arena_chunk *chunks; /* newest first */
  size_t used;                /* bytes used of fixed[], or of the newest chunk */
  _Alignas(16) char fixed[2048];
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena); /* leaves it empty and usable again */

/* Returns zeroed memory, aligned to 16 bytes; NULL with *err set to ENOMEM. */
void *arena_alloc(struct arena *arena, size_t size, struct err *err);
/* Allocates n * size bytes; the product is checked. */
void *arena_array(struct arena *arena, size_t n, size_t size, struct err *err);
/* Returns the bytes that the arena takes beside its own struct. */
size_t arena_bytes(const struct arena *arena);
char *arena_strdup(struct arena *arena, const char *text, struct err *err);
char *arena_printf(struct arena *arena, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
