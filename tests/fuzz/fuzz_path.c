/* Paths of the tree, any bytes: views written as parameters, cuts, places, formats.  What
 * is found is read at both ends and listed; afterwards no node may be left. */
#include <assert.h>

#include "core/tree/dir.h"
#include "core/tree/node.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"

enum { PIECE = 4096, READ_MOST = 4 << 20 /* bytes */, ENTRIES = 100 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct loaded loaded;

static void clean_up(void)
{
  loaded_free(&loaded);
  files_end();
}

static const char *const description =
    "{\"scans\": [\n"
    "  {\"id\": \"a/b\", \"fields\": {\"image\": \"data/volume.npy\",\n"
    "     \"label\": {\"path\": \"data/mask.npy\", \"type\": \"mask\"}}},\n"
    "  {\"id\": \"c\", \"fields\": {\"image\": \"data/color.png\"}},\n"
    "  {\"id\": \"h\", \"fields\": {\"image\": \"data/head.nii\"}}],\n"
    " \"splits\": {\"train\": [\"a/b\"], \"test\": [\"c\", \"h\"]},\n"
    " \"views\": {\"patches\": {\"p\": {\"size\": [3, 3, 3]}}}}\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  struct err err = ERR_INIT;
  files_begin();
  small_npy("data/volume.npy", 1);
  files_npy("data/mask.npy", 3, (int[]){5, 6, 7}, 1);
  small_png("data/color.png", 9, 11, true, 0);
  small_nii("data/head.nii", 1);
  files_text("described.json", description);
  if (loaded_open(&loaded, files_path("described.json"), "cache=1M", &err))
    abort();
  atexit(clean_up);
  return 0;
}

/* Of a large file only a few bytes, which its header has: the statistics of a huge item
 * take as long as it is large. */
static void read_file(uint64_t id)
{
  struct tree_file *file;
  struct err err = ERR_INIT;
  char buf[PIECE];
  size_t n;
  if (tree_open(loaded.tree, id, &file, &err)) {
    assert(err.errnum);
    return;
  }
  const int64_t size = tree_file_size(file);
  assert(size >= 0);
  if (size > READ_MOST) {
    tree_pread(file, buf, 40, 0, &n, &err);
  } else if (!tree_pread(file, buf, PIECE, 0, &n, &err)) {
    assert(n == (size_t)(size < PIECE ? size : PIECE));
    tree_pread(file, buf, PIECE, size > 100 ? size - 100 : 0, &n, &err);
  }
  tree_close(file);
}

static int count_entry(void *ctx, const struct tree_dirent *entry)
{
  assert(*entry->name && !strchr(entry->name, '/'));
  return ++*(int *)ctx >= ENTRIES;
}

static void look_at(const char *path)
{
  struct tree_attr attr, again;
  struct err err = ERR_INIT;
  char target[PATH_MAX];
  int entries = 0;
  if (tree_resolve(loaded.tree, path, &attr, &err)) {
    assert(err.errnum && *err.msg && !strchr(err.msg, '\n'));
    return;
  }
  assert(!tree_getattr(loaded.tree, attr.id, &again, &err) && again.ino == attr.ino);
  if (attr.type == TREE_FILE)
    read_file(attr.id);
  else if (attr.type == TREE_DIR)
    tree_readdir(loaded.tree, attr.id, 0, count_entry, &entries, &err);
  else
    assert(!tree_readlink(loaded.tree, attr.id, target, sizeof target, &err));
  tree_forget(loaded.tree, attr.id, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *path = strndup((const char *)data, size);
  const int64_t before = node_count(loaded.tree->nodes);
  if (path)
    look_at(path);
  assert(node_count(loaded.tree->nodes) == before);
  free(path);
  return 0;
}
