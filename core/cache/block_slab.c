/* See block_slab.h.  Slabs are found by going through those that have room: one for each
 * size that is in use, and those where something was given back. */
#include "core/cache/block_slab.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/cleanup.h"

enum {
  HUGE = 2 << 20,
  SLAB = 64 << 20, /* of addresses */
  SLOT_MIN = 32 << 10,
  SLOT_MAX = 16 << 20,
  WORD = 64,
};
static const size_t BUDGET_MIN = 64 << 20;

struct slab {
  struct slabs *owner;
  char *memory;
  size_t slot; /* bytes of one */
  size_t slots, used;
  uint64_t free[SLAB / SLOT_MIN / WORD]; /* a bit for each free slot */
  struct slab *next, *prev;              /* while used < slots */
};

/* --- the system's pages ----------------------------------------------------------- */

static bool has_huge_pages(void)
{
  static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
  char words[64] = "";
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  const bool read = fgets(words, sizeof words, file);
  fclose(file);
  return read && !strstr(words, "[never]");
}

/* Addresses that begin at a huge page; NULL without memory. */
static char *map(void)
{
  char *const all = mmap(NULL, SLAB + HUGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  const size_t before = (size_t)(-(uintptr_t)all % HUGE);
  if (before)
    munmap(all, before);
  munmap(all + before + SLAB, HUGE - before);
  return all + before;
}

/* --- slabs (lock held) ------------------------------------------------------------ */

static void list(struct slab *slab)
{
  struct slabs *const owner = slab->owner;
  slab->prev = NULL;
  slab->next = owner->roomy;
  if (slab->next)
    slab->next->prev = slab;
  owner->roomy = slab;
}

static void unlist(struct slab *slab)
{
  if (slab->next)
    slab->next->prev = slab->prev;
  if (slab->prev)
    slab->prev->next = slab->next;
  else
    slab->owner->roomy = slab->next;
}

static struct slab *add(struct slabs *slabs, size_t size)
{
  struct slab *const slab = calloc(1, sizeof *slab);
  if (!slab || !(slab->memory = map())) {
    free(slab);
    return NULL;
  }
  slab->owner = slabs;
  slab->slot = size;
  slab->slots = SLAB / size;
  for (size_t i = 0; i < slab->slots; i++)
    slab->free[i / WORD] |= UINT64_C(1) << i % WORD;
  /* not the huge page that slots leave in part: it would be held whole */
  madvise(slab->memory, slab->slots * size / HUGE * HUGE, MADV_HUGEPAGE);
  list(slab);
  return slab;
}

/* The first free slot, so that huge pages are filled one by one. */
static char *take(struct slab *slab)
{
  size_t word = 0;
  while (!slab->free[word])
    word++;
  const size_t i = word * WORD + (size_t)__builtin_ctzll(slab->free[word]);
  slab->free[word] &= slab->free[word] - 1;
  if (++slab->used == slab->slots)
    unlist(slab);
  return slab->memory + i * slab->slot;
}

/* true: nothing of it is in use any more, and it is out of the list. */
static bool give(struct slab *slab, const char *slot)
{
  const size_t i = (size_t)(slot - slab->memory) / slab->slot;
  assert(!(slab->free[i / WORD] >> i % WORD & 1));
  slab->free[i / WORD] |= UINT64_C(1) << i % WORD;
  if (slab->used-- == slab->slots)
    list(slab);
  if (slab->used)
    return false;
  unlist(slab);
  return true;
}

/* --- the doors -------------------------------------------------------------------- */

char *slab_take(struct slabs *slabs, size_t size, struct slab **slab)
{
  if (!slabs->on || size < SLOT_MIN || size > SLOT_MAX)
    return NULL;
  LOCK_FOR_SCOPE(&slabs->lock);
  struct slab *found = slabs->roomy;
  while (found && found->slot != size)
    found = found->next;
  if (!found && !(found = add(slabs, size)))
    return NULL;
  *slab = found;
  return take(found);
}

void slab_give(struct slab *slab, char *slot)
{
  struct slabs *const owner = slab->owner;
  madvise(slot, slab->slot, MADV_DONTNEED);
  pthread_mutex_lock(&owner->lock);
  const bool unused = give(slab, slot);
  pthread_mutex_unlock(&owner->lock);
  if (!unused)
    return;
  munmap(slab->memory, SLAB);
  free(slab);
}

void slabs_init(struct slabs *slabs, size_t budget)
{
  *slabs = (struct slabs){.on = budget >= BUDGET_MIN && has_huge_pages()};
  pthread_mutex_init(&slabs->lock, NULL);
}

void slabs_destroy(struct slabs *slabs)
{
  assert(!slabs->roomy);
  pthread_mutex_destroy(&slabs->lock);
}
