/* Looks at the files of a directory: their formats, and the arrays they hold.  Each file
 * is opened once and closed again, many at a time, by all threads; the results are stored
 * in the order of the names. */
#include "core/discover/discover_look.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/base/cleanup.h"
#include "core/base/share.h"
#include "core/base/text.h"

enum { BATCH = 256 /* files that are open at once */ };

/* A file of a batch. */
struct opened {
  bool tried;
  struct source *source; /* referenced; NULL: *why has the reason */
  struct err why;
};

/* --- names ------------------------------------------------------------------------- */

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

/* --- looking at a file ------------------------------------------------------------- */

static int bad(struct dir *dir, struct seen *seen, bool broken, const char *why,
               struct err *err)
{
  seen->broken = broken;
  seen->kind = SEEN_BAD;
  seen->why = arena_strdup(&dir->arena, why, err);
  return seen->why ? 0 : -1;
}

/* Takes the usable arrays of an open source; reports the others as ignored. */
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
    found->image = array->image;
    found->level = array->level;
    found->intent = array->geo.intent;
    memcpy(found->shape, array->shape, sizeof found->shape);
    if (array->name &&
        !(found->name = arena_strdup(dir->walk->discover->arena, array->name, err)))
      return -1;
    if (array->image && !array->level)
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

/* Handles a file that could not be opened: it may just be none of ours. */
static int look_at_failed(struct dir *dir, const char *name, const struct err *why,
                          struct seen *seen, struct err *err)
{
  const char *rel = dir_rel_path(&dir->arena, dir, name, err);
  const char *path = rel ? dir_full_path(&dir->arena, dir->walk, rel, err) : NULL;
  struct err unknown = ERR_INIT;
  if (!path)
    return -1;
  if (why->errnum == ENOMEM || why->errnum == EINTR)
    return err_set(err, why->errnum, "%s", why->msg);
  if (!source_probe(path, &seen->suffix, &unknown))
    return bad(dir, seen, unknown.errnum && unknown.errnum != EINVAL,
               unknown.errnum ? dir_reason(&unknown, path) : "not a known format", err);
  return bad(dir, seen, why->errnum != EINVAL, dir_reason(why, path), err);
}

static int look_at_file(struct dir *dir, const char *name, struct opened *opened,
                        struct seen *seen, struct err *err)
{
  if (!opened->source)
    return look_at_failed(dir, name, &opened->why, seen, err);
  seen->suffix = source_suffix(opened->source);
  return look_at_arrays(dir, name, opened->source, seen, err);
}

/* Returns the index of the header file that a ".img" belongs to, or -1. */
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

/* Returns whether a file is to be opened: hidden ones, and the voxels of a .hdr, are
 * not. */
static bool is_opened(const struct dir *dir, const struct dir_entry *entry)
{
  return *entry->name != '.' && entry->type == DIR_FILE &&
         strcmp(entry->name, "tesserafs.json") != 0 && header_of(dir, entry->name) < 0;
}

static int look_at(struct dir *dir, size_t i, struct opened *opened, struct err *err)
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
  if (opened->tried)
    return look_at_file(dir, entry->name, opened, seen, err);
  return dir->seen[header_of(dir, entry->name)].kind == SEEN_BAD
             ? bad(dir, seen, false, "belongs to a .hdr that cannot be used", err)
             : 0;
}

/* --- a batch of files -------------------------------------------------------------- */

struct batch {
  const struct dir *dir;
  size_t first; /* index in the list */
  struct opened opened[BATCH];
};

/* Opens some files of the batch, while other threads open others. */
static void open_files(void *ctx, int64_t from, int64_t to)
{
  struct batch *batch = ctx;
  for (int64_t i = from; i < to; i++) {
    struct opened *opened = &batch->opened[i];
    const struct dir *dir = batch->dir;
    const struct dir_entry *entry = &dir->list.entries[batch->first + (size_t)i];
    struct arena arena;
    if (!is_opened(dir, entry))
      continue;
    arena_init(&arena);
    opened->tried = true;
    const char *rel = dir_rel_path(&arena, dir, entry->name, &opened->why);
    const char *path = rel ? dir_full_path(&arena, dir->walk, rel, &opened->why) : NULL;
    if (path)
      source_open(dir->walk->discover->pool, path, &opened->source, &opened->why);
    arena_free(&arena);
  }
}

static int look_at_batch(struct batch *batch, struct dir *dir, size_t n, struct err *err)
{
  int rc = 0;
  memset(batch->opened, 0, n * sizeof *batch->opened);
  share_steps(source_pool_workers(dir->walk->discover->pool), (int64_t)n, 8, open_files,
              batch);
  for (size_t i = 0; i < n; i++) {
    if (!rc)
      rc = look_at(dir, batch->first + i, &batch->opened[i], err);
    source_unref(batch->opened[i].source);
  }
  return rc;
}

int dir_look(struct dir *dir, struct err *err)
{
  int rc = 0;
  CLEANUP_FREE struct batch *batch = malloc(sizeof *batch);
  if (!batch)
    return err_set(err, ENOMEM, "out of memory");
  batch->dir = dir;
  for (size_t i = 0; i < dir->list.n && !rc; i += BATCH) {
    const size_t left = dir->list.n - i;
    batch->first = i;
    rc = look_at_batch(batch, dir, left < BATCH ? left : BATCH, err);
  }
  return rc;
}
