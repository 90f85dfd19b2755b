/* Finds the files of an entry's fields: those that the templates match, and those that
 * the lists name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/beneath.h"
#include "core/base/grow.h"
#include "mountopts/description/description_entry.h"
#include "mountopts/paths.h"

/* --- what may be named ------------------------------------------------------------- */

/* This is for the message, and early: whatever is opened later is resolved beneath the
 * directory again, because a symlink can be swapped.  Of what does not exist (a template)
 * the part counts that does. */
bool description_allowed(const struct description *desc, const char *base,
                         const char *path)
{
  struct err err = ERR_INIT;
  struct stat st;
  const char *whole = desc->inside ? path_normal(desc->arena, base, path, &err) : NULL;
  if (!desc->inside || (whole && !beneath_stat(desc->inside, whole, &st)))
    return true;
  if (!whole || errno == EXDEV)
    return false;
  const char *real = path_real_ancestor(desc->arena, whole, &err);
  return real && path_below(desc->inside, real);
}

/* --- what was found ---------------------------------------------------------------- */

int entry_add_found(struct entry *entry, const struct found *found, struct err *err)
{
  if (grow(&entry->found, &entry->room, entry->nfound, sizeof *found, "files", err))
    return -1;
  entry->found[entry->nfound++] = *found;
  return 0;
}

int entry_group(struct entry *entry, const char *id, struct err *err)
{
  int group = name_set_find(&entry->known_ids, id);
  if (group >= 0)
    return group;
  if (entry->nids == entry->ids_room) {
    const int room = entry->ids_room ? 2 * entry->ids_room : 64;
    const char **bigger = realloc(entry->ids, (size_t)room * sizeof *bigger);
    if (!bigger)
      return err_set(err, ENOMEM, "out of memory for %d scans", room);
    entry->ids = bigger;
    entry->ids_room = room;
  }
  const char *copy = arena_strdup(&entry->scratch, id, err);
  if (!copy)
    return -1;
  if (name_set_add(&entry->known_ids, copy, entry->nids))
    return err_set(err, ENOMEM, "out of memory for %d scans", entry->nids);
  entry->ids[entry->nids] = copy;
  return entry->nids++;
}

/* --- templates --------------------------------------------------------------------- */

/* A template being expanded. */
struct listing {
  struct entry *entry;
  int field;
  bool in_id[TEMPLATE_NAMES]; /* which of the template's names the id holds */
};

/* Returns whether the match spells the same id as the one before, since files of a scan
 * mostly lie together. */
static bool same_id(const struct listing *listing, const char *const *values)
{
  const struct entry *entry = listing->entry;
  const struct found *last = entry->nfound ? &entry->found[entry->nfound - 1] : NULL;
  if (!last || last->field != listing->field)
    return false;
  const int n = entry->plans[listing->field].template.nnames;
  for (int i = 0; i < n; i++)
    if (listing->in_id[i] && last->values[i] != values[i] &&
        strcmp(last->values[i], values[i]))
      return false;
  return true;
}

static int take_match(void *ctx, const struct template_match *match, struct err *err)
{
  const struct listing *listing = ctx;
  struct entry *entry = listing->entry;
  const struct template *template = &entry->plans[listing->field].template;
  struct found found = {.field = listing->field,
                        .path = arena_strdup(entry->desc->arena, match->path, err),
                        .key = match->key,
                        .values = match->values};
  if (!found.path)
    return -1;
  if (same_id(listing, match->values)) {
    found.group = entry->found[entry->nfound - 1].group;
    return entry_add_found(entry, &found, err);
  }
  const char *id = template_fill(&entry->scratch, entry->id, template->nnames,
                                 template->names, match->values, err);
  found.group = id ? entry_group(entry, id, err) : -1;
  return found.group < 0 ? -1 : entry_add_found(entry, &found, err);
}

/* Finds which names the id holds, and whether the template has all of them.  This runs
 * before anything is listed, with any text for the values. */
static int names_fit(struct listing *listing, const struct template *template,
                     struct err *err)
{
  const struct entry *entry = listing->entry;
  const char *values[TEMPLATE_NAMES];
  for (int i = 0; i < TEMPLATE_NAMES; i++)
    values[i] = "x";
  if (!template_fill(entry->desc->arena, entry->id, template->nnames, template->names,
                     values, err))
    return -1;
  for (int i = 0; i < template->nnames; i++) {
    struct err lacking = ERR_INIT;
    values[i] = NULL;
    listing->in_id[i] = !template_fill(entry->desc->arena, entry->id, template->nnames,
                                       template->names, values, &lacking);
    values[i] = "x";
  }
  return 0;
}

void entry_list_files(struct entry *entry, int field)
{
  struct description *desc = entry->desc;
  const struct template *template = &entry->plans[field].template;
  struct listing listing = {.entry = entry, .field = field};
  struct err err = ERR_INIT;
  size_t before = entry->nfound;
  if (!description_allowed(desc, desc->root, template->path))
    entry_field_problem(entry, field, "'%s' points outside %s", template->path,
                        desc->inside);
  else if (names_fit(&listing, template, &err))
    entry_field_problem(entry, field, "does not go with the id '%s': %s", entry->id,
                        err.msg);
  else if (template_expand(template, desc->root, desc->avoid, desc->pool, &entry->scratch,
                           take_match, &listing, &err))
    entry_field_problem(entry, field, "%s", err.msg);
  else if (entry->nfound == before)
    entry_field_problem(entry, field, "no file matches '%s%s%s' in %s", template->path,
                        template->key ? ":" : "", template->key ? template->key : "",
                        desc->root);
}
