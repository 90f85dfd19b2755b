/* A hash table whose entries are also ordered by age.  Entries hold fingerprints, not
 * paths: two files with the same device, inode, size and times are the same content by
 * any name. */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "core/source/source_inside.h"

struct known_content {
  uint64_t hash, id;
  const struct source_format *format;
  TAILQ_ENTRY(known_content) neighbours;
  LIST_ENTRY(known_content) chain;
  int nfiles;
  struct fingerprint prints[];
};

void source_known_init(struct source_known *self)
{
  pthread_mutex_init(&self->lock, NULL);
  TAILQ_INIT(&self->order);
}

/* The lock is held. */
static void take_out(struct source_known *self, struct known_content *content)
{
  LIST_REMOVE(content, chain);
  TAILQ_REMOVE(&self->order, content, neighbours);
  self->n--;
}

void source_known_free(struct source_known *self)
{
  for (struct known_content *first; (first = TAILQ_FIRST(&self->order));) {
    take_out(self, first);
    free(first);
  }
  pthread_mutex_destroy(&self->lock);
}

static struct known_chain *chain_of(struct source_known *self, uint64_t hash)
{
  return &self->by_hash[hash % KNOWN_BUCKETS];
}

static bool is_of(const struct known_content *content, const struct source *source)
{
  bool same = content->format == source->format && content->nfiles == source->nfiles;
  for (int i = 0; same && i < source->nfiles; i++)
    same = source_same_print(&content->prints[i], &source->files[i]->print);
  return same;
}

/* The lock is held. */
static struct known_content *find(struct source_known *self, const struct source *source,
                                  uint64_t hash)
{
  struct known_content *content = LIST_FIRST(chain_of(self, hash));
  while (content && !(content->hash == hash && is_of(content, source)))
    content = LIST_NEXT(content, chain);
  return content;
}

bool source_known_leave(struct source_known *self, const struct source *source)
{
  const size_t prints = (size_t)source->nfiles * sizeof(struct fingerprint);
  struct known_content *content = calloc(1, sizeof *content + prints);
  if (!content)
    return false;
  content->hash = source_prints_hash(source);
  content->id = source->id;
  content->format = source->format;
  content->nfiles = source->nfiles;
  for (int i = 0; i < source->nfiles; i++)
    content->prints[i] = source->files[i]->print;
  struct known_content *oldest = NULL;
  pthread_mutex_lock(&self->lock);
  const bool left = !find(self, source, content->hash);
  if (left) {
    if (self->n == KNOWN_MAX)
      take_out(self, oldest = TAILQ_FIRST(&self->order));
    LIST_INSERT_HEAD(chain_of(self, content->hash), content, chain);
    TAILQ_INSERT_TAIL(&self->order, content, neighbours);
    self->n++;
  }
  pthread_mutex_unlock(&self->lock);
  free(oldest);
  if (!left)
    free(content);
  return left;
}

uint64_t source_known_take(struct source_known *self, const struct source *source)
{
  const uint64_t hash = source_prints_hash(source);
  pthread_mutex_lock(&self->lock);
  struct known_content *content = find(self, source, hash);
  const uint64_t id = content ? content->id : 0;
  if (content)
    take_out(self, content);
  pthread_mutex_unlock(&self->lock);
  free(content);
  return id;
}
