/* Joins the dataset dicts of one scan_id: slices by their slice_id to volumes, or one
 * volume as it is.  A contradiction between the dicts and the headers read here is a
 * problem; a slice that no dict names is a hole, which is an error only where it is
 * read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/discover/medsegpy.h"
#include "mountopts/native/native_medsegpy.h"

/* The dicts of one scan. */
struct group {
  struct description *desc;
  struct dataset_builder *builder;
  const struct medsegpy_dict *dicts; /* by slice */
  size_t n;
};

/* "<file>: [<index>].<key>: <text>" */
#define dict_problem(group, dict, name, ...)                                             \
  where_problem((group)->desc,                                                           \
                &(struct where){&(struct where){NULL, NULL, (dict)->index}, (name), 0},  \
                __VA_ARGS__)

static int by_scan(const void *a, const void *b)
{
  const struct medsegpy_dict *x = a, *y = b;
  const int c = strcmp(x->scan_id, y->scan_id);
  if (c)
    return c;
  if (x->slice != y->slice)
    return x->slice < y->slice ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

/* Checks that the image is at least as large as image_size says. */
static bool check_size(const struct group *group, const struct medsegpy_dict *dict,
                       const struct medsegpy_shape *image)
{
  char said[ND_TEXT], found[ND_TEXT];
  bool fits = dict->naxes <= image->nd;
  for (int d = 0; fits && d < dict->naxes; d++)
    fits = dict->size[d] <= image->shape[d];
  if (fits)
    return true;
  dict_problem(group, dict, "image_size", "expected at most %s, which %s is, found %s",
               nd_text(image->nd, image->shape, found), image->path,
               nd_text(dict->naxes, dict->size, said));
  return false;
}

/* Checks that a mask has the image's extents, with at most one axis of classes more. */
static void check_mask(const struct group *group, const struct medsegpy_shape *image,
                       const struct medsegpy_shape *mask)
{
  char expected[ND_TEXT], found[ND_TEXT];
  if ((mask->nd == image->nd || mask->nd == image->nd + 1) &&
      !memcmp(mask->shape, image->shape, (size_t)image->nd * sizeof *mask->shape))
    return;
  dict_problem(group, group->dicts, "sem_seg_file",
               "%s is %s, which does not cover %s of %s", mask->path,
               nd_text(mask->nd, mask->shape, found),
               nd_text(image->nd, image->shape, expected), image->path);
}

static void add_scan(const struct group *group, struct field_spec *fields, int n)
{
  const struct medsegpy_dict *dict = group->dicts;
  struct err err = ERR_INIT;
  for (int i = 0; i < n; i++) {
    fields[i].has_spacing = dict->has_spacing;
    memcpy(fields[i].spacing, dict->spacing, sizeof dict->spacing);
  }
  const struct scan_spec scan = {.id = dict->scan_id, .nfields = n, .fields = fields};
  if (dataset_builder_scan(group->builder, &scan, NULL, NULL, &err))
    dict_problem(group, dict, "scan_id", "%s", err.msg);
}

/* --- volumes ----------------------------------------------------------------------- */

/* Returns the name of the array of a volume's image or of its mask; NULL: no memory. */
static const char *array_key(const struct group *group, bool mask, struct err *err)
{
  const struct medsegpy_dict *dict = group->dicts;
  if (dict->single)
    return arena_printf(group->desc->arena, err, "%s/%s", dict->scan_id,
                        mask ? "seg" : "volume");
  if (dict->mask && !strcmp(dict->image, dict->mask))
    return mask ? "seg" : "volume";
  return "data";
}

/* Returns the array's name, with its header in *shape; nd is 0 for a file that cannot be
 * read, which is an error where it is read.  NULL: *err says what is wrong. */
static const char *find_array(const struct group *group, bool mask, const char *path,
                              struct medsegpy_shape *shape, struct err *err)
{
  struct source_pool *pool = group->desc->pool;
  struct err why = ERR_INIT, other = ERR_INIT;
  const char *key = array_key(group, mask, err);
  *shape = (struct medsegpy_shape){.path = path};
  if (!key || !medsegpy_look(pool, path, key, shape, &why))
    return key;
  /* a file named only as image may hold both image and mask */
  if (!group->dicts->mask && !medsegpy_look(pool, path, "volume", shape, &other))
    return "volume";
  shape->nd = 0;
  if (why.errnum != EINVAL && !err_is_passing(&why))
    return key;
  err_set(err, why.errnum, "%s", why.msg);
  return NULL;
}

/* Makes the field and gives its header.  -1: a problem was added. */
static int volume_field(const struct group *group, bool mask, struct field_spec *out,
                        struct medsegpy_shape *shape)
{
  const struct medsegpy_dict *dict = group->dicts;
  const char *path = mask ? dict->mask : dict->image;
  const char *name = dict->single ? "singlefile_path"
                     : mask       ? "sem_seg_file"
                                  : "file_name";
  struct err err = ERR_INIT;
  const char *key = find_array(group, mask, path, shape, &err);
  if (key && !medsegpy_file_field(path, key, mask ? FIELD_MASK : FIELD_IMG,
                                  group->desc->arena, out, &err))
    return 0;
  dict_problem(group, dict, name, "%s", err.msg);
  return -1;
}

/* MedSegPy uses only as much of a volume as image_size says, so the rest is cut off. */
static void cut_to_size(const struct group *group, const struct medsegpy_shape *image,
                        struct field_spec *fields, int n)
{
  const struct medsegpy_dict *dict = group->dicts;
  struct err err = ERR_INIT;
  char text[ND_MAX * 24] = "crop";
  bool smaller = false;
  for (int d = 0; d < dict->naxes; d++) {
    const size_t length = strlen(text);
    smaller |= dict->size[d] < image->shape[d];
    snprintf(text + length, sizeof text - length, ":0:%lld", (long long)dict->size[d]);
  }
  for (int i = 0; smaller && i < n; i++)
    if (transform_parse(text, group->desc->arena, &fields[i].transforms, &err)) {
      dict_problem(group, dict, "image_size", "%s", err.msg);
      return;
    }
}

/* Returns whether the file of all scans has the scan's mask, which it need not have. */
static bool single_has_mask(const struct group *group)
{
  struct err err = ERR_INIT;
  struct medsegpy_shape shape;
  const char *key = array_key(group, true, &err);
  return key && !medsegpy_look(group->desc->pool, group->dicts->image, key, &shape, &err);
}

static void make_volume(const struct group *group)
{
  const struct medsegpy_dict *dict = group->dicts;
  struct err err = ERR_INIT;
  struct medsegpy_shape image, mask;
  struct field_spec *fields = arena_array(group->desc->arena, 2, sizeof *fields, &err);
  if (group->n > 1) {
    dict_problem(group, &group->dicts[1], "scan_id",
                 "'%s' is the volume of entry %zu already", dict->scan_id, dict->index);
    return;
  }
  if (!fields) {
    dict_problem(group, dict, "scan_id", "%s", err.msg);
    return;
  }
  const bool masked = dict->single ? single_has_mask(group) : dict->mask != NULL;
  int bad = volume_field(group, false, &fields[0], &image);
  if (masked)
    bad |= volume_field(group, true, &fields[1], &mask);
  if (bad)
    return;
  if (image.nd && check_size(group, dict, &image))
    cut_to_size(group, &image, fields, masked ? 2 : 1);
  if (image.nd && masked && mask.nd)
    check_mask(group, &image, &mask);
  add_scan(group, fields, masked ? 2 : 1);
}

/* --- slices ------------------------------------------------------------------------ */

/* Checks the dicts for contradictions; -1 when there are some. */
static int check_slices(const struct group *group)
{
  const int before = group->desc->problems->count;
  const struct medsegpy_dict *first = group->dicts;
  for (size_t i = 0; i < group->n; i++) {
    const struct medsegpy_dict *dict = &group->dicts[i];
    if (!dict->slice)
      dict_problem(group, dict, "slice_id",
                   "expected a number, since other entries are slices of '%s' too",
                   dict->scan_id);
    else if (i && dict[-1].slice == dict->slice)
      dict_problem(group, dict, "slice_id", "slice %lld of '%s' is entry %zu already",
                   (long long)dict->slice, dict->scan_id, dict[-1].index);
    if (dict->total != first->total)
      dict_problem(group, dict, "scan_num_slices",
                   "expected %lld, as in entry %zu of this scan, found %lld",
                   (long long)first->total, first->index, (long long)dict->total);
    else if (dict->total && dict->slice > dict->total)
      dict_problem(group, dict, "slice_id",
                   "expected at most %lld slices, found slice %lld",
                   (long long)dict->total, (long long)dict->slice);
    if (dict->single)
      dict_problem(group, dict, "singlefile_path", "holds volumes, found a slice_id");
  }
  return group->desc->problems->count > before ? -1 : 0;
}

/* Makes a field of the group's images or masks.  1: there is no mask; -1: a problem was
 * reported. */
static int slices_field(const struct group *group, bool masks, int64_t first,
                        int64_t depth, struct field_spec *out,
                        struct medsegpy_shape *shape)
{
  struct description *desc = group->desc;
  struct err err = ERR_INIT;
  size_t n = 0;
  CLEANUP_FREE struct medsegpy_slice *slices = calloc(group->n, sizeof *slices);
  for (size_t i = 0; slices && i < group->n; i++) {
    const struct medsegpy_dict *dict = &group->dicts[i];
    if (!masks || dict->mask)
      slices[n++] =
          (struct medsegpy_slice){dict->slice, masks ? dict->mask : dict->image};
  }
  if (slices && !n)
    return 1;
  if (!slices)
    err_set(&err, ENOMEM, "out of memory for %zu slices", group->n);
  else if (!medsegpy_slices_field(slices, n, first, depth, masks ? FIELD_MASK : FIELD_IMG,
                                  desc->arena, out, &err) &&
           !medsegpy_look_at_slices(desc->pool, slices, n, out, shape, &err))
    return 0;
  if (err.errnum == EINVAL || err_is_passing(&err))
    dict_problem(group, group->dicts, masks ? "sem_seg_file" : "file_name", "%s",
                 err.msg);
  else
    dataset_builder_broken(group->builder, masks ? slices->path : group->dicts->image,
                           "%s", err.msg);
  return -1;
}

static void tell_holes(const struct group *group, const struct field_spec *field)
{
  int64_t holes = 0, first = 0;
  for (int64_t i = field->npieces - 1; i >= 0; i--)
    if (!field->pieces[i].path) {
      holes++;
      first = i;
    }
  if (holes)
    dataset_builder_ignore(group->builder, group->dicts->scan_id,
                           "%lld of the %lld slices of its %s are not in the list, the "
                           "first is %s",
                           (long long)holes, (long long)field->npieces, field->name,
                           field->gather.axes[0].values[first]);
}

static void make_slices(const struct group *group)
{
  const struct medsegpy_dict *dict = group->dicts;
  struct err err = ERR_INIT;
  struct medsegpy_shape image, mask;
  struct field_spec *fields = arena_array(group->desc->arena, 2, sizeof *fields, &err);
  if (!fields) {
    dict_problem(group, dict, "scan_id", "%s", err.msg);
    return;
  }
  if (check_slices(group))
    return;
  const int64_t first = dict->total ? 1 : dict->slice;
  const int64_t last = dict->total ? dict->total : dict[group->n - 1].slice;
  if (last - first >= MEDSEGPY_DEPTH_MAX) {
    dict_problem(group, dict, "slice_id",
                 "expected at most %d slices, found %lld to %lld", MEDSEGPY_DEPTH_MAX,
                 (long long)first, (long long)last);
    return;
  }
  const int64_t depth = last - first + 1;
  const int images = slices_field(group, false, first, depth, &fields[0], &image);
  const int masks = slices_field(group, true, first, depth, &fields[1], &mask);
  if (images)
    return;
  for (size_t i = 0; i < group->n && check_size(group, &group->dicts[i], &image); i++)
    ; /* one report is enough, because it is one mistake */
  if (!masks)
    check_mask(group, &image, &mask);
  add_scan(group, fields, masks ? 1 : 2);
  tell_holes(group, &fields[0]);
  if (!masks)
    tell_holes(group, &fields[1]);
}

void native_medsegpy_scans(struct description *desc, struct dataset_builder *builder,
                           struct medsegpy_dict *dicts, size_t n)
{
  if (n)
    qsort(dicts, n, sizeof *dicts, by_scan);
  for (size_t i = 0, end; i < n; i = end) {
    bool slices = false;
    for (end = i; end < n && !strcmp(dicts[i].scan_id, dicts[end].scan_id); end++)
      slices |= dicts[end].slice != 0;
    const struct group group = {desc, builder, &dicts[i], end - i};
    if (slices)
      make_slices(&group);
    else
      make_volume(&group);
  }
}
