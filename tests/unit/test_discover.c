/* Rules 4 and 5: which scans and fields a tree of files becomes, and what is said of the
 * rest. */
#include "core/discover/discover.h"
#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

static struct source_pool *pool;
static struct arena arena;
static struct dataset_spec spec;
static struct problems problems;
static struct text shown;

/* One line per scan: "<id> <field>[:<key>][*<slices>][/mask] ..." */
static void show(void)
{
  for (int i = 0; i < spec.nscans; i++) {
    const struct scan_spec *scan = &spec.scans[i];
    text_add(&shown, "%s", scan->id);
    for (int j = 0; j < scan->nfields; j++) {
      const struct field_spec *field = &scan->fields[j];
      text_add(&shown, " %s", field->name);
      if (field->pieces[0].key)
        text_add(&shown, ":%s", field->pieces[0].key);
      if (field->gather.naxes)
        text_add(&shown, "*%d", (int)field->npieces);
      if (field->type == FIELD_MASK)
        text_add(&shown, "/mask");
    }
    text_add(&shown, "\n");
  }
}

static void forget(void)
{
  text_free(&shown);
  problems_free(&problems);
  arena_free(&arena);
}

static int look(const char *root, const char *avoid)
{
  forget();
  int rc = discover(root, avoid, pool, &arena, &spec, &problems);
  if (!rc)
    show();
  return rc;
}

/* Does the tree become these scans? */
static bool becomes(const char *expected)
{
  if (look(files_root, NULL)) {
    fprintf(stderr, "%s", problems.lines.data);
    return false;
  }
  if (!strcmp(shown.data, expected))
    return true;
  fprintf(stderr, "expected:\n%sfound:\n%signored:\n%s", expected, shown.data,
          spec.ignored);
  return false;
}

static bool ignores(const char *what)
{
  if (strstr(spec.ignored, what))
    return true;
  fprintf(stderr, "expected: %s\nignored:\n%s", what, spec.ignored);
  return false;
}

/* --- rule 5 ------------------------------------------------------------------------ */

static void test_volumes(void)
{
  files_npy3("b/two.npy");
  files_npy3("one.npy");
  files_text("notes.txt", "hello");
  files_text(".hidden", "hello");
  files_text("b/tesserafs.json", "{}");
  CHECK(becomes("b/two image\none image\n"));
  CHECK(!strcmp(spec.layout, "folders"));
  CHECK(ignores("notes.txt: not a known format\n"));
  CHECK(ignores("b/tesserafs.json: a description"));
  CHECK(!strstr(spec.ignored, "hidden"));
  CHECK(spec.nsplits == 1 && !strcmp(spec.splits[0].name, "all") &&
        spec.splits[0].nscans == 2);
  CHECK(spec.scans[0].fields[0].pieces[0].path[0] == '/');
}

static void test_stack_in_natural_order(void)
{
  files_grey("s/10.png");
  files_grey("s/2.png");
  files_grey("s/1.png");
  files_npy3("s/other.npy");
  CHECK(becomes("s image*3\ns/other image\n"));
  const struct piece *pieces = spec.scans[0].fields[0].pieces;
  CHECK(strstr(pieces[0].path, "/1.png") && strstr(pieces[1].path, "/2.png") &&
        strstr(pieces[2].path, "/10.png"));
}

static void test_stack_at_the_root(void)
{
  files_grey("1.png");
  files_npy2("2.npy");
  CHECK(look(files_root, NULL) == 0 && spec.nscans == 1);
  CHECK(!strcmp(spec.scans[0].id, strrchr(files_root, '/') + 1));
}

static void test_colour_stack(void)
{
  files_png("s/a.png", 3, 4, true, 1);
  files_png("s/b.png", 3, 4, true, 1);
  CHECK(becomes("s image*2\n"));
}

static void test_no_stack_of_different_shapes(void)
{
  files_grey("s/a.png");
  files_grey("s/b.png");
  files_png("s/c.png", 3, 5, false, 1);
  CHECK(becomes("s/a image\ns/b image\ns/c image\n"));
}

static void test_no_stack_says_why(void)
{
  files_grey("s/0.png");
  files_png("s/1.png", 3, 5, false, 1);
  files_grey("s/2.png");
  files_grey("two/0.png");
  files_grey("two/0_predict.png");
  files_grey("two/1.png");
  files_grey("two/1_predict.png");
  CHECK(becomes("s/0 image\ns/1 image\ns/2 image\ntwo/0 image\ntwo/0_predict image\n"
                "two/1 image\ntwo/1_predict image\n"));
  CHECK(ignores("s: no stack, since 1.png is ") &&
        ignores("{\"list\": [\"s/0.png\", \"s/2.png\"]}") &&
        ignores("two: no stack, since 1_predict.png goes on") &&
        ignores("{\"image\": \"two/{z}.png\", \"predict\": \"two/{z}_predict.png\"}, "
                "\"gather\": {\"z\": {\"axis\": 0}}"));
}

static void test_no_stack_of_one(void)
{
  files_grey("s/a.png");
  CHECK(becomes("s/a image\n"));
}

/* No other slice may move. */
static void test_broken_slice_keeps_its_place(void)
{
  files_grey("s/1.png");
  files_text("s/2.png", "");
  files_link("nowhere", "s/3.png");
  files_grey("s/4.png");
  files_text("s/x.txt", "");
  CHECK(becomes("s image*4\n"));
  CHECK(ignores("s/2.png: ") && ignores("s/3.png: No such file") && ignores("s/x.txt: "));
}

static void test_h5_groups(void)
{
  files_h5("f.h5", "label", 3, (hsize_t[]){4, 5, 6});
  files_h5("f.h5", "data", 4, (hsize_t[]){4, 5, 6, 2});
  files_h5("f.h5", "other", 3, (hsize_t[]){4, 5, 7});
  files_h5("f.h5", "line", 1, (hsize_t[]){4});
  CHECK(becomes("f data:data label:label/mask\nf/line line:line\nf/other other:other\n"));
}

static void test_h5_ties_go_by_name(void)
{
  files_h5("f.h5", "b", 3, (hsize_t[]){1, 1, 1});
  files_h5("f.h5", "a", 3, (hsize_t[]){2, 2, 2});
  CHECK(becomes("f a:a\nf/b b:b\n"));
}

static void test_h5_nested(void)
{
  files_h5("f.h5", "volumes/raw", 3, (hsize_t[]){2, 2, 2});
  files_h5("f.h5", "volumes/labels/ids", 3, (hsize_t[]){2, 2, 2});
  files_h5("f.h5", "points", 2, (hsize_t[]){9, 3});
  CHECK(becomes("f/points points:points\nf/volumes raw:volumes/raw\n"
                "f/volumes/labels ids:volumes/labels/ids/mask\n"));
}

static void test_h5_single_vector(void)
{
  files_h5("f.h5", "v", 1, (hsize_t[]){2});
  CHECK(becomes("f v:v\n"));
}

static void test_h5_slices(void)
{
  files_h5("s/1.h5", "data", 2, (hsize_t[]){3, 4});
  files_h5("s/2.h5", "data", 2, (hsize_t[]){3, 4});
  CHECK(becomes("s image:data*2\n"));
}

static void test_same_stem_clashes(void)
{
  files_npy3("a.npy");
  files_grey("a.png");
  CHECK(becomes("a image\na.png image\n"));
  CHECK(ignores("a.png: its scan is named 'a.png'"));
}

static void test_field_and_scan_clash(void)
{
  files_h5("a.h5", "b", 3, (hsize_t[]){2, 2, 2});
  files_npy3("a/b.npy");
  CHECK(becomes("a b:b\na/b.npy image\n"));
  CHECK(ignores("a/b.npy: "));
}

static void test_stack_clash(void)
{
  files_grey("a/1.png");
  files_grey("a/2.png");
  files_npy3("a/image.npy");
  files_npy3("a.npy");
  CHECK(becomes("a image*2\na.npy image\na/image.npy image\n"));
}

static void test_one_file(void)
{
  files_npy3("dir/x.y.npy");
  files_npy3("dir/z.npy");
  CHECK(!look(files_path("dir/x.y.npy"), NULL));
  CHECK(shown.data && !strcmp(shown.data, "x.y image\n"));
}

static void test_nothing(void)
{
  CHECK(look(files_root, NULL) == -1 && strstr(problems.lines.data, "no scan found"));
  files_text("x.npy", "not numpy");
  CHECK(look(files_root, NULL) == -1 && strstr(problems.lines.data, "x.npy: "));
  CHECK(look("/nonexistent", NULL) == -1 && problems.count == 1);
}

/* --- the walk ---------------------------------------------------------------------- */

static void test_links(void)
{
  files_npy3("a/x.npy");
  files_link("a", "again");
  files_link("..", "a/up");
  CHECK(becomes("a/x image\nagain/x image\n"));
  CHECK(ignores("a/up: a symlink to a directory above it"));
  CHECK(ignores("again/up: a symlink to a directory above it"));
}

static void test_avoids(void)
{
  files_npy3("a/x.npy");
  files_npy3("mnt/y.npy");
  files_npy3("mnt/sub/z.npy");
  files_link("mnt", "link");
  files_link("../mnt/sub", "a/below");
  CHECK(!look(files_root, files_path("mnt")));
  CHECK(shown.data && !strcmp(shown.data, "a/x image\n"));
  CHECK(!*spec.ignored);
}

static void test_special_and_unreadable(void)
{
  files_npy3("x.npy");
  CHECK(!mkfifo(files_path("pipe"), 0600));
  mkdir(files_path("closed"), 0);
  CHECK(becomes("x image\n"));
  CHECK(ignores("pipe: neither a file nor a directory\n"));
  CHECK(!geteuid() || ignores("closed: Permission denied\n"));
}

static void test_too_deep(void)
{
  char name[200] = "";
  for (int i = 0; i < 66; i++)
    strcat(name, "d/");
  strcat(name, "x.npy");
  files_npy3(name);
  files_npy3("y.npy");
  CHECK(becomes("y image\n"));
  CHECK(ignores("more than 64 directories deep"));
}

/* --- rule 4 ------------------------------------------------------------------------ */

static void test_pairs(void)
{
  files_npy3("images/a.npy");
  files_h5("labels/a.h5", "x", 3, (hsize_t[]){2, 3, 4});
  files_npy3("masks/a.npy");
  files_npy3("images/b.npy");
  files_npy3("labels/c.npy");
  files_text("README", "");
  CHECK(becomes("a image label:x/mask mask/mask\nb image\n"));
  CHECK(!strcmp(spec.layout, "pairs"));
  CHECK(ignores("labels/c.npy: no image of this name\n") && ignores("README: "));
}

static void test_pairs_of_slices(void)
{
  files_grey("image/p1.png");
  files_grey("image/p2.png");
  files_grey("label/p1.png");
  CHECK(becomes("p1 image label/mask\np2 image\n"));
}

static void test_numbered_slices(void)
{
  files_grey("image/0.png");
  files_grey("image/10.png");
  files_grey("image/2.png");
  files_grey("label/0.png");
  files_grey("label/2.png");
  files_grey("label/10.png");
  CHECK(!look(files_root, NULL) && spec.nscans == 1);
  CHECK(!strcmp(spec.scans[0].id, strrchr(files_root, '/') + 1));
  CHECK(strstr(shown.data, " image*3 label*3/mask\n"));
}

static void test_numbered_slices_differ(void)
{
  files_grey("image/0.png");
  files_grey("image/1.png");
  files_grey("label/1.png");
  files_grey("label/2.png");
  CHECK(!look(files_root, NULL) && strstr(shown.data, " image*2\n"));
  CHECK(ignores("label: expected slice 0 as the image has, found 1\n"));
}

static void test_pairs_of_stacks(void)
{
  files_grey("images/s/a.png");
  files_grey("images/s/b.png");
  files_grey("labels/s/x.png");
  files_grey("labels/s/y.png");
  files_grey("images/t/a.png");
  files_grey("images/t/b.png");
  files_grey("labels/t/a.png");
  files_grey("labels/t/b.png");
  files_grey("labels/t/c.png");
  CHECK(becomes("s image*2 label*2/mask\nt image*2\n"));
  CHECK(ignores("labels/t: expected 2 slices as the image has, found 3\n"));
}

static void test_pairs_without_common_names(void)
{
  files_npy3("images/a.npy");
  files_npy3("labels/b.npy");
  CHECK(becomes("images/a image\nlabels/b image/mask\n"));
}

/* The words of masks and images at the ends of a name do not count, unless two names are
 * the same without them. */
static void test_pairs_by_names_without_words(void)
{
  files_npy3("imgs/img_1.npy");
  files_npy3("manual_masks/1_mask.npy");
  files_npy3("imgs/b.npy");
  files_npy3("manual_masks/b_seg.npy");
  files_npy3("manual_masks/b_gt.npy");
  files_npy3("imgs/c.npy");
  files_npy3("manual_masks/c.npy");
  CHECK(becomes("b image\nc image manual_masks/mask\nimg_1 image manual_masks/mask\n"));
  CHECK(!strcmp(spec.layout, "pairs"));
  CHECK(ignores("manual_masks/b_seg.npy: no image of this name\n") &&
        ignores("manual_masks/b_gt.npy: no image of this name\n"));
}

static bool has_split(int i, const char *name, int nscans)
{
  const bool has = i < spec.nsplits && !strcmp(spec.splits[i].name, name) &&
                   spec.splits[i].nscans == nscans;
  if (!has)
    for (int k = 0; k < spec.nsplits; k++)
      fprintf(stderr, "  split %s of %d\n", spec.splits[k].name, spec.splits[k].nscans);
  return has;
}

static void test_split_directories(void)
{
  files_npy3("Train/a.npy");
  files_npy3("Train/sub/test/b.npy");
  files_npy3("site/monitor-x/c.npy");
  files_grey("VAL/1.png");
  files_grey("VAL/2.png");
  files_npy3("training/d.npy");
  CHECK(becomes("Train/a image\nTrain/sub/test/b image\nVAL image*2\n"
                "site/monitor-x/c image\ntraining/d image\n"));
  CHECK(spec.nsplits == 3 && has_split(0, "Train", 2) && has_split(1, "VAL", 1) &&
        has_split(2, "monitor-x", 1));
}

static void test_splits_below_images_and_labels(void)
{
  files_grey("images/train/a.png");
  files_grey("images/train/b.png");
  files_grey("labels/train/a.png");
  files_grey("images/test/a.png");
  files_npy3("images/c.npy");
  CHECK(becomes("c image\ntest/a image\ntrain/a image label/mask\ntrain/b image\n"));
  CHECK(spec.nsplits == 2 && has_split(0, "test", 1) && has_split(1, "train", 2));
}

static void test_splits_above_images_and_labels(void)
{
  files_grey("train/images/a.png");
  files_grey("train/images/b.png");
  files_grey("train/masks/a.png");
  files_grey("val/imgs/c.png");
  files_grey("val/gt/c_gt.png");
  files_npy3("test/d.npy");
  CHECK(becomes("test/d image\ntrain/a image mask/mask\ntrain/b image\n"
                "val/c image gt/mask\n"));
  CHECK(spec.nsplits == 3 && has_split(0, "train", 2) && has_split(1, "val", 1) &&
        has_split(2, "test", 1));
}

static void test_other_directories_beside_pairs(void)
{
  files_npy3("images/a.npy");
  files_npy3("labels/a.npy");
  files_npy3("test/b.npy");
  files_npy3("extra/c.npy");
  files_npy3("d.npy");
  CHECK(becomes("a image label/mask\nextra/c image\ntest/b image\n"));
  CHECK(ignores("d.npy: beside the directories images/ and labels/\n"));
}

static void test_what_belongs_together_is_said(void)
{
  files_npy3("p/image/a.npy");
  files_npy3("p/label/a_seg.npy");
  files_npy3("q/image.npy");
  files_npy3("q/label.npy");
  files_npy3("r/x_t1.npy");
  files_npy3("r/x_seg.npy");
  CHECK(becomes("p/image/a image\np/label/a_seg image/mask\nq/image image\n"
                "q/label image/mask\nr/x_seg image/mask\nr/x_t1 image\n"));
  CHECK(ignores("p: image/ and label/ hold") &&
        ignores("\"label\": \"p/label/{s}_seg.npy\"") &&
        ignores("q/label.npy: a scan of its own") &&
        ignores("{\"id\": \"{s}\", \"fields\": {\"image\": \"{s}/image.npy\", "
                "\"label\": \"{s}/label.npy\"}}") &&
        ignores("{\"image\": \"r/{s}_t1.npy\", \"label\": \"r/{s}_seg.npy\"}"));
}

static void test_nnunet(void)
{
  files_npy3("imagesTr/c1_0000.npy");
  files_npy3("labelsTr/c1.npy");
  files_npy3("imagesTr/c2_0000.npy");
  files_npy3("imagesTr/c2_0001.npy");
  files_npy3("imagesTs/c3_0000.npy");
  files_text("dataset.json", "{}");
  CHECK(becomes("c1 image label/mask\nc2 image_0000 image_0001\nc3 image\n"));
  CHECK(spec.nsplits == 2 && !strcmp(spec.splits[0].name, "train") &&
        spec.splits[0].nscans == 2 && !strcmp(spec.splits[1].name, "test") &&
        spec.splits[1].nscans == 1 && spec.splits[1].scans[0] == 2);
  CHECK(ignores("dataset.json: "));
}

int main(void)
{
  static void (*const tests[])(void) = {
      test_volumes,
      test_stack_in_natural_order,
      test_stack_at_the_root,
      test_colour_stack,
      test_no_stack_of_different_shapes,
      test_no_stack_says_why,
      test_no_stack_of_one,
      test_broken_slice_keeps_its_place,
      test_h5_groups,
      test_h5_ties_go_by_name,
      test_h5_nested,
      test_h5_single_vector,
      test_h5_slices,
      test_same_stem_clashes,
      test_field_and_scan_clash,
      test_stack_clash,
      test_one_file,
      test_nothing,
      test_links,
      test_avoids,
      test_special_and_unreadable,
      test_too_deep,
      test_pairs,
      test_pairs_of_slices,
      test_numbered_slices,
      test_numbered_slices_differ,
      test_pairs_of_stacks,
      test_pairs_without_common_names,
      test_pairs_by_names_without_words,
      test_split_directories,
      test_splits_below_images_and_labels,
      test_splits_above_images_and_labels,
      test_other_directories_beside_pairs,
      test_what_belongs_together_is_said,
      test_nnunet,
  };
  pool = check_pool(.cache_bytes = 1 << 20);
  arena_init(&arena);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    files_begin();
    tests[i]();
    files_end();
  }
  forget();
  source_pool_free(pool);
  return check_report("discover");
}
