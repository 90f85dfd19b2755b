/* Opens right after a change. */
#include "fs/revalidate.h"

#include "core/base/cleanup.h"
#include "fs/attr.h"

/* For how long the kernel may believe what was true before a change was seen. */
static const int64_t SETTLE_MS = (int64_t)(ATTR_SECONDS * 1000) + 100;

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void revalidate_init(struct revalidate *self)
{
  *self = (struct revalidate){.lock = PTHREAD_MUTEX_INITIALIZER};
}

bool revalidate_wanted(struct revalidate *self, uint64_t ino,
                       const struct tree_file *file)
{
  if (!tree_file_changed(file, SETTLE_MS))
    return false;
  const int64_t now = now_ms();
  LOCK_FOR_SCOPE(&self->lock);
  size_t slot = ino % REVALIDATE_SLOTS;
  if (self->told[slot].ino == ino && now < self->told[slot].until)
    return false;
  self->told[slot].ino = ino;
  self->told[slot].until = now + SETTLE_MS;
  return true;
}
