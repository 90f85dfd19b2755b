/* The command line: an action, its paths, and options anywhere among them, since mount(8)
 * calls "tesserafs SOURCE MOUNTPOINT -o ...".  The whole line is read before anything is
 * reported, so that one call shows all mistakes. */
#include <errno.h>
#include <string.h>

#include "mountopts/mountopts.h"
#include "mountopts/option_words.h"

enum { PATHS_MAX = 2 };

/* The flag of each action and the paths that it takes. */
static const struct {
  const char *flag; /* NULL: no flag, the default */
  enum action action;
  int min, max;
  const char *paths;
} actions[] = {
    {NULL, ACTION_MOUNT, 2, 2, "SOURCE MOUNTPOINT"},
    {"--ls", ACTION_LS, 1, 2, "SOURCE [PATH]"},
    {"--cat", ACTION_CAT, 2, 2, "SOURCE PATH"},
    {"--check", ACTION_CHECK, 1, 2, "SOURCE [PATH]"},
    {"--help", ACTION_HELP, 0, 0, ""},
    {"--version", ACTION_VERSION, 0, 0, ""},
    {"--man", ACTION_MAN, 0, 0, ""},
    {"--completion", ACTION_COMPLETION, 0, 0, ""},
    {"--schema", ACTION_SCHEMA, 0, 0, ""},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

struct reader {
  struct options *options;
  struct arena *arena;
  struct problems *problems;
  int row; /* index into actions[] */
  int npaths;
  const char *paths[PATHS_MAX];
};

/* --help, --version and other texts win over all else, because a user who asks for help
 * may have made mistakes. */
static bool only_prints(int row)
{
  return !actions[row].max;
}

static void set_action(struct reader *reader, int row)
{
  enum action now = actions[reader->row].action;
  if (only_prints(reader->row))
    return;
  if (now != ACTION_MOUNT && now != actions[row].action && !only_prints(row))
    problems_add(reader->problems, "%s: does not go with %s", actions[row].flag,
                 actions[reader->row].flag);
  reader->row = row;
}

static int action_of(enum action action)
{
  int row = 0;
  while (actions[row].action != action)
    row++;
  return row;
}

/* "--limit=N" of --check. */
static bool limit_flag(struct reader *reader, const char *arg)
{
  static const char flag[] = "--limit=";
  if (strncmp(arg, flag, sizeof flag - 1))
    return false;
  const char *text = arg + sizeof flag - 1;
  double n;
  if (step_number(text, &n) && n >= 1 && n <= 1e15 && n == (double)(int64_t)n)
    reader->options->limit = (int64_t)n;
  else
    problems_add(reader->problems, "--limit: expected a positive integer, found '%s'",
                 text);
  return true;
}

static void long_flag(struct reader *reader, const char *arg)
{
  if (limit_flag(reader, arg))
    return;
  const char *known[ACTIONS];
  size_t n = 0;
  for (int i = 0; i < ACTIONS; i++) {
    if (!actions[i].flag)
      continue;
    known[n++] = actions[i].flag;
    if (!strcmp(arg, actions[i].flag)) {
      set_action(reader, i);
      return;
    }
  }
  const char *nearest = text_nearest(arg, known, n);
  problems_add(reader->problems, "%s: unknown option; %s%s", arg,
               nearest ? "did you mean " : "see --help", nearest ? nearest : "");
}

/* Handles one letter of "-fs"; returns false when it is unknown. */
static bool short_flag(struct reader *reader, char letter)
{
  struct options *options = reader->options;
  switch (letter) {
  case 'f':
    options->foreground = true;
    return true;
  case 's':
    options->single = true;
    return true;
  case 'd':
    option_words(options, "debug", reader->arena, reader->problems);
    return true;
  case 'h':
    set_action(reader, action_of(ACTION_HELP));
    return true;
  case 'V':
    set_action(reader, action_of(ACTION_VERSION));
    return true;
  }
  return false;
}

/* Handles "-f", "-fs", "-oX", or "-o" with X in `next`; returns how many arguments it
 * took. */
static int short_flags(struct reader *reader, const char *arg, const char *next)
{
  for (const char *letter = arg + 1; *letter; letter++) {
    if (*letter == 'o') {
      const char *words = letter[1] ? letter + 1 : next;
      if (words)
        option_words(reader->options, words, reader->arena, reader->problems);
      else
        problems_add(reader->problems, "-o: expected name[=value],..., found nothing");
      return letter[1] || !next ? 1 : 2;
    }
    if (!short_flag(reader, *letter)) {
      problems_add(reader->problems, "%s: unknown option; see --help", arg);
      return 1;
    }
  }
  return 1;
}

static void path_argument(struct reader *reader, const char *arg)
{
  struct err err = ERR_INIT;
  if (reader->npaths < PATHS_MAX) {
    const char *copy = arena_strdup(reader->arena, arg, &err);
    if (!copy)
      problems_add(reader->problems, "%s", err.msg);
    reader->paths[reader->npaths] = copy ? copy : "";
  } else {
    problems_add(reader->problems, "'%s': one argument too many", arg);
  }
  reader->npaths++;
}

static void read_arguments(struct reader *reader, int argc, char **argv)
{
  bool flags = true;
  for (int i = 1; i < argc;) {
    const char *arg = argv[i];
    if (flags && !strcmp(arg, "--")) {
      flags = false;
      i++;
    } else if (!flags || arg[0] != '-' || !arg[1]) {
      path_argument(reader, arg);
      i++;
    } else if (arg[1] == '-') {
      long_flag(reader, arg);
      i++;
    } else {
      i += short_flags(reader, arg, i + 1 < argc ? argv[i + 1] : NULL);
    }
  }
}

static void check_paths(struct reader *reader)
{
  int n = reader->npaths, row = reader->row;
  const char *flag = actions[row].flag;
  if (n < actions[row].min)
    problems_add(reader->problems, "%s%sexpected %s, found %s%s; see --help",
                 flag ? flag : "", flag ? ": " : "", actions[row].paths,
                 n ? "only " : "nothing", n ? reader->paths[0] : "");
  else if (n > actions[row].max && n <= PATHS_MAX)
    problems_add(reader->problems, "%s: expected %s; '%s' is one argument too many", flag,
                 actions[row].paths, reader->paths[n - 1]);
}

static void take_paths(struct reader *reader)
{
  struct options *options = reader->options;
  options->source = reader->npaths > 0 ? reader->paths[0] : NULL;
  const char *second = reader->npaths > 1 ? reader->paths[1] : NULL;
  if (options->action == ACTION_MOUNT)
    options->mountpoint = second;
  else
    options->path = second ? second : "";
}

int options_parse(int argc, char **argv, struct arena *arena, struct options *out,
                  struct problems *problems)
{
  static char name[] = "tesserafs";
  static char *const fuse_argv[] = {name, NULL};
  struct err err = ERR_INIT;
  struct reader reader = {.options = out, .arena = arena, .problems = problems};
  int before = problems->count;
  *out = (struct options){.uid = -1, .gid = -1, .umask = -1, .path = "", .fuse_argc = 1};
  out->fuse_argv = arena_array(arena, 2, sizeof *out->fuse_argv, &err);
  if (!out->fuse_argv ||
      param_defaults(option_params, option_params_count, 0, out, arena, &err)) {
    problems_add(problems, "%s", err.msg);
    return -1;
  }
  memcpy(out->fuse_argv, fuse_argv, sizeof fuse_argv);
  read_arguments(&reader, argc, argv);
  out->action = actions[reader.row].action;
  out->foreground |= out->debug;
  if (only_prints(reader.row))
    return 0;
  check_paths(&reader);
  if (out->limit && out->action != ACTION_CHECK)
    problems_add(problems, "--limit: goes with --check");
  take_paths(&reader);
  return problems->count > before ? -1 : 0;
}
