/* The dataset builder: order, clashes, splits, problems. */
#include "core/dataset/dataset.h"
#include "core/dataset/field_type.h"

#include <errno.h>
#include <string.h>

#include "tests/support/check.h"

static struct arena arena;
static struct dataset_builder *builder;
static struct dataset_spec spec;
static struct problems problems;

/* A scan with one field. */
static int add(const char *id, const char *field, const char *longer, const char *split)
{
  const struct field_spec fields[] = {{.name = field, .has_value = true}};
  const struct scan_spec scan = {.id = id, .nfields = 1, .fields = fields};
  struct err err = ERR_INIT;
  int rc = dataset_builder_scan(builder, &scan, longer, split, &err);
  CHECK((rc != 0) == (err.errnum != 0));
  return rc;
}

static bool finished;

static int finish(void)
{
  finished = true;
  return dataset_builder_finish(builder, &spec, &problems);
}

static bool has_ids(int n, const char *const *ids)
{
  bool same = spec.nscans == n;
  for (int i = 0; same && i < n; i++)
    same = !strcmp(spec.scans[i].id, ids[i]);
  return same;
}

/* The names are whole words, the nearest first. */
static void test_field_type_by_names(void)
{
  static const struct {
    const char *key, *path;
    enum field_type type;
    enum typed_by by;
  } cases[] = {
      {"Labels", NULL, FIELD_MASK, TYPED_BY_FIELD},
      {"valid_mask", NULL, FIELD_MASK, TYPED_BY_FIELD},
      {"mask1", NULL, FIELD_MASK, TYPED_BY_FIELD},
      {"preSEGment", NULL, FIELD_IMG, TYPED_BY_NOTHING},
      {"image", "labels/a.nii", FIELD_IMG, TYPED_BY_FIELD},
      {"labels/ids", "image.h5", FIELD_MASK, TYPED_BY_GROUP},
      {"ids", "train/gt.h5", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "a_seg.nii.gz", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "a-lungMask.png", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "MRIMask.png", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "x/GT/1.png", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "ROIs/1.png", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "labelsTr/1.nii", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "ground_truth/1.nii", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "manual_masks/a/b/1.nii", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "labels/images/1.nii", FIELD_IMG, TYPED_BY_DIRECTORY},
      {NULL, "labels/imagesTr/1.nii", FIELD_IMG, TYPED_BY_DIRECTORY},
      {NULL, "images/labels/1.nii", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "masks/img_1.nii", FIELD_IMG, TYPED_BY_FILE},
      {NULL, "images/img_1_mask.nii", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "case/aseg.nii.gz", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "unlabeled/1.nii", FIELD_IMG, TYPED_BY_NOTHING},
      {NULL, "masked_image.nii", FIELD_IMG, TYPED_BY_FILE},
      {NULL, "no_lesion/1.nii", FIELD_IMG, TYPED_BY_NOTHING},
      {NULL, "label-free/1.nii", FIELD_IMG, TYPED_BY_NOTHING},
      {NULL, "segovia/1.nii", FIELD_IMG, TYPED_BY_NOTHING},
      {NULL, "masks/a.img", FIELD_MASK, TYPED_BY_DIRECTORY},
      {NULL, "a.seg", FIELD_MASK, TYPED_BY_FILE},
      {NULL, "a.nii", FIELD_IMG, TYPED_BY_NOTHING},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct field_spec field = {0};
    field_type_by_names(&field, cases[i].key, cases[i].path, false);
    if (field.type != cases[i].type || field.typed_by != cases[i].by)
      fprintf(stderr, "  %s %s: %d by %d\n", cases[i].key ? cases[i].key : "-",
              cases[i].path ? cases[i].path : "-", field.type, field.typed_by);
    CHECK(field.type == cases[i].type && field.typed_by == cases[i].by);
  }
}

static void test_name_without_words(void)
{
  static const char *const cases[][2] = {
      {"a_seg", "a"},       {"img-007", "007"},       {"mask1", "1"},
      {"caseMask", "case"}, {"a_ground_truth", "a"},  {"a_GT", "a"},
      {"label", ""},        {"a.labels", "a"},        {"segment_1", "segment_1"},
      {"img_a_mask", "a"},  {"unmasked", "unmasked"}, {"12", "12"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t from;
    const size_t n = name_without_words(cases[i][0], strlen(cases[i][0]), &from);
    CHECK(n == strlen(cases[i][1]) && !strncmp(cases[i][0] + from, cases[i][1], n));
  }
}

/* All slices speak for a stack, or none. */
static void test_field_type_of_a_stack(void)
{
  struct piece pieces[] = {{.path = "/d/s/mask_1.png"}, {.path = "/d/s/mask_2.png"}};
  struct field_spec field = {.npieces = 2, .pieces = pieces};
  field_type_by_names(&field, NULL, "s", true);
  CHECK(field.type == FIELD_MASK && field.typed_by == TYPED_BY_FILE);
  struct text reason = {0};
  field_type_reason(&field, &reason);
  CHECK(reason.data && !strcmp(reason.data, "the word 'mask' in the file's name"));
  text_free(&reason);
  pieces[1].path = "/d/s/2.png";
  field_type_by_names(&field, NULL, "s", true);
  CHECK(field.type == FIELD_IMG);
  field_type_by_names(&field, NULL, "gt/s", true);
  CHECK(field.type == FIELD_MASK && field.typed_by == TYPED_BY_DIRECTORY);
}

static void test_field_type_by_intent(void)
{
  struct field_spec field = {.typed_by = TYPED_BY_DIRECTORY};
  field_type_by_intent(&field, 0);
  CHECK(field.type == FIELD_IMG);
  field_type_by_intent(&field, 1002);
  CHECK(field.type == FIELD_MASK && field.typed_by == TYPED_BY_INTENT);
  field = (struct field_spec){.typed_by = TYPED_BY_DESCRIPTION};
  field_type_by_intent(&field, 1002);
  CHECK(field.type == FIELD_IMG);
}

static void test_sorted_bytewise(void)
{
  CHECK(!add("b", "x", NULL, NULL) && !add("a10", "x", NULL, NULL) &&
        !add("a2", "x", NULL, NULL) && !add("B", "x", NULL, NULL));
  CHECK(!finish() && has_ids(4, (const char *const[]){"B", "a10", "a2", "b"}));
  CHECK(spec.nsplits == 1 && !strcmp(spec.splits[0].name, "all") &&
        spec.splits[0].nscans == 4 && spec.splits[0].scans[3] == 3);
  CHECK(!strcmp(spec.ignored, ""));
}

static void test_clash_without_a_longer_name(void)
{
  CHECK(!add("a", "x", NULL, NULL) && add("a", "y", NULL, NULL) == -1);
  CHECK(add("a/x", "y", NULL, NULL) == -1);
  CHECK(!add("c/d", "y", NULL, NULL) && add("c", "d", NULL, NULL) == -1);
  CHECK(!finish());
}

static void test_clash_takes_the_longer_name(void)
{
  CHECK(!add("a", "x", "a.h5", NULL) && !add("a", "x", "a.nii", NULL));
  CHECK(!add("a/x", "y", "a/x.nii", NULL));
  CHECK(!add("c/d", "y", "c/d.nii", NULL) && !add("c", "d", "c.h5", NULL));
  CHECK(!finish());
  CHECK(has_ids(5, (const char *const[]){"a", "a.nii", "a/x.nii", "c.h5", "c/d"}));
  CHECK(strstr(spec.ignored, "a.nii: ") && strstr(spec.ignored, "a/x.nii: ") &&
        strstr(spec.ignored, "c.h5: "));
}

static void test_both_names_taken(void)
{
  CHECK(!add("a", "x", NULL, NULL) && !add("a.b", "x", NULL, NULL));
  CHECK(!add("a", "x", "a.b", NULL));
  CHECK(!finish() && spec.nscans == 2 && strstr(spec.ignored, "are taken"));
}

static void test_bad_names(void)
{
  char longname[300];
  memset(longname, 'x', 299);
  longname[299] = '\0';
  const char *const bad[] = {"", "/a", "a/", "a//b", ".", "a/../b", longname};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CHECK(add(bad[i], "x", NULL, NULL) == -1);
  CHECK(add("a", "x/y", NULL, NULL) == -1 && add("a", "..", NULL, NULL) == -1);
  CHECK(!add("..a", "x", NULL, NULL) && !finish());
}

static void test_splits(void)
{
  CHECK(!add("b", "x", NULL, "train") && !add("a", "x", NULL, "train") &&
        !add("c", "x", NULL, NULL));
  CHECK(!dataset_builder_split(builder, "test", "c", NULL));
  CHECK(!dataset_builder_split(builder, "test", "a", NULL));
  CHECK(!dataset_builder_split(builder, "train", "a", NULL));
  CHECK(!finish() && spec.nsplits == 2);
  const struct split_spec *train = &spec.splits[0], *test = &spec.splits[1];
  CHECK(!strcmp(train->name, "train") && train->nscans == 2 && train->scans[0] == 0 &&
        train->scans[1] == 1);
  CHECK(!strcmp(test->name, "test") && test->nscans == 2 && test->scans[0] == 0 &&
        test->scans[1] == 2);
}

static void test_split_of_nothing(void)
{
  CHECK(!add("a", "x", NULL, NULL));
  CHECK(!dataset_builder_split(builder, "s", "b", NULL));
  CHECK(!dataset_builder_split(builder, "s", "c", NULL));
  CHECK(finish() == -1 && problems.count == 2 && strstr(problems.lines.data, "'b'"));
}

static void test_split_clash_follows_the_scan(void)
{
  CHECK(!add("a", "x", "a.h5", "one") && !add("a", "x", "a.nii", "two"));
  CHECK(!finish() && spec.splits[0].scans[0] == 0 && spec.splits[1].scans[0] == 1);
}

static void test_ignored_is_one_line_each(void)
{
  dataset_builder_ignore(builder, "a\nb", "why %s", "not\n");
  CHECK(!finish() && !strcmp(spec.ignored, "a?b: why not?\n"));
}

static void test_many(void)
{
  for (int i = 0; i < 20000; i++) {
    char id[20];
    snprintf(id, sizeof id, "s%d", i);
    if (add(id, "x", NULL, i % 2 ? "odd" : "even"))
      CHECK(false);
  }
  CHECK(!finish() && spec.nscans == 20000 && spec.splits[0].nscans == 10000);
  CHECK(!strcmp(spec.scans[spec.splits[1].scans[0]].id, "s1"));
}

/* Twice in splits, once in a monitor's, in none. */
static void test_splits_are_said(void)
{
  CHECK(!add("a", "x", NULL, "train") && !add("b", "x", NULL, "train") &&
        !add("c", "x", NULL, NULL) &&
        !dataset_builder_split(builder, "test", "a", NULL) &&
        !dataset_builder_split(builder, "monitor-train", "b", NULL));
  CHECK(!finish() && !dataset_say_splits(&spec, &arena, NULL));
  CHECK(!strcmp(spec.ignored,
                "scans/a: is in two splits, 'train' and 'test'\n"
                "scans/c: is in no split, so no view that draws from splits shows it\n"));
  CHECK(!strcmp(spec.ignored, spec.broken));
}

int main(void)
{
  static void (*const tests[])(void) = {
      test_field_type_by_names,
      test_field_type_of_a_stack,
      test_name_without_words,
      test_splits_are_said,
      test_field_type_by_intent,
      test_sorted_bytewise,
      test_clash_without_a_longer_name,
      test_clash_takes_the_longer_name,
      test_both_names_taken,
      test_bad_names,
      test_splits,
      test_split_of_nothing,
      test_split_clash_follows_the_scan,
      test_ignored_is_one_line_each,
      test_many,
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    arena_init(&arena);
    problems = (struct problems){0};
    builder = dataset_builder_new(&arena, NULL);
    finished = false;
    tests[i]();
    if (!finished)
      finish();
    problems_free(&problems);
    arena_free(&arena);
  }
  return check_report("dataset");
}
