/* --check: every array of every scan is read once, whole, and compared with the grid of
 * its scan.  A field whose file cannot be
 * read is one problem; reading goes on with the next field.  Fields of many files are
 * read file by file (check_pieces.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/kind/space.h"
#include "core/tree/check_pieces.h"
#include "core/tree/dir.h"

enum { CHECK_BYTES = 4 * 1024 * 1024 };

struct check {
  const struct view *view;
  char *buf;
  int64_t done, all; /* voxels */
  tree_progress_fn *progress;
  void *ctx;
  struct err *err;
};

static int check_box(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  struct check *check = ctx;
  if (view_read_box(check->view, off, shape, check->buf, check->err))
    return -1;
  check->done += nd_count(check->view->nd, shape);
  if (check->progress)
    check->progress(check->ctx, check->done < check->all ? check->done : check->all,
                    check->all);
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

int tree_check(struct tree *tree, tree_progress_fn *progress, void *ctx,
               struct problems *problems, struct err *err)
{
  const struct dataset_spec *spec = tree->world->spec;
  CLEANUP_FREE char *buf = malloc(CHECK_BYTES);
  if (!buf)
    return err_set(err, ENOMEM, "out of memory");
  report_broken(spec->broken, problems);
  struct check check = {.buf = buf, .progress = progress, .ctx = ctx};
  check.all = progress ? count_voxels(tree) : 0;
  for (int s = 0; s < spec->nscans; s++) {
    for (int f = 0; f < spec->scans[s].nfields; f++) {
      const struct snapshot *snapshot = NULL;
      struct err why = ERR_INIT;
      if (spec->scans[s].fields[f].text)
        continue;
      int rc = dataset_snapshot(tree->world->dataset, s, f, &snapshot, &why);
      if (!rc) {
        rc = check_field(&check, spec->scans[s].id, &spec->scans[s].fields[f], snapshot,
                         problems, &why);
        snapshot_unref(snapshot);
      }
      if (rc)
        problems_add(problems, "scans/%s/%s: %s", spec->scans[s].id,
                     spec->scans[s].fields[f].name, why.msg);
    }
    if (space_check_scan(tree->world->dataset, spec, s, report_other_grid, problems, err))
      return -1;
  }
  return 0;
}
