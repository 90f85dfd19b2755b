/* "gather", "list" and what goes with them in tesserafs.json: where the files of good
 * ones lie, and that all mistakes of bad ones are named.  Paths, values and messages are
 * written out by hand from the names of the files below. */
#include "tests/support/description_check.h"
#include "tests/support/step_check.h"

/* One entry: its fields, and what else it has. */
static int read_entry(const char *id, const char *fields, const char *more)
{
  char text[2000];
  snprintf(text, sizeof text, "{\"scans\": [{\"id\": \"%s\", \"fields\": {%s}%s}]}", id,
           fields, more);
  return read_text(text);
}

/* Is piece `number` the file? */
static bool is_piece(const struct field_spec *spec, int64_t number, const char *name)
{
  return number < spec->npieces && spec->pieces[number].path &&
         !strcmp(spec->pieces[number].path, files_path(name));
}

/* --- good ones --------------------------------------------------------------------- */

#define SAID "\"shape\": [2, 3], \"dtype\": \"u1\""

static void test_stack(void)
{
  CHECK(!read_entry("{s}", "\"image\": {\"path\": \"raw/{s}_{z}.im:data\", " SAID "}",
                    ", \"gather\": {\"z\": {\"axis\": 2}}"));
  const struct field_spec *image = field(1, "image");
  CHECK(desc.dataset.nscans == 2 && !strcmp(desc.dataset.scans[1].id, "b_c"));
  CHECK(image->gather.naxes == 1 && image->npieces == 3);
  CHECK(image->gather.axes[0].axis == 2 && !image->gather.axes[0].concat);
  CHECK(is_piece(image, 0, "raw/b_c_1.im") && is_piece(image, 1, "raw/b_c_02.im") &&
        is_piece(image, 2, "raw/b_c_10.im"));
  CHECK(!strcmp(image->gather.axes[0].values[1], "02"));
  CHECK(!strcmp(image->pieces[2].key, "data") && !image->gather.has_fill);
  CHECK(image->gather.nd == 2 && image->gather.shape[1] == 3 &&
        image->gather.dtype == DT_U8);
}

static void test_three_axes(void)
{
  CHECK(!read_entry(
      "em", "\"image\": {\"path\": \"em/{z}/{row}_{column}.png\", " SAID "}",
      ", \"gather\": {\"z\": {\"axis\": 0}, \"row\": {\"axis\": 0, \"how\": \"concat\"}, "
      "\"column\": {\"axis\": 1, \"how\": \"concat\"}}"));
  const struct field_spec *image = field(0, "image");
  CHECK(image->gather.naxes == 3 && image->npieces == 2 * 2 * 3);
  CHECK(image->gather.axes[1].concat && !strcmp(image->gather.axes[2].name, "column"));
  CHECK(is_piece(image, 0, "em/9/0_0.png") && is_piece(image, 4, "em/9/1_1.png") &&
        is_piece(image, 11, "em/10/1_2.png"));
}

/* The names of "gather" count in their own order, whatever the pattern's is. */
static void test_order_of_names(void)
{
  CHECK(!read_entry("em",
                    "\"image\": {\"path\": \"em/{z}/{row}_{column}.png\", " SAID "}",
                    ", \"gather\": {\"column\": {\"axis\": 1, \"how\": \"concat\"}, "
                    "\"row\": {\"axis\": "
                    "0, \"how\": \"concat\"}, \"z\": {\"axis\": 0}}"));
  CHECK(is_piece(field(0, "image"), 1, "em/10/0_0.png") &&
        is_piece(field(0, "image"), 4, "em/9/0_1.png"));
}

/* A volume beside slices has no place in the gather. */
static void test_volume_beside_slices(void)
{
  CHECK(!read_entry("{s}",
                    "\"image\": {\"path\": \"raw/{s}_{z}.im:data\", " SAID
                    "}, \"label\": \"vol/{s}.nii\"",
                    ", \"gather\": {\"z\": {\"axis\": 2}}"));
  CHECK(field(0, "image")->gather.naxes == 1 && field(0, "label")->gather.naxes == 0);
  CHECK(field(0, "label")->npieces == 1);
}

static void test_order(void)
{
  CHECK(!read_entry(
      "x", "\"image\": {\"path\": \"raw/b_c_{z}.im\", " SAID "}",
      ", \"gather\": {\"z\": {\"axis\": 0, \"order\": [10, \"02\", 2, \"10\"]}}"));
  const struct field_spec *image = field(0, "image");
  CHECK(image->npieces == 4 && is_piece(image, 0, "raw/b_c_10.im") &&
        is_piece(image, 1, "raw/b_c_02.im") && is_piece(image, 2, "raw/b_c_02.im") &&
        is_piece(image, 3, "raw/b_c_10.im"));
  CHECK(strstr(desc.dataset.ignored,
               "/raw/b_c_1.im: scan 'x': '1' is not in the \"order\" of 'z'\n") &&
        !strstr(desc.dataset.ignored, "b_c_10.im"));
}

static void test_fill(void)
{
  CHECK(!read_entry(
      "x", "\"image\": {\"path\": \"raw/b_c_{z}.im\", " SAID "}",
      ", \"gather\": {\"z\": {\"axis\": 0, \"order\": [2, 3], \"fill\": 7}}"));
  const struct gather_spec *gather = &field(0, "image")->gather;
  CHECK(gather->has_fill && gather->fill == 7 && !field(0, "image")->pieces[1].path);
  CHECK(!read_entry("x",
                    "\"image\": {\"path\": \"raw/b_c_{z}.im\", \"fill\": -1.5, " SAID "}",
                    ", \"gather\": {\"z\": {\"order\": [2, 3], \"fill\": 7}}"));
  CHECK(field(0, "image")->gather.fill == -1.5);
}

/* A slice of one field is a place of all fields that have the name. */
static void test_holes_of_another_field(void)
{
  static const char *fields = "\"image\": {\"path\": \"raw/b_c_{z}.im\", " SAID
                              "}, \"label\": {\"path\": \"few/b_c_{z}.seg\", " SAID "%s}";
  char text[400];
  snprintf(text, sizeof text, fields, ", \"fill\": 0");
  CHECK(!read_entry("x", text, ", \"gather\": {\"z\": {\"axis\": 0}}"));
  CHECK(field(0, "label")->npieces == 3 && !field(0, "label")->pieces[2].path);
  snprintf(text, sizeof text, fields, "");
  CHECK(read_entry("x", text, ", \"gather\": {\"z\": {\"axis\": 0}}"));
  CHECK(problems.count == 1 &&
        says("scans[0].fields.label: scan 'x' has no file for z 10 "
             "('few/b_c_10.seg'); \"fill\" allows that\n"));
}

/* "seg/{z}.npy" takes the labels too when those are "seg/{z}_seg.npy". */
static void test_looser_pattern(void)
{
  CHECK(!read_entry("x",
                    "\"image\": {\"path\": \"seg/{z}.npy\", " SAID
                    "}, \"label\": {\"path\": \"seg/{z}_seg.npy\", " SAID "}",
                    ", \"gather\": {\"z\": {\"axis\": 0}}"));
  CHECK(field(0, "image")->npieces == 2 && is_piece(field(0, "image"), 1, "seg/2.npy"));
  CHECK(is_piece(field(0, "label"), 1, "seg/2_seg.npy"));
}

static void test_list(void)
{
  CHECK(!read_entry("x", "\"image\": {\"list\": \"lists/paths.txt\"}", ""));
  const struct field_spec *image = field(0, "image");
  CHECK(image->npieces == 3 && image->gather.naxes == 1 &&
        image->gather.axes[0].axis == 0 && !image->gather.axes[0].concat);
  CHECK(is_piece(image, 0, "em/9/0_0.png") && is_piece(image, 1, "lists/h.png") &&
        is_piece(image, 2, "em/9/0_0.png"));
  CHECK(!strcmp(image->pieces[1].key, "a/b") && !image->pieces[0].key);
  CHECK(!read_entry("x",
                    "\"image\": {\"list\": [\"em/9/0_0.png\"], \"axis\": 1, \"how\": "
                    "\"concat\"}",
                    ""));
  CHECK(field(0, "image")->gather.axes[0].concat);
}

/* Volumes are scans, called as the first list's files. */
static void test_list_of_scans(void)
{
  CHECK(!read_entry("v/{name}",
                    "\"image\": {\"list\": [\"vol/b_c.nii\", \"vol/a.nii\"]}, \"label\": "
                    "{\"list\": [\"raw/b_c_1.im:data\", \"em/9/0_0.png\"]}",
                    ""));
  CHECK(desc.dataset.nscans == 2 && !strcmp(desc.dataset.scans[0].id, "v/a"));
  CHECK(field(0, "image")->gather.naxes == 0);
  CHECK(is_piece(field(0, "label"), 0, "em/9/0_0.png") &&
        is_piece(field(1, "label"), 0, "raw/b_c_1.im"));
}

static void test_categories(void)
{
  CHECK(!read_entry("x",
                    "\"label\": {\"path\": \"vol/a.nii\", \"categories\": [0, [1, 2], "
                    "[3]], \"merge\": \"or\", \"background\": true, \"transforms\": "
                    "\"cast:float32\"}, \"none\": {\"path\": \"vol/a.nii\", "
                    "\"categories\": []}",
                    ""));
  CHECK(steps_read_as(&transform_steps, &field(0, "label")->transforms,
                      "categories:or:0:1_2:3_+background+cast:float32"));
  CHECK(steps_read_as(&transform_steps, &field(0, "none")->transforms, "categories:"));
}

/* --- headers ----------------------------------------------------------------------- */

#define TILES                                                                            \
  ", \"gather\": {\"r\": {\"axis\": 0, \"how\": \"concat\"}, \"c\": {\"axis\": 1, "      \
  "\"how\": \"concat\"}}"

/* A ragged last row and column are no contradiction. */
static void test_ragged_tiles(void)
{
  CHECK(!read_entry("t", "\"image\": \"ragged/{r}_{c}.npy\"", TILES));
  CHECK(field(0, "image")->npieces == 4);
}

/* All at once: a width, a depth; and the key and axis of other entries. */
static void test_contradictions(void)
{
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"t\", \"fields\": {\"image\": \"bad/{r}_{c}.npy\"}" TILES
      "}, {\"id\": \"u\", \"fields\": {\"image\": \"ragged/{r}_0.npy:k\"}, \"gather\": "
      "{\"r\": {\"axis\": 0}}}, {\"id\": \"v\", \"fields\": {\"image\": "
      "\"ragged/{r}_0.npy\"}, \"gather\": {\"r\": {\"axis\": 3}}}]}"));
  CHECK(problems.count == 4);
  CHECK(says("scans[0].fields.image: scan 't': ") && says("/bad/1_0.npy: expected") &&
        says("found 2x4 of uint8\n"));
  CHECK(says("/bad/0_1.npy: expected") && says("found 2x3 of uint16\n"));
  CHECK(says("scans[1].fields.image: scan 'u': ") && says("expected an array 'k'"));
  CHECK(says("scans[2].fields.image: scan 'v': 'r' joins along axis 3, but the whole has "
             "only 3 axes"));
}

/* Nothing is read where the description says what the pieces are. */
static void test_said_is_not_read(void)
{
  CHECK(!read_entry("t", "\"image\": {\"path\": \"bad/{r}_{c}.npy\", " SAID "}", TILES));
}

/* --- bad ones ---------------------------------------------------------------------- */

static void test_bad_gather(void)
{
  static const struct {
    const char *gather, *complaint;
  } cases[] = {
      {"7",
       "scans[0].gather: expected an object of 1 to 4 names, each with its \"axis\", "
       "found 7"},
      {"{}", "scans[0].gather: expected an object of 1 to 4 names"},
      {"{\"z\": 1}", "gather.z: expected an object such as {\"axis\": 0}, found 1"},
      {"{\"z\": {\"axis\": -1}}", "gather.z.axis: expected an integer from 0 to 9, found "
                                  "-1"},
      {"{\"z\": {\"axis\": 1.5}}", "gather.z.axis: expected an integer from 0 to 9"},
      {"{\"z\": {\"axs\": 1}}", "gather.z: unknown key 'axs'; did you mean 'axis'?"},
      {"{\"z\": {\"how\": \"join\"}}",
       "gather.z.how: expected one of stack|concat, found \"join\""},
      {"{\"z\": {\"order\": \"name\"}}",
       "gather.z.order: expected \"natural\" or a list of the name's values, found "
       "\"name\""},
      {"{\"z\": {\"order\": []}}", "gather.z.order: expected \"natural\" or a list"},
      {"{\"z\": {\"order\": [1, \"a/b\"]}}",
       "gather.z.order[1]: expected a text without '/' or a whole number, found \"a/b\""},
      {"{\"z\": {\"fill\": \"0\"}}", "gather.z.fill: expected a number, found \"0\""},
      {"{\"z\": {}, \"q\": {\"axis\": 1}}", "gather.q: no field's path holds {q}"},
      {"{\"s\": {}}", "gather.s: {s} is part of the id"},
      {"{\"z\": {}, \"q\": {}}", "gather.q.axis: 'z' makes axis 0 already"},
      {"{\"z\": {\"fill\": 1}, \"q\": {\"axis\": 1, \"fill\": 2}}",
       "gather.q.fill: expected 1 as for 'z', found 2"},
      {"{\"a\": {}, \"b\": {}, \"c\": {}, \"d\": {}, \"e\": {}}",
       "expected an object of 1 to 4 names"},
      {"{\"z\": {\"order\": [1, 2, 3, 10]}}",
       "scan 'b_c' has no file for z 3 ('raw/b_c_3.im:data'); \"fill\" allows that"},
      {"{\"z\": {\"order\": [5, 6]}}",
       "scan 'a' has no file for z 5 ('raw/a_5.im:data') and 1 more of 2 places"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char more[200];
    snprintf(more, sizeof more, ", \"gather\": %s", cases[i].gather);
    CHECK(read_entry("{s}", "\"image\": {\"path\": \"raw/{s}_{z}.im:data\", " SAID "}",
                     more));
    CHECK(says(cases[i].complaint));
  }
}

static void test_bad_fields(void)
{
  static const struct {
    const char *field, *complaint;
  } cases[] = {
      {"{\"path\": \"vol/a.nii\", \"shape\": [2]}",
       "fields.f: \"shape\" and \"dtype\" go with \"raw\", or with a path"},
      {"{\"path\": \"vol/a.nii\", \"shape\": [0]}", "fields.f.shape: expected 1 to 10"},
      {"{\"path\": \"vol/a.nii\", \"dtype\": \"u3\"}",
       "fields.f.dtype: expected a dtype"},
      {"{\"path\": \"vol/a.nii\", \"offset\": 1}",
       "fields.f.offset: goes with \"raw\" only"},
      {"{\"path\": \"vol/a.nii\", \"axis\": 1}",
       "fields.f: \"axis\" and \"how\" go with \"list\", or under \"gather\""},
      {"{\"path\": \"vol/a.nii\", \"fill\": null}",
       "fields.f.fill: expected a number, found null"},
      {"{\"path\": \"vol/a.nii\", \"list\": \"x\"}",
       "fields.f: \"path\" and \"list\" exclude each other"},
      {"{\"path\": \"vol/a.nii\", \"categories\": 3}",
       "fields.f.categories: expected an array of channel numbers"},
      {"{\"path\": \"vol/a.nii\", \"categories\": [1, []]}",
       "fields.f.categories: expected an array of channel numbers"},
      {"{\"path\": \"vol/a.nii\", \"categories\": [1.5]}",
       "fields.f.categories: expected an array of channel numbers"},
      {"{\"path\": \"vol/a.nii\", \"merge\": \"or\"}",
       "fields.f.merge: goes with \"categories\""},
      {"{\"path\": \"vol/a.nii\", \"categories\": [0], \"merge\": \"and\"}",
       "fields.f.merge: expected one of sum|or, found \"and\""},
      {"{\"path\": \"vol/a.nii\", \"background\": 1}",
       "fields.f.background: expected true or false, found 1"},
      {"{\"path\": \"vol/a.nii\", \"categories\": [0], \"type\": \"img\"}",
       "fields.f.type: expected mask, for \"categories\" and \"background\", found "},
      {"{\"list\": 3}",
       "fields.f.list: expected a file of paths, one a line, or an array"},
      {"{\"list\": []}", "fields.f.list: expected a file of paths"},
      {"{\"list\": [3]}", "fields.f.list[0]: expected a path, found 3"},
      {"{\"list\": \"none.txt\"}", "none.txt: No such file"},
      {"{\"list\": \"../x\"}", "fields.f.list: '../x' points outside"},
      {"{\"list\": \"raw/a_1.im\"}", "fields.f.list: raw/a_1.im: expected a path on each "
                                     "line, found none"},
      {"{\"list\": \"lists/bad.txt\"}",
       "fields.f.list: lists/bad.txt: line 2: expected a file that exists, found "
       "'gone.png'"},
      {"{\"list\": \"lists/bad.txt\"}",
       "line 3: expected a file inside the dataset, found '/etc/passwd'"},
      {"{\"list\": [\"vol/a.nii\"], \"axis\": 10}",
       "fields.f.axis: expected an integer from 0 to 9, found 10"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    snprintf(text, sizeof text, "\"f\": %s", cases[i].field);
    CHECK(read_entry("x", text, "") && says(cases[i].complaint));
  }
}

/* In natural order, whatever the depth; a pattern without a file is told. */
static void test_patterns(void)
{
  CHECK(!read_entry("x", "\"image\": {\"list\": [\"lists/h.png\", \"em/**/*_[01].png\"]}",
                    ""));
  const struct field_spec *image = desc.dataset.scans[0].fields;
  CHECK(image->npieces > 2 && is_piece(image, 0, "lists/h.png"));
  for (int64_t i = 2; i < image->npieces; i++)
    CHECK(text_natural_cmp(image->pieces[i - 1].path, image->pieces[i].path) < 0);
  CHECK(!read_entry("x", "\"image\": {\"list\": \"lists/?.png\"}", ""));
  CHECK(desc.dataset.nscans == 1 && desc.dataset.scans[0].fields->npieces == 1);
  CHECK(!read_entry("x", "\"image\": {\"list\": \"vol/*\", \"singly\": true}", ""));
  CHECK(desc.dataset.nscans == 2 && !strcmp(desc.dataset.scans[0].id, "x/a"));
  CHECK(read_entry("x", "\"image\": {\"list\": \"lists/*.tif\"}", ""));
  CHECK(says("fields.image.list: expected a pattern that matches a file, found "
             "'lists/*.tif'"));
  CHECK(read_entry("x", "\"image\": {\"list\": [\"../*.png\"]}", ""));
  CHECK(says("fields.image.list[0]: expected a file inside the dataset, found "));
  CHECK(read_entry("x", "\"image\": {\"path\": \"vol/a.nii\", \"singly\": true}", ""));
  CHECK(says("fields.image.singly: goes with \"list\""));
}

static void test_bad_lists_of_scans(void)
{
  CHECK(read_entry("{n}",
                   "\"a\": {\"list\": [\"vol/a.nii\", \"vol/b_c.nii\"]}, \"b\": "
                   "{\"list\": [\"vol/a.nii\"]}",
                   ""));
  CHECK(says("fields.b: expected 2 paths as the list of 'a' has, found 1\n"));
  CHECK(read_entry("{n}{m}", "\"a\": {\"list\": [\"vol/a.nii\"]}", ""));
  CHECK(says("fields.a: expected an id with one {name}, which stands for the files"));
  CHECK(read_entry("{n}", "\"a\": {\"list\": [\"vol/a.nii\"], \"axis\": 1}", ""));
  CHECK(says("\"axis\" and \"how\" join the files of one scan"));
  CHECK(read_entry("{n}", "\"a\": {\"list\": [\"vol/a.nii\", \"vol/a.nii\"]}", ""));
  CHECK(says("scan 'a' has several files, '"));
}

/* Two files for one place; two places for one file. */
static void test_ambiguous(void)
{
  CHECK(read_entry("x", "\"image\": {\"path\": \"em/{any}/{row}_0.png\", " SAID "}",
                   ", \"gather\": {\"row\": {\"axis\": 0}}"));
  CHECK(says("scan 'x' has several files for row 0, '") && says("/em/9/0_0.png' and '"));
  CHECK(read_entry(
      "x", "\"image\": {\"path\": \"two/{a}{b}.png\", " SAID "}",
      ", \"gather\": {\"a\": {\"axis\": 0, \"order\": [1, 12]}, \"b\": {\"axis\": 1, "
      "\"order\": [23, 3]}}"));
  CHECK(says("'two/123.png' is the file for a 12, b 3 and for a 1, b 23"));
  touch("raw/b_c_2.im");
  touch("raw/b_c_002.im");
  CHECK(!read_entry("x", "\"image\": {\"path\": \"raw/b_c_{z}.im\", " SAID "}",
                    ", \"gather\": {\"z\": {\"order\": [2]}}"));
  CHECK(!remove(files_path("raw/b_c_2.im")));
  CHECK(read_entry("x", "\"image\": {\"path\": \"raw/b_c_{z}.im\", " SAID "}",
                   ", \"gather\": {\"z\": {\"order\": [2]}}"));
  CHECK(says("the number 2 of \"order\" stands for '002' and for '02'"));
}

static void make_files(void)
{
  static const char list[] = "../em/9/0_0.png\r\n\nh.png:a/b\n../em/9/0_0.png";
  static const char bad[] = "../em/9/0_0.png\ngone.png\n/etc/passwd\n";
  static const char *const names[] = {
      "raw/a_1.im",    "raw/a_2.im",    "raw/b_c_1.im",   "raw/b_c_02.im",
      "raw/b_c_10.im", "few/b_c_1.seg", "few/b_c_02.seg", "vol/a.nii",
      "vol/b_c.nii",   "seg/1.npy",     "seg/2.npy",      "seg/1_seg.npy",
      "seg/2_seg.npy", "em/9/0_0.png",  "em/9/0_1.png",   "em/9/0_2.png",
      "em/9/1_0.png",  "em/9/1_1.png",  "em/9/1_2.png",   "em/10/0_0.png",
      "em/10/0_1.png", "em/10/0_2.png", "em/10/1_0.png",  "em/10/1_1.png",
      "em/10/1_2.png", "lists/h.png",   "two/123.png"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    touch(names[i]);
  files_text("lists/paths.txt", list);
  files_text("lists/bad.txt", bad);
  files_npy("ragged/0_0.npy", 2, (int[]){4, 5}, 0);
  files_npy("ragged/0_1.npy", 2, (int[]){4, 2}, 0);
  files_npy("ragged/1_0.npy", 2, (int[]){3, 5}, 0);
  files_npy("ragged/1_1.npy", 2, (int[]){3, 2}, 0);
  files_npy("bad/0_0.npy", 2, (int[]){2, 3}, 0);
  FILE *of_two_bytes = files_npy_begin("bad/0_1.npy", "<u2", 2, (int[]){2, 3});
  CHECK(fwrite((uint16_t[2 * 3]){0}, 2, 2 * 3, of_two_bytes) == 2 * 3);
  CHECK(!fclose(of_two_bytes));
  files_npy("bad/1_0.npy", 2, (int[]){2, 4}, 0);
  files_npy("bad/1_1.npy", 2, (int[]){2, 3}, 0);
}

int main(void)
{
  description_begin();
  make_files();
  test_stack();
  test_three_axes();
  test_order_of_names();
  test_volume_beside_slices();
  test_order();
  test_fill();
  test_holes_of_another_field();
  test_looser_pattern();
  test_list();
  test_list_of_scans();
  test_patterns();
  test_categories();
  test_ragged_tiles();
  test_contradictions();
  test_said_is_not_read();
  test_bad_gather();
  test_bad_fields();
  test_bad_lists_of_scans();
  test_ambiguous();
  description_end();
  return check_report("description_gather");
}
