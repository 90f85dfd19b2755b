/* A stack of buffers: see scratch.h.  Sizes are rounded up, so that one buffer serves
 * blocks of similar stored size. */
#include "core/base/scratch.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

enum {
  ROUND = 64 * 1024,
  LARGEST = 2 << 20, /* bytes of the largest buffer that is kept */
  KEPT = 8 << 20,    /* bytes of all kept buffers together */
};

/* Under a sanitizer each buffer is allocated anew, so that overruns are seen. */
#if defined __SANITIZE_ADDRESS__
#define KEEPS false
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define KEEPS false
#endif
#endif
#ifndef KEEPS
#define KEEPS true
#endif

struct buffer {
  struct buffer *next;
  size_t size; /* bytes after this head */
  alignas(max_align_t) char bytes[];
};

static struct {
  pthread_mutex_t lock;
  struct buffer *top; /* protected by lock */
  size_t bytes;       /* of all buffers in the stack; protected by lock */
} stack = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct buffer *buffer_of(void *scratch)
{
  return (struct buffer *)((char *)scratch - offsetof(struct buffer, bytes));
}

/* Takes the newest buffer that is large enough but not much larger; NULL when there is
 * none. */
static struct buffer *take(size_t size)
{
  LOCK_FOR_SCOPE(&stack.lock);
  for (struct buffer **at = &stack.top; *at; at = &(*at)->next) {
    struct buffer *found = *at;
    if (found->size < size || found->size / 4 > size)
      continue;
    *at = found->next;
    stack.bytes -= found->size;
    return found;
  }
  return NULL;
}

/* Takes out the buffer at the bottom; the caller holds the lock, and the stack is not
 * empty. */
static struct buffer *oldest(void)
{
  struct buffer **at = &stack.top;
  while ((*at)->next)
    at = &(*at)->next;
  struct buffer *found = *at;
  *at = NULL;
  stack.bytes -= found->size;
  return found;
}

/* Keeps a buffer; returns a linked list of those to be freed: the buffer itself, or older
 * ones. */
static struct buffer *keep(struct buffer *buffer)
{
  struct buffer *gone = NULL;
  buffer->next = NULL;
  if (!KEEPS || buffer->size > LARGEST)
    return buffer;
  LOCK_FOR_SCOPE(&stack.lock);
  while (stack.bytes + buffer->size > KEPT) {
    struct buffer *one = oldest();
    one->next = gone;
    gone = one;
  }
  buffer->next = stack.top;
  stack.top = buffer;
  stack.bytes += buffer->size;
  return gone;
}

void *scratch_get(size_t size)
{
  if (size > SIZE_MAX / 2)
    return NULL;
  const size_t room = KEEPS ? (size + ROUND - 1) / ROUND * ROUND : size;
  struct buffer *buffer = KEEPS ? take(room) : NULL;
  if (!buffer) {
    buffer = malloc(sizeof *buffer + room);
    if (!buffer)
      return NULL;
    buffer->size = room;
  }
  return buffer->bytes;
}

void scratch_put(void *scratch)
{
  struct buffer *gone = scratch ? keep(buffer_of(scratch)) : NULL;
  while (gone) {
    struct buffer *next = gone->next;
    free(gone);
    gone = next;
  }
}
