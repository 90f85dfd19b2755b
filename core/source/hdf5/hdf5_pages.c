/* A table of pages under one lock.  Entries are copied out, so no page is ever pinned. */
#include "core/source/hdf5/hdf5_pages.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"

enum { WAIT_MS = 50 /* between two looks at a waiting reader's token */ };

enum state { EMPTY, LOADING, READY };

static struct slot {
  enum state state;
  struct hdf5_page_key key;
  uint64_t used;              /* the clock when it was last asked for */
  struct hdf5_chunk_at *data; /* owned by the loading thread while LOADING; NULL before
                               * first use */
} slots[HDF5_PAGES];          /* protected by lock */
static uint64_t used_clock;   /* protected by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* a slot stopped LOADING */

/* The caller holds lock. */
static struct slot *find(const struct hdf5_page_key *key)
{
  for (int i = 0; i < HDF5_PAGES; i++)
    if (slots[i].state != EMPTY && slots[i].key.owner == key->owner &&
        slots[i].key.page == key->page)
      return &slots[i];
  return NULL;
}

/* Returns the slot to load into: an empty one, else the one not used for longest; NULL
 * when all are LOADING.  The caller holds lock. */
static struct slot *victim(void)
{
  struct slot *best = NULL;
  for (int i = 0; i < HDF5_PAGES; i++) {
    if (slots[i].state == EMPTY)
      return &slots[i];
    if (slots[i].state == READY && (!best || slots[i].used < best->used))
      best = &slots[i];
  }
  return best;
}

/* Fills the slot, and releases the lock while it loads.  The caller holds lock. */
static int load_slot(struct slot *slot, const struct hdf5_page_key *key,
                     hdf5_page_load_fn *load, void *ctx, struct err *err)
{
  if (!slot->data)
    slot->data = malloc(HDF5_PAGE_CHUNKS * sizeof *slot->data);
  if (!slot->data)
    return err_set(err, ENOMEM, "out of memory");
  slot->key = *key;
  slot->state = LOADING;
  pthread_mutex_unlock(&lock);
  const int rc = load(ctx, slot->data, err);
  pthread_mutex_lock(&lock);
  slot->state = rc ? EMPTY : READY;
  pthread_cond_broadcast(&changed);
  return rc;
}

int hdf5_page_entry(const struct hdf5_page_key *key, int index, hdf5_page_load_fn *load,
                    void *ctx, struct hdf5_chunk_at *out, struct err *err)
{
  LOCK_FOR_SCOPE(&lock);
  for (;;) {
    struct slot *slot = find(key);
    const bool known = slot != NULL;
    if (!known)
      slot = victim();
    if (!slot || (known && slot->state != READY)) {
      clock_wait(&changed, &lock, WAIT_MS);
      if (cancel_check(err))
        return -1;
      continue;
    }
    if (!known && load_slot(slot, key, load, ctx, err))
      return -1;
    slot->used = ++used_clock;
    *out = slot->data[index];
    return 0;
  }
}
