/* {"tiles": "im.json"}: PyTC's tile JSON as a field of a scan, so that the JSON files of
 * an image, its label and its valid mask become one scan. */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description/description_entry.h"
#include "mountopts/description/tile_json.h"
#include "mountopts/paths.h"
#include "mountopts/text_file.h"

/* Problems in the JSON are reported under the JSON file's own name. */
static void read_document(const struct description *desc, const struct where *where,
                          const char *path, const json_t *document,
                          struct field_plan *out)
{
  struct err err = ERR_INIT;
  struct description inner = *desc;
  inner.file = path;
  if (!desc->root_said)
    inner.root = path_directory(desc->arena, path, &err);
  if (!inner.root)
    where_problem(desc, where, "%s", err.msg);
  else if (!tile_json_matches(document))
    where_problem(desc, where,
                  "%s: expected PyTC's tile JSON, an object with \"image\", \"depth\", "
                  "\"height\", \"width\" and \"tile_size\"",
                  path);
  else if (!tile_json_read(&inner, document, &out->spec))
    out->remark = tile_json_remark(&inner, document, &out->spec);
  out->ready = true;
}

void description_tiles(const struct description *desc, const struct where *where,
                       const char *file, struct field_plan *out)
{
  struct err err = ERR_INIT;
  json_error_t error;
  size_t size;
  if (!description_allowed(desc, desc->root, file)) {
    where_problem(desc, where, "'%s' points outside %s", file, desc->inside);
    return;
  }
  const char *path = path_normal(desc->arena, desc->root, file, &err);
  CLEANUP_FREE char *text =
      path ? text_file_read(desc->inside, path, &size, NULL, &err) : NULL;
  if (!text) {
    where_problem(desc, where, "%s", err.msg);
    return;
  }
  json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
  if (document)
    read_document(desc, where, path, document, out);
  else
    where_problem(desc, where, "%s: line %d, column %d: expected JSON: %s", path,
                  error.line, error.column, error.text);
  json_decref(document);
}

/* --- in its entry ------------------------------------------------------------------ */

static bool is_tiles(const struct field_plan *plan)
{
  return plan->ready && plan->spec.make_piece;
}

static bool same_extent(const struct gather_spec *a, const struct gather_spec *b)
{
  return a->axes[0].n == b->axes[0].n && a->extent[0] == b->extent[0] &&
         a->extent[1] == b->extent[1];
}

void entry_check_tiles(const struct entry *entry)
{
  int first = -1;
  for (int i = 0; i < entry->nplans; i++) {
    const struct field_plan *plan = &entry->plans[i];
    if (!is_tiles(plan))
      continue;
    if (plan->remark)
      dataset_builder_ignore(entry->builder, plan->spec.name, "%s", plan->remark);
    if (first < 0)
      first = i;
    const struct gather_spec *a = &entry->plans[first].spec.gather, *const b =
                                                                        &plan->spec
                                                                             .gather;
    if (!same_extent(a, b))
      entry_field_problem(entry, i,
                          "expected %lld x %lld x %lld voxels as the tiles of '%s' make, "
                          "found %lld x %lld x %lld",
                          (long long)a->axes[0].n, (long long)a->extent[0],
                          (long long)a->extent[1], entry->plans[first].spec.name,
                          (long long)b->axes[0].n, (long long)b->extent[0],
                          (long long)b->extent[1]);
  }
}
