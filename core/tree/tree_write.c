/* The front doors to what can be written; all else is EROFS. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/tree/node.h"

/* --- files ------------------------------------------------------------------------- */

static int read_only(struct err *err)
{
  return err_set(err, EROFS, "read-only");
}

int tree_open_write(struct tree *tree, uint64_t id, struct tree_writer **out,
                    struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  const struct file_type *file = place.file;
  const int rc =
      file && file->write ? file->write->open(tree, &place, out, err) : read_only(err);
  place_unref(&place);
  return rc;
}

bool tree_writer_owner_only(const struct tree_writer *writer)
{
  return writer->ops->owner_only;
}

int tree_write(struct tree_writer *writer, const char *bytes, size_t size, int64_t offset,
               size_t *n, struct err *err)
{
  return writer->ops->write(writer, bytes, size, offset, n, err);
}

int tree_truncate(struct tree *tree, uint64_t id, struct tree_writer *writer,
                  int64_t size, struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  int rc = 0;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  const struct file_type *file = place.file;
  if (!file || !file->write)
    rc = read_only(err);
  else if (file->write->truncate)
    rc = file->write->truncate(tree, &place, writer, size, err);
  place_unref(&place);
  return rc;
}

int tree_flush(struct tree_writer *writer, struct err *err)
{
  return writer->ops->flush ? writer->ops->flush(writer, err) : 0;
}

int tree_fsync(struct tree_writer *writer, bool data_only, struct err *err)
{
  return writer->ops->fsync ? writer->ops->fsync(writer, data_only, err) : 0;
}

void tree_close_write(struct tree_writer *writer)
{
  if (writer)
    writer->ops->close(writer);
}

/* --- directories ------------------------------------------------------------------- */

/* A directory that is to be changed by the operation at `member` of its writer; *place is
 * referenced. */
static int get_dir(struct tree *tree, uint64_t id, struct place *place, struct err *err)
{
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, place, name, &ino, err))
    return -1;
  place->name = NULL;
  if (place->dir && place->dir->write)
    return 0;
  place_unref(place);
  return place->dir ? read_only(err) : err_set(err, ENOTDIR, "not a directory");
}

static int check_name(const char *name, struct err *err)
{
  if (strlen(name) <= TREE_NAME_MAX)
    return 0;
  return err_set(err, ENAMETOOLONG, "%.40s...: names have at most %d bytes", name,
                 TREE_NAME_MAX);
}

/* Drops what a row's child, create or mkdir put into *child beyond what `dir` holds. */
static void drop_own(const struct place *child, const struct place *dir)
{
  if (child->use != dir->use)
    view_use_unref(child->use);
}

/* The node of what was just made, held, with its attributes. */
static int hold_made(struct tree *tree, uint64_t parent, const char *name,
                     const struct place *made, struct tree_attr *out, struct err *err)
{
  const uint64_t id = node_hold(tree->nodes, parent, name, made, err);
  if (!id)
    return -1;
  if (!tree_getattr(tree, id, out, err))
    return 0;
  tree_forget(tree, id, 1);
  return -1;
}

int tree_create(struct tree *tree, uint64_t parent, const char *name,
                struct tree_attr *out, struct tree_writer **writer, struct err *err)
{
  struct place dir;
  int rc = -1;
  *writer = NULL;
  if (check_name(name, err) || get_dir(tree, parent, &dir, err))
    return -1;
  struct place made = place_below(&dir);
  if (!dir.dir->write->create)
    read_only(err);
  else if (!dir.dir->write->create(tree, &dir, name, &made, writer, err))
    rc = hold_made(tree, parent, name, &made, out, err);
  if (rc)
    tree_close_write(*writer);
  drop_own(&made, &dir);
  place_unref(&dir);
  return rc;
}

int tree_mkdir(struct tree *tree, uint64_t parent, const char *name,
               struct tree_attr *out, struct err *err)
{
  struct place dir;
  int rc = -1;
  if (check_name(name, err) || get_dir(tree, parent, &dir, err))
    return -1;
  struct place made = place_below(&dir);
  if (!dir.dir->write->mkdir)
    read_only(err);
  else if (!dir.dir->write->mkdir(tree, &dir, name, &made, err))
    rc = hold_made(tree, parent, name, &made, out, err);
  drop_own(&made, &dir);
  place_unref(&dir);
  return rc;
}

static int remove_name(struct tree *tree, uint64_t parent, const char *name,
                       bool directory, struct err *err)
{
  struct place dir;
  if (get_dir(tree, parent, &dir, err))
    return -1;
  int (*const remove)(struct tree *, const struct place *, const char *, struct err *) =
      directory ? dir.dir->write->rmdir : dir.dir->write->unlink;
  const int rc = remove ? remove(tree, &dir, name, err) : read_only(err);
  if (!rc)
    node_unname(tree->nodes, parent, name);
  place_unref(&dir);
  return rc;
}

int tree_unlink(struct tree *tree, uint64_t parent, const char *name, struct err *err)
{
  return remove_name(tree, parent, name, false, err);
}

int tree_rmdir(struct tree *tree, uint64_t parent, const char *name, struct err *err)
{
  return remove_name(tree, parent, name, true, err);
}

int tree_rename(struct tree *tree, uint64_t parent, const char *name, uint64_t to_parent,
                const char *to_name, unsigned flags, struct err *err)
{
  struct place from, to;
  if (flags & ~(unsigned)RENAME_NOREPLACE)
    return err_set(err, EINVAL, "names are not exchanged");
  if (check_name(to_name, err) || get_dir(tree, parent, &from, err))
    return -1;
  if (get_dir(tree, to_parent, &to, err)) {
    place_unref(&from);
    return -1;
  }
  struct place moved = place_below(&to);
  int rc;
  if (from.dir != to.dir)
    rc = err_set(err, EXDEV, "between directories of different kinds");
  else if (!from.dir->write->rename)
    rc = read_only(err);
  else
    rc = from.dir->write->rename(tree, &from, name, &to, to_name, flags, &moved, err);
  if (!rc)
    node_rename(tree->nodes, parent, name, to_parent, to_name, &moved);
  drop_own(&moved, &to);
  place_unref(&to);
  place_unref(&from);
  return rc;
}
