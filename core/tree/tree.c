/* The front doors of the tree: ids in, attributes and listings out.  (Open files are in
 * tree_file.c, those that are written in tree_write.c.) */
#include "core/tree/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/tree/collections.h"
#include "core/tree/node.h"

/* --- names and attributes ---------------------------------------------------------- */

int tree_getattr(struct tree *tree, uint64_t id, struct tree_attr *out, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  int rc = 0;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  const struct file_type *file = place.file;
  *out = (struct tree_attr){.id = id,
                            .ino = ino,
                            .type = file ? file->type : TREE_DIR,
                            .mtime = place.world->mtime,
                            .volatile_size = file && file->frozen,
                            .writable =
                                file ? file->write != NULL : place.dir->write != NULL,
                            .owner_only = file && file->write && file->write->owner_only};
  if (file && file->type == TREE_FILE)
    rc = file->stat(tree, &place, out, err);
  if (file && file->type == TREE_LINK) {
    char target[4096];
    rc = tree_readlink(tree, id, target, sizeof target, err);
    out->size = rc ? 0 : (int64_t)strlen(target);
  }
  place_unref(&place);
  return rc;
}

/* The id of a child that is not in the table: by arithmetic, or a new node. */
static uint64_t look_up(struct tree *tree, uint64_t parent, const char *name,
                        struct err *err)
{
  struct place up;
  char up_name[TREE_NAME_MAX + 1];
  uint64_t ino, id = 0;
  if (node_get(tree->nodes, parent, &up, up_name, &ino, err))
    return 0;
  struct place child = place_below(&up);
  if (!up.dir)
    err_set(err, ENOTDIR, "%s: its parent is not a directory", name);
  else if (!up.dir->child(tree, &up, name, &child, err))
    id = node_hold(tree->nodes, parent, name, &child, err);
  if (child.use != up.use) /* the child brought a reference of its own along */
    view_use_unref(child.use);
  place_unref(&up);
  return id;
}

int tree_lookup(struct tree *tree, uint64_t parent, const char *name,
                struct tree_attr *out, struct err *err)
{
  if (strlen(name) > TREE_NAME_MAX)
    return err_set(err, ENAMETOOLONG, "%.40s...: names have at most %d bytes", name,
                   TREE_NAME_MAX);
  uint64_t id = node_find(tree->nodes, parent, name);
  if (!id)
    id = look_up(tree, parent, name, err);
  if (!id)
    return -1;
  if (!tree_getattr(tree, id, out, err))
    return 0;
  node_forget(tree->nodes, id, 1);
  return -1;
}

void tree_forget(struct tree *tree, uint64_t id, uint64_t n)
{
  node_forget(tree->nodes, id, n);
}

enum tree_old tree_has_old_names(struct tree *tree)
{
  return node_has_old_names(tree->nodes);
}

size_t tree_old_names(struct tree *tree, bool dirs, const uint64_t *open, size_t nopen,
                      struct tree_name *out, size_t max)
{
  return node_old_names(tree->nodes, dirs, open, nopen, out, max);
}

uint64_t tree_changes(struct tree *tree)
{
  return dataset_changes(tree->world->dataset);
}

bool tree_can_watch(struct tree *tree)
{
  return dataset_can_watch(tree->world->dataset);
}

bool tree_look(struct tree *tree)
{
  return dataset_look(tree->world->dataset);
}

const char *tree_path(struct tree *tree, uint64_t id, char *buf, size_t size)
{
  struct place place;
  char name[TREE_NAME_MAX + 1], item[ITEM_NAME_MAX + 1];
  uint64_t ino;
  struct opened *opened = NULL;
  struct err err = ERR_INIT;
  node_path(tree->nodes, id, buf, size);
  if (node_get(tree->nodes, id, &place, name, &ino, &err))
    return buf;
  const size_t n = strlen(buf);
  /* an item by arithmetic: the table knows its directory */
  if (node_is_item(id) && !collections_get(tree, &place, &opened, &err) &&
      place.item < opened_collection(opened)->count) {
    collection_name(opened_collection(opened), place.item, item);
    snprintf(buf + n, size - n, "/%s.%s", item, encodings[place.encoding]->ext);
  }
  opened_put(opened);
  place_unref(&place);
  return buf;
}

int tree_resolve(struct tree *tree, const char *path, struct tree_attr *out,
                 struct err *err)
{
  if (tree_getattr(tree, TREE_ROOT, out, err))
    return -1;
  for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
    char name[TREE_NAME_MAX + 1];
    size_t n = strcspn(p, "/");
    uint64_t parent = out->id;
    int rc = -1;
    if (n > TREE_NAME_MAX)
      err_set(err, ENAMETOOLONG, "%.40s...: names have at most %d bytes", p,
              TREE_NAME_MAX);
    else {
      snprintf(name, sizeof name, "%.*s", (int)n, p);
      rc = tree_lookup(tree, parent, name, out, err);
    }
    tree_forget(tree, parent, 1);
    if (rc)
      return -1;
    p += n;
  }
  return 0;
}

/* --- directories and links --------------------------------------------------------- */

int tree_readdir(struct tree *tree, uint64_t id, int64_t cookie, tree_dirent_fn *fn,
                 void *ctx, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1], entry[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  struct listing listing = {.tree = tree, .place = &place};
  int rc = place.dir ? place.dir->list(&listing, err)
                     : err_set(err, ENOTDIR, "not a directory");
  for (int64_t i = cookie; !rc && i < listing.count; i++) {
    struct place child = place_below(&place);
    const int there = place.dir->entry(&listing, i, entry, &child, err);
    struct tree_dirent dirent = {entry, TREE_DIR, 0, i + 1};
    if (there > 0) {
      dirent.type = child.file ? child.file->type : TREE_DIR;
      dirent.ino = node_child_ino(ino, entry, &child);
      if (fn(ctx, &dirent))
        break;
    }
    rc = there < 0 ? -1 : 0;
  }
  opened_put(listing.opened);
  place_unref(&place);
  return rc;
}

int tree_readlink(struct tree *tree, uint64_t id, char *buf, size_t size, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  struct text text = {0};
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  int rc = -1;
  if (!place.file || place.file->type != TREE_LINK)
    err_set(err, EINVAL, "not a link");
  else
    rc = place.file->target(&place, &text, err);
  if (!rc && text.failed)
    rc = err_set(err, ENOMEM, "out of memory");
  else if (!rc && text.size >= size)
    rc = err_set(err, ENAMETOOLONG, "the link's target is too long");
  else if (!rc)
    memcpy(buf, text.data, text.size + 1);
  text_free(&text);
  place_unref(&place);
  return rc;
}
