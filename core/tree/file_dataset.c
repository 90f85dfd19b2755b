/* README.txt and dataset.json, which explain the dataset. */
#include <errno.h>

#include "core/base/clock.h"
#include "core/tree/file_text.h"
#include "core/tree/scan_asker.h"

static const int64_t NS = 1000000000;
enum { STAT_MS = 500, UNASKED_MS = 60 * 1000 };

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

/* All but the scans, which stand between. */
static void begin_text(const struct tree *tree, const struct world *world,
                       struct text *out)
{
  text_add(out, "{\n  \"source\": ");
  text_add_json(out, tree->spec->source);
  text_add(out, ",\n  \"layout\": ");
  text_add_json(out, world->spec->layout);
  text_add(out, ",\n  \"scans\": [");
}

static void end_text(const struct world *world, struct text *out)
{
  text_add(out, "\n  ],\n");
  describe_splits(world->spec, out);
  describe_pair_sets(world->spec, out);
  describe_views(world, out);
}

/* Its mtime is the newest of all scans.  within: see scan_asker_tell(). */
static int make_text(struct tree *tree, struct world *world, int64_t within,
                     struct text *out, struct timespec *mtime, struct err *err)
{
  begin_text(tree, world, out);
  const int rc = scan_asker_tell(tree->asker, world, within, out, mtime, err);
  if (rc)
    return rc;
  end_text(world, out);
  if (out->failed)
    return err_set(err, ENOMEM, "out of memory");
  atomic_store(&world->described_mtime, mtime->tv_sec * NS + mtime->tv_nsec);
  atomic_store(&world->described, (int64_t)out->size);
  atomic_store(&world->unasked_until, 0);
  return 0;
}

static int dataset_text(struct tree *tree, const struct place *place,
                        struct content *content, struct text *out, struct err *err)
{
  return make_text(tree, place->world, 0, out, &content->mtime, err);
}

/* Shows what the file was like the last time; before there is one, about its size. */
static int stat_unasked(struct tree *tree, struct world *world, struct tree_attr *out,
                        struct err *err)
{
  const int64_t mtime = atomic_load(&world->described_mtime);
  struct text text = {0};
  out->size = atomic_load(&world->described);
  if (mtime)
    out->mtime = (struct timespec){mtime / NS, mtime % NS};
  if (out->size)
    return 0;
  begin_text(tree, world, &text);
  scan_asker_outline(world->spec, &text);
  end_text(world, &text);
  out->size = (int64_t)text.size;
  const int rc = text.failed ? err_set(err, ENOMEM, "out of memory") : 0;
  text_free(&text);
  return rc;
}

/* A stat must not wait for sources that hang or are very many: `ls -l` of the root would.
 * Once they have taken too long it does not ask them for a while. */
static int dataset_stat(struct tree *tree, const struct place *place,
                        struct tree_attr *out, struct err *err)
{
  struct world *world = place->world;
  struct text text = {0};
  struct timespec mtime = world->mtime;
  int rc = 1;
  if (clock_ms() >= atomic_load(&world->unasked_until))
    rc = make_text(tree, world, STAT_MS, &text, &mtime, err);
  out->size = (int64_t)text.size;
  out->mtime = mtime;
  text_free(&text);
  if (rc > 0) {
    if (clock_ms() >= atomic_load(&world->unasked_until))
      atomic_store(&world->unasked_until, clock_ms() + UNASKED_MS);
    rc = stat_unasked(tree, world, out, err);
  }
  return rc;
}

const struct file_type file_readme = {TEXT_FILE, .text = readme_text};
const struct file_type file_dataset = {TREE_FILE, .frozen = true, .stat = dataset_stat,
                                       .open = text_open, .text = dataset_text};
