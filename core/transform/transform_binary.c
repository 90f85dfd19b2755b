/* binary[:LOW]: 1 where a voxel is LOW or more, else 0.  Without LOW: where it is not 0.
 * binary:255 is what PyTC makes of a label of 8 bits whose foreground is 255. */
#include <errno.h>
#include <math.h>

#include "core/transform/transform_table.h"

struct binary {
  bool has_low;
  double low;
};

static int binary_check(const struct step_args *args, struct err *err)
{
  return args->n ? transform_expect_numbers(args, 1, err) : 0;
}

static void threshold(const void *arg, double *value, size_t n)
{
  const struct binary *binary = arg;
  for (size_t i = 0; i < n; i++)
    value[i] = binary->has_low ? value[i] >= binary->low : value[i] != 0;
}

static int binary_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  struct binary *binary = arena_alloc(arena, sizeof *binary, err);
  if (!binary)
    return -1;
  *binary = (struct binary){args->n > 0, args->n ? args->number[0] : 0};
  return transform_map(item, arena, DT_U8, threshold, binary, err);
}

const struct transform transform_binary = {
    .type.name = "binary",
    .type.usage = "binary[:LOW]",
    .type.help = "1 where a voxel is LOW or more (without: is not 0), else 0, as uint8",
    .type.check = binary_check,
    .apply = binary_apply,
};
