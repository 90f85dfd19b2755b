/* Looking at one file of a walk: is it of a known format, and which arrays does it hold?
 * Each file is opened once and closed again. */
#include "core/dataset/discover_look.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

/* --- names ------------------------------------------------------------------------ */

char *dir_rel_path(struct arena *arena, const struct dir *dir, const char *name,
                   struct err *err)
{
  return arena_printf(arena, err, "%s%s%s", dir->rel, *dir->rel ? "/" : "", name);
}

char *dir_full_path(struct arena *arena, const struct walk *walk, const char *rel,
                    struct err *err)
{
  const char *root = walk->discover->root, *below = walk->below;
  if (!*below && !*rel)
    return arena_strdup(arena, root, err);
  return arena_printf(arena, err, "%s/%s%s%s", strcmp(root, "/") ? root : "", below,
                      *below && *rel ? "/" : "", rel);
}

void dir_ignore(const struct dir *dir, const char *name, bool broken, const char *why)
{
  struct text shown = {0};
  const char *parts[] = {dir->walk->below, dir->rel, name};
  for (int i = 0; i < 3; i++)
    text_add(&shown, "%s%s", shown.size && *parts[i] ? "/" : "", parts[i]);
  struct dataset_builder *builder = dir->walk->discover->builder;
  const char *path = shown.size ? shown.data : ".";
  if (broken)
    dataset_builder_broken(builder, path, "%s", why);
  else
    dataset_builder_ignore(builder, path, "%s", why);
  text_free(&shown);
}

const char *dir_reason(const struct err *why, const char *path)
{
  size_t n = strlen(path);
  return !strncmp(why->msg, path, n) && !strncmp(why->msg + n, ": ", 2) ? why->msg + n + 2
                                                                        : why->msg;
}

static bool ends_with(const char *name, const char *suffix)
{
  size_t n = strlen(name), m = strlen(suffix);
  return n > m && !strcasecmp(name + n - m, suffix);
}

/* --- looking at a file ------------------------------------------------------------ */

static int bad(struct dir *dir, struct seen *seen, bool broken, const char *why,
               struct err *err)
{
  seen->broken = broken;
  seen->kind = SEEN_BAD;
  seen->why = arena_strdup(&dir->arena, why, err);
  return seen->why ? 0 : -1;
}

/* The usable arrays of an open source; the others are ignored here. */
static int take_arrays(struct dir *dir, const char *name, const struct source *source,
                       struct seen *seen, struct err *err)
{
  int count = source_array_count(source);
  seen->arrays = arena_array(&dir->arena, (size_t)count, sizeof *seen->arrays, err);
  if (!seen->arrays)
    return -1;
  for (int i = 0; i < count; i++) {
    const struct source_array *array = source_array_at(source, i);
    if (array->alternate)
      continue;
    if (array->unusable) {
      char *where = arena_printf(&dir->arena, err, "%s%s%s", name, array->name ? ":" : "",
                                 array->name ? array->name : "");
      if (!where)
        return -1;
      dir_ignore(dir, where, array->broken, array->unusable);
      continue;
    }
    struct found_array *found = &seen->arrays[seen->narrays++];
    *found = (struct found_array){.dtype = array->dtype, .nd = array->nd};
    found->channel_axis = array->channel_axis;
    memcpy(found->shape, array->shape, sizeof found->shape);
    if (array->name &&
        !(found->name = arena_strdup(dir->walk->discover->arena, array->name, err)))
      return -1;
    if (array->image)
      seen->kind = SEEN_IMAGE;
  }
  return count ? 0 : bad(dir, seen, false, "holds no array", err);
}

static int look_at_arrays(struct dir *dir, const char *name, const struct source *source,
                          struct seen *seen, struct err *err)
{
  const char *format = source_format_name(source);
  seen->hdf5 = !strcmp(format, "hdf5");
  seen->kind = SEEN_VOLUME;
  if (take_arrays(dir, name, source, seen, err))
    return -1;
  if (!seen->narrays && seen->kind != SEEN_BAD)
    seen->kind = SEEN_NOTHING;
  if (seen->narrays == 1 && seen->arrays->nd == 2 &&
      (seen->hdf5 || !strcmp(format, "npy")))
    seen->kind = SEEN_IMAGE;
  return 0;
}

static int look_at_file(struct dir *dir, const char *name, struct seen *seen,
                        struct err *err)
{
  const char *rel = dir_rel_path(&dir->arena, dir, name, err);
  const char *path = rel ? dir_full_path(&dir->arena, dir->walk, rel, err) : NULL;
  if (!path)
    return -1;
  struct err why = ERR_INIT;
  struct source *source;
  if (!source_probe(path, &seen->suffix, &why))
    return bad(dir, seen, why.errnum != 0,
               why.errnum ? dir_reason(&why, path) : "not a known format", err);
  if (source_open(dir->walk->discover->pool, path, &source, &why))
    return why.errnum == ENOMEM || why.errnum == EINTR
               ? err_set(err, why.errnum, "%s", why.msg)
               : bad(dir, seen, why.errnum != EINVAL, dir_reason(&why, path), err);
  int rc = look_at_arrays(dir, name, source, seen, err);
  source_unref(source);
  return rc;
}

/* The header file that a ".img" belongs to: its index in the list, or -1. */
static ptrdiff_t header_of(const struct dir *dir, const char *name)
{
  static const char *const pairs[][2] = {{".img", ".hdr"}, {".img.gz", ".hdr.gz"}};
  char header[256];
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    size_t n = strlen(name), m = strlen(pairs[i][0]);
    if (!ends_with(name, pairs[i][0]) || n >= sizeof header)
      continue;
    memcpy(header, name, n - m);
    for (size_t j = 0; j <= m; j++)
      header[n - m + j] = (char)(isupper((unsigned char)name[n - m + j])
                                     ? toupper((unsigned char)pairs[i][1][j])
                                     : pairs[i][1][j]);
    return dir_list_find(&dir->list, header);
  }
  return -1;
}

int dir_look_at(struct dir *dir, size_t i, struct err *err)
{
  const struct dir_entry *entry = &dir->list.entries[i];
  struct seen *seen = &dir->seen[i];
  if (*entry->name == '.' || entry->type == DIR_DIR)
    return 0;
  if (entry->type == DIR_OTHER)
    return bad(dir, seen, false, "neither a file nor a directory", err);
  if (entry->type == DIR_BROKEN)
    return bad(dir, seen, true, strerror(entry->errnum), err);
  if (!strcmp(entry->name, "tesserafs.json"))
    return bad(dir, seen, false, "a description is read from SOURCE itself only", err);
  ptrdiff_t header = header_of(dir, entry->name);
  if (header < 0)
    return look_at_file(dir, entry->name, seen, err);
  return dir->seen[header].kind == SEEN_BAD
             ? bad(dir, seen, false, "belongs to a .hdr that cannot be used", err)
             : 0;
}
