/* What a place is. */
#include "core/tree/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/kind/space.h"

const char *const status_names[] = {
    [STATUS_VERSION] = "version",   [STATUS_CONFIG] = "config.json",
    [STATUS_STATS] = "stats.json",  [STATUS_METRICS] = "metrics",
    [STATUS_ERRORS] = "errors.log", [STATUS_IGNORED] = "ignored.txt",
    [STATUS_PREFETCH] = "prefetch", NULL,
};

enum tree_type place_tree_type(const struct place *place)
{
  switch (place->type) {
  case PLACE_ROOT:
  case PLACE_SCANS:
  case PLACE_KIND:
  case PLACE_VIEW:
  case PLACE_FIELD:
  case PLACE_SPLITS:
  case PLACE_SPLIT:
  case PLACE_STATUS_DIR:
  case PLACE_SPLIT_VIEW:
  case PLACE_VIEW_SPLIT:
  case PLACE_EPOCH:
  case PLACE_ROLE:
    return TREE_DIR;
  case PLACE_LINK:
    return TREE_LINK;
  default:
    return TREE_FILE;
  }
}

bool place_writable(const struct place *place)
{
  return place->type == PLACE_STATUS && place->status == STATUS_PREFETCH;
}

int place_stem(const char *name, const char *ext)
{
  size_t n = strlen(name), e = strlen(ext);
  if (n <= e + 1 || name[n - e - 1] != '.' || strcmp(name + n - e, ext))
    return -1;
  return (int)(n - e - 1);
}

bool place_shows(const struct place *place, const struct field_spec *field)
{
  const struct names *fields = &place->use->params.fields;
  if (field->has_value)
    return false;
  for (int i = 0; i < fields->n; i++)
    if (!strcmp(fields->name[i], field->name))
      return true;
  return !fields->n;
}

int place_plan(struct tree *tree, const struct place *place, struct plan *out,
               struct err *err)
{
  struct space space;
  if (space_of_scan(tree->dataset, &tree->spec->dataset, place->scan, &space, err))
    return -1;
  return kind_plan(place->kind, &place->use->params, &space, out, err);
}

int place_box(const struct plan *plan, const struct place *place, struct box *out,
              struct err *err)
{
  if (place->item >= plan->count)
    return err_set(err, ENOENT, "item %lld of %lld: the volume has become smaller",
                   (long long)place->item, (long long)plan->count);
  if (place->item >= 0) {
    kind_box(plan, place->item, out);
    return 0;
  }
  const char *ext =
      place->type == PLACE_ITEM_JSON ? "json" : encodings[place->encoding]->ext;
  char text[TREE_NAME_MAX + 1];
  snprintf(text, sizeof text, "%.*s", place_stem(place->name, ext) - 3, place->name + 3);
  return kind_place(plan, text, out, err);
}
