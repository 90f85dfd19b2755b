/* The front doors of collections. */
#include "core/kind/collection.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/kind/kind.h"

int collection_open(const struct kind *kind, const struct collection_of *of,
                    struct collection **out, struct err *err)
{
  if ((kind->check && kind->check(of, err)) || kind->open(kind, of, out, err))
    return -1;
  (*out)->kind = kind;
  return 0;
}

void collection_close(struct collection *collection)
{
  if (!collection)
    return;
  sources_drop(&collection->sources);
  collection->kind->close(collection);
}

/* --- names ------------------------------------------------------------------------- */

/* Digits of the last number. */
static int width_of(const struct collection *collection)
{
  return text_digits(collection->count > 0 ? collection->count - 1 : 0);
}

int collection_name(const struct collection *collection, int64_t number,
                    char out[ITEM_NAME_MAX + 1])
{
  if (collection->kind->item_name)
    return collection->kind->item_name(collection, number, out);
  /* by hand: snprintf took a third of the time of listing ten million items */
  const int width = width_of(collection);
  for (int i = width - 1; i >= 0; i--, number /= 10)
    out[i] = (char)('0' + number % 10);
  out[width] = '\0';
  return width;
}

/* A running number in its one spelling; -1: it is none. */
static int64_t find_number(const struct collection *collection, const char *name)
{
  int64_t number = 0;
  if (strlen(name) != (size_t)width_of(collection))
    return -1;
  for (; *name; name++) {
    if (*name < '0' || *name > '9' || number > (INT64_MAX - 9) / 10)
      return -1;
    number = number * 10 + (*name - '0');
  }
  return number < collection->count ? number : -1;
}

bool collection_may_have(const struct kind *kind, const char *name)
{
  return (*name >= '0' && *name <= '9') || (kind->at && !strncmp(name, "at=", 3));
}

int collection_find(const struct collection *collection, const char *name,
                    struct item_id *out, struct err *err)
{
  const struct kind *kind = collection->kind;
  *out = (struct item_id){-1, NULL};
  if (kind->at && !strncmp(name, "at=", 3)) {
    out->at = name + 3;
    return kind->at(collection, out->at, err);
  }
  out->number =
      kind->find_item ? kind->find_item(collection, name) : find_number(collection, name);
  return out->number < 0 ? err_set(err, ENOENT, "%s: no such name", name) : 0;
}

/* --- items ------------------------------------------------------------------------- */

/* A collection whose source changed may have become shorter since its item was named. */
static int begin(const struct collection *collection, const struct item_id *id,
                 struct made *out, struct err *err)
{
  *out = (struct made){.item.channel_axis = -1, .scan = -1, .field = -1};
  if (id->number < collection->count)
    return 0;
  return err_set(err, ENOENT, "item %lld of %lld: there are fewer than there were",
                 (long long)id->number, (long long)collection->count);
}

static int finish(int rc, struct made *out)
{
  if (rc)
    made_drop(out);
  assert(rc || out->item.view);
  return rc;
}

int collection_item(const struct collection *collection, const struct item_id *id,
                    int role, struct arena *arena, struct made *out, struct err *err)
{
  if (begin(collection, id, out, err))
    return -1;
  return finish(collection->kind->item(collection, id, role, arena, out, err), out);
}

int collection_facts(const struct collection *collection, const struct item_id *id,
                     int role, struct arena *arena, struct made *out, struct err *err)
{
  if (!collection->kind->facts)
    return collection_item(collection, id, role, arena, out, err);
  if (begin(collection, id, out, err))
    return -1;
  return finish(collection->kind->facts(collection, id, role, arena, out, err), out);
}

void made_drop(struct made *made)
{
  sources_drop(&made->sources);
}

/* --- texts ------------------------------------------------------------------------- */

int collection_csv_head(const struct collection *collection, struct text *out,
                        int64_t *line, struct err *err)
{
  char name[ITEM_NAME_MAX + 1];
  text_add(out, "item");
  *line = collection->kind->csv_head(collection, out) + 1;
  if (collection->count)
    *line += collection_name(collection, 0, name);
  text_add(out, "\n");
  return out->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

int collection_csv_row(const struct collection *collection, int64_t number,
                       struct text *out, struct err *err)
{
  char name[ITEM_NAME_MAX + 1];
  collection_name(collection, number, name);
  text_add(out, "%s", name);
  if (collection->kind->csv_row(collection, number, out, err))
    return -1;
  text_add(out, "\n");
  return out->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

int collection_describe(const struct collection *collection, const struct item_id *id,
                        struct text *out, struct err *err)
{
  struct made unused;
  return begin(collection, id, &unused, err) ||
                 collection->kind->describe(collection, id, out, err)
             ? -1
             : 0;
}
