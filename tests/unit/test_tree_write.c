/* The front doors to what can be written, over a directory of this test's own: one file
 * in memory, one directory.  What has no row is EROFS; names and nodes follow. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/tree/dir.h"
#include "core/tree/node.h"
#include "tests/support/check.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"

enum { ROOM = 100, RIGHT = 10 /* bytes that a file must have when it is closed */ };

/* What the directory holds; one name each. */
static struct {
  char file[20], folder[20];
  char bytes[ROOM];
  int64_t size;
  int syncs, closes;
} held;

static const struct file_type memory_file;
static const struct dir_type memory_dir;

/* --- the file ---------------------------------------------------------------------- */

static int memory_stat(struct tree *tree, const struct place *place,
                       struct tree_attr *out, struct err *err)
{
  out->size = held.size;
  return 0;
}

static const struct file_writer memory_writer;

static int memory_open(struct tree *tree, const struct place *place,
                       struct tree_writer **out, struct err *err)
{
  *out = calloc(1, sizeof **out);
  if (!*out)
    return err_set(err, ENOMEM, "out of memory");
  (*out)->ops = &memory_writer;
  return 0;
}

static int memory_write(struct tree_writer *writer, const char *bytes, size_t size,
                        int64_t offset, size_t *n, struct err *err)
{
  if (offset >= ROOM)
    return err_set(err, ENOSPC, "full");
  *n = size < (size_t)(ROOM - offset) ? size : (size_t)(ROOM - offset);
  memcpy(held.bytes + offset, bytes, *n);
  if (held.size < offset + (int64_t)*n)
    held.size = offset + (int64_t)*n;
  return 0;
}

static int memory_truncate(struct tree *tree, const struct place *place,
                           struct tree_writer *writer, int64_t size, struct err *err)
{
  held.size = size;
  return 0;
}

static int memory_flush(struct tree_writer *writer, struct err *err)
{
  return held.size == RIGHT ? 0 : err_set(err, EINVAL, "expected %d bytes", RIGHT);
}

static int memory_fsync(struct tree_writer *writer, bool data_only, struct err *err)
{
  held.syncs++;
  return 0;
}

static void memory_close(struct tree_writer *writer)
{
  held.closes++;
  free(writer);
}

static const struct file_writer memory_writer = {.open = memory_open,
                                                 .write = memory_write,
                                                 .truncate = memory_truncate,
                                                 .flush = memory_flush,
                                                 .fsync = memory_fsync,
                                                 .close = memory_close};
static const struct file_type memory_file = {
    .type = TREE_FILE, .stat = memory_stat, .write = &memory_writer};

/* --- the directory ----------------------------------------------------------------- */

static int memory_child(struct tree *tree, const struct place *dir, const char *name,
                        struct place *out, struct err *err)
{
  if (!strcmp(name, held.file))
    out->file = &memory_file;
  else if (!strcmp(name, held.folder))
    out->dir = &memory_dir;
  else
    return dir_no_such(name, err);
  return 0;
}

static int memory_list(struct listing *out, struct err *err)
{
  return 0;
}

static int memory_create(struct tree *tree, const struct place *dir, const char *name,
                         struct place *out, struct tree_writer **writer, struct err *err)
{
  snprintf(held.file, sizeof held.file, "%s", name);
  held.size = 0;
  out->file = &memory_file;
  return memory_open(tree, out, writer, err);
}

static int memory_mkdir(struct tree *tree, const struct place *dir, const char *name,
                        struct place *out, struct err *err)
{
  snprintf(held.folder, sizeof held.folder, "%s", name);
  out->dir = &memory_dir;
  return 0;
}

static int memory_unlink(struct tree *tree, const struct place *dir, const char *name,
                         struct err *err)
{
  if (strcmp(name, held.file))
    return dir_no_such(name, err);
  *held.file = '\0';
  return 0;
}

static int memory_rename(struct tree *tree, const struct place *from, const char *name,
                         const struct place *to, const char *to_name, unsigned flags,
                         struct place *out, struct err *err)
{
  if (strcmp(name, held.file))
    return dir_no_such(name, err);
  snprintf(held.file, sizeof held.file, "%s", to_name);
  out->file = &memory_file;
  return 0;
}

/* rmdir is left out: a directory may lack a row's member. */
static const struct dir_writer memory_dir_writer = {.create = memory_create,
                                                    .unlink = memory_unlink,
                                                    .mkdir = memory_mkdir,
                                                    .rename = memory_rename};
static const struct dir_type memory_dir = {
    .child = memory_child, .list = memory_list, .write = &memory_dir_writer};

/* --- tests ------------------------------------------------------------------------- */

static struct loaded loaded;

/* The directory's node, held. */
static uint64_t directory(void)
{
  struct place root;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  struct err err = ERR_INIT;
  CHECK(!node_get(loaded.tree->nodes, TREE_ROOT, &root, name, &ino, &err));
  struct place place = place_below(&root);
  place.dir = &memory_dir;
  const uint64_t id = node_hold(loaded.tree->nodes, TREE_ROOT, "memory", &place, &err);
  place_unref(&root);
  CHECK(id);
  return id;
}

static void test_file(uint64_t dir)
{
  struct tree_attr made, found;
  struct tree_writer *writer;
  struct err err = ERR_INIT, wrong = ERR_INIT, full = ERR_INIT;
  size_t n;
  CHECK(!tree_create(loaded.tree, dir, "a", &made, &writer, &err));
  CHECK(made.type == TREE_FILE && made.writable && made.size == 0);
  CHECK(!tree_write(writer, "567", 3, 4, &n, &err) && n == 3);
  CHECK(!tree_write(writer, "1234", 4, 0, &n, &err) && n == 4);
  CHECK(tree_flush(writer, &wrong) && wrong.errnum == EINVAL);
  CHECK(!tree_truncate(loaded.tree, made.id, writer, RIGHT, &err));
  CHECK(!tree_flush(writer, &err) && !tree_fsync(writer, true, &err) && held.syncs == 1);
  CHECK(!tree_write(writer, "xyz", 3, ROOM - 1, &n, &err) && n == 1);
  CHECK(tree_write(writer, "x", 1, ROOM, &n, &full) && full.errnum == ENOSPC);
  CHECK(!tree_lookup(loaded.tree, dir, "a", &found, &err) && found.id == made.id &&
        found.size == ROOM && !memcmp(held.bytes, "1234567", 7));
  tree_close_write(writer);
  CHECK(held.closes == 1);
  CHECK(!tree_open_write(loaded.tree, made.id, &writer, &err));
  tree_close_write(writer);
  tree_close_write(NULL);
  tree_forget(loaded.tree, made.id, 2);
}

static void test_names(uint64_t dir)
{
  const int64_t before = node_count(loaded.tree->nodes);
  struct tree_attr a, b, again;
  struct err err = ERR_INIT, gone = ERR_INIT, removed = ERR_INIT;
  char path[100];
  CHECK(!tree_lookup(loaded.tree, dir, "a", &a, &err));
  CHECK(!tree_rename(loaded.tree, dir, "a", dir, "b", 0, &err));
  CHECK(tree_lookup(loaded.tree, dir, "a", &again, &gone) && gone.errnum == ENOENT);
  /* whoever holds the node goes on with it, by its new name */
  CHECK(!tree_lookup(loaded.tree, dir, "b", &b, &err) && b.id == a.id);
  CHECK(!strcmp(tree_path(loaded.tree, a.id, path, sizeof path), "/memory/b"));
  CHECK(!tree_unlink(loaded.tree, dir, "b", &err));
  CHECK(tree_lookup(loaded.tree, dir, "b", &again, &removed) && removed.errnum == ENOENT);
  CHECK(!tree_getattr(loaded.tree, b.id, &again, &err));
  tree_forget(loaded.tree, b.id, 2);
  CHECK(node_count(loaded.tree->nodes) == before);
  CHECK(!tree_mkdir(loaded.tree, dir, "d", &a, &err) && a.type == TREE_DIR);
  tree_forget(loaded.tree, a.id, 1);
}

static int errnum_of(int rc, const struct err *err)
{
  return rc ? err->errnum : 0;
}

static void test_refused(uint64_t dir)
{
  struct tree_attr attr, scans;
  struct tree_writer *writer;
  struct err err = ERR_INIT;
  char long_name[TREE_NAME_MAX + 2];
  memset(long_name, 'x', TREE_NAME_MAX + 1);
  long_name[TREE_NAME_MAX + 1] = '\0';
  CHECK(!tree_lookup(loaded.tree, TREE_ROOT, "scans", &scans, &err));
#define REFUSED(call, right)                                                             \
  {                                                                                      \
    struct err why = ERR_INIT;                                                           \
    CHECK(errnum_of(call, &why) == (right));                                             \
  }
  REFUSED(tree_rmdir(loaded.tree, dir, "d", &why), EROFS)
  REFUSED(tree_unlink(loaded.tree, dir, "nothing", &why), ENOENT)
  REFUSED(tree_create(loaded.tree, dir, long_name, &attr, &writer, &why), ENAMETOOLONG)
  REFUSED(tree_rename(loaded.tree, dir, "a", dir, long_name, 0, &why), ENAMETOOLONG)
  REFUSED(tree_create(loaded.tree, scans.id, "a", &attr, &writer, &why), EROFS)
  REFUSED(tree_mkdir(loaded.tree, scans.id, "a", &attr, &why), EROFS)
  REFUSED(tree_unlink(loaded.tree, TREE_ROOT, "README.txt", &why), EROFS)
  REFUSED(tree_rename(loaded.tree, TREE_ROOT, "README.txt", dir, "a", 0, &why), EROFS)
  REFUSED(tree_rename(loaded.tree, dir, "a", scans.id, "a", 0, &why), EROFS)
  REFUSED(tree_open_write(loaded.tree, scans.id, &writer, &why), EROFS)
  REFUSED(tree_truncate(loaded.tree, scans.id, NULL, 0, &why), EROFS)
  REFUSED(tree_create(loaded.tree, UINT64_C(77) << 39, "a", &attr, &writer, &why), ESTALE)
  tree_forget(loaded.tree, scans.id, 1);
}

int main(void)
{
  struct err err = ERR_INIT;
  files_begin();
  small_npy("data/volume.npy", 1);
  if (CHECK(!loaded_open(&loaded, files_path("data/volume.npy"), NULL, &err))) {
    const uint64_t dir = directory();
    test_file(dir);
    test_names(dir);
    test_refused(dir);
    tree_forget(loaded.tree, dir, 1);
    CHECK(node_count(loaded.tree->nodes) == 0);
  }
  loaded_free(&loaded);
  files_end();
  return check_report("tree_write");
}
