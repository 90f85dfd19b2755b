/* Splits, epochs and roles: names below a view whose items are drawn.
 *
 * Splits and epochs are directories by name; what an epoch holds is only known once it is
 * opened (epochs.h), which looking up an item, listing a role and reading anything do. */
#include "core/tree/place_split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool split_kind_shown(const struct tree *tree, const struct kind *kind)
{
  return !kind->split || kind->split->splits(&tree->spec->dataset) > 0;
}

/* --- names ------------------------------------------------------------------------ */

static int child_of_view(struct tree *tree, const struct place *parent, const char *name,
                         struct place *out, struct err *err)
{
  const struct split_kind *const kind = parent->kind->split;
  const struct dataset_spec *const spec = &tree->spec->dataset;
  for (int i = 0; i < kind->splits(spec); i++)
    if (!strcmp(kind->split_name(spec, i), name)) {
      out->type = PLACE_VIEW_SPLIT;
      out->split = i;
      const struct draw_from from = epochs_from(tree, out);
      return kind->check(&from, err);
    }
  return place_no_such(name, err);
}

static int child_of_split(const char *name, struct place *out, struct err *err)
{
  out->type = PLACE_EPOCH;
  out->epoch = draws_epoch(name);
  return out->epoch < 0 ? place_no_such(name, err) : 0;
}

/* The first `len` bytes of the name are an item's. */
static int child_item(struct tree *tree, const char *name, int len, struct place *out,
                      struct err *err)
{
  struct open_epoch *epoch;
  if (*name < '0' || *name > '9')
    return place_no_such(name, err);
  if (epochs_get(tree, out, &epoch, err))
    return -1;
  out->item = draws_find(epochs_draws(epoch), name, len);
  epochs_put(epoch);
  return out->item < 0 ? place_no_such(name, err) : 0;
}

static int child_of_epoch(struct tree *tree, const char *name, struct place *out,
                          struct err *err)
{
  const struct draw_from from = epochs_from(tree, out);
  const char *role;
  for (int i = 0; (role = out->kind->split->role(&from, i)); i++)
    if (!strcmp(role, name)) {
      out->type = PLACE_ROLE;
      out->field = i;
      return 0;
    }
  if (!strcmp(name, "items.csv")) {
    out->type = PLACE_DRAWS_CSV;
    return 0;
  }
  const int stem = place_stem(name, "json");
  if (stem < 0)
    return place_no_such(name, err);
  out->type = PLACE_DRAW_JSON;
  return child_item(tree, name, stem, out, err);
}

static int child_of_role(struct tree *tree, const char *name, struct place *out,
                         struct err *err)
{
  out->type = PLACE_DRAW;
  for (int e = 0; encodings[e]; e++) {
    const int stem = place_stem(name, encodings[e]->ext);
    if (stem < 0)
      continue;
    out->encoding = e;
    return child_item(tree, name, stem, out, err);
  }
  return place_no_such(name, err);
}

int split_child(struct tree *tree, const struct place *parent, const char *name,
                struct place *out, struct err *err)
{
  switch (parent->type) {
  case PLACE_SPLIT_VIEW:
    return child_of_view(tree, parent, name, out, err);
  case PLACE_VIEW_SPLIT:
    return child_of_split(name, out, err);
  case PLACE_EPOCH:
    return child_of_epoch(tree, name, out, err);
  default:
    return child_of_role(tree, name, out, err);
  }
}

/* --- listings --------------------------------------------------------------------- */

static int digits(int64_t last)
{
  return snprintf(NULL, 0, "%lld", (long long)last);
}

static int list_role(struct tree *tree, const struct place *place, struct listing *out,
                     struct err *err)
{
  struct open_epoch *epoch;
  const struct draw_from from = epochs_from(tree, place);
  struct place first = *place;
  unsigned mask = place->use->params.formats;
  if (!mask && !tree->spec->formats_given)
    mask = place->kind->split->formats(&from, place->field);
  first.type = PLACE_DRAW;
  first.name = NULL;
  first.item = 0;
  if (epochs_get(tree, place, &epoch, err))
    return -1;
  const int64_t count = epochs_draws(epoch)->count;
  out->width = epochs_draws(epoch)->width;
  epochs_put(epoch);
  if (count && listing_formats(tree, &first, mask ? mask : tree->spec->formats, out, err))
    return -1;
  out->count = count * out->nformats;
  return 0;
}

int split_listing(struct tree *tree, const struct place *place, struct listing *out,
                  struct err *err)
{
  const struct split_kind *const kind = place->kind->split;
  switch (place->type) {
  case PLACE_SPLIT_VIEW:
    out->count = kind->splits(&tree->spec->dataset);
    return 0;
  case PLACE_VIEW_SPLIT:
    out->count = tree->spec->epochs;
    return 0;
  case PLACE_EPOCH: {
    const struct draw_from from = epochs_from(tree, place);
    while (kind->role(&from, (int)out->count))
      out->count++;
    out->count++; /* items.csv */
    return 0;
  }
  default:
    return list_role(tree, place, out, err);
  }
}

static void entry_of_epoch(const struct listing *listing, int64_t i, char *buf,
                           struct place *child)
{
  const struct draw_from from = epochs_from(listing->tree, listing->place);
  const char *const role = listing->place->kind->split->role(&from, (int)i);
  snprintf(buf, TREE_NAME_MAX + 1, "%s", role ? role : "items.csv");
  child->type = role ? PLACE_ROLE : PLACE_DRAWS_CSV;
}

static void entry_of_role(const struct listing *listing, int64_t i, char *buf,
                          struct place *child)
{
  child->type = PLACE_DRAW;
  child->item = i / listing->nformats;
  child->encoding = listing->formats[i % listing->nformats];
  const int length = draws_name(listing->width, child->item, buf);
  buf[length] = '.';
  strcpy(buf + length + 1, encodings[child->encoding]->ext);
}

void split_entry(const struct listing *listing, int64_t i, char *buf, struct place *child)
{
  const struct place *const place = listing->place;
  switch (place->type) {
  case PLACE_SPLIT_VIEW:
    snprintf(buf, TREE_NAME_MAX + 1, "%s",
             place->kind->split->split_name(&listing->tree->spec->dataset, (int)i));
    child->type = PLACE_VIEW_SPLIT;
    break;
  case PLACE_VIEW_SPLIT:
    snprintf(buf, TREE_NAME_MAX + 1, "epoch-%0*lld",
             digits(listing->tree->spec->epochs - 1), (long long)i);
    child->type = PLACE_EPOCH;
    break;
  case PLACE_EPOCH:
    entry_of_epoch(listing, i, buf, child);
    break;
  default:
    entry_of_role(listing, i, buf, child);
  }
}
