/* <role>/<item>.<ext>, and what stands beside the roles of a collection. */
#include "core/tree/dir_items.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/dataset/scalars.h"
#include "core/tree/collections.h"
#include "core/tree/describe.h"
#include "core/tree/file_array.h"
#include "core/tree/file_text.h"

/* --- items ------------------------------------------------------------------------- */

/* The item of a file whose name ends in "." ext; at= points into stem[]. */
static struct item_id id_of(const struct place *place, const char *ext,
                            char stem[TREE_NAME_MAX + 1])
{
  if (place->item >= 0)
    return (struct item_id){place->item, NULL};
  snprintf(stem, TREE_NAME_MAX + 1, "%.*s", dir_stem(place->name, ext), place->name);
  return (struct item_id){-1, stem + sizeof "at=" - 1};
}

/* The item that `stem` names. */
static int find_item(struct tree *tree, const char *name, const char *stem,
                     struct place *out, struct err *err)
{
  struct opened *opened;
  struct item_id id;
  if (!collection_may_have(out->kind, stem))
    return dir_no_such(name, err);
  if (collections_get(tree, out, &opened, err))
    return -1;
  const int rc = collection_find(opened_collection(opened), stem, &id, err);
  opened_put(opened);
  out->item = id.number;
  out->name = name;
  return rc;
}

static int item_array(struct tree *tree, const struct place *place, bool facts,
                      struct content *content, struct err *err)
{
  char stem[TREE_NAME_MAX + 1];
  const struct item_id id = id_of(place, encodings[place->encoding]->ext, stem);
  if (collections_get(tree, place, &content->opened, err))
    return -1;
  const struct collection *collection = opened_collection(content->opened);
  return facts ? collection_facts(collection, &id, place->role, &content->arena,
                                  &content->made, err)
               : collection_item(collection, &id, place->role, &content->arena,
                                 &content->made, err);
}

static const struct file_type file_item = {
    ARRAY_FILE,
    .numbered = true,
    .array = item_array,
};

/* --- <item>.json ------------------------------------------------------------------- */

static int describe_role(const struct place *place, const struct collection *collection,
                         const struct item_id *id, int number, const struct role *role,
                         struct text *out, struct timespec *mtime, struct err *err)
{
  struct content content;
  struct err why = ERR_INIT;
  int rc = 0;
  content_init(&content);
  struct made *made = &content.made;
  text_add_json(out, role->name);
  text_add(out, ": {");
  if (role->type)
    text_add(out, "\"type\": \"%s\", ", role->type);
  if (collection_facts(collection, id, number, &content.arena, made, &why)) {
    rc = describe_error(out, &why, err);
  } else {
    describe_array(out, made->item.view);
    /* matrices and vectors lie nowhere */
    if (made->field >= 0 || made->item.view->nd >= 3) {
      text_add(out, ", \"affine\": ");
      describe_affine(out, &made->item.geo);
    }
    if (clock_after(made->sources.mtime, *mtime))
      *mtime = made->sources.mtime;
  }
  if (made->field >= 0)
    describe_source(out, &place->world->spec->scans[made->scan].fields[made->field]);
  text_add(out, "}");
  content_free(&content);
  return rc;
}

static int item_json_text(struct tree *tree, const struct place *place,
                          struct content *content, struct text *out, struct err *err)
{
  char stem[TREE_NAME_MAX + 1];
  struct role role;
  const struct item_id id = id_of(place, "json", stem);
  if (collections_get(tree, place, &content->opened, err))
    return -1;
  const struct collection *collection = opened_collection(content->opened);
  text_add(out, "{\n  \"kind\": \"%s\",\n  \"view\": ", place->kind->name);
  text_add_json(out, place->use->name);
  if (collection_describe(collection, &id, out, err))
    return -1;
  text_add(out, ",\n  \"fields\": {");
  content->mtime = (struct timespec){0};
  int i = 0;
  for (; place_role(tree, place, i, &role); i++) {
    text_add(out, "%s\n    ", i ? "," : "");
    if (describe_role(place, collection, &id, i, &role, out, &content->mtime, err))
      return -1;
  }
  const struct scan_spec *scan =
      place->scan < 0 ? NULL : &place->world->spec->scans[place->scan];
  for (int f = 0; scan && f < scan->nfields; f++) {
    if (!scan->fields[f].has_value)
      continue;
    text_add(out, "%s\n    ", i++ ? "," : "");
    text_add_json(out, scan->fields[f].name);
    text_add(out, ": {\"value\": ");
    scalar_json(&scan->fields[f], out);
    text_add(out, "}");
  }
  text_add(out, "\n  }\n}\n");
  if (!content->mtime.tv_sec) /* none of them could be made */
    content->mtime =
        collection->sources.n ? collection->sources.mtime : place->world->mtime;
  return 0;
}

static const struct file_type file_item_json = {TEXT_FILE, .text = item_json_text};

/* --- <role>/ ----------------------------------------------------------------------- */

static int items_child(struct tree *tree, const struct place *dir, const char *name,
                       struct place *out, struct err *err)
{
  char stem[TREE_NAME_MAX + 1];
  out->file = &file_item;
  out->encoding = dir_split_name(name, stem);
  return out->encoding < 0 ? dir_no_such(name, err)
                           : find_item(tree, name, stem, out, err);
}

static int items_list(struct listing *out, struct err *err)
{
  struct tree *tree = out->tree;
  const struct place *place = out->place;
  const struct view_params *params = &place->use->params;
  struct place first = place_below(place);
  struct role role;
  if (collections_get(tree, place, &out->opened, err))
    return -1;
  const int64_t count = opened_collection(out->opened)->count;
  unsigned mask = params->formats;
  if (!mask && !tree->spec->formats_given && place_role(tree, place, place->role, &role))
    mask = role.formats;
  first.file = &file_item;
  first.item = 0;
  if (count && array_formats(tree, &first, mask, out, err))
    return -1;
  if (checked_mul(count, out->nformats, &out->count))
    return 0;
  return err_set(err, EOVERFLOW, "%lld items in %d formats are more than can be listed",
                 (long long)count, out->nformats);
}

static int items_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  child->file = &file_item;
  child->item = i / listing->nformats;
  child->encoding = listing->formats[i % listing->nformats];
  const int length =
      collection_name(opened_collection(listing->opened), child->item, buf);
  buf[length] = '.';
  strcpy(buf + length + 1, encodings[child->encoding]->ext);
  return 1;
}

static const struct dir_type dir_items = {
    .child = items_child,
    .list = items_list,
    .entry = items_entry,
    .items = &file_item,
};

/* --- beside the roles -------------------------------------------------------------- */

int collection_child(struct tree *tree, const struct place *dir, const char *name,
                     struct place *out, struct err *err)
{
  char stem[TREE_NAME_MAX + 1];
  struct role role;
  if (!strcmp(name, "items.csv")) {
    out->file = &file_items_csv;
    return 0;
  }
  for (int i = 0; place_role(tree, dir, i, &role); i++)
    if (!strcmp(role.name, name)) {
      out->dir = &dir_items;
      out->role = i;
      return 0;
    }
  const int length = dir_stem(name, "json");
  if (length < 0)
    return dir_no_such(name, err);
  snprintf(stem, sizeof stem, "%.*s", length, name);
  out->file = &file_item_json;
  return find_item(tree, name, stem, out, err);
}

int64_t collection_entries(const struct tree *tree, const struct place *dir)
{
  struct role role;
  int n = 0;
  while (place_role(tree, dir, n, &role))
    n++;
  return n + 1;
}

void collection_entry(const struct tree *tree, const struct place *dir, int64_t i,
                      char *buf, struct place *child)
{
  struct role role;
  if (place_role(tree, dir, (int)i, &role)) {
    dir_put_name(buf, role.name);
    child->dir = &dir_items;
  } else {
    dir_put_name(buf, "items.csv");
    child->file = &file_items_csv;
  }
}
