/* --check: every array of every scan is read once, whole, and compared with the grid of
 * its scan; then ends of every declared view (check_views.h).  A field whose file cannot
 * be read is one problem; reading goes on with the next field.  Fields of many files are
 * read file by file (check_pieces.h).
 *
 * A part is a path of the tree: all that is listed below it is read, scans as above. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/kind/space.h"
#include "core/tree/check_views.h"
#include "core/tree/file_array.h"
#include "core/tree/node.h"
#include "core/tree/prefetch/path_walk.h"

enum { CHECK_BYTES = 4 * 1024 * 1024 };

struct check {
  struct tree *tree;
  struct problems *problems;
  int64_t limit;  /* scans of a directory, and items; 0: all */
  int fit, unfit; /* directories of a view that can be opened, and that do not fit */
  struct err why; /* why the first of these does not */
  bool *bad;      /* by scan: a problem was reported */
  const struct view *view;
  char *buf;
  int64_t done, all; /* voxels */
  tree_progress_fn *progress;
  void *ctx;
  struct err *err;
};

/* all is 0 where it is not known. */
static void count_done(struct check *check, int64_t voxels)
{
  check->done += voxels;
  const int64_t done = check->all && check->done > check->all ? check->all : check->done;
  if (check->progress)
    check->progress(check->ctx, done, check->all ? check->all : done);
}

static int check_box(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  struct check *check = ctx;
  if (view_read_box(check->view, off, shape, check->buf, check->err))
    return -1;
  count_done(check, nd_count(check->view->nd, shape));
  return 0;
}

static int check_walk(struct check *check, struct err *err)
{
  const struct view *view = check->view;
  int64_t all = nd_count(view->nd, view->shape);
  int64_t piece = CHECK_BYTES / dtype_size(view->dtype);
  check->err = err;
  for (int64_t at = 0; at < all; at += piece) {
    int64_t n = all - at < piece ? all - at : piece;
    if (cancel_check(err) || nd_linear(view->nd, view->shape, at, n, check_box, check))
      return -1;
  }
  return 0;
}

static int check_view(void *ctx, const struct view *view, struct err *err)
{
  struct check *check = ctx;
  struct arena arena;
  arena_init(&arena);
  check->view = view_in_storage_order(&arena, view, err);
  int rc = check->view ? check_walk(check, err) : -1;
  arena_free(&arena);
  return rc;
}

static int check_field(struct check *check, const char *scan,
                       const struct field_spec *field, const struct snapshot *snapshot,
                       struct problems *problems, struct err *err)
{
  struct pieces *pieces = snapshot_pieces(snapshot);
  if (!pieces)
    return check_view(check, snapshot->view, err);
  struct text shown = {0};
  text_add(&shown, "scans/%s/%s", scan, field->name);
  const int64_t before = check->done;
  const int bad = check_pieces(field, pieces, shown.data ? shown.data : "?", check_view,
                               check, problems, err);
  text_free(&shown);
  /* files and voxels of the whole need not be as many */
  check->done = before;
  if (!bad && field->transforms.n)
    return check_view(check, snapshot->view, err);
  check->done += nd_count(snapshot->view->nd, snapshot->view->shape);
  return bad < 0 ? -1 : 0;
}

/* Voxels of all readable fields. */
static int64_t count_voxels(struct tree *tree)
{
  const struct dataset_spec *spec = tree->world->spec;
  int64_t all = 0;
  for (int s = 0; s < spec->nscans; s++)
    for (int f = 0; f < spec->scans[s].nfields; f++) {
      const struct snapshot *snapshot;
      struct err ignored = ERR_INIT;
      if (dataset_snapshot(tree->world->dataset, s, f, &snapshot, &ignored))
        continue;
      all += nd_count(snapshot->view->nd, snapshot->view->shape);
      snapshot_unref(snapshot);
    }
  return all;
}

static void report_other_grid(void *ctx, const char *scan, const char *field,
                              const char *why)
{
  problems_add(ctx, "scans/%s/%s: %s", scan, field, why);
}

/* What discovery could not open, a line each. */
static void report_broken(const char *lines, struct problems *problems)
{
  for (const char *line = lines ? lines : ""; *line; line += strcspn(line, "\n") + 1)
    problems_add(problems, "%.*s", (int)strcspn(line, "\n"), line);
}

/* --- scans ------------------------------------------------------------------------- */

static void check_scan(struct check *check, int s)
{
  const struct scan_spec *scan = &check->tree->world->spec->scans[s];
  for (int f = 0; f < scan->nfields; f++) {
    const struct snapshot *snapshot = NULL;
    struct err why = ERR_INIT;
    const int before = check->problems->count;
    if (scan->fields[f].text)
      continue;
    int rc = dataset_snapshot(check->tree->world->dataset, s, f, &snapshot, &why);
    if (!rc) {
      rc =
          check_field(check, scan->id, &scan->fields[f], snapshot, check->problems, &why);
      snapshot_unref(snapshot);
    }
    if (rc)
      problems_add(check->problems, "scans/%s/%s: %s", scan->id, scan->fields[f].name,
                   why.msg);
    check->bad[s] |= check->problems->count > before;
  }
  const int before = check->problems->count;
  struct err why = ERR_INIT;
  if (space_check_scan(check->tree->world->dataset, check->tree->world->spec, s,
                       report_other_grid, check->problems, &why))
    problems_add(check->problems, "scans/%s: %s", scan->id, why.msg);
  check->bad[s] |= check->problems->count > before;
}

static void check_all(struct check *check)
{
  const struct dataset_spec *spec = check->tree->world->spec;
  const struct check_run run = {check->tree, check->problems, check_view, check,
                                check->bad};
  report_broken(spec->broken, check->problems);
  for (int s = 0; s < spec->nscans && (!check->limit || s < check->limit); s++)
    check_scan(check, s);
  check_views(&run);
}

/* --- a part ------------------------------------------------------------------------ */

static void add_problem(struct check *check, const char *path, const struct err *why)
{
  problems_add(check->problems, "%s: %s", path + strspn(path, "/"), why->msg);
}

/* Counts the voxels of an array that was read as a file. */
static void count_array(struct check *check, const struct place *place)
{
  struct content content;
  struct err ignored = ERR_INIT;
  content_init(&content);
  if (place->file->array &&
      !place->file->array(check->tree, place, true, &content, &ignored))
    count_done(check,
               nd_count(content.made.item.view->nd, content.made.item.view->shape));
  content_free(&content);
}

/* Reads a file from start to end. */
static int read_file(struct check *check, uint64_t id, struct err *err)
{
  struct tree_file *file;
  size_t n = CHECK_BYTES;
  if (tree_open(check->tree, id, &file, err))
    return -1;
  int rc = 0;
  for (int64_t at = 0; !rc && n == CHECK_BYTES; at += (int64_t)n)
    rc = cancel_check(err) || tree_pread(file, check->buf, CHECK_BYTES, at, &n, err) ? -1
                                                                                     : 0;
  tree_close(file);
  return rc;
}

/* The names of a directory, as they are listed, a page of them at a time: there may be
 * more than memory holds. */
enum { PAGE = 10000 };
struct names_of {
  struct text text; /* each ends with a slash */
  int npage;
  int64_t n, limit; /* of those that count; 0: all */
  int64_t next;     /* the cookie of the next page */
};

/* tree_dirent_fn */
static int take_name(void *ctx, const struct tree_dirent *entry)
{
  struct names_of *names = ctx;
  if (names->npage == PAGE || (names->limit && names->n == names->limit))
    return 1;
  text_add(&names->text, "%s/", entry->name);
  names->next = entry->next;
  names->npage++;
  names->n++;
  return 0;
}

static void check_path(struct check *check, const char *path);

/* Goes through what a directory lists.  A view's directory of a scan that it does not fit
 * is counted; of all other names a failure is a problem. */
static int check_dir(struct check *check, uint64_t id, const struct place *place,
                     const char *path, struct err *err)
{
  const bool scans = place->scans && place->scan < 0 && !place->dir->items;
  struct names_of names = {.limit = place->dir->items || scans ? check->limit : 0};
  if (place->dir == &dir_scans && place->scan >= 0) {
    check_scan(check, place->scan);
    names.limit = -1;
  } else if (place->use && place->scan >= 0 && !place->dir->items) {
    if (check_fits(check->tree, place, err)) {
      if (err->errnum != EINVAL)
        return -1;
      if (!check->unfit++)
        check->why = *err;
      *err = (struct err)ERR_INIT;
      return 0;
    }
    check->fit++;
  }
  int rc;
  do {
    names.text = (struct text){0};
    names.npage = 0;
    rc = tree_readdir(check->tree, id, names.next, take_name, &names, err);
    for (char *name = names.text.data, *end; !rc && name && *name; name = end + 1) {
      char below[PATH_MAX];
      end = strchr(name, '/');
      *end = '\0';
      /* of a scan's directory only the scans below it are left to be read */
      if (names.limit == -1 && !scan_dir_child(place->scans, name))
        continue;
      if (snprintf(below, sizeof below, "%s/%s", path, name) < (int)sizeof below)
        check_path(check, below);
    }
    if (names.text.failed)
      rc = err_set(err, ENOMEM, "out of memory");
    text_free(&names.text);
  } while (!rc && names.npage == PAGE);
  return rc;
}

static void check_path(struct check *check, const char *path)
{
  char real[PATH_MAX], name[TREE_NAME_MAX + 1];
  uint64_t id, ino;
  struct place place;
  struct err why = ERR_INIT;
  if (cancel_check(&why))
    return;
  if (path_walk(check->tree, path, real, &id, &why)) {
    add_problem(check, path, &why);
    return;
  }
  int rc = node_get(check->tree->nodes, id, &place, name, &ino, &why);
  if (!rc) {
    rc =
        place.dir ? check_dir(check, id, &place, real, &why) : read_file(check, id, &why);
    if (!rc && place.file)
      count_array(check, &place);
    place_unref(&place);
  }
  tree_forget(check->tree, id, 1);
  if (rc)
    add_problem(check, real, &why);
}

/* Finds what a user calls a part: a path of the tree, or a scan, split or view without
 * the directory that it stands in. */
static int find_part(struct check *check, const char *part, char path[PATH_MAX],
                     struct err *err)
{
  const char *above[16] = {"", "scans/", "splits/"};
  char room[16][64];
  int n = 3;
  for (int k = 0; kinds[k] && n < 16; k++, n++) {
    snprintf(room[n], sizeof room[n], "%s/", kinds[k]->name);
    above[n] = room[n];
  }
  for (int i = 0; i < n; i++) {
    struct err why = ERR_INIT;
    char real[PATH_MAX];
    uint64_t id;
    snprintf(path, PATH_MAX, "%s%s", above[i], part);
    if (!path_walk(check->tree, path, real, &id, &why)) {
      tree_forget(check->tree, id, 1);
      return 0;
    }
    if (!i)
      err_set(err, why.errnum, "%s: expected a path, scan, split or view: %s", part,
              why.msg);
    if (why.errnum != ENOENT)
      return -1;
  }
  return -1;
}

static int check_part(struct check *check, const char *part, struct err *err)
{
  char path[PATH_MAX];
  if (find_part(check, part, path, err))
    return -1;
  check_path(check, path);
  if (check->unfit && !check->fit)
    problems_add(check->problems, "%s: fits no scan; %s", path, check->why.msg);
  return 0;
}

int tree_check(struct tree *tree, const struct tree_check *what,
               tree_progress_fn *progress, void *ctx, struct problems *problems,
               struct err *err)
{
  CLEANUP_FREE char *buf = malloc(CHECK_BYTES);
  CLEANUP_FREE bool *bad = calloc((size_t)tree->world->spec->nscans + 1, sizeof *bad);
  if (!buf || !bad)
    return err_set(err, ENOMEM, "out of memory");
  struct check check = {.tree = tree,
                        .problems = problems,
                        .limit = what->limit,
                        .bad = bad,
                        .buf = buf,
                        .progress = progress,
                        .ctx = ctx};
  if (*what->path)
    return check_part(&check, what->path, err);
  check.all = progress ? count_voxels(tree) : 0;
  check_all(&check);
  return 0;
}
