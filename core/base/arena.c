/* A bump allocator: a list of chunks, each twice the size of the one before up to a
 * limit.  The rest of a chunk is lost when the next one is opened; with allocations of a
 * few hundred bytes that is a few per cent. */
#include "core/base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, CHUNK_MIN = 8 * 1024, CHUNK_MAX = 512 * 1024 };

struct arena_chunk {
  struct arena_chunk *next;
  size_t size; /* bytes of data[] */
  _Alignas(ALIGN) char data[];
};

void arena_init(struct arena *arena)
{
  arena->chunks = NULL;
  arena->used = 0;
}

void arena_free(struct arena *arena)
{
  while (arena->chunks) {
    struct arena_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    free(chunk);
  }
  arena->used = 0;
}

static size_t room_left(const struct arena *arena)
{
  return (arena->chunks ? arena->chunks->size : sizeof arena->fixed) - arena->used;
}

/* A new chunk that holds at least `size` bytes. */
static int add_chunk(struct arena *arena, size_t size)
{
  size_t room = arena->chunks ? 2 * arena->chunks->size : CHUNK_MIN;
  if (room > CHUNK_MAX)
    room = CHUNK_MAX;
  if (room < size)
    room = size;
  struct arena_chunk *chunk = malloc(sizeof *chunk + room);
  if (!chunk)
    return -1;
  chunk->next = arena->chunks;
  chunk->size = room;
  arena->chunks = chunk;
  arena->used = 0;
  return 0;
}

static void *take(struct arena *arena, size_t size)
{
  char *start = arena->chunks ? arena->chunks->data : arena->fixed;
  char *at = start + arena->used;
  arena->used += size;
  return memset(at, 0, size);
}

void *arena_alloc(struct arena *arena, size_t size, struct err *err)
{
  if (size <= PTRDIFF_MAX - sizeof(struct arena_chunk) - ALIGN) {
    size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (rounded <= room_left(arena) || !add_chunk(arena, rounded))
      return take(arena, rounded);
  }
  err_set(err, ENOMEM, "out of memory (%zu bytes)", size);
  return NULL;
}

void *arena_array(struct arena *arena, size_t n, size_t size, struct err *err)
{
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) {
    err_set(err, ENOMEM, "out of memory (%zu times %zu bytes)", n, size);
    return NULL;
  }
  return arena_alloc(arena, bytes, err);
}

size_t arena_bytes(const struct arena *arena)
{
  size_t bytes = 0;
  for (const struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
    bytes += sizeof *chunk + chunk->size;
  return bytes;
}

char *arena_strdup(struct arena *arena, const char *text, struct err *err)
{
  size_t size = strlen(text) + 1;
  char *copy = arena_alloc(arena, size, err);
  return copy ? memcpy(copy, text, size) : NULL;
}

char *arena_printf(struct arena *arena, struct err *err, const char *fmt, ...)
{
  va_list args, again;
  va_start(args, fmt);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, fmt, args);
  char *text = NULL;
  if (length < 0)
    err_set(err, EOVERFLOW, "a text is too long");
  else if ((text = arena_alloc(arena, (size_t)length + 1, err)))
    vsnprintf(text, (size_t)length + 1, fmt, again);
  va_end(again);
  va_end(args);
  return text;
}
