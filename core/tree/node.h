/* Node ids: what the kernel holds, and what each means.
 *
 *   root   1
 *   node   number << 30                         in the table while the kernel holds it
 *   item   number << 30 | format + 1 << 26 | item   item `item` (below 2^26) of the
 * directory `number`; not in the table, costs nothing but that the directory is held
 *
 * Numbers count up and are never used again: an id that outlives its node is ESTALE,
 * never another file.  st_ino is another thing: a hash of the path (node_child_ino), so
 * that it survives a remount. */
#ifndef TESSERAFS_NODE_H
#define TESSERAFS_NODE_H

#include "core/tree/place.h"

struct node_table;

struct node_table *node_table_new(const struct place *root, struct err *err);
void node_table_free(struct node_table *table);

/* What an id means, with a reference to its view_use (drop it with view_use_unref) and a
 * copy of its name in `name` (place->name points there).  *ino: its st_ino.  -1: ESTALE.
 */
int node_get(struct node_table *table, uint64_t id, struct place *out,
             char name[TREE_NAME_MAX + 1], uint64_t *ino, struct err *err);
/* The node `name` of `parent` if there is one: counts one more look-up and gives its id;
 * 0: none. */
uint64_t node_find(struct node_table *table, uint64_t parent, const char *name);
/* Puts it there (or finds it, when another thread just did), held once.  The node takes
 * its own reference to the view_use.  0: ENOMEM. */
uint64_t node_add(struct node_table *table, uint64_t parent, const char *name,
                  const struct place *place, struct err *err);
/* Counts one more look-up of a numbered item: of its directory, without which its id
 * means nothing. */
void node_hold_item(struct node_table *table, uint64_t id);
/* Takes n look-ups of a node or a numbered item back; with the last one the node goes. */
void node_forget(struct node_table *table, uint64_t id, uint64_t n);
/* The id of a numbered item; 0: it needs a node. */
uint64_t node_item_id(uint64_t dir, const struct place *item);
/* "/patches/default"; "?" when it is gone. */
const char *node_path(struct node_table *table, uint64_t id, char *buf, size_t size);

/* What all numbered items of one directory have in common, whatever their format. */
uint64_t node_directory(uint64_t id);

/* st_ino of a child by its name, and of numbered items by arithmetic. */
uint64_t node_child_ino(uint64_t parent_ino, const char *name, const struct place *child);

/* Nodes held now, for tests of what stays behind. */
int64_t node_count(struct node_table *table);

#endif
