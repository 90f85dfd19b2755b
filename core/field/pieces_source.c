/* One piece of a gathered field: whether it exists, and its file opened as the field
 * needs it. */
#include <errno.h>

#include "core/base/text.h"
#include "core/field/piece_dtype.h"
#include "core/field/pieces_inside.h"
#include "core/view/view_missing.h"

/* Adds the place of a piece: "z 3, row 2". */
static void add_place(const struct gather_spec *gather, int64_t number, struct text *out)
{
  for (int i = 0; i < gather->naxes; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    const int64_t at = number / pieces_worth(gather, i) % axis->n;
    text_add(out, "%s%s ", i ? ", " : "", axis->name);
    if (axis->values)
      text_add(out, "%s", axis->values[at]);
    else
      text_add(out, "%lld", (long long)at);
  }
}

int pieces_missing(const struct pieces *pieces, int64_t number, int errnum,
                   struct err *err)
{
  char room[PATH_MAX];
  struct piece piece = {0};
  struct text place = {0};
  add_place(&pieces->field->gather, number, &place);
  field_piece(pieces->field, number, room, &piece);
  err_set(err, errnum, "%s: no such file: the piece of field '%s' at %s",
          piece.path ? piece.path : "(none)", pieces->field->name,
          place.data ? place.data : "?");
  text_free(&place);
  return -1;
}

/* Makes the view of the array with the transforms that each piece has. */
static int make_view(const struct pieces *pieces, int64_t number,
                     const struct source_array *array, int index, struct open_piece *out,
                     struct err *err)
{
  const struct view *view = source_view(&out->arena, out->source, index, err);
  const bool bits = view && view->dtype == DT_BOOL && array->image;
  if (view && pieces->dtype >= 0 && (bits || !pieces->bits_only))
    view = piece_converted(view, array, (enum dtype)pieces->dtype,
                           source_path(out->source), &out->arena, err);
  if (!view)
    return -1;
  const uint64_t key = text_hash(source_version(out->source), &number, sizeof number);
  struct transform_item item = {
      .view = view,
      .geo = array->geo,
      .channel_axis = array->channel_axis,
      .slice_axis = array->slice_axis,
      .mask = pieces->field->type == FIELD_MASK,
      .file = source_path(out->source),
      .scan = view,
      .voxels = nd_count(view->nd, view->shape),
      .item_key = key,
      .scan_key = key,
  };
  if (transform_apply(&pieces->field->gather.each, &item, &out->arena, err))
    return err_prefix(err, "%s", source_path(out->source));
  out->view = item.view;
  out->geo = item.geo;
  out->channel_axis = item.channel_axis;
  out->image = array->image;
  out->slice_axis = item.slice_axis;
  out->spatial = item.view->nd == array->nd ? array->spatial : 0;
  return 0;
}

int pieces_open(const void *owner, int64_t number, struct open_piece *out,
                struct err *err)
{
  /* writes only flags that may change in a const struct */
  struct pieces *pieces = (struct pieces *)(uintptr_t)owner;
  const uint64_t print = pieces->prints[number];
  char room[PATH_MAX];
  struct piece piece;
  int index;
  view_missing();
  if (print == PRINT_NONE || print == PRINT_MISSING)
    return pieces_missing(pieces, number, ENOENT, err);
  if (!field_piece(pieces->field, number, room, &piece))
    return err_set(err, EIO, "field '%s': the path of piece %lld is too long",
                   pieces->field->name, (long long)number);
  if (piece.raw ? source_open_raw(pieces->pool, piece.path, piece.raw, &out->source, err)
                : source_open(pieces->pool, piece.path, &out->source, err))
    return -1;
  struct timespec ignored = {0};
  if (source_print(out->source) != print ||
      (pieces->halves &&
       pieces_changed(pieces, number, pieces_print(pieces, number, &ignored)))) {
    pieces_set_stale(pieces, number);
    return err_set(err, EIO, "%s: changed on disk while mounted", piece.path);
  }
  const struct source_array *array = open_piece_array(out->source, &piece, &index, err);
  return array ? make_view(pieces, number, array, index, out, err) : -1;
}

enum piece_state pieces_state(const struct pieces *pieces, int64_t number)
{
  const struct field_spec *field = pieces->field;
  const uint64_t print = pieces->prints[number];
  if (print != PRINT_NONE && print != PRINT_MISSING)
    return PIECE_THERE;
  const bool hole = print == PRINT_NONE || field->pieces_may_miss;
  return hole && field->gather.has_fill ? PIECE_HOLE : PIECE_MISSING;
}
