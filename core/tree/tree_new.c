/* A tree's life. */
#include <errno.h>
#include <stdlib.h>

#include "core/tree/collections.h"
#include "core/tree/node.h"
#include "core/tree/prefetch/ahead.h"
#include "core/tree/prefetch/prefetch.h"
#include "core/tree/scan_asker.h"

struct tree *tree_new(const struct mount_spec *spec, struct source_pool *pool,
                      struct err *err)
{
  struct tree *tree = calloc(1, sizeof *tree);
  int nkinds = 0;
  if (!tree) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  tree->spec = spec;
  tree->pool = pool;
  while (kinds[nkinds])
    nkinds++;
  if (!(tree->path_stats = calloc((size_t)nkinds, sizeof *tree->path_stats)))
    err_set(err, ENOMEM, "out of memory");
  else if ((tree->world = world_new(spec, pool, err)) &&
           (tree->nodes = node_table_new(tree->world, &dir_root, err)) &&
           (tree->ahead = ahead_dirs_new(err)) &&
           (tree->collections = collections_new(err)) &&
           (tree->asker = scan_asker_new(err)) &&
           (tree->prefetch = prefetch_new(tree, err)))
    return tree;
  tree_free(tree);
  return NULL;
}

void tree_free(struct tree *tree)
{
  if (!tree)
    return;
  prefetch_free(tree->prefetch);
  scan_asker_free(tree->asker);
  collections_free(tree->collections);
  node_table_free(tree->nodes);
  ahead_dirs_free(tree->ahead);
  world_unref(tree->world);
  free(tree->path_stats);
  free(tree);
}
