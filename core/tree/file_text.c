#include "core/tree/file_text.h"

#include <errno.h>
#include <string.h>

#include "core/encoding/layout.h"
#include "core/tree/file_array.h"

static int generate(struct tree *tree, const struct place *place, struct content *content,
                    struct text *out, struct err *err)
{
  content->mtime = place->world->mtime;
  if (place->file->text(tree, place, content, out, err))
    return -1;
  return out->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

int text_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
              struct err *err)
{
  struct content content;
  struct text text = {0};
  content_init(&content);
  const int rc = generate(tree, place, &content, &text, err);
  out->size = (int64_t)text.size;
  out->mtime = content.mtime;
  text_free(&text);
  content_free(&content);
  return rc;
}

int text_open(struct tree *tree, const struct place *place, struct content *content,
              struct layout *layout, struct err *err)
{
  struct text text = {0};
  int rc = generate(tree, place, content, &text, err);
  char *copy = rc ? NULL : arena_alloc(&content->arena, text.size + 1, err);
  if (!copy || layout_init(layout, 1, &content->arena, err))
    rc = -1;
  if (!rc) {
    memcpy(copy, text.size ? text.data : "", text.size);
    layout_bytes(layout, copy, (int64_t)text.size);
  }
  text_free(&text);
  return rc;
}
