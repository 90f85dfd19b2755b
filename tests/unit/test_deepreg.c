/* DeepReg's datasets as pair sets: indices follow the sorting of the scans, whatever the
 * order of the images; keys; hostile trees.  Order and errors are compared with its own
 * loaders in tests/deepreg.bats. */
#include "core/discover/deepreg_store.h"
#include "core/discover/discover.h"
#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

static struct source_pool *pool;
static struct arena arena;
static struct dataset_spec spec;
static struct problems problems;

static bool key_is(const char *key, const char *group)
{
  size_t n;
  const char *found = deepreg_key_group(key, &n);
  return group ? found && n == strlen(group) && !strncmp(found, group, n) : !found;
}

/* "-".split() must give three parts, the first "group". */
static void test_keys(void)
{
  CHECK(key_is("group-1-2", "1"));
  CHECK(key_is("group-1-", "1"));
  CHECK(key_is("group--1", ""));
  CHECK(key_is("group--", ""));
  CHECK(key_is("group-a b-c", "a b"));
  CHECK(key_is("group-1", NULL));
  CHECK(key_is("group-1-2-3", NULL));
  CHECK(key_is("group", NULL));
  CHECK(key_is("Group-1-2", NULL));
  CHECK(key_is("a-1-2", NULL));
  CHECK(key_is("", NULL));
}

/* A NIfTI-1 file of 2x3x4 bytes. */
static void files_nii(const char *name)
{
  unsigned char bytes[352 + 24] = {0};
  const int32_t size = 348;
  const int16_t dim[8] = {3, 2, 3, 4, 1, 1, 1, 1}, type[2] = {2, 8};
  const float offset = 352;
  memcpy(bytes, &size, 4);
  memcpy(bytes + 40, dim, sizeof dim);
  memcpy(bytes + 70, type, sizeof type);
  memcpy(bytes + 108, &offset, 4);
  memcpy(bytes + 344, "n+1", 4);
  FILE *f = fopen(files_path(name), "w");
  if (!f || fwrite(bytes, sizeof bytes, 1, f) != 1 || fclose(f))
    abort();
}

static void forget(void)
{
  problems_free(&problems);
  arena_free(&arena);
}

static bool found(void)
{
  forget();
  if (!discover(files_root, NULL, pool, &arena, &spec, &problems))
    return true;
  fprintf(stderr, "%s", problems.lines.data);
  return false;
}

static const char *id_of(const int *scans, int64_t i)
{
  return spec.scans[scans[i]].id;
}

static bool group_is(const struct pair_group *group, const char *const *ids)
{
  for (int64_t i = 0; i < group->n; i++)
    if (!ids[i] || strcmp(id_of(group->moving, i), ids[i]) != 0)
      return false;
  return !ids[group->n];
}

/* Scans are sorted by id; "b-a/x" < "b/x" as DeepReg sorts files, but the group "b" comes
 * before "b-a", and upper case before lower. */
static void test_grouped(void)
{
  files_begin();
  files_nii("train/images/b-a/x.nii");
  files_nii("train/images/b/x.nii");
  files_nii("train/images/b/x10.nii");
  files_nii("train/images/b/x2.nii");
  files_nii("train/images/B/y.nii");
  files_nii("test/images/b/x.nii");
  if (CHECK(found()) && CHECK(spec.npair_sets == 2)) {
    const struct pair_set *set = &spec.pair_sets[0];
    CHECK(!strcmp(spec.layout, "deepreg"));
    CHECK(!strcmp(set->split, "train") && !strcmp(spec.pair_sets[1].split, "test"));
    CHECK(set->type == PAIR_SET_GROUPED && !set->labeled && set->ngroups == 3);
    CHECK(group_is(&set->groups[0], (const char *[]){"train/B/y", NULL}));
    CHECK(group_is(&set->groups[1],
                   (const char *[]){"train/b/x", "train/b/x10", "train/b/x2", NULL}));
    CHECK(group_is(&set->groups[2], (const char *[]){"train/b-a/x", NULL}));
    CHECK(!strcmp(set->groups[2].name, "b-a"));
    CHECK(set->groups[1].fixed == set->groups[1].moving);
  }
  files_end();
}

static void test_paired(void)
{
  files_begin();
  const char *const stores[] = {"moving_images", "fixed_images", "moving_labels",
                                "fixed_labels"};
  char name[64];
  for (int i = 0; i < 4; i++)
    for (int c = 0; c < 2; c++) {
      snprintf(name, sizeof name, "%s/%c.nii", stores[i], "ab"[c]);
      files_nii(name);
    }
  if (CHECK(found()) && CHECK(spec.npair_sets == 1)) {
    const struct pair_group *group = spec.pair_sets[0].groups;
    CHECK(!strcmp(spec.pair_sets[0].split, "all") && spec.pair_sets[0].labeled);
    CHECK(group_is(group, (const char *[]){"a/moving", "b/moving", NULL}));
    CHECK(!strcmp(id_of(group->fixed, 0), "a/fixed"));
    CHECK(!strcmp(id_of(group->fixed, 1), "b/fixed"));
    const struct scan_spec *scan = &spec.scans[group->fixed[1]];
    CHECK(scan->nfields == 2 && scan->fields[1].type == FIELD_MASK);
    CHECK(strstr(scan->fields[1].pieces[0].path, "/fixed_labels/b.nii") != NULL);
  }
  files_end();
}

/* Two suffixes of one name are two images; names that would be a file and a directory of
 * one place in the tree keep their suffixes. */
static void test_clashes(void)
{
  files_begin();
  files_nii("train/images/x.nii");
  files_nii("train/images/x.nii.gz"); /* not compressed: known by its content */
  files_nii("train/images/x/image.nii");
  if (CHECK(found())) {
    CHECK(spec.pair_sets[0].type == PAIR_SET_UNPAIRED);
    CHECK(
        group_is(spec.pair_sets[0].groups, (const char *[]){"train/x", "train/x.nii.gz",
                                                            "train/x/image.nii", NULL}));
  }
  files_end();
}

/* Directories that link to each other end. */
static void test_links(void)
{
  files_begin();
  char name[64], target[64];
  for (int i = 0; i < 6; i++) {
    snprintf(name, sizeof name, "train/images/%d/x.nii", i);
    files_nii(name);
    for (int j = 0; j < 6; j++) {
      snprintf(name, sizeof name, "train/images/%d/to%d", i, j);
      snprintf(target, sizeof target, "../%d", j);
      files_link(target, name);
    }
  }
  CHECK(found());
  /* an image for each way through k + 1 of 6 directories: 6!/(5-k)! */
  CHECK(spec.nscans == 6 + 30 + 120 + 360 + 720 + 720);
  files_end();
}

int main(void)
{
  arena_init(&arena);
  pool = check_pool(.cache_bytes = 1 << 20, .max_fds = 16);
  test_keys();
  test_grouped();
  test_paired();
  test_clashes();
  test_links();
  forget();
  source_pool_free(pool);
  return check_report("deepreg");
}
