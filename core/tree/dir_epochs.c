/* <kind>/<view>/<split>/epoch-<E>/ of kinds whose collections are of epochs. */
#include <stdio.h>
#include <string.h>

#include "core/tree/collections.h"
#include "core/tree/dir_items.h"

/* --- epoch-<E>/ -------------------------------------------------------------------- */

static int epoch_list(struct listing *out, struct err *err)
{
  out->count = collection_entries(out->tree, out->place);
  return 0;
}

static int epoch_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  collection_entry(listing->tree, listing->place, i, buf, child);
  return 1;
}

static const struct dir_type dir_epoch = {
    .child = collection_child,
    .list = epoch_list,
    .entry = epoch_entry,
};

/* --- <split>/ ---------------------------------------------------------------------- */

/* The number in any padding; -1: it is none, or too large. */
static int64_t epoch_of(const char *name)
{
  static const char prefix[] = "epoch-";
  int64_t epoch = 0;
  if (strncmp(name, prefix, sizeof prefix - 1) || !name[sizeof prefix - 1])
    return -1;
  for (const char *p = name + sizeof prefix - 1; *p; p++) {
    if (*p < '0' || *p > '9' || epoch > (INT64_MAX - 9) / 10)
      return -1;
    epoch = epoch * 10 + (*p - '0');
  }
  return epoch;
}

static int split_child(struct tree *tree, const struct place *dir, const char *name,
                       struct place *out, struct err *err)
{
  out->dir = &dir_epoch;
  out->epoch = epoch_of(name);
  return out->epoch < 0 ? dir_no_such(name, err) : 0;
}

static int split_list(struct listing *out, struct err *err)
{
  out->count = out->tree->spec->epochs;
  return 0;
}

static int split_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  const int width = text_digits(listing->tree->spec->epochs - 1);
  snprintf(buf, TREE_NAME_MAX + 1, "epoch-%0*lld", width, (long long)i);
  child->dir = &dir_epoch;
  return 1;
}

static const struct dir_type dir_split = {
    .child = split_child,
    .list = split_list,
    .entry = split_entry,
};

/* --- <view>/ ----------------------------------------------------------------------- */

static int view_child(struct tree *tree, const struct place *dir, const char *name,
                      struct place *out, struct err *err)
{
  const struct kind *kind = dir->kind;
  const struct dataset_spec *spec = dir->world->spec;
  for (int i = 0; i < kind->splits(spec); i++)
    if (!strcmp(kind->split_name(spec, i), name)) {
      out->dir = &dir_split;
      out->split = i;
      const struct collection_of of = collection_of(tree, out);
      return kind->check ? kind->check(&of, err) : 0;
    }
  return dir_no_such(name, err);
}

static int view_list(struct listing *out, struct err *err)
{
  out->count = out->place->kind->splits(out->place->world->spec);
  return 0;
}

static int view_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                      struct err *err)
{
  const struct place *place = listing->place;
  dir_put_name(buf, place->kind->split_name(place->world->spec, (int)i));
  child->dir = &dir_split;
  return 1;
}

const struct dir_type dir_epochs = {
    .child = view_child,
    .list = view_list,
    .entry = view_entry,
};
