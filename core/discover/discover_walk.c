/* Walking a tree of unknown files: see discover_walk.h.
 *
 * A directory is handled in two passes: first each of its files is opened once, to learn
 * its arrays; then, when all image files among them are alike, they become one stack.  A
 * file that cannot be opened but looks like one of the slices (the same suffix) keeps its
 * place in the stack, so that no other slice moves: reading it is an error until it is
 * repaired. */
#include "core/discover/discover_walk.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "core/discover/discover_look.h"
#include "core/discover/split_name.h"

enum {
  DEPTH_MAX = 64,
  LINKED_MAX = 100000 /* directories below two symlinked ones: links multiply a tree */
};

/* --- is it a stack? ---------------------------------------------------------------- */

/* An image and its smaller versions are one image. */
static bool single_image(const struct seen *seen)
{
  int own = 0;
  for (int i = 0; i < seen->narrays; i++)
    own += !seen->arrays[i].level;
  return own == 1 && !seen->arrays->level &&
         seen->arrays->nd - (seen->arrays->channel_axis >= 0) == 2;
}

/* Returns whether both can be slices of one stack; 1-bit and 8-bit grey may mix. */
static bool alike(const struct found_array *a, const struct found_array *b)
{
  const bool mixed = a->image && b->image && a->channel_axis < 0 &&
                     ((a->dtype == DT_BOOL && b->dtype == DT_U8) ||
                      (a->dtype == DT_U8 && b->dtype == DT_BOOL));
  return (a->dtype == b->dtype || mixed) && a->nd == b->nd &&
         a->channel_axis == b->channel_axis &&
         !memcmp(a->shape, b->shape, (size_t)a->nd * sizeof *a->shape);
}

static bool numbered(const struct dir *dir, size_t i)
{
  const char *name = dir->list.entries[i].name;
  size_t digits = strspn(name, "0123456789");
  return digits && digits == strlen(name) - dir->seen[i].suffix;
}

static const char *last_suffix(const char *name)
{
  const char *dot = strrchr(name, '.');
  return dot ? dot : "";
}

/* Returns whether a file that cannot be opened could be a slice. */
static bool looks_like(const struct dir *dir, size_t bad, size_t slice)
{
  const char *suffix = last_suffix(dir->list.entries[bad].name);
  return dir->seen[bad].kind == SEEN_BAD && *suffix &&
         !strcasecmp(suffix, last_suffix(dir->list.entries[slice].name));
}

/* The images of a directory. */
struct images {
  ptrdiff_t first, second; /* -1: there is none */
  int n, singles;
  bool same, numbers, bits;
  ptrdiff_t other;     /* one that is not like the first; -1 */
  size_t series, tail; /* how many names go on where another ends, and at `tail` how:
                        * "0_predict.png" beside "0.png" */
};

/* Returns the length of the name when the next one goes on where it ends; else 0. */
static size_t goes_on(const struct dir *dir, size_t i, size_t next)
{
  const char *a = dir->list.entries[i].name, *const b = dir->list.entries[next].name;
  const size_t n = strlen(a) - dir->seen[i].suffix;
  const size_t m = strlen(b) - dir->seen[next].suffix;
  const bool on = m > n + 1 && !strncmp(a, b, n) && !isalnum((unsigned char)b[n]) &&
                  isalpha((unsigned char)b[n + 1]);
  return on ? n : 0;
}

static struct images look_at_images(const struct dir *dir)
{
  struct images images = {.first = -1, .second = -1, .other = -1};
  ptrdiff_t last = -1;
  images.same = images.numbers = images.bits = true;
  for (size_t i = 0; i < dir->list.n; i++) {
    if (dir->seen[i].kind != SEEN_IMAGE)
      continue;
    const struct found_array *array = dir->seen[i].arrays;
    if (images.first < 0)
      images.first = (ptrdiff_t)i;
    else if (images.second < 0)
      images.second = (ptrdiff_t)i;
    images.n++;
    images.singles += single_image(&dir->seen[i]);
    if (!alike(array, dir->seen[images.first].arrays) || !single_image(&dir->seen[i])) {
      images.same = false;
      if (images.other < 0 || single_image(&dir->seen[images.other]))
        images.other = (ptrdiff_t)i;
    }
    images.numbers &= numbered(dir, i);
    images.bits &= array->image && array->dtype == DT_BOOL;
    if (last >= 0 && goes_on(dir, (size_t)last, i)) {
      images.series++;
      images.tail = i;
    }
    last = (ptrdiff_t)i;
  }
  return images;
}

/* --- why it is none ---------------------------------------------------------------- */

static void add_facts(struct text *out, const struct dir *dir, ptrdiff_t i)
{
  const struct found_array *array = dir->seen[i].arrays;
  char shape[ND_TEXT];
  text_add(out, "%s is %s %s", dir->list.entries[i].name,
           nd_text(array->nd, array->shape, shape), dtype_table[array->dtype].name);
}

/* Adds the path of an entry below SOURCE, with {z} for the last number of the first
 * `stem` bytes of its name; stem 0: as it is. */
static void add_path(struct text *out, const struct dir *dir, const char *name,
                     size_t stem)
{
  const char *below = dir->walk->below;
  struct text path = {0};
  size_t end = stem, begin;
  while (end && !isdigit((unsigned char)name[end - 1]))
    end--;
  for (begin = end; begin && isdigit((unsigned char)name[begin - 1]);)
    begin--;
  if (stem && !end)
    end = stem; /* no number: all of it */
  text_add(&path, "%s%s%s%s", below, *below ? "/" : "", dir->rel, *dir->rel ? "/" : "");
  if (stem)
    text_add(&path, "%.*s{z}%s", (int)begin, name, name + end);
  else
    text_add(&path, "%s", name);
  text_add_json(out, path.data ? path.data : "");
  text_free(&path);
}

static void add_list(struct text *out, const struct dir *dir, const struct images *images)
{
  enum { LISTED = 4 };
  int listed = 0;
  size_t of = 0;
  while (of + 1 < dir->list.n &&
         (dir->seen[of].kind != SEEN_IMAGE || !single_image(&dir->seen[of])))
    of++;
  const struct found_array *like = dir->seen[of].arrays;
  text_add(out, "\"image\": {\"list\": [");
  for (size_t i = of; i < dir->list.n && listed < LISTED; i++) {
    const struct seen *seen = &dir->seen[i];
    if (seen->kind != SEEN_IMAGE || !single_image(seen) || seen->arrays->nd != like->nd ||
        memcmp(seen->arrays->shape, like->shape, (size_t)like->nd * sizeof *like->shape))
      continue;
    text_add(out, "%s", listed++ ? ", " : "");
    add_path(out, dir, dir->list.entries[i].name, 0);
  }
  text_add(out, "]}");
}

/* Says why the images of a directory are no stack, and how a description stacks them. */
static void say_no_stack(struct dir *dir, const struct images *images, const char *first)
{
  struct text why = {0};
  const char *id = *dir->rel ? dir->rel : *dir->walk->below ? dir->walk->below : "stack";
  text_add(&why, "%s", first);
  if (images->other >= 0) {
    add_facts(&why, dir, images->other);
    text_add(&why, ", ");
    add_facts(&why, dir, images->other == images->first ? images->second : images->first);
  } else {
    text_add(&why, "%s goes on where another name ends",
             dir->list.entries[images->tail].name);
  }
  text_add(&why,
           ": each is a scan of its own; to stack some, say {\"scans\": [{\"id\": ");
  text_add_json(&why, id);
  text_add(&why, ", \"fields\": {");
  if (images->series) {
    const char *name = dir->list.entries[images->tail].name;
    size_t head = 0;
    for (size_t i = images->tail; i-- && !head;)
      if (dir->seen[i].kind == SEEN_IMAGE && (head = goes_on(dir, i, images->tail))) {
        text_add(&why, "\"image\": ");
        add_path(&why, dir, dir->list.entries[i].name, head);
      }
    const size_t stem = strlen(name) - dir->seen[images->tail].suffix;
    struct text field = {0};
    text_add(&field, "%.*s", (int)(stem - head - 1), name + head + 1);
    text_add(&why, ", ");
    text_add_json(&why, field.data && strcmp(field.data, "image") ? field.data : "other");
    text_free(&field);
    text_add(&why, ": ");
    add_path(&why, dir, name, head);
    text_add(&why, "}, \"gather\": {\"z\": {\"axis\": 0}}}]}");
  } else {
    add_list(&why, dir, images);
    text_add(&why, "}}]}");
  }
  dir_ignore(dir, "", false, why.data ? why.data : first);
  text_free(&why);
}

/* Returns the index of the first slice when the directory is a stack, else -1. */
static ptrdiff_t first_slice(struct dir *dir, bool *bits)
{
  const struct images images = look_at_images(dir);
  const bool wanted =
      dir->stacking == STACK_ALIKE || (dir->stacking == STACK_NUMBERED && images.numbers);
  const bool series = images.series && 2 * images.series + 1 >= (size_t)images.n;
  *bits = images.bits;
  if (images.n < 2 || !wanted || images.singles < 2)
    return -1;
  if (images.same && !series)
    return images.first;
  say_no_stack(dir, &images,
               dir->stacking == STACK_NUMBERED
                   ? "numbered slices of different shapes or types are no stack: "
                   : "no stack, since ");
  return -1;
}

/* --- reporting --------------------------------------------------------------------- */

static int report_stack(struct dir *dir, ptrdiff_t first, bool bits, struct err *err)
{
  struct arena *arena = dir->walk->discover->arena;
  struct piece *pieces = arena_array(arena, dir->list.n, sizeof *pieces, err);
  if (!pieces)
    return -1;
  struct found found = {.rel = dir->rel, .stem = strlen(dir->rel), .stack = true};
  found.bits = bits;
  for (size_t i = 0; i < dir->list.n; i++) {
    struct seen *seen = &dir->seen[i];
    const char *name = dir->list.entries[i].name;
    bool broken = looks_like(dir, i, (size_t)first);
    if (seen->kind != SEEN_IMAGE && !broken)
      continue;
    const char *rel = dir_rel_path(&dir->arena, dir, name, err);
    const char *path = rel ? dir_full_path(arena, dir->walk, rel, err) : NULL;
    if (!path)
      return -1;
    pieces[found.npieces++] =
        (struct piece){.path = path, .key = broken ? NULL : seen->arrays->name};
    if (broken)
      dir_ignore(dir, name, seen->broken, seen->why);
    seen->kind = SEEN_NOTHING;
  }
  found.pieces = pieces;
  found.narrays = 1;
  found.arrays = dir->seen[first].arrays;
  return dir->walk->fn(dir->walk->ctx, &found, err);
}

static int report_file(struct dir *dir, size_t i, struct err *err)
{
  const struct seen *seen = &dir->seen[i];
  struct arena *arena = dir->walk->discover->arena;
  struct piece *piece = arena_alloc(arena, sizeof *piece, err);
  char *rel = dir_rel_path(arena, dir, dir->list.entries[i].name, err);
  if (!piece || !rel || !(piece->path = dir_full_path(arena, dir->walk, rel, err)))
    return -1;
  struct found found = {
      .rel = rel,
      .stem = strlen(rel) - seen->suffix,
      .hdf5 = seen->hdf5,
      .npieces = 1,
      .pieces = piece,
      .narrays = seen->narrays,
      .arrays = seen->arrays,
  };
  return dir->walk->fn(dir->walk->ctx, &found, err);
}

static int report_files(struct dir *dir, struct err *err)
{
  bool bits;
  ptrdiff_t first = first_slice(dir, &bits);
  if (first >= 0 && report_stack(dir, first, bits, err))
    return -1;
  for (size_t i = 0; i < dir->list.n; i++) {
    const struct seen *seen = &dir->seen[i];
    if (seen->kind == SEEN_BAD)
      dir_ignore(dir, dir->list.entries[i].name, seen->broken, seen->why);
    else if (seen->kind != SEEN_NOTHING && report_file(dir, i, err))
      return -1;
  }
  return 0;
}

/* --- directories ------------------------------------------------------------------- */

static int do_files(struct dir *dir, struct err *err)
{
  arena_init(&dir->arena);
  dir->seen = arena_array(&dir->arena, dir->list.n, sizeof *dir->seen, err);
  int rc = dir->seen ? 0 : -1;
  if (!rc)
    rc = dir_look(dir, err);
  if (!rc)
    rc = report_files(dir, err);
  arena_free(&dir->arena);
  dir->seen = NULL;
  return rc;
}

static bool is_ancestor(const struct dir *dir)
{
  for (const struct dir *up = dir->parent; up; up = up->parent)
    if (up->list.dev == dir->list.dev && up->list.ino == dir->list.ino)
      return true;
  return false;
}

static int walk_dir(struct dir *dir, struct err *err);

static int enter(struct dir *dir, const struct dir_entry *entry, struct err *err)
{
  struct dir below = {.walk = dir->walk, .parent = dir, .depth = dir->depth + 1};
  below.links = dir->links + entry->link;
  if (split_named(entry->name, strlen(entry->name)))
    below.stacking = dir->stacking;
  if (below.depth > DEPTH_MAX) {
    dir_ignore(dir, entry->name, false, "more than 64 directories deep");
    return 0;
  }
  if (below.links >= 2 && ++dir->walk->linked > LINKED_MAX) {
    dir_ignore(dir, entry->name, false,
               "symlinks to directories lead to too many directories");
    return 0;
  }
  below.rel = dir_rel_path(dir->walk->discover->arena, dir, entry->name, err);
  return below.rel ? walk_dir(&below, err) : -1;
}

/* Takes those entries out of the list that the layout claims. */
static int leave_claimed(struct dir *dir, struct err *err)
{
  const struct walk *walk = dir->walk;
  if (!walk->claim)
    return 0;
  CLEANUP_FREE bool *taken = calloc(dir->list.n + 1, sizeof *taken);
  if (!taken)
    return err_set(err, ENOMEM, "out of memory for %zu names", dir->list.n);
  if (walk->claim(walk->ctx, dir->rel, &dir->list, taken, err))
    return -1;
  size_t kept = 0;
  for (size_t i = 0; i < dir->list.n; i++)
    if (!taken[i])
      dir->list.entries[kept++] = dir->list.entries[i];
  dir->list.n = kept;
  return 0;
}

static int walk_listed(struct dir *dir, struct err *err)
{
  if (is_ancestor(dir)) {
    dir_ignore(dir, "", false, "a symlink to a directory above it");
    return 0;
  }
  if (leave_claimed(dir, err) || do_files(dir, err))
    return -1;
  for (size_t i = 0; i < dir->list.n; i++) {
    const struct dir_entry *entry = &dir->list.entries[i];
    if (entry->type == DIR_DIR && *entry->name != '.' && enter(dir, entry, err))
      return -1;
  }
  return 0;
}

static int walk_dir(struct dir *dir, struct err *err)
{
  struct err why = ERR_INIT;
  char *path = dir_full_path(dir->walk->discover->arena, dir->walk, dir->rel, err);
  if (!path)
    return -1;
  if (dir_list(path, dir->walk->discover->avoid, &dir->list, &why)) {
    if (why.errnum == ENOMEM)
      return err_set(err, why.errnum, "%s", why.msg);
    dir_ignore(dir, "", true, dir_reason(&why, path));
    return 0;
  }
  int rc = walk_listed(dir, err);
  dir_list_free(&dir->list);
  return rc;
}

/* Treats SOURCE, which is one file, as a directory that holds nothing else. */
static int walk_file(const struct discover *discover, found_fn *fn, void *ctx,
                     struct err *err)
{
  const char *base = discover_base_name(discover);
  struct discover above = *discover;
  above.root = arena_printf(
      discover->arena, err, "%.*s",
      (int)(base - discover->root > 1 ? base - discover->root - 1 : 1), discover->root);
  if (!above.root)
    return -1;
  struct walk walk = {.discover = &above, .below = "", .fn = fn, .ctx = ctx};
  struct dir_entry entry = {.name = base, .type = DIR_FILE};
  struct dir dir = {.walk = &walk, .rel = "", .stacking = STACK_NEVER};
  dir.list = (struct dir_list){.entries = &entry, .n = 1};
  return do_files(&dir, err);
}

int discover_walk(const struct discover *discover, const char *below,
                  enum stacking stacking, found_fn *fn, claim_fn *claim, void *ctx,
                  struct err *err)
{
  struct walk walk = {
      .discover = discover, .below = below, .fn = fn, .claim = claim, .ctx = ctx};
  struct dir dir = {.walk = &walk, .rel = "", .stacking = stacking};
  struct err why = ERR_INIT;
  char *path = dir_full_path(discover->arena, &walk, "", err);
  if (!path)
    return -1;
  if (!dir_list(path, discover->avoid, &dir.list, &why)) {
    int rc = walk_listed(&dir, err);
    dir_list_free(&dir.list);
    return rc;
  }
  if (why.errnum == ENOTDIR && !*below)
    return walk_file(discover, fn, ctx, err);
  if (!*below || why.errnum == ENOMEM)
    return err_set(err, why.errnum, "%s", why.msg);
  dir_ignore(&dir, "", true, dir_reason(&why, path));
  return 0;
}

/* --- for all rules ----------------------------------------------------------------- */

char *discover_path(const struct discover *discover, const char *below, struct err *err)
{
  const char *root = strcmp(discover->root, "/") ? discover->root : "";
  if (!*below)
    return arena_strdup(discover->arena, discover->root, err);
  return arena_printf(discover->arena, err, "%s/%s", root, below);
}

const char *discover_base_name(const struct discover *discover)
{
  const char *slash = strrchr(discover->root, '/');
  const char *base = slash ? slash + 1 : discover->root;
  return *base ? base : "root";
}

int discover_add(const struct discover *discover, const struct scan_spec *scan,
                 const char *longer, const char *split, const char *shown,
                 struct err *err)
{
  struct err why = ERR_INIT;
  if (!dataset_builder_scan(discover->builder, scan, longer, split, &why))
    return 0;
  if (why.errnum != EINVAL)
    return err_set(err, why.errnum, "%s", why.msg);
  dataset_builder_ignore(discover->builder, shown, "%s", why.msg);
  return 0;
}
