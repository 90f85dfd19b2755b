/* Rule 4: images beside their labels or masks, with equal names, in SOURCE or a
 * split of it; and nnU-Net's imagesTr/ labelsTr/ imagesTs/ (/labelsTs/).
 *
 * The image's directory is called images, image, imgs or img; those of its masks have a
 * mask's word in their names ("labels", "manual_masks", "GT").  Names are equal without
 * such words, too: images/a_img.png and masks/a_mask.png belong together.
 *
 * Each directory is walked like any other (discover_walk.c) and gives a list of volumes
 * and stacks by name (labelled_dir.c); then each image is matched with its partners.
 * What stands beside these directories is walked by rule 5.  Deeper in the tree such
 * directories are said to belong together, but rule 5 names their scans. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/dir_list.h"
#include "core/dataset/field_type.h"
#include "core/dataset/name_set.h"
#include "core/discover/discover_images_labels.h"
#include "core/discover/labelled_dir.h"
#include "core/discover/split_name.h"

enum { ROLES_MAX = 8 };

/* Directories that belong together. */
struct family {
  int n;                       /* at least 1: dirs[0] holds the images */
  const char *dirs[ROLES_MAX]; /* names of entries; nnU-Net: NULL where there is none */
  const char *fields[ROLES_MAX];
  bool nnunet;
  const char *split; /* nnU-Net's */
};

/* The place of a family, and its directories' content. */
struct gathering {
  const struct discover *discover;
  const struct family *family;
  const char *prefix; /* the directory that holds it, below the root; "": the root */
  struct labelled_dir dirs[ROLES_MAX];
};

/* --- scans ------------------------------------------------------------------------- */

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

/* Returns "<prefix>/<name>". */
static const char *below_prefix(const struct gathering *all, const char *name,
                                struct err *err)
{
  return *all->prefix ? arena_printf(all->discover->arena, err, "%s%s%s", all->prefix,
                                     *name ? "/" : "", name)
                      : name;
}

/* Returns the split that a directory on the way to the image names; else nnU-Net's. */
static const char *split_of(const struct gathering *all, const struct dir_volume *image,
                            struct err *err)
{
  size_t n;
  const char *path = below_prefix(all, image->rel, err);
  const char *at = path ? split_of_path(path, image->stack, &n) : NULL;
  return at ? arena_printf(all->discover->arena, err, "%.*s", (int)n, at)
            : all->family->split;
}

/* Adds the scan of n images (channels) from `first` on. */
static int add_case(struct gathering *all, size_t first, size_t n, struct err *err)
{
  struct labelled_dir *images = &all->dirs[0];
  struct arena *arena = all->discover->arena;
  const struct dir_volume *image = &images->volumes[first];
  struct dir_volume *others[ROLES_MAX] = {NULL};
  size_t room = 0;
  for (size_t i = 0; i < n; i++)
    room += 1 + (size_t)images->volumes[first + i].nmore;
  for (int r = 1; r < all->family->n; r++) {
    struct dir_volume *other = labelled_dir_partner(&all->dirs[r], images, image);
    if (!other)
      continue;
    other->used = true;
    if (labelled_dir_same_slices(&all->dirs[r], image, other))
      others[r] = other;
    room += 1 + (size_t)other->nmore;
  }
  struct field_spec *fields = arena_array(arena, room, sizeof *fields, err);
  int nfields = fields ? image_fields(images, first, n, fields, err) : -1;
  for (int r = 1; r < all->family->n && nfields >= 0; r++) {
    const int more = others[r] ? labelled_dir_fields(arena, fields + nfields,
                                                     all->dirs[r].field, others[r], err)
                               : 0;
    nfields = more < 0 ? -1 : nfields + more;
  }
  if (nfields < 0)
    return -1;
  struct scan_spec scan = {.nfields = nfields, .fields = fields};
  scan.id = below_prefix(all, image->stem, err);
  const char *longer = below_prefix(all, image->rel, err);
  if (!scan.id || !longer)
    return -1;
  if (!*scan.id)
    scan.id = discover_base_name(all->discover);
  if (image->stack && !(longer = arena_printf(arena, err, "%s.stack", scan.id)))
    return -1;
  const char *split = split_of(all, image, err);
  return err->errnum ? -1
                     : discover_add(all->discover, &scan, longer, split, longer, err);
}

static int add_cases(struct gathering *all, struct err *err)
{
  const struct labelled_dir *images = &all->dirs[0];
  for (size_t i = 0, n; i < images->n; i += n) {
    n = channel_count(images, i);
    if (add_case(all, i, n, err))
      return -1;
  }
  for (int r = 1; r < all->family->n; r++)
    for (size_t i = 0; i < all->dirs[r].n; i++)
      if (!all->dirs[r].volumes[i].used)
        labelled_dir_ignore(&all->dirs[r], all->dirs[r].volumes[i].rel,
                            "no image of this name");
  return 0;
}

static int collect_family(const struct discover *discover, const char *prefix,
                          const struct family *family, struct err *err)
{
  struct gathering all = {.discover = discover, .family = family, .prefix = prefix};
  const enum stacking stacking = family->nnunet ? STACK_NEVER : STACK_NUMBERED;
  int rc = 0;
  for (int r = 0; r < family->n && !rc; r++) {
    struct labelled_dir *dir = &all.dirs[r];
    *dir = (struct labelled_dir){.discover = discover};
    if (!(dir->field = arena_strdup(discover->arena, family->fields[r], err)))
      rc = -1;
    dir->channels = family->nnunet && r == 0;
    if (!rc && family->dirs[r] && !(dir->name = below_prefix(&all, family->dirs[r], err)))
      rc = -1;
    if (!rc)
      rc = labelled_dir_read(dir, stacking, err);
  }
  if (!rc)
    rc = add_cases(&all, err);
  for (int r = 0; r < family->n; r++)
    labelled_dir_free(&all.dirs[r]);
  return rc;
}

/* --- recognition ------------------------------------------------------------------- */

static const struct family nnunet_train = {
    2, {"imagesTr", "labelsTr"}, {"image", "label"}, true, "train"};
static const struct family nnunet_test = {
    2, {"imagesTs", "labelsTs"}, {"image", "label"}, true, "test"};

static bool has_dir(const struct dir_list *list, const char *name)
{
  ptrdiff_t i = dir_list_find(list, name);
  return i >= 0 && list->entries[i].type == DIR_DIR;
}

/* Cuts off, in place, what looks like a suffix, twice for ".gz", and the words of masks
 * and images; returns what is left. */
static const char *cut_to_key(char *name)
{
  size_t from;
  char *dot = strrchr(name, '.');
  if (dot && dot != name && !strcasecmp(dot, ".gz")) {
    *dot = '\0';
    dot = strrchr(name, '.');
  }
  if (dot && dot != name)
    *dot = '\0';
  const size_t n = name_without_words(name, strlen(name), &from);
  name[from + n] = '\0';
  return name + from;
}

/* Finds whether two listings have a name in common, apart from suffixes and such words.
 * Cuts the names. */
static int share_a_name(struct dir_list *a, struct dir_list *b, bool *shared,
                        struct err *err)
{
  struct name_set names = {0};
  int rc = 0;
  *shared = false;
  for (size_t i = 0; i < a->n && !rc; i++)
    if (*a->entries[i].name != '.')
      rc = name_set_add(&names, cut_to_key((char *)(uintptr_t)a->entries[i].name), 0);
  for (size_t i = 0; i < b->n && !rc && !*shared; i++)
    *shared =
        *b->entries[i].name != '.' &&
        name_set_find(&names, cut_to_key((char *)(uintptr_t)b->entries[i].name)) >= 0;
  name_set_free(&names);
  return rc ? err_set(err, ENOMEM, "out of memory for names") : 0;
}

/* A directory that cannot be listed shares no name, unless that is for lack of memory or
 * descriptors. */
static int dirs_share_a_name(const struct discover *discover, const char *prefix,
                             const char *a, const char *b, bool *shared, struct err *err)
{
  const char *const names[2] = {a, b};
  struct dir_list lists[2] = {{0}};
  struct err why = ERR_INIT;
  int rc = 0;
  *shared = false;
  for (int i = 0; i < 2 && !rc; i++) {
    const char *below = arena_printf(discover->arena, &why, "%s%s%s", prefix,
                                     *prefix ? "/" : "", names[i]);
    const char *path = below ? discover_path(discover, below, &why) : NULL;
    rc = path ? dir_list(path, discover->avoid, &lists[i], &why) : -1;
  }
  if (!rc)
    rc = share_a_name(&lists[0], &lists[1], shared, &why);
  dir_list_free(&lists[0]);
  dir_list_free(&lists[1]);
  return rc && err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}

static bool holds(const struct family *family, const char *field)
{
  for (int r = 0; r < family->n; r++)
    if (!strcmp(family->fields[r], field))
      return true;
  return false;
}

/* Adds the directory of a mask: "labels" is the field label, "masks" mask, any other has
 * its own name. */
static void add_mask(struct family *family, const char *dir)
{
  static const char *const usual[][2] = {
      {"labels", "label"}, {"label", "label"}, {"masks", "mask"}, {"mask", "mask"}};
  const char *field = dir;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (!strcasecmp(dir, usual[i][0]) && !holds(family, usual[i][1]))
      field = usual[i][1];
  if (family->n == ROLES_MAX || holds(family, field))
    return;
  family->dirs[family->n] = dir;
  family->fields[family->n++] = field;
}

/* Fills the family of the images' directory `dir`; it is one when it has a mask. */
static int find_masks(const struct discover *discover, const char *prefix,
                      const struct dir_list *list, const char *dir, struct family *out,
                      struct err *err)
{
  *out = (struct family){.n = 1, .dirs = {dir}, .fields = {"image"}};
  for (size_t i = 0; i < list->n; i++) {
    const struct dir_entry *entry = &list->entries[i];
    const char *word;
    bool shared;
    if (entry->type != DIR_DIR || *entry->name == '.' ||
        name_says(entry->name, strlen(entry->name), &word) != SAYS_MASK)
      continue;
    if (dirs_share_a_name(discover, prefix, dir, entry->name, &shared, err))
      return -1;
    if (shared)
      add_mask(out, entry->name);
  }
  return 0;
}

/* Finds the first family of a directory; out->n is 0 when there is none. */
static int recognise(const struct discover *discover, const char *prefix,
                     const struct dir_list *list, struct family *out, struct err *err)
{
  static const char *const images[] = {"images", "image", "imgs", "img"};
  for (size_t k = 0; k < sizeof images / sizeof *images; k++)
    for (size_t i = 0; i < list->n; i++) {
      const struct dir_entry *entry = &list->entries[i];
      if (entry->type != DIR_DIR || strcasecmp(entry->name, images[k]) != 0)
        continue;
      if (find_masks(discover, prefix, list, entry->name, out, err))
        return -1;
      if (out->n > 1)
        return 0;
    }
  *out = nnunet_train;
  if (!has_dir(list, out->dirs[0]) || !has_dir(list, out->dirs[1]))
    out->n = 0;
  return 0;
}

/* Collects a family from those of its directories that exist, and marks them in
 * taken[]. */
static int collect_dirs(const struct discover *discover, const char *prefix,
                        const struct family *family, const struct dir_list *list,
                        bool *taken, struct err *err)
{
  struct family there = *family;
  for (int r = 0; r < there.n; r++)
    if (has_dir(list, there.dirs[r]))
      taken[dir_list_find(list, there.dirs[r])] = true;
    else
      there.dirs[r] = NULL;
  return collect_family(discover, prefix, &there, err);
}

/* Returns "{s}_seg.png" for the first file of a directory, or the first of this key.
 * *key: is set when it is NULL. */
static const char *pattern_in(const struct discover *discover, const char *below,
                              const char **key, struct err *err)
{
  struct dir_list list;
  const char *pattern = "{s}", *path = discover_path(discover, below, err);
  struct err unsaid = ERR_INIT; /* the walk says it */
  if (!path || dir_list(path, discover->avoid, &list, &unsaid)) {
    if (path && err_is_passing(&unsaid))
      err_set(err, unsaid.errnum, "%s", unsaid.msg);
    return pattern;
  }
  for (size_t i = 0; i < list.n && pattern && pattern[3] == '\0'; i++) {
    const char *name = list.entries[i].name;
    char *copy = arena_strdup(discover->arena, name, err);
    const char *cut = copy && *name != '.' ? cut_to_key(copy) : "";
    if (!*cut || list.entries[i].type != DIR_FILE || (*key && strcmp(*key, cut) != 0))
      continue;
    *key = cut;
    pattern = arena_printf(discover->arena, err, "%.*s{s}%s", (int)(cut - copy), name,
                           name + (cut - copy) + strlen(cut));
  }
  dir_list_free(&list);
  return pattern;
}

/* Says how a family is declared that stands neither in SOURCE nor in a split of it. */
static int give_hint(const struct discover *discover, const char *prefix,
                     const struct family *family, struct err *err)
{
  struct text fields = {0};
  const char *key = NULL;
  for (int r = 0; r < family->n && r < 2; r++) {
    const char *below =
        arena_printf(discover->arena, err, "%s/%s", prefix, family->dirs[r]);
    const char *pattern = below ? pattern_in(discover, below, &key, err) : NULL;
    const char *whole =
        pattern ? arena_printf(discover->arena, err, "%s/%s", below, pattern) : NULL;
    text_add(&fields, "%s", r ? ", " : "");
    text_add_json(&fields, family->fields[r]);
    text_add(&fields, ": ");
    text_add_json(&fields, whole ? whole : "");
  }
  dataset_builder_ignore(
      discover->builder, prefix,
      "%s/ and %s/ hold what belongs together, but scans of their own "
      "are made of them: mount this directory itself, or say {\"scans\": "
      "[{\"id\": \"%s/{s}\", \"fields\": {%s}}]}",
      family->dirs[0], family->dirs[1], prefix, fields.data ? fields.data : "");
  text_free(&fields);
  return err->errnum ? -1 : 0;
}

int labelled_claim(const struct discover *discover, const char *prefix,
                   const struct dir_list *list, bool *taken, struct err *err)
{
  struct family family;
  if (recognise(discover, prefix, list, &family, err))
    return -1;
  if (!family.n)
    return 0;
  if (*prefix && (strchr(prefix, '/') || !split_named(prefix, strlen(prefix))))
    return give_hint(discover, prefix, &family, err);
  if (collect_dirs(discover, prefix, &family, list, taken, err))
    return -1;
  if (family.nnunet && has_dir(list, nnunet_test.dirs[0]) &&
      collect_dirs(discover, prefix, &nnunet_test, list, taken, err))
    return -1;
  for (size_t i = 0; i < list->n; i++) {
    const char *name = list->entries[i].name;
    const char *shown = *name == '.' || list->entries[i].type == DIR_DIR
                            ? NULL
                            : arena_printf(discover->arena, err, "%s%s%s", prefix,
                                           *prefix ? "/" : "", name);
    if (!shown)
      continue;
    taken[i] = true;
    dataset_builder_ignore(discover->builder, shown, "beside the directories %s/ and %s/",
                           family.dirs[0], family.dirs[1]);
  }
  return err->errnum ? -1 : 0;
}

bool labelled_matches(const struct discover *discover)
{
  struct dir_list list;
  struct family family;
  struct err err = ERR_INIT;
  if (dir_list(discover->root, discover->avoid, &list, &err))
    return err_is_passing(&err);
  const int rc = recognise(discover, "", &list, &family, &err);
  dir_list_free(&list);
  return rc || family.n;
}
