/* <kind>/<view>/<scan>/ of kinds whose collections are of scans; ids of scans nest. */
#include "core/tree/dir_items.h"

static int boxes_child(struct tree *tree, const struct place *dir, const char *name,
                       struct place *out, struct err *err)
{
  const struct scan_dir *child = scan_dir_child(dir->scans, name);
  if (child) {
    out->dir = &dir_boxes;
    out->scans = child;
    out->scan = child->scan;
    return 0;
  }
  return dir->scan < 0 ? dir_no_such(name, err)
                       : collection_child(tree, dir, name, out, err);
}

static int boxes_list(struct listing *out, struct err *err)
{
  const struct place *place = out->place;
  out->count = place->scans->nchildren;
  if (place->scan >= 0)
    out->count += collection_entries(out->tree, place);
  return 0;
}

static int boxes_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  const struct place *place = listing->place;
  if (i < place->scans->nchildren) {
    dir_put_name(buf, place->scans->children[i].name);
    child->dir = &dir_boxes;
  } else {
    collection_entry(listing->tree, place, i - place->scans->nchildren, buf, child);
  }
  return 1;
}

const struct dir_type dir_boxes = {
    .child = boxes_child,
    .list = boxes_list,
    .entry = boxes_entry,
};
