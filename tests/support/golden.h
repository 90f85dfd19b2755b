/* Recorded numbers in JSON: float32 as little-endian hex, or as arrays of numbers. */
#ifndef TESSERAFS_GOLDEN_H
#define TESSERAFS_GOLDEN_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/memory_view.h"
#include "tests/support/synth.h"

/* A file of tests/golden; the caller json_decref()s it. */
static inline json_t *golden_load(const char *name)
{
  char path[200];
  snprintf(path, sizeof path, "tests/golden/%s.json", name);
  json_t *file = json_load_file(path, 0, NULL);
  CHECK(file);
  return file;
}

static inline const char *golden_text(const json_t *object, const char *key)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* Hex to floats; the caller frees them. */
static inline float *golden_floats(const json_t *object, const char *key, size_t *n)
{
  const char *text = golden_text(object, key);
  *n = strlen(text) / 8;
  float *out = malloc(*n * sizeof *out + 1);
  for (size_t i = 0; i < *n; i++) {
    unsigned char byte[4];
    for (int b = 0; b < 4; b++) {
      const char digits[3] = {text[8 * i + 2 * (size_t)b],
                              text[8 * i + 2 * (size_t)b + 1]};
      byte[b] = (unsigned char)strtoul(digits, NULL, 16);
    }
    memcpy(&out[i], byte, sizeof byte);
  }
  return out;
}

/* An array of arrays of ... numbers, flattened to at most `max`: how many. */
static inline size_t golden_numbers(const json_t *value, double *out, size_t max)
{
  size_t n = 0;
  if (json_is_number(value) && max) {
    *out = json_number_value(value);
    return 1;
  }
  for (size_t i = 0; i < json_array_size(value); i++)
    n += golden_numbers(json_array_get(value, i), out + n, max - n);
  return n;
}

static inline int golden_shape(const json_t *object, const char *key, int64_t *shape)
{
  const json_t *array = json_object_get(object, key);
  for (size_t d = 0; d < json_array_size(array); d++)
    shape[d] = json_integer_value(json_array_get(array, d));
  return (int)json_array_size(array);
}

/* The whole view; the caller frees it. */
static inline void *memory_of(const struct view *view)
{
  const int64_t off[ND_MAX] = {0};
  struct err err = ERR_INIT;
  char *out = calloc((size_t)nd_count(view->nd, view->shape) + 1,
                     (size_t)dtype_size(view->dtype));
  CHECK(!view_read_box(view, off, view->shape, out, &err));
  return out;
}

#endif
