/* vast[:DTYPE]: VAST's label images, which spread an id over the colours of a voxel: R *
 * 65536 + G * 256 + B.  What has no colours is the ids already; a last axis of 1 goes
 * away, as in PyTC.  With a dtype they are stored as that, and an id that it cannot hold
 * is an error: another object's voxels would be worse. */
#include <errno.h>
#include <string.h>

#include "core/transform/transform_table.h"

static int vast_check(const struct step_args *args, struct err *err)
{
  enum dtype to;
  if (args->n > 1 || (args->n == 1 && !dtype_parse(args->text[0], &to, NULL)))
    return err_set(err, EINVAL, "expected at most a dtype like uint32, found '%s'",
                   args->text[args->n - 1]);
  if (args->n == 1 && !strchr("iu", dtype_table[to].kind))
    return err_set(err, EINVAL, "expected a dtype of integers, found '%s'",
                   args->text[0]);
  return 0;
}

static void merge_colours(const void *arg, enum dtype from, const void *in, void *out,
                          size_t voxels)
{
  const uint8_t *rgb = in;
  uint32_t *id = out;
  for (size_t i = 0; i < voxels; i++, rgb += 3)
    id[i] = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

static int drop_last(struct transform_item *item, struct arena *arena, struct err *err)
{
  const struct view *view = item->view;
  struct view_cut cut[ND_MAX];
  for (int d = 0; d < view->nd; d++)
    cut[d] = (struct view_cut){0, 1, view->shape[d], d == view->nd - 1};
  if (item->channel_axis == view->nd - 1)
    item->channel_axis = -1;
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

/* Of a last axis, what are its voxels?  Two axes without colours are a grey image,
 * however narrow. */
static int64_t colours(const struct transform_item *item)
{
  const struct view *view = item->view;
  const int last = view->nd - 1;
  if (last < 1 || (last == 1 && item->channel_axis != last))
    return 0;
  const int64_t n = view->shape[last];
  return item->channel_axis == last || n == 1 || n == 3 || n == 4 ? n : 0;
}

static int decode(struct transform_item *item, struct arena *arena, struct err *err)
{
  const int64_t n = colours(item);
  const enum dtype from = item->view->dtype;
  if (n <= 1)
    return n ? drop_last(item, arena, err) : 0;
  if (from != DT_U8 || (n != 3 && n != 4))
    return err_set(err, EINVAL, "expected 3 or 4 colours of uint8, found %lld of %s",
                   (long long)n, dtype_table[from].name);
  const struct transform_channels how = {
      .first = 0, .n = 3, .out = 1, .to = DT_U32, .fn = merge_colours};
  return transform_rewrite_channels(item, arena, &how, err) ? -1
                                                            : drop_last(item, arena, err);
}

struct store {
  enum dtype to;
  const char *file; /* for messages; NULL: unknown */
};

/* Stores ids as another dtype; those that change on the way there and back do not fit. */
static int store_row(const void *arg, enum dtype from, const void *in, void *out,
                     ptrdiff_t step, size_t n, struct err *err)
{
  enum { ROW = 512 };
  const struct store *store = arg;
  const enum dtype to = store->to;
  const int size = dtype_size(from);
  double back[ROW]; /* room for any element of up to 8 bytes */
  for (size_t i = 0; i < n; i += ROW) {
    const size_t m = n - i < ROW ? n - i : ROW;
    const char *ids = (const char *)in + i * (size_t)size;
    char *stored = (char *)out + (ptrdiff_t)i * step;
    bool fits = dtype_convert(from, ids, size, to, stored, step, m) == m;
    if (fits) {
      dtype_convert(to, stored, step, from, back, size, m);
      fits = !memcmp(back, ids, m * (size_t)size);
    }
    if (!fits)
      return err_set(
          err, EIO, "%s%sexpected ids that %s holds, found one that it does not",
          store->file ? store->file : "", store->file ? ": " : "", dtype_table[to].name);
  }
  return 0;
}

static int vast_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  if (dtype_table[item->view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers, found %s",
                   dtype_table[item->view->dtype].name);
  if (decode(item, arena, err))
    return -1;
  enum dtype to;
  if (!args->n || (dtype_parse(args->text[0], &to, NULL) && to == item->view->dtype))
    return 0;
  struct store *store = arena_alloc(arena, sizeof *store, err);
  if (!store)
    return -1;
  *store = (struct store){to, item->file};
  item->view = view_pointwise(arena, item->view, to, NULL, store_row, store, err);
  return item->view ? 0 : -1;
}

const struct transform transform_vast = {
    .type.name = "vast",
    .type.usage = "vast[:DTYPE]",
    .type.help =
        "VAST's colours as ids, R * 65536 + G * 256 + B; an id that does not fit is "
        "an error",
    .type.check = vast_check,
    .apply = vast_apply,
};
