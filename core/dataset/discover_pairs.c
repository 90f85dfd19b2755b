/* Rule 4: images/ + labels/ (+ masks/) with equal names, and nnU-Net's imagesTr/
 * labelsTr/ imagesTs/ (/labelsTs/).
 *
 * Each directory is walked like any other (discover_walk.c) and gives a list of volumes
 * and stacks by name; then every image looks for its partners: first one of exactly its
 * name, else one that differs in the suffix only.  Partners are looked for in sorted
 * lists, so that 100,000 cases cost no more than a sort. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/dataset/dir_list.h"
#include "core/dataset/discover_walk.h"
#include "core/dataset/name_set.h"

/* A volume or a stack of one of the directories. */
struct unit {
  const char *rel;  /* below its directory; "" is the directory itself */
  const char *stem; /* rel without suffix; nnU-Net's channel number is off too */
  int channel;      /* nnU-Net: the number; else -1 */
  bool stacked;
  int64_t npieces;
  const struct piece *pieces;
  bool used;
};

/* One of the directories: what it holds, by stem. */
struct role {
  const struct discover *discover;
  const char *dir;   /* "images" */
  const char *field; /* "image" */
  bool channels;     /* names end in _0000 */
  struct unit *units;
  size_t n, room;
};

/* --- what a directory holds
 * --------------------------------------------------------------- */

static const struct found_array *array_named(const struct found *found, const char *name)
{
  for (int i = 0; i < found->narrays; i++)
    if (found->arrays[i].name && !strcmp(found->arrays[i].name, name))
      return &found->arrays[i];
  return NULL;
}

/* The array that is meant: the only one, an image file's first, or one with a usual name.
 * NULL: it cannot be told. */
static const struct found_array *choose_array(const struct role *role,
                                              const struct found *found)
{
  const char *const usual[] = {role->field, role->dir, "data", "volume", "main"};
  if (found->narrays == 1 || !found->hdf5)
    return found->arrays;
  const struct found_array *array = NULL;
  for (size_t i = 0; i < sizeof usual / sizeof *usual && !array; i++)
    array = array_named(found, usual[i]);
  return array;
}

static void ignore(const struct role *role, const char *rel, const char *why)
{
  struct text shown = {0};
  text_add(&shown, "%s%s%s", role->dir, *rel ? "/" : "", rel);
  dataset_builder_ignore(role->discover->builder, shown.data ? shown.data : rel, "%s",
                         why);
  text_free(&shown);
}

static bool all_digits(const char *text, size_t n)
{
  return strspn(text, "0123456789") >= n;
}

/* "case_0001" is channel 1 of "case". */
static void cut_channel(struct unit *unit, char *stem)
{
  size_t n = strlen(stem);
  if (n <= 5 || stem[n - 5] != '_' || !all_digits(stem + n - 4, 4))
    return;
  unit->channel = atoi(stem + n - 4);
  stem[n - 5] = '\0';
}

static int on_found(void *ctx, const struct found *found, struct err *err)
{
  struct role *role = ctx;
  struct arena *arena = role->discover->arena;
  const struct found_array *array = choose_array(role, found);
  if (!array) {
    ignore(role, found->rel, "several arrays, none of a name that says which is meant");
    return 0;
  }
  struct unit unit = {.rel = found->rel, .channel = -1, .stacked = found->stack};
  unit.npieces = found->npieces;
  unit.pieces = found->pieces;
  char *stem = arena_printf(arena, err, "%.*s", (int)found->stem, found->rel);
  struct piece *piece = arena_alloc(arena, sizeof *piece, err);
  if (!stem || !piece)
    return -1;
  if (!found->stack) {
    *piece = *found->pieces;
    piece->key = array->name;
    unit.pieces = piece;
  }
  if (role->channels)
    cut_channel(&unit, stem);
  unit.stem = stem;
  if (role->n == role->room) {
    size_t room = role->room ? 2 * role->room : 64;
    struct unit *more = realloc(role->units, room * sizeof *more);
    if (!more)
      return err_set(err, ENOMEM, "out of memory for %zu volumes", room);
    role->units = more;
    role->room = room;
  }
  role->units[role->n++] = unit;
  return 0;
}

/* By stem, then by channel, then by path. */
static int by_stem(const void *a, const void *b)
{
  const struct unit *x = a, *y = b;
  int c = text_natural_cmp(x->stem, y->stem);
  if (!c && x->channel != y->channel)
    c = x->channel < y->channel ? -1 : 1;
  return c ? c : text_natural_cmp(x->rel, y->rel);
}

static int read_role(struct role *role, enum stacking stacking, struct err *err)
{
  if (!role->dir)
    return 0;
  if (discover_walk(role->discover, role->dir, stacking, on_found, role, err))
    return -1;
  if (role->n)
    qsort(role->units, role->n, sizeof *role->units, by_stem);
  return 0;
}

/* --- partners
 * ----------------------------------------------------------------------------- */

/* The first unit of this stem, or where it would be. */
static size_t lower_bound(const struct role *role, const char *stem)
{
  size_t low = 0, high = role->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (text_natural_cmp(role->units[middle].stem, stem) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct unit *partner(const struct role *role, const struct unit *image)
{
  size_t first = lower_bound(role, image->stem), end = first;
  while (end < role->n && !strcmp(role->units[end].stem, image->stem))
    end++;
  for (size_t i = first; i < end; i++)
    if (!role->units[i].used && !strcmp(role->units[i].rel, image->rel))
      return &role->units[i];
  for (size_t i = first; i < end; i++)
    if (!role->units[i].used)
      return &role->units[i];
  return NULL;
}

/* The number that a slice of a numbered stack is named by. */
static unsigned long long slice_number(const struct piece *piece)
{
  const char *slash = strrchr(piece->path, '/');
  return strtoull(slash ? slash + 1 : piece->path, NULL, 10);
}

/* Stacks side by side must have slice for slice the same places. */
static bool same_slices(const struct role *role, const struct unit *image,
                        const struct unit *other)
{
  char why[200];
  if (!image->stacked || !other->stacked)
    return true;
  if (image->npieces != other->npieces) {
    snprintf(why, sizeof why, "expected %lld slices as the image has, found %lld",
             (long long)image->npieces, (long long)other->npieces);
    ignore(role, other->rel, why);
    return false;
  }
  for (int64_t i = 0; i < image->npieces && !*image->rel; i++) {
    unsigned long long a = slice_number(&image->pieces[i]);
    unsigned long long b = slice_number(&other->pieces[i]);
    if (a == b)
      continue;
    snprintf(why, sizeof why, "expected slice %llu as the image has, found %llu", a, b);
    ignore(role, other->rel, why);
    return false;
  }
  return true;
}

static void set_field(struct field_spec *out, const char *name, const struct unit *unit)
{
  *out = (struct field_spec){
      .name = name,
      .type = dataset_field_type(name),
      .stacked = unit->stacked,
      .npieces = unit->npieces,
      .pieces = unit->pieces,
  };
}

/* --- scans
 * -------------------------------------------------------------------------------- */

enum { ROLES = 3 }; /* image, label, mask */

/* nnU-Net: how many of the units from `first` on are channels of one case. */
static size_t channel_count(const struct role *images, size_t first)
{
  const struct unit *units = images->units;
  size_t n = 1;
  while (units[first].channel >= 0 && first + n < images->n &&
         units[first + n].channel > units[first + n - 1].channel &&
         !strcmp(units[first + n].stem, units[first].stem))
    n++;
  return n;
}

static int image_fields(const struct role *images, size_t first, size_t n,
                        struct field_spec *fields, struct err *err)
{
  for (size_t i = 0; i < n; i++) {
    const struct unit *unit = &images->units[first + i];
    const char *name = n == 1 ? images->field
                              : arena_printf(images->discover->arena, err, "%s_%04d",
                                             images->field, unit->channel);
    if (!name)
      return -1;
    set_field(&fields[i], name, unit);
  }
  return 0;
}

/* The scan of n images (channels) from `first` on. */
static int add_case(struct role *roles, size_t first, size_t n, const char *split,
                    struct err *err)
{
  const struct role *images = &roles[0];
  const struct discover *discover = images->discover;
  const struct unit *image = &images->units[first];
  struct field_spec *fields =
      arena_array(discover->arena, n + ROLES - 1, sizeof *fields, err);
  if (!fields || image_fields(images, first, n, fields, err))
    return -1;
  for (int r = 1; r < ROLES; r++) {
    struct unit *other = partner(&roles[r], image);
    if (!other)
      continue;
    other->used = true;
    if (same_slices(&roles[r], image, other))
      set_field(&fields[n++], roles[r].field, other);
  }
  const char *base = discover_base_name(discover);
  struct scan_spec scan = {.id = *image->stem ? image->stem : base};
  scan.nfields = (int)n;
  scan.fields = fields;
  const char *longer = image->rel;
  if (image->stacked &&
      !(longer = arena_printf(discover->arena, err, "%s.stack", scan.id)))
    return -1;
  return discover_add(discover, &scan, longer, split, image->rel, err);
}

static int add_cases(struct role *roles, const char *split, struct err *err)
{
  struct role *images = &roles[0];
  for (size_t i = 0, n; i < images->n; i += n) {
    n = channel_count(images, i);
    if (add_case(roles, i, n, split, err))
      return -1;
  }
  for (int r = 1; r < ROLES; r++)
    for (size_t i = 0; i < roles[r].n; i++)
      if (!roles[r].units[i].used)
        ignore(&roles[r], roles[r].units[i].rel, "no image of this name");
  return 0;
}

/* One family of directories: dirs[] as in roles, NULL where there is none. */
static int collect_family(const struct discover *discover, const char *const dirs[ROLES],
                          bool nnunet, const char *split, struct err *err)
{
  static const char *const fields[ROLES] = {"image", "label", "mask"};
  struct role roles[ROLES] = {{0}};
  int rc = 0;
  for (int r = 0; r < ROLES && !rc; r++) {
    roles[r] = (struct role){.discover = discover, .dir = dirs[r], .field = fields[r]};
    roles[r].channels = nnunet && r == 0;
    rc = read_role(&roles[r], nnunet ? STACK_NEVER : STACK_NUMBERED, err);
  }
  if (!rc)
    rc = add_cases(roles, split, err);
  for (int r = 0; r < ROLES; r++)
    free(roles[r].units);
  return rc;
}

/* --- recognition
 * -------------------------------------------------------------------------- */

/* A way to name the directories. */
struct family {
  const char *dirs[ROLES]; /* image and label must be there; NULL: not looked for */
  bool nnunet;
  const char *split;
};

static const struct family families[] = {
    {{"images", "labels", "masks"}, false, NULL},
    {{"image", "label", "mask"}, false, NULL},
    {{"imagesTr", "labelsTr", NULL}, true, "train"},
    {{"imagesTs", "labelsTs", NULL}, true, "test"},
};

enum { NNUNET_TRAIN = 2, NNUNET_TEST = 3 };

static bool has_dir(const struct dir_list *list, const char *name)
{
  ptrdiff_t i = name ? dir_list_find(list, name) : -1;
  return i >= 0 && list->entries[i].type == DIR_DIR;
}

/* The name without what looks like a suffix, twice for ".gz"; cut in place. */
static void cut_suffix(char *name)
{
  char *dot = strrchr(name, '.');
  if (dot && dot != name && !strcasecmp(dot, ".gz")) {
    *dot = '\0';
    dot = strrchr(name, '.');
  }
  if (dot && dot != name)
    *dot = '\0';
}

/* Do two listings have a name in common, apart from suffixes?  Cuts the names. */
static bool share_a_name(struct dir_list *a, struct dir_list *b)
{
  struct name_set names = {0};
  bool shared = false;
  for (size_t i = 0; i < a->n; i++) {
    cut_suffix((char *)(uintptr_t)a->entries[i].name);
    if (name_set_add(&names, a->entries[i].name, 0))
      break;
  }
  for (size_t i = 0; i < b->n && !shared; i++) {
    cut_suffix((char *)(uintptr_t)b->entries[i].name);
    shared = *b->entries[i].name != '.' && name_set_find(&names, b->entries[i].name) >= 0;
  }
  name_set_free(&names);
  return shared;
}

static bool dirs_share_a_name(const struct discover *discover, const char *const *dirs)
{
  struct dir_list lists[2] = {{0}};
  int rc = 0;
  for (int i = 0; i < 2 && !rc; i++) {
    const char *path = discover_path(discover, dirs[i], NULL);
    rc = path ? dir_list(path, discover->avoid, &lists[i], NULL) : -1;
  }
  bool shared = !rc && share_a_name(&lists[0], &lists[1]);
  dir_list_free(&lists[0]);
  dir_list_free(&lists[1]);
  return shared;
}

/* The first family that the root's directories make up, or NULL. */
static const struct family *recognise(const struct discover *discover,
                                      const struct dir_list *list)
{
  for (int i = 0; i <= NNUNET_TRAIN; i++) {
    const struct family *family = &families[i];
    if (has_dir(list, family->dirs[0]) && has_dir(list, family->dirs[1]) &&
        (family->nnunet || dirs_share_a_name(discover, family->dirs)))
      return family;
  }
  return NULL;
}

static bool matches(const struct discover *discover)
{
  struct dir_list list;
  if (dir_list(discover->root, discover->avoid, &list, NULL))
    return false;
  const struct family *family = recognise(discover, &list);
  dir_list_free(&list);
  return family;
}

/* Collects a family from those of its directories that exist; they are marked in used[].
 */
static int collect_dirs(const struct discover *discover, const struct family *family,
                        const struct dir_list *list, bool *used, struct err *err)
{
  const char *dirs[ROLES];
  for (int r = 0; r < ROLES; r++) {
    dirs[r] = has_dir(list, family->dirs[r]) ? family->dirs[r] : NULL;
    if (dirs[r])
      used[dir_list_find(list, dirs[r])] = true;
  }
  return collect_family(discover, dirs, family->nnunet, family->split, err);
}

static int collect_listed(const struct discover *discover, const struct dir_list *list,
                          bool *used, struct err *err)
{
  const struct family *family = recognise(discover, list);
  if (!family)
    return err_set(err, EIO, "%s: changed while it was looked at", discover->root);
  if (collect_dirs(discover, family, list, used, err))
    return -1;
  if (family->nnunet && has_dir(list, families[NNUNET_TEST].dirs[0]) &&
      collect_dirs(discover, &families[NNUNET_TEST], list, used, err))
    return -1;
  for (size_t i = 0; i < list->n; i++)
    if (!used[i] && *list->entries[i].name != '.')
      dataset_builder_ignore(discover->builder, list->entries[i].name,
                             "not one of the directories %s/ and %s/ of this layout",
                             family->dirs[0], family->dirs[1]);
  return 0;
}

static int collect(const struct discover *discover, struct err *err)
{
  struct dir_list list;
  if (dir_list(discover->root, discover->avoid, &list, err))
    return -1;
  bool *used = calloc(list.n + 1, sizeof *used);
  int rc = used ? collect_listed(discover, &list, used, err)
                : err_set(err, ENOMEM, "out of memory");
  free(used);
  dir_list_free(&list);
  return rc;
}

const struct dataset_layout layout_pairs = {
    .name = "pairs",
    .matches = matches,
    .collect = collect,
};
