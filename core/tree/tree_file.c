/* Files of the tree that are open for reading. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/tree/collections.h"
#include "core/tree/file_array.h"
#include "core/tree/node.h"
#include "core/tree/prefetch/ahead.h"

struct tree_file {
  struct tree *tree;
  struct content content;
  struct layout layout;
  struct place place;       /* referenced: its view's parameters are part of the views */
  struct view_stats *stats; /* NULL: it is of no view */
  uint64_t ino;
  bool in_bulk; /* see struct encoding */
  struct ahead_file ahead;
};

int tree_open(struct tree *tree, uint64_t id, struct tree_file **out, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  const struct file_type *type = place.file;
  struct tree_file *file = calloc(1, sizeof *file);
  int rc = 0;
  if (!type || type->type != TREE_FILE)
    rc = err_set(err, EISDIR, "not a file");
  else if (!type->open)
    rc = err_set(err, EACCES, "can only be written");
  else if (!file)
    rc = err_set(err, ENOMEM, "out of memory");
  if (rc) {
    free(file);
    place_unref(&place);
    return -1;
  }
  file->tree = tree;
  file->place = place;
  file->place.name = NULL;
  file->stats = view_stats_of(tree, &place);
  file->ino = ino;
  file->in_bulk = type->array && encodings[place.encoding]->in_bulk;
  content_init(&file->content);
  rc = type->open(tree, &place, &file->content, &file->layout, err);
  view_stats_opened(file->stats, rc ? err : NULL);
  if (rc) {
    tree_close(file);
    return -1;
  }
  tree->opens++;
  if (type->numbered)
    ahead_open(tree->ahead, tree, node_directory(id), &place,
               opened_collection(file->content.opened));
  *out = file;
  return 0;
}

void tree_close(struct tree_file *file)
{
  if (!file)
    return;
  content_free(&file->content);
  place_unref(&file->place);
  free(file);
}

int64_t tree_file_changed(const struct tree_file *file)
{
  return file->content.made.sources.changed;
}

int tree_file_check(const struct tree_file *file, struct err *err)
{
  return sources_check(&file->content.made.sources, err);
}

uint64_t tree_file_ino(const struct tree_file *file)
{
  return file->ino;
}

bool tree_file_frozen(const struct tree_file *file)
{
  return file->place.file->frozen;
}

bool tree_file_in_bulk(const struct tree_file *file)
{
  return file->in_bulk;
}

int64_t tree_file_size(const struct tree_file *file)
{
  return file->layout.size;
}

int tree_pread(struct tree_file *file, void *buf, size_t size, int64_t offset, size_t *n,
               struct err *err)
{
  *n = 0;
  if (offset < 0 || offset >= file->layout.size || !size)
    return 0;
  if ((uint64_t)size > (uint64_t)(file->layout.size - offset))
    size = (size_t)(file->layout.size - offset);
  if (tree_file_check(file, err)) {
    view_stats_read(file->stats, 0, 0, err);
    return -1;
  }
  if (file->content.made.sources.n && file->tree->spec->prefetch)
    ahead_read(&file->ahead, file->tree, &file->layout, offset, (int64_t)size);
  const int64_t start = clock_ns();
  const int rc = encoding_pread(&file->layout, buf, size, offset, err);
  view_stats_read(file->stats, clock_ns() - start, size, rc ? err : NULL);
  if (rc)
    return -1;
  file->tree->reads++;
  file->tree->bytes += size;
  *n = size;
  return 0;
}
