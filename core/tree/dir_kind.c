/* <kind>/: its views. */
#include <errno.h>
#include <string.h>

#include "core/tree/dir.h"

static const struct dir_type *type_of(const struct kind *kind)
{
  return kind->scope == SCOPE_SCANS ? &dir_boxes : &dir_epochs;
}

/* A field that no scan has is a slip of the pen; one that some scans lack is not. */
static int check_fields(const struct dataset_spec *spec, const struct view_use *use,
                        struct err *err)
{
  const struct kind *kind = use->kind;
  const struct names *fields = &use->params.fields;
  for (int i = 0; i < fields->n; i++)
    if (kind->role_known(spec, fields->name[i]))
      continue;
    else if (kind->scope == SCOPE_SCANS)
      return err_set(err, EINVAL, "fields: no scan has a field '%s'", fields->name[i]);
    else
      return err_set(err, EINVAL, "fields: %s have no '%s'", kind->name, fields->name[i]);
  return 0;
}

static int kind_child(struct tree *tree, const struct place *dir, const char *name,
                      struct place *out, struct err *err)
{
  const struct world *world = dir->world;
  out->dir = type_of(dir->kind);
  out->scans = &world->scans;
  for (int i = 0; i < world->nuses; i++)
    if (world->uses[i].kind == dir->kind && !strcmp(world->uses[i].name, name)) {
      out->use = &world->uses[i];
      return 0;
    }
  if (!strchr(name, '='))
    return dir_no_such(name, err);
  out->use =
      view_use_from_path(dir->kind, name, &tree->path_stats[kind_index(dir->kind)], err);
  if (!out->use)
    return -1;
  return check_fields(world->spec, out->use, err);
}

static int kind_list(struct listing *out, struct err *err)
{
  const struct world *world = out->place->world;
  for (int i = 0; i < world->nuses; i++)
    out->count += world->uses[i].kind == out->place->kind;
  return 0;
}

static int kind_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                      struct err *err)
{
  const struct view_use *use = listing->place->world->uses;
  while (use->kind != listing->place->kind || i-- > 0)
    use++;
  dir_put_name(buf, use->name);
  child->dir = type_of(use->kind);
  return 1;
}

const struct dir_type dir_kind = {
    .child = kind_child,
    .list = kind_list,
    .entry = kind_entry,
};
