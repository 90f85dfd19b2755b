/* "views": {kind: {name: {parameters}}}, each parameter by its row in view_params[]. */
#include <stdlib.h>
#include <string.h>

#include "core/kind/kind.h"
#include "mountopts/description/description_parts.h"

enum { NAME_BYTES = 240, KINDS_MAX = 32, FIELDS_MAX = 1000 };

struct views {
  struct description *desc;
  struct view_spec *spec;
  int n, room;
};

/* The preset is applied first, wherever it stands, because it sets the defaults that
 * other keys change. */
static void read_params(const struct description *desc, const struct where *where,
                        const json_t *object, struct view_spec *view)
{
  struct err err = ERR_INIT;
  int before = desc->problems->count;
  const json_t *preset = json_object_get(object, "preset");
  /* an unknown preset is reported with the other keys below */
  if (view_params_init(&view->params, view->kind->bit, json_string_value(preset),
                       desc->arena, &err))
    view_params_init(&view->params, view->kind->bit, NULL, desc->arena, NULL);
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, key, value)
  {
    const struct where at = {where, key, 0};
    err = (struct err)ERR_INIT;
    if (param_find(view_params, view_params_count, key, view->kind->bit))
      where_param(desc, &at,
                  param_find(view_params, view_params_count, at.key, view->kind->bit),
                  value, &view->params);
    else if (description_later(key))
      where_unknown(desc, where, "key", key, NULL, 0);
    else if (param_unknown(view_params, view_params_count, key, view->kind->bit, &err))
      where_problem(desc, where, "%s", err.msg);
  }
  err = (struct err)ERR_INIT;
  if (desc->problems->count == before &&
      view_params_finish(&view->params, view->kind->bit, desc->arena, &err))
    where_problem(desc, where, "%s", err.msg);
}

static bool name_fits(const char *name)
{
  return *name && strlen(name) <= NAME_BYTES && !strpbrk(name, "=,/") &&
         strcmp(name, "default") && strcmp(name, ".") && strcmp(name, "..");
}

static void read_view(struct views *views, const struct where *where,
                      const json_t *object, const struct kind *kind)
{
  struct description *desc = views->desc;
  struct view_spec *view = &views->spec[views->n];
  struct err err = ERR_INIT;
  if (!name_fits(where->key))
    where_problem(desc, where,
                  "expected a name of 1 to %d bytes without '=', ',' and '/' that is not "
                  "'default'",
                  NAME_BYTES);
  *view = (struct view_spec){.name = arena_strdup(desc->arena, where->key, &err),
                             .kind = kind};
  if (!view->name)
    where_problem(desc, where, "%s", err.msg);
  else if (!json_is_object(object))
    where_expected(desc, where, "an object of parameters", object);
  else
    read_params(desc, where, object, view);
  views->n++;
}

static void unknown_kind(const struct description *desc, const struct where *where,
                         const char *name)
{
  const char *known[KINDS_MAX];
  size_t n = 0;
  for (; n < KINDS_MAX && kinds[n]; n++)
    known[n] = kinds[n]->name;
  where_unknown(desc, where, "kind of view", name, known, n);
}

static int by_kind_and_name(const void *a, const void *b)
{
  const struct view_spec *x = a, *y = b;
  if (x->kind != y->kind)
    return kind_index(x->kind) - kind_index(y->kind);
  return text_natural_cmp(x->name, y->name);
}

static void read_kind(struct views *views, const struct where *where,
                      const json_t *object)
{
  const struct kind *kind = kind_named(where->key);
  const char *name;
  json_t *view;
  if (!kind) {
    unknown_kind(views->desc, where->up, where->key);
    return;
  }
  if (!json_is_object(object))
    where_expected(views->desc, where, "an object of names, each with its parameters",
                   object);
  json_object_foreach((json_t *)(uintptr_t)object, name, view)
  {
    const struct where at = {where, name, 0};
    read_view(views, &at, view, kind);
  }
}

static size_t count_views(const json_t *all)
{
  size_t n = 0;
  const char *name;
  json_t *views;
  json_object_foreach((json_t *)(uintptr_t)all, name, views) n += json_object_size(views);
  return n;
}

void description_views(struct description *desc, const json_t *all)
{
  const struct where where = {NULL, "views", 0};
  struct views views = {.desc = desc};
  struct err err = ERR_INIT;
  if (!json_is_object(all)) {
    where_expected(desc, &where, "an object of kinds, each with its views", all);
    return;
  }
  views.spec = arena_array(desc->arena, count_views(all) + 1, sizeof *views.spec, &err);
  if (!views.spec) {
    where_problem(desc, &where, "%s", err.msg);
    return;
  }
  const char *name;
  json_t *object;
  json_object_foreach((json_t *)(uintptr_t)all, name, object)
  {
    const struct where at = {&where, name, 0};
    read_kind(&views, &at, object);
  }
  qsort(views.spec, (size_t)views.n, sizeof *views.spec, by_kind_and_name);
  desc->views = views.spec;
  desc->nviews = views.n;
}

/* --- do they fit the dataset? ------------------------------------------------------ */

/* Collects the different names of fields of all scans. */
static size_t all_fields(const struct dataset_spec *dataset, const char **names)
{
  size_t n = 0;
  for (int i = 0; i < dataset->nscans; i++)
    for (int f = 0; f < dataset->scans[i].nfields && n < FIELDS_MAX; f++)
      if (!text_is_one_of(names, n, dataset->scans[i].fields[f].name))
        names[n++] = dataset->scans[i].fields[f].name;
  return n;
}

/* Checks a view that is drawn from splits against each of these. */
static void check_split_view(const struct description *desc, const struct where *where,
                             const struct kind *kind, const struct view_spec *view)
{
  const struct where at = {where, "fields", 0};
  const int splits = kind->splits(&desc->dataset);
  for (int f = 0; f < view->params.fields.n; f++)
    if (!kind->role_known(&desc->dataset, view->params.fields.name[f]))
      where_unknown(desc, &at, "field", view->params.fields.name[f], NULL, 0);
  if (!splits)
    where_problem(desc, where, "expected a dataset of %s, found nothing to draw from",
                  kind->name);
  for (int i = 0; i < splits; i++) {
    const struct collection_of of = {
        .spec = &desc->dataset, .params = &view->params, .split = i};
    struct err err = ERR_INIT;
    if (kind->check(&of, &err))
      where_problem(desc, where, "split %s: %s", kind->split_name(&desc->dataset, i),
                    err.msg);
  }
}

void description_view_fields(struct description *desc)
{
  const char *names[FIELDS_MAX];
  const size_t n = all_fields(&desc->dataset, names);
  const struct where root = {NULL, "views", 0};
  if (n == FIELDS_MAX)
    return; /* names of fields that were left out would be reported as unknown */
  for (int i = 0; i < desc->nviews; i++) {
    const struct view_spec *view = &desc->views[i];
    const struct where kind = {&root, view->kind->name, 0};
    const struct where name = {&kind, view->name, 0}, at = {&name, "fields", 0};
    const bool drawn = view->kind->scope == SCOPE_EPOCHS;
    if (drawn)
      check_split_view(desc, &name, view->kind, view);
    for (int f = 0; !drawn && f < view->params.fields.n; f++)
      if (!text_is_one_of(names, n, view->params.fields.name[f]))
        where_unknown(desc, &at, "field", view->params.fields.name[f], names, n);
  }
}
