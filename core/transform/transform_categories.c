/* categories[:or]:A:B_C:D: MedSegPy's collect_mask on the last axis of a mask: one
 * channel per argument; B_C is the sum of channels B and C (with "or": 1 where either is
 * not 0).
 *
 * As in its code: numbers below 0 count from the end and may repeat; as soon as one
 * argument merges (also "2_", a merge of one), integers become 64-bit; no argument gives
 * no channel; then a second-to-last axis of extent 1 goes, which is how HxWx1xC becomes
 * HxWxC. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/transform/transform_table.h"

/* What an output channel is made of: members from..to-1 of `members`. */
struct category {
  int from, to;
  bool merged;
};

struct categories {
  bool either; /* "or" */
  int n, nmembers;
  struct category list[STEP_ARGS_MAX];
  int64_t member[TRANSFORM_MEMBERS]; /* channels; counted from the first that is read */
  int64_t nread;
};

static bool is_or(const struct step_args *args)
{
  return args->n && !strcmp(args->text[0], "or");
}

/* One argument's channel numbers to out[]: how many, or -1. */
static int parse_members(const char *text, int64_t *out, int max, struct err *err)
{
  double value[TRANSFORM_MEMBERS];
  int n = transform_split(text, value, max, err);
  for (int i = 0; i < n; i++) {
    if (!(fabs(value[i]) < TRANSFORM_CHANNELS_MAX) || value[i] != trunc(value[i]))
      return err_set(err, EINVAL, "expected whole numbers of channels, found '%s'", text);
    out[i] = (int64_t)value[i];
  }
  return n;
}

static int parse(const struct step_args *args, struct categories *out, struct err *err)
{
  *out = (struct categories){.either = is_or(args)};
  for (int a = out->either; a < args->n; a++) {
    if (!*args->text[a] && args->n == out->either + 1)
      return 0; /* "categories:": an empty list */
    int n = parse_members(args->text[a], out->member + out->nmembers,
                          TRANSFORM_MEMBERS - out->nmembers, err);
    if (n < 0)
      return -1;
    out->list[out->n++] =
        (struct category){out->nmembers, out->nmembers + n, strchr(args->text[a], '_')};
    out->nmembers += n;
  }
  return 0;
}

static int categories_check(const struct step_args *args, struct err *err)
{
  struct categories parsed;
  return parse(args, &parsed, err);
}

/* Numbers from the end become plain ones; *first, nread: the range that is read. */
static int resolve(struct categories *self, int64_t channels, int64_t *first,
                   struct err *err)
{
  int64_t low = channels, high = 0;
  for (int i = 0; i < self->nmembers; i++) {
    int64_t at = self->member[i];
    if (at < -channels || at >= channels)
      return err_set(err, EINVAL,
                     "channel %lld does not exist: the last axis has %lld of them",
                     (long long)at, (long long)channels);
    at += at < 0 ? channels : 0;
    self->member[i] = at;
    low = at < low ? at : low;
    high = at + 1 > high ? at + 1 : high;
  }
  *first = self->nmembers ? low : 0;
  self->nread = self->nmembers ? high - low : 0;
  for (int i = 0; i < self->nmembers; i++)
    self->member[i] -= *first;
  return 0;
}

/* --- rows -------------------------------------------------------------------------- */

#define CATEGORIES_COPY(type)                                                            \
  for (size_t i = 0; i < voxels; i++)                                                    \
  ((type *)out)[i * n + c] = ((const type *)in)[i * read + member]

/* Channel c is one channel of the mask. */
static void take_one(const struct categories *self, size_t c, int size, const void *in,
                     void *out, size_t voxels)
{
  const size_t n = (size_t)self->n, read = (size_t)self->nread;
  const size_t member = (size_t)self->member[self->list[c].from];
  switch (size) {
  case 1:
    CATEGORIES_COPY(uint8_t);
    break;
  case 2:
    CATEGORIES_COPY(uint16_t);
    break;
  case 4:
    CATEGORIES_COPY(uint32_t);
    break;
  default:
    CATEGORIES_COPY(uint64_t);
  }
}

#define CATEGORIES_SUM(type)                                                             \
  for (size_t i = 0; i < voxels; i++) {                                                  \
    const type *voxel = (const type *)in + i * read;                                     \
    type sum = 0;                                                                        \
    for (int m = self->list[c].from; m < self->list[c].to; m++)                          \
      sum += voxel[self->member[m]];                                                     \
    ((type *)out)[i * n + c] = sum;                                                      \
  }

/* Channel c is a sum.  64-bit sums wrap as numpy's do, which unsigned arithmetic does for
 * both kinds. */
static void take_sum(const struct categories *self, size_t c, enum dtype dtype,
                     const void *in, void *out, size_t voxels)
{
  const size_t n = (size_t)self->n, read = (size_t)self->nread;
  if (dtype == DT_F32) {
    CATEGORIES_SUM(float)
  } else if (dtype == DT_F64) {
    CATEGORIES_SUM(double)
  } else {
    CATEGORIES_SUM(uint64_t)
  }
}

/* Channel c is 1 where one of its channels is not 0. */
static void take_or(const struct categories *self, size_t c, enum dtype dtype,
                    const void *in, void *out, size_t voxels)
{
  const size_t n = (size_t)self->n, read = (size_t)self->nread,
               size = (size_t)dtype_size(dtype);
  const int64_t bits[2] = {0, 1};
  for (size_t i = 0; i < voxels; i++) {
    const char *voxel = (const char *)in + i * read * size;
    bool any = false;
    for (int m = self->list[c].from; m < self->list[c].to && !any; m++)
      any = transform_nonzero(dtype, voxel + (size_t)self->member[m] * size);
    dtype_convert(DT_I64, &bits[any], sizeof *bits, dtype,
                  (char *)out + (i * n + c) * size, (ptrdiff_t)size, 1);
  }
}

static void categories_row(const void *arg, enum dtype from, const void *in, void *out,
                           size_t voxels)
{
  const struct categories *self = arg;
  for (size_t c = 0; c < (size_t)self->n; c++) {
    if (!self->list[c].merged)
      take_one(self, c, dtype_size(from), in, out, voxels);
    else if (self->either)
      take_or(self, c, from, in, out, voxels);
    else
      take_sum(self, c, from, in, out, voxels);
  }
}

/* --- the step ---------------------------------------------------------------------- */

static bool any_sum(const struct categories *self)
{
  for (int c = 0; c < self->n; c++)
    if (self->list[c].merged && !self->either)
      return true;
  return false;
}

/* What sums are taken in: numpy's rule.  float16 is summed in float32. */
static enum dtype sum_dtype(enum dtype mask)
{
  switch (dtype_table[mask].kind) {
  case 'f':
    return mask == DT_F64 ? DT_F64 : DT_F32;
  case 'u':
    return DT_U64;
  default:
    return DT_I64;
  }
}

/* Takes away the second-to-last axis when its extent is 1. */
static int drop_single(struct transform_item *item, struct arena *arena, struct err *err)
{
  const int axis = item->view->nd - 2;
  if (axis < 0 || item->view->shape[axis] != 1)
    return 0;
  const double number = axis;
  const struct step_args args = {.n = 1, .number = &number};
  return transform_squeeze.apply(&args, item, arena, err);
}

static int categories_apply(const void *given, struct transform_item *item,
                            struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const enum dtype mask = item->view->dtype;
  int64_t first = 0;
  if (!item->mask)
    return 0;
  if (!item->view->nd || dtype_table[mask].kind == 'c')
    return err_set(err, EINVAL,
                   "expected a mask of real numbers with a last axis of channels, found "
                   "%s of %d axes",
                   dtype_table[mask].name, item->view->nd);
  struct categories *self = arena_alloc(arena, sizeof *self, err);
  if (!self || parse(args, self, err) ||
      resolve(self, item->view->shape[item->view->nd - 1], &first, err))
    return -1;
  const bool sums = any_sum(self);
  const enum dtype in = sums ? sum_dtype(mask) : mask;
  const enum dtype to = mask == DT_F16 ? mask : in;
  if (in != mask && !(item->view = view_cast(arena, item->view, in, err)))
    return -1;
  const struct transform_channels how = {.first = first,
                                         .n = self->nread,
                                         .out = self->n,
                                         .to = in,
                                         .fn = categories_row,
                                         .arg = self};
  if (transform_rewrite_channels(item, arena, &how, err))
    return -1;
  if (in != to && !(item->view = view_cast(arena, item->view, to, err)))
    return -1;
  return drop_single(item, arena, err);
}

const struct transform transform_categories = {
    .type.name = "categories",
    .type.usage = "categories[:or][:A|:A_B...]",
    .type.help = "channels of a mask's last axis, A_B: their sum (or: any of them)",
    .type.check = categories_check,
    .apply = categories_apply,
};
