/* The front doors of the tree: ids in, attributes and listings out.  (Open files are in
 * tree_file.c.) */
#include "core/tree/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/tree/ahead.h"
#include "core/tree/content.h"
#include "core/tree/node.h"
#include "core/tree/place_split.h"
#include "core/tree/prefetch.h"

/* --- building
 * --------------------------------------------------------------------------- */

/* "default" of each kind, then the declared views in the order of the spec. */
static int build_uses(struct tree *tree, struct err *err)
{
  const struct mount_spec *spec = tree->spec;
  int nkinds = 0, n = 0;
  while (kinds[nkinds])
    nkinds++;
  struct view_use *uses =
      arena_array(&tree->arena, (size_t)(nkinds + spec->nviews), sizeof *uses, err);
  struct view_stats *stats =
      arena_array(&tree->arena, (size_t)(2 * nkinds + spec->nviews), sizeof *stats, err);
  if (!uses || !stats)
    return -1;
  for (int k = 0; k < nkinds; k++) {
    uses[n] = (struct view_use){.permanent = true, .kind = kinds[k]};
    uses[n].name = arena_strdup(&tree->arena, "default", err);
    if (!uses[n].name ||
        view_params_init(&uses[n++].params, kinds[k]->bit, NULL, &tree->arena, err))
      return -1;
    for (int v = 0; v < spec->nviews; v++) {
      if (spec->views[v].kind != kinds[k]->bit)
        continue;
      uses[n] = (struct view_use){
          .permanent = true, .kind = kinds[k], .params = spec->views[v].params};
      uses[n].name = arena_strdup(&tree->arena, spec->views[v].name, err);
      if (!uses[n++].name)
        return -1;
    }
  }
  tree->uses = uses;
  tree->nuses = n;
  for (int i = 0; i < n; i++)
    uses[i].stats = &stats[i];
  tree->path_stats = stats + n;
  return 0;
}

static int build_dirs(struct tree *tree, struct err *err)
{
  const struct dataset_spec *dataset = &tree->spec->dataset;
  tree->splits =
      arena_array(&tree->arena, (size_t)dataset->nsplits, sizeof *tree->splits, err);
  if (!tree->splits ||
      scan_dir_build(dataset, NULL, dataset->nscans, &tree->arena, &tree->scans, err))
    return -1;
  for (int i = 0; i < dataset->nsplits; i++)
    if (scan_dir_build(dataset, dataset->splits[i].scans, dataset->splits[i].nscans,
                       &tree->arena, &tree->splits[i], err))
      return -1;
  return 0;
}

/* The mtime of what belongs to no scan: SOURCE's own or the description's. */
static struct timespec later_mtime(const struct mount_spec *spec)
{
  struct stat st;
  struct timespec mtime = spec->dataset.mtime;
  if (!stat(spec->source, &st) && clock_after(st.st_mtim, mtime))
    mtime = st.st_mtim;
  return mtime;
}

struct tree *tree_new(const struct mount_spec *spec, struct err *err)
{
  struct tree *tree = calloc(1, sizeof *tree);
  if (!tree) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  arena_init(&tree->arena);
  tree->spec = spec;
  tree->mtime = later_mtime(spec);
  struct place root = {
      .type = PLACE_ROOT, .scan = -1, .field = -1, .split = -1, .status = -1};
  if (build_uses(tree, err) || build_dirs(tree, err) ||
      !(tree->nodes = node_table_new(&root, err)) ||
      !(tree->ahead = ahead_dirs_new(err)) || !(tree->epochs = epochs_new(err)) ||
      !(tree->prefetch = prefetch_new(tree, err)) ||
      !(tree->dataset = dataset_open(&spec->dataset, spec->pool, err))) {
    tree_free(tree);
    return NULL;
  }
  return tree;
}

void tree_free(struct tree *tree)
{
  if (!tree)
    return;
  prefetch_free(tree->prefetch);
  epochs_free(tree->epochs);
  node_table_free(tree->nodes);
  ahead_dirs_free(tree->ahead);
  if (tree->dataset)
    dataset_close(tree->dataset);
  arena_free(&tree->arena);
  free(tree);
}

/* --- names and attributes
 * --------------------------------------------------------------- */

static int fill_attr(struct tree *tree, const struct place *place, uint64_t id,
                     uint64_t ino, struct tree_attr *out, struct err *err)
{
  *out = (struct tree_attr){
      .id = id, .ino = ino, .type = place_tree_type(place), .mtime = tree->mtime};
  out->volatile_size = place->type == PLACE_STATUS;
  out->writable = place_writable(place);
  if (out->type == TREE_FILE)
    return content_stat(tree, place, out, err);
  if (out->type == TREE_LINK) {
    char target[4096];
    if (tree_readlink(tree, id, target, sizeof target, err))
      return -1;
    out->size = (int64_t)strlen(target);
  }
  return 0;
}

int tree_getattr(struct tree *tree, uint64_t id, struct tree_attr *out, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  int result = fill_attr(tree, &place, id, ino, out, err);
  view_use_unref(place.use);
  return result;
}

/* The id of a child that is not in the table: by arithmetic, or a new node. */
static uint64_t look_up(struct tree *tree, uint64_t parent, const char *name,
                        struct err *err)
{
  struct place up, child;
  char up_name[TREE_NAME_MAX + 1];
  uint64_t ino, id = 0;
  if (node_get(tree->nodes, parent, &up, up_name, &ino, err))
    return 0;
  if (!place_child(tree, &up, name, &child, err)) {
    id = node_item_id(parent, &child);
    if (id)
      node_hold_item(tree->nodes, id);
    else
      id = node_add(tree->nodes, parent, name, &child, err);
    view_use_unref(child.use);
  }
  view_use_unref(up.use);
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

uint64_t tree_changes(struct tree *tree)
{
  return dataset_changes(tree->dataset);
}

bool tree_can_watch(struct tree *tree)
{
  return dataset_can_watch(tree->dataset);
}

bool tree_look(struct tree *tree)
{
  return dataset_look(tree->dataset);
}

/* What a numbered item is called. */
static int item_name(struct tree *tree, const struct place *place,
                     char out[KIND_NAME_MAX + 1], struct err *err)
{
  struct plan plan;
  if (place->type == PLACE_DRAW)
    return split_name(tree, place, out, err);
  if (place_plan(tree, place, &plan, err) || place->item >= plan.count)
    return -1;
  kind_name(&plan, place->item, out);
  return 0;
}

const char *tree_path(struct tree *tree, uint64_t id, char *buf, size_t size)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  struct err err = ERR_INIT;
  node_path(tree->nodes, id, buf, size);
  if (node_get(tree->nodes, id, &place, name, &ino, &err))
    return buf;
  char item[KIND_NAME_MAX + 1];
  size_t n = strlen(buf);
  /* an item by arithmetic: the table knows its directory */
  if (node_item_id(id, &place) == id && !item_name(tree, &place, item, &err))
    snprintf(buf + n, size - n, "/%s.%s", item, encodings[place.encoding]->ext);
  view_use_unref(place.use);
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
    int result = -1;
    if (n > TREE_NAME_MAX)
      err_set(err, ENAMETOOLONG, "%.40s...: names have at most %d bytes", p,
              TREE_NAME_MAX);
    else {
      snprintf(name, sizeof name, "%.*s", (int)n, p);
      result = tree_lookup(tree, parent, name, out, err);
    }
    tree_forget(tree, parent, 1);
    if (result)
      return -1;
    p += n;
  }
  return 0;
}

/* --- directories and links
 * --------------------------------------------------------------- */

int tree_readdir(struct tree *tree, uint64_t id, int64_t cookie, tree_dirent_fn *fn,
                 void *ctx, struct err *err)
{
  struct place place, child;
  struct listing listing;
  char name[TREE_NAME_MAX + 1], entry[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  int result = place_tree_type(&place) == TREE_DIR
                   ? listing_prepare(tree, &place, &listing, err)
                   : err_set(err, ENOTDIR, "not a directory");
  for (int64_t i = cookie; !result && i < listing.count; i++) {
    const int there = listing_entry(&listing, i, entry, &child, err);
    struct tree_dirent dirent = {entry, TREE_DIR, 0, i + 1};
    if (there > 0) {
      dirent.type = place_tree_type(&child);
      dirent.ino = node_child_ino(ino, entry, &child);
      if (fn(ctx, &dirent))
        break;
    }
    result = there < 0 ? -1 : 0;
  }
  view_use_unref(place.use);
  return result;
}

/* splits/<split>/a/b is a link to ../../../scans/a/b. */
int tree_readlink(struct tree *tree, uint64_t id, char *buf, size_t size, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  view_use_unref(place.use);
  if (place.type != PLACE_LINK)
    return err_set(err, EINVAL, "not a link");
  const char *scan = tree->spec->dataset.scans[place.scan].id;
  struct text text = {0};
  text_add(&text, "../../");
  for (const char *p = scan; *p; p++)
    if (*p == '/')
      text_add(&text, "../");
  text_add(&text, "scans/%s", scan);
  int result = 0;
  if (text.failed)
    result = err_set(err, ENOMEM, "out of memory");
  else if (text.size >= size)
    result = err_set(err, ENAMETOOLONG, "the link's target is too long");
  else
    memcpy(buf, text.data, text.size + 1);
  text_free(&text);
  return result;
}

/* --- memory --- */

bool tree_charge(struct tree *tree, size_t bytes)
{
  return block_cache_charge(source_pool_cache(tree->spec->pool), bytes);
}

void tree_discharge(struct tree *tree, size_t bytes)
{
  block_cache_discharge(source_pool_cache(tree->spec->pool), bytes);
}
