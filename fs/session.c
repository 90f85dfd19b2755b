/* The libfuse session.
 *
 * Threads: each request occupies one while it waits for a decoder, or for a disk, or for
 * its turn (places.h).  The kernel has at most BACKGROUND readahead requests out at a
 * time, so with more threads than that even the slowest readers leave some for names,
 * attributes and interrupts.  Both numbers are large, because a source that hangs keeps
 * every request that needs it, and all else must go on beside them.  libfuse starts
 * threads as they are needed; idle threads beyond IDLE_THREADS end, and their buffers
 * with them. */
#include "fs/session.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/cancel.h"
#include "core/base/log.h"
#include "fs/ending.h"
#include "fs/exit_status.h"
#include "fs/fs.h"
#include "fs/kernel/init_patch.h"
#include "fs/kernel/readahead.h"
#include "fs/ops.h"

enum { BACKGROUND = 256, MAX_THREADS = 2 * BACKGROUND, IDLE_THREADS = 16 };
enum { READS_AT_WORK = 64, NAMES_AT_WORK = 64 };

/* Words that libfuse knows but fuse_session_new() does not take. */
struct loop_words {
  int clone_fd;
  unsigned max_threads, idle_threads;
  unsigned max_read; /* also an option of the mount; init must state the same number */
};

struct session {
  struct fs fs; /* first: the user data of all callbacks */
  struct fuse_session *fuse;
  struct fuse_args args;
  struct loop_words words;
  struct fuse_conn_info_opts *conn;
  struct init_patch init;
  const char *mountpoint;
};

/* --- the arguments of libfuse ------------------------------------------------------ */

static const struct fuse_opt loop_opts[] = {
    {"clone_fd", offsetof(struct loop_words, clone_fd), 1},
    {"max_threads=%u", offsetof(struct loop_words, max_threads), 0},
    {"max_idle_threads=%u", offsetof(struct loop_words, idle_threads), 0},
    {"max_read=%u", offsetof(struct loop_words, max_read), 0},
    FUSE_OPT_KEY("max_read=", FUSE_OPT_KEY_KEEP),
    FUSE_OPT_END,
};

/* The options that every mount has; the user's options come later and win.  "ro" is not
 * among them, because a few files accept writes and the rest replies EROFS (write.c).
 * The kernel checks modes only where they keep somebody from reading: otherwise it would
 * itself answer EACCES to a user without write permission, before we can answer EROFS.
 * noatime: a read need not cause a setattr. */
static int add_defaults(struct fuse_args *args, const char *source, mode_t umask)
{
  char *words = NULL, *name = NULL;
  int rc = asprintf(&name, "fsname=%s", source) < 0;
  rc = rc || fuse_opt_add_opt(&words, "nosuid,nodev,noatime") ||
       (umask & 0555 && fuse_opt_add_opt(&words, "default_permissions")) ||
       fuse_opt_add_opt(&words, "subtype=tesserafs") ||
       fuse_opt_add_opt_escaped(&words, name) || fuse_opt_add_arg(args, "-o") ||
       fuse_opt_add_arg(args, words);
  free(words);
  free(name);
  return rc ? -1 : 0;
}

static int add_arguments(struct session *session, const struct options *options,
                         const struct mount_spec *spec)
{
  struct fuse_args *args = &session->args;
  int rc = fuse_opt_add_arg(args, "tesserafs") ||
           add_defaults(args, spec->source, session->fs.umask);
  for (int i = 1; !rc && i < options->fuse_argc; i++)
    rc = fuse_opt_add_arg(args, options->fuse_argv[i]);
  rc = rc || fuse_opt_parse(args, &session->words, loop_opts, NULL);
  session->conn = rc ? NULL : fuse_parse_conn_info_opts(args);
  return session->conn ? 0 : -1;
}

/* --- the callbacks that concern the session ---------------------------------------- */

static void on_init(void *data, struct fuse_conn_info *conn)
{
  struct session *session = data;
  conn->max_background = BACKGROUND;
  conn->max_read = session->words.max_read;
  /* with ASYNC_DIO the kernel would wait for O_DIRECT reads without reacting to signals,
   * SIGKILL included */
  conn->want &= ~(unsigned)FUSE_CAP_ASYNC_DIO;
  fuse_apply_conn_info_opts(session->conn, conn);
}

/* --- the wire ---------------------------------------------------------------------- */

static ssize_t io_read(int fd, void *buf, size_t size, void *data)
{
  struct session *session = data;
  const ssize_t n = read(fd, buf, size);
  if (n < 0 && errno == ENODEV) /* unmounted */
    ending_begin(EXIT_SUCCESS);
  if (n > 0)
    init_patch_request(&session->init, buf, (size_t)n);
  return n;
}

/* Called in the thread that answers INIT, before any other request. */
static void agreed(struct session *session)
{
  promises_start(&session->fs.promises, session->fuse);
  old_names_start(&session->fs.old_names, session->fuse);
  atomic_store(&session->fs.direct_maps,
               atomic_load(&session->init.agreed) & INIT_DIRECT_IO_ALLOW_MMAP);
  readahead_raise(session->mountpoint);
}

static ssize_t io_writev(int fd, struct iovec *iov, int count, void *data)
{
  struct session *session = data;
  const bool init = init_patch_reply(&session->init, iov, count);
  const ssize_t n = writev(fd, iov, count);
  if (init)
    agreed(session);
  return n;
}

static int mount(struct session *session, const char *mountpoint)
{
  static const struct fuse_custom_io io = {.read = io_read, .writev = io_writev};
  session->mountpoint = mountpoint;
  if (fuse_session_mount(session->fuse, mountpoint))
    return -1;
  if (!fuse_session_custom_io(session->fuse, &io, fuse_session_fd(session->fuse))) {
    ending_mounted(mountpoint);
    return 0;
  }
  fuse_session_unmount(session->fuse);
  return -1;
}

/* --- its life ---------------------------------------------------------------------- */

static int session_open(struct session *session, const struct options *options,
                        const struct mount_spec *spec, struct tree *tree)
{
  struct fuse_lowlevel_ops ops = ops_table(spec->xattr);
  ops.init = on_init;
  session->words =
      (struct loop_words){.max_threads = MAX_THREADS, .idle_threads = IDLE_THREADS};
  session->fs.tree = tree;
  session->fs.mounter = getuid();
  session->fs.uid = options->uid < 0 ? getuid() : (uid_t)options->uid;
  session->fs.gid = options->gid < 0 ? getgid() : (gid_t)options->gid;
  session->fs.umask = options->umask < 0 ? 0 : (mode_t)options->umask;
  /* tests/bench: four look-ups of 100 ms in one directory took 0.40 s, with this 0.10
   * s */
  init_patch_start(&session->init, INIT_PARALLEL_DIROPS | INIT_DIRECT_IO_ALLOW_MMAP);
  places_init(&session->fs.places[REQUEST_READS], READS_AT_WORK);
  places_init(&session->fs.places[REQUEST_NAMES], NAMES_AT_WORK);
  open_files_init(&session->fs.files);
  promises_init(&session->fs.promises, tree, &session->fs.files);
  old_names_init(&session->fs.old_names, tree, &session->fs.files);
  revalidate_init(&session->fs.revalidate);
  if (add_arguments(session, options, spec))
    return -1;
  session->fuse = fuse_session_new(&session->args, &ops, sizeof ops, session);
  return session->fuse ? 0 : -1;
}

static void session_close(struct session *session)
{
  if (session->fuse)
    fuse_session_destroy(session->fuse);
  promises_free(&session->fs.promises);
  old_names_free(&session->fs.old_names);
  open_files_free(&session->fs.files);
  free(session->conn);
  fuse_opt_free_args(&session->args);
}

/* Returns 0, the number of a signal that ended the loop, or -errno.  The requests of a
 * single thread are not served in this one either: it has to hear of signals while a
 * request waits for a disk. */
static int loop(struct session *session, bool single)
{
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  if (!config)
    return -1;
  fuse_loop_cfg_set_clone_fd(config, (unsigned)session->words.clone_fd);
  fuse_loop_cfg_set_max_threads(config, single ? 1 : session->words.max_threads);
  fuse_loop_cfg_set_idle_threads(config, session->words.idle_threads);
  const int rc = fuse_session_loop_mt(session->fuse, config);
  fuse_loop_cfg_destroy(config);
  return rc;
}

static const int end_signals[] = {SIGHUP, SIGINT, SIGTERM};
enum { END_SIGNALS = sizeof end_signals / sizeof *end_signals };
static struct sigaction libfuse_actions[END_SIGNALS];

/* Also stops reads at work, for the slowest of which libfuse alone would wait, and bounds
 * the wait for those that cannot be stopped. */
static void on_end(int signum)
{
  cancel_everything();
  ending_begin(EXIT_SUCCESS);
  for (int i = 0; i < END_SIGNALS; i++)
    if (end_signals[i] == signum)
      libfuse_actions[i].sa_handler(signum);
}

static int set_signal_handlers(struct fuse_session *fuse)
{
  if (fuse_set_signal_handlers(fuse))
    return -1;
  struct sigaction action = {.sa_handler = on_end};
  for (int i = 0; i < END_SIGNALS; i++) {
    sigaction(end_signals[i], NULL, &libfuse_actions[i]);
    if (libfuse_actions[i].sa_handler != SIG_IGN)
      sigaction(end_signals[i], &action, NULL);
  }
  return 0;
}

static void remove_signal_handlers(struct fuse_session *fuse)
{
  for (int i = 0; i < END_SIGNALS; i++)
    sigaction(end_signals[i], &libfuse_actions[i], NULL);
  fuse_remove_signal_handlers(fuse);
}

/* Handlers are installed before the mount, so that a signal never leaves a dead mount.  A
 * process that looks into the mount before the loop runs waits for the loop. */
static int serve(struct session *session, const struct options *options,
                 struct daemon *daemon)
{
  int status = EXIT_CANNOT_MOUNT;
  if (set_signal_handlers(session->fuse))
    return status;
  if (mount(session, options->mountpoint)) {
    log_error("%s: cannot mount", options->mountpoint);
  } else {
    daemon_ready(daemon);
    const int rc = loop(session, options->single);
    status = rc < 0 ? EXIT_CANNOT_MOUNT : EXIT_SUCCESS;
    if (rc < 0)
      log_error("%s: the connection to the kernel failed: %s", options->mountpoint,
                strerror(-rc));
    ending_begin(status);
    promises_stop(&session->fs.promises);
    old_names_stop(&session->fs.old_names);
    fuse_session_unmount(session->fuse);
    ending_unmounted();
  }
  remove_signal_handlers(session->fuse);
  return status;
}

int session_run(const struct options *options, const struct mount_spec *spec,
                struct tree *tree, struct daemon *daemon)
{
  struct session session = {.args = FUSE_ARGS_INIT(0, NULL)};
  int status = EXIT_USAGE; /* libfuse has already printed which option it does not take */
  if (!session_open(&session, options, spec, tree))
    status = serve(&session, options, daemon);
  session_close(&session);
  return status;
}
