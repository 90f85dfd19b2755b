/* See read_buffer.h. */
#include "fs/read_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct {
  char *data;
  size_t size;
} buffer;

static void make_key(void)
{
  if (pthread_key_create(&key, free))
    abort(); /* cannot fail: of 1024 keys the program uses this one */
}

char *read_buffer(size_t size, struct err *err)
{
  if (size && size <= buffer.size)
    return buffer.data;
  pthread_once(&once, make_key);
  free(buffer.data);
  buffer.size = 0;
  buffer.data = malloc(size ? size : 1);
  if (buffer.data)
    buffer.size = size;
  else
    err_set(err, ENOMEM, "out of memory for a read of %zu bytes", size);
  pthread_setspecific(key, buffer.data);
  return buffer.data;
}
