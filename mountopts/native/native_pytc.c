/* A tile JSON as a dataset.  The volume is named after the file.  The JSON does not say
 * whether it is an image or a label, so the name and the dtype decide. */
#include "mountopts/native/native_pytc.h"

#include <string.h>

#include "core/dataset/field_type.h"
#include "mountopts/description/tile_json.h"

bool native_pytc_matches(const json_t *document)
{
  return tile_json_matches(document);
}

/* Returns "im_train" for "configs/im_train.json", and the directory's name for
 * "em/tesserafs.json". */
static const char *scan_name(const struct description *desc, struct err *err)
{
  const char *slash = strrchr(desc->file, '/');
  const char *name = slash ? slash + 1 : desc->file;
  if (!strcmp(name, "tesserafs.json") && strrchr(desc->root, '/')[1])
    return strrchr(desc->root, '/') + 1;
  char *copy = arena_strdup(desc->arena, name, err);
  char *dot = copy ? strrchr(copy, '.') : NULL;
  if (dot > copy && !strcmp(dot, ".json"))
    *dot = '\0';
  return copy;
}

static int add_scan(struct description *desc, struct dataset_builder *builder,
                    const json_t *document, struct err *err)
{
  const char *name = scan_name(desc, err);
  if (!name)
    return -1;
  struct field_spec field = {0};
  field_type_by_names(&field, NULL, name, false);
  if (field.type != FIELD_MASK && tile_json_is_label(document)) {
    field.type = FIELD_MASK;
    field.typed_by = TYPED_BY_DESCRIPTION;
  }
  field.name = field.type == FIELD_MASK ? "label" : "image";
  if (tile_json_read(desc, document, &field))
    return -1;
  const char *remark = tile_json_remark(desc, document, &field);
  if (remark)
    dataset_builder_ignore(builder, desc->file, "%s", remark);
  const struct scan_spec scan = {
      .id = name, .spatial = 3, .nfields = 1, .fields = &field};
  return dataset_builder_scan(builder, &scan, NULL, NULL, err);
}

int native_pytc_read(struct description *desc, const json_t *document)
{
  struct err err = ERR_INIT;
  const int before = desc->problems->count;
  struct dataset_builder *builder = dataset_builder_new(desc->arena, &err);
  if (builder)
    add_scan(desc, builder, document, &err);
  if (err.errnum)
    where_problem(desc, NULL, "%s", err.msg);
  if (!builder)
    return -1;
  return description_finish(desc, builder, before, "pytc");
}
