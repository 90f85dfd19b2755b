/* MedSegPy's names and files: see medsegpy.h. */
#include "core/discover/medsegpy.h"

#include <errno.h>
#include <string.h>

enum { DIGITS_MAX = 18 };

/* --- names ------------------------------------------------------------------------- */

/* Reads a run of digits at *at, which moves behind it.  Returns false when there is none,
 * or it is too long. */
static bool take_number(const char **at, int64_t *out)
{
  const size_t n = strspn(*at, "0123456789");
  if (!n || n > DIGITS_MAX)
    return false;
  *out = 0;
  for (size_t i = 0; i < n; i++)
    *out = *out * 10 + (*at)[i] - '0';
  *at += n;
  return true;
}

static bool take_text(const char **at, const char *text)
{
  const size_t n = strlen(text);
  if (strncmp(*at, text, n) != 0)
    return false;
  *at += n;
  return true;
}

static bool take_name(const char **at, struct medsegpy_name *out)
{
  const char *end = *at;
  if (!take_number(&end, &out->subject) || !take_text(&end, "_V") ||
      !take_number(&end, &out->time) || !take_text(&end, "-Aug") ||
      !take_number(&end, &out->aug) || !take_text(&end, "_") ||
      !take_number(&end, &out->slice))
    return false;
  *at = end;
  return true;
}

bool medsegpy_slice_name(const char *text, struct medsegpy_name *out)
{
  struct medsegpy_name name;
  int found = 0;
  for (const char *at = text; *at;) {
    if (take_name(&at, &name)) {
      *out = name;
      found++;
      continue;
    }
    const size_t digits = strspn(at, "0123456789");
    at += digits ? digits : 1;
  }
  return found == 1;
}

bool medsegpy_volume_name(const char *text, size_t n)
{
  const char *at = text;
  int64_t number;
  return take_number(&at, &number) && take_text(&at, "_V") && take_number(&at, &number) &&
         at == text + n;
}

/* --- fields ------------------------------------------------------------------------ */

int medsegpy_look(struct source_pool *pool, const char *path, const char *key,
                  struct medsegpy_shape *out, struct err *err)
{
  struct source *source;
  if (source_open(pool, path, &source, err))
    return -1;
  const int index = source_array_find(source, key);
  const struct source_array *array = index < 0 ? NULL : source_array_at(source, index);
  *out = (struct medsegpy_shape){.path = path};
  int rc = 0;
  if (!array)
    rc = err_set(err, EINVAL, "%s: expected an array '%s', found none", path, key);
  else if (array->unusable)
    rc = err_set(err, EINVAL, "%s: the array '%s' cannot be used: %s", path, key,
                 array->unusable);
  else
    memcpy(out->shape, array->shape, sizeof out->shape);
  out->nd = rc ? 0 : array->nd;
  source_unref(source);
  return rc;
}

static void name_field(struct field_spec *out, enum field_type type)
{
  *out = (struct field_spec){.name = type == FIELD_MASK ? "label" : "image",
                             .type = type,
                             .typed_by = TYPED_BY_LAYOUT};
}

int medsegpy_file_field(const char *path, const char *key, enum field_type type,
                        struct arena *arena, struct field_spec *out, struct err *err)
{
  struct piece *piece = arena_alloc(arena, sizeof *piece, err);
  if (!piece)
    return -1;
  *piece = (struct piece){.path = path, .key = key};
  name_field(out, type);
  out->npieces = 1;
  out->pieces = piece;
  return 0;
}

/* Removes a slice's axis of depth, when it has one: HxWx1 becomes HxW, HxWx1xC becomes
 * HxWxC.  So a volume is a stack, of which one header is enough, and in which a hole has
 * an extent. */
static int slice_apply(const void *args, struct transform_item *item, struct arena *arena,
                       struct err *err)
{
  const struct view *view = item->view;
  const int most = item->mask ? 4 : 3;
  char found[ND_TEXT];
  if (view->nd >= 2 && view->nd < most)
    return 0;
  if (view->nd != most || view->shape[2] != 1)
    return err_set(err, EINVAL, "expected %s, found %s",
                   item->mask ? "HxWx1xC, HxWxC or HxW" : "HxWx1 or HxW",
                   nd_text(view->nd, view->shape, found));
  struct view_cut cut[ND_MAX];
  for (int d = 0; d < view->nd; d++)
    cut[d] = (struct view_cut){0, 1, view->shape[d], d == 2};
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

/* It is not in the table of transforms, because no description asks for it. */
static const struct transform slice_transform = {.type.name = "slice",
                                                 .apply = slice_apply};
static const struct step slice_step = {.type = &slice_transform.type};

int medsegpy_look_at_slices(struct source_pool *pool, const struct medsegpy_slice *slices,
                            size_t n, const struct field_spec *field,
                            struct medsegpy_shape *out, struct err *err)
{
  struct err first = ERR_INIT;
  const int most = field->type == FIELD_MASK ? 4 : 3;
  for (size_t i = 0; i < n; i++) {
    struct err why = ERR_INIT;
    if (medsegpy_look(pool, slices[i].path, "data", out, &why)) {
      if (err_is_passing(&why))
        return err_set(err, why.errnum, "%s", why.msg);
      err_set(&first, why.errnum, "%s", why.msg);
      continue;
    }
    char found[ND_TEXT];
    const bool deep = out->nd == most && out->shape[2] == 1;
    if (!deep && (out->nd < 2 || out->nd >= most))
      return err_set(err, EINVAL, "%s: data: expected %s, found %s", out->path,
                     most == 4 ? "HxWx1xC, HxWxC or HxW" : "HxWx1 or HxW",
                     nd_text(out->nd, out->shape, found));
    for (int d = out->nd++; !deep && d > 2; d--)
      out->shape[d] = out->shape[d - 1];
    out->nd -= deep;
    out->shape[2] = field->npieces;
    return 0;
  }
  return err_set(err, first.errnum, "%s", first.msg);
}

/* Returns the numbers of the slices, for messages. */
static const char *const *slice_values(int64_t first, int64_t depth, struct arena *arena,
                                       struct err *err)
{
  const char **values = arena_array(arena, (size_t)depth, sizeof *values, err);
  for (int64_t i = 0; values && i < depth; i++)
    if (!(values[i] = arena_printf(arena, err, "%03lld", (long long)(first + i))))
      return NULL;
  return values;
}

int medsegpy_slices_field(const struct medsegpy_slice *slices, size_t n, int64_t first,
                          int64_t depth, enum field_type type, struct arena *arena,
                          struct field_spec *out, struct err *err)
{
  struct piece *pieces = arena_array(arena, (size_t)depth, sizeof *pieces, err);
  const struct gather_axis axis = {.name = "slice",
                                   .axis = 2,
                                   .n = depth,
                                   .values = slice_values(first, depth, arena, err)};
  if (!pieces || !axis.values)
    return -1;
  for (size_t i = 0; i < n; i++)
    pieces[slices[i].number - first] =
        (struct piece){.path = slices[i].path, .key = "data"};
  name_field(out, type);
  out->gather =
      (struct gather_spec){.naxes = 1, .axes = {axis}, .each = {1, &slice_step}};
  out->npieces = depth;
  out->pieces = pieces;
  return 0;
}
