/* Arrays and texts as files: which views an array's name means, and how any file is
 * opened. */
#include "core/tree/content.h"

#include <errno.h>
#include <string.h>

#include "core/kind/space.h"
#include "core/tree/cut.h"
#include "core/tree/place_split.h"

void content_init(struct content *content)
{
  arena_init(&content->arena);
  content->snapshot = NULL;
  content->item = (struct item){.channel_axis = -1};
  content->mtime = (struct timespec){0};
  content->changed = 0;
  content->version = 0;
  content->watched = false;
  content->scan = content->field = -1;
  content->epoch = NULL;
}

void content_free(struct content *content)
{
  arena_free(&content->arena);
  if (content->snapshot)
    snapshot_unref(content->snapshot);
  content->snapshot = NULL;
  epochs_put(content->epoch);
  content->epoch = NULL;
}

/* scans/<scan>/<field>[<cut>].<ext> */
static int array_item(const struct field_spec *field, const struct place *place,
                      struct content *content, struct err *err)
{
  const struct snapshot *snapshot = content->snapshot;
  struct transform_item item = {.view = snapshot->view,
                                .geo = snapshot->geo,
                                .channel_axis = snapshot->channel_axis};
  content->watched = true;
  const char *bracket = place->name ? place->name + strlen(field->name) : "";
  if (*bracket == '[') {
    int stem = place_stem(place->name, encodings[place->encoding]->ext);
    size_t len = (size_t)(place->name + stem - bracket) - 2;
    if (cut_apply(bracket + 1, len, &item, &content->arena, err))
      return -1;
  }
  content->item = (struct item){item.view, item.geo, field->name, item.channel_axis};
  return 0;
}

/* As PyTC reads it: what is missing is filled.  Statistics of it are others, even of a
 * whole field that has both. */
static void fill_missing(struct kind_field *field)
{
  if (field->view == field->snapshot->filled)
    return;
  field->view = field->snapshot->filled;
  field->key = text_hash(field->key, "filled", sizeof "filled");
}

/* patches/<view>/<scan>/<field>/<item>.<ext> */
static int view_item(struct tree *tree, const struct place *place,
                     struct content *content, struct err *err)
{
  struct space space;
  struct plan plan;
  struct kind_field field;
  struct box box;
  const struct dataset_spec *spec = &tree->spec->dataset;
  if (space_of_scan(tree->dataset, spec, place->scan, &space, err) ||
      kind_plan(place->kind, &place->use->params, &space, &plan, err) ||
      space_field(spec, place->scan, place->field, content->snapshot, &space, &field,
                  err) ||
      place_box(&plan, place, &box, err))
    return -1;
  if (place->use->params.preset == PRESET_PYTC)
    fill_missing(&field);
  content->mtime = space.mtime;
  content->changed = space.changed;
  const size_t axes = (size_t)space.nd * sizeof *box.start;
  content->version =
      text_hash(text_hash(content->version, box.start, axes), box.stop, axes);
  content->watched = space.whole;
  return kind_item(&plan, &field, &box, &content->arena, &content->item, err);
}

/* What follows from the snapshot alone. */
static void set_facts(struct content *content)
{
  content->mtime = content->snapshot->mtime;
  content->changed = content->snapshot->changed;
  content->version = content->snapshot->version;
}

int content_item(struct tree *tree, const struct place *place, struct content *content,
                 struct err *err)
{
  if (place->type == PLACE_DRAW) {
    const int result = split_item(tree, place, content, err);
    if (content->snapshot)
      set_facts(content);
    return result;
  }
  const struct field_spec *field =
      &tree->spec->dataset.scans[place->scan].fields[place->field];
  content->scan = place->scan;
  content->field = place->field;
  if (dataset_snapshot(tree->dataset, place->scan, place->field, &content->snapshot, err))
    return -1;
  set_facts(content);
  return place->type == PLACE_ARRAY ? array_item(field, place, content, err)
                                    : view_item(tree, place, content, err);
}

/* Any of the texts; *mtime is left alone by those that belong to no scan. */
static int generate(struct tree *tree, const struct place *place, struct text *out,
                    struct timespec *mtime, struct err *err)
{
  switch (place->type) {
  case PLACE_README:
    return describe_readme(tree, out, err);
  case PLACE_DATASET:
    return describe_dataset(tree, out, mtime, err);
  case PLACE_ITEM_JSON:
    return describe_item(tree, place, out, mtime, err);
  case PLACE_DRAW_JSON:
    return split_describe(tree, place, out, mtime, err);
  default:
    return describe_status(tree, place->status, out, err);
  }
}

bool content_is_array(const struct place *place)
{
  return place->type == PLACE_ARRAY || place->type == PLACE_ITEM ||
         place->type == PLACE_DRAW;
}

static int array_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
                      struct err *err)
{
  struct content content;
  content_init(&content);
  int result = content_item(tree, place, &content, err);
  if (!result) {
    if (content.snapshot)
      out->mtime = content.mtime;
    out->version = content.version;
    out->watched = content.watched;
    result = encoding_size(encodings[place->encoding], &content.item, &out->size, err);
  }
  content_free(&content);
  return result;
}

int content_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
                 struct err *err)
{
  out->mtime = tree->mtime;
  out->size = 0;
  if (content_is_array(place))
    return array_stat(tree, place, out, err);
  if (place->type == PLACE_ITEMS_CSV)
    return items_csv_size(tree, place, &out->size, &out->mtime, err);
  if (place->type == PLACE_DRAWS_CSV)
    return split_csv_size(tree, place, &out->size, err);
  if (place_writable(place))
    return 0;
  struct text text = {0};
  int result = generate(tree, place, &text, &out->mtime, err);
  if (!result && text.failed)
    result = err_set(err, ENOMEM, "out of memory");
  out->size = (int64_t)text.size;
  text_free(&text);
  return result;
}

static int open_text(struct tree *tree, const struct place *place, struct arena *arena,
                     struct layout *layout, struct err *err)
{
  struct text text = {0};
  struct timespec mtime;
  int result = generate(tree, place, &text, &mtime, err);
  char *copy = NULL;
  struct region *region = NULL;
  if (!result && text.failed)
    result = err_set(err, ENOMEM, "out of memory");
  if (!result) {
    copy = arena_alloc(arena, text.size + 1, err);
    region = arena_alloc(arena, sizeof *region, err);
    result = copy && region ? 0 : -1;
  }
  if (!result && text.size)
    memcpy(copy, text.data, text.size);
  if (!result) {
    *region =
        (struct region){.kind = REGION_BYTES, .size = (int64_t)text.size, .bytes = copy};
    *layout = (struct layout){(int64_t)text.size, 1, region};
  }
  text_free(&text);
  return result;
}

int content_open(struct tree *tree, const struct place *place, struct content *content,
                 struct layout *layout, struct err *err)
{
  if (content_is_array(place))
    return content_item(tree, place, content, err) ||
                   encoding_open(encodings[place->encoding], &content->item,
                                 &content->arena, layout, err)
               ? -1
               : 0;
  if (place->type == PLACE_ITEMS_CSV)
    return items_csv_open(tree, place, &content->arena, layout, err);
  if (place->type == PLACE_DRAWS_CSV)
    return split_csv_open(tree, place, content, layout, err);
  return open_text(tree, place, &content->arena, layout, err);
}
