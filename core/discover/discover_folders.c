/* Rule 5: every volume file is a scan, and so is every directory of slices.
 *
 * HDF5 files hold several arrays.  Arrays that agree in their first min(3, nd) extents
 * (nd >= 2) belong together; the largest such set (of equally large ones the first by
 * name) is the scan named after the file, and every other array is a scan <file>/<array>.
 * Arrays inside an HDF5 group keep their place in the tree: "grp/raw" of f.h5 is
 * scans/f/grp/raw.<ext>, that is field "raw" of the scan f/grp, because a field's name is
 * one file name.  So the largest set makes one scan per HDF5 group that it has members
 * in.  A file with a single array is one scan, whatever its shape. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/text.h"
#include "core/dataset/field_type.h"
#include "core/discover/discover_folders.h"
#include "core/discover/discover_images_labels.h"
#include "core/discover/discover_walk.h"
#include "core/discover/split_name.h"

/* A scan that will be added once all are known: clashes are settled in path order. */
struct candidate {
  const char *path; /* of its file or directory, below the root */
  int number;       /* order of discovery */
  const char *longer;
  struct scan_spec scan;
};

struct collection {
  const struct discover *discover;
  const char *below; /* where the walk begins, from the root */
  struct candidate *candidates;
  size_t n, room;
};

/* --- candidates -------------------------------------------------------------------- */

/* Takes a scan with `fields` (in the mount's arena). */
static int add_candidate(struct collection *all, const struct found *found,
                         const char *id, const char *longer, int nfields,
                         const struct field_spec *fields, struct err *err)
{
  if (grow(&all->candidates, &all->room, all->n, sizeof *all->candidates, "scans", err))
    return -1;
  all->candidates[all->n] = (struct candidate){
      .path = found->rel,
      .number = (int)all->n,
      .longer = longer,
      .scan = {.id = id, .nfields = nfields, .fields = fields},
  };
  all->n++;
  return 0;
}

/* Returns the id of a file's scan, with or without its suffix. */
static char *file_id(const struct collection *all, const struct found *found, bool whole,
                     struct err *err)
{
  return arena_printf(all->discover->arena, err, "%.*s",
                      (int)(whole ? strlen(found->rel) : found->stem), found->rel);
}

/* Makes a field of an array of the file. */
static int make_field(const struct collection *all, const struct found *found,
                      const struct found_array *array, const char *name,
                      struct field_spec *out, struct err *err)
{
  const char *key = array->name;
  *out = (struct field_spec){.name = name, .npieces = 1, .pieces = found->pieces};
  field_type_by_names(out, found->hdf5 ? key : NULL, found->rel, false);
  field_type_by_intent(out, array->intent);
  if (!key)
    return 0;
  struct piece *piece = arena_alloc(all->discover->arena, sizeof *piece, err);
  if (!piece)
    return -1;
  *piece = *found->pieces;
  piece->key = key;
  out->pieces = piece;
  return 0;
}

/* --- HDF5 -------------------------------------------------------------------------- */

static int key_length(const struct found_array *array)
{
  return array->nd < 3 ? array->nd : 3;
}

/* Orders arrays so that those that can be fields of one scan are neighbours, by name
 * among themselves. */
static int by_extents(const void *a, const void *b)
{
  const struct found_array *x = *(const struct found_array *const *)a;
  const struct found_array *y = *(const struct found_array *const *)b;
  int n = key_length(x), m = key_length(y);
  if (n != m)
    return n < m ? -1 : 1;
  for (int d = 0; d < n; d++)
    if (x->shape[d] != y->shape[d])
      return x->shape[d] < y->shape[d] ? -1 : 1;
  return text_natural_cmp(x->name, y->name);
}

static bool belong_together(const struct found_array *a, const struct found_array *b)
{
  int n = key_length(a);
  return n >= 2 && n == key_length(b) &&
         !memcmp(a->shape, b->shape, (size_t)n * sizeof *a->shape);
}

static size_t group_length(const char *name)
{
  const char *slash = strrchr(name, '/');
  return slash ? (size_t)(slash - name) : 0;
}

static const char *base_name(const char *name)
{
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

/* By HDF5 group, then by name. */
static int by_group(const void *a, const void *b)
{
  const char *x = (*(const struct found_array *const *)a)->name;
  const char *y = (*(const struct found_array *const *)b)->name;
  size_t n = group_length(x), m = group_length(y);
  int c = memcmp(x, y, n < m ? n : m);
  if (!c && n != m)
    c = n < m ? -1 : 1;
  return c ? c : text_natural_cmp(base_name(x), base_name(y));
}

/* Makes the id "<file>/<below>" twice: without and with the suffix of the file. */
static int nested_ids(const struct collection *all, const struct found *found,
                      const char *below, size_t length, char *ids[2], struct err *err)
{
  for (int whole = 0; whole < 2; whole++) {
    char *file = file_id(all, found, whole, err);
    ids[whole] = file && length ? arena_printf(all->discover->arena, err, "%s/%.*s", file,
                                               (int)length, below)
                                : file;
    if (!ids[whole])
      return -1;
  }
  return 0;
}

/* Adds n arrays of one HDF5 group as a scan; `id_length` bytes of the first array's name
 * go into the id. */
static int add_h5_scan(struct collection *all, const struct found *found,
                       const struct found_array *const *arrays, size_t n,
                       size_t id_length, struct err *err)
{
  char *ids[2];
  struct field_spec *fields = arena_array(all->discover->arena, n, sizeof *fields, err);
  if (!fields || nested_ids(all, found, arrays[0]->name, id_length, ids, err))
    return -1;
  for (size_t i = 0; i < n; i++) {
    if (make_field(all, found, arrays[i], base_name(arrays[i]->name), &fields[i], err))
      return -1;
  }
  return add_candidate(all, found, ids[0], ids[1], (int)n, fields, err);
}

/* Adds the arrays that are named after the file: one scan per HDF5 group. */
static int add_main(struct collection *all, const struct found *found,
                    const struct found_array **arrays, size_t n, struct err *err)
{
  qsort(arrays, n, sizeof *arrays, by_group);
  for (size_t i = 0, end; i < n; i = end) {
    size_t length = group_length(arrays[i]->name);
    for (end = i + 1; end < n; end++)
      if (group_length(arrays[end]->name) != length ||
          memcmp(arrays[end]->name, arrays[i]->name, length))
        break;
    if (add_h5_scan(all, found, arrays + i, end - i, length, err))
      return -1;
  }
  return 0;
}

/* Finds the largest run of arrays that belong together: returns its start; *n: its length
 * (0: none). */
static size_t largest_run(const struct found_array *const *arrays, size_t narrays,
                          size_t *n)
{
  size_t best = 0;
  *n = 0;
  for (size_t i = 0, end; i < narrays; i = end) {
    for (end = i + 1; end < narrays && belong_together(arrays[i], arrays[end]);)
      end++;
    if (arrays[i]->nd < 2)
      continue;
    if (end - i > *n ||
        (end - i == *n && text_natural_cmp(arrays[i]->name, arrays[best]->name) < 0)) {
      best = i;
      *n = end - i;
    }
  }
  return best;
}

static int add_h5(struct collection *all, const struct found *found, struct err *err)
{
  size_t narrays = (size_t)found->narrays, n = narrays;
  const struct found_array **arrays = calloc(narrays, sizeof *arrays);
  if (!arrays)
    return err_set(err, ENOMEM, "out of memory");
  for (size_t i = 0; i < narrays; i++)
    arrays[i] = &found->arrays[i];
  qsort(arrays, narrays, sizeof *arrays, by_extents);
  size_t best = narrays > 1
                    ? largest_run((const struct found_array *const *)arrays, narrays, &n)
                    : 0;
  int rc = n ? add_main(all, found, arrays + best, n, err) : 0;
  for (size_t i = 0; i < narrays && !rc; i++)
    if (i < best || i >= best + n)
      rc = add_h5_scan(all, found, (const struct found_array *const *)arrays + i, 1,
                       strlen(arrays[i]->name), err);
  free(arrays);
  return rc;
}

/* --- the others -------------------------------------------------------------------- */

/* Adds a file as one scan: the unnamed array is "image", a further one (a series of a
 * TIFF, or a smaller version of one) "image_<name>", which is on a grid of its own. */
static int add_file(struct collection *all, const struct found *found, struct err *err)
{
  struct arena *arena = all->discover->arena;
  size_t n = (size_t)found->narrays;
  struct field_spec *fields = arena_array(arena, n, sizeof *fields, err);
  char *ids[2];
  if (!fields || nested_ids(all, found, "", 0, ids, err))
    return -1;
  for (size_t i = 0; i < n; i++) {
    const char *key = found->arrays[i].name;
    const char *name = key ? arena_printf(arena, err, "image_%s", key) : "image";
    if (!name || make_field(all, found, &found->arrays[i], name, &fields[i], err))
      return -1;
    fields[i].scans_only = key;
  }
  return add_candidate(all, found, ids[0], ids[1], (int)n, fields, err);
}

/* A directory has no suffix that could make the longer id, so the longer id says that it
 * is a stack. */
static int add_stack(struct collection *all, const struct found *found, struct err *err)
{
  struct arena *arena = all->discover->arena;
  const char *id = *found->rel ? found->rel : discover_base_name(all->discover);
  char *longer = arena_printf(arena, err, "%s.stack", id);
  struct field_spec *field = arena_alloc(arena, sizeof *field, err);
  if (!longer || !field)
    return -1;
  *field = (struct field_spec){
      .name = "image",
      .gather = gather_slices(found->npieces, found->bits),
      .npieces = found->npieces,
      .pieces = found->pieces,
  };
  field_type_by_names(field, NULL, found->rel, true);
  field_type_by_intent(field, found->arrays->intent);
  return add_candidate(all, found, id, longer, 1, field, err);
}

static int on_found(void *ctx, const struct found *found, struct err *err)
{
  struct collection *all = ctx;
  struct found whole = *found; /* with its path from the root */
  if (*all->below) {
    whole.rel = arena_printf(all->discover->arena, err, "%s%s%s", all->below,
                             *found->rel ? "/" : "", found->rel);
    if (!whole.rel)
      return -1;
    whole.stem += strlen(whole.rel) - strlen(found->rel);
  }
  if (whole.stack)
    return add_stack(all, &whole, err);
  return whole.hdf5 ? add_h5(all, &whole, err) : add_file(all, &whole, err);
}

/* --- files that belong together --------------------------------------------------- */

enum { HINTS_MAX = 10 };

/* The name of a file, or of what is left of it without the words of masks and images. */
struct part {
  size_t dir;        /* bytes of the directory, without '/' */
  size_t base, stem; /* where the file's name begins, and ends without its suffix */
  size_t key, nkey;
};

static struct part part_of(const struct candidate *c)
{
  const char *slash = strrchr(c->path, '/');
  struct part part = {.dir = slash ? (size_t)(slash - c->path) : 0};
  part.base = slash ? part.dir + 1 : 0;
  part.stem = strlen(c->scan.id);
  if (part.stem < part.base || strncmp(c->path, c->scan.id, part.stem) != 0)
    part.stem = strlen(c->path);
  part.nkey = name_without_words(c->path + part.base, part.stem - part.base, &part.key);
  part.key += part.base;
  return part;
}

static bool is_plain_file(const struct candidate *c)
{
  return c->scan.nfields == 1 && !c->scan.fields->gather.naxes &&
         !c->scan.fields->pieces->key;
}

/* Returns whether image and mask lie side by side and are named alike but for a word; or
 * that the image's name only goes on: "a_t1" beside "a_seg". */
static bool belongs(const struct candidate *image, const struct candidate *mask)
{
  if (!is_plain_file(image) || image->scan.fields->type == FIELD_MASK)
    return false;
  const struct part a = part_of(image), b = part_of(mask);
  return a.dir == b.dir && !strncmp(image->path, mask->path, a.dir) && a.nkey >= b.nkey &&
         !strncmp(image->path + a.key, mask->path + b.key, b.nkey) &&
         (a.nkey == b.nkey ||
          (b.nkey && !isalnum((unsigned char)image->path[a.key + b.nkey])));
}

/* Adds a path with {s} for the key that both names have; without a key, for the
 * directory's name. */
static void add_pattern(struct text *out, const struct candidate *c,
                        const struct part *mask, const char *key)
{
  const struct part part = part_of(c);
  struct text path = {0};
  size_t name = part.dir;
  while (name && c->path[name - 1] != '/')
    name--;
  const bool whole =
      part.dir && (!mask->nkey || (part.dir - name == mask->nkey &&
                                   !strncmp(c->path + name, key, mask->nkey)));
  text_add(&path, "%.*s", (int)(whole ? name : part.base), c->path);
  if (whole)
    text_add(&path, "{s}/");
  if (mask->nkey)
    text_add(&path, "%.*s{s}%s", (int)(part.key - part.base), c->path + part.base,
             c->path + part.key + mask->nkey);
  else
    text_add(&path, "%s", c->path + part.base);
  text_add_json(out, path.data ? path.data : "");
  text_free(&path);
}

static void say_pair(const struct collection *all, const struct candidate *image,
                     const struct candidate *mask)
{
  const struct part part = part_of(mask);
  struct text fields = {0};
  text_add(&fields, "\"image\": ");
  add_pattern(&fields, image, &part, mask->path + part.key);
  text_add(&fields, ", \"label\": ");
  add_pattern(&fields, mask, &part, mask->path + part.key);
  dataset_builder_ignore(
      all->discover->builder, mask->path,
      "a scan of its own, though it seems to be the mask of %s; to join "
      "them, say {\"scans\": [{\"id\": \"%s\", \"fields\": {%s}}]}",
      image->path, part.nkey || part.dir ? "{s}" : "scan",
      fields.data ? fields.data : "");
  text_free(&fields);
}

/* Files of one scan lie next to each other in the order of paths, with few between. */
static void say_pairs(const struct collection *all)
{
  enum { NEAR = 8 };
  int said = 0;
  for (size_t i = 0; i < all->n; i++) {
    const struct candidate *mask = &all->candidates[i], *image = NULL;
    if (!is_plain_file(mask) || mask->scan.fields->typed_by != TYPED_BY_FILE ||
        mask->scan.fields->type != FIELD_MASK)
      continue;
    for (size_t k = i < NEAR ? 0 : i - NEAR; k < all->n && k <= i + NEAR && !image; k++)
      if (k != i && belongs(&all->candidates[k], mask))
        image = &all->candidates[k];
    if (image && said++ < HINTS_MAX)
      say_pair(all, image, mask);
  }
  if (said > HINTS_MAX)
    dataset_builder_ignore(all->discover->builder, ".",
                           "%d files more seem to be masks of files beside them",
                           said - HINTS_MAX);
}

static int by_path(const void *a, const void *b)
{
  const struct candidate *x = a, *y = b;
  int c = text_natural_cmp(x->path, y->path);
  return c ? c : x->number - y->number;
}

static int claim(void *ctx, const char *rel, const struct dir_list *list, bool *taken,
                 struct err *err)
{
  const struct collection *all = ctx;
  const char *prefix = *all->below ? arena_printf(all->discover->arena, err, "%s%s%s",
                                                  all->below, *rel ? "/" : "", rel)
                                   : rel;
  return prefix ? labelled_claim(all->discover, prefix, list, taken, err) : -1;
}

static int add_scan(const struct collection *all, const struct candidate *c,
                    struct err *err)
{
  size_t n;
  const bool stack = c->scan.fields->gather.naxes;
  const char *at = split_of_path(c->path, stack, &n);
  const char *split =
      at ? arena_printf(all->discover->arena, err, "%.*s", (int)n, at) : NULL;
  return at && !split
             ? -1
             : discover_add(all->discover, &c->scan, c->longer, split, c->path, err);
}

int discover_folders(const struct discover *discover, const char *below, struct err *err)
{
  struct collection all = {.discover = discover, .below = below};
  int rc = discover_walk(discover, below, STACK_ALIKE, on_found, claim, &all, err);
  if (all.n)
    qsort(all.candidates, all.n, sizeof *all.candidates, by_path);
  for (size_t i = 0; i < all.n && !rc; i++)
    rc = add_scan(&all, &all.candidates[i], err);
  if (!rc)
    say_pairs(&all);
  free(all.candidates);
  return rc;
}

static bool matches(const struct discover *discover)
{
  return true;
}

static int collect(const struct discover *discover, struct err *err)
{
  return discover_folders(discover, "", err);
}

/* Both rows walk alike; the name says what was found in the root. */
const struct dataset_layout layout_images_labels = {
    .name = "pairs",
    .matches = labelled_matches,
    .collect = collect,
};
const struct dataset_layout layout_folders = {
    .name = "folders",
    .matches = matches,
    .collect = collect,
};
