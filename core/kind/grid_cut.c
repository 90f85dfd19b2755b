/* A box cut out of a field, padded where it reaches outside. */
#include <errno.h>

#include "core/kind/grid.h"

/* The clipped box, its offset from the unclipped one on either side. */
struct clip {
  struct view_cut cut[ND_MAX];
  int64_t before[ND_MAX], after[ND_MAX];
  bool pads, empty;
};

static void clip_box(const struct plan *plan, const struct grid_field *field,
                     const struct box *box, struct clip *out)
{
  const struct view *view = field->view;
  *out = (struct clip){0};
  for (int a = 0; a < view->nd; a++) {
    int d = a - field->first;
    if (d < 0 || d >= plan->space.nd) {
      out->cut[a] = (struct view_cut){0, 1, view->shape[a], false};
      continue;
    }
    int64_t start = box->start[d] > 0 ? box->start[d] : 0;
    int64_t stop = box->stop[d] < view->shape[a] ? box->stop[d] : view->shape[a];
    out->before[a] = start - box->start[d];
    out->after[a] = box->stop[d] - stop;
    out->pads |= out->before[a] > 0 || out->after[a] > 0;
    out->empty |= start >= stop;
    out->cut[a] = (struct view_cut){start, 1, stop > start ? stop - start : 0, false};
  }
}

static const struct view *pad_clipped(const struct plan *plan, const struct view *view,
                                      const struct clip *clip, struct arena *arena,
                                      struct err *err)
{
  const struct view *cut = view_slice(arena, view, clip->cut, err);
  if (!cut || !clip->pads)
    return cut;
  return view_pad(arena, cut, clip->before, clip->after,
                  (enum pad_mode)plan->params->pad_mode, plan->params->fill, err);
}

/* Pads the whole volume and cuts the box out of that: lazily, it costs what the box
 * costs. */
static const struct view *pad_volume(const struct plan *plan,
                                     const struct grid_field *field,
                                     const struct box *box, struct arena *arena,
                                     struct err *err)
{
  const struct view *view = field->view;
  int64_t before[ND_MAX] = {0}, after[ND_MAX] = {0};
  struct view_cut cut[ND_MAX];
  for (int a = 0; a < view->nd; a++) {
    int d = a - field->first;
    cut[a] = (struct view_cut){0, 1, view->shape[a], false};
    if (d < 0 || d >= plan->space.nd)
      continue;
    before[a] = box->start[d] < 0 ? -box->start[d] : 0;
    after[a] = box->stop[d] > view->shape[a] ? box->stop[d] - view->shape[a] : 0;
    cut[a] = (struct view_cut){box->start[d] + before[a], 1, box->stop[d] - box->start[d],
                               false};
  }
  const struct view *padded =
      view_pad(arena, view, before, after, (enum pad_mode)plan->params->pad_mode,
               plan->params->fill, err);
  return padded ? view_slice(arena, padded, cut, err) : NULL;
}

int grid_cut(const struct plan *plan, const struct grid_field *field,
             const struct box *box, struct transform_item *out, struct arena *arena,
             struct err *err)
{
  const struct snapshot *snapshot = field->snapshot;
  struct clip clip;
  clip_box(plan, field, box, &clip);
  bool patch_only =
      plan->params->preset == PRESET_MEDSEGPY || plan->params->preset == PRESET_PYTC;
  if (patch_only && clip.empty && clip.pads)
    return err_set(err, EINVAL, "the box lies outside the volume: nothing to pad from");
  const struct view *view = !clip.pads || patch_only
                                ? pad_clipped(plan, field->view, &clip, arena, err)
                                : pad_volume(plan, field, box, arena, err);
  if (!view)
    return -1;
  *out = (struct transform_item){.view = view,
                                 .geo = snapshot->geo,
                                 .channel_axis = snapshot->channel_axis,
                                 .first = field->first,
                                 .spatial = plan->space.nd,
                                 .mask = field->mask,
                                 .scan = field->view,
                                 .voxels = snapshot->voxels,
                                 .scan_key = field->key};
  for (int d = 0; d < plan->space.nd; d++)
    geometry_cut(&out->geo, d + field->first, (double)box->start[d], 1);
  return 0;
}
