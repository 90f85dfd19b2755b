/* Text in, mount_spec out: the command line, the options, the description. */
#ifndef TESSERAFS_MOUNTOPTS_H
#define TESSERAFS_MOUNTOPTS_H

#include <stdio.h>

#include "core/args/param.h"
#include "core/base/arena.h"
#include "core/base/problems.h"
#include "core/tree/spec.h"

enum action {
  ACTION_MOUNT,
  ACTION_LS,
  ACTION_CAT,
  ACTION_CHECK,
  ACTION_HELP,
  ACTION_VERSION,
  ACTION_MAN,
  ACTION_COMPLETION,
  ACTION_SCHEMA
};

/* The command line.  Strings live in the arena. */
struct options {
  enum action action;
  const char *source;     /* as given */
  const char *mountpoint; /* ACTION_MOUNT; as given */
  const char *path;       /* ACTION_LS, ACTION_CAT, ACTION_CHECK; "" when not given */
  int64_t limit;          /* ACTION_CHECK; 0: none */
  bool foreground, debug, single;
  /* the rows of option_params[] */
  bool given[PARAM_ROWS_MAX];        /* by row: whether the command line states it (see
                                      * option_given) */
  const char *config, *root, *state; /* NULL: not given */
  int64_t seed, threads, epochs;     /* threads 0: not given */
  struct bytes cache;
  bool prefetch, xattr, singly;
  unsigned formats;
  int64_t uid, gid, umask; /* -1: not given (umask is written octal) */
  /* passed on to libfuse: an argv of its own, and -o words that are not ours (as written,
   * escapes included); fuse_parse_cmdline() reads clone_fd and max_idle_threads among
   * them */
  int fuse_argc;
  char **fuse_argv;
};

extern const struct param option_params[];
extern const size_t option_params_count;

/* -1: every problem is in *problems (exit status 1). */
int options_parse(int argc, char **argv, struct arena *arena, struct options *out,
                  struct problems *problems);
/* Returns whether the command line states the option. */
bool option_given(const struct options *options, const char *key);

/* Reads the description or looks at the directory, and opens the pool, which the caller
 * frees after all that reads from it.  -1 (the dataset or its description is wrong, exit
 * status 2) or 1 (an option is, exit status 1): every problem is in *problems. */
int mountopts_load(const struct options *options, struct arena *arena,
                   struct mount_spec *out, struct source_pool **pool,
                   struct problems *problems);

/* Returns the bytes of memory that this process may use: the machine's, or its cgroup's
 * limit (v1 and v2). */
uint64_t memory_available(void);
/* Returns the cores that this process may use, by affinity and cgroup quota. */
int cpus_available(void);

/* Print texts made from the tables, to stdout or a file. */
void help_print(FILE *out);            /* --help */
void help_print_man(FILE *out);        /* --man: tesserafs(1) */
void help_print_completion(FILE *out); /* --completion: bash's */
void help_print_schema(FILE *out);     /* --schema: the JSON schema of tesserafs.json */

#endif
