/* Templates: what is text, what matches, which files are found. */
#include "core/dataset/template.h"

#include <errno.h>

#include "core/base/text.h"
#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

static struct arena arena;
static struct source_pool *pool;

static bool refuses(const char *text, const char *why)
{
  struct template t;
  struct err err = ERR_INIT;
  return template_compile(&arena, text, &t, &err) == -1 && err.errnum == EINVAL &&
         strstr(err.msg, why);
}

static void test_compile(void)
{
  struct template t;
  CHECK(!template_compile(&arena, "raw/{scan}_{slice}.im:/d/{part}", &t, NULL));
  CHECK(!strcmp(t.path, "raw/{scan}_{slice}.im") && !strcmp(t.key, "d/{part}"));
  CHECK(t.nnames == 3 && template_name(&t, "scan") == 0 &&
        template_name(&t, "slice") == 1 && template_name(&t, "part") == 2 &&
        template_name(&t, "sca") == -1);
  CHECK(!template_compile(&arena, "a:b.nii:", &t, NULL) && !t.key &&
        !strcmp(t.path, "a:b.nii"));
  CHECK(!template_compile(&arena, "{a}/{a}", &t, NULL) && t.nnames == 1);
}

static void test_refused(void)
{
  CHECK(refuses("{a", "{name}") && refuses("a}", "'}'") && refuses("{}", "{name}"));
  CHECK(refuses("{a b}", "{name}") && refuses("{1}", "{name}") &&
        refuses("{a{b}}", "{name}"));
  CHECK(refuses("", "path") && refuses(":key", "path") && refuses("dir/", "path"));
  CHECK(refuses("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}", "at most 16"));
}

/* The values of a match joined by '|'; "no" when there is none, "error". */
static const char *match(const char *pattern, const char *path)
{
  static char joined[1000];
  struct template t;
  const char *values[TEMPLATE_NAMES] = {NULL};
  if (template_compile(&arena, pattern, &t, NULL))
    return "bad";
  int rc = template_match(&t, t.path, path, values, &arena, NULL);
  if (rc <= 0)
    return rc ? "error" : "no";
  *joined = '\0';
  for (int i = 0; i < t.nnames; i++)
    snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
             i ? "|" : "", values[i]);
  return joined;
}

static bool matches(const char *pattern, const char *path, const char *expected)
{
  const char *found = match(pattern, path);
  if (!strcmp(found, expected))
    return true;
  fprintf(stderr, "%s on %s: expected %s, found %s\n", pattern, path, expected, found);
  return false;
}

static void test_match(void)
{
  CHECK(matches("{scan}_{slice}", "a_b_003", "a_b|003"));
  CHECK(matches("{scan}_{slice}.im", "MTR_001.im", "MTR|001"));
  CHECK(matches("{a}/{b}", "x/y", "x|y") && matches("{a}", "x/y", "no"));
  CHECK(matches("{a}_{a}", "x_x", "x") && matches("{a}_{a}", "x_y", "no"));
  CHECK(matches("{a}/{a}.nii", "s/s.nii", "s") &&
        matches("{a}/{a}.nii", "s/t.nii", "no"));
  CHECK(matches("{a}.{b}", ".x", "no") && matches("x", "x", "") &&
        matches("x", "xy", "no"));
  CHECK(matches("{a}{b}", "xyz", "xy|z") && matches("a{a}a", "aa", "no"));
}

/* All readings of a repeated name are tried. */
static void test_repeated_name_backtracks(void)
{
  CHECK(matches("{a}-{b}-{a}", "x-y-z-x-y", "x-y|z"));
  CHECK(matches("{a}{a}", "abab", "ab"));
}

/* Without a memory of failures this takes 10^12 steps. */
static void test_hostile_name(void)
{
  char name[256];
  memset(name, '_', 255);
  name[255] = '\0';
  CHECK(matches("{a}_{b}_{c}_{d}_{e}_{f}_{g}x", name, "no"));
  CHECK(matches("{a}_{b}_{c}_{d}_{e}_{a}x", name, "error"));
}

static void test_bound_values(void)
{
  struct template t;
  const char *values[TEMPLATE_NAMES] = {"s1", NULL};
  CHECK(!template_compile(&arena, "{scan}_{slice}", &t, NULL));
  CHECK(template_match(&t, t.path, "s2_1", values, &arena, NULL) == 0 && !values[1]);
  CHECK(template_match(&t, t.path, "s1_1", values, &arena, NULL) == 1 &&
        !strcmp(values[1], "1"));
}

static void test_fill(void)
{
  const char *const names[] = {"a", "bc"}, *const values[] = {"1", "2"};
  struct err err = ERR_INIT;
  const char *text = template_fill(&arena, "x{bc}:{a}{a}", 2, names, values, &err);
  CHECK(text && !strcmp(text, "x2:11"));
  CHECK(!template_fill(&arena, "{b}", 2, names, values, &err) && err.errnum == EINVAL);
}

/* --- on disk ----------------------------------------------------------------------- */

static int note(void *ctx, const struct template_match *m, struct err *err)
{
  struct text *out = ctx;
  text_add(out, "%s%s%s\n", m->path + strlen(files_root), m->key ? ":" : "",
           m->key ? m->key : "");
  return 0;
}

static bool expands(const char *pattern, const char *avoid, const char *expected)
{
  struct template t;
  struct text out = {0};
  struct err err = ERR_INIT;
  bool ok = !template_compile(&arena, pattern, &t, &err) &&
            !template_expand(&t, files_root, avoid, pool, &arena, note, &out, &err) &&
            !strcmp(out.data ? out.data : "", expected);
  if (!ok)
    fprintf(stderr, "%s: expected:\n%sfound:\n%s%s\n", pattern, expected,
            out.data ? out.data : "", err.msg);
  text_free(&out);
  return ok;
}

static void test_expand(void)
{
  files_text("raw/a_2.im", "");
  files_text("raw/a_10.im", "");
  files_text("raw/b_1.im", "");
  files_text("raw/b_1.seg", "");
  files_text("raw/.c_1.im", "");
  mkdir(files_path("raw/d_1.im"), 0755);
  CHECK(expands("raw/{scan}_{slice}.im:data", NULL,
                "/raw/a_2.im:data\n/raw/a_10.im:data\n/raw/b_1.im:data\n"));
  CHECK(expands("{d}/b_1.{e}", NULL, "/raw/b_1.im\n/raw/b_1.seg\n"));
  CHECK(expands("raw/b_1.im", NULL, "/raw/b_1.im\n") && expands("raw/x", NULL, ""));
  CHECK(expands("nowhere/{a}", NULL, "") && expands("raw/a_2.im/{a}", NULL, ""));
  CHECK(expands("{d}/b_1.im", files_path("raw"), ""));
  CHECK(expands("raw/{a}.im", files_path("raw"), ""));
}

static void test_expand_absolute(void)
{
  char pattern[PATH_MAX + 20];
  files_text("x/1.nii", "");
  snprintf(pattern, sizeof pattern, "%s/x/{n}.nii", files_root);
  CHECK(expands(pattern, NULL, "/x/1.nii\n"));
}

static void test_expand_keys(void)
{
  files_h5("a.h5", "p10/d", 2, (hsize_t[]){2, 2});
  files_h5("a.h5", "p2/d", 2, (hsize_t[]){2, 2});
  files_h5("a.h5", "p2/e", 2, (hsize_t[]){2, 2});
  CHECK(expands("{f}.h5:p{n}/d", NULL, "/a.h5:p2/d\n/a.h5:p10/d\n"));
  CHECK(expands("{f}.h5:{f}/d", NULL, "/a.h5:a/d\n") && expands("{f}.h5:{g}", NULL, ""));
}

static int stop(void *ctx, const struct template_match *m, struct err *err)
{
  return ++*(int *)ctx == 1 ? 7 : 0;
}

static void test_callback_stops(void)
{
  files_text("1", "");
  files_text("2", "");
  struct template t;
  int calls = 0;
  CHECK(!template_compile(&arena, "{n}", &t, NULL));
  CHECK(template_expand(&t, files_root, NULL, pool, &arena, stop, &calls, NULL) == 7);
  CHECK(calls == 1);
}

int main(void)
{
  static void (*const tests[])(void) = {
      test_compile,
      test_refused,
      test_match,
      test_repeated_name_backtracks,
      test_hostile_name,
      test_bound_values,
      test_fill,
      test_expand,
      test_expand_absolute,
      test_expand_keys,
      test_callback_stops,
  };
  pool = check_pool(.cache_bytes = 1 << 20);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    arena_init(&arena);
    files_begin();
    tests[i]();
    files_end();
    arena_free(&arena);
  }
  source_pool_free(pool);
  return check_report("template");
}
