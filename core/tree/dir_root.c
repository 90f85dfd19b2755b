/* The root: the table of what the tree holds. */
#include <string.h>

#include "core/tree/dir.h"

static const struct row {
  const char *name; /* NULL: the kinds stand here */
  const struct file_type *file;
  const struct dir_type *dir;
} rows[] = {
    {"README.txt", &file_readme, NULL}, {"dataset.json", &file_dataset, NULL},
    {"scans", NULL, &dir_scans},        {NULL, NULL, &dir_kind},
    {"splits", NULL, &dir_splits},      {".tesserafs", NULL, &dir_status},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Entry i in listing order; false: there are fewer. */
static bool entry_at(const struct place *dir, int64_t i, const char **name,
                     struct place *out)
{
  for (int r = 0; r < ROWS; r++) {
    const struct row *row = &rows[r];
    out->file = row->file;
    out->dir = row->dir;
    out->kind = NULL;
    *name = row->name;
    if (row->name && i-- == 0)
      return true;
    for (int k = 0; !row->name && kinds[k]; k++) {
      out->kind = kinds[k];
      *name = kinds[k]->name;
      if (kind_shown(kinds[k], dir->world->spec) && i-- == 0)
        return true;
    }
  }
  return false;
}

static int root_child(struct tree *tree, const struct place *dir, const char *name,
                      struct place *out, struct err *err)
{
  const char *entry;
  out->scans = &dir->world->scans;
  for (int i = 0; entry_at(dir, i, &entry, out); i++)
    if (!strcmp(entry, name))
      return 0;
  return dir_no_such(name, err);
}

static int root_list(struct listing *out, struct err *err)
{
  struct place unused;
  const char *name;
  while (entry_at(out->place, out->count, &name, &unused))
    out->count++;
  return 0;
}

static int root_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                      struct err *err)
{
  const char *name;
  entry_at(listing->place, i, &name, child);
  dir_put_name(buf, name);
  return 1;
}

const struct dir_type dir_root = {
    .child = root_child,
    .list = root_list,
    .entry = root_entry,
};
