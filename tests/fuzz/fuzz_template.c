/* Templates: "<pattern>\n<path>".  What compiles must match without reading past its
 * texts, and what matched must fill in to the same path. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_pattern(const struct template *t, const char *path, struct arena *arena)
{
  const char *values[TEMPLATE_NAMES] = {NULL};
  struct err err = ERR_INIT;
  int rc = template_match(t, t->path, path, values, arena, &err);
  assert((rc < 0) == (err.errnum != 0));
  if (rc <= 0)
    return;
  const char *again = template_fill(arena, t->path, t->nnames, t->names, values, &err);
  assert(again && !strcmp(again, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = strndup((const char *)data, size < 1000 ? size : 1000);
  char *path = strchr(text, '\n');
  if (path)
    *path++ = '\0';
  struct arena arena;
  arena_init(&arena);
  struct template t;
  struct err err = ERR_INIT;
  if (template_compile(&arena, text, &t, &err))
    assert(err.errnum);
  else
    try_pattern(&t, path ? path : "", &arena);
  arena_free(&arena);
  free(text);
  return 0;
}
