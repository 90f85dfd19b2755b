/* README.txt and dataset.json, which explain the dataset. */
#include <string.h>

#include "core/base/clock.h"
#include "core/dataset/field_type.h"
#include "core/dataset/scalars.h"
#include "core/tree/describe.h"
#include "core/tree/file_text.h"

static int readme_text(struct tree *tree, const struct place *place,
                       struct content *content, struct text *out, struct err *err)
{
  const struct dataset_spec *spec = place->world->spec;
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

/* The names that the field's array has in its file beside the one that is used. */
static void describe_aliases(struct text *out, const struct snapshot *snapshot,
                             const struct field_spec *spec)
{
  char room[PATH_MAX];
  struct piece piece;
  int n = 0;
  if (!snapshot->names || !field_first_piece(spec, room, &piece))
    return;
  for (const char *const *name = snapshot->names; *name; name++) {
    if (piece.key && !strcmp(*name, piece.key))
      continue;
    text_add(out, "%s", n++ ? ", " : ", \"aliases\": [");
    text_add_json(out, *name);
  }
  text_add(out, "%s", n ? "]" : "");
}

/* One field of a scan as a JSON member. */
static int describe_field(const struct world *world, int scan, int field,
                          struct text *out, struct timespec *mtime, struct err *err)
{
  const struct field_spec *spec = &world->spec->scans[scan].fields[field];
  const struct snapshot *snapshot;
  struct err why = ERR_INIT;
  text_add_json(out, spec->name);
  text_add(out, ": {\"type\": \"%s\", ", spec->type == FIELD_MASK ? "mask" : "img");
  if (spec->has_value) {
    text_add(out, "\"value\": ");
    scalar_json(spec, out);
    text_add(out, spec->text ? "" : ", ");
  }
  if (spec->text) {
    /* it is no array */
  } else if (dataset_snapshot(world->dataset, scan, field, &snapshot, &why)) {
    if (describe_error(out, &why, err))
      return -1;
  } else {
    describe_array(out, snapshot->view);
    if (snapshot->geo.has_affine) {
      text_add(out, ", \"affine\": ");
      describe_affine(out, &snapshot->geo);
    }
    describe_aliases(out, snapshot, spec);
    if (clock_after(snapshot->mtime, *mtime))
      *mtime = snapshot->mtime;
    snapshot_unref(snapshot);
  }
  describe_source(out, spec);
  text_add(out, ", \"type_reason\": \"");
  field_type_reason(spec, out);
  text_add(out, "\"%s}", spec->scans_only ? ", \"scans_only\": true" : "");
  return 0;
}

static void describe_splits(const struct dataset_spec *spec, struct text *out)
{
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

/* What is registered with what, in the order that gives images and groups their
 * numbers. */
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

static void describe_views(const struct world *world, struct text *out)
{
  text_add(out, "  \"views\": {");
  for (int k = 0; kinds[k]; k++) {
    if (!kind_shown(kinds[k], world->spec))
      continue;
    text_add(out, "%s\n    \"%s\": [", k ? "," : "", kinds[k]->name);
    for (int i = 0, n = 0; i < world->nuses; i++) {
      if (world->uses[i].kind != kinds[k])
        continue;
      text_add(out, "%s", n++ ? ", " : "");
      text_add_json(out, world->uses[i].name);
    }
    text_add(out, "]");
  }
  text_add(out, "\n  }\n}\n");
}

/* Its mtime is the newest of all scans. */
static int dataset_text(struct tree *tree, const struct place *place,
                        struct content *content, struct text *out, struct err *err)
{
  const struct world *world = place->world;
  const struct dataset_spec *spec = world->spec;
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
      if (describe_field(world, s, f, out, &content->mtime, err))
        return -1;
    }
    text_add(out, "}}");
  }
  text_add(out, "\n  ],\n");
  describe_splits(spec, out);
  describe_pair_sets(spec, out);
  describe_views(world, out);
  return 0;
}

const struct file_type file_readme = {TEXT_FILE, .text = readme_text};
const struct file_type file_dataset = {TEXT_FILE, .text = dataset_text};
