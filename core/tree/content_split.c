/* What the files of drawn items hold: arrays, items.csv, <item>.json. */
#include <errno.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/tree/place_split.h"

int split_count(struct tree *tree, const struct place *place, int64_t *count,
                struct err *err)
{
  struct open_epoch *epoch;
  if (epochs_get(tree, place, &epoch, err))
    return -1;
  *count = epochs_draws(epoch)->count;
  epochs_put(epoch);
  return 0;
}

int split_name(struct tree *tree, const struct place *place, char out[KIND_NAME_MAX + 1],
               struct err *err)
{
  struct open_epoch *epoch;
  if (epochs_get(tree, place, &epoch, err))
    return -1;
  const struct draws *const draws = epochs_draws(epoch);
  const bool there = place->item < draws->count;
  if (there)
    draws_name(draws->width, place->item, out);
  epochs_put(epoch);
  return there ? 0 : -1;
}

int split_item(struct tree *tree, const struct place *place, struct content *content,
               struct err *err)
{
  struct drawn drawn;
  if (epochs_get(tree, place, &content->epoch, err))
    return -1;
  const int result = draws_make(epochs_draws(content->epoch), place->item, place->field,
                                &content->arena, &drawn, err);
  content->snapshot = drawn.snapshot;
  content->item = drawn.item;
  content->scan = drawn.scan;
  content->field = drawn.field;
  return result;
}

/* --- <item>.json ------------------------------------------------------------------ */

static int describe_role(struct tree *tree, const struct place *place, const char *name,
                         struct text *out, struct timespec *mtime, struct err *err)
{
  struct content content;
  struct err why = ERR_INIT;
  int result = 0;
  text_add_json(out, name);
  text_add(out, ": {");
  content_init(&content);
  if (split_item(tree, place, &content, &why)) {
    result = describe_error(out, &why, err);
  } else {
    describe_array(out, content.item.view);
    if (content.item.view->nd >= 3) {
      text_add(out, ", \"affine\": ");
      describe_affine(out, &content.item.geo);
    }
  }
  if (content.snapshot && clock_after(content.snapshot->mtime, *mtime))
    *mtime = content.snapshot->mtime;
  if (content.field >= 0)
    describe_source(out, &tree->spec->dataset.scans[content.scan].fields[content.field]);
  text_add(out, "}");
  content_free(&content);
  return result;
}

static int describe_roles(struct tree *tree, const struct place *place, struct text *out,
                          struct timespec *mtime, struct err *err)
{
  const struct draw_from from = epochs_from(tree, place);
  struct place item = *place;
  const char *role;
  for (item.field = 0; (role = place->kind->split->role(&from, item.field));
       item.field++) {
    text_add(out, "%s\n    ", item.field ? "," : "");
    if (describe_role(tree, &item, role, out, mtime, err))
      return -1;
  }
  return 0;
}

int split_describe(struct tree *tree, const struct place *place, struct text *out,
                   struct timespec *mtime, struct err *err)
{
  const struct split_kind *const kind = place->kind->split;
  struct open_epoch *epoch;
  if (epochs_get(tree, place, &epoch, err))
    return -1;
  const struct draws *const draws = epochs_draws(epoch);
  text_add(out, "{\n  \"kind\": \"%s\",\n  \"view\": ", place->kind->name);
  text_add_json(out, place->use->name);
  text_add(out, ",\n  \"split\": ");
  text_add_json(out, kind->split_name(&tree->spec->dataset, place->split));
  text_add(out, ",\n  \"epoch\": %lld,\n  \"item\": %lld,\n  \"items\": %lld",
           (long long)place->epoch, (long long)place->item, (long long)draws->count);
  int result = kind->describe(draws, place->item, out, err);
  text_add(out, ",\n  \"fields\": {");
  mtime->tv_sec = 0;
  if (!result)
    result = describe_roles(tree, place, out, mtime, err);
  text_add(out, "\n  }\n}\n");
  epochs_put(epoch);
  return result;
}

/* --- items.csv: lines of one length, made as they are read ---------------------------
 */

struct split_csv {
  const struct draws *draws;
  const char *header;
  int64_t header_size, line_size;
};

static int add_line(const struct draws *draws, int64_t item, struct text *out,
                    struct err *err)
{
  char name[KIND_NAME_MAX + 1];
  draws_name(draws->width, item, name);
  text_add(out, "%s", name);
  if (draws->kind->csv_row(draws, item, out, err))
    return -1;
  text_add(out, "\n");
  return out->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* The header to *header; the lengths of a line and of all. */
static int measure(const struct draws *draws, struct text *header, int64_t *line,
                   int64_t *size, struct err *err)
{
  text_add(header, "item");
  *line = draws->width + draws->kind->csv_head(draws, header) + 1;
  text_add(header, "\n");
  if (header->failed)
    return err_set(err, ENOMEM, "out of memory");
  if (checked_mul(draws->count, *line, size) &&
      checked_add(*size, (int64_t)header->size, size))
    return 0;
  return err_set(err, EOVERFLOW, "items.csv: %lld lines are more than a file can hold",
                 (long long)draws->count);
}

int split_csv_size(struct tree *tree, const struct place *place, int64_t *size,
                   struct err *err)
{
  struct open_epoch *epoch;
  struct text header = {0};
  int64_t line;
  if (epochs_get(tree, place, &epoch, err))
    return -1;
  const int result = measure(epochs_draws(epoch), &header, &line, size, err);
  text_free(&header);
  epochs_put(epoch);
  return result;
}

static int csv_pread(void *ctx, void *buf, size_t size, int64_t offset, struct err *err)
{
  const struct split_csv *const csv = ctx;
  char *out = buf;
  for (; size && offset < csv->header_size; size--)
    *out++ = csv->header[offset++];
  struct text line = {0};
  int result = 0;
  while (size && !result) {
    const int64_t item = (offset - csv->header_size) / csv->line_size;
    const size_t skip = (size_t)((offset - csv->header_size) % csv->line_size);
    line.size = 0;
    result = add_line(csv->draws, item, &line, err);
    if (!result && (int64_t)line.size != csv->line_size)
      result = err_set(err, EIO, "items.csv: line %lld has another length than the first",
                       (long long)item);
    if (result)
      break;
    const size_t n = line.size - skip < size ? line.size - skip : size;
    memcpy(out, line.data + skip, n);
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  text_free(&line);
  return result;
}

int split_csv_open(struct tree *tree, const struct place *place, struct content *content,
                   struct layout *layout, struct err *err)
{
  struct arena *const arena = &content->arena;
  struct split_csv *const csv = arena_alloc(arena, sizeof *csv, err);
  struct region *const region = arena_alloc(arena, sizeof *region, err);
  struct text header = {0};
  int64_t size;
  if (!csv || !region || epochs_get(tree, place, &content->epoch, err))
    return -1;
  csv->draws = epochs_draws(content->epoch);
  int result = measure(csv->draws, &header, &csv->line_size, &size, err);
  if (!result) {
    csv->header_size = (int64_t)header.size;
    csv->header = arena_strdup(arena, header.data, err);
    result = csv->header ? 0 : -1;
  }
  text_free(&header);
  *region =
      (struct region){.kind = REGION_CALL, .size = size, .pread = csv_pread, .ctx = csv};
  *layout = (struct layout){size, 1, region};
  return result;
}
