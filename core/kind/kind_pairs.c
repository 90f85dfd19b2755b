/* pairs: what DeepReg's loaders yield, paired, unpaired or grouped, labelled or not.
 *
 * An item is a pair of images and at most one label of theirs.  Which pair is which item
 * is core/sampler/pair_order.h's; here are the names of things: splits, roles, columns,
 * index vectors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng_philox.h"
#include "core/kind/kind.h"
#include "core/kind/pair_draws.h"

/* --- splits and roles ------------------------------------------------------------- */

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
  return !strncmp(split, "train", 5) || !strcmp(split, "all");
}

static const struct pair_role_row roles[] = {
    {"moving_images", ROLE_IMAGE, PAIR_MOVING}, {"fixed_images", ROLE_IMAGE, PAIR_FIXED},
    {"moving_labels", ROLE_LABEL, PAIR_MOVING}, {"fixed_labels", ROLE_LABEL, PAIR_FIXED},
    {"indices", ROLE_INDICES, PAIR_MOVING},     {"moving_theta", ROLE_THETA, PAIR_MOVING},
    {"fixed_theta", ROLE_THETA, PAIR_FIXED},    {"moving_ddf", ROLE_DDF, PAIR_MOVING},
    {"fixed_ddf", ROLE_DDF, PAIR_FIXED},
};
enum { ROLES = sizeof roles / sizeof *roles };

static bool shows_labels(const struct draw_from *from)
{
  const struct view_params *const params = from->params;
  return params->labeled && (from->spec->pair_sets[from->split].labeled ||
                             params->missing_label == MISSING_LABEL_ZEROS);
}

static bool augments(const struct draw_from *from, const char *shown)
{
  return is_training(from->spec->pair_sets[from->split].split) &&
         augment_shown(&from->params->augment, shown, NULL, NULL);
}

static bool is_named(const struct names *fields, const char *name)
{
  for (int i = 0; i < fields->n; i++)
    if (!strcmp(fields->name[i], name))
      return true;
  return !fields->n;
}

static bool shows(const struct draw_from *from, const struct pair_role_row *role)
{
  if (!is_named(&from->params->fields, role->name))
    return false;
  switch (role->kind) {
  case ROLE_LABEL:
    return shows_labels(from);
  case ROLE_THETA:
    return augments(from, "theta");
  case ROLE_DDF:
    return augments(from, "ddf");
  default:
    return true;
  }
}

/* Role i of those that are shown; NULL: there are fewer. */
static const struct pair_role_row *role_row(const struct draw_from *from, int i)
{
  for (int r = 0; r < ROLES; r++)
    if (shows(from, &roles[r]) && i-- == 0)
      return &roles[r];
  return NULL;
}

static const char *pairs_role(const struct draw_from *from, int role)
{
  const struct pair_role_row *const row = role_row(from, role);
  return row ? row->name : NULL;
}

static bool pairs_role_known(const char *name)
{
  for (int r = 0; r < ROLES; r++)
    if (!strcmp(roles[r].name, name))
      return true;
  return false;
}

static unsigned pairs_formats(const struct draw_from *from, int role)
{
  const enum pair_role_kind kind = role_row(from, role)->kind;
  const bool numbers = kind == ROLE_INDICES || kind == ROLE_THETA;
  const struct encoding *const wanted = numbers ? &encoding_npy : &encoding_nii_gz;
  for (unsigned e = 0; encodings[e]; e++)
    if (encodings[e] == wanted)
      return 1u << e;
  return 0;
}

/* --- an epoch --------------------------------------------------------------------- */

static const struct pair_set *set_of(const struct draw_from *from)
{
  return &from->spec->pair_sets[from->split];
}

static struct pair_rules rules_of(const struct draw_from *from)
{
  const struct view_params *const params = from->params;
  const char *const split = set_of(from)->split;
  struct pair_rules rules = {
      .intra_group_prob = params->intra_group_prob,
      .intra_group_option = (enum pair_intra)params->intra_group_option,
      .sample_image_in_group = params->sample_image_in_group,
      .deepreg = params->order == ORDER_DEEPREG || !is_training(split),
      .stream = text_hash(0, split, strlen(split)),
      .epoch = from->epoch};
  if (!rules.deepreg)
    rules.seed = (uint64_t)(params->seed < 0 ? from->seed : params->seed);
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
  int64_t *const sizes = calloc((size_t)set->ngroups + 1, sizeof *sizes);
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

static int pairs_check(const struct draw_from *from, struct err *err)
{
  const struct pair_set *const set = set_of(from);
  const struct pair_rules rules = rules_of(from);
  struct pair_layout layout;
  if (from->params->pair_type >= 0 && from->params->pair_type != (int)set->type)
    return err_set(err, EINVAL, "type: expected %s, as split %s is, found %s",
                   pair_set_type_name(set->type), set->split,
                   pair_set_type_name((enum pair_set_type)from->params->pair_type));
  if (layout_of(set, &layout, err))
    return -1;
  const int result = pair_order_check(&rules, &layout, err);
  free((void *)(uintptr_t)layout.group_size);
  return result;
}

static void pairs_close(struct draws *draws)
{
  struct pair_draws *const self = (struct pair_draws *)draws;
  label_table_free(&self->labels);
  pair_order_close(self->order);
  free(self->group_first);
  free(self);
}

static int widen(struct pair_draws *self, const int *scans, int64_t n, struct err *err)
{
  struct text id = {0};
  for (int64_t i = 0; i < n; i++) {
    id.size = 0;
    text_add_csv(&id, self->draws.from.spec->scans[scans[i]].id, 0);
    if (id.size > self->id_width)
      self->id_width = id.size;
  }
  const bool failed = id.failed;
  text_free(&id);
  return failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* What is the same for all items: numbers of images, widths of columns. */
static int measure(struct pair_draws *self, struct err *err)
{
  const struct pair_set *const set = self->set;
  self->group_first = calloc((size_t)set->ngroups + 1, sizeof *self->group_first);
  if (!self->group_first)
    return err_set(err, ENOMEM, "out of memory");
  for (int g = 0; g < set->ngroups; g++) {
    const struct pair_group *const group = &set->groups[g];
    self->group_first[g + 1] = self->group_first[g] + group->n;
    if (widen(self, group->moving, group->n, err) ||
        (group->fixed != group->moving && widen(self, group->fixed, group->n, err)))
      return -1;
  }
  return 0;
}

static enum label_policy policy_of(const struct pair_draws *self)
{
  const struct view_params *const params = self->draws.from.params;
  if (!shows_labels(&self->draws.from))
    return LABEL_NONE;
  if (params->sample_label >= 0)
    return params->sample_label == SAMPLE_LABEL_ALL ? LABEL_ALL : LABEL_SAMPLE;
  return self->training ? LABEL_SAMPLE : LABEL_ALL;
}

static int fill(struct pair_draws *self, struct err *err)
{
  const struct draw_from *const from = &self->draws.from;
  struct pair_rules rules = rules_of(from);
  struct pair_layout layout;
  self->set = set_of(from);
  self->training = is_training(self->set->split);
  self->policy = policy_of(self);
  self->stream = rules.stream;
  self->seed = (uint64_t)(from->params->seed < 0 ? from->seed : from->params->seed);
  if (layout_of(self->set, &layout, err))
    return -1;
  int result = pair_order_open(&self->order, &rules, &layout, from->most, err);
  free((void *)(uintptr_t)layout.group_size);
  if (result || measure(self, err))
    return -1;
  self->draws.count = pair_order_pairs(self->order);
  self->draws.bytes = pair_order_bytes(self->order);
  return self->policy == LABEL_ALL ? label_table_make(self, &self->draws.count, err) : 0;
}

static int pairs_open(const struct draw_from *from, struct draws **out, struct err *err)
{
  struct pair_draws *const self = calloc(1, sizeof *self);
  if (!self)
    return err_set(err, ENOMEM, "out of memory");
  self->draws.from = *from;
  *out = &self->draws;
  if (!fill(self, err))
    return 0;
  pairs_close(&self->draws);
  return -1;
}

/* --- an item ---------------------------------------------------------------------- */

int pair_field(const struct dataset_spec *spec, int scan, const char *name)
{
  for (int f = 0; f < spec->scans[scan].nfields; f++)
    if (!strcmp(spec->scans[scan].fields[f].name, name))
      return f;
  return -1;
}

void pair_find(const struct pair_draws *self, int64_t item, struct pair_item *out)
{
  int64_t pair = item;
  out->label = -1;
  if (self->policy == LABEL_ALL)
    label_table_find(self, item, &pair, &out->label);
  pair_order_at(self->order, pair, &out->pair);
  const struct pair *const p = &out->pair;
  const struct pair_group *const groups = self->set->groups;
  out->scan[PAIR_MOVING] = groups[p->moving_group].moving[p->moving];
  out->scan[PAIR_FIXED] = groups[p->fixed_group].fixed[p->fixed];
}

int pair_item(const struct pair_draws *self, int64_t item, struct pair_item *out,
              struct err *err)
{
  int64_t labels;
  pair_find(self, item, out);
  if (self->policy == LABEL_NONE)
    return 0;
  if (label_count_pair(self, out->scan, &labels, err))
    return -1;
  if (self->policy == LABEL_SAMPLE) {
    const struct rng_place place = {RNG_USE_LABEL, self->seed, self->stream,
                                    self->draws.from.epoch, item};
    out->label = (int64_t)rng_below(&place, 0, (uint64_t)labels);
  }
  if (out->label < labels)
    return 0;
  return err_set(err, EIO,
                 "label %lld of %s: its file has %lld labels now, fewer than when they "
                 "were counted",
                 (long long)out->label, self->draws.from.spec->scans[out->scan[0]].id,
                 (long long)labels);
}

int pair_indices(const struct pair_draws *self, const struct pair_item *item,
                 int64_t out[PAIR_INDICES_MAX])
{
  const struct pair *const p = &item->pair;
  const bool grouped = self->set->type == PAIR_SET_GROUPED;
  int n = 0;
  if (grouped)
    out[n++] = p->moving_group;
  out[n++] = p->moving;
  if (grouped)
    out[n++] = p->fixed_group;
  if (self->set->type != PAIR_SET_PAIRED)
    out[n++] = p->fixed;
  out[n++] = item->label;
  return n;
}

static int pairs_make(const struct draws *draws, int64_t item, int role,
                      struct arena *arena, struct drawn *out, struct err *err)
{
  return pair_make((const struct pair_draws *)draws, item, role_row(&draws->from, role),
                   arena, out, err);
}

const struct split_kind split_pairs = {
    .splits = pairs_splits,
    .split_name = pairs_split_name,
    .role = pairs_role,
    .role_known = pairs_role_known,
    .formats = pairs_formats,
    .check = pairs_check,
    .open = pairs_open,
    .close = pairs_close,
    .make = pairs_make,
    .csv_head = pair_csv_head,
    .csv_row = pair_csv_row,
    .describe = pair_describe,
};

const struct kind kind_pairs = {
    .name = "pairs",
    .bit = KIND_PAIRS,
    .split = &split_pairs,
};
