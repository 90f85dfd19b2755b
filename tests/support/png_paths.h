/* Both ways to decode a PNG, side by side: for the unit test and the fuzz target. */
#ifndef TESSERAFS_PNG_PATHS_H
#define TESSERAFS_PNG_PATHS_H

#include <stdlib.h>
#include <string.h>

#include "core/source/png/png_decode.h"

enum { PATHS_MAX = 64 << 20 /* bytes of a block; larger ones are not compared */ };

struct png_paths {
  bool fast, lib; /* who can decode it */
  bool agree; /* whatever the fast way decodes libpng decodes too, to the same bytes */
};

static inline struct png_paths png_compare(struct source *source, int index)
{
  const struct source_array *array = source_array_at(source, index);
  const int64_t bytes = nd_count(array->nd, array->block) * dtype_size(array->stored);
  struct png_paths paths = {.agree = true};
  struct png_header header;
  struct err err = ERR_INIT;
  if (bytes > PATHS_MAX || png_read_header(source, &header, &err))
    return paths;
  /* exactly of that size, so that a sanitizer sees a byte too many */
  unsigned char *fast = malloc((size_t)bytes), *lib = malloc((size_t)bytes);
  if (!fast || !lib)
    abort();
  paths.fast = png_fast_decode(source, array, &header, fast);
  paths.lib = !png_lib_decode(source, array, lib, &err);
  paths.agree = !paths.fast || (paths.lib && !memcmp(fast, lib, (size_t)bytes));
  free(fast);
  free(lib);
  return paths;
}

#endif
