/* pairs: what DeepReg's loaders yield, paired, unpaired or grouped, labelled or not.
 *
 * An item is a pair of images and at most one label of theirs.  Which pair is which item
 * is core/sampler/pair_order.h's; here are the names of things: splits, roles,
 * columns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/kind/pair_collection.h"

/* --- splits and roles -------------------------------------------------------------- */

static int pairs_splits(const struct dataset_spec *spec)
{
  return spec->npair_sets;
}

static const char *pairs_split_name(const struct dataset_spec *spec, int split)
{
  return spec->pair_sets[split].split;
}

/* DeepReg draws anew in training only; what is not divided is for training. */
static bool is_training(const char *split)
{
  return !strncasecmp(split, "train", 5) || !strcmp(split, "all");
}

static const struct pair_role_row roles[] = {
    {"moving_images", ROLE_IMAGE, PAIR_MOVING}, {"fixed_images", ROLE_IMAGE, PAIR_FIXED},
    {"moving_labels", ROLE_LABEL, PAIR_MOVING}, {"fixed_labels", ROLE_LABEL, PAIR_FIXED},
    {"indices", ROLE_INDICES, PAIR_MOVING},     {"moving_theta", ROLE_THETA, PAIR_MOVING},
    {"fixed_theta", ROLE_THETA, PAIR_FIXED},    {"moving_ddf", ROLE_DDF, PAIR_MOVING},
    {"fixed_ddf", ROLE_DDF, PAIR_FIXED},
};
enum { ROLES = sizeof roles / sizeof *roles };

static bool shows_labels(const struct collection_of *of)
{
  const struct view_params *params = of->params;
  return params->labeled && (of->spec->pair_sets[of->split].labeled ||
                             params->missing_label == MISSING_LABEL_ZEROS);
}

static bool augments(const struct collection_of *of, const char *shown)
{
  return is_training(of->spec->pair_sets[of->split].split) &&
         augment_shown(&of->params->augment, shown, NULL, NULL);
}

static bool shows(const struct collection_of *of, const struct pair_role_row *role)
{
  const struct names *fields = &of->params->fields;
  if (fields->n && !text_is_one_of(fields->name, (size_t)fields->n, role->name))
    return false;
  switch (role->kind) {
  case ROLE_LABEL:
    return shows_labels(of);
  case ROLE_THETA:
    return augments(of, "theta");
  case ROLE_DDF:
    return augments(of, "ddf");
  default:
    return true;
  }
}

/* Role i of those that are shown; NULL: there are fewer. */
static const struct pair_role_row *role_row(const struct collection_of *of, int i)
{
  for (int r = 0; r < ROLES; r++)
    if (shows(of, &roles[r]) && i-- == 0)
      return &roles[r];
  return NULL;
}

static bool pairs_role_known(const struct dataset_spec *spec, const char *name)
{
  for (int r = 0; r < ROLES; r++)
    if (!strcmp(roles[r].name, name))
      return true;
  return false;
}

/* DeepReg's loader finds images and labels as nii.gz. */
static bool pairs_role(const struct collection_of *of, int i, struct role *out)
{
  const struct pair_role_row *row = role_row(of, i);
  if (!row)
    return false;
  const bool numbers = row->kind == ROLE_INDICES || row->kind == ROLE_THETA;
  *out = (struct role){.name = row->name};
  for (unsigned e = 0; encodings[e]; e++)
    if (encodings[e] == (numbers ? &encoding_npy : &encoding_nii_gz))
      out->formats = 1u << e;
  return true;
}

/* --- an epoch ---------------------------------------------------------------------- */

static const struct pair_set *set_of(const struct collection_of *of)
{
  return &of->spec->pair_sets[of->split];
}

static struct pair_rules rules_of(const struct collection_of *of)
{
  const struct view_params *params = of->params;
  const char *split = set_of(of)->split;
  struct pair_rules rules = {
      .intra_group_prob = params->intra_group_prob,
      .intra_group_option = (enum pair_intra)params->intra_group_option,
      .sample_image_in_group = params->sample_image_in_group,
      .deepreg = params->order == ORDER_DEEPREG || !is_training(split),
      .stream = text_hash(0, split, strlen(split)),
      .epoch = of->epoch};
  if (!rules.deepreg)
    rules.seed = (uint64_t)(params->seed < 0 ? of->seed : params->seed);
  else if (params->order == ORDER_DEEPREG && params->seed > 0)
    rules.seed = (uint64_t)params->seed;
  return rules;
}

/* The sizes of groups are the caller's to free. */
static int layout_of(const struct pair_set *set, struct pair_layout *out, struct err *err)
{
  static const enum pair_type types[] = {[PAIR_SET_PAIRED] = PAIR_PAIRED,
                                         [PAIR_SET_UNPAIRED] = PAIR_UNPAIRED,
                                         [PAIR_SET_GROUPED] = PAIR_GROUPED};
  int64_t *sizes = calloc((size_t)set->ngroups + 1, sizeof *sizes);
  if (!sizes)
    return err_set(err, ENOMEM, "out of memory");
  *out = (struct pair_layout){
      .type = types[set->type], .ngroups = set->ngroups, .group_size = sizes};
  for (int g = 0; g < set->ngroups; g++) {
    sizes[g] = set->groups[g].n;
    out->n += sizes[g];
  }
  return 0;
}

static int pairs_check(const struct collection_of *of, struct err *err)
{
  const struct pair_set *set = set_of(of);
  const struct pair_rules rules = rules_of(of);
  struct pair_layout layout;
  if (of->params->pair_type >= 0 && of->params->pair_type != (int)set->type)
    return err_set(err, EINVAL, "type: expected %s, as split %s is, found %s",
                   pair_set_type_name(set->type), set->split,
                   pair_set_type_name((enum pair_set_type)of->params->pair_type));
  if (layout_of(set, &layout, err))
    return -1;
  const int rc = pair_order_check(&rules, &layout, err);
  free((void *)(uintptr_t)layout.group_size);
  return rc;
}

static void pairs_close(struct collection *collection)
{
  struct pair_collection *self = (struct pair_collection *)collection;
  label_table_free(&self->labels);
  pair_order_close(self->order);
  free(self->group_first);
  free(self);
}

static int widen(struct pair_collection *self, const int *scans, int64_t n,
                 struct err *err)
{
  struct text id = {0};
  for (int64_t i = 0; i < n; i++) {
    id.size = 0;
    text_add_csv(&id, self->collection.of.spec->scans[scans[i]].id, 0);
    if (id.size > self->id_width)
      self->id_width = id.size;
  }
  const bool failed = id.failed;
  text_free(&id);
  return failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* What is the same for all items: numbers of images, widths of columns. */
static int measure(struct pair_collection *self, struct err *err)
{
  const struct pair_set *set = self->set;
  self->group_first = calloc((size_t)set->ngroups + 1, sizeof *self->group_first);
  if (!self->group_first)
    return err_set(err, ENOMEM, "out of memory");
  for (int g = 0; g < set->ngroups; g++) {
    const struct pair_group *group = &set->groups[g];
    self->group_first[g + 1] = self->group_first[g] + group->n;
    if (widen(self, group->moving, group->n, err) ||
        (group->fixed != group->moving && widen(self, group->fixed, group->n, err)))
      return -1;
  }
  return 0;
}

static enum label_policy policy_of(const struct pair_collection *self)
{
  const struct view_params *params = self->collection.of.params;
  if (!shows_labels(&self->collection.of))
    return LABEL_NONE;
  if (params->sample_label >= 0)
    return params->sample_label == SAMPLE_LABEL_ALL ? LABEL_ALL : LABEL_SAMPLE;
  return self->training ? LABEL_SAMPLE : LABEL_ALL;
}

static int fill(struct pair_collection *self, struct err *err)
{
  const struct collection_of *of = &self->collection.of;
  struct pair_rules rules = rules_of(of);
  struct pair_layout layout;
  self->set = set_of(of);
  self->training = is_training(self->set->split);
  self->policy = policy_of(self);
  self->stream = rules.stream;
  self->seed = (uint64_t)(of->params->seed < 0 ? of->seed : of->params->seed);
  if (layout_of(self->set, &layout, err))
    return -1;
  int rc = pair_order_open(&self->order, &rules, &layout, of->most, err);
  free((void *)(uintptr_t)layout.group_size);
  if (rc || measure(self, err))
    return -1;
  self->index_width = text_digits(self->group_first[self->set->ngroups]);
  self->collection.count = pair_order_pairs(self->order);
  self->collection.bytes = pair_order_bytes(self->order);
  return self->policy == LABEL_ALL ? label_table_make(self, &self->collection.count, err)
                                   : 0;
}

static int pairs_open(const struct kind *kind, const struct collection_of *of,
                      struct collection **out, struct err *err)
{
  struct pair_collection *self = calloc(1, sizeof *self);
  if (!self)
    return err_set(err, ENOMEM, "out of memory");
  self->collection.of = *of;
  *out = &self->collection;
  if (!fill(self, err))
    return 0;
  pairs_close(*out);
  return -1;
}

/* --- an item ----------------------------------------------------------------------- */

static const struct pair_collection *pairs_of(const struct collection *collection)
{
  return (const struct pair_collection *)collection;
}

static int pairs_item(const struct collection *collection, const struct item_id *id,
                      int role, struct arena *arena, struct made *out, struct err *err)
{
  return pair_make(pairs_of(collection), id->number, role_row(&collection->of, role),
                   false, arena, out, err);
}

static int pairs_facts(const struct collection *collection, const struct item_id *id,
                       int role, struct arena *arena, struct made *out, struct err *err)
{
  return pair_make(pairs_of(collection), id->number, role_row(&collection->of, role),
                   true, arena, out, err);
}

enum { LABEL_WIDTH = 5 }; /* of LABELS_MAX */

static int64_t pairs_csv_head(const struct collection *collection, struct text *out)
{
  const struct pair_collection *self = pairs_of(collection);
  int64_t unused[PAIR_INDICES_MAX];
  const struct pair_item none = {.label = -1};
  const int n = pair_indices(self, &none, unused);
  struct text split = {0};
  text_add_csv(&split, self->set->split, 0);
  const int64_t split_width = (int64_t)split.size;
  out->failed |= split.failed;
  text_free(&split);
  text_add(out, ",split,moving,fixed");
  for (int i = 0; i < n; i++)
    text_add(out, ",index_%d", i);
  text_add(out, ",label");
  return split_width + 1 + 2 * ((int64_t)self->id_width + 1) +
         (n - 1) * (self->index_width + 1) + 2 * (LABEL_WIDTH + 1);
}

static int pairs_csv_row(const struct collection *collection, int64_t item,
                         struct text *out, struct err *err)
{
  const struct pair_collection *self = pairs_of(collection);
  const struct scan_spec *scans = collection->of.spec->scans;
  struct pair_item found;
  int64_t indices[PAIR_INDICES_MAX];
  if (pair_item(self, item, &found, err))
    return -1;
  text_add(out, ",");
  text_add_csv(out, self->set->split, 0);
  for (int side = 0; side < PAIR_SIDES; side++) {
    text_add(out, ",");
    text_add_csv(out, scans[found.scan[side]].id, self->id_width);
  }
  const int n = pair_indices(self, &found, indices), width = self->index_width;
  for (int i = 0; i < n - 1; i++)
    text_add(out, ",%*lld", width, (long long)indices[i]);
  text_add(out, ",%*lld,%*lld", LABEL_WIDTH, (long long)found.label, LABEL_WIDTH,
           (long long)found.label);
  return 0;
}

static int pairs_describe(const struct collection *collection, const struct item_id *id,
                          struct text *out, struct err *err)
{
  const struct pair_collection *self = pairs_of(collection);
  const struct scan_spec *scans = collection->of.spec->scans;
  struct pair_item found;
  int64_t indices[PAIR_INDICES_MAX];
  if (pair_item(self, id->number, &found, err))
    return -1;
  text_add(out, ",\n  \"split\": ");
  text_add_json(out, self->set->split);
  text_add(out, ",\n  \"epoch\": %lld,\n  \"item\": %lld,\n  \"items\": %lld",
           (long long)collection->of.epoch, (long long)id->number,
           (long long)collection->count);
  text_add(out, ",\n  \"moving\": ");
  text_add_json(out, scans[found.scan[PAIR_MOVING]].id);
  text_add(out, ",\n  \"fixed\": ");
  text_add_json(out, scans[found.scan[PAIR_FIXED]].id);
  text_add(out, ",\n  \"indices\": [");
  const int n = pair_indices(self, &found, indices);
  for (int i = 0; i < n; i++)
    text_add(out, "%s%lld", i ? ", " : "", (long long)indices[i]);
  text_add(out, "],\n  \"label\": %lld", (long long)found.label);
  if (pair_order_skipped(self->order))
    text_add(out, ",\n  \"skipped_groups\": %lld",
             (long long)pair_order_skipped(self->order));
  return 0;
}

const struct kind kind_pairs = {
    .name = "pairs",
    .bit = KIND_PAIRS,
    .scope = SCOPE_EPOCHS,
    .splits = pairs_splits,
    .split_name = pairs_split_name,
    .check = pairs_check,
    .role = pairs_role,
    .role_known = pairs_role_known,
    .open = pairs_open,
    .close = pairs_close,
    .item = pairs_item,
    .facts = pairs_facts,
    .csv_head = pairs_csv_head,
    .csv_row = pairs_csv_row,
    .describe = pairs_describe,
};
