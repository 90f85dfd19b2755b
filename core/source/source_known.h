/* Contents that were open before: their blocks stay in the cache under the id of their
 * source, for the next source that opens the same content.  A volume in more files than
 * may be open at once closes and opens its files again and again. */
#ifndef TESSERAFS_SOURCE_KNOWN_H
#define TESSERAFS_SOURCE_KNOWN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct source;

/* At most KNOWN_MAX contents are remembered, about 300 bytes each; blocks of older ones
 * stay until the cache evicts them. */
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
/* Remembers the id of a source that ends; returns false when there is no memory, or when
 * the same content is remembered under another id. */
bool source_known_leave(struct source_known *self, const struct source *source);
/* Returns the id remembered for the same content (device, inode, size and times of all
 * files; format) and forgets it; 0 when there is none. */
uint64_t source_known_take(struct source_known *self, const struct source *source);

#endif
