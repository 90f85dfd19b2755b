/* From the options to the spec of a mount: finds SOURCE and its description or layout,
 * and fills in what the user did not say. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/log.h"
#include "core/discover/discover.h"
#include "core/source/gzip/gzindex_file.h"
#include "mountopts/description/description.h"
#include "mountopts/mountopts.h"
#include "mountopts/paths.h"
#include "mountopts/text_file.h"

struct loader {
  const struct options *options;
  struct arena *arena;
  struct mount_spec *out;
  struct source_pool *pool;
  struct problems *problems;
  bool directory;          /* SOURCE is one */
  const char *description; /* path as messages call it; NULL: none */
  bool list;               /* it is a list of files */
  const char *cwd;         /* of a list */
  bool named;              /* the user named it on the command line */
  const char *root;        /* real path from which relative paths start */
  const char *avoid;
  struct timespec mtime; /* of the description */
};

static int problem(struct loader *loader, const struct err *err)
{
  problems_add(loader->problems, "%s", err->msg);
  return -1;
}

/* --- where things are -------------------------------------------------------------- */

/* Returns whether a file of no known format looks like JSON, by its name or by its first
 * byte. */
static bool is_json(const char *path)
{
  struct err err = ERR_INIT;
  char head[512];
  size_t len = strlen(path), suffix;
  if (len > 5 && !strcasecmp(path + len - 5, ".json"))
    return true;
  CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? pread(fd, head, sizeof head - 1, 0) : -1;
  head[n > 0 ? n : 0] = '\0';
  const char first = head[strspn(head, " \t\r\n")];
  return (first == '{' || first == '[') && !source_probe(path, &suffix, &err);
}

static int find_source(struct loader *loader)
{
  const char *source = loader->options->source;
  struct err err = ERR_INIT;
  struct stat st;
  loader->out->source = path_real(loader->arena, source, &err);
  if (!loader->out->source)
    return problem(loader, &err);
  if (stat(loader->out->source, &st)) {
    err_set_errno(&err, errno, "%s", source);
    return problem(loader, &err);
  }
  loader->directory = S_ISDIR(st.st_mode);
  if (!loader->directory && !S_ISREG(st.st_mode)) {
    problems_add(loader->problems, "%s: expected a directory or a file", source);
    return -1;
  }
  return 0;
}

/* The description that a list stands for, so far as it matters for its lines. */
static void describe_list(const struct loader *loader, struct description *desc)
{
  desc->also = loader->cwd;
  desc->singly = loader->options->singly;
}

/* Finds out whether SOURCE is a list of files. */
static int find_list(struct loader *loader)
{
  const struct options *options = loader->options;
  struct err err = ERR_INIT;
  CLEANUP_FREE char *root = options->root ? realpath(options->root, NULL) : NULL;
  struct description desc = {.root = root, .root_said = root, .arena = loader->arena};
  loader->cwd = path_real(loader->arena, ".", &err);
  if (!loader->cwd)
    return problem(loader, &err);
  describe_list(loader, &desc);
  loader->list = description_is_list(&desc, loader->out->source);
  return 0;
}

static int find_description(struct loader *loader)
{
  const struct options *options = loader->options;
  struct err err = ERR_INIT;
  struct stat st;
  if (!options->config && !loader->directory && find_list(loader))
    return -1;
  loader->named = options->config || loader->list ||
                  (!loader->directory && is_json(loader->out->source));
  if (loader->named) {
    loader->description = options->config ? options->config : options->source;
    return 0;
  }
  if (!loader->directory)
    return 0;
  const char *path =
      arena_printf(loader->arena, &err, "%s/tesserafs.json", loader->out->source);
  if (!path)
    return problem(loader, &err);
  /* a dangling link counts as a description too: reading it says what is wrong */
  if (!lstat(path, &st))
    loader->description = path;
  return 0;
}

/* Finds the root: what -o root says, else the directory of the description, else
 * SOURCE. */
static int find_root(struct loader *loader)
{
  const struct options *options = loader->options;
  struct err err = ERR_INIT;
  const char *dir = loader->out->source;
  if (options->root)
    dir = options->root;
  else if (loader->description)
    dir = path_directory(loader->arena, loader->description, &err);
  loader->root = dir ? path_real(loader->arena, dir, &err) : NULL;
  if (loader->root)
    return 0;
  if (options->root)
    err_prefix(&err, "-o root");
  return problem(loader, &err);
}

/* A MOUNTPOINT whose directory does not exist is refused later, by the mount. */
static int find_avoid(struct loader *loader)
{
  const char *mountpoint = loader->options->mountpoint;
  loader->avoid = mountpoint ? path_real_place(loader->arena, mountpoint, NULL) : NULL;
  if (!loader->avoid || !path_below(loader->avoid, loader->out->source))
    return 0;
  problems_add(
      loader->problems,
      "%s: expected a mountpoint that does not hold SOURCE (%s): the mount would hide it",
      mountpoint, loader->out->source);
  return -1;
}

/* --- the spec's own values --------------------------------------------------------- */

static void set_numbers(struct loader *loader)
{
  const struct options *options = loader->options;
  struct mount_spec *out = loader->out;
  const uint64_t memory = memory_available(), percent = options->cache.value;
  out->seed = options->seed;
  out->cache_bytes = !options->cache.percent     ? options->cache.value
                     : memory < UINT64_MAX / 100 ? memory * percent / 100
                                                 : memory / 100 * percent;
  out->mountpoint = options->mountpoint;
  out->prefetch = options->prefetch;
  out->threads = options->threads ? options->threads : cpus_available();
  out->formats = options->formats;
  out->formats_given = option_given(options, "formats");
  out->epochs = options->epochs;
  out->xattr = options->xattr;
}

/* Returns $XDG_STATE_HOME when it is absolute (its specification says to ignore it
 * otherwise), else ~/.local/state. */
static const char *state_home(struct loader *loader, struct err *err)
{
  const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (xdg && *xdg == '/')
    return xdg;
  if (!home || *home != '/') {
    const struct passwd *user = getpwuid(getuid());
    home = user ? user->pw_dir : "/";
  }
  return arena_printf(loader->arena, err, "%s/.local/state", home);
}

/* A state directory that the user did not name is left alone when it cannot be trusted,
 * because the mount works without one. */
static int set_default_state(struct loader *loader)
{
  struct mount_spec *out = loader->out;
  struct err err = ERR_INIT;
  const char *home = state_home(loader, &err);
  out->state = home ? arena_printf(loader->arena, &err, "%s/tesserafs/%016llx", home,
                                   text_hash(0, out->source, strlen(out->source)))
                    : NULL;
  if (!out->state)
    return problem(loader, &err);
  if (gzindex_directory_check(out->state, &err) && err.errnum == EPERM) {
    log_error("the state directory %s; it is not used, so that no index of a large .gz "
              "file is kept (-o state=DIR names another one)",
              err.msg);
    out->state = NULL;
  }
  return 0;
}

/* -1: the option is wrong. */
static int set_state(struct loader *loader)
{
  struct mount_spec *out = loader->out;
  struct err err = ERR_INIT;
  const char *state = loader->options->state;
  if (!state)
    return set_default_state(loader);
  CLEANUP_FREE char *cwd = realpath(".", NULL);
  CLEANUP_FREE char *whole = realpath(state, NULL);
  out->state = whole ? arena_strdup(loader->arena, whole, &err)
                     : path_normal(loader->arena, cwd ? cwd : "/", state, &err);
  const char *real = path_real_ancestor(loader->arena, state, &err);
  if (!out->state || !real)
    return problem(loader, &err);
  if (path_below(out->source, real)) {
    problems_add(loader->problems,
                 "-o state: expected a directory outside %s, found '%s'", out->source,
                 state);
    return -1;
  }
  if (!gzindex_directory_check(out->state, &err))
    return 0;
  err_prefix(&err, "-o state");
  return problem(loader, &err);
}

/* HDF5 files may link to files in SOURCE (for one file: in its directory), or below -o
 * root; to any file once the description was named on the command line. */
static int open_pool(struct loader *loader)
{
  struct err err = ERR_INIT;
  struct source_pool_opts opts = {.cache_bytes = loader->out->cache_bytes,
                                  .threads = (int)loader->out->threads,
                                  .state = loader->out->state};
  if (loader->options->root)
    opts.root = loader->root;
  else if (!loader->named)
    opts.root = loader->directory
                    ? loader->out->source
                    : path_directory(loader->arena, loader->out->source, &err);
  loader->pool = err.errnum ? NULL : source_pool_new(&opts, &err);
  return loader->pool ? 0 : problem(loader, &err);
}

/* --- the dataset ------------------------------------------------------------------- */

static int read_description(struct loader *loader)
{
  struct mount_spec *out = loader->out;
  struct err err = ERR_INIT;
  size_t size = 0;
  CLEANUP_FREE char *text =
      text_file_read(loader->named ? NULL : out->source, loader->description, &size,
                     &loader->mtime, &err);
  if (!text)
    return problem(loader, &err);
  struct description desc = {.file = loader->description,
                             .root = loader->root,
                             .root_said = loader->options->root,
                             .inside = loader->named ? NULL : loader->root,
                             .avoid = loader->avoid,
                             .pool = loader->pool,
                             .arena = loader->arena,
                             .problems = loader->problems};
  if (!loader->named)
    desc.file = "tesserafs.json";
  desc.singly = loader->options->singly;
  if (loader->list)
    describe_list(loader, &desc);
  if (loader->list ? description_read_list(&desc, out->source)
                   : description_read(&desc, text, size))
    return -1;
  if (loader->list)
    desc.dataset.layout = "list";
  out->dataset = desc.dataset;
  out->dataset.mtime = loader->mtime;
  out->views = desc.views;
  out->nviews = desc.nviews;
  if (desc.has_seed && !option_given(loader->options, "seed"))
    out->seed = desc.seed;
  if (desc.formats && !option_given(loader->options, "formats")) {
    out->formats = desc.formats;
    out->formats_given = true;
  }
  return 0;
}

static int load_dataset(struct loader *loader)
{
  struct mount_spec *out = loader->out;
  struct err err = ERR_INIT;
  if (!loader->description && loader->options->singly) {
    problems_add(loader->problems, "-o singly: expected a list of files, found none: %s",
                 out->source);
    return -1;
  }
  if (loader->description ? read_description(loader)
                          : discover(out->source, loader->avoid, loader->pool,
                                     loader->arena, &out->dataset, loader->problems))
    return -1;
  return dataset_say_splits(&out->dataset, loader->arena, &err) ? problem(loader, &err)
                                                                : 0;
}

int mountopts_load(const struct options *options, struct arena *arena,
                   struct mount_spec *out, struct source_pool **pool,
                   struct problems *problems)
{
  struct loader loader = {
      .options = options, .arena = arena, .out = out, .problems = problems};
  *out = (struct mount_spec){0};
  *pool = NULL;
  if (find_source(&loader) || find_description(&loader))
    return -1;
  set_numbers(&loader);
  /* these do not depend on each other, so all of them run and all their problems are
   * reported at once */
  const int places = find_root(&loader) | find_avoid(&loader), state = set_state(&loader);
  if (places || state)
    return places ? -1 : 1;
  if (open_pool(&loader))
    return -1;
  if (!load_dataset(&loader)) {
    *pool = loader.pool;
    return 0;
  }
  source_pool_free(loader.pool);
  return -1;
}
