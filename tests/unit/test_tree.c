/* What the tree holds: nothing once all is forgotten, however many names were asked for;
 * ids that mean something as long as they are held. */
#include <malloc.h>

#include "core/tree/dir.h"
#include "core/tree/node.h"
#include "tests/support/check.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"

enum { NAMES = 100000, WARM = 2000, SLACK = 64 * 1024 /* bytes */ };

static struct loaded loaded;

static int64_t nodes(void)
{
  return node_count(loaded.tree->nodes);
}

/* Bytes that malloc has given out; 0 where a sanitizer replaces it. */
static size_t allocated(void)
{
  return mallinfo2().uordblks;
}

/* Opens a patch of a view that nobody has named before, and reads its first bytes. */
static bool open_once(int number)
{
  char path[200], buf[64];
  struct tree_attr attr;
  struct tree_file *file;
  struct err err = ERR_INIT;
  size_t n = 0;
  snprintf(path, sizeof path, "patches/size=3,fill=%d/volume/image/at=1x0x2.npy", number);
  if (tree_resolve(loaded.tree, path, &attr, &err))
    return false;
  bool right = !tree_open(loaded.tree, attr.id, &file, &err);
  if (right) {
    right = !tree_pread(file, buf, sizeof buf, 0, &n, &err) && n == sizeof buf;
    tree_close(file);
  }
  tree_forget(loaded.tree, attr.id, 1);
  return right;
}

static void test_distinct_names(void)
{
  const int64_t before = nodes();
  bool right = true;
  for (int i = 0; i < WARM; i++)
    right = right && open_once(i);
  const size_t bytes = allocated();
  for (int i = WARM; i < NAMES; i++)
    right = right && open_once(i);
  CHECK(right);
  CHECK(nodes() == before);
  CHECK(allocated() <= bytes + SLACK);
}

/* As the kernel does: 100,000 names looked up and held, then all forgotten. */
static void test_held_names(void)
{
  static uint64_t ids[NAMES];
  const int64_t before = nodes();
  struct tree_attr patches;
  struct err err = ERR_INIT;
  bool right = !tree_resolve(loaded.tree, "patches", &patches, &err);
  const size_t bytes = allocated();
  for (int i = 0; right && i < NAMES; i++) {
    char name[60];
    struct tree_attr attr;
    snprintf(name, sizeof name, "size=3,stride=%d", i + 1);
    right = !tree_lookup(loaded.tree, patches.id, name, &attr, &err);
    ids[i] = attr.id;
  }
  CHECK(right && nodes() == before + NAMES + 1);
  for (int i = 0; right && i < NAMES; i++)
    tree_forget(loaded.tree, ids[i], 1);
  CHECK(nodes() == before + 1);
  tree_forget(loaded.tree, patches.id, 1);
  CHECK(nodes() == before);
  CHECK(allocated() <= bytes + SLACK);
}

/* Looks up `n` names that are made up in a directory, views or cuts, and holds them. */
static bool hold_names(uint64_t dir, const char *format, int n, uint64_t *ids)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  char name[60];
  bool right = true;
  for (int i = 0; right && i < n; i++) {
    snprintf(name, sizeof name, format, i / 5 % 6, i % 5, i / 30 + 1);
    right = !tree_lookup(loaded.tree, dir, name, &attr, &err);
    ids[i] = attr.id;
  }
  return right;
}

/* Looks whether a name is given for the kernel to forget; told[i] counts those of ids[i],
 * whose number is in its name. */
static size_t old_names(const char *format, const uint64_t *open, size_t nopen, int *told)
{
  static struct tree_name names[512];
  size_t n, all = 0;
  do {
    n = tree_old_names(loaded.tree, true, open, nopen, names, 512);
    for (size_t i = 0; i < n; i++) {
      int a, b, c;
      CHECK(sscanf(names[i].name, format, &a, &b, &c) == 3);
      told[(c - 1) * 30 + a * 5 + b]++;
    }
    all += n;
  } while (n == 512);
  return all;
}

/* All but the latest are to be forgotten, each once, the oldest first; not what is open,
 * nor what was looked up again. */
static void test_old_names(const char *path, const char *format, int kept)
{
  enum { MORE = 5000 };
  const int n = kept + MORE;
  uint64_t *ids = calloc((size_t)n, sizeof *ids);
  int *told = calloc((size_t)n, sizeof *told), right = 0;
  struct tree_attr dir, attr;
  struct err err = ERR_INIT;
  const int64_t before = nodes();
  if (!ids || !told)
    abort();
  CHECK(old_names(format, NULL, 0, told) == 0 && !tree_has_old_names(loaded.tree));
  CHECK(!tree_resolve(loaded.tree, path, &dir, &err));
  CHECK(hold_names(dir.id, format, n, ids) && tree_has_old_names(loaded.tree));
  CHECK(hold_names(dir.id, format, 10, ids)); /* again: the latest now */
  CHECK(old_names(format, ids + 20, 5, told) == MORE);
  CHECK(!tree_has_old_names(loaded.tree));
  for (int i = 0; i < n; i++)
    right += told[i] == (i >= 10 && i < MORE + 15 && !(i >= 20 && i < 25));
  CHECK(right == n);
  CHECK(old_names(format, NULL, 0, told) == 0);
  /* what was given is as before until it is forgotten, and may come back */
  CHECK(!tree_getattr(loaded.tree, ids[11], &attr, &err));
  for (int i = 0; i < n; i++)
    tree_forget(loaded.tree, ids[i], i < 10 ? 2 : 1);
  tree_forget(loaded.tree, dir.id, 1);
  CHECK(nodes() == before && !tree_has_old_names(loaded.tree));
  free(told);
  free(ids);
}

/* A name looked up three times is forgotten after three, or all at once. */
static void test_counts(void)
{
  const int64_t before = nodes();
  struct tree_attr attr[3], last;
  struct err err = ERR_INIT;
  for (int i = 0; i < 3; i++)
    CHECK(!tree_lookup(loaded.tree, TREE_ROOT, "patches", &attr[i], &err));
  CHECK(attr[0].id == attr[1].id && attr[0].id == attr[2].id && nodes() == before + 1);
  tree_forget(loaded.tree, attr[0].id, 2);
  CHECK(!tree_getattr(loaded.tree, attr[0].id, &last, &err));
  tree_forget(loaded.tree, attr[0].id, 1);
  CHECK(nodes() == before);
  CHECK(tree_getattr(loaded.tree, attr[0].id, &last, &err) && err.errnum == ESTALE);
  tree_forget(loaded.tree, attr[0].id, 1); /* of nothing: nothing */
  tree_forget(loaded.tree, TREE_ROOT, 100);
  CHECK(nodes() == before);
}

/* An item is in no table, and holds its directory. */
static void test_items(void)
{
  const int64_t before = nodes();
  struct tree_attr item, again;
  struct tree_file *file;
  struct err err = ERR_INIT, gone = ERR_INIT;
  CHECK(!tree_resolve(loaded.tree, "slices/axis=1/volume/image/4.npy", &item, &err));
  CHECK(nodes() == before + 1);
  CHECK(!tree_getattr(loaded.tree, item.id, &again, &err) && again.ino == item.ino);
  CHECK(!tree_open(loaded.tree, item.id, &file, &err));
  tree_forget(loaded.tree, item.id, 1);
  CHECK(nodes() == before);
  CHECK(tree_open(loaded.tree, item.id, &(struct tree_file *){NULL}, &gone));
  CHECK(gone.errnum == ESTALE);
  char byte;
  size_t n;
  CHECK(!tree_pread(file, &byte, 1, 0, &n, &err) && n == 1); /* what is open stays so */
  tree_close(file);
}

/* Names that fail leave nothing either. */
static void test_failures(void)
{
  static const struct {
    const char *path;
    int errnum;
  } wrong[] = {
      {"nothing", ENOENT},
      {"scans/volume/image", ENOENT},
      {"scans/volume/image.jpg", ENOENT},
      {"scans/volume/image[9].npy", EINVAL},
      {"scans/volume/image.npy/x", ENOTDIR},
      {"patches/size=0", EINVAL},
      {"patches/sise=3", EINVAL},
      {"patches/size=3x3/volume/image/0.npy", EINVAL},
      {"patches/size=3/volume/image/0.npy", ENOENT},
      {"patches/size=3/volume/image/at=1.npy", EINVAL},
      {"patches/nothing", ENOENT},
      {"slices/axis=7/volume/items.csv", EINVAL},
  };
  const int64_t before = nodes();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct tree_attr attr;
    struct err err = ERR_INIT;
    if (!CHECK(tree_resolve(loaded.tree, wrong[i].path, &attr, &err) &&
               err.errnum == wrong[i].errnum))
      fprintf(stderr, "  %s: %d %s\n", wrong[i].path, err.errnum, err.msg);
  }
  CHECK(nodes() == before);
}

int main(void)
{
  struct err err = ERR_INIT;
  files_begin();
  small_npy("data/volume.npy", 1);
  if (CHECK(!loaded_open(&loaded, files_path("data/volume.npy"), NULL, &err))) {
    test_counts();
    test_items();
    test_failures();
    test_distinct_names();
    test_held_names();
    test_old_names("scans/volume", "image[:,%d,%d::%d].npy", TREE_FILES_KEPT);
    test_old_names("patches", "size=3,stride=1%dx1%dx%d", TREE_DIRS_KEPT);
  }
  loaded_free(&loaded);
  files_end();
  return check_report("tree");
}
