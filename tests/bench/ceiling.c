/* The ceiling: how fast this kernel and this libfuse can serve files at all.
 *
 * A low-level server with nothing behind it: one directory (--dir) of files that are all
 * alike, their bytes those of memory that is filled before the mount (--memory, which
 * should be as large as all files that are read: less would stay in the CPU's caches).
 * Any name in the directory can be opened; --count of them, zero-padded numbers with
 * --suffix, are listed.  Everything that costs a real file system something is left out
 * (lookups in tables, copies, checks), and every answer may be kept for ever, so that
 * whatever tesserafs does beside moving bytes shows as the difference.
 *
 * --source serves the bytes of a file instead, as a server must that has them on a disk:
 * by pread, and with a look afterwards whether the file is still what it was.
 *
 * --policy says how the kernel reads: "keep" (page cache) or "direct" (direct_io).  The
 * reply to INIT is patched on its way, because libfuse 3.14 does not ask for parallel
 * lookups and does not know mmap of direct_io files. */
#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 16, NAME_SIZE = 64, BLKSIZE = 128 * 1024, BACKGROUND = 64 };
enum { NPY_HEADER = 128, READ_MAX = 1 << 20 };
#define FOR_EVER 86400.0
#define FIRST_FILE ((fuse_ino_t)256) /* below: the root, the directories of --dir */
#define ANY_NAME ((uint64_t)1 << 40) /* the number of a name that is not listed */

/* A word of the kernel's that this libfuse and its headers do not know (linux/fuse.h). */
enum { INIT2_DIRECT_IO_ALLOW_MMAP = 1 << 4 };

static struct {
  char *dir, *suffix, *policy, *source;
  int source_fd; /* of --source */
  unsigned long count, size, memory;
  int version, npy;
  char *dirs[MAX_DEPTH]; /* the components of dir; dirs[i] is node i + 2 */
  int depth, width;      /* width: digits of a listed name */
  char *pool;
  bool direct;
  struct fuse_session *session;
} self;

/* --- names and attributes ---------------------------------------------------------- */

static bool is_file(fuse_ino_t ino)
{
  return ino >= FIRST_FILE;
}

/* The directory that holds the files. */
static fuse_ino_t leaf(void)
{
  return (fuse_ino_t)self.depth + 1;
}

static struct stat attributes(fuse_ino_t ino)
{
  struct stat st = {.st_ino = ino, .st_nlink = 1, .st_blksize = BLKSIZE};
  st.st_mode = is_file(ino) ? S_IFREG | 0444 : S_IFDIR | 0555;
  st.st_size = is_file(ino) ? (off_t)self.size : 0;
  st.st_blocks = (st.st_size + 511) / 512;
  return st;
}

static struct fuse_entry_param entry_of(fuse_ino_t ino)
{
  return (struct fuse_entry_param){.ino = ino,
                                   .attr = attributes(ino),
                                   .attr_timeout = FOR_EVER,
                                   .entry_timeout = FOR_EVER};
}

/* A listed name's number; else a hash of the name. */
static uint64_t number_of(const char *name)
{
  char *end;
  const uint64_t number = strtoull(name, &end, 10);
  if (end - name == self.width && !strcmp(end, self.suffix) && number < self.count)
    return number;
  uint64_t hash = 14695981039346656037u;
  for (; *name; name++)
    hash = (hash ^ (unsigned char)*name) * 1099511628211u;
  return ANY_NAME | (hash >> 32);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
  struct fuse_entry_param entry = {.entry_timeout = FOR_EVER};
  if (parent == leaf())
    entry = entry_of(FIRST_FILE + number_of(name));
  else if (parent < leaf() && !strcmp(name, self.dirs[parent - 1]))
    entry = entry_of(parent + 1);
  fuse_reply_entry(req, &entry);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
  fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
  fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  const struct stat st = attributes(ino);
  fuse_reply_attr(req, &st, FOR_EVER);
}

/* --- listing: the offset of an entry is its index + 1 ------------------------------ */

static uint64_t entries_of(fuse_ino_t ino)
{
  return ino == leaf() ? self.count : 1;
}

/* snprintf() would cost as much as all the rest. */
static void listed_name(char *name, uint64_t number)
{
  for (int i = self.width - 1; i >= 0; i--, number /= 10)
    name[i] = (char)('0' + number % 10);
  strcpy(name + self.width, self.suffix);
}

static fuse_ino_t child(fuse_ino_t ino, uint64_t index, char *name)
{
  if (ino == leaf()) {
    listed_name(name, index);
    return FIRST_FILE + index;
  }
  snprintf(name, NAME_SIZE, "%s", self.dirs[ino - 1]);
  return ino + 1;
}

static size_t add(fuse_req_t req, char *data, size_t room, fuse_ino_t ino, uint64_t index,
                  bool plus)
{
  char name[NAME_SIZE];
  const struct fuse_entry_param entry = entry_of(child(ino, index, name));
  const off_t next = (off_t)index + 1;
  return plus ? fuse_add_direntry_plus(req, data, room, name, &entry, next)
              : fuse_add_direntry(req, data, room, name, &entry.attr, next);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
  char data[BLKSIZE];
  const size_t room = size < sizeof data ? size : sizeof data;
  size_t used = 0;
  for (uint64_t index = (uint64_t)off; index < entries_of(ino); index++) {
    const size_t n = add(req, data + used, room - used, ino, index, plus);
    if (n > room - used)
      break;
    used += n;
  }
  fuse_reply_buf(req, data, used);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                       struct fuse_file_info *info)
{
  list(req, ino, size, off, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                           struct fuse_file_info *info)
{
  list(req, ino, size, off, true);
}

/* --- bytes ------------------------------------------------------------------------- */

/* The file's bytes [off, off + size) as at most two pieces of the pool; how many. */
static int pieces(fuse_ino_t ino, size_t size, size_t off, struct iovec iov[2])
{
  const uint64_t number = (ino - FIRST_FILE) & (ANY_NAME - 1);
  size_t at = (size_t)((number * self.size + off) % self.memory);
  int n = 0;
  while (size > 0 && n < 2) {
    const size_t part = self.memory - at < size ? self.memory - at : size;
    iov[n++] = (struct iovec){self.pool + at, part};
    size -= part;
    at = 0;
  }
  return n;
}

static void read_source(fuse_req_t req, size_t size, off_t off)
{
  static _Thread_local char *buf;
  struct stat st;
  buf = buf ? buf : malloc(READ_MAX);
  const ssize_t n = buf && size <= READ_MAX ? pread(self.source_fd, buf, size, off) : -1;
  if (n < 0 || fstat(self.source_fd, &st))
    fuse_reply_err(req, EIO);
  else
    fuse_reply_buf(req, buf, (size_t)n);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                    struct fuse_file_info *info)
{
  struct iovec iov[2];
  const size_t at = (size_t)off < self.size ? (size_t)off : self.size;
  const size_t left = self.size - at;
  if (self.source)
    read_source(req, size < left ? size : left, off);
  else
    fuse_reply_iov(req, iov, pieces(ino, size < left ? size : left, at, iov));
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  info->direct_io = self.direct;
  info->keep_cache = !self.direct;
  info->noflush = 1;
  fuse_reply_open(req, info);
}

/* --- the session ------------------------------------------------------------------- */

static void op_init(void *data, struct fuse_conn_info *conn)
{
  conn->max_background = BACKGROUND;
  conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
  conn->want |= FUSE_CAP_EXPLICIT_INVAL_DATA & conn->capable;
}

static ssize_t io_read(int fd, void *buf, size_t size, void *data)
{
  return read(fd, buf, size);
}

/* The first reply is that to INIT. */
static ssize_t io_writev(int fd, struct iovec *iov, int count, void *data)
{
  static atomic_bool patched;
  if (count == 2 && iov[1].iov_len == sizeof(struct fuse_init_out) &&
      !atomic_exchange(&patched, true)) {
    struct fuse_init_out *out = iov[1].iov_base;
    out->flags |= FUSE_PARALLEL_DIROPS | FUSE_INIT_EXT;
    out->flags2 |= INIT2_DIRECT_IO_ALLOW_MMAP;
  }
  return writev(fd, iov, count);
}

static const struct fuse_lowlevel_ops ops = {
    .init = op_init,
    .lookup = op_lookup,
    .forget = op_forget,
    .forget_multi = op_forget_multi,
    .getattr = op_getattr,
    .readdir = op_readdir,
    .readdirplus = op_readdirplus,
    .open = op_open,
    .read = op_read,
};

static int serve(const char *mountpoint)
{
  static const struct fuse_custom_io io = {.read = io_read, .writev = io_writev};
  if (fuse_set_signal_handlers(self.session) ||
      fuse_session_mount(self.session, mountpoint))
    return 1;
  int rc = fuse_session_custom_io(self.session, &io, fuse_session_fd(self.session));
  if (!rc && !(rc = fuse_daemonize(0))) {
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    rc = fuse_session_loop_mt(self.session, config);
    fuse_loop_cfg_destroy(config);
  }
  fuse_session_unmount(self.session);
  return rc != 0;
}

/* --- what is served ---------------------------------------------------------------- */

/* Every file begins as numpy.save would begin it. */
static void write_headers(void)
{
  char header[NPY_HEADER + 1];
  snprintf(
      header, sizeof header,
      "\x93NUMPY\x01%cv%c{'descr': '|u1', 'fortran_order': False, 'shape': (%lu,), }",
      '0', '0', self.size - NPY_HEADER);
  header[7] = header[9] = '\0';
  const size_t used = 10 + strlen(header + 10);
  memset(header + used, ' ', NPY_HEADER - used - 1);
  header[NPY_HEADER - 1] = '\n';
  for (size_t at = 0; at + self.size <= self.memory; at += self.size)
    memcpy(self.pool + at, header, NPY_HEADER);
}

static int prepare(void)
{
  char *rest = self.dir;
  for (char *part; rest && (part = strsep(&rest, "/")) && self.depth < MAX_DEPTH;)
    self.dirs[self.depth++] = part;
  self.suffix = self.suffix ? self.suffix : "";
  self.direct = self.policy && !strcmp(self.policy, "direct");
  self.memory = self.memory ? self.memory : 1;
  self.width = snprintf(NULL, 0, "%lu", self.count ? self.count - 1 : 0);
  self.source_fd = self.source ? open(self.source, O_RDONLY | O_CLOEXEC) : -1;
  if (self.source && self.source_fd < 0)
    return -1;
  self.pool = malloc(self.memory);
  if (!self.pool || strlen(self.suffix) > NAME_SIZE / 2)
    return -1;
  for (size_t i = 0; i < self.memory; i++)
    self.pool[i] = (char)(i >> 8);
  if (self.npy && self.size > NPY_HEADER)
    write_headers();
  return 0;
}

/* clang-format off */
#define OPTION(word, member) {"--" word, offsetof(__typeof__(self), member), 1}
/* clang-format on */
static const struct fuse_opt options[] = {
    OPTION("dir=%s", dir),        /* "a/b/c" below the root */
    OPTION("count=%lu", count),   /* files listed */
    OPTION("suffix=%s", suffix),  /* of listed names */
    OPTION("size=%lu", size),     /* bytes of a file */
    OPTION("memory=%lu", memory), /* bytes that the files are served from */
    OPTION("source=%s", source),  /* a file whose bytes are served */
    OPTION("policy=%s", policy),
    OPTION("version", version),
    OPTION("npy", npy), /* files that numpy.load takes */
    FUSE_OPT_END,
};

int main(int argc, char **argv)
{
  struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
  struct fuse_cmdline_opts words;
  if (fuse_opt_parse(&args, &self, options, NULL))
    return 1;
  if (self.version) {
    puts(fuse_pkgversion());
    return 0;
  }
  if (fuse_parse_cmdline(&args, &words) || !words.mountpoint || prepare()) {
    fprintf(stderr, "ceiling: wrong arguments, or no memory\n");
    return 1;
  }
  self.session = fuse_session_new(&args, &ops, sizeof ops, NULL);
  return self.session ? serve(words.mountpoint) : 1;
}
