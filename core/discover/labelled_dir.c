/* One directory of rule 4: see labelled_dir.h.  Partners are looked for by bisection, so
 * that 100,000 cases cost no more than a sort. */
#include "core/discover/labelled_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/text.h"
#include "core/dataset/field_type.h"

/* --- what a directory holds -------------------------------------------------------- */

static const struct found_array *array_named(const struct found *found, const char *name)
{
  for (int i = 0; i < found->narrays; i++)
    if (found->arrays[i].name && !strcmp(found->arrays[i].name, name))
      return &found->arrays[i];
  return NULL;
}

/* Chooses an array: the only one, an image file's first, or one with a usual name.  NULL:
 * there is no clear choice. */
static const struct found_array *choose_array(const struct labelled_dir *dir,
                                              const struct found *found)
{
  const char *slash = strrchr(dir->name, '/');
  const char *const usual[] = {dir->field, slash ? slash + 1 : dir->name, "data",
                               "volume", "main"};
  if (found->narrays == 1 || !found->hdf5)
    return found->arrays;
  const struct found_array *array = NULL;
  for (size_t i = 0; i < sizeof usual / sizeof *usual && !array; i++)
    array = array_named(found, usual[i]);
  return array;
}

void labelled_dir_ignore(const struct labelled_dir *dir, const char *rel, const char *why)
{
  struct text shown = {0};
  text_add(&shown, "%s%s%s", dir->name, *rel ? "/" : "", rel);
  dataset_builder_ignore(dir->discover->builder, shown.data ? shown.data : rel, "%s",
                         why);
  text_free(&shown);
}

static bool all_digits(const char *text, size_t n)
{
  return strspn(text, "0123456789") >= n;
}

/* Splits the channel off: "case_0001" is channel 1 of "case". */
static void cut_channel(struct dir_volume *volume, char *stem)
{
  size_t n = strlen(stem);
  if (n <= 5 || stem[n - 5] != '_' || !all_digits(stem + n - 4, 4))
    return;
  volume->channel = atoi(stem + n - 4);
  stem[n - 5] = '\0';
}

/* Keeps the names of an image file's further arrays. */
static int keep_more(struct arena *arena, const struct found *found,
                     struct dir_volume *volume, struct err *err)
{
  if (found->stack || found->hdf5 || found->narrays == 1)
    return 0;
  const char **more = arena_array(arena, (size_t)found->narrays, sizeof *more, err);
  for (int i = 1; more && i < found->narrays; i++)
    more[volume->nmore++] = found->arrays[i].name;
  volume->more = more;
  return more ? 0 : -1;
}

static const char *key_of(struct arena *arena, const char *stem, struct err *err)
{
  const char *slash = strrchr(stem, '/'), *const base = slash ? slash + 1 : stem;
  size_t from;
  const size_t n = name_without_words(base, strlen(base), &from);
  return n == strlen(base) ? stem
                           : arena_printf(arena, err, "%.*s%.*s", (int)(base - stem),
                                          stem, (int)n, base + from);
}

static int on_found(void *ctx, const struct found *found, struct err *err)
{
  struct labelled_dir *dir = ctx;
  struct arena *arena = dir->discover->arena;
  const struct found_array *array = choose_array(dir, found);
  if (!array) {
    labelled_dir_ignore(dir, found->rel,
                        "several arrays, none of a name that says which is meant");
    return 0;
  }
  struct dir_volume volume = {
      .rel = found->rel, .channel = -1, .stack = found->stack, .bits = found->bits};
  volume.npieces = found->npieces;
  volume.intent = array->intent;
  volume.pieces = found->pieces;
  char *stem = arena_printf(arena, err, "%.*s", (int)found->stem, found->rel);
  struct piece *piece = arena_alloc(arena, sizeof *piece, err);
  if (!stem || !piece || keep_more(arena, found, &volume, err))
    return -1;
  if (!found->stack) {
    *piece = *found->pieces;
    piece->key = array->name;
    volume.pieces = piece;
  }
  if (dir->channels)
    cut_channel(&volume, stem);
  volume.stem = stem;
  if (!(volume.key = key_of(arena, stem, err)))
    return -1;
  if (grow(&dir->volumes, &dir->room, dir->n, sizeof volume, "volumes", err))
    return -1;
  dir->volumes[dir->n++] = volume;
  return 0;
}

/* Orders by stem, then by channel, then by path. */
static int by_stem(const void *a, const void *b)
{
  const struct dir_volume *x = a, *y = b;
  int c = text_natural_cmp(x->stem, y->stem);
  if (!c && x->channel != y->channel)
    c = x->channel < y->channel ? -1 : 1;
  return c ? c : text_natural_cmp(x->rel, y->rel);
}

static int by_key(const void *a, const void *b)
{
  const struct dir_volume *x = *(struct dir_volume *const *)a,
                          *y = *(struct dir_volume *const *)b;
  return strcmp(x->key, y->key);
}

int labelled_dir_read(struct labelled_dir *dir, enum stacking stacking, struct err *err)
{
  if (!dir->name)
    return 0;
  if (discover_walk(dir->discover, dir->name, stacking, on_found, NULL, dir, err))
    return -1;
  if (dir->n)
    qsort(dir->volumes, dir->n, sizeof *dir->volumes, by_stem);
  dir->by_key = calloc(dir->n + 1, sizeof *dir->by_key);
  if (!dir->by_key)
    return err_set(err, ENOMEM, "out of memory for %zu volumes", dir->n);
  for (size_t i = 0; i < dir->n; i++)
    dir->by_key[i] = &dir->volumes[i];
  qsort(dir->by_key, dir->n, sizeof *dir->by_key, by_key);
  return 0;
}

void labelled_dir_free(struct labelled_dir *dir)
{
  free(dir->volumes);
  free(dir->by_key);
}

/* --- partners ---------------------------------------------------------------------- */

/* Returns the index of the first volume of this stem, or where it would be. */
static size_t lower_bound(const struct labelled_dir *dir, const char *stem)
{
  size_t low = 0, high = dir->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (text_natural_cmp(dir->volumes[middle].stem, stem) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Returns the only volume of this key; NULL when there is none, or several. */
static struct dir_volume *only_of_key(const struct labelled_dir *dir, const char *key)
{
  size_t low = 0, high = dir->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(dir->by_key[middle]->key, key) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == dir->n || strcmp(dir->by_key[low]->key, key) ||
      (low + 1 < dir->n && !strcmp(dir->by_key[low + 1]->key, key)))
    return NULL;
  return dir->by_key[low];
}

struct dir_volume *labelled_dir_partner(const struct labelled_dir *dir,
                                        const struct labelled_dir *images,
                                        const struct dir_volume *image)
{
  size_t first = lower_bound(dir, image->stem), end = first;
  while (end < dir->n && !strcmp(dir->volumes[end].stem, image->stem))
    end++;
  for (size_t i = first; i < end; i++)
    if (!dir->volumes[i].used && !strcmp(dir->volumes[i].rel, image->rel))
      return &dir->volumes[i];
  for (size_t i = first; i < end; i++)
    if (!dir->volumes[i].used)
      return &dir->volumes[i];
  struct dir_volume *other = dir->n ? only_of_key(dir, image->key) : NULL;
  return other && !other->used && only_of_key(images, image->key) == image ? other : NULL;
}

/* Returns the number in the name of a slice of a numbered stack. */
static unsigned long long slice_number(const struct piece *piece)
{
  const char *slash = strrchr(piece->path, '/');
  return strtoull(slash ? slash + 1 : piece->path, NULL, 10);
}

bool labelled_dir_same_slices(const struct labelled_dir *dir,
                              const struct dir_volume *image,
                              const struct dir_volume *other)
{
  char why[200];
  if (!image->stack || !other->stack)
    return true;
  if (image->npieces != other->npieces) {
    snprintf(why, sizeof why, "expected %lld slices as the image has, found %lld",
             (long long)image->npieces, (long long)other->npieces);
    labelled_dir_ignore(dir, other->rel, why);
    return false;
  }
  for (int64_t i = 0; i < image->npieces && !*image->rel; i++) {
    unsigned long long a = slice_number(&image->pieces[i]);
    unsigned long long b = slice_number(&other->pieces[i]);
    if (a == b)
      continue;
    snprintf(why, sizeof why, "expected slice %llu as the image has, found %llu", a, b);
    labelled_dir_ignore(dir, other->rel, why);
    return false;
  }
  return true;
}

int labelled_dir_fields(struct arena *arena, struct field_spec *out, const char *name,
                        const struct dir_volume *volume, struct err *err)
{
  for (int i = 0; i <= volume->nmore; i++) {
    out[i] = (struct field_spec){.name = name,
                                 .npieces = volume->npieces,
                                 .pieces = volume->pieces,
                                 .scans_only = i};
    field_type_by_names(&out[i], name, NULL, false);
    field_type_by_intent(&out[i], volume->intent);
    if (volume->stack)
      out[i].gather = gather_slices(volume->npieces, volume->bits);
    if (!i)
      continue;
    struct piece *piece = arena_alloc(arena, sizeof *piece, err);
    if (!piece ||
        !(out[i].name = arena_printf(arena, err, "%s_%s", name, volume->more[i - 1])))
      return -1;
    *piece = *volume->pieces;
    piece->key = volume->more[i - 1];
    out[i].pieces = piece;
  }
  return 1 + volume->nmore;
}
