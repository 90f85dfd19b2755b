/* The command line: paths and options in any order, words for libfuse, every problem at
 * once. */
#include <stdlib.h>
#include <string.h>

#include "mountopts/mountopts.h"
#include "tests/support/check.h"

static struct arena arena;
static struct options options;
static struct problems problems;

/* Splits at blanks. */
static int parse(const char *line)
{
  char *argv[32], *rest = arena_strdup(&arena, line, NULL);
  int argc = 0;
  for (char *arg; (arg = strsep(&rest, " "));)
    argv[argc++] = arg;
  argv[argc] = NULL;
  problems_free(&problems);
  problems = (struct problems){0};
  return options_parse(argc, argv, &arena, &options, &problems);
}

static bool says(const char *line)
{
  bool found = problems.lines.data && strstr(problems.lines.data, line);
  if (!found)
    fprintf(stderr, "wanted: %s\nfound: %s\n", line,
            problems.lines.data ? problems.lines.data : "nothing");
  return found;
}

static void test_mount(void)
{
  CHECK(!parse("tesserafs data mnt"));
  CHECK(options.action == ACTION_MOUNT && !strcmp(options.source, "data"));
  CHECK(!strcmp(options.mountpoint, "mnt") && options.fuse_argc == 1);
  CHECK(options.uid == -1 && options.umask == -1 && options.epochs == 1 &&
        options.prefetch);
  CHECK(options.cache.percent && options.cache.value == 25);
}

static void test_options_after_paths(void)
{
  CHECK(!parse("tesserafs data mnt -o rw,seed=7,ro -f -o epochs=3 -oumask=022"));
  CHECK(options.seed == 7 && options.epochs == 3 && options.umask == 022);
  CHECK(options.foreground && !options.debug);
  CHECK(options.fuse_argc == 3 && !strcmp(options.fuse_argv[2], "ro"));
  CHECK(option_given(&options, "seed") && !option_given(&options, "cache"));
}

static void test_fstab(void)
{
  CHECK(!parse(
      "tesserafs data mnt -o rw,nofail,_netdev,x-systemd.automount,user,uid=5,gid=6,"
      "umask=027,noauto,comment=a,nosuid,nodev,allow_other"));
  CHECK(options.uid == 5 && options.gid == 6 && options.umask == 027);
  CHECK(options.fuse_argc == 7 && !strcmp(options.fuse_argv[2], "nosuid"));
  CHECK(!strcmp(options.fuse_argv[6], "allow_other"));
}

static void test_escapes(void)
{
  CHECK(!parse("tesserafs data mnt -o config=a\\,b\\\\c\\056json,fsname=x\\,y"));
  CHECK(!strcmp(options.config, "a,b\\c.json"));
  CHECK(
      !strcmp(options.fuse_argv[2], "fsname=x\\,y")); /* libfuse takes them off itself */
}

static void test_short_flags(void)
{
  CHECK(!parse("tesserafs -sd data mnt"));
  CHECK(options.single && options.debug && options.foreground);
  CHECK(!parse("tesserafs -fo seed=2 data mnt") && options.foreground &&
        options.seed == 2);
  CHECK(!parse("tesserafs -h") && options.action == ACTION_HELP);
  CHECK(!parse("tesserafs --bogus -V") && options.action == ACTION_VERSION);
}

static void test_actions(void)
{
  CHECK(!parse("tesserafs --ls data -o seed=1") && options.action == ACTION_LS);
  CHECK(!strcmp(options.path, "") && options.seed == 1);
  CHECK(!parse("tesserafs --cat data scans/a/image.npy") && options.action == ACTION_CAT);
  CHECK(!strcmp(options.path, "scans/a/image.npy"));
  CHECK(!parse("tesserafs --check data") && options.action == ACTION_CHECK);
  CHECK(!parse("tesserafs --ls -- -data") && !strcmp(options.source, "-data"));
}

static void test_wrong_paths(void)
{
  CHECK(parse("tesserafs data") && says("expected SOURCE MOUNTPOINT, found only data"));
  CHECK(parse("tesserafs --cat data") &&
        says("--cat: expected SOURCE PATH, found only data"));
  CHECK(parse("tesserafs a b c") && says("'c': one argument too many"));
  CHECK(parse("tesserafs --check a b c") && says("'c': one argument too many"));
  CHECK(!parse("tesserafs --check a scans/b --limit=3") && options.limit == 3 &&
        !strcmp(options.path, "scans/b"));
  CHECK(parse("tesserafs --check a --limit=0") && says("expected a positive integer"));
  CHECK(parse("tesserafs --ls a --limit=2") && says("--limit: goes with --check"));
  CHECK(parse("tesserafs --ls --cat a b") && says("--cat: does not go with --ls"));
}

static void test_all_problems(void)
{
  CHECK(parse("tesserafs a b -o cahe=1,epochs=0,seed -o prefetch=maybe --lss") == -1);
  CHECK(problems.count == 5);
  CHECK(says("-o cahe=1: unknown option; did you mean 'cache'?"));
  CHECK(says("-o epochs: expected a positive integer, found '0'"));
  CHECK(says("-o seed: expected an integer of 0 or more, found no value"));
  CHECK(says("-o prefetch: expected on or off, found 'maybe'"));
  CHECK(says("--lss: unknown option; did you mean --ls"));
}

static void test_switch_alone(void)
{
  CHECK(!parse("tesserafs a b -o xattr") && options.xattr);
  CHECK(!parse("tesserafs a b -o xattr=off,prefetch=off") && !options.xattr &&
        !options.prefetch);
}

static void test_resources(void)
{
  CHECK(memory_available() > UINT64_C(16) << 20);
  CHECK(cpus_available() >= 1);
}

int main(void)
{
  arena_init(&arena);
  test_mount();
  test_options_after_paths();
  test_fstab();
  test_escapes();
  test_short_flags();
  test_actions();
  test_wrong_paths();
  test_all_problems();
  test_switch_alone();
  test_resources();
  problems_free(&problems);
  arena_free(&arena);
  return check_report("options");
}
