/* A list of chunks, each filled with NUL-terminated paths; one never spans two. */
#include "core/tree/prefetch/path_queue.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

struct path_chunk {
  struct path_chunk *next;
  size_t read, written; /* of text */
  char text[CHUNK - 3 * sizeof(size_t)];
};

static void drop_first(struct path_queue *queue)
{
  struct path_chunk *chunk = queue->first;
  queue->first = chunk->next;
  if (!queue->first)
    queue->last = NULL;
  queue->bytes -= sizeof *chunk;
  free(chunk);
}

void path_queue_free(struct path_queue *queue)
{
  while (queue->first)
    drop_first(queue);
  queue->count = 0;
}

static bool add_chunk(struct path_queue *queue)
{
  if (queue->bytes + sizeof(struct path_chunk) > PATH_QUEUE_BYTES)
    return false;
  struct path_chunk *chunk = malloc(sizeof *chunk);
  if (!chunk)
    return false;
  chunk->next = NULL;
  chunk->read = chunk->written = 0;
  if (queue->last)
    queue->last->next = chunk;
  else
    queue->first = chunk;
  queue->last = chunk;
  queue->bytes += sizeof *chunk;
  return true;
}

bool path_queue_push(struct path_queue *queue, const char *path, size_t size)
{
  const bool fits = queue->last && sizeof queue->last->text - queue->last->written > size;
  if (!fits && !add_chunk(queue))
    return false;
  struct path_chunk *chunk = queue->last;
  memcpy(chunk->text + chunk->written, path, size);
  chunk->text[chunk->written + size] = '\0';
  chunk->written += size + 1;
  queue->count++;
  return true;
}

bool path_queue_pop(struct path_queue *queue, char out[PATH_QUEUE_PATH])
{
  struct path_chunk *chunk = queue->first;
  if (!chunk)
    return false;
  const size_t size = strlen(chunk->text + chunk->read) + 1;
  memcpy(out, chunk->text + chunk->read, size);
  chunk->read += size;
  queue->count--;
  if (chunk->read == chunk->written)
    drop_first(queue);
  return true;
}
