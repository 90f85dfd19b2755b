/* See block_slab.h.  A slab is found by walking the list of those that have a free slot;
 * the list is short: one slab for each size in use, and those where a slot was given
 * back. */
#include "core/cache/block_slab.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/cache/block_table.h"

enum {
  HUGE = 2 << 20,
  SLAB = 64 << 20, /* bytes of addresses */
  SLOT_MIN = 32 << 10,
  SLOT_MAX = 16 << 20,
  WORD = 64,
  WORDS = SLAB / SLOT_MIN / WORD,
};
static const size_t BUDGET_MIN = 64 << 20;

struct slab {
  struct slabs *owner;
  char *memory;
  size_t slot; /* bytes of one */
  size_t slots, used;
  size_t touched;              /* bytes from the beginning that were ever held */
  size_t gone;                 /* bytes of these in slots that the system has back */
  uint64_t free[WORDS];        /* a bit for each free slot */
  uint64_t released[WORDS];    /* a bit for each free slot whose memory the system has
                                * back */
  LIST_ENTRY(slab) neighbours; /* on the list while used < slots */
};

/* --- the system's pages ------------------------------------------------------------ */

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

/* Maps SLAB bytes that begin at a huge page; returns NULL without memory. */
static char *map(void)
{
  char *all = mmap(NULL, SLAB + HUGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  const size_t before = (size_t)(-(uintptr_t)all % HUGE);
  if (before)
    munmap(all, before);
  munmap(all + before + SLAB, HUGE - before);
  return all + before;
}

static void unmap(struct slab *slab)
{
  munmap(slab->memory, SLAB);
  free(slab);
}

/* --- slabs (lock held) ------------------------------------------------------------- */

static bool is_in(const uint64_t *set, size_t i)
{
  return set[i / WORD] >> i % WORD & 1;
}

static void put_in(uint64_t *set, size_t i)
{
  set[i / WORD] |= UINT64_C(1) << i % WORD;
}

static void take_out(uint64_t *set, size_t i)
{
  set[i / WORD] &= ~(UINT64_C(1) << i % WORD);
}

static struct slab *add(struct slabs *slabs, size_t size)
{
  struct slab *slab = calloc(1, sizeof *slab);
  if (!slab || !(slab->memory = map())) {
    free(slab);
    return NULL;
  }
  slab->owner = slabs;
  slab->slot = size;
  slab->slots = SLAB / size;
  for (size_t i = 0; i < slab->slots; i++)
    put_in(slab->free, i);
  /* the last huge page is left out when slots fill only part of it: it would be held
   * whole */
  madvise(slab->memory, slab->slots * size / HUGE * HUGE, MADV_HUGEPAGE);
  LIST_INSERT_HEAD(&slab->owner->roomy, slab, neighbours);
  return slab;
}

/* Returns the bytes that the system holds from the slab's beginning once slot i is
 * touched: whole huge pages, except at the end. */
static size_t touched_by(const struct slab *slab, size_t i)
{
  const size_t end = (i + 1) * slab->slot, all = slab->slots * slab->slot;
  const size_t huge = (end + HUGE - 1) / HUGE * HUGE;
  const size_t touched = huge <= all ? huge : end;
  return touched > slab->touched ? touched : slab->touched;
}

/* Takes the first free slot, so that huge pages are filled one by one; returns NULL when
 * the slabs would hold too much unused memory. */
static char *take(struct slab *slab)
{
  size_t word = 0;
  while (!slab->free[word])
    word++;
  const size_t i = word * WORD + (size_t)__builtin_ctzll(slab->free[word]);
  const size_t touched = touched_by(slab, i);
  const size_t again = is_in(slab->released, i) ? slab->slot : 0;
  const size_t slack = slab->owner->slack + touched - slab->touched + again - slab->slot;
  if (slack > SLAB_SLACK)
    return NULL;
  slab->owner->slack = slack;
  slab->touched = touched;
  slab->gone -= again;
  take_out(slab->released, i);
  take_out(slab->free, i);
  if (++slab->used == slab->slots)
    LIST_REMOVE(slab, neighbours);
  return slab->memory + i * slab->slot;
}

/* Takes the slab out of the list; the caller unmaps it. */
static void drop(struct slab *slab)
{
  slab->owner->slack -= slab->touched - slab->gone;
  LIST_REMOVE(slab, neighbours);
}

/* MADV_FREE splits a huge page of which only a part is released; MADV_DONTNEED alone
 * would keep the huge page whole until the system is short of memory
 * (mm/huge_memory.c). */
static void release(struct slab *slab, size_t i)
{
  char *slot = slab->memory + i * slab->slot;
  madvise(slot, slab->slot, MADV_FREE);
  madvise(slot, slab->slot, MADV_DONTNEED);
  put_in(slab->released, i);
  slab->gone += slab->slot;
  slab->owner->slack -= slab->slot;
}

/* Gives a slot back; returns true when no slot is in use any more and the slab was
 * dropped. */
static bool give(struct slab *slab, const char *slot)
{
  const size_t i = (size_t)(slot - slab->memory) / slab->slot;
  assert(!is_in(slab->free, i));
  put_in(slab->free, i);
  slab->owner->slack += slab->slot;
  if (slab->used-- == slab->slots)
    LIST_INSERT_HEAD(&slab->owner->roomy, slab, neighbours);
  if (!slab->used)
    drop(slab);
  else if (slab->owner->slack > SLAB_SLACK)
    release(slab, i);
  return !slab->used;
}

/* --- the doors --------------------------------------------------------------------- */

char *slab_take(struct slabs *slabs, size_t size, struct slab **slab)
{
  if (!slabs->on || size < SLOT_MIN || size > SLOT_MAX)
    return NULL;
  LOCK_FOR_SCOPE(&slabs->lock);
  struct slab *found = LIST_FIRST(&slabs->roomy);
  while (found && found->slot != size)
    found = LIST_NEXT(found, neighbours);
  if (!found && !(found = add(slabs, size)))
    return NULL;
  char *slot = take(found);
  if (!slot && !found->used) {
    drop(found);
    unmap(found);
  }
  *slab = slot ? found : NULL;
  return slot;
}

void slab_give(struct slab *slab, char *slot)
{
  struct slabs *owner = slab->owner;
  pthread_mutex_lock(&owner->lock);
  const bool unused = give(slab, slot);
  pthread_mutex_unlock(&owner->lock);
  if (unused)
    unmap(slab);
}

/* On a system with larger pages a slot could not be released without its neighbour. */
void slabs_init(struct slabs *slabs, size_t budget)
{
  *slabs = (struct slabs){.on = budget >= BUDGET_MIN &&
                                sysconf(_SC_PAGESIZE) == BLOCK_PAGE && has_huge_pages()};
  pthread_mutex_init(&slabs->lock, NULL);
}

void slabs_destroy(struct slabs *slabs)
{
  assert(LIST_EMPTY(&slabs->roomy) && !slabs->slack);
  pthread_mutex_destroy(&slabs->lock);
}
