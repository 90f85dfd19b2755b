/* From a name to its meaning: one function per kind of directory. */
#include <errno.h>
#include <string.h>

#include "core/tree/place_split.h"

int place_no_such(const char *name, struct err *err)
{
  return err_set(err, ENOENT, "%s: no such name", name);
}

static int child_of_root(struct tree *tree, const char *name, struct place *out,
                         struct err *err)
{
  static const struct {
    const char *name;
    enum place_type type;
  } fixed[] = {{"README.txt", PLACE_README},
               {"dataset.json", PLACE_DATASET},
               {"scans", PLACE_SCANS},
               {"splits", PLACE_SPLITS},
               {".tesserafs", PLACE_STATUS_DIR}};
  out->dir = &tree->scans;
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (!strcmp(name, fixed[i].name)) {
      out->type = fixed[i].type;
      return 0;
    }
  for (int i = 0; kinds[i]; i++)
    if (!strcmp(name, kinds[i]->name) && split_kind_shown(tree, kinds[i])) {
      out->type = PLACE_KIND;
      out->kind = kinds[i];
      return 0;
    }
  return place_no_such(name, err);
}

/* "<field>.<ext>" or "<field>[<cut>].<ext>" among the scan's fields. */
static int child_array(struct tree *tree, const struct scan_spec *scan, const char *name,
                       struct place *out, struct err *err)
{
  (void)tree;
  for (int e = 0; encodings[e]; e++) {
    int stem = place_stem(name, encodings[e]->ext);
    if (stem < 0)
      continue;
    const char *bracket = name[stem - 1] == ']' ? memchr(name, '[', (size_t)stem) : NULL;
    size_t len = bracket ? (size_t)(bracket - name) : (size_t)stem;
    for (int f = 0; f < scan->nfields; f++) {
      const char *field = scan->fields[f].name;
      if (strncmp(field, name, len) || field[len])
        continue;
      out->type = PLACE_ARRAY;
      out->field = f;
      out->encoding = e;
      out->name = name;
      return 0;
    }
  }
  return place_no_such(name, err);
}

/* A component of scans' ids: a directory of `type`.  false: there is none of this name.
 */
static bool child_dir(const struct place *parent, const char *name, enum place_type type,
                      struct place *out)
{
  const struct scan_dir *child = scan_dir_child(parent->dir, name);
  if (!child)
    return false;
  out->type = type;
  out->dir = child;
  out->scan = child->scan;
  return true;
}

static int child_of_scans(struct tree *tree, const struct place *parent, const char *name,
                          struct place *out, struct err *err)
{
  if (child_dir(parent, name, PLACE_SCANS, out))
    return 0;
  if (parent->scan < 0)
    return place_no_such(name, err);
  return child_array(tree, &tree->spec->dataset.scans[parent->scan], name, out, err);
}

static bool some_scan_has(const struct dataset_spec *dataset, const char *field)
{
  for (int s = 0; s < dataset->nscans; s++)
    for (int f = 0; f < dataset->scans[s].nfields; f++)
      if (!strcmp(dataset->scans[s].fields[f].name, field))
        return true;
  return false;
}

/* A field that no scan has is a slip of the pen; one that some scans lack is not. */
static int check_fields(struct tree *tree, const struct view_use *use, struct err *err)
{
  const struct names *fields = &use->params.fields;
  const struct split_kind *split = use->kind->split;
  for (int i = 0; i < fields->n; i++)
    if (split && !split->role_known(fields->name[i]))
      return err_set(err, EINVAL, "fields: %s have no '%s'", use->kind->name,
                     fields->name[i]);
    else if (!split && !some_scan_has(&tree->spec->dataset, fields->name[i]))
      return err_set(err, EINVAL, "fields: no scan has a field '%s'", fields->name[i]);
  return 0;
}

static int child_of_kind(struct tree *tree, const struct place *parent, const char *name,
                         struct place *out, struct err *err)
{
  out->type = parent->kind->split ? PLACE_SPLIT_VIEW : PLACE_VIEW;
  out->dir = &tree->scans;
  for (int i = 0; i < tree->nuses; i++)
    if (tree->uses[i].kind == parent->kind && !strcmp(tree->uses[i].name, name)) {
      out->use = &tree->uses[i];
      return 0;
    }
  if (!strchr(name, '='))
    return place_no_such(name, err);
  out->use = view_use_from_path(tree, parent->kind, name, err);
  if (!out->use)
    return -1;
  if (!check_fields(tree, out->use, err))
    return 0;
  view_use_unref(out->use);
  return -1;
}

/* The stem names an item: by number (or cell) or by place. */
static int child_item(struct tree *tree, const struct place *parent, const char *name,
                      int stem, struct place *out, struct err *err)
{
  struct plan plan;
  struct box box;
  bool at = !strncmp(name, "at=", 3);
  if (!at && (*name < '0' || *name > '9'))
    return place_no_such(name, err);
  if (place_plan(tree, parent, &plan, err))
    return -1;
  out->name = name;
  out->item = at ? -1 : kind_find(&plan, name, stem);
  if (at)
    return place_box(&plan, out, &box, err);
  return out->item < 0 ? place_no_such(name, err) : 0;
}

static int child_of_view(struct tree *tree, const struct place *parent, const char *name,
                         struct place *out, struct err *err)
{
  if (child_dir(parent, name, PLACE_VIEW, out))
    return 0;
  if (parent->scan < 0)
    return place_no_such(name, err);
  if (!strcmp(name, "items.csv")) {
    out->type = PLACE_ITEMS_CSV;
    return 0;
  }
  const struct scan_spec *scan = &tree->spec->dataset.scans[parent->scan];
  for (int f = 0; f < scan->nfields; f++)
    if (!strcmp(scan->fields[f].name, name) && place_shows(parent, &scan->fields[f])) {
      out->type = PLACE_FIELD;
      out->field = f;
      return 0;
    }
  int stem = place_stem(name, "json");
  if (stem < 0)
    return place_no_such(name, err);
  out->type = PLACE_ITEM_JSON;
  return child_item(tree, parent, name, stem, out, err);
}

static int child_of_field(struct tree *tree, const struct place *parent, const char *name,
                          struct place *out, struct err *err)
{
  out->type = PLACE_ITEM;
  for (int e = 0; encodings[e]; e++) {
    int stem = place_stem(name, encodings[e]->ext);
    if (stem < 0)
      continue;
    out->encoding = e;
    return child_item(tree, parent, name, stem, out, err);
  }
  return place_no_such(name, err);
}

static int child_of_splits(struct tree *tree, const char *name, struct place *out,
                           struct err *err)
{
  for (int i = 0; i < tree->spec->dataset.nsplits; i++)
    if (!strcmp(tree->spec->dataset.splits[i].name, name)) {
      out->type = PLACE_SPLIT;
      out->split = i;
      out->dir = &tree->splits[i];
      return 0;
    }
  return place_no_such(name, err);
}

static int child_of_split(const struct place *parent, const char *name, struct place *out,
                          struct err *err)
{
  const struct scan_dir *child = scan_dir_child(parent->dir, name);
  if (!child)
    return place_no_such(name, err);
  /* a link also leads to the scans whose ids begin with its own */
  out->type = child->scan >= 0 ? PLACE_LINK : PLACE_SPLIT;
  out->dir = child;
  out->scan = child->scan;
  return 0;
}

static int child_of_status(const char *name, struct place *out, struct err *err)
{
  for (int i = 0; status_names[i]; i++)
    if (!strcmp(status_names[i], name)) {
      out->type = PLACE_STATUS;
      out->status = i;
      return 0;
    }
  return place_no_such(name, err);
}

static int child_of(struct tree *tree, const struct place *parent, const char *name,
                    struct place *out, struct err *err)
{
  switch (parent->type) {
  case PLACE_ROOT:
    return child_of_root(tree, name, out, err);
  case PLACE_SCANS:
    return child_of_scans(tree, parent, name, out, err);
  case PLACE_KIND:
    return child_of_kind(tree, parent, name, out, err);
  case PLACE_VIEW:
    return child_of_view(tree, parent, name, out, err);
  case PLACE_FIELD:
    return child_of_field(tree, parent, name, out, err);
  case PLACE_SPLITS:
    return child_of_splits(tree, name, out, err);
  case PLACE_SPLIT:
    return child_of_split(parent, name, out, err);
  case PLACE_STATUS_DIR:
    return child_of_status(name, out, err);
  case PLACE_SPLIT_VIEW:
  case PLACE_VIEW_SPLIT:
  case PLACE_EPOCH:
  case PLACE_ROLE:
    return split_child(tree, parent, name, out, err);
  default:
    return err_set(err, ENOTDIR, "%s: its parent is not a directory", name);
  }
}

int place_child(struct tree *tree, const struct place *parent, const char *name,
                struct place *out, struct err *err)
{
  *out = *parent;
  out->name = NULL;
  if (parent->type == PLACE_ROOT)
    out->scan = out->field = out->split = out->status = -1;
  if (child_of(tree, parent, name, out, err))
    return -1;
  /* a view made from the path brings its first reference along */
  if (parent->type != PLACE_KIND)
    view_use_ref(out->use);
  return 0;
}
