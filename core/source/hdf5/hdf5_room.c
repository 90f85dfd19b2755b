/* Three sums under one lock. */
#include "core/source/hdf5/hdf5_room.h"

#include <errno.h>
#include <pthread.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"

enum { CHILDREN_FREE = 64 << 20, WAIT_MS = 50 /* between two looks at the token */ };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* room was given back */
/* protected by lock */
static int running;
static int64_t taken, charged; /* bytes: of all shares; of these, in budgets */

/* Takes the share if there is room for it now; the caller holds lock. */
static bool take(struct hdf5_share *share)
{
  const int64_t beyond = taken + share->bytes - CHILDREN_FREE - charged;
  if (beyond > 0 && !block_cache_charge(share->cache, (size_t)beyond)) {
    if (running)
      return false;
  } else if (beyond > 0) {
    share->charged = (size_t)beyond;
  }
  running++;
  taken += share->bytes;
  charged += (int64_t)share->charged;
  return true;
}

int hdf5_room_take(struct hdf5_share *share, struct block_cache *cache, int64_t bytes,
                   int64_t block, struct err *err)
{
  struct block_stats stats;
  *share = (struct hdf5_share){.cache = cache, .bytes = bytes};
  block_cache_stats(cache, &stats);
  if (bytes > CHILDREN_FREE + (int64_t)(stats.budget / 2))
    return err_set(err, EIO,
                   "a block of %lld bytes takes libhdf5 %lld bytes to read, which do not "
                   "fit beside the cache of %lld bytes: mount with cache=%lldM or more",
                   (long long)block, (long long)bytes, (long long)stats.budget,
                   (long long)(2 * ((bytes - CHILDREN_FREE) >> 20) + 2));
  LOCK_FOR_SCOPE(&lock);
  while (!take(share)) {
    clock_wait(&changed, &lock, WAIT_MS);
    if (cancel_check(err))
      return -1;
  }
  return 0;
}

void hdf5_room_give(struct hdf5_share *share)
{
  if (share->charged)
    block_cache_discharge(share->cache, share->charged);
  LOCK_FOR_SCOPE(&lock);
  running--;
  taken -= share->bytes;
  charged -= (int64_t)share->charged;
  pthread_cond_broadcast(&changed);
}
