/* The words after -o: our own rows, words for libfuse, words of fstab, and unknown
 * ones. */
#include "mountopts/option_words.h"

#include <errno.h>
#include <string.h>

#include "core/encoding/encoding.h"
#include "mountopts/mountopts.h"

#define AT(member) offsetof(struct options, member)

const struct param option_params[] = {
    {"config", PARAM_TEXT, AT(config),
     .help = "the description; SOURCE/tesserafs.json when there is one"},
    {"root", PARAM_TEXT, AT(root),
     .help = "where a description's relative paths start; its own directory"},
    {"seed", PARAM_INT, AT(seed), .def = "0", .max = INT64_MAX,
     .help = "what all that is random is drawn from"},
    {"cache", PARAM_BYTES, AT(cache), .def = "25%",
     .help = "memory for decoded blocks; K, M, G, T, or % of what this process may use"},
    {"prefetch", PARAM_SWITCH, AT(prefetch), .def = "on",
     .help = "decode ahead of readers that go in order, and what is written to "
             ".tesserafs/prefetch"},
    {"threads", PARAM_INT, AT(threads), .min = 1, .max = 1024,
     .help = "threads that decode; the cores this process may use"},
    {"formats", PARAM_FORMATS, AT(formats), .names = encoding_ext, .def = "npy",
     .help = "encodings that directories list; every suitable one can be opened"},
    {"epochs", PARAM_INT, AT(epochs), .def = "1", .min = 1, .max = INT32_MAX,
     .help = "epochs that are listed; every one can be opened"},
    {"state", PARAM_TEXT, AT(state),
     .help = "where predictions, and indexes of large .nii.gz, are kept; tesserafs/<hash "
             "of SOURCE> in the user's state directory"},
    {"singly", PARAM_SWITCH, AT(singly), .def = "off",
     .help = "each file of a list of files is a scan, not a slice of one"},
    {"xattr", PARAM_SWITCH, AT(xattr), .def = "off",
     .help = "attributes user.tesserafs.*; they cost 'ls -l' two calls a file"},
    {"uid", PARAM_INT, AT(uid), .max = UINT32_MAX - 1,
     .help = "owner of all files; the mounter"},
    {"gid", PARAM_INT, AT(gid), .max = UINT32_MAX - 1,
     .help = "group of all files; the mounter's"},
    {"umask", PARAM_OCTAL, AT(umask), .max = 0777,
     .help = "permissions taken away from 0444 and 0555"},
};
enum { ROWS = sizeof option_params / sizeof *option_params };
const size_t option_params_count = ROWS;
_Static_assert((size_t)ROWS <= PARAM_ROWS_MAX, "raise PARAM_ROWS_MAX");

/* Words that end in '=' take a value, words that end in '*' are a prefix. */
static const char *const fuse_words[] = {"allow_other",
                                         "allow_root",
                                         "auto_unmount",
                                         "default_permissions",
                                         "fsname=",
                                         "subtype=",
                                         "max_read=",
                                         "max_write=",
                                         "max_background=",
                                         "congestion_threshold=",
                                         "clone_fd",
                                         "max_idle_threads=",
                                         "max_threads=",
                                         "debug",
                                         "ro",
                                         "dev",
                                         "nodev",
                                         "suid",
                                         "nosuid",
                                         "exec",
                                         "noexec",
                                         "sync",
                                         "async",
                                         "dirsync",
                                         "atime",
                                         "noatime",
                                         "blkdev",
                                         "context=",
                                         "fscontext=",
                                         "defcontext=",
                                         "rootcontext="};
static const char *const fstab_words[] = {
    "rw",         "nofail",      "_netdev",       "x-*",      "X-*",        "user",
    "user=",      "users",       "nouser",        "owner",    "noowner",    "group",
    "nogroup",    "auto",        "noauto",        "defaults", "comment=",   "relatime",
    "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "diratime",
    "nodiratime", "symfollow",   "silent",        "loud"};
enum {
  FUSE_WORDS = sizeof fuse_words / sizeof *fuse_words,
  FSTAB_WORDS = sizeof fstab_words / sizeof *fstab_words,
  WORDS_MAX = FUSE_WORDS + FSTAB_WORDS + ROWS
};

void option_each_passed(void (*fn)(void *ctx, const char *word), void *ctx)
{
  for (int i = 0; i < FUSE_WORDS; i++)
    fn(ctx, fuse_words[i]);
}

/* Returns whether `word` ("fsname=x", "ro") is in the list. */
static bool listed(const char *const *words, size_t n, const char *word)
{
  for (size_t i = 0; i < n; i++) {
    size_t len = strlen(words[i]);
    char last = words[i][len - 1];
    if (last == '*'   ? !strncmp(words[i], word, len - 1)
        : last == '=' ? !strncmp(words[i], word, len)
                      : !strcmp(words[i], word))
      return true;
  }
  return false;
}

bool option_given(const struct options *options, const char *key)
{
  for (size_t i = 0; i < option_params_count; i++)
    if (!strcmp(option_params[i].key, key))
      return options->given[i];
  return false;
}

/* Undoes libfuse's escapes: "\," is a comma, "\\" a backslash, "\054" the byte of that
 * octal number.  Cuts the word at its comma; returns where the next word starts, NULL at
 * the end. */
static char *take_word(char *word)
{
  char *out = word, *in = word;
  for (; *in && *in != ','; in++) {
    if (*in != '\\' || !in[1]) {
      *out++ = *in;
    } else if (in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
               in[3] >= '0' && in[3] <= '7') {
      *out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
      in += 3;
    } else {
      *out++ = *++in;
    }
  }
  char *next = *in ? in + 1 : NULL;
  *out = '\0';
  return next;
}

/* Returns a word of our lists without the '=' or '*' that marks it. */
static const char *plain_word(struct arena *arena, const char *word)
{
  struct err err = ERR_INIT;
  return arena_printf(arena, &err, "%.*s", (int)strcspn(word, "=*"), word);
}

static void unknown_word(const char *word, struct arena *arena, struct problems *problems)
{
  const char *known[WORDS_MAX];
  size_t n = 0;
  for (size_t i = 0; i < option_params_count; i++)
    known[n++] = option_params[i].key;
  for (size_t i = 0; i < FUSE_WORDS + FSTAB_WORDS; i++) {
    const char *listed_word =
        i < FUSE_WORDS ? fuse_words[i] : fstab_words[i - FUSE_WORDS];
    const char *plain = plain_word(arena, listed_word);
    if (plain)
      known[n++] = plain;
  }
  const char *name = plain_word(arena, word);
  const char *nearest = name ? text_nearest(name, known, n) : NULL;
  if (nearest)
    problems_add(problems, "-o %s: unknown option; did you mean '%s'?", word, nearest);
  else
    problems_add(problems, "-o %s: unknown option; see --help", word);
}

/* Sets the row's field; a switch without a value is on. */
static void own_word(struct options *options, const struct param *row, const char *value,
                     struct arena *arena, struct problems *problems)
{
  struct err err = ERR_INIT;
  char expected[300];
  if (!value && row->type == PARAM_SWITCH)
    value = "on";
  param_expected(row, expected, sizeof expected);
  if (!value)
    problems_add(problems, "-o %s: expected %s, found no value", row->key, expected);
  else if (param_set(row, options, value, NULL, arena, &err))
    problems_add(problems, "-o %s: %s", row->key, err.msg);
  else
    options->given[row - option_params] = true;
}

static void one_word(struct options *options, char *word, const char *written,
                     struct arena *arena, struct problems *problems)
{
  if (listed(fstab_words, FSTAB_WORDS, word))
    return;
  if (listed(fuse_words, FUSE_WORDS, word)) {
    options->debug |= !strcmp(word, "debug");
    option_pass_on(options, written, arena, problems);
    return;
  }
  size_t len = strcspn(word, "=");
  char *value = word[len] ? word + len + 1 : NULL;
  word[len] = '\0';
  const struct param *row = param_find(option_params, option_params_count, word, 0);
  if (row) {
    own_word(options, row, value, arena, problems);
    return;
  }
  if (value)
    word[len] = '=';
  unknown_word(word, arena, problems);
}

void option_pass_on(struct options *options, const char *written, struct arena *arena,
                    struct problems *problems)
{
  struct err err = ERR_INIT;
  int n = options->fuse_argc;
  char **argv = arena_array(arena, (size_t)n + 3, sizeof *argv, &err);
  char *flag = arena_strdup(arena, "-o", &err);
  char *word = arena_strdup(arena, written, &err);
  if (!argv || !flag || !word) {
    problems_add(problems, "%s", err.msg);
    return;
  }
  memcpy(argv, options->fuse_argv, (size_t)n * sizeof *argv);
  argv[n] = flag;
  argv[n + 1] = word;
  options->fuse_argv = argv;
  options->fuse_argc = n + 2;
}

void option_words(struct options *options, const char *list, struct arena *arena,
                  struct problems *problems)
{
  struct err err = ERR_INIT;
  char *copy = arena_strdup(arena, list, &err);
  if (!copy) {
    problems_add(problems, "%s", err.msg);
    return;
  }
  for (char *word = copy; word;) {
    const char *start = list + (word - copy);
    char *next = take_word(word);
    size_t len = next ? (size_t)(next - word - 1) : strlen(start);
    const char *written = arena_printf(arena, &err, "%.*s", (int)len, start);
    if (!written)
      problems_add(problems, "%s", err.msg);
    else if (*word)
      one_word(options, word, written, arena, problems);
    word = next;
  }
}
