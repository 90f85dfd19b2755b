/* The one table of view parameters, the presets, and the syntax of a view's directory
 * name. */
#include "core/params/view_params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/encoding/encoding.h"

#define AT(member) offsetof(struct view_params, member)
#define BOX_KINDS (KIND_SLICES | KIND_PATCHES | KIND_CHUNKS)
#define ALL_KINDS (BOX_KINDS | KIND_PAIRS)

const struct param view_params[] = {
    {"fields", PARAM_NAMES, AT(fields), .kinds = ALL_KINDS,
     .help = "the fields that the view shows; all when not given", .listing = true},
    {"formats", PARAM_FORMATS, AT(formats), .names = encoding_ext, .kinds = ALL_KINDS,
     .help = "the encodings that are listed; the mount's when not given",
     .listing = true},
    {"transforms", PARAM_STEPS, AT(transforms), .steps = &transform_steps,
     .kinds = ALL_KINDS, .help = "applied to each item after cutting, in this order"},
    {"preset", PARAM_CHOICE, AT(preset), .def = "none",
     .choices = "none|medsegpy|pytc|deepreg|mednet", .kinds = ALL_KINDS,
     .help = "defaults that behave exactly as that system does: medsegpy for patches and "
             "slices, pytc for these and chunks, deepreg for pairs; others are refused"},
    {"axis", PARAM_INT, AT(axis), .def = "auto", .choices = "auto", .max = ND_MAX - 1,
     .kinds = KIND_SLICES,
     .help =
         "the spatial axis that is cut; auto: the one that was stacked, 2 of a NIfTI, "
         "else 0, with preset=medsegpy the last"},
    {"window", PARAM_INT, AT(window), .def = "1", .min = 1, .max = 9999,
     .kinds = KIND_SLICES,
     .help = "odd: an image keeps so many neighbouring slices as last axis, a mask the "
             "centre one"},
    {"size", PARAM_EXTENTS, AT(size), .choices = ":", .min = 1, .max = INT32_MAX,
     .kinds = KIND_PATCHES,
     .help = "box in voxels, ':' is the whole axis; 64 per axis, less where the scan is "
             "smaller"},
    {"stride", PARAM_EXTENTS, AT(stride), .min = 1, .max = INT32_MAX,
     .kinds = KIND_PATCHES, .help = "voxels from box to box; the size when not given"},
    {"pad", PARAM_EXTENTS, AT(pad), .def = "0", .choices = "auto", .max = INT32_MAX,
     .kinds = KIND_PATCHES,
     .help =
         "voxels around the volume; 'auto': just enough for one box (MedSegPy's rule)"},
    {"num", PARAM_EXTENTS, AT(num), .min = 1, .max = INT32_MAX, .kinds = KIND_CHUNKS,
     .help = "chunks along each axis; 2, but 1 where there is one voxel, when not given"},
    {"pad", PARAM_EXTENTS, AT(pad), .def = "0", .max = INT32_MAX, .kinds = KIND_CHUNKS,
     .help = "voxels around each chunk, beyond the volume by pad_mode"},
    {"overlap", PARAM_SWITCH, AT(overlap), .def = "off", .kinds = KIND_CHUNKS,
     .help = "neighbouring chunks share half of their voxels (PyTC's training chunks)"},
    {"range", PARAM_RANGES, AT(range), .kinds = KIND_CHUNKS,
     .help = "the part of the volume that is divided; all of it when not given"},
    {"only", PARAM_NUMBERS, AT(only), .max = INT64_MAX, .kinds = KIND_CHUNKS,
     .help = "the numbers of the chunks that are shown, counted row-major from 0; all "
             "when not given",
     .listing = true},
    {"rank", PARAM_INT, AT(rank), .def = "0", .max = INT32_MAX, .kinds = KIND_CHUNKS,
     .help = "which of 'world' equal shares is shown; the last one has the rest too",
     .listing = true},
    {"world", PARAM_INT, AT(world), .def = "1", .min = 1, .max = INT32_MAX,
     .kinds = KIND_CHUNKS, .help = "shares that the chunks are dealt into",
     .listing = true},
    {"pad_mode", PARAM_CHOICE, AT(pad_mode), .def = "edge",
     .choices = "reflect|edge|symmetric|constant", .kinds = KIND_SLICES,
     .help = "what lies outside the volume"},
    {"pad_mode", PARAM_CHOICE, AT(pad_mode), .def = "reflect",
     .choices = "reflect|edge|symmetric|constant", .kinds = KIND_PATCHES | KIND_CHUNKS,
     .help = "what lies outside the volume"},
    {"fill", PARAM_NUMBER, AT(fill), .def = "0", .min = INT64_MIN, .max = INT64_MAX,
     .kinds = BOX_KINDS, .help = "the value of pad_mode=constant"},
    {"remainder", PARAM_CHOICE, AT(remainder), .def = "shift",
     .choices = "shift|drop|pad", .kinds = KIND_PATCHES,
     .help = "the last box of an axis ends at the end, is left out, or reaches past it"},
    {"small", PARAM_CHOICE, AT(small), .def = "pad", .choices = "pad|error",
     .kinds = KIND_PATCHES, .help = "a volume smaller than the box"},
    {"type", PARAM_CHOICE, AT(pair_type), .choices = "paired|unpaired|grouped",
     .kinds = KIND_PAIRS,
     .help = "what the split's directories must be; any when not given"},
    {"labeled", PARAM_SWITCH, AT(labeled), .def = "on", .kinds = KIND_PAIRS,
     .help = "labels are shown, where there are any"},
    {"moving_image_shape", PARAM_EXTENTS, AT(moving_image_shape), .min = 1,
     .max = INT32_MAX, .kinds = KIND_PAIRS,
     .help = "moving images and labels are resized to this; image_shape when not given"},
    {"fixed_image_shape", PARAM_EXTENTS, AT(fixed_image_shape), .min = 1,
     .max = INT32_MAX, .kinds = KIND_PAIRS,
     .help = "fixed images and labels are resized to this; image_shape when not given"},
    {"image_shape", PARAM_EXTENTS, AT(image_shape), .min = 1, .max = INT32_MAX,
     .kinds = KIND_PAIRS, .help = "all are resized to this; not resized when not given"},
    {"intra_group_prob", PARAM_NUMBER, AT(intra_group_prob), .def = "1", .max = 1,
     .kinds = KIND_PAIRS, .help = "grouped: how likely both images are of one group"},
    {"intra_group_option", PARAM_CHOICE, AT(intra_group_option), .def = "unconstrained",
     .choices = "unconstrained|forward|backward", .kinds = KIND_PAIRS,
     .help = "grouped: of two images of a group, the moving one is either, the earlier, "
             "the later"},
    {"sample_image_in_group", PARAM_SWITCH, AT(sample_image_in_group), .def = "on",
     .kinds = KIND_PAIRS,
     .help = "grouped: a pair for each group, else all combinations of images"},
    {"sample_label", PARAM_CHOICE, AT(sample_label), .choices = "sample|all",
     .kinds = KIND_PAIRS,
     .help = "of several labels one is drawn, or each makes an item; sample in training, "
             "else all"},
    {"seed", PARAM_INT, AT(seed), .max = INT64_MAX, .kinds = KIND_PAIRS,
     .help = "where all draws begin; the mount's when not given"},
    {"order", PARAM_CHOICE, AT(order), .def = "split", .choices = "split|deepreg",
     .kinds = KIND_PAIRS,
     .help = "deepreg: its order for seed=N (0); split: its for seed 0, but new in each "
             "epoch of training"},
    {"normalize", PARAM_CHOICE, AT(normalize), .def = "minmax",
     .choices = "minmax|minmax_eps|none", .kinds = KIND_PAIRS,
     .help =
         "images to 0..1: x-min by max-min, or by that plus 1e-6 as DeepReg once did"},
    {"spacing", PARAM_NUMBER, AT(spacing), .def = "0", .max = INT64_MAX,
     .kinds = KIND_PAIRS,
     .help = "images and labels are first resampled to voxels of so many mm; 0: they are "
             "not"},
    {"augment", PARAM_STEPS, AT(augment), .steps = &augment_steps, .kinds = KIND_PAIRS,
     .help = "how training items are deformed, in this order; not at all when not given"},
    {"border", PARAM_CHOICE, AT(border), .def = "kept", .choices = "compatible|kept",
     .kinds = KIND_PAIRS,
     .help = "augment: locations at index 0 are inside, or outside as in DeepReg"},
    {"missing_label", PARAM_CHOICE, AT(missing_label), .def = "error",
     .choices = "error|zeros", .kinds = KIND_PAIRS,
     .help = "an image without a label: it cannot be read, or it is all zeros"},
};
enum { ROWS = sizeof view_params / sizeof *view_params };
const size_t view_params_count = ROWS;
_Static_assert((size_t)ROWS <= PARAM_ROWS_MAX, "raise PARAM_ROWS_MAX");

/* Which presets a kind has, and what they change of its defaults; behaviour that is no
 * parameter is asked for by params->preset where it matters (pytc: missing tiles, and
 * what a clipped box is padded from). */
static const struct {
  const char *name;
  enum preset preset;
  unsigned kinds;
  const char *defaults; /* NULL: none */
} presets[] = {
    {"medsegpy", PRESET_MEDSEGPY, KIND_PATCHES,
     "stride=1,pad=auto,pad_mode=edge,remainder=drop"},
    {"medsegpy", PRESET_MEDSEGPY, KIND_SLICES, "pad_mode=edge"},
    {"pytc", PRESET_PYTC, BOX_KINDS, NULL},
    {"deepreg", PRESET_DEEPREG, KIND_PAIRS, "augment=affine,border=compatible"},
    {"mednet", PRESET_MEDNET, 0, NULL},
};
enum { PRESETS = sizeof presets / sizeof *presets };

int view_params_set(struct view_params *params, enum view_kind kind, const char *key,
                    const char *text, const char *found, struct arena *arena,
                    struct err *err)
{
  const struct param *row = param_find(view_params, view_params_count, key, kind);
  if (!row)
    return param_unknown(view_params, view_params_count, key, kind, err);
  if (param_set(row, params, text, found, arena, err))
    return err_prefix(err, "%s", key);
  return 0;
}

bool view_params_point(const struct view_params *params, enum view_kind kind)
{
  for (size_t i = 0; i < view_params_count; i++)
    if (view_params[i].kinds & kind && param_points(&view_params[i], params))
      return true;
  return false;
}

uint64_t view_params_key(const struct view_params *params, enum view_kind kind)
{
  uint64_t key = text_hash(0, &kind, sizeof kind);
  for (size_t i = 0; i < ROWS; i++)
    if ((view_params[i].kinds & kind) && !view_params[i].listing)
      key = param_hash(&view_params[i], params, key);
  return key;
}

/* Calls fn for each "key=value" of a comma-separated list. */
static int each_setting(const char *list, struct arena *arena, struct err *err,
                        int (*fn)(void *ctx, const char *key, const char *value,
                                  struct err *err),
                        void *ctx)
{
  char *copy = arena_strdup(arena, list, err);
  if (!copy)
    return -1;
  for (char *next, *part = copy; part; part = next) {
    next = strchr(part, ',');
    if (next)
      *next++ = '\0';
    char *equals = strchr(part, '=');
    if (!equals || equals == part)
      return err_set(err, EINVAL, "expected key=value, found '%s'", part);
    *equals = '\0';
    if (fn(ctx, part, equals + 1, err))
      return -1;
  }
  return 0;
}

struct setting {
  struct view_params *params;
  enum view_kind kind;
  struct arena *arena;
  const char *preset;
  bool seen[ROWS];
};

static int apply_setting(void *ctx, const char *key, const char *value, struct err *err)
{
  struct setting *set = ctx;
  const struct param *row = param_find(view_params, view_params_count, key, set->kind);
  if (row && set->seen[row - view_params])
    return err_set(err, EINVAL, "%s is given twice", key);
  if (row)
    set->seen[row - view_params] = true;
  return view_params_set(set->params, set->kind, key, value, NULL, set->arena, err);
}

static int find_preset(void *ctx, const char *key, const char *value, struct err *err)
{
  if (!strcmp(key, "preset"))
    ((struct setting *)ctx)->preset = value;
  return 0;
}

int view_params_init(struct view_params *params, enum view_kind kind, const char *preset,
                     struct arena *arena, struct err *err)
{
  *params = (struct view_params){
      .pair_type = CHOICE_NOT_GIVEN, .sample_label = CHOICE_NOT_GIVEN, .seed = -1};
  if (param_defaults(view_params, view_params_count, kind, params, arena, err))
    return -1;
  if (!preset)
    return 0;
  if (view_params_set(params, kind, "preset", preset, NULL, arena, err))
    return -1;
  struct setting set = {.params = params, .kind = kind, .arena = arena};
  for (int i = 0; i < PRESETS; i++)
    if (presets[i].kinds & kind && presets[i].defaults &&
        !strcmp(presets[i].name, preset))
      return each_setting(presets[i].defaults, arena, err, apply_setting, &set);
  return 0;
}

int view_params_parse(struct view_params *params, enum view_kind kind, const char *name,
                      struct arena *arena, struct err *err)
{
  if (!strcmp(name, "default"))
    return view_params_init(params, kind, NULL, arena, err);
  struct setting set = {.params = params, .kind = kind, .arena = arena};
  if (each_setting(name, arena, err, find_preset, &set) ||
      view_params_init(params, kind, set.preset, arena, err) ||
      each_setting(name, arena, err, apply_setting, &set))
    return -1;
  return view_params_finish(params, kind, arena, err);
}

void view_params_share(const struct view_params *params, int64_t n, int64_t *from,
                       int64_t *count)
{
  const int64_t each = n / params->world;
  *from = params->rank * each;
  *count = params->rank == params->world - 1 ? n - *from : each;
}

static int by_value(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* PyTC deals the list as it is written, and this tree lists what it gets in order. */
static int choose_chunks(struct view_params *params, struct arena *arena, struct err *err)
{
  int64_t from, count;
  view_params_share(params, params->only.n, &from, &count);
  int64_t *v = arena_array(arena, (size_t)count + 1, sizeof *v, err);
  if (!v)
    return -1;
  for (int64_t i = 0; i < count; i++)
    v[i] = params->only.v[from + i];
  qsort(v, (size_t)count, sizeof *v, by_value);
  params->chosen = (struct number_list){(int)count, v};
  return 0;
}

/* DeepReg's arrays have three axes. */
static int check_shape(const struct extents *shape, const char *key, struct err *err)
{
  char found[ND_TEXT];
  if (shape->n > 1 && shape->n != 3)
    return err_set(err, EINVAL, "%s: expected 1 or 3 positive integers, found %s", key,
                   nd_text(shape->n, shape->v, found));
  return 0;
}

static int finish_pairs(const struct view_params *params, struct err *err)
{
  return check_shape(&params->moving_image_shape, "moving_image_shape", err) ||
                 check_shape(&params->fixed_image_shape, "fixed_image_shape", err) ||
                 check_shape(&params->image_shape, "image_shape", err)
             ? -1
             : 0;
}

/* A preset that changes nothing of a kind is refused: its user expects what that system
 * does, and would get something else. */
static int check_preset(const struct view_params *params, enum view_kind kind,
                        struct err *err)
{
  char expected[80] = "none";
  const char *found = NULL;
  size_t used = strlen(expected);
  if (params->preset == PRESET_NONE)
    return 0;
  for (int i = 0; i < PRESETS; i++) {
    const bool ours = (int)presets[i].preset == params->preset;
    found = ours ? presets[i].name : found;
    if (!(presets[i].kinds & kind))
      continue;
    if (ours)
      return 0;
    used +=
        (size_t)snprintf(expected + used, sizeof expected - used, "|%s", presets[i].name);
  }
  return err_set(err, EINVAL,
                 "preset: expected one of %s, found '%s', which changes nothing of this "
                 "kind of view",
                 expected, found);
}

int view_params_finish(struct view_params *params, enum view_kind kind,
                       struct arena *arena, struct err *err)
{
  if (check_preset(params, kind, err))
    return -1;
  if (kind == KIND_SLICES && params->window % 2 == 0)
    return err_set(err, EINVAL, "window: expected an odd number, found %lld",
                   (long long)params->window);
  if (kind == KIND_PAIRS)
    return finish_pairs(params, err);
  if (kind != KIND_CHUNKS)
    return 0;
  if (params->rank >= params->world)
    return err_set(err, EINVAL, "rank: expected less than world, %lld, found %lld",
                   (long long)params->world, (long long)params->rank);
  return params->only.n ? choose_chunks(params, arena, err) : 0;
}
