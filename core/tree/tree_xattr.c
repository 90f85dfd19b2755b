/* user.tesserafs.*: what a file is, for those who ask by getfattr. */
#include <errno.h>
#include <string.h>

#include "core/tree/describe.h"
#include "core/tree/file_array.h"
#include "core/tree/node.h"

static const char prefix[] = "user.tesserafs.";
static const char *const names[] = {"shape", "dtype", "scan",   "field",
                                    "start", "stop",  "affine", "source"};

enum { NAMES = sizeof names / sizeof *names };

static int value(const struct world *world, const struct made *made, const char *name,
                 struct text *out, struct err *err)
{
  const struct scan_spec *scan = made->scan < 0 ? NULL : &world->spec->scans[made->scan];
  const struct field_spec *field = made->field < 0 ? NULL : &scan->fields[made->field];
  const struct view *view = made->item.view;
  char room[PATH_MAX];
  struct piece piece;
  if (!strcmp(name, "shape"))
    text_add_numbers(out, view->shape, view->nd);
  else if (!strcmp(name, "dtype"))
    text_add(out, "%s", dtype_table[view->dtype].name);
  else if (!strcmp(name, "scan") && scan)
    text_add(out, "%s", scan->id);
  else if (!strcmp(name, "field") && field)
    text_add(out, "%s", field->name);
  else if (!strcmp(name, "start") && made->box_nd)
    text_add_numbers(out, made->box.start, made->box_nd);
  else if (!strcmp(name, "stop") && made->box_nd)
    text_add_numbers(out, made->box.stop, made->box_nd);
  else if (!strcmp(name, "affine"))
    describe_affine(out, &made->item.geo);
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
  int rc = -1;
  if (!place.file || !place.file->array)
    err_set(err, ENODATA, "no attributes");
  else if (!place.file->array(tree, &place, true, &content, err))
    rc = value(place.world, &content.made, name, out, err);
  content_free(&content);
  place_unref(&place);
  return rc;
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
