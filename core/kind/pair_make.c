/* The arrays of a pair, in DeepReg's order: one channel of a label, float32, images to
 * 0..1, spacing, resize, augmentation; then the view's own transforms.
 *
 * A label is checked to lie in 0..1 as a whole, all channels of it, before its first
 * voxel is given: classes that were not made one-hot would else be interpolated. */
#include <errno.h>
#include <string.h>

#include "core/kind/pair_collection.h"
#include "core/transform/transform_table.h"
#include "core/view/view_resample.h"

enum { AXES = 3 };

/* One array on its way. */
struct making {
  const struct pair_collection *self;
  const struct view_params *params;
  struct pair_item found;
  int64_t item;
  enum pair_side side;
  const char *id; /* the scan's */
  struct arena *arena;
  bool facts; /* only dtype and shape will be asked for */
  struct made *out;
};

/* --- from a file ------------------------------------------------------------------- */

/* The snapshot of a field of the side's scan, and what a list of transforms needs. */
static int take(struct making *m, const char *name, struct transform_item *item,
                struct err *err)
{
  const struct collection_of *of = &m->self->collection.of;
  const int scan = m->found.scan[m->side], field = pair_field(of->spec, scan, name);
  if (field < 0)
    return err_set(err, EIO, "%s has no field %s", m->id, name);
  const struct snapshot *snapshot;
  if (dataset_snapshot(of->dataset, scan, field, &snapshot, err) ||
      sources_add(&m->out->sources, snapshot, err))
    return -1;
  const struct view *view = source_view_float32(m->arena, snapshot->view, err);
  if (!view)
    return -1;
  m->out->scan = scan;
  m->out->field = field;
  uint64_t key = text_hash(snapshot->version, m->id, strlen(m->id) + 1);
  key = text_hash(key, name, strlen(name) + 1);
  *item = (struct transform_item){.view = view,
                                  .geo = snapshot->geo,
                                  .channel_axis = -1,
                                  .spatial = AXES,
                                  .mask = !strcmp(name, "label"),
                                  .scan = view,
                                  .voxels = snapshot->voxels,
                                  .item_key = key,
                                  .scan_key = key};
  return 0;
}

static int refuse(const struct making *m, const struct view *view, const char *what,
                  const char *expected, struct err *err)
{
  char found[ND_TEXT];
  return err_set(err, EIO, "%s of %s: expected %s, found %s %s", what, m->id, expected,
                 dtype_table[view->dtype].name, nd_text(view->nd, view->shape, found));
}

/* One index of a fourth axis, which goes. */
static int take_channel(struct making *m, struct transform_item *item, int64_t channel,
                        struct err *err)
{
  struct view_cut cut[AXES + 1];
  for (int d = 0; d < AXES; d++)
    cut[d] = (struct view_cut){0, 1, item->view->shape[d], false};
  cut[AXES] = (struct view_cut){channel, 1, 1, true};
  item->view = view_slice(m->arena, item->view, cut, err);
  item->item_key = text_hash(item->item_key, &channel, sizeof channel);
  return item->view ? 0 : -1;
}

static bool is_empty(const struct view *view)
{
  return !nd_count(view->nd, view->shape);
}

static int take_image(struct making *m, struct transform_item *item, struct err *err)
{
  if (take(m, "image", item, err))
    return -1;
  const struct view *view = item->view;
  const bool squeezed = view->nd == AXES + 1 && view->shape[AXES] == 1;
  if ((view->nd != AXES && !squeezed) || is_empty(view) ||
      dtype_table[view->dtype].kind == 'c')
    return refuse(m, view, "image", "3 axes of real numbers, none of them empty", err);
  if (squeezed && take_channel(m, item, 0, err))
    return -1;
  if (view->dtype != DT_F32)
    item->view = view_cast(m->arena, item->view, DT_F32, err);
  return item->view ? 0 : -1;
}

/* --- labels: 0..1 ------------------------------------------------------------------ */

struct label_check {
  const struct view *whole;
  uint64_t key;
  const char *id; /* lives as long as the mount */
};

static int check_range(const void *arg, struct err *err)
{
  const struct label_check *check = arg;
  struct stats stats;
  if (stats_of(check->whole, check->key, &stats, err))
    return -1;
  /* comparisons with NaN are false, as DeepReg's are */
  if (!(stats.min < 0) && !(stats.max > 1))
    return 0;
  return err_set(err, EIO,
                 "label of %s: expected values from 0 to 1, found %.9g to %.9g; "
                 "classes must be one label each",
                 check->id, stats.min, stats.max);
}

static int to_float(const void *arg, enum dtype from, const void *in, void *out,
                    ptrdiff_t step, size_t n, struct err *err)
{
  dtype_convert(from, in, dtype_size(from), DT_F32, out, step, n);
  return 0;
}

static int take_label(struct making *m, struct transform_item *item, struct err *err)
{
  if (take(m, "label", item, err))
    return -1;
  const struct view *view = item->view;
  if (transform_expect_walkable(item, view, err))
    return -1;
  if ((view->nd != AXES && view->nd != AXES + 1) || is_empty(view) ||
      dtype_table[view->dtype].kind == 'c')
    return refuse(m, view, "label", "3 or 4 axes of real numbers, none of them empty",
                  err);
  struct label_check *check = arena_alloc(m->arena, sizeof *check, err);
  if (!check)
    return -1;
  *check = (struct label_check){view, item->item_key, m->id};
  if (view->nd == AXES + 1 && take_channel(m, item, m->found.label, err))
    return -1;
  item->view =
      view_pointwise(m->arena, item->view, DT_F32, check_range, to_float, check, err);
  return item->view ? 0 : -1;
}

/* --- the steps after that ---------------------------------------------------------- */

static int normalise(const struct making *m, struct transform_item *item, struct err *err)
{
  static const struct transform *const rows[] = {[NORMALIZE_MINMAX] = &transform_minmax,
                                                 [NORMALIZE_MINMAX_EPS] =
                                                     &transform_minmax_eps};
  static const struct step_args none;
  if (m->params->normalize == NORMALIZE_NONE)
    return 0;
  const struct transform *row = rows[m->params->normalize];
  return row->apply(&none, item, m->arena, err)
             ? err_prefix(err, "transforms: %s", row->type.name)
             : 0;
}

/* Labels are interpolated linearly too. */
static int respace(const struct making *m, struct transform_item *item, struct err *err)
{
  const double mm = m->params->spacing;
  return mm > 0 && transform_respace(item, &mm, 1, 1, m->arena, err)
             ? err_prefix(err, "transforms: %s", transform_spacing.type.name)
             : 0;
}

/* The extents that a side's arrays get; false: they keep theirs. */
static bool target_shape(const struct making *m, int64_t shape[AXES])
{
  const struct view_params *p = m->params;
  const struct extents *e =
      m->side == PAIR_MOVING ? &p->moving_image_shape : &p->fixed_image_shape;
  if (!e->n)
    e = &p->image_shape;
  for (int d = 0; d < AXES && e->n; d++)
    shape[d] = e->v[e->n == 1 ? 0 : d];
  return e->n;
}

static int resize(const struct making *m, struct transform_item *item, struct err *err)
{
  int64_t shape[AXES];
  if (!target_shape(m, shape))
    return 0;
  for (int d = 0; d < AXES; d++) {
    const double step = (double)item->view->shape[d] / (double)shape[d];
    geometry_cut(&item->geo, d, 0.5 * step - 0.5, step);
  }
  item->view = view_resize(m->arena, item->view, shape, 1, err);
  return item->view ? 0 : -1;
}

/* The item's array after all steps (name NULL), or one that explains what they drew. */
static int run_steps(const struct making *m, const char *name,
                     struct transform_item *item, struct err *err)
{
  const struct step_list *list = &m->params->augment;
  const int64_t *shape = item->view->shape;
  const struct augment_key key = {.seed = m->self->seed,
                                  .stream = m->self->stream,
                                  .epoch = m->self->collection.of.epoch,
                                  .item = m->item,
                                  .part = m->side == PAIR_FIXED};
  const struct augment_space space = {.shape = {shape[0], shape[1], shape[2]},
                                      .border = (enum warp_border)m->params->border};
  if (m->facts)
    return augment_facts(list, name, &space, item, m->arena, err);
  const struct augment_draw *drawn = augment_draw(list, &key, &space, m->arena, err);
  if (!drawn)
    return -1;
  return name ? augment_show(drawn, name, item, m->arena, err)
              : augment_apply(drawn, item, m->arena, err);
}

static int augment(const struct making *m, struct transform_item *item, struct err *err)
{
  return m->self->training && m->params->augment.n ? run_steps(m, NULL, item, err) : 0;
}

static int finish(const struct making *m, struct transform_item *item, struct err *err)
{
  /* statistics of the view's transforms are of this array: how it came to be */
  const struct view_params *p = m->params;
  const uint64_t drawn[] = {
      m->self->seed,     m->self->stream, (uint64_t)m->self->collection.of.epoch,
      (uint64_t)m->item, m->side,         view_params_key(p, KIND_PAIRS)};
  item->item_key = text_hash(item->item_key, drawn, sizeof drawn);
  return transform_apply(&p->transforms, item, m->arena, err);
}

/* --- roles ------------------------------------------------------------------------- */

/* Up to the resize: what the other roles of the side need to know its extents. */
static int make_resized(struct making *m, bool label, struct transform_item *item,
                        struct err *err)
{
  if (label ? take_label(m, item, err)
            : take_image(m, item, err) || normalise(m, item, err))
    return -1;
  return respace(m, item, err) || resize(m, item, err) ? -1 : 0;
}

static int make_image(struct making *m, struct transform_item *item, struct err *err)
{
  return make_resized(m, false, item, err) || augment(m, item, err) ||
                 finish(m, item, err)
             ? -1
             : 0;
}

/* Of an image without a label: zeros stay zeros, whatever is done to them. */
static int make_zeros(struct making *m, struct transform_item *item, struct err *err)
{
  const float zero = 0;
  if (make_resized(m, false, item, err))
    return -1;
  item->mask = true;
  item->view = view_fill(m->arena, DT_F32, AXES, item->view->shape, &zero, err);
  m->out->field = -1;
  return !item->view || transform_apply(&m->params->transforms, item, m->arena, err) ? -1
                                                                                     : 0;
}

static int make_label(struct making *m, struct transform_item *item, struct err *err)
{
  if (pair_item(m->self, m->item, &m->found, err))
    return -1;
  if (pair_field(m->self->collection.of.spec, m->found.scan[m->side], "label") < 0)
    return make_zeros(m, item, err);
  return make_resized(m, true, item, err) || augment(m, item, err) || finish(m, item, err)
             ? -1
             : 0;
}

static int make_indices(struct making *m, struct transform_item *item, struct err *err)
{
  int64_t indices[PAIR_INDICES_MAX];
  float values[PAIR_INDICES_MAX];
  if (pair_item(m->self, m->item, &m->found, err))
    return -1;
  const int64_t n = pair_indices(m->self, &m->found, indices);
  for (int i = 0; i < n; i++)
    values[i] = (float)indices[i];
  item->view = view_values(m->arena, DT_F32, 1, &n, values, err);
  return item->view ? 0 : -1;
}

static int make_shown(struct making *m, const char *name, struct transform_item *item,
                      struct err *err)
{
  if (make_resized(m, false, item, err))
    return -1;
  m->out->field = -1;
  return run_steps(m, name, item, err);
}

int pair_make(const struct pair_collection *self, int64_t item,
              const struct pair_role_row *role, bool facts, struct arena *arena,
              struct made *out, struct err *err)
{
  struct making m = {.self = self,
                     .params = self->collection.of.params,
                     .item = item,
                     .side = role->side,
                     .arena = arena,
                     .facts = facts,
                     .out = out};
  struct transform_item made = {.channel_axis = -1};
  int rc = -1;
  pair_find(self, item, &m.found);
  m.id = self->collection.of.spec->scans[m.found.scan[role->side]].id;
  geometry_identity(&made.geo);
  switch (role->kind) {
  case ROLE_IMAGE:
    rc = make_image(&m, &made, err);
    break;
  case ROLE_LABEL:
    rc = make_label(&m, &made, err);
    break;
  case ROLE_INDICES:
    rc = make_indices(&m, &made, err);
    break;
  case ROLE_THETA:
    rc = make_shown(&m, "theta", &made, err);
    break;
  case ROLE_DDF:
    rc = make_shown(&m, "ddf", &made, err);
    break;
  }
  out->version = out->sources.version;
  out->item = (struct item){made.view, made.geo, role->name, made.channel_axis};
  return rc;
}
