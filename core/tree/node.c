/* The table of nodes: by number, and by parent and name. */
#include "core/tree/node.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"

enum { ITEM_BITS = 32, CODE_BITS = 7, ID_SHIFT = ITEM_BITS + CODE_BITS };
static const uint64_t NUMBERS = UINT64_C(1) << (64 - ID_SHIFT);

/* Names that can be made up, by how long ago they were looked up. */
enum recent { FILES, DIRS, RECENTS, ELSE = RECENTS };
enum { MANY = 8 }; /* times what is kept: TREE_OLD_MANY */
static const struct {
  int64_t kept, slack; /* beyond kept + slack it is worth the while to give some back */
} limits[RECENTS] = {[FILES] = {TREE_FILES_KEPT, TREE_FILES_KEPT / 16},
                     [DIRS] = {TREE_DIRS_KEPT, TREE_DIRS_KEPT / 16}};

struct node {
  TAILQ_ENTRY(node) neighbours;         /* in its list of recent names */
  enum recent recent;                   /* that list; ELSE: in none */
  uint32_t round;                       /* of node_old_names(): something open needs it */
  struct node *next_number, *next_name; /* in their buckets */
  uint64_t number, parent;              /* parent: its id */
  uint64_t held;                        /* look-ups not yet forgotten */
  uint64_t ino;
  bool unnamed;       /* its name was taken away */
  struct place place; /* place.name: this node's name; referenced */
  char name[];
};

struct node_table {
  pthread_mutex_t lock; /* protects all below */
  struct node **by_number, **by_name;
  size_t nbuckets; /* a power of two; grows and shrinks with count */
  int64_t count;
  uint64_t next; /* where the search for the next node's number begins */
  TAILQ_HEAD(recent_names, node) recent[RECENTS]; /* the oldest first */
  int64_t nrecent[RECENTS];
  uint32_t round;
  struct place root;
  atomic_int old; /* enum tree_old */
};

static uint64_t number_of(uint64_t id)
{
  return id == TREE_ROOT ? 0 : id >> ID_SHIFT;
}

static size_t name_hash(uint64_t parent, const char *name)
{
  return (size_t)text_hash(parent, name, strlen(name));
}

/* Numbers count up: their low bits spread evenly. */
static struct node **number_bucket(struct node_table *table, uint64_t number)
{
  return &table->by_number[number & (table->nbuckets - 1)];
}

static struct node **name_bucket(struct node_table *table, uint64_t parent,
                                 const char *name)
{
  return &table->by_name[name_hash(parent, name) & (table->nbuckets - 1)];
}

static struct node *find_number(struct node_table *table, uint64_t number)
{
  struct node *node = *number_bucket(table, number);
  while (node && node->number != number)
    node = node->next_number;
  return node;
}

static struct node *find_name(struct node_table *table, uint64_t parent, const char *name)
{
  struct node *node = *name_bucket(table, parent, name);
  while (node && (node->unnamed || node->parent != parent || strcmp(node->name, name)))
    node = node->next_name;
  return node;
}

static void link_node(struct node_table *table, struct node *node)
{
  struct node **bucket = number_bucket(table, node->number);
  node->next_number = *bucket;
  *bucket = node;
  bucket = name_bucket(table, node->parent, node->name);
  node->next_name = *bucket;
  *bucket = node;
}

static void unlink_node(struct node_table *table, struct node *node)
{
  struct node **p = number_bucket(table, node->number);
  while (*p != node)
    p = &(*p)->next_number;
  *p = node->next_number;
  p = name_bucket(table, node->parent, node->name);
  while (*p != node)
    p = &(*p)->next_name;
  *p = node->next_name;
}

/* Which names could be made up: those of files, and of directories that bring a view or
 * an epoch along. */
static enum recent recent_of(const struct place *place, const struct place *up)
{
  if (place->file)
    return FILES;
  return place->use != up->use || place->epoch != up->epoch ? DIRS : ELSE;
}

static void leave_recent(struct node_table *table, struct node *node)
{
  if (node->recent == ELSE)
    return;
  TAILQ_REMOVE(&table->recent[node->recent], node, neighbours);
  table->nrecent[node->recent]--;
  node->recent = ELSE;
}

static void join_recent(struct node_table *table, struct node *node, enum recent recent)
{
  leave_recent(table, node);
  node->recent = recent;
  if (recent == ELSE)
    return;
  TAILQ_INSERT_TAIL(&table->recent[recent], node, neighbours);
  const int64_t n = ++table->nrecent[recent];
  if (n > limits[recent].kept + limits[recent].slack)
    atomic_store_explicit(&table->old,
                          n > MANY * limits[recent].kept ? TREE_OLD_MANY : TREE_OLD_SOME,
                          memory_order_relaxed);
}

/* Keeps between a quarter and one node a bucket.  Without memory it stays as it is. */
static void resize(struct node_table *table)
{
  size_t want = table->nbuckets;
  if ((size_t)table->count > want)
    want *= 2;
  else if (want > 1024 && (size_t)table->count < want / 4)
    want /= 2;
  if (want == table->nbuckets)
    return;
  const bool shrinks = want < table->nbuckets;
  struct node **by_number = calloc(want, sizeof(struct node *));
  struct node **by_name = calloc(want, sizeof(struct node *));
  if (!by_number || !by_name) {
    free(by_number);
    free(by_name);
    return;
  }
  struct node **old = table->by_number;
  size_t n = table->nbuckets;
  free(table->by_name);
  table->by_number = by_number;
  table->by_name = by_name;
  table->nbuckets = want;
  for (size_t i = 0; i < n; i++)
    for (struct node *next, *node = old[i]; node; node = next) {
      next = node->next_number;
      link_node(table, node);
    }
  free(old);
  if (shrinks)
    malloc_trim(0); /* else what a hundred thousand names took stays with the process */
}

struct node_table *node_table_new(struct world *world, const struct dir_type *dir,
                                  struct err *err)
{
  struct node_table *table = calloc(1, sizeof *table);
  if (table) {
    table->nbuckets = 1024;
    table->by_number = calloc(table->nbuckets, sizeof(struct node *));
    table->by_name = calloc(table->nbuckets, sizeof(struct node *));
  }
  if (!table || !table->by_number || !table->by_name) {
    node_table_free(table);
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&table->lock, NULL);
  for (int r = 0; r < RECENTS; r++)
    TAILQ_INIT(&table->recent[r]);
  table->next = 1;
  table->root = (struct place){
      .dir = dir, .world = world_ref(world), .scan = -1, .split = -1, .item = -1};
  return table;
}

void node_table_free(struct node_table *table)
{
  if (!table)
    return;
  for (size_t i = 0; table->by_number && i < table->nbuckets; i++)
    for (struct node *next, *node = table->by_number[i]; node; node = next) {
      next = node->next_number;
      place_unref(&node->place);
      free(node);
    }
  world_unref(table->root.world);
  free(table->by_number);
  free(table->by_name);
  free(table);
}

int node_get(struct node_table *table, uint64_t id, struct place *out,
             char name[TREE_NAME_MAX + 1], uint64_t *ino, struct err *err)
{
  if (id == TREE_ROOT) {
    *out = table->root;
    place_ref(out);
    *ino = TREE_ROOT;
    *name = '\0';
    return 0;
  }
  {
    LOCK_FOR_SCOPE(&table->lock);
    struct node *node = find_number(table, number_of(id));
    if (!node)
      return err_set(err, ESTALE, "node %llx is gone", (unsigned long long)id);
    *out = node->place;
    *ino = node->ino;
    memcpy(name, node->name, strlen(node->name) + 1);
    place_ref(out);
  }
  out->name = name;
  const uint64_t code = id >> ITEM_BITS & ((1u << CODE_BITS) - 1);
  if (code) {
    out->file = out->dir->items;
    out->dir = NULL;
    out->encoding = (int)code - 1;
    out->item = (int64_t)(id & ((UINT64_C(1) << ITEM_BITS) - 1));
    *ino = node_child_ino(*ino, NULL, out);
  }
  return 0;
}

static const struct place *place_of(struct node_table *table, uint64_t id)
{
  const struct node *node = id == TREE_ROOT ? NULL : find_number(table, number_of(id));
  return node ? &node->place : &table->root;
}

/* Counts one more look-up (lock held) and returns the id. */
static uint64_t hold(struct node_table *table, struct node *node)
{
  node->held++;
  join_recent(table, node, recent_of(&node->place, place_of(table, node->parent)));
  return node->number << ID_SHIFT;
}

uint64_t node_find(struct node_table *table, uint64_t parent, const char *name)
{
  LOCK_FOR_SCOPE(&table->lock);
  struct node *node = find_name(table, parent, name);
  return node ? hold(table, node) : 0;
}

/* A number that no node has (lock held); 0: there is none. */
static uint64_t free_number(struct node_table *table)
{
  for (uint64_t tried = 1; tried < NUMBERS; tried++) {
    const uint64_t number = table->next;
    table->next = number + 1 < NUMBERS ? number + 1 : 1;
    if (!find_number(table, number))
      return number;
  }
  return 0;
}

static struct node *node_new(const char *name, const struct place *place)
{
  const size_t size = strlen(name) + 1;
  struct node *made = calloc(1, sizeof *made + size);
  if (!made)
    return NULL;
  memcpy(made->name, name, size);
  made->recent = ELSE;
  made->place = *place;
  made->place.name = made->name;
  place_ref(&made->place);
  return made;
}

static void node_free(struct node *node)
{
  place_unref(&node->place);
  free(node);
}

/* The id of a numbered item; 0: it needs a node. */
static uint64_t item_id(uint64_t dir, const struct place *item)
{
  if (!item->file || !item->file->numbered || item->item < 0 || item->item >> ITEM_BITS ||
      item->encoding + 1 >= 1 << CODE_BITS)
    return 0;
  return dir | (uint64_t)(item->encoding + 1) << ITEM_BITS | (uint64_t)item->item;
}

uint64_t node_hold(struct node_table *table, uint64_t parent, const char *name,
                   const struct place *place, struct err *err)
{
  const uint64_t item = item_id(parent, place);
  struct node *made = item ? NULL : node_new(name, place);
  if (!item && !made) {
    err_set(err, ENOMEM, "out of memory");
    return 0;
  }
  LOCK_FOR_SCOPE(&table->lock);
  struct node *up = find_number(table, number_of(parent));
  if (item) {
    if (up)
      up->held++;
    return item;
  }
  struct node *node = find_name(table, parent, name);
  const uint64_t number = node ? 0 : free_number(table);
  if (!number) {
    node_free(made);
    if (!node) {
      err_set(err, ENFILE, "more than %llu names are held", (unsigned long long)NUMBERS);
      return 0;
    }
    return hold(table, node);
  }
  made->number = number;
  made->parent = parent;
  made->ino = node_child_ino(up ? up->ino : TREE_ROOT, name, place);
  table->count++;
  link_node(table, made);
  resize(table);
  return hold(table, made);
}

void node_unname(struct node_table *table, uint64_t parent, const char *name)
{
  LOCK_FOR_SCOPE(&table->lock);
  struct node *node = find_name(table, parent, name);
  if (node)
    node->unnamed = true;
}

void node_rename(struct node_table *table, uint64_t parent, const char *name,
                 uint64_t to_parent, const char *to_name, const struct place *place)
{
  struct node *made = node_new(to_name, place), *gone = made;
  {
    LOCK_FOR_SCOPE(&table->lock);
    struct node *node = find_name(table, parent, name);
    struct node *covered = find_name(table, to_parent, to_name);
    const struct node *up = find_number(table, number_of(to_parent));
    if (covered && covered != node)
      covered->unnamed = true;
    if (node && !made)
      node->unnamed = true;
    if (node && made) {
      made->number = node->number;
      made->held = node->held;
      made->parent = to_parent;
      made->ino = node_child_ino(up ? up->ino : TREE_ROOT, to_name, place);
      unlink_node(table, node);
      link_node(table, made);
      join_recent(table, made, node->recent);
      leave_recent(table, node);
      gone = node;
    }
  }
  if (gone)
    node_free(gone);
}

void node_forget(struct node_table *table, uint64_t id, uint64_t n)
{
  struct node *node;
  if (id == TREE_ROOT)
    return;
  {
    LOCK_FOR_SCOPE(&table->lock);
    node = find_number(table, number_of(id));
    if (!node)
      return;
    node->held -= n < node->held ? n : node->held;
    if (node->held)
      return;
    unlink_node(table, node);
    leave_recent(table, node);
    table->count--;
    resize(table);
  }
  node_free(node); /* a world may end with it, which closes files */
}

enum tree_old node_has_old_names(struct node_table *table)
{
  return (enum tree_old)atomic_load_explicit(&table->old, memory_order_relaxed);
}

/* Marks what is open and all above it (lock held). */
static void mark_open(struct node_table *table, const uint64_t *open, size_t nopen)
{
  table->round++;
  for (size_t i = 0; i < nopen; i++) {
    struct node *node = find_number(table, number_of(open[i]));
    while (node && node->round != table->round) {
      node->round = table->round;
      node = find_number(table, number_of(node->parent));
    }
  }
}

size_t node_old_names(struct node_table *table, bool dirs, const uint64_t *open,
                      size_t nopen, struct tree_name *out, size_t max)
{
  size_t n = 0;
  LOCK_FOR_SCOPE(&table->lock);
  mark_open(table, open, nopen);
  for (int r = 0; r < (dirs ? RECENTS : DIRS); r++) {
    int64_t excess = table->nrecent[r] - limits[r].kept;
    for (int64_t left = table->nrecent[r]; left && excess > 0 && n < max; left--) {
      struct node *node = TAILQ_FIRST(&table->recent[r]);
      if (node->round == table->round) {
        join_recent(table, node, (enum recent)r);
        continue;
      }
      leave_recent(table, node);
      out[n].parent = node->parent;
      out[n].id = node->number << ID_SHIFT;
      out[n].is_dir = r == DIRS;
      memcpy(out[n++].name, node->name, strlen(node->name) + 1);
      excess--;
    }
  }
  if (n < max && (dirs || table->nrecent[DIRS] <= limits[DIRS].kept + limits[DIRS].slack))
    atomic_store_explicit(&table->old, TREE_OLD_NONE, memory_order_relaxed);
  return n;
}

bool node_is_item(uint64_t id)
{
  return id >> ITEM_BITS & ((1u << CODE_BITS) - 1);
}

uint64_t node_directory(uint64_t id)
{
  return id >> ID_SHIFT;
}

uint64_t node_child_ino(uint64_t parent_ino, const char *name, const struct place *child)
{
  const bool numbered = child->file && child->file->numbered && child->item >= 0;
  const char *text = numbered ? encodings[child->encoding]->ext : name;
  uint64_t ino = text_hash(parent_ino, text, strlen(text));
  if (numbered)
    ino += (uint64_t)child->item;
  return ino > TREE_ROOT ? ino : ino + 2;
}

/* Writes the path of a node (lock held) and returns its length; cut to what fits. */
static size_t write_path(struct node_table *table, uint64_t id, char *buf, size_t size)
{
  if (id == TREE_ROOT)
    return 0;
  struct node *node = find_number(table, number_of(id));
  if (!node)
    return (size_t)snprintf(buf, size, "?");
  size_t n = write_path(table, node->parent, buf, size);
  if (n < size)
    n += (size_t)snprintf(buf + n, size - n, "/%s", node->name);
  return n;
}

const char *node_path(struct node_table *table, uint64_t id, char *buf, size_t size)
{
  LOCK_FOR_SCOPE(&table->lock);
  *buf = '\0';
  if (id == TREE_ROOT)
    snprintf(buf, size, "/");
  else
    write_path(table, id, buf, size);
  return buf;
}

int64_t node_count(struct node_table *table)
{
  LOCK_FOR_SCOPE(&table->lock);
  return table->count;
}
