#include "core/tree/file_array.h"

#include "core/tree/collections.h"

void content_init(struct content *content)
{
  arena_init(&content->arena);
  content->made = (struct made){.item.channel_axis = -1, .scan = -1, .field = -1};
  content->opened = NULL;
  content->mtime = (struct timespec){0};
}

void content_free(struct content *content)
{
  arena_free(&content->arena);
  made_drop(&content->made);
  opened_put(content->opened);
  content->opened = NULL;
}

int array_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
               struct err *err)
{
  struct content content;
  content_init(&content);
  int rc = place->file->array(tree, place, true, &content, err);
  if (!rc) {
    const struct made *made = &content.made;
    if (made->sources.n)
      out->mtime = made->sources.mtime;
    out->version = made->version;
    out->watched = made->sources.watched;
    rc = encoding_size(encodings[place->encoding], &made->item, &out->size, err);
  }
  content_free(&content);
  return rc;
}

int array_open(struct tree *tree, const struct place *place, struct content *content,
               struct layout *layout, struct err *err)
{
  return place->file->array(tree, place, false, content, err) ||
                 encoding_open(encodings[place->encoding], &content->made.item,
                               &content->arena, layout, err)
             ? -1
             : 0;
}

int array_formats(struct tree *tree, const struct place *array, unsigned mask,
                  struct listing *out, struct err *err)
{
  struct content content;
  struct err why = ERR_INIT;
  out->nformats = 0;
  content_init(&content);
  const bool made = !array->file->array(tree, array, true, &content, &why);
  for (int e = 0; encodings[e] && out->nformats < FORMAT_SLOTS; e++)
    if ((mask ? mask : tree->spec->formats) & 1u << e &&
        (!made || encodings[e]->holds(&content.made.item)))
      out->formats[out->nformats++] = e;
  content_free(&content);
  return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}
