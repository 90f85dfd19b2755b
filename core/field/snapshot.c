/* A snapshot: it opens the file of a field, or looks at the many files that make it, and
 * knows when they change.
 *
 * A gathered field survives the loss of some of its files: only readers of those get an
 * error (see pieces.h).  This file holds what one file and many have in common. */
#include "core/field/snapshot.h"
#include "core/field/piece_dtype.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"

/* --- one file ---------------------------------------------------------------------- */

/* Notes all names of an array that has several. */
static int note_names(struct open_snapshot *s, const struct source_array *array,
                      int index, struct err *err)
{
  size_t n = 1;
  for (int at = 0; source_array_alias(s->source, index, &at);)
    n++;
  if (n == 1)
    return 0;
  const char **names = arena_array(&s->arena, n + 1, sizeof *names, err);
  if (!names)
    return -1;
  names[0] = array->name;
  names[n] = NULL;
  for (int at = 0, i = 1; i < (int)n; i++)
    names[i] = source_array_alias(s->source, index, &at);
  s->pub.names = names;
  return 0;
}

static const struct view *open_array(struct open_snapshot *s, const struct piece *piece,
                                     const struct gather_spec *gather, struct err *err)
{
  int index;
  const struct source_array *array = open_piece_array(s->source, piece, &index, err);
  if (!array || note_names(s, array, index, err))
    return NULL;
  s->pub.geo = array->geo;
  s->pub.channel_axis = array->channel_axis;
  s->pub.spatial = array->spatial;
  s->pub.slice_axis = array->slice_axis;
  const struct view *view = source_view(&s->arena, s->source, index, err);
  return view && gather->converts
             ? piece_converted(view, array, (enum dtype)gather->dtype, piece->path,
                               &s->arena, err)
             : view;
}

static int open_one(struct open_snapshot *s, const struct field_spec *field,
                    struct source_pool *pool, struct err *err)
{
  char room[PATH_MAX];
  struct piece piece;
  if (field->npieces < 1 || !field_piece(field, 0, room, &piece) || !piece.path)
    return err_set(err, EIO, "field '%s' has no file", field->name);
  if (piece.raw ? source_open_raw(pool, piece.path, piece.raw, &s->source, err)
                : source_open(pool, piece.path, &s->source, err))
    return -1;
  s->pub.version = source_version(s->source);
  s->pub.mtime = source_mtime(s->source);
  return (s->pub.view = open_array(s, &piece, &field->gather, err)) ? 0 : -1;
}

/* --- many files -------------------------------------------------------------------- */

static int open_many(struct open_snapshot *s, const struct scan_spec *scan,
                     const struct field_spec *field, const struct snapshot_from *from,
                     struct err *err)
{
  if (pieces_new(scan, field, from->pool, from->table, &s->pieces, err))
    return -1;
  const struct pieces_facts *facts = pieces_facts(s->pieces);
  s->pub.version = facts->version;
  s->pub.mtime = facts->mtime;
  s->pub.geo = facts->geo;
  s->pub.channel_axis = facts->channel_axis;
  s->pub.spatial = facts->spatial;
  s->pub.slice_axis = facts->slice_axis;
  s->pub.view = view_gather(&s->arena, &facts->plan, &pieces_ops, s->pieces, err);
  return s->pub.view ? 0 : err_prefix(err, "field '%s'", field->name);
}

/* --- no file ----------------------------------------------------------------------- */

struct value_view {
  struct view view;
  double number;
  int64_t whole;
};

static int value_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  const struct value_view *v = (const struct value_view *)view;
  if (view->dtype == DT_I64)
    memcpy(out, &v->whole, sizeof v->whole);
  else
    memcpy(out, &v->number, sizeof v->number);
  return 0;
}

static const struct view_ops value_ops = {.name = "value", .read_region = value_read};

/* Makes the view of a scalar of the description: 0-d, int64 when whole and exact, else
 * float64. */
static struct view *value_view(struct arena *arena, double value, struct err *err)
{
  struct value_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  bool whole = fabs(value) <= 9007199254740992.0 && value == trunc(value);
  v->view = (struct view){.ops = &value_ops, .dtype = whole ? DT_I64 : DT_F64};
  v->number = value;
  v->whole = whole ? (int64_t)value : 0;
  return &v->view;
}

/* --- the whole --------------------------------------------------------------------- */

static void set_geometry(const struct field_spec *field, struct geometry *geo)
{
  /* a description may say that what the header calls labels is an image */
  const int intent = field->type == FIELD_MASK ? geo->intent : 0;
  if (field->has_affine) {
    memcpy(geo->affine, field->affine, sizeof geo->affine);
    geo->has_affine = true;
  } else if (field->has_spacing) {
    geometry_identity(geo);
    for (int d = 0; d < 3; d++)
      geo->affine[d][d] = field->spacing[d];
  }
  geo->intent = intent;
}

/* Applies the field's own transforms to one form of it; `extra` tells the statistics of
 * forms apart. */
static int apply(struct open_snapshot *s, const struct scan_spec *scan,
                 const struct field_spec *field, const struct view *view,
                 const char *extra, struct transform_item *out, struct err *err)
{
  uint64_t key = text_hash(s->pub.version, scan->id, strlen(scan->id) + 1);
  key = text_hash(key, field->name, strlen(field->name));
  key = text_hash(key, extra, strlen(extra));
  *out = (struct transform_item){
      .view = view,
      .geo = s->pub.geo,
      .channel_axis = s->pub.channel_axis,
      .slice_axis = s->pub.slice_axis,
      .first = scan->channels_first,
      .spatial = scan->spatial ? scan->spatial : s->pub.spatial,
      .mask = field->type == FIELD_MASK,
      .scan = view,
      .voxels = s->pub.voxels,
      .item_key = key,
      .scan_key = key,
  };
  return transform_apply(&field->transforms, out, &s->arena, err);
}

/* Makes the form in which a missing tile reads as PyTC reads it, in images, labels and
 * masks alike. */
static int make_filled(struct open_snapshot *s, const struct scan_spec *scan,
                       const struct field_spec *field, struct err *err)
{
  enum { PYTC_FILL = 128 };
  struct transform_item item;
  struct view_gather_plan plan = pieces_facts(s->pieces)->plan;
  plan.fill = PYTC_FILL;
  const struct view *view =
      view_gather(&s->arena, &plan, &pieces_filled_ops, s->pieces, err);
  if (!view || apply(s, scan, field, view, "filled", &item, err))
    return -1;
  s->pub.filled = item.view;
  return 0;
}

static int transform(struct open_snapshot *s, const struct scan_spec *scan,
                     const struct field_spec *field, struct err *err)
{
  struct transform_item item;
  const bool errors = s->pieces && !field->gather.has_fill;
  s->pub.voxels = nd_count(s->pub.view->nd, s->pub.view->shape);
  if ((errors && make_filled(s, scan, field, err)) ||
      apply(s, scan, field, s->pub.view, "", &item, err))
    return -1;
  if (!errors)
    s->pub.filled = item.view;
  s->pub.view = item.view;
  s->pub.geo = item.geo;
  s->pub.channel_axis = item.channel_axis;
  s->pub.slice_axis = item.slice_axis;
  if (s->pub.spatial)
    s->pub.spatial = item.spatial;
  return 0;
}

static int build_value(struct open_snapshot *s, const struct field_spec *field,
                       struct timespec mtime, struct err *err)
{
  if (field->text)
    return err_set(err, EINVAL, "field '%s' is a text, no array", field->name);
  s->pub.view = value_view(&s->arena, field->value, err);
  geometry_identity(&s->pub.geo);
  s->pub.channel_axis = -1;
  s->pub.mtime = mtime;
  s->pub.filled = s->pub.view;
  s->pub.voxels = 1;
  s->pub.version = text_hash(1, &field->value, sizeof field->value);
  return s->pub.view ? 0 : -1;
}

static int build(struct open_snapshot *s, const struct scan_spec *scan,
                 const struct field_spec *field, const struct snapshot_from *from,
                 struct err *err)
{
  if (field->has_value)
    return build_value(s, field, from->mtime, err);
  if (field->gather.naxes ? open_many(s, scan, field, from, err)
                          : open_one(s, field, from->pool, err))
    return -1;
  if (clock_after(from->mtime, s->pub.mtime))
    s->pub.mtime = from->mtime;
  set_geometry(field, &s->pub.geo);
  return transform(s, scan, field, err);
}

int snapshot_open(const struct scan_spec *scan, const struct field_spec *field,
                  const struct snapshot_from *from, struct open_snapshot **out,
                  struct err *err)
{
  struct open_snapshot *s = calloc(1, sizeof *s);
  if (!s)
    return err_set(err, ENOMEM, "out of memory");
  arena_init(&s->arena);
  atomic_init(&s->refs, 1);
  struct err why = ERR_INIT;
  if (!build(s, scan, field, from, &why)) {
    *out = s;
    return 0;
  }
  snapshot_unref(&s->pub);
  /* The field exists, so a file of it that does not is no ENOENT. */
  return err_set(err, err_is_passing(&why) ? why.errnum : EIO, "%s", why.msg);
}

int64_t snapshot_files(const struct open_snapshot *s)
{
  return s->pieces ? pieces_count(s->pieces) : s->source != NULL;
}

/* --- in use ------------------------------------------------------------------------ */

/* Users hold a const view of the snapshot; its references and staleness may change all
 * the same. */
static struct open_snapshot *inside(const struct snapshot *snapshot)
{
  return (struct open_snapshot *)(uintptr_t)snapshot;
}

const struct snapshot *snapshot_ref(const struct snapshot *snapshot)
{
  atomic_fetch_add(&inside(snapshot)->refs, 1);
  return snapshot;
}

void snapshot_unref(const struct snapshot *snapshot)
{
  struct open_snapshot *s = inside(snapshot);
  if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
    return;
  source_unref(s->source);
  pieces_unref(s->pieces);
  arena_free(&s->arena);
  free(s);
}

bool snapshot_stale(const struct snapshot *snapshot)
{
  struct open_snapshot *s = inside(snapshot);
  if (s->pieces)
    return pieces_stale(s->pieces);
  return s->source && source_stale(s->source);
}

int snapshot_check(const struct snapshot *snapshot, struct err *err)
{
  struct open_snapshot *s = inside(snapshot);
  if (!snapshot_stale(snapshot))
    return 0;
  return s->pieces ? pieces_why_stale(s->pieces, err) : source_why_stale(s->source, err);
}

bool snapshot_same_file(const struct snapshot *a, const struct snapshot *b)
{
  return inside(a)->source && inside(a)->source == inside(b)->source;
}

struct pieces *snapshot_pieces(const struct snapshot *snapshot)
{
  return inside(snapshot)->pieces;
}
