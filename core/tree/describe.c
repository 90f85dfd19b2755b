/* The texts that explain the dataset: README.txt, dataset.json, <item>.json. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/tree/place_split.h"

#include "core/base/clock.h"

void describe_numbers(struct text *out, const int64_t *v, int n)
{
  text_add(out, "[");
  for (int d = 0; d < n; d++)
    text_add(out, "%s%lld", d ? ", " : "", (long long)v[d]);
  text_add(out, "]");
}

/* JSON has no NaN or infinity. */
static void add_double(struct text *out, double value)
{
  if (isfinite(value))
    text_add(out, "%.17g", value);
  else
    text_add(out, "null");
}

void describe_affine(struct text *out, const struct geometry *geo)
{
  text_add(out, "[");
  for (int r = 0; r < 3; r++) {
    text_add(out, "%s[", r ? ", " : "");
    for (int c = 0; c < 4; c++) {
      text_add(out, "%s", c ? ", " : "");
      add_double(out, geo->affine[r][c]);
    }
    text_add(out, "]");
  }
  text_add(out, ", [0, 0, 0, 1]]");
}

int describe_readme(struct tree *tree, struct text *out, struct err *err)
{
  (void)err;
  const struct dataset_spec *spec = &tree->spec->dataset;
  const char *scan = spec->scans[0].id, *field = spec->scans[0].fields[0].name;
  text_add(
      out,
      "This tree is generated: every file below has its exact size and comes into "
      "being when it is\nread. Nothing is stored; copy, map or stream what you need.\n"
      "\n"
      "  dataset.json                         scans, fields, shapes, dtypes, splits\n"
      "  scans/<scan>/<field>.<ext>           whole arrays\n"
      "  scans/<scan>/<field>[<cut>].<ext>    any numpy-style cut: [10:74,:,5] "
      "[::2,::2,::-1]\n"
      "  slices/<view>/<scan>/<field>/        2-D slices, or windows of them\n"
      "  patches/<view>/<scan>/<field>/       a grid of boxes\n"
      "  chunks/<view>/<scan>/<field>/        the few parts of a large volume\n");
  if (spec->npair_sets)
    text_add(out, "  pairs/<view>/<split>/epoch-<E>/      pairs to register, drawn anew "
                  "in each epoch\n");
  text_add(
      out,
      "  splits/<split>/<scan>                links into scans/\n"
      "  .tesserafs/                          errors.log, stats.json, ignored.txt\n"
      "  .tesserafs/prefetch                  write paths to it: they are decoded ahead\n"
      "\n"
      "<ext> chooses the encoding:");
  for (int e = 0; encodings[e]; e++)
    text_add(out, " %s", encodings[e]->ext);
  text_add(out, ". Those that are not listed can be opened too.\n"
                "<view> is \"default\", a declared name, or the parameters themselves:\n"
                "\n");
  text_add(out, "  scans/%s/%s.npy\n", scan, field);
  text_add(out, "  slices/axis=0/%s/%s/\n", scan, field);
  text_add(out, "  patches/size=32,stride=16/%s/%s/\n", scan, field);
  text_add(out, "  patches/size=32/%s/items.csv\n", scan);
  text_add(out, "  chunks/num=2,pad=8/%s/%s/\n", scan, field);
  text_add(out, "\nThis dataset: %d scan%s, %d split%s.\n", spec->nscans,
           spec->nscans == 1 ? "" : "s", spec->nsplits, spec->nsplits == 1 ? "" : "s");
  return 0;
}

void describe_array(struct text *out, const struct view *view)
{
  text_add(out, "\"dtype\": \"%s\", \"shape\": ", dtype_table[view->dtype].name);
  describe_numbers(out, view->shape, view->nd);
}

/* How the files of a field are joined. */
static void describe_gather(struct text *out, const struct field_spec *field)
{
  const struct gather_spec *gather = &field->gather;
  if (!gather->naxes)
    return;
  text_add(out, ", \"pieces\": %lld, \"gather\": {", (long long)field->npieces);
  for (int i = 0; i < gather->naxes; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    text_add(out, "%s", i ? ", " : "");
    text_add_json(out, axis->name);
    text_add(out, ": {\"axis\": %d, \"how\": \"%s\", \"n\": %lld}", axis->axis,
             axis->concat ? "concat" : "stack", (long long)axis->n);
  }
  text_add(out, "}");
}

void describe_source(struct text *out, const struct field_spec *field)
{
  char room[PATH_MAX];
  struct piece piece;
  if (!field_first_piece(field, room, &piece))
    return;
  text_add(out, ", \"source\": ");
  text_add_json(out, piece.path);
  if (piece.key) {
    text_add(out, ", \"key\": ");
    text_add_json(out, piece.key);
  }
  describe_gather(out, field);
}

/* In place of the facts about a field that cannot be read: why.  -1: the reason will be
 * gone in a moment, and must not be written down as a fact. */
int describe_error(struct text *out, const struct err *why, struct err *err)
{
  if (err_is_passing(why))
    return err_set(err, why->errnum, "%s", why->msg);
  text_add(out, "\"error\": ");
  text_add_json(out, why->msg);
  return 0;
}

/* One field of a scan as a JSON member. */
static int describe_field(struct tree *tree, int scan, int field, struct text *out,
                          struct timespec *mtime, struct err *err)
{
  const struct field_spec *spec = &tree->spec->dataset.scans[scan].fields[field];
  const struct snapshot *snapshot;
  struct err why = ERR_INIT;
  text_add_json(out, spec->name);
  text_add(out, ": {\"type\": \"%s\", ", spec->type == FIELD_MASK ? "mask" : "img");
  if (dataset_snapshot(tree->dataset, scan, field, &snapshot, &why)) {
    if (describe_error(out, &why, err))
      return -1;
  } else {
    describe_array(out, snapshot->view);
    if (snapshot->geo.has_affine) {
      text_add(out, ", \"affine\": ");
      describe_affine(out, &snapshot->geo);
    }
    if (clock_after(snapshot->mtime, *mtime))
      *mtime = snapshot->mtime;
    snapshot_unref(snapshot);
  }
  describe_source(out, spec);
  text_add(out, "}");
  return 0;
}

static void describe_splits(struct tree *tree, struct text *out)
{
  const struct dataset_spec *spec = &tree->spec->dataset;
  text_add(out, "  \"splits\": {");
  for (int i = 0; i < spec->nsplits; i++) {
    text_add(out, "%s\n    ", i ? "," : "");
    text_add_json(out, spec->splits[i].name);
    text_add(out, ": [");
    for (int k = 0; k < spec->splits[i].nscans; k++) {
      text_add(out, "%s", k ? ", " : "");
      text_add_json(out, spec->scans[spec->splits[i].scans[k]].id);
    }
    text_add(out, "]");
  }
  text_add(out, "\n  },\n");
}

static void describe_ids(const struct dataset_spec *spec, const int *scans, int64_t n,
                         struct text *out)
{
  text_add(out, "[");
  for (int64_t i = 0; i < n; i++) {
    text_add(out, "%s", i ? ", " : "");
    text_add_json(out, spec->scans[scans[i]].id);
  }
  text_add(out, "]");
}

static void describe_group(const struct dataset_spec *spec, const struct pair_set *set,
                           const struct pair_group *group, struct text *out)
{
  text_add(out, "{");
  if (set->type == PAIR_SET_GROUPED) {
    text_add(out, "\"name\": ");
    text_add_json(out, group->name);
    text_add(out, ", ");
  }
  text_add(out, "\"%s\": ", set->type == PAIR_SET_PAIRED ? "moving" : "images");
  describe_ids(spec, group->moving, group->n, out);
  if (set->type == PAIR_SET_PAIRED) {
    text_add(out, ", \"fixed\": ");
    describe_ids(spec, group->fixed, group->n, out);
  }
  text_add(out, "}");
}

/* What is registered with what, in the order that gives images and groups their numbers.
 */
static void describe_pair_sets(const struct dataset_spec *spec, struct text *out)
{
  if (!spec->npair_sets)
    return;
  text_add(out, "  \"pairs\": {");
  for (int i = 0; i < spec->npair_sets; i++) {
    const struct pair_set *set = &spec->pair_sets[i];
    text_add(out, "%s\n    ", i ? "," : "");
    text_add_json(out, set->split);
    text_add(out, ": {\"type\": \"%s\", \"labeled\": %s, \"groups\": [",
             pair_set_type_name(set->type), set->labeled ? "true" : "false");
    for (int g = 0; g < set->ngroups; g++) {
      text_add(out, "%s", g ? ", " : "");
      describe_group(spec, set, &set->groups[g], out);
    }
    text_add(out, "]}");
  }
  text_add(out, "\n  },\n");
}

static void describe_views(struct tree *tree, struct text *out)
{
  text_add(out, "  \"views\": {");
  for (int k = 0; kinds[k]; k++) {
    if (!split_kind_shown(tree, kinds[k]))
      continue;
    text_add(out, "%s\n    \"%s\": [", k ? "," : "", kinds[k]->name);
    for (int i = 0, n = 0; i < tree->nuses; i++) {
      if (tree->uses[i].kind != kinds[k])
        continue;
      text_add(out, "%s", n++ ? ", " : "");
      text_add_json(out, tree->uses[i].name);
    }
    text_add(out, "]");
  }
  text_add(out, "\n  }\n}\n");
}

int describe_dataset(struct tree *tree, struct text *out, struct timespec *mtime,
                     struct err *err)
{
  const struct dataset_spec *spec = &tree->spec->dataset;
  text_add(out, "{\n  \"source\": ");
  text_add_json(out, tree->spec->source);
  text_add(out, ",\n  \"layout\": ");
  text_add_json(out, spec->layout);
  text_add(out, ",\n  \"scans\": [");
  for (int s = 0; s < spec->nscans; s++) {
    text_add(out, "%s\n    {\"id\": ", s ? "," : "");
    text_add_json(out, spec->scans[s].id);
    text_add(out, ", \"fields\": {");
    for (int f = 0; f < spec->scans[s].nfields; f++) {
      text_add(out, "%s", f ? ", " : "");
      if (describe_field(tree, s, f, out, mtime, err))
        return -1;
    }
    text_add(out, "}}");
  }
  text_add(out, "\n  ],\n");
  describe_splits(tree, out);
  describe_pair_sets(spec, out);
  describe_views(tree, out);
  return 0;
}

/* One field of an item; *mtime moves to its scan's. */
static int describe_item_field(struct tree *tree, const struct place *place, int field,
                               struct text *out, struct timespec *mtime, struct err *err)
{
  const struct field_spec *spec = &tree->spec->dataset.scans[place->scan].fields[field];
  struct content content;
  struct err why = ERR_INIT;
  int result = 0;
  struct place item = *place;
  item.field = field;
  text_add_json(out, spec->name);
  text_add(out, ": {\"type\": \"%s\", ", spec->type == FIELD_MASK ? "mask" : "img");
  content_init(&content);
  if (content_item(tree, &item, &content, &why)) {
    result = describe_error(out, &why, err);
  } else {
    describe_array(out, content.item.view);
    text_add(out, ", \"affine\": ");
    describe_affine(out, &content.item.geo);
  }
  if (content.snapshot && clock_after(content.snapshot->mtime, *mtime))
    *mtime = content.snapshot->mtime;
  describe_source(out, spec);
  text_add(out, "}");
  content_free(&content);
  return result;
}

/* What an item is called, and what its kind says of it. */
static void describe_number(const struct plan *plan, int64_t item, struct text *out)
{
  char name[KIND_NAME_MAX + 1];
  kind_name(plan, item, name);
  if (plan->kind->grid_names)
    text_add(out, ",\n  \"item\": \"%s\"", name);
  else
    text_add(out, ",\n  \"item\": %lld", (long long)item);
  if (plan->kind->describe)
    plan->kind->describe(plan, item, out);
}

int describe_item(struct tree *tree, const struct place *place, struct text *out,
                  struct timespec *mtime, struct err *err)
{
  struct plan plan;
  struct box box;
  if (place_plan(tree, place, &plan, err) || place_box(&plan, place, &box, err))
    return -1;
  const struct scan_spec *scan = &tree->spec->dataset.scans[place->scan];
  text_add(out, "{\n  \"kind\": \"%s\",\n  \"view\": ", place->kind->name);
  text_add_json(out, place->use->name);
  text_add(out, ",\n  \"scan\": ");
  text_add_json(out, scan->id);
  if (place->item >= 0)
    describe_number(&plan, place->item, out);
  text_add(out, ",\n  \"items\": %lld,\n  \"start\": ", (long long)plan.count);
  describe_numbers(out, box.start, plan.space.nd);
  text_add(out, ",\n  \"stop\": ");
  describe_numbers(out, box.stop, plan.space.nd);
  text_add(out, ",\n  \"extent\": ");
  describe_numbers(out, plan.space.extent, plan.space.nd);
  text_add(out, ",\n  \"fields\": {");
  mtime->tv_sec = 0;
  for (int f = 0, n = 0; f < scan->nfields; f++) {
    if (!place_shows(place, &scan->fields[f]))
      continue;
    text_add(out, "%s\n    ", n++ ? "," : "");
    if (describe_item_field(tree, place, f, out, mtime, err))
      return -1;
  }
  text_add(out, "\n  }\n}\n");
  return 0;
}
