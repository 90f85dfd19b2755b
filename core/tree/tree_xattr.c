/* user.tesserafs.*: what a file is, for those who ask by getfattr. */
#include <errno.h>
#include <string.h>

#include "core/tree/content.h"
#include "core/tree/node.h"

static const char prefix[] = "user.tesserafs.";
static const char *const names[] = {"shape", "dtype", "scan",   "field",
                                    "start", "stop",  "affine", "source"};

enum { NAMES = sizeof names / sizeof *names };

static int box_value(struct tree *tree, const struct place *place, bool stop,
                     struct text *out, struct err *err)
{
  struct plan plan;
  struct box box;
  if (place->type != PLACE_ITEM)
    return err_set(err, ENODATA, "no box");
  if (place_plan(tree, place, &plan, err) || place_box(&plan, place, &box, err))
    return -1;
  describe_numbers(out, stop ? box.stop : box.start, plan.space.nd);
  return 0;
}

static int value(struct tree *tree, const struct place *place, const char *name,
                 struct content *content, struct text *out, struct err *err)
{
  const struct scan_spec *const scan =
      content->scan < 0 ? NULL : &tree->spec->dataset.scans[content->scan];
  const struct field_spec *const field =
      content->field < 0 ? NULL : &scan->fields[content->field];
  const struct view *view = content->item.view;
  char room[PATH_MAX];
  struct piece piece;
  if (!strcmp(name, "shape"))
    describe_numbers(out, view->shape, view->nd);
  else if (!strcmp(name, "dtype"))
    text_add(out, "%s", dtype_table[view->dtype].name);
  else if (!strcmp(name, "scan") && scan)
    text_add(out, "%s", scan->id);
  else if (!strcmp(name, "field") && field)
    text_add(out, "%s", field->name);
  else if (!strcmp(name, "start") || !strcmp(name, "stop"))
    return box_value(tree, place, name[2] == 'o', out, err);
  else if (!strcmp(name, "affine"))
    describe_affine(out, &content->item.geo);
  else if (!strcmp(name, "source") && field && field_first_piece(field, room, &piece))
    text_add(out, "%s", piece.path);
  else
    return err_set(err, ENODATA, "%s: no such attribute", name);
  return 0;
}

/* Calls value() for one name on an array's node. */
static int attribute(struct tree *tree, uint64_t id, const char *name, struct text *out,
                     struct err *err)
{
  struct place place;
  struct content content;
  char node_name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, node_name, &ino, err))
    return -1;
  content_init(&content);
  int result = -1;
  if (place.type != PLACE_ARRAY && place.type != PLACE_ITEM && place.type != PLACE_DRAW)
    err_set(err, ENODATA, "no attributes");
  else if (!content_item(tree, &place, &content, err))
    result = value(tree, &place, name, &content, out, err);
  content_free(&content);
  view_use_unref(place.use);
  return result;
}

int tree_getxattr(struct tree *tree, uint64_t id, const char *name, struct text *out,
                  struct err *err)
{
  if (strncmp(name, prefix, sizeof prefix - 1))
    return err_set(err, ENODATA, "%s: no such attribute", name);
  return attribute(tree, id, name + sizeof prefix - 1, out, err);
}

int tree_listxattr(struct tree *tree, uint64_t id, struct text *out, struct err *err)
{
  for (int i = 0; i < NAMES; i++) {
    struct text ignored = {0};
    struct err why = ERR_INIT;
    if (!attribute(tree, id, names[i], &ignored, &why)) {
      text_add_bytes(out, prefix, sizeof prefix - 1);
      text_add_bytes(out, names[i], strlen(names[i]) + 1);
    } else if (why.errnum == EIO || why.errnum == ESTALE) {
      text_free(&ignored);
      return err_set(err, why.errnum, "%s", why.msg);
    }
    text_free(&ignored);
  }
  return 0;
}
