/* cast:DTYPE: numpy's astype, but out-of-range values saturate, and NaN to an integer is
 * an error.  Masks are cast too. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int cast_check(const struct step_args *args, struct err *err)
{
  enum dtype to;
  if (args->n != 1 || !dtype_parse(args->text[0], &to, NULL))
    return err_set(err, EINVAL, "expected a dtype like uint8 or float32, found '%s'",
                   args->n ? args->text[0] : "");
  return 0;
}

static int cast_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  enum dtype to = DT_BOOL, from = item->view->dtype;
  dtype_parse(args->text[0], &to, NULL);
  if (dtype_table[from].kind == 'c' && dtype_table[to].kind != 'c')
    return err_set(err, EINVAL, "cannot cast %s to %s", dtype_table[from].name,
                   dtype_table[to].name);
  if (from == to)
    return 0;
  item->view = view_cast(arena, item->view, to, err);
  return item->view ? 0 : -1;
}

const struct transform transform_cast = {
    .type.name = "cast",
    .type.usage = "cast:DTYPE",
    .type.help = "another dtype: truncates, saturates",
    .type.check = cast_check,
    .apply = cast_apply,
};
