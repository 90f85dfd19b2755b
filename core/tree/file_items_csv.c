/* items.csv: a header and one line of fixed width per item, so that the size is
 * arithmetic and any piece of the file is made from the lines it covers. */
#include <errno.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/encoding/layout.h"
#include "core/tree/collections.h"

/* The header to *header; the lengths of a line and of all. */
static int measure(const struct collection *collection, struct text *header,
                   int64_t *line, int64_t *size, struct err *err)
{
  if (collection_csv_head(collection, header, line, err))
    return -1;
  if (checked_mul(collection->count, *line, size) &&
      checked_add(*size, (int64_t)header->size, size))
    return 0;
  return err_set(err, EOVERFLOW, "items.csv: %lld lines are more than a file can hold",
                 (long long)collection->count);
}

static int csv_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
                    struct err *err)
{
  struct opened *opened;
  struct text header = {0};
  int64_t line;
  if (collections_get(tree, place, &opened, err))
    return -1;
  const struct collection *collection = opened_collection(opened);
  const int rc = measure(collection, &header, &line, &out->size, err);
  if (collection->sources.n)
    out->mtime = collection->sources.mtime;
  text_free(&header);
  opened_put(opened);
  return rc;
}

struct csv {
  const struct collection *collection;
  int64_t line_size;
};

/* The lines. */
static int csv_pread(void *ctx, void *buf, size_t size, int64_t offset, struct err *err)
{
  const struct csv *csv = ctx;
  char *out = buf;
  struct text line = {0};
  int rc = 0;
  while (size && !rc) {
    const int64_t item = offset / csv->line_size;
    const size_t skip = (size_t)(offset % csv->line_size);
    line.size = 0;
    rc = collection_csv_row(csv->collection, item, &line, err);
    if (!rc && (int64_t)line.size != csv->line_size)
      rc = err_set(err, EIO, "items.csv: line %lld has another length than the first",
                   (long long)item);
    if (rc)
      break;
    const size_t n = line.size - skip < size ? line.size - skip : size;
    memcpy(out, line.data + skip, n);
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  text_free(&line);
  return rc;
}

static int csv_open(struct tree *tree, const struct place *place, struct content *content,
                    struct layout *layout, struct err *err)
{
  struct arena *arena = &content->arena;
  struct csv *csv = arena_alloc(arena, sizeof *csv, err);
  struct text header = {0};
  int64_t size;
  if (!csv || layout_init(layout, 2, arena, err) ||
      collections_get(tree, place, &content->opened, err))
    return -1;
  csv->collection = opened_collection(content->opened);
  int rc = measure(csv->collection, &header, &csv->line_size, &size, err);
  if (!rc) {
    const char *copy = arena_strdup(arena, header.data, err);
    rc = copy ? 0 : -1;
    layout_bytes(layout, copy, (int64_t)header.size);
    layout_stream(layout, (struct stream){csv_pread, csv, size - (int64_t)header.size});
  }
  text_free(&header);
  return rc;
}

const struct file_type file_items_csv = {
    .type = TREE_FILE,
    .stat = csv_stat,
    .open = csv_open,
};
