/* What a list of augmentations draws for one side of one item, and the arrays made of it:
 * the warped view, and the matrices and fields to be read beside it. */
#include <errno.h>
#include <string.h>

#include "core/augment/augment_table.h"

struct augment_draw {
  const struct step_list *list;
  int64_t shape[3];
  struct augment_drawn *drawn; /* one of each step */
};

/* Draws are numbered: side, step, and what the step counts.  These numbers decide about
 * bytes that users have seen and never change. */
struct augment_stream augment_stream(const struct augment_key *key, int step)
{
  return (struct augment_stream){
      .place = {RNG_USE_AUGMENT, key->seed, key->stream, key->epoch, key->item},
      .first = (uint64_t)(key->side == AUGMENT_FIXED) << 63 | (uint64_t)step << 59,
  };
}

double augment_uniform(const struct augment_stream *stream, uint64_t k)
{
  /* the middles of 2^52 equal parts */
  return ((double)(rng_u64(&stream->place, stream->first + k) >> 12) + 0.5) * 0x1p-52;
}

static const struct augmentation *row_of(const struct step_list *list, int i)
{
  return (const struct augmentation *)list->steps[i].type;
}

const struct augment_draw *augment_draw(const struct step_list *list,
                                        const struct augment_key *key,
                                        const int64_t shape[3], struct arena *arena,
                                        struct err *err)
{
  struct augment_draw *const draw = arena_alloc(arena, sizeof *draw, err);
  if (!draw)
    return NULL;
  draw->list = list;
  memcpy(draw->shape, shape, sizeof draw->shape);
  draw->drawn = arena_array(arena, (size_t)list->n, sizeof *draw->drawn, err);
  if (!draw->drawn)
    return NULL;
  for (int i = 0; i < list->n; i++) {
    const struct augment_stream stream = augment_stream(key, i);
    if (row_of(list, i)->draw(list->steps[i].args, &stream, shape, arena, &draw->drawn[i],
                              err)) {
      err_prefix(err, "augment: %s", list->steps[i].type->name);
      return NULL;
    }
  }
  return draw;
}

static int check_extents(const struct view *below, const struct augment_draw *draw,
                         struct err *err)
{
  char found[ND_TEXT], wanted[ND_TEXT];
  if (below->nd == 3 && !memcmp(below->shape, draw->shape, sizeof draw->shape))
    return 0;
  return err_set(err, EINVAL, "augment: expected an array of %s, found %s",
                 nd_text(3, draw->shape, wanted),
                 nd_text(below->nd, below->shape, found));
}

const struct view *augment_view(const struct view *below, const struct augment_draw *draw,
                                enum warp_border border, struct arena *arena,
                                struct err *err)
{
  if (check_extents(below, draw, err))
    return NULL;
  const struct view *view = below;
  for (int i = 0; i < draw->list->n && view; i++) {
    const struct augment_drawn *const drawn = &draw->drawn[i];
    const struct warp_field field =
        drawn->ddf ? warp_ddf(drawn->ddf) : warp_affine(drawn->theta);
    view = warp_view(arena, view, draw->shape, &field, border, err);
  }
  return view && view->dtype != DT_F32 ? view_cast(arena, view, DT_F32, err) : view;
}

/* --- the numbers as arrays -------------------------------------------------------------
 */

static int count(const struct augment_draw *draw, enum augment_kind kind, struct err *err)
{
  int n = 0;
  for (int i = 0; i < draw->list->n; i++)
    n += row_of(draw->list, i)->kind == kind;
  return n ? n : err_set(err, EINVAL, "augment: no step of the list draws that");
}

struct theta_view {
  struct view view;
  float *theta; /* C order */
};

static int theta_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  (void)err;
  const struct theta_view *const v = (const struct theta_view *)view;
  int64_t stride[ND_MAX];
  nd_strides(view->nd, view->shape, sizeof(float), false, stride);
  nd_copy(view->nd, shape, out, ostride,
          (const char *)v->theta + nd_offset(view->nd, off, stride), stride,
          sizeof(float));
  return 0;
}

static const struct view_ops theta_ops = {.name = "theta", .read_region = theta_read};

const struct view *augment_theta_view(const struct augment_draw *draw,
                                      struct arena *arena, struct err *err)
{
  const int n = count(draw, AUGMENT_AFFINE, err);
  if (n < 0)
    return NULL;
  struct theta_view *const v = arena_alloc(arena, sizeof *v, err);
  float *const theta = arena_array(arena, (size_t)n, sizeof draw->drawn->theta, err);
  if (!v || !theta)
    return NULL;
  float *to = theta;
  for (int i = 0; i < draw->list->n; i++) {
    if (row_of(draw->list, i)->kind != AUGMENT_AFFINE)
      continue;
    memcpy(to, draw->drawn[i].theta, sizeof draw->drawn->theta);
    to += sizeof draw->drawn->theta / sizeof *to;
  }
  v->view = (struct view){.ops = &theta_ops, .dtype = DT_F32};
  if (n > 1)
    v->view.shape[v->view.nd++] = n;
  v->view.shape[v->view.nd++] = 4;
  v->view.shape[v->view.nd++] = 3;
  v->theta = theta;
  return &v->view;
}

const struct view *augment_ddf_view(const struct augment_draw *draw, struct arena *arena,
                                    struct err *err)
{
  const int n = count(draw, AUGMENT_DDF, err);
  if (n < 0)
    return NULL;
  const struct view **const fields = arena_array(arena, (size_t)n, sizeof *fields, err);
  if (!fields)
    return NULL;
  int found = 0;
  for (int i = 0; i < draw->list->n; i++)
    if (draw->drawn[i].ddf)
      fields[found++] = draw->drawn[i].ddf;
  return n > 1 ? view_stack(arena, fields, n, 0, err) : fields[0];
}
