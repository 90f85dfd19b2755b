/* Directories by index: entry i costs the same wherever it stands, so that ten million
 * items are listed, and resumed, in constant memory. */
#include <stdio.h>
#include <string.h>

#include "core/tree/place_split.h"

static const char *const root_names[] = {"README.txt", "dataset.json", "scans"};
enum { ROOT_HEAD = sizeof root_names / sizeof *root_names };

static int kind_count(const struct tree *tree)
{
  int n = 0;
  for (int k = 0; kinds[k]; k++)
    n += split_kind_shown(tree, kinds[k]);
  return n;
}

/* Kind i of those that show. */
static const struct kind *kind_shown(const struct tree *tree, int64_t i)
{
  int k = 0;
  while (!split_kind_shown(tree, kinds[k]) || i-- > 0)
    k++;
  return kinds[k];
}

/* The formats of `mask` that can hold the item; all of them when the item cannot be made
 * (then opening says why). */
static void pick_formats(struct listing *out, unsigned mask, const struct item *item)
{
  for (int e = 0; encodings[e] && out->nformats < FORMAT_SLOTS; e++)
    if (mask & 1u << e && (!item || encodings[e]->holds(item)))
      out->formats[out->nformats++] = e;
}

int listing_formats(struct tree *tree, const struct place *item, unsigned mask,
                    struct listing *out, struct err *err)
{
  struct content content;
  struct err why = ERR_INIT;
  out->nformats = 0;
  content_init(&content);
  bool made = !content_item(tree, item, &content, &why);
  pick_formats(out, mask, made ? &content.item : NULL);
  content_free(&content);
  return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}

/* The formats in which item 0 of a field (or, in scans/, the field itself) is listed. */
static int list_formats(struct tree *tree, const struct place *place, struct listing *out,
                        struct err *err)
{
  unsigned mask = place->use && place->use->params.formats ? place->use->params.formats
                                                           : tree->spec->formats;
  struct place item = *place;
  item.name = NULL;
  item.item = 0;
  item.type = place->type == PLACE_FIELD ? PLACE_ITEM : PLACE_ARRAY;
  return listing_formats(tree, &item, mask, out, err);
}

static int64_t count_view(struct tree *tree, const struct place *place)
{
  if (place->scan < 0)
    return place->dir->nchildren;
  const struct scan_spec *scan = &tree->spec->dataset.scans[place->scan];
  int64_t n = place->dir->nchildren + 1;
  for (int f = 0; f < scan->nfields; f++)
    n += place_shows(place, &scan->fields[f]);
  return n;
}

static int64_t count_uses(struct tree *tree, const struct kind *kind)
{
  int64_t n = 0;
  for (int i = 0; i < tree->nuses; i++)
    n += tree->uses[i].kind == kind;
  return n;
}

int listing_prepare(struct tree *tree, const struct place *place, struct listing *out,
                    struct err *err)
{
  *out = (struct listing){.tree = tree, .place = place};
  switch (place->type) {
  case PLACE_ROOT:
    out->count = ROOT_HEAD + kind_count(tree) + 2;
    return 0;
  case PLACE_SCANS:
    out->count = place->dir->nchildren;
    out->listed_field = -1;
    if (place->scan >= 0)
      out->count +=
          (int64_t)tree->spec->dataset.scans[place->scan].nfields * FORMAT_SLOTS;
    return 0;
  case PLACE_KIND:
    out->count = count_uses(tree, place->kind);
    return 0;
  case PLACE_VIEW:
    out->count = count_view(tree, place);
    return 0;
  case PLACE_FIELD:
    if (place_plan(tree, place, &out->plan, err))
      return -1;
    if (out->plan.count && list_formats(tree, place, out, err))
      return -1;
    out->count = out->plan.count * out->nformats;
    return 0;
  case PLACE_SPLITS:
    out->count = tree->spec->dataset.nsplits;
    return 0;
  case PLACE_SPLIT:
    out->count = place->dir->nchildren;
    return 0;
  case PLACE_SPLIT_VIEW:
  case PLACE_VIEW_SPLIT:
  case PLACE_EPOCH:
  case PLACE_ROLE:
    return split_listing(tree, place, out, err);
  default:
    out->count = STATUS_LISTED;
    return 0;
  }
}

static void put(char *buf, const char *name)
{
  snprintf(buf, TREE_NAME_MAX + 1, "%s", name);
}

static void entry_of_root(const struct tree *tree, int64_t i, char *buf,
                          struct place *child)
{
  int n = kind_count(tree);
  if (i < ROOT_HEAD) {
    put(buf, root_names[i]);
    child->type = i < 2 ? PLACE_README : PLACE_SCANS;
  } else if (i < ROOT_HEAD + n) {
    put(buf, kind_shown(tree, i - ROOT_HEAD)->name);
    child->type = PLACE_KIND;
  } else {
    put(buf, i == ROOT_HEAD + n ? "splits" : ".tesserafs");
    child->type = PLACE_SPLITS;
  }
}

/* Files of a scan directory stand in slots, FORMAT_SLOTS per field, of which some are
 * empty. */
static int entry_of_scans(struct listing *listing, int64_t i, char *buf,
                          struct place *child, struct err *err)
{
  const struct place *place = listing->place;
  if (i < place->dir->nchildren) {
    put(buf, place->dir->children[i].name);
    child->type = PLACE_SCANS;
    return 1;
  }
  i -= place->dir->nchildren;
  child->type = PLACE_ARRAY;
  child->field = (int)(i / FORMAT_SLOTS);
  if (listing->listed_field != child->field) {
    if (list_formats(listing->tree, child, listing, err))
      return -1;
    listing->listed_field = child->field;
  }
  if (i % FORMAT_SLOTS >= listing->nformats)
    return 0;
  const struct scan_spec *scan = &listing->tree->spec->dataset.scans[place->scan];
  snprintf(buf, TREE_NAME_MAX + 1, "%s.%s", scan->fields[child->field].name,
           encodings[listing->formats[i % FORMAT_SLOTS]]->ext);
  /* a scan "a/b.npy" has the name of this file of a's field "b", and is found first */
  return !scan_dir_child(place->dir, buf);
}

static void entry_of_kind(const struct listing *listing, int64_t i, char *buf,
                          struct place *child)
{
  const struct view_use *uses = listing->tree->uses;
  int u = 0;
  for (;; u++)
    if (uses[u].kind == listing->place->kind && i-- == 0)
      break;
  put(buf, uses[u].name);
  child->type = listing->place->kind->split ? PLACE_SPLIT_VIEW : PLACE_VIEW;
}

static void entry_of_view(const struct listing *listing, int64_t i, char *buf,
                          struct place *child)
{
  const struct place *place = listing->place;
  if (i < place->dir->nchildren) {
    put(buf, place->dir->children[i].name);
    child->type = PLACE_VIEW;
    return;
  }
  i -= place->dir->nchildren;
  child->type = PLACE_FIELD;
  const struct scan_spec *scan = &listing->tree->spec->dataset.scans[place->scan];
  for (int f = 0; f < scan->nfields; f++)
    if (place_shows(place, &scan->fields[f]) && i-- == 0) {
      put(buf, scan->fields[f].name);
      return;
    }
  put(buf, "items.csv");
  child->type = PLACE_ITEMS_CSV;
}

static void entry_of_field(const struct listing *listing, int64_t i, char *buf,
                           struct place *child)
{
  child->type = PLACE_ITEM;
  child->item = i / listing->nformats;
  child->encoding = listing->formats[i % listing->nformats];
  const int length = kind_name(&listing->plan, child->item, buf);
  buf[length] = '.';
  strcpy(buf + length + 1, encodings[child->encoding]->ext);
}

int listing_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                  struct err *err)
{
  const struct place *place = listing->place;
  *child = *place;
  child->item = -1;
  switch (place->type) {
  case PLACE_ROOT:
    entry_of_root(listing->tree, i, buf, child);
    break;
  case PLACE_SCANS:
    return entry_of_scans(listing, i, buf, child, err);
  case PLACE_KIND:
    entry_of_kind(listing, i, buf, child);
    break;
  case PLACE_VIEW:
    entry_of_view(listing, i, buf, child);
    break;
  case PLACE_FIELD:
    entry_of_field(listing, i, buf, child);
    break;
  case PLACE_SPLIT_VIEW:
  case PLACE_VIEW_SPLIT:
  case PLACE_EPOCH:
  case PLACE_ROLE:
    split_entry(listing, i, buf, child);
    break;
  case PLACE_SPLITS:
    put(buf, listing->tree->spec->dataset.splits[i].name);
    child->type = PLACE_SPLIT;
    break;
  case PLACE_SPLIT:
    put(buf, place->dir->children[i].name);
    child->type = place->dir->children[i].scan >= 0 ? PLACE_LINK : PLACE_SPLIT;
    break;
  default:
    put(buf, status_names[i]);
    child->type = PLACE_STATUS;
  }
  return 1;
}
