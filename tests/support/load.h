/* A tree as the program makes it, from the words of a command line. */
#ifndef TESSERAFS_LOAD_H
#define TESSERAFS_LOAD_H

#include <errno.h>
#include <string.h>

#include "core/source/hdf5/hdf5_worker.h"
#include "core/tree/tree.h"
#include "mountopts/mountopts.h"

struct loaded {
  struct arena arena;
  struct options options;
  struct mount_spec spec;
  struct source_pool *pool;
  struct tree *tree;
};

static inline void loaded_free(struct loaded *loaded)
{
  tree_free(loaded->tree);
  source_pool_free(loaded->pool);
  arena_free(&loaded->arena);
}

static inline int loaded_failed(struct problems *problems, struct err *err)
{
  const char *lines = problems->lines.data ? problems->lines.data : "problems";
  err_set(err, EINVAL, "%.*s", (int)strcspn(lines, "\n"), lines);
  problems_free(problems);
  return -1;
}

/* words: of -o, NULL: none.  0, or -1 with *err set; loaded_free() in both cases. */
static inline int loaded_open(struct loaded *loaded, const char *source,
                              const char *words, struct err *err)
{
  char *argv[] = {(char *)(uintptr_t) "tesserafs",
                  (char *)(uintptr_t) "-o",
                  (char *)(uintptr_t)(words ? words : "prefetch=off"),
                  (char *)(uintptr_t) "--ls",
                  (char *)(uintptr_t)source,
                  NULL};
  struct problems problems = {0};
  memset(loaded, 0, sizeof *loaded);
  arena_init(&loaded->arena);
  if (options_parse(5, argv, &loaded->arena, &loaded->options, &problems) ||
      mountopts_load(&loaded->options, &loaded->arena, &loaded->spec, &loaded->pool,
                     &problems))
    return loaded_failed(&problems, err);
  problems_free(&problems);
  loaded->tree = tree_new(&loaded->spec, loaded->pool, err);
  return loaded->tree ? 0 : -1;
}

#endif
