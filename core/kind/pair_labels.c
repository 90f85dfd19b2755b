/* Which label an item of pairs/ shows.
 *
 * A label of three axes is one label, of four axes one for each of the last.  Headers say
 * how many: where every label makes an item they are all read when the draws are opened,
 * and a label file that is exchanged later for one with another number of labels is an
 * error of the items that it lacks.  One that cannot be read counts as one label, whose
 * item then says why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/kind/pair_collection.h"

enum { LABEL_STEP = 64 };

int pair_field(const struct dataset_spec *spec, int scan, const char *name)
{
  for (int f = 0; f < spec->scans[scan].nfields; f++)
    if (!strcmp(spec->scans[scan].fields[f].name, name))
      return f;
  return -1;
}

static int count_axes(const struct view *view, const char *scan, int64_t *out,
                      struct err *err)
{
  char shape[ND_TEXT];
  *out = view->nd == 3 ? 1 : view->nd == 4 ? view->shape[3] : 0;
  if (*out >= 1 && *out <= LABELS_MAX)
    return 0;
  return err_set(err, EIO,
                 "label of %s: expected 3 axes, or 4 with 1 to %d labels, "
                 "found %s",
                 scan, LABELS_MAX, nd_text(view->nd, view->shape, shape));
}

static int label_count(const struct pair_collection *self, int scan, int64_t *out,
                       struct err *err)
{
  const struct collection_of *of = &self->collection.of;
  const char *id = of->spec->scans[scan].id;
  const int field = pair_field(of->spec, scan, "label");
  const struct snapshot *snapshot;
  *out = 0;
  if (field < 0 && of->params->missing_label == MISSING_LABEL_ZEROS)
    return 0;
  if (field < 0)
    return err_set(err, EIO, "%s has no label; missing_label=zeros makes one", id);
  if (dataset_snapshot(of->dataset, scan, field, &snapshot, err))
    return -1;
  const int rc = count_axes(snapshot->view, id, out, err);
  snapshot_unref(snapshot);
  return rc;
}

/* A side without labels has as many, of zeros, as the other. */
static int agree(const struct pair_collection *self, const int scan[PAIR_SIDES],
                 const int64_t n[PAIR_SIDES], int64_t *out, struct err *err)
{
  const struct scan_spec *scans = self->collection.of.spec->scans;
  *out = n[PAIR_MOVING] ? n[PAIR_MOVING] : n[PAIR_FIXED] ? n[PAIR_FIXED] : 1;
  if (!n[PAIR_MOVING] || !n[PAIR_FIXED] || n[PAIR_MOVING] == n[PAIR_FIXED])
    return 0;
  return err_set(err, EIO,
                 "expected as many labels in a pair, found %lld of %s and %lld of %s",
                 (long long)n[PAIR_MOVING], scans[scan[PAIR_MOVING]].id,
                 (long long)n[PAIR_FIXED], scans[scan[PAIR_FIXED]].id);
}

int label_count_pair(const struct pair_collection *self, const int scan[PAIR_SIDES],
                     int64_t *out, struct err *err)
{
  int64_t n[PAIR_SIDES];
  return label_count(self, scan[PAIR_MOVING], &n[PAIR_MOVING], err) ||
                 label_count(self, scan[PAIR_FIXED], &n[PAIR_FIXED], err)
             ? -1
             : agree(self, scan, n, out, err);
}

/* --- every label an item ----------------------------------------------------------- */

void label_table_free(struct label_table *table)
{
  free(table->first);
  free(table->counts[PAIR_MOVING]);
  if (table->counts[PAIR_FIXED] != table->counts[PAIR_MOVING])
    free(table->counts[PAIR_FIXED]);
  *table = (struct label_table){0};
}

static int64_t images_of(const struct pair_set *set)
{
  int64_t n = 0;
  for (int g = 0; g < set->ngroups; g++)
    n += set->groups[g].n;
  return n;
}

/* The labels of all images of one side. */
static int count_side(struct pair_collection *self, enum pair_side side, struct err *err)
{
  const struct pair_set *set = self->set;
  int32_t *counts = calloc((size_t)images_of(set) + 1, sizeof *counts);
  self->labels.counts[side] = counts;
  if (!counts)
    return err_set(err, ENOMEM, "out of memory");
  for (int g = 0, i = 0; g < set->ngroups; g++)
    for (int64_t k = 0; k < set->groups[g].n; k++, i++) {
      const struct pair_group *group = &set->groups[g];
      struct err why = ERR_INIT;
      int64_t n;
      if (cancel_check(err))
        return -1;
      if (!label_count(self, (side == PAIR_MOVING ? group->moving : group->fixed)[k], &n,
                       &why))
        counts[i] = (int32_t)n;
      else if (err_is_passing(&why))
        return err_set(err, why.errnum, "%s", why.msg);
      else
        counts[i] = 1;
    }
  return 0;
}

/* Items of pair number `pair`. */
static int64_t items_of(const struct pair_collection *self, int64_t pair)
{
  struct pair p;
  pair_order_at(self->order, pair, &p);
  const int64_t *first = self->group_first;
  const int32_t moving =
      self->labels.counts[PAIR_MOVING][first[p.moving_group] + p.moving];
  const int32_t fixed = self->labels.counts[PAIR_FIXED][first[p.fixed_group] + p.fixed];
  /* where they do not agree, one item that says so */
  return !moving || !fixed ? (moving + fixed ? moving + fixed : 1)
         : moving == fixed ? moving
                           : 1;
}

/* The number that all images have; 0: they differ. */
static int64_t common_count(const struct pair_collection *self)
{
  const int64_t n = images_of(self->set);
  int32_t *const *const counts = self->labels.counts;
  const int32_t all = counts[PAIR_MOVING][0];
  for (int64_t i = 0; i < n; i++)
    if (counts[PAIR_MOVING][i] != all || counts[PAIR_FIXED][i] != all)
      return 0;
  return all ? all : 1;
}

static int fill_first(struct pair_collection *self, int64_t *count, struct err *err)
{
  const int64_t pairs = pair_order_pairs(self->order);
  const int64_t marks = pairs / LABEL_STEP + 1;
  self->collection.bytes += marks * (int64_t)sizeof *self->labels.first +
                            2 * images_of(self->set) * (int64_t)sizeof(int32_t);
  if (self->collection.bytes > self->collection.of.most)
    return err_set(err, EIO,
                   "the order of %lld pairs with different numbers of labels takes %lld "
                   "bytes, of %lld that cache= leaves for it",
                   (long long)pairs, (long long)self->collection.bytes,
                   (long long)self->collection.of.most);
  self->labels.first = malloc((size_t)marks * sizeof *self->labels.first);
  if (!self->labels.first)
    return err_set(err, ENOMEM, "out of memory");
  *count = 0;
  for (int64_t pair = 0; pair < pairs; pair++) {
    if (pair % LABEL_STEP == 0) {
      self->labels.first[pair / LABEL_STEP] = *count;
      if (cancel_check(err))
        return -1;
    }
    *count += items_of(self, pair);
  }
  if (pairs % LABEL_STEP == 0)
    self->labels.first[pairs / LABEL_STEP] = *count;
  return 0;
}

int label_table_make(struct pair_collection *self, int64_t *count, struct err *err)
{
  struct label_table *table = &self->labels;
  if (count_side(self, PAIR_MOVING, err))
    return -1;
  if (self->set->type == PAIR_SET_PAIRED) {
    if (count_side(self, PAIR_FIXED, err))
      return -1;
  } else {
    table->counts[PAIR_FIXED] = table->counts[PAIR_MOVING];
  }
  const int64_t each = common_count(self), pairs = pair_order_pairs(self->order);
  if (!each)
    return fill_first(self, count, err);
  label_table_free(table);
  table->each = each;
  if (checked_mul(pairs, each, count))
    return 0;
  return err_set(err, EOVERFLOW,
                 "%lld pairs of %lld labels are more than can be numbered",
                 (long long)pairs, (long long)each);
}

void label_table_find(const struct pair_collection *self, int64_t item, int64_t *pair,
                      int64_t *label)
{
  const struct label_table *table = &self->labels;
  if (table->each) {
    *pair = item / table->each;
    *label = item % table->each;
    return;
  }
  int64_t low = 0, high = pair_order_pairs(self->order) / LABEL_STEP;
  while (low < high) { /* the last mark at or before the item */
    const int64_t middle = low + (high - low + 1) / 2;
    if (table->first[middle] <= item)
      low = middle;
    else
      high = middle - 1;
  }
  int64_t at = table->first[low], n;
  for (*pair = low * LABEL_STEP; at + (n = items_of(self, *pair)) <= item; ++*pair)
    at += n;
  *label = item - at;
}
