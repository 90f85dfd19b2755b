/* Scan ids as directories: nesting, natural order, subsets, names that are both. */
#include "core/tree/scan_dir.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static const char *const ids[] = {"a",    "a/b", "a/b/c", "a-b",
                                  "s/10", "s/2", "s/x/1", "z"};
enum { IDS = sizeof ids / sizeof *ids };

static struct scan_spec scans[IDS];
static const struct dataset_spec spec = {.nscans = IDS, .scans = scans};
static struct arena arena;

static void build(const int *some, int n, struct scan_dir *out)
{
  struct err err = ERR_INIT;
  for (int i = 0; i < IDS; i++)
    scans[i].id = ids[i];
  arena_free(&arena);
  arena_init(&arena);
  CHECK(!scan_dir_build(&spec, some, n, &arena, out, &err));
}

static bool has(const struct scan_dir *dir, int i, const char *name, int scan, int below)
{
  return i < dir->nchildren && !strcmp(dir->children[i].name, name) &&
         dir->children[i].scan == scan && dir->children[i].nchildren == below;
}

/* "a" is a scan and a directory; "s" only a directory; 2 comes before 10. */
static void test_all(void)
{
  struct scan_dir top;
  build(NULL, IDS, &top);
  CHECK(top.nchildren == 4 && top.scan == -1 && !*top.name);
  CHECK(has(&top, 0, "a", 0, 1) && has(&top, 1, "a-b", 3, 0));
  CHECK(has(&top, 2, "s", -1, 3) && has(&top, 3, "z", 7, 0));
  const struct scan_dir *a = &top.children[0], *s = &top.children[2];
  CHECK(has(a, 0, "b", 1, 1) && has(&a->children[0], 0, "c", 2, 0));
  CHECK(has(s, 0, "2", 5, 0) && has(s, 1, "10", 4, 0) && has(s, 2, "x", -1, 1));
}

static void test_some(void)
{
  struct scan_dir top;
  build((int[]){2, 4}, 2, &top);
  CHECK(top.nchildren == 2 && has(&top, 0, "a", -1, 1) && has(&top, 1, "s", -1, 1));
  CHECK(has(&top.children[0], 0, "b", -1, 1));
  build(NULL, 0, &top);
  CHECK(top.nchildren == 0 && !scan_dir_child(&top, "a"));
}

static void test_child(void)
{
  struct scan_dir top;
  build(NULL, IDS, &top);
  const struct scan_dir *s = scan_dir_child(&top, "s");
  CHECK(s && scan_dir_child(s, "10") && scan_dir_child(s, "10")->scan == 4);
  CHECK(s && scan_dir_child(s, "x") && scan_dir_child(scan_dir_child(s, "x"), "1"));
  CHECK(!scan_dir_child(&top, "") && !scan_dir_child(&top, "s/10"));
  CHECK(!scan_dir_child(&top, "b") && !scan_dir_child(&top, "zz"));
  CHECK(s && !scan_dir_child(s, "02") && !scan_dir_child(s, "1"));
}

/* Every one of many is found, and they stand in natural order. */
static void test_many(void)
{
  enum { N = 3000 };
  static struct scan_spec many[N];
  static char names[N][24];
  const struct dataset_spec all = {.nscans = N, .scans = many};
  struct scan_dir top;
  struct err err = ERR_INIT;
  for (int i = 0; i < N; i++) {
    snprintf(names[i], sizeof names[i], "p%d/s%d", i % 7, N - i);
    many[i].id = names[i];
  }
  CHECK(!scan_dir_build(&all, NULL, N, &arena, &top, &err) && top.nchildren == 7);
  bool found = true, ordered = true;
  for (int i = 0; i < N; i++) {
    const struct scan_dir *p =
        scan_dir_child(&top, (char[]){'p', (char)('0' + i % 7), 0});
    const struct scan_dir *s = p ? scan_dir_child(p, strchr(names[i], '/') + 1) : NULL;
    found = found && s && s->scan == i;
  }
  for (int i = 1; i < top.children[0].nchildren; i++)
    ordered = ordered && atoi(top.children[0].children[i - 1].name + 1) <
                             atoi(top.children[0].children[i].name + 1);
  CHECK(found);
  CHECK(ordered);
}

int main(void)
{
  arena_init(&arena);
  test_all();
  test_some();
  test_child();
  test_many();
  arena_free(&arena);
  return check_report("scan_dir");
}
