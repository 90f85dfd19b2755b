/* Growing text, JSON strings, natural order, globs, suggestions, hashes. */
#include "core/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static void test_grows(void)
{
  struct text text = {0};
  struct err err = ERR_INIT;
  char *data;
  size_t size;
  for (int i = 0; i < 1000; i++)
    text_add(&text, "%d,", i);
  text_add_bytes(&text, "a\0b", 3);
  CHECK(!text_take(&text, &data, &size, &err) && size == 3893);
  CHECK(!strncmp(data, "0,1,2,", 6) && !memcmp(data + 3886, "999,a\0b", 8));
  CHECK(text.data == NULL && text.size == 0);
  free(data);
}

static void test_empty_and_failed(void)
{
  struct text text = {0}, failed = {.failed = true};
  struct err err = ERR_INIT;
  char *data;
  size_t size;
  CHECK(!text_take(&text, &data, &size, &err) && size == 0 && data[0] == 0);
  free(data);
  text_add(&failed, "more");
  CHECK(text_take(&failed, &data, &size, &err) == -1 && err.errnum == ENOMEM);
  CHECK(!failed.failed);
}

static void test_numbers(void)
{
  static const int64_t numbers[] = {0, 9, 10, -9, -10, 99, 100, INT64_MAX, INT64_MIN};
  struct text text = {0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    char right[32];
    CHECK(text_digits(numbers[i]) ==
          snprintf(right, sizeof right, "%lld", (long long)numbers[i]));
  }
  text_add_numbers(&text, (const int64_t[]){3, -4, 5}, 3);
  text_add_numbers(&text, NULL, 0);
  CHECK(!strcmp(text.data, "[3, -4, 5][]"));
  text_free(&text);
}

static void check_json(const char *in, const char *expected)
{
  struct text text = {0};
  text_add_json(&text, in);
  CHECK(!strcmp(text.data, expected));
  text_free(&text);
}

static void test_json(void)
{
  check_json("", "\"\"");
  check_json("a\"b\\c/", "\"a\\\"b\\\\c/\"");
  check_json("\n\x01", "\"\\u000a\\u0001\"");
  check_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
             "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  check_json("\xff", "\"\xef\xbf\xbd\"");
  check_json("a\xc3", "\"a\xef\xbf\xbd\"");                               /* cut short */
  check_json("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"");                 /* overlong */
  check_json("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* surrogate */
}

/* In natural order; each must come before all that follow. */
static void test_natural_order(void)
{
  static const char *const names[] = {"",
                                      "A10",
                                      "a",
                                      "a1",
                                      "a01b",
                                      "a1b",
                                      "a1b2",
                                      "a01b10",
                                      "a2",
                                      "a10",
                                      "a99999999999999999999998",
                                      "a99999999999999999999999",
                                      "a_1",
                                      "b",
                                      "b-1",
                                      "b1",
                                      "\xc3\xa9"};
  const size_t n = sizeof names / sizeof names[0];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      int order = text_natural_cmp(names[i], names[j]);
      CHECK(i < j ? order < 0 : i > j ? order > 0 : order == 0);
    }
  CHECK(text_natural_cmp("01", "1") < 0); /* a tie goes by code point */
  CHECK(text_natural_cmp("s01_2", "s1_1") > 0);
}

static void test_glob(void)
{
  CHECK(text_glob("d*", "d1/x") && text_glob("*", "") && text_glob("", ""));
  CHECK(!text_glob("d*", "cd") && !text_glob("", "a") && !text_glob("?", ""));
  CHECK(text_glob("a?c", "abc") && !text_glob("a?c", "ac"));
  CHECK(text_glob("*.n*", "x.y.nii") && !text_glob("*.n*z", "x.nii"));
  CHECK(text_glob("[a-c]1", "b1") && !text_glob("[a-c]1", "d1"));
  CHECK(text_glob("[!a-c]", "d") && !text_glob("[^a]", "a"));
  CHECK(text_glob("[]]", "]") && text_glob("[a-]", "-") && text_glob("[ab", "[ab"));
  CHECK(text_glob("a**b*", "a-b-b-c"));
  char many[2001];
  memset(many, 'a', 2000);
  many[2000] = 0;
  CHECK(!text_glob("*a*a*a*a*a*a*a*a*b", many));
}

static void test_nearest(void)
{
  static const char *const keys[] = {"size", "stride", "pad", "pad_mode", "seed"};
  CHECK(!strcmp(text_nearest("szie", keys, 5), "size"));
  CHECK(!strcmp(text_nearest("strid", keys, 5), "stride"));
  CHECK(!strcmp(text_nearest("padmode", keys, 5), "pad_mode"));
  CHECK(!strcmp(text_nearest("pad", keys, 5), "pad"));
  CHECK(text_nearest("volume", keys, 5) == NULL);
  CHECK(text_nearest("", keys, 5) == NULL && text_nearest("size", keys, 0) == NULL);
  char name[300];
  memset(name, 's', 299);
  name[299] = 0;
  CHECK(text_nearest(name, keys, 5) == NULL);
}

/* FNV-1a 64 followed by MurmurHash3's fmix64, computed in Python. */
static void test_end(void)
{
  char room[8 + 4], whole[32] = "/data/tiles/7.png";
  CHECK(!strcmp(text_end("7.png", 8, room), "7.png"));
  CHECK(!strcmp(text_end("/s/7.png", 8, room), "/s/7.png"));
  CHECK(!strcmp(text_end("/ab/s/7.png", 8, room), ".../s/7.png"));
  CHECK(!strcmp(text_end("/ab/\xc3\xa9/7.png", 8, room), "...\xc3\xa9/7.png"));
  CHECK(!strcmp(text_end("/ab/\xc3\xa9s/7.png", 8, room), "...s/7.png"));
  CHECK(text_end(whole, 8, whole) == whole && !strcmp(whole, "...es/7.png"));
}

static void test_hash(void)
{
  CHECK(text_hash(0, "", 0) == 0xefd01f60ba992926ULL);
  CHECK(text_hash(0, "a/b", 3) == 0xf2a5b2f60b006aecULL);
  CHECK(text_hash(5, "a/b", 3) == 0x53e317057c1f3275ULL);
}

int main(void)
{
  test_grows();
  test_numbers();
  test_empty_and_failed();
  test_json();
  test_natural_order();
  test_glob();
  test_nearest();
  test_end();
  test_hash();
  return check_report("text");
}
