/* Headerless files: the description says what they hold. */
#include "core/source/source_format.h"

#include <string.h>

static const char *const no_suffixes[] = {NULL};

static const struct source_format source_format_raw = {
    .name = "raw",
    .suffixes = no_suffixes,
};

int source_open_raw(struct source_pool *pool, const char *path,
                    const struct source_raw *raw, struct source **out, struct err *err)
{
  struct source *source = source_begin(pool, path, &source_format_raw, err);
  if (!source)
    return -1;
  struct source_array array = {
      .dtype = raw->dtype,
      .stored = raw->dtype,
      .swapped = raw->swapped,
      .nd = raw->nd,
      .channel_axis = -1,
      .direct = true,
      .offset = raw->offset,
  };
  memcpy(array.shape, raw->shape, (size_t)raw->nd * sizeof *raw->shape);
  geometry_identity(&array.geo);
  if (!source_add_array(source, &array, err))
    return source_opened(source, out, err);
  source_unref(source);
  return -1;
}
