/* Contents that were open before: their blocks stay in the cache under the id that the
 * source had, for whoever opens the same content again.  Of a volume in more files than
 * may be open at once, a file is closed and opened again and again. */
#ifndef TESSERAFS_SOURCE_KNOWN_H
#define TESSERAFS_SOURCE_KNOWN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct source;

/* At most so many are remembered, about 300 bytes each; of the others the blocks go like
 * any that nobody asks for. */
enum { KNOWN_MAX = 32768, KNOWN_BUCKETS = 8192 };

struct known_content;
LIST_HEAD(known_chain, known_content);
TAILQ_HEAD(known_order, known_content);

struct source_known {
  pthread_mutex_t lock;
  /* protected by lock */
  int n;
  struct known_order order; /* oldest first */
  struct known_chain by_hash[KNOWN_BUCKETS];
};

void source_known_init(struct source_known *self);
void source_known_free(struct source_known *self);
/* A source that ends leaves its id; false when there is no memory, or the same content
 * has left another. */
bool source_known_leave(struct source_known *self, const struct source *source);
/* The id that the same content (files by device, inode, size and times; format) left, and
 * no longer leaves; 0: none. */
uint64_t source_known_take(struct source_known *self, const struct source *source);

#endif
