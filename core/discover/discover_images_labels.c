/* Rule 4: images/ + labels/ (+ masks/) with equal names, and nnU-Net's imagesTr/
 * labelsTr/ imagesTs/ (/labelsTs/).
 *
 * Each directory is walked like any other (discover_walk.c) and gives a list of volumes
 * and stacks by name (labelled_dir.c); then each image is matched with its partners. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/dir_list.h"
#include "core/dataset/name_set.h"
#include "core/discover/labelled_dir.h"

/* --- scans ------------------------------------------------------------------------- */

enum { ROLES = 3 }; /* image, label, mask */

/* nnU-Net: returns how many of the volumes from `first` on are channels of one case. */
static size_t channel_count(const struct labelled_dir *images, size_t first)
{
  const struct dir_volume *volumes = images->volumes;
  size_t n = 1;
  while (volumes[first].channel >= 0 && first + n < images->n &&
         volumes[first + n].channel > volumes[first + n - 1].channel &&
         !strcmp(volumes[first + n].stem, volumes[first].stem))
    n++;
  return n;
}

/* Returns how many fields it made, or -1. */
static int image_fields(const struct labelled_dir *images, size_t first, size_t n,
                        struct field_spec *fields, struct err *err)
{
  int made = 0;
  for (size_t i = 0; i < n; i++) {
    const struct dir_volume *volume = &images->volumes[first + i];
    const char *name = n == 1 ? images->field
                              : arena_printf(images->discover->arena, err, "%s_%04d",
                                             images->field, volume->channel);
    const int more = name ? labelled_dir_fields(images->discover->arena, fields + made,
                                                name, volume, err)
                          : -1;
    if (more < 0)
      return -1;
    made += more;
  }
  return made;
}

/* Adds the scan of n images (channels) from `first` on. */
static int add_case(struct labelled_dir *labelled, size_t first, size_t n,
                    const char *split, struct err *err)
{
  const struct labelled_dir *images = &labelled[0];
  const struct discover *discover = images->discover;
  const struct dir_volume *image = &images->volumes[first];
  struct dir_volume *others[ROLES] = {NULL};
  size_t room = 0;
  for (size_t i = 0; i < n; i++)
    room += 1 + (size_t)images->volumes[first + i].nmore;
  for (int r = 1; r < ROLES; r++) {
    struct dir_volume *other = labelled_dir_partner(&labelled[r], image);
    if (!other)
      continue;
    other->used = true;
    if (labelled_dir_same_slices(&labelled[r], image, other))
      others[r] = other;
    room += 1 + (size_t)other->nmore;
  }
  struct field_spec *fields = arena_array(discover->arena, room, sizeof *fields, err);
  int nfields = fields ? image_fields(images, first, n, fields, err) : -1;
  for (int r = 1; r < ROLES && nfields >= 0; r++) {
    const int more = others[r] ? labelled_dir_fields(discover->arena, fields + nfields,
                                                     labelled[r].field, others[r], err)
                               : 0;
    nfields = more < 0 ? -1 : nfields + more;
  }
  if (nfields < 0)
    return -1;
  const char *base = discover_base_name(discover);
  struct scan_spec scan = {.id = *image->stem ? image->stem : base};
  scan.nfields = nfields;
  scan.fields = fields;
  const char *longer = image->rel;
  if (image->stack && !(longer = arena_printf(discover->arena, err, "%s.stack", scan.id)))
    return -1;
  return discover_add(discover, &scan, longer, split, image->rel, err);
}

static int add_cases(struct labelled_dir *labelled, const char *split, struct err *err)
{
  struct labelled_dir *images = &labelled[0];
  for (size_t i = 0, n; i < images->n; i += n) {
    n = channel_count(images, i);
    if (add_case(labelled, i, n, split, err))
      return -1;
  }
  for (int r = 1; r < ROLES; r++)
    for (size_t i = 0; i < labelled[r].n; i++)
      if (!labelled[r].volumes[i].used)
        labelled_dir_ignore(&labelled[r], labelled[r].volumes[i].rel,
                            "no image of this name");
  return 0;
}

/* Collects one family of directories: dirs[] by role, NULL where there is none. */
static int collect_family(const struct discover *discover, const char *const dirs[ROLES],
                          bool nnunet, const char *split, struct err *err)
{
  static const char *const fields[ROLES] = {"image", "label", "mask"};
  struct labelled_dir labelled[ROLES] = {{0}};
  int rc = 0;
  for (int r = 0; r < ROLES && !rc; r++) {
    labelled[r] =
        (struct labelled_dir){.discover = discover, .name = dirs[r], .field = fields[r]};
    labelled[r].channels = nnunet && r == 0;
    rc = labelled_dir_read(&labelled[r], nnunet ? STACK_NEVER : STACK_NUMBERED, err);
  }
  if (!rc)
    rc = add_cases(labelled, split, err);
  for (int r = 0; r < ROLES; r++)
    free(labelled[r].volumes);
  return rc;
}

/* --- recognition ------------------------------------------------------------------- */

/* The directory names that belong together. */
struct family {
  const char *dirs[ROLES]; /* image and label must exist; NULL: not looked for */
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

/* Cuts off, in place, what looks like a suffix, twice for ".gz". */
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

/* Returns whether two listings have a name in common, apart from suffixes.  Cuts the
 * names. */
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

/* Returns the first family whose directories exist in the root, or NULL. */
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

/* Collects a family from those of its directories that exist, and marks them in
 * used[]. */
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

const struct dataset_layout layout_images_labels = {
    .name = "pairs",
    .matches = matches,
    .collect = collect,
};
