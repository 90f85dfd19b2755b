/* splits/<split>/<scan>: links into scans/. */
#include <string.h>

#include "core/base/text.h"
#include "core/tree/dir.h"

/* splits/<split>/a/b leads to ../../../scans/a/b. */
static int scan_target(const struct place *place, struct text *out, struct err *err)
{
  const char *scan = place->world->spec->scans[place->scan].id;
  text_add(out, "../../");
  for (const char *p = scan; *p; p++)
    if (*p == '/')
      text_add(out, "../");
  text_add(out, "scans/%s", scan);
  return 0;
}

static const struct file_type link_scan = {.type = TREE_LINK, .target = scan_target};

/* --- <split>/ and below ------------------------------------------------------------ */

static const struct dir_type dir_split_scans;

/* A link also leads to the scans whose ids begin with its own. */
static void put_below(const struct scan_dir *child, struct place *out)
{
  if (child->scan >= 0)
    out->file = &link_scan;
  else
    out->dir = &dir_split_scans;
  out->scans = child;
  out->scan = child->scan;
}

static int below_child(struct tree *tree, const struct place *dir, const char *name,
                       struct place *out, struct err *err)
{
  const struct scan_dir *child = scan_dir_child(dir->scans, name);
  if (!child)
    return dir_no_such(name, err);
  put_below(child, out);
  return 0;
}

static int below_list(struct listing *out, struct err *err)
{
  out->count = out->place->scans->nchildren;
  return 0;
}

static int below_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                       struct err *err)
{
  const struct scan_dir *below = &listing->place->scans->children[i];
  dir_put_name(buf, below->name);
  put_below(below, child);
  return 1;
}

static const struct dir_type dir_split_scans = {
    .child = below_child,
    .list = below_list,
    .entry = below_entry,
};

/* --- splits/ ----------------------------------------------------------------------- */

static int splits_child(struct tree *tree, const struct place *dir, const char *name,
                        struct place *out, struct err *err)
{
  const struct world *world = dir->world;
  for (int i = 0; i < world->spec->nsplits; i++)
    if (!strcmp(world->spec->splits[i].name, name)) {
      out->dir = &dir_split_scans;
      out->split = i;
      out->scans = &world->splits[i];
      return 0;
    }
  return dir_no_such(name, err);
}

static int splits_list(struct listing *out, struct err *err)
{
  out->count = out->place->world->spec->nsplits;
  return 0;
}

static int splits_entry(struct listing *listing, int64_t i, char *buf,
                        struct place *child, struct err *err)
{
  dir_put_name(buf, listing->place->world->spec->splits[i].name);
  child->dir = &dir_split_scans;
  return 1;
}

const struct dir_type dir_splits = {
    .child = splits_child,
    .list = splits_list,
    .entry = splits_entry,
};
