/* From argv to an action and its exit status. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/source/hdf5/hdf5_worker.h"
#include "core/source/source.h"
#include "fs/cli.h"
#include "fs/daemon.h"
#include "fs/ending.h"
#include "fs/exit_status.h"
#include "fs/mountpoint.h"
#include "fs/session.h"
#include "mountopts/mountopts.h"
#include "mountopts/paths.h"

static int failed(const struct err *err, int status)
{
  fprintf(stderr, "tesserafs: %s\n", err->msg);
  return status;
}

static int all_failed(const struct problems *problems, int status)
{
  const char *line = problems->lines.data ? problems->lines.data : "";
  while (*line) {
    const size_t len = strcspn(line, "\n");
    fprintf(stderr, "tesserafs: %.*s\n", (int)len, line);
    line += len + (line[len] == '\n');
  }
  const int more = problems->count - PROBLEMS_MAX;
  if (more > 0)
    fprintf(stderr, "tesserafs: and %d problems more\n", more);
  return status;
}

/* Refuses a SOURCE below MOUNTPOINT, which the mount that is to read it would hide. */
static int mount_tree(const struct options *options, const struct mount_spec *spec,
                      struct tree *tree, struct daemon *daemon)
{
  if (path_below(options->mountpoint, spec->source)) {
    fprintf(stderr,
            "tesserafs: %s: is or holds SOURCE (%s), which the mount would hide\n",
            options->mountpoint, spec->source);
    return EXIT_CANNOT_MOUNT;
  }
  return session_run(options, spec, tree, daemon);
}

static int act(const struct options *options, const struct mount_spec *spec,
               struct tree *tree, struct daemon *daemon)
{
  switch (options->action) {
  case ACTION_LS:
    return cli_ls(tree, options->path);
  case ACTION_CAT:
    return cli_cat(tree, options->path);
  case ACTION_CHECK:
    return cli_check(tree, &(struct tree_check){options->path, options->limit});
  default:
    return mount_tree(options, spec, tree, daemon);
  }
}

/* Runs the actions that read the dataset; the libhdf5 process is forked first, while
 * there is one thread and nothing is open. */
static int run(const struct options *options, struct arena *arena, struct daemon *daemon)
{
  struct mount_spec spec;
  struct source_pool *pool;
  struct problems problems = {0};
  struct err err = ERR_INIT;
  if (hdf5_worker_start(&err))
    return failed(&err, EXIT_DATASET);
  const int wrong = mountopts_load(options, arena, &spec, &pool, &problems);
  if (wrong) {
    const int status = all_failed(&problems, wrong > 0 ? EXIT_USAGE : EXIT_DATASET);
    problems_free(&problems);
    return status;
  }
  ending_watch();
  struct tree *tree = tree_new(&spec, pool, &err);
  const int status =
      tree ? act(options, &spec, tree, daemon) : failed(&err, EXIT_DATASET);
  fflush(stdout);
  ending_begin(status);
  tree_free(tree);
  source_pool_free(pool);
  problems_free(&problems);
  return status;
}

/* Prepares the mountpoint first: a user who mistyped it learns it at once, and a dead
 * mount must be gone before anything looks at paths. */
static int run_mount(struct options *options, struct arena *arena)
{
  struct daemon daemon = DAEMON_FOREGROUND;
  struct err err = ERR_INIT;
  options->mountpoint = path_real_place(arena, options->mountpoint, &err);
  if (!options->mountpoint || mountpoint_prepare(options->mountpoint, &err))
    return failed(&err, EXIT_CANNOT_MOUNT);
  if (!options->foreground && daemon_start(&daemon, &err))
    return failed(&err, EXIT_CANNOT_MOUNT);
  return run(options, arena, &daemon);
}

/* Prints a text made from the tables; fails when it cannot be written whole, because the
 * Makefile installs the output. */
static int print(void (*text)(FILE *out))
{
  text(stdout);
  if (!fflush(stdout) && !ferror(stdout))
    return EXIT_SUCCESS;
  fprintf(stderr, "tesserafs: cannot write\n");
  return EXIT_USAGE;
}

static void print_version(FILE *out)
{
  fprintf(out, "tesserafs %s\n", TESSERAFS_VERSION);
}

static int dispatch(struct options *options, struct arena *arena)
{
  struct daemon none = DAEMON_FOREGROUND;
  switch (options->action) {
  case ACTION_HELP:
    return print(help_print);
  case ACTION_VERSION:
    return print(print_version);
  case ACTION_MAN:
    return print(help_print_man);
  case ACTION_COMPLETION:
    return print(help_print_completion);
  case ACTION_SCHEMA:
    return print(help_print_schema);
  case ACTION_MOUNT:
    return run_mount(options, arena);
  default:
    return run(options, arena, &none);
  }
}

/* By default glibc keeps any size that was freed once: up to 64 MiB in each of eight
 * heaps per processor, so that 40 readers of pages of 15 MB took 740 MiB with
 * cache=1M. */
static void limit_malloc(void)
{
  enum { KEPT = 8 << 20, HEAPS = 4 };
  mallopt(M_MMAP_THRESHOLD, KEPT);
  mallopt(M_TRIM_THRESHOLD, KEPT);
  mallopt(M_ARENA_MAX, HEAPS);
}

int main(int argc, char **argv)
{
  struct arena arena;
  struct options options;
  struct problems problems = {0};
  hdf5_worker_main(argv);
  limit_malloc();
  signal(SIGPIPE, SIG_IGN); /* a write to a closed pipe then fails with EPIPE, which its
                             * caller handles */
  arena_init(&arena);
  const int status = options_parse(argc, argv, &arena, &options, &problems)
                         ? all_failed(&problems, EXIT_USAGE)
                         : dispatch(&options, &arena);
  problems_free(&problems);
  arena_free(&arena);
  log_flush();
  return status;
}
