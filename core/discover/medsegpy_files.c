/* Which of MedSegPy's .im and .seg files make a scan: see medsegpy_files.h. */
#include "core/discover/medsegpy_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/grow.h"
#include "core/discover/discover_walk.h"
#include "core/discover/split_name.h"

const char *medsegpy_split(const char *dir)
{
  return split_named(dir, strlen(dir)) ? dir : NULL;
}

int medsegpy_files_add(struct medsegpy_files *all, const struct medsegpy_file *file,
                       struct err *err)
{
  if (grow(&all->files, &all->room, all->n, sizeof *file, "files", err))
    return -1;
  all->files[all->n++] = *file;
  return 0;
}

void medsegpy_files_free(struct medsegpy_files *all)
{
  free(all->files);
  *all = (struct medsegpy_files){0};
}

static void ignore(const struct discover *discover, const char *rel, const char *why)
{
  dataset_builder_ignore(discover->builder, rel, "%s", why);
}

static int compare(int64_t a, int64_t b)
{
  return (a > b) - (a < b);
}

/* Orders files so that those of one scan are neighbours: slices by volume, images before
 * masks, by number. */
static int by_scan(const void *a, const void *b)
{
  const struct medsegpy_file *x = a, *y = b;
  int c = x->dir == y->dir ? 0 : strcmp(x->dir, y->dir);
  if (!c)
    c = compare(x->whole, y->whole);
  if (!c)
    c = compare(x->name.subject, y->name.subject);
  if (!c)
    c = compare(x->name.time, y->name.time);
  if (!c)
    c = compare(x->name.aug, y->name.aug);
  if (!c && x->whole)
    c = strcmp(x->stem, y->stem);
  if (!c)
    c = compare(x->seg, y->seg);
  if (!c)
    c = compare(x->name.slice, y->name.slice);
  return c ? c : strcmp(x->rel, y->rel);
}

static bool same_subject(const struct medsegpy_file *a, const struct medsegpy_file *b)
{
  return !strcmp(a->dir, b->dir) && a->whole == b->whole &&
         a->name.subject == b->name.subject && a->name.time == b->name.time;
}

static bool same_scan(const struct medsegpy_file *a, const struct medsegpy_file *b)
{
  return same_subject(a, b) && a->name.aug == b->name.aug && !strcmp(a->stem, b->stem);
}

/* Takes the slices of files[0..n), except those whose number is taken or lies outside. */
static size_t take_slices(const struct discover *discover,
                          const struct medsegpy_file *files, size_t n, int64_t first,
                          int64_t last, struct medsegpy_slice *out)
{
  size_t taken = 0;
  for (size_t i = 0; i < n; i++) {
    const int64_t number = files[i].name.slice;
    if (number < first || number > last)
      ignore(discover, files[i].rel, "no image of this slice");
    else if (taken && out[taken - 1].number == number)
      ignore(discover, files[i].rel, "another file is the same slice of the same scan");
    else
      out[taken++] = (struct medsegpy_slice){number, files[i].path};
  }
  return taken;
}

static void tell_holes(const struct discover *discover, const struct medsegpy_file *file,
                       const struct field_spec *field, size_t n)
{
  if ((int64_t)n == field->npieces)
    return;
  int64_t hole = 0;
  while (field->pieces[hole].path)
    hole++;
  dataset_builder_ignore(
      discover->builder, file->rel,
      "%lld of the %lld slices of this scan's %s are missing, the first is %s",
      (long long)(field->npieces - (int64_t)n), (long long)field->npieces, field->name,
      field->gather.axes[0].values[hole]);
}

/* Makes a field of the slices.  1: no slice belongs to the scan, which is reported. */
static int slices_field(const struct discover *discover,
                        const struct medsegpy_file *files, size_t n, int64_t first,
                        int64_t last, struct field_spec *out, struct err *err)
{
  CLEANUP_FREE struct medsegpy_slice *slices = calloc(n, sizeof *slices);
  if (!slices)
    return err_set(err, ENOMEM, "out of memory for %zu slices", n);
  const size_t taken = take_slices(discover, files, n, first, last, slices);
  if (!taken)
    return 1;
  if (medsegpy_slices_field(slices, taken, first, last - first + 1,
                            files->seg ? FIELD_MASK : FIELD_IMG, discover->arena, out,
                            err))
    return -1;
  tell_holes(discover, files, out, taken);
  return 0;
}

static int add_slices(const struct discover *discover, const char *id, const char *longer,
                      const struct medsegpy_file *images, size_t nimages, size_t nmasks,
                      struct err *err)
{
  const int64_t first = images->name.slice, last = images[nimages - 1].name.slice;
  struct field_spec *fields = arena_array(discover->arena, 2, sizeof *fields, err);
  if (!fields)
    return -1;
  if (last - first >= MEDSEGPY_DEPTH_MAX) {
    ignore(discover, images->rel, "its scan's slices are numbered too far apart");
    return 0;
  }
  int rc = slices_field(discover, images, nimages, first, last, &fields[0], err);
  if (rc)
    return rc < 0 ? -1 : 0;
  struct scan_spec scan = {.id = id, .nfields = 1, .fields = fields};
  if (nmasks) {
    rc = slices_field(discover, images + nimages, nmasks, first, last, &fields[1], err);
    if (rc < 0)
      return -1;
    scan.nfields += !rc;
  }
  return discover_add(discover, &scan, longer, medsegpy_split(images->dir), images->rel,
                      err);
}

static int add_whole(const struct discover *discover, const struct medsegpy_file *image,
                     const struct medsegpy_file *mask, struct err *err)
{
  struct arena *arena = discover->arena;
  struct field_spec *fields = arena_array(arena, 2, sizeof *fields, err);
  const char *id =
      arena_printf(arena, err, "%s%s%s", image->dir, *image->dir ? "/" : "", image->stem);
  if (!fields || !id ||
      medsegpy_file_field(image->path, "data", FIELD_IMG, arena, &fields[0], err) ||
      (mask &&
       medsegpy_file_field(mask->path, "data", FIELD_MASK, arena, &fields[1], err)))
    return -1;
  const struct scan_spec scan = {.id = id, .nfields = mask ? 2 : 1, .fields = fields};
  return discover_add(discover, &scan, image->rel, medsegpy_split(image->dir), image->rel,
                      err);
}

/* Adds a scan of these files, images first. */
static int add_scan(const struct discover *discover, const struct medsegpy_file *files,
                    size_t n, bool lowest, struct err *err)
{
  struct arena *arena = discover->arena;
  const struct medsegpy_name *name = &files->name;
  size_t nimages = 0;
  while (nimages < n && !files[nimages].seg)
    nimages++;
  if (!nimages) {
    for (size_t i = 0; i < n; i++)
      ignore(discover, files[i].rel, "no image of this name");
    return 0;
  }
  if (files->whole)
    return add_whole(discover, files, nimages < n ? &files[nimages] : NULL, err);
  const char *plain =
      arena_printf(arena, err, "%s%s%07lld_V%02lld", files->dir, *files->dir ? "/" : "",
                   (long long)name->subject, (long long)name->time);
  const char *longer =
      plain ? arena_printf(arena, err, "%s-Aug%02lld", plain, (long long)name->aug)
            : NULL;
  return longer ? add_slices(discover, lowest ? plain : longer, longer, files, nimages,
                             n - nimages, err)
                : -1;
}

int medsegpy_files_scans(struct medsegpy_files *all, const struct discover *discover,
                         struct err *err)
{
  if (all->n)
    qsort(all->files, all->n, sizeof *all->files, by_scan);
  const struct medsegpy_file *plain = NULL; /* the file whose scan took its subject's
                                             * plain id */
  for (size_t i = 0, end; i < all->n; i = end) {
    const struct medsegpy_file *file = &all->files[i];
    for (end = i + 1; end < all->n && same_scan(file, &all->files[end]);)
      end++;
    const bool lowest = !plain || !same_subject(plain, file);
    if (add_scan(discover, file, end - i, lowest, err))
      return -1;
    if (!file->seg)
      plain = file;
  }
  return 0;
}
