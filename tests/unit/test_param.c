/* The engine of parameters: every type, what it takes, what it refuses and how it says
 * so. */
#include "core/args/param.h"

#include <errno.h>
#include <string.h>

#include "core/encoding/encoding.h"
#include "tests/support/check.h"
#include "tests/support/param_print.h"

struct target {
  int64_t count, mode;
  double scale;
  bool on;
  int choice;
  struct extents size;
  struct names fields;
  unsigned formats;
  struct bytes cache;
  const char *name;
  struct ranges range;
  struct number_list only;
};

#define AT(member) offsetof(struct target, member)
static const struct param table[] = {
    {"count", PARAM_INT, AT(count), .def = "3", .min = 1, .max = 10, .kinds = 1,
     .help = "a"},
    {"mode", PARAM_OCTAL, AT(mode), .max = 0777, .kinds = 1, .help = "b"},
    {"scale", PARAM_NUMBER, AT(scale), .def = "0.5", .kinds = 2, .help = "c"},
    {"on", PARAM_SWITCH, AT(on), .def = "on", .kinds = 2, .help = "d"},
    {"choice", PARAM_CHOICE, AT(choice), .def = "b", .choices = "a|b|ccc", .kinds = 3,
     .help = "e"},
    {"size", PARAM_EXTENTS, AT(size), .choices = ":|auto", .min = 1, .max = INT32_MAX,
     .kinds = 1, .help = "f"},
    {"fields", PARAM_NAMES, AT(fields), .kinds = 1, .help = "g"},
    {"formats", PARAM_FORMATS, AT(formats), .names = encoding_ext, .def = "npy",
     .kinds = 1, .help = "h"},
    {"cache", PARAM_BYTES, AT(cache), .def = "25%", .kinds = 1, .help = "i"},
    {"name", PARAM_TEXT, AT(name), .kinds = 1, .help = "j"},
    {"range", PARAM_RANGES, AT(range), .kinds = 1, .help = "k"},
    {"only", PARAM_NUMBERS, AT(only), .max = 99, .kinds = 1, .help = "l"},
};
enum { ROWS = sizeof table / sizeof *table };

static struct arena arena;
static struct target target;
static struct err err;

static bool set(const char *key, const char *text)
{
  err = (struct err)ERR_INIT;
  return !param_set(param_find(table, ROWS, key, 0), &target, text, NULL, &arena, &err);
}

static bool refuses(const char *key, const char *text, const char *message)
{
  bool refused = !set(key, text) && err.errnum == EINVAL && !strcmp(err.msg, message);
  if (!refused)
    fprintf(stderr, "%s=%s: %s\n", key, text, err.msg);
  return refused;
}

static void test_integers(void)
{
  CHECK(set("count", "10") && target.count == 10);
  CHECK(set("count", "007") && target.count == 7);
  CHECK(set("mode", "022") && target.mode == 18);
  CHECK(refuses("count", "11", "expected an integer from 1 to 10, found '11'"));
  CHECK(refuses("count", "0x1", "expected an integer from 1 to 10, found '0x1'"));
  CHECK(refuses("count", " 1", "expected an integer from 1 to 10, found ' 1'"));
  CHECK(refuses("count", "", "expected an integer from 1 to 10, found ''"));
  CHECK(refuses("count", "99999999999999999999",
                "expected an integer from 1 to 10, found '99999999999999999999'"));
  CHECK(refuses("mode", "8", "expected an octal number from 0 to 777, found '8'"));
  CHECK(target.count == 7);
}

static void test_numbers(void)
{
  CHECK(set("scale", "-1.5e3") && target.scale == -1500);
  CHECK(refuses("scale", "inf", "expected a number, found 'inf'"));
  CHECK(refuses("scale", "1e999", "expected a number, found '1e999'"));
  CHECK(refuses("scale", "1.5.2", "expected a number, found '1.5.2'"));
  CHECK(refuses("scale", "", "expected a number, found ''"));
}

static void test_words(void)
{
  CHECK(set("on", "off") && !target.on);
  CHECK(refuses("on", "yes", "expected on or off, found 'yes'"));
  CHECK(set("choice", "ccc") && target.choice == 2);
  CHECK(refuses("choice", "cc", "expected one of a|b|ccc, found 'cc'"));
  CHECK(refuses("choice", "", "expected one of a|b|ccc, found ''"));
}

static void test_extents(void)
{
  CHECK(set("size", "64x32x16") && target.size.n == 3 && target.size.v[2] == 16);
  CHECK(set("size", ":x8") && target.size.v[0] == EXTENT_WHOLE && target.size.v[1] == 8);
  CHECK(set("size", "auto") && target.size.n == 1 && target.size.v[0] == EXTENT_AUTO);
  CHECK(refuses("size", "64x0x64", "expected 3 positive integers, found '64x0x64'"));
  CHECK(refuses("size", "64x", "expected 2 positive integers, found '64x'"));
  CHECK(refuses("size", "a", "expected a positive integer or ':' or 'auto', found 'a'"));
  CHECK(!set("size", "1x1x1x1x1x1x1x1x1x1x1"));
  CHECK(!set("size", "2147483648"));
}

static void test_ranges(void)
{
  CHECK(set("range", "0:100x20:80x:") && target.range.n == 3);
  CHECK(target.range.start[1] == 20 && target.range.stop[1] == 80);
  CHECK(target.range.start[2] == 0 && target.range.stop[2] == EXTENT_WHOLE);
  CHECK(set("range", "5:") && target.range.start[0] == 5 &&
        target.range.stop[0] == EXTENT_WHOLE);
  CHECK(set("range", ":7") && target.range.stop[0] == 7);
  CHECK(refuses("range", "7",
                "expected ranges start:stop, one per axis or one for all, found '7'"));
  CHECK(!set("range", "") && !set("range", "0:0") && !set("range", "5:4"));
  CHECK(!set("range", "-1:4") && !set("range", "0:-1") && !set("range", "0:4x"));
  CHECK(!set("range", "0:1:2") && !set("range", ":x:x:x:x:x:x:x:x:x:x:"));
  CHECK(target.range.stop[0] == 7);
}

static void test_number_lists(void)
{
  CHECK(set("only", "3+17+4") && target.only.n == 3 && target.only.v[1] == 17);
  CHECK(refuses("only", "3+3", "expected different integers from 0 to 99, found '3+3'"));
  CHECK(!set("only", "") && !set("only", "3+") && !set("only", "100") &&
        !set("only", "-1") && !set("only", "3 + 4"));
  CHECK(target.only.n == 3);
}

static void test_lists(void)
{
  CHECK(set("fields", "image+label") && target.fields.n == 2);
  CHECK(!strcmp(target.fields.name[1], "label"));
  CHECK(refuses("fields", "a+a", "expected different names, found 'a+a'"));
  CHECK(!set("fields", "a+") && !set("fields", ""));
  CHECK(set("formats", "npy+nii.gz"));
  for (int i = 0; encodings[i]; i++) {
    bool expected =
        !strcmp(encodings[i]->ext, "npy") || !strcmp(encodings[i]->ext, "nii.gz");
    CHECK((target.formats >> i & 1) == expected);
  }
  CHECK(!set("formats", "npy+npy") && !set("formats", "npz") && !set("formats", ""));
}

static void test_bytes(void)
{
  CHECK(set("cache", "512M") && target.cache.value == UINT64_C(536870912));
  CHECK(set("cache", "2g") && target.cache.value == UINT64_C(2147483648));
  CHECK(set("cache", "4096") && target.cache.value == 4096 && !target.cache.percent);
  CHECK(set("cache", "25%") && target.cache.value == 25 && target.cache.percent);
  CHECK(!set("cache", "0") && !set("cache", "101%") && !set("cache", "1MB") &&
        !set("cache", "M"));
  CHECK(!set("cache", "9999999999T"));
}

static void test_found_as_written(void)
{
  err = (struct err)ERR_INIT;
  CHECK(param_set(&table[5], &target, "64x0x64", "[64, 0, 64]", &arena, &err) == -1);
  CHECK(!strcmp(err.msg, "expected 3 positive integers, found [64, 0, 64]"));
}

static void test_defaults(void)
{
  struct target fresh = {.mode = -1};
  err = (struct err)ERR_INIT;
  CHECK(!param_defaults(table, ROWS, 0, &fresh, &arena, &err));
  CHECK(fresh.count == 3 && fresh.mode == -1 && fresh.scale == 0.5 && fresh.on);
  struct target some = {0};
  CHECK(!param_defaults(table, ROWS, 2, &some, &arena, &err));
  CHECK(some.count == 0 && some.on && some.choice == 1);
}

static void test_keys(void)
{
  CHECK(param_find(table, ROWS, "scale", 2) && !param_find(table, ROWS, "scale", 1));
  err = (struct err)ERR_INIT;
  CHECK(param_unknown(table, ROWS, "sise", 0, &err) == -1 && err.errnum == EINVAL);
  CHECK(!strcmp(err.msg, "unknown key 'sise'; did you mean 'size'?"));
  err = (struct err)ERR_INIT;
  param_unknown(table, ROWS, "zzzzzz", 2, &err);
  CHECK(!strcmp(err.msg, "unknown key 'zzzzzz'; there are scale, on, choice"));
}

/* A value that is printed is read as the same again; one that is not given is nothing. */
static void test_printed(void)
{
  static const char *const texts[][2] = {
      {"count", "10"},      {"mode", "22"},        {"scale", "0.1"},  {"scale", "-1e20"},
      {"on", "off"},        {"choice", "ccc"},     {"size", ":x8"},   {"size", "auto"},
      {"size", "64x32x16"}, {"fields", "b+a"},     {"cache", "25%"},  {"cache", "4096"},
      {"name", "/a b"},     {"range", "0:100x5:"}, {"only", "3+17+4"}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct text out = {0};
    CHECK(set(texts[i][0], texts[i][1]));
    param_print(param_find(table, ROWS, texts[i][0], 0), &target, &out);
    if (!CHECK(!strcmp(out.data, texts[i][1])))
      fprintf(stderr, "  %s: %s\n", texts[i][1], out.data);
    text_free(&out);
  }
  struct text out = {0};
  const struct target none = {.choice = -1};
  for (size_t i = 0; i < ROWS; i++)
    if (strcmp(table[i].key, "scale") && strcmp(table[i].key, "on") &&
        strcmp(table[i].key, "mode"))
      param_print(&table[i], &none, &out);
  CHECK(!out.size);
  text_free(&out);
  CHECK(set("formats", "npy+nii.gz"));
  const unsigned formats = target.formats;
  param_print(param_find(table, ROWS, "formats", 0), &target, &out);
  CHECK(set("formats", "npy") && set("formats", out.data) && target.formats == formats);
  text_free(&out);
}

/* Sets of rows do not end at the bits of a word. */
static void test_many_rows(void)
{
  enum { MANY = 100 };
  static struct param many[MANY];
  static char keys[MANY][8];
  for (int i = 0; i < MANY; i++) {
    snprintf(keys[i], sizeof keys[i], "%c%cxyz", 'a' + i / 26, 'a' + i % 26);
    many[i] = (struct param){keys[i], PARAM_SWITCH, AT(on), .kinds = 1};
  }
  err = (struct err)ERR_INIT;
  CHECK(param_unknown(many, MANY, "dvxyzz", 1, &err) == -1);
  CHECK(!strcmp(err.msg, "unknown key 'dvxyzz'; did you mean 'dvxyz'?"));
}

int main(void)
{
  arena_init(&arena);
  test_integers();
  test_numbers();
  test_words();
  test_extents();
  test_ranges();
  test_number_lists();
  test_lists();
  test_bytes();
  test_found_as_written();
  test_defaults();
  test_keys();
  test_many_rows();
  test_printed();
  arena_free(&arena);
  return check_report("param");
}
