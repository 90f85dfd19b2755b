/* Node ids: what the kernel holds, and what each means.
 *
 *   root   1
 *   node   number << 39                           in the table while the kernel holds it:
 *                                                 for good, unless it is told to forget
 *                                                 the name (tree_old_names)
 *   item   number << 39 | format + 1 << 32 | item `item` (below 2^32) of the
 *          directory `number`; not in the table, costs nothing but that the directory is
 *          held.  An item beyond 2^32, or of the 128th format, gets a node.
 *
 * Numbers count up, and are used again after 2^25 nodes, those that are held left out: an
 * id that outlives its node is ESTALE, not another file, unless 33 million names were
 * looked up in between.  st_ino is another thing: a hash of the path (node_child_ino), so
 * that it survives a remount. */
#ifndef TESSERAFS_NODE_H
#define TESSERAFS_NODE_H

#include "core/tree/dir.h"

struct node_table;

/* The root is a directory of type `dir` in the world, which is referenced. */
struct node_table *node_table_new(struct world *world, const struct dir_type *dir,
                                  struct err *err);
void node_table_free(struct node_table *table);

/* What an id means, with references (drop them with place_unref) and a copy of its name
 * in `name` (place->name points there).  *ino: its st_ino.  -1: ESTALE. */
int node_get(struct node_table *table, uint64_t id, struct place *out,
             char name[TREE_NAME_MAX + 1], uint64_t *ino, struct err *err);
/* The node `name` of `parent` if there is one: counts one more look-up and gives its id;
 * 0: none. */
uint64_t node_find(struct node_table *table, uint64_t parent, const char *name);
/* The id of a child that was not found there (or was put there by another thread since),
 * held once: an item's by arithmetic, else a new node's, which takes its own references.
 * 0: ENOMEM, ENFILE. */
uint64_t node_hold(struct node_table *table, uint64_t parent, const char *name,
                   const struct place *place, struct err *err);
/* The name means nothing any more; its node stays until it is forgotten. */
void node_unname(struct node_table *table, uint64_t parent, const char *name);
/* The node is called so now, and is `place`.  Without memory it has no name. */
void node_rename(struct node_table *table, uint64_t parent, const char *name,
                 uint64_t to_parent, const char *to_name, const struct place *place);
/* Has enough come together beyond the latest names for node_old_names() to give? */
enum tree_old node_has_old_names(struct node_table *table);
/* See tree_old_names(). */
size_t node_old_names(struct node_table *table, bool dirs, const uint64_t *open,
                      size_t nopen, struct tree_name *out, size_t max);
/* Takes n look-ups of a node or a numbered item back; with the last one the node goes. */
void node_forget(struct node_table *table, uint64_t id, uint64_t n);
bool node_is_item(uint64_t id);
/* "/patches/default"; "?" when it is gone. */
const char *node_path(struct node_table *table, uint64_t id, char *buf, size_t size);

/* What all numbered items of one directory have in common, whatever their format. */
uint64_t node_directory(uint64_t id);

/* st_ino of a child by its name, and of numbered items by arithmetic. */
uint64_t node_child_ino(uint64_t parent_ino, const char *name, const struct place *child);

/* Nodes held now, for tests of what stays behind. */
int64_t node_count(struct node_table *table);

#endif
