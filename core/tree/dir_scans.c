/* scans/<scan>/<field>[<cut>].<ext>; ids of scans nest. */
#include <stdio.h>
#include <string.h>

#include "core/tree/cut.h"
#include "core/tree/file_array.h"

static const struct scan_spec *scan_of(const struct place *place)
{
  return &place->world->spec->scans[place->scan];
}

static int scan_array(struct tree *tree, const struct place *place, bool facts,
                      struct content *content, struct err *err)
{
  const struct field_spec *field = &scan_of(place)->fields[place->role];
  struct made *made = &content->made;
  const struct snapshot *snapshot;
  made->scan = place->scan;
  made->field = place->role;
  if (dataset_snapshot(place->world->dataset, place->scan, place->role, &snapshot, err) ||
      sources_add(&made->sources, snapshot, err))
    return -1;
  struct transform_item item = {.view = snapshot->view,
                                .geo = snapshot->geo,
                                .channel_axis = snapshot->channel_axis};
  made->sources.watched = true;
  made->version = made->sources.version;
  const char *bracket = place->name ? place->name + strlen(field->name) : "";
  if (*bracket == '[') {
    const int stem = dir_stem(place->name, encodings[place->encoding]->ext);
    const size_t length = (size_t)(place->name + stem - bracket) - 2;
    if (cut_apply(bracket + 1, length, &item, &content->arena, err))
      return -1;
  }
  made->item = (struct item){item.view, item.geo, field->name, item.channel_axis};
  return 0;
}

static const struct file_type file_scan_array = {ARRAY_FILE, .array = scan_array};

/* "<field>.<ext>" or "<field>[<cut>].<ext>" among the scan's fields. */
static int array_child(const struct scan_spec *scan, const char *name, struct place *out,
                       struct err *err)
{
  char stem[TREE_NAME_MAX + 1];
  out->encoding = dir_split_name(name, stem);
  if (out->encoding < 0)
    return dir_no_such(name, err);
  size_t length = strlen(stem);
  const char *bracket = stem[length - 1] == ']' ? strchr(stem, '[') : NULL;
  if (bracket)
    length = (size_t)(bracket - stem);
  for (int f = 0; f < scan->nfields; f++) {
    const char *field = scan->fields[f].name;
    if (strncmp(field, stem, length) || field[length] || scan->fields[f].text)
      continue;
    out->file = &file_scan_array;
    out->role = f;
    out->name = name;
    return 0;
  }
  return dir_no_such(name, err);
}

static int scans_child(struct tree *tree, const struct place *dir, const char *name,
                       struct place *out, struct err *err)
{
  const struct scan_dir *child = scan_dir_child(dir->scans, name);
  if (child) {
    out->dir = &dir_scans;
    out->scans = child;
    out->scan = child->scan;
    return 0;
  }
  return dir->scan < 0 ? dir_no_such(name, err)
                       : array_child(scan_of(dir), name, out, err);
}

static int scans_list(struct listing *out, struct err *err)
{
  const struct place *place = out->place;
  out->count = place->scans->nchildren;
  out->listed_field = -1;
  if (place->scan >= 0)
    out->count += (int64_t)scan_of(place)->nfields * FORMAT_SLOTS;
  return 0;
}

/* Files of a scan stand in slots, FORMAT_SLOTS per field, of which most are empty. */
static int scans_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  const struct place *place = listing->place;
  if (i < place->scans->nchildren) {
    dir_put_name(buf, place->scans->children[i].name);
    child->dir = &dir_scans;
    return 1;
  }
  i -= place->scans->nchildren;
  child->file = &file_scan_array;
  child->role = (int)(i / FORMAT_SLOTS);
  if (scan_of(place)->fields[child->role].text)
    return 0;
  if (listing->listed_field != child->role) {
    if (array_formats(listing->tree, child, 0, listing, err))
      return -1;
    listing->listed_field = child->role;
  }
  if (i % FORMAT_SLOTS >= listing->nformats)
    return 0;
  child->encoding = listing->formats[i % FORMAT_SLOTS];
  snprintf(buf, TREE_NAME_MAX + 1, "%s.%s", scan_of(place)->fields[child->role].name,
           encodings[child->encoding]->ext);
  /* a scan "a/b.npy" has the name of this file of a's field "b", and is found first */
  return !scan_dir_child(place->scans, buf);
}

const struct dir_type dir_scans = {
    .child = scans_child,
    .list = scans_list,
    .entry = scans_entry,
};
