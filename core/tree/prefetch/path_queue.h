/* Paths that wait their turn: first in, first out, as text in pieces of fixed size, so
 * that a hundred thousand of them cost their length and a drained queue nothing. */
#ifndef TESSERAFS_PATH_QUEUE_H
#define TESSERAFS_PATH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATH_QUEUE_BYTES = 16 * 1024 * 1024, PATH_QUEUE_PATH = 4096 /* with its NUL */ };

struct path_chunk;

/* Starts as {0}; locked by its owner. */
struct path_queue {
  struct path_chunk *first, *last;
  size_t bytes; /* of chunks */
  int64_t count;
};

void path_queue_free(struct path_queue *queue);
/* A copy of the `size` bytes of a path (less than PATH_QUEUE_PATH, no NUL among them).
 * false: PATH_QUEUE_BYTES are full, or there is no memory. */
bool path_queue_push(struct path_queue *queue, const char *path, size_t size);
/* The oldest, NUL-terminated.  false: empty. */
bool path_queue_pop(struct path_queue *queue, char out[PATH_QUEUE_PATH]);

#endif
