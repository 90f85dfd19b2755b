#include "core/tree/describe.h"

#include <math.h>

/* JSON has no NaN or infinity. */
static void add_double(struct text *out, double value)
{
  if (isfinite(value))
    text_add(out, "%.17g", value);
  else
    text_add(out, "null");
}

void describe_affine(struct text *out, const struct geometry *geo)
{
  double affine[3][4], unused[ND_MAX];
  geometry_stated(geo, ND_MAX, affine, unused);
  text_add(out, "[");
  for (int r = 0; r < 3; r++) {
    text_add(out, "%s[", r ? ", " : "");
    for (int c = 0; c < 4; c++) {
      text_add(out, "%s", c ? ", " : "");
      add_double(out, affine[r][c]);
    }
    text_add(out, "]");
  }
  text_add(out, ", [0, 0, 0, 1]]");
}

void describe_array(struct text *out, const struct view *view)
{
  text_add(out, "\"dtype\": \"%s\", \"shape\": ", dtype_table[view->dtype].name);
  text_add_numbers(out, view->shape, view->nd);
}

/* How the files of a field are joined. */
static void describe_gather(struct text *out, const struct field_spec *field)
{
  const struct gather_spec *gather = &field->gather;
  if (!gather->naxes)
    return;
  text_add(out, ", \"pieces\": %lld, \"gather\": {", (long long)field->npieces);
  for (int i = 0; i < gather->naxes; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    text_add(out, "%s", i ? ", " : "");
    text_add_json(out, axis->name);
    text_add(out, ": {\"axis\": %d, \"how\": \"%s\", \"n\": %lld}", axis->axis,
             axis->concat ? "concat" : "stack", (long long)axis->n);
  }
  text_add(out, "}");
}

void describe_source(struct text *out, const struct field_spec *field)
{
  char room[PATH_MAX];
  struct piece piece;
  if (!field_first_piece(field, room, &piece))
    return;
  text_add(out, ", \"source\": ");
  text_add_json(out, piece.path);
  if (piece.key) {
    text_add(out, ", \"key\": ");
    text_add_json(out, piece.key);
  }
  describe_gather(out, field);
}

int describe_error(struct text *out, const struct err *why, struct err *err)
{
  if (err_is_passing(why))
    return err_set(err, why->errnum, "%s", why->msg);
  text_add(out, "\"error\": ");
  text_add_json(out, why->msg);
  return 0;
}
