/* Answers opens that come right after a change. */
#include "fs/kernel/revalidate.h"

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "fs/kernel/attr.h"

/* How long the kernel may believe what was true before a change was seen: ATTR_SECONDS
 * for ordinary answers; and for promises until they are taken back, by a thread that may
 * have to wait for a processor. */
static const int64_t SETTLE_MS = (int64_t)(ATTR_SECONDS * 1000) + 1500;

void revalidate_init(struct revalidate *self)
{
  *self = (struct revalidate){.lock = PTHREAD_MUTEX_INITIALIZER};
}

bool revalidate_wanted(struct revalidate *self, const struct tree_file *file, pid_t task)
{
  const uint64_t ino = tree_file_ino(file);
  const int64_t changed = tree_file_changed(file);
  if (!changed || clock_ms() - changed >= SETTLE_MS)
    return false;
  LOCK_FOR_SCOPE(&self->lock);
  for (size_t i = 0; i < REVALIDATE_TOLD; i++)
    if (self->told[i].ino == ino && self->told[i].changed == changed &&
        self->told[i].task == task)
      return false;
  self->told[self->next].ino = ino;
  self->told[self->next].changed = changed;
  self->told[self->next].task = task;
  self->next = (self->next + 1) % REVALIDATE_TOLD;
  return true;
}
