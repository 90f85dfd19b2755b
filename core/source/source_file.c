/* The files under a source: fingerprints, and descriptors that are opened and closed on
 * demand.
 *
 * A dataset has more files than a process may have descriptors, so the pool keeps the
 * most recently used ones open and closes others; a descriptor in use is pinned and never
 * closed.  The cap may be exceeded by as many descriptors as there are threads reading at
 * that moment.
 *
 * A file that is reopened is compared with its fingerprint, and after voxels were read it
 * is compared again: by its descriptor where that is open, which costs a third of a look
 * at the path.  A program that writes to the file changes its mtime; one that puts
 * another file in its place changes the ctime of the file that lost its name.  Only the
 * path shows that a directory or a symbolic link above the file was replaced:
 * source_stale() looks at it now and then, and source_verify_paths() at once, for callers
 * whose bytes were read by path.  Access times are ignored. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/beneath.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/source/source_inside.h"

static void print_take(struct fingerprint *print, const struct stat *st)
{
  *print = (struct fingerprint){
      .dev = st->st_dev,
      .ino = st->st_ino,
      .size = st->st_size,
      .mtime = st->st_mtim,
      .ctime = st->st_ctim,
  };
}

static bool same_time(struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool source_same_print(const struct fingerprint *a, const struct fingerprint *b)
{
  return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
         same_time(a->mtime, b->mtime) && same_time(a->ctime, b->ctime);
}

static bool print_equal(const struct fingerprint *print, const struct stat *st)
{
  struct fingerprint now;
  print_take(&now, st);
  return source_same_print(print, &now);
}

/* O_NONBLOCK: a FIFO without a writer must not hang the mount before it is refused. */
static int open_file(const char *beneath, const char *path)
{
  return beneath_open(beneath, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int leads_out(const char *beneath, const char *path, struct err *err)
{
  return err_set(err, EIO, "%s: points outside %s", path, beneath);
}

/* --- descriptors ------------------------------------------------------------------- */

/* pool->lock is held. */
static void close_locked(struct source_pool *pool, struct source_file *file)
{
  TAILQ_REMOVE(&pool->open, file, neighbours);
  pool->nopen--;
  close(file->fd);
  file->fd = -1;
}

/* pool->lock is held. */
static void make_room(struct source_pool *pool)
{
  struct source_file *file = TAILQ_LAST(&pool->open, source_files);
  while (file && pool->nopen >= pool->max_fds) {
    struct source_file *newer = TAILQ_PREV(file, source_files, neighbours);
    if (file->pins == 0)
      close_locked(pool, file);
    file = newer;
  }
}

/* Gives fd to the file unless another thread was faster; pool->lock is held. */
static void adopt(struct source_pool *pool, struct source_file *file, int fd)
{
  if (file->fd >= 0) {
    close(fd);
    return;
  }
  make_room(pool);
  file->fd = fd;
  pool->nopen++;
  TAILQ_INSERT_HEAD(&pool->open, file, neighbours);
}

/* The descriptor if it is open, pinned; else -1. */
static int pin_open(struct source_pool *pool, struct source_file *file)
{
  LOCK_FOR_SCOPE(&pool->lock);
  if (file->fd < 0)
    return -1;
  file->pins++;
  if (file != TAILQ_FIRST(&pool->open)) {
    TAILQ_REMOVE(&pool->open, file, neighbours);
    TAILQ_INSERT_HEAD(&pool->open, file, neighbours);
  }
  return file->fd;
}

static int changed(struct source *source, const struct source_file *file, struct err *err)
{
  atomic_store(&source->stale, true);
  return err_set(err, EIO, "%s: changed on disk while mounted", file->path);
}

/* errnum: why the path cannot be looked at. */
static int vanished(struct source *source, const struct source_file *file, int errnum,
                    struct err *err)
{
  atomic_store(&source->stale, true);
  if (errnum != ENOENT && errnum != ENOTDIR)
    atomic_fetch_add(&source->pool->read_errors, 1);
  return err_set(err, EIO, "%s: vanished while mounted: %s", file->path,
                 strerror(errnum));
}

/* The file was open before, so this is an error of opening it again. */
static int cannot_open(const struct source_file *file, int errnum, struct err *err)
{
  const struct err why = {.errnum = errnum};
  return err_set(err, err_is_passing(&why) ? errnum : EIO, "%s: cannot open again: %s",
                 file->path, strerror(errnum));
}

/* A pinned descriptor of the file as it was opened first, or -1. */
static int pin(struct source *source, struct source_file *file, struct err *err)
{
  struct source_pool *pool = source->pool;
  int fd = pin_open(pool, file);
  if (fd >= 0)
    return fd;
  fd = open_file(file->beneath, file->path);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ESTALE))
    return vanished(source, file, errno, err);
  if (fd < 0 && errno == EXDEV)
    return leads_out(file->beneath, file->path, err);
  if (fd < 0)
    return cannot_open(file, errno, err);
  struct stat st;
  if (fstat(fd, &st) || !print_equal(&file->print, &st)) {
    close(fd);
    return changed(source, file, err);
  }
  LOCK_FOR_SCOPE(&pool->lock);
  adopt(pool, file, fd);
  file->pins++;
  return file->fd;
}

static void unpin(struct source_pool *pool, struct source_file *file)
{
  LOCK_FOR_SCOPE(&pool->lock);
  file->pins--;
  if (pool->nopen > pool->max_fds)
    make_room(pool);
}

/* --- files of a source ------------------------------------------------------------- */

static struct source_file *new_slot(struct source *source, struct err *err)
{
  if (source->nfiles == source->nfiles_room) {
    int room = source->nfiles_room ? 2 * source->nfiles_room : 2;
    struct source_file **files =
        arena_array(&source->arena, (size_t)room, sizeof *files, err);
    if (!files)
      return NULL;
    if (source->nfiles)
      memcpy(files, source->files, (size_t)source->nfiles * sizeof *files);
    source->files = files;
    source->nfiles_room = room;
  }
  return arena_alloc(&source->arena, sizeof(struct source_file), err);
}

int source_open_regular(const char *beneath, const char *path, struct stat *st,
                        struct err *err)
{
  const int fd = open_file(beneath, path);
  if (fd < 0 && errno == EXDEV)
    return leads_out(beneath, path, err);
  if (fd < 0)
    return err_set_errno(err, errno, "%s", path);
  if (fstat(fd, st))
    err_set_errno(err, errno, "%s", path);
  else if (!S_ISREG(st->st_mode))
    err_set(err, EINVAL, "%s: expected a regular file, found %s", path,
            S_ISDIR(st->st_mode) ? "a directory" : "a special one");
  else
    return fd;
  close(fd);
  return -1;
}

int source_file_add(struct source *source, const char *path, const char *beneath,
                    struct err *err)
{
  struct source_file *file = new_slot(source, err);
  if (!file || !(file->path = arena_strdup(&source->arena, path, err)))
    return -1;
  struct stat st;
  const int fd = source_open_regular(beneath, path, &st, err);
  if (fd < 0)
    return -1;
  file->beneath = beneath;
  print_take(&file->print, &st);
  file->fd = -1;
  source->files[source->nfiles] = file;
  LOCK_FOR_SCOPE(&source->pool->lock);
  adopt(source->pool, file, fd);
  return source->nfiles++;
}

void source_files_close(struct source *source)
{
  LOCK_FOR_SCOPE(&source->pool->lock);
  for (int i = 0; i < source->nfiles; i++)
    if (source->files[i]->fd >= 0)
      close_locked(source->pool, source->files[i]);
}

static int verify_path(struct source *source, const struct source_file *file,
                       struct err *err)
{
  struct stat st;
  if (stat(file->path, &st))
    return vanished(source, file, errno, err);
  return print_equal(&file->print, &st) ? 0 : changed(source, file, err);
}

/* Returns whether the file has an open descriptor that shows it unchanged. */
static bool is_same_open(struct source *source, struct source_file *file)
{
  struct stat st;
  const int fd = pin_open(source->pool, file);
  if (fd < 0)
    return false;
  const bool same = !fstat(fd, &st) && print_equal(&file->print, &st);
  unpin(source->pool, file);
  return same;
}

int source_verify_paths(struct source *source, struct err *err)
{
  for (int i = 0; i < source->nfiles; i++)
    if (verify_path(source, source->files[i], err))
      return -1;
  return 0;
}

int source_why_stale(struct source *source, struct err *err)
{
  if (source_verify_paths(source, err))
    return -1;
  /* it has come back, or could not be looked at for a moment */
  return changed(source, source->files[0], err);
}

int source_verify(struct source *source, struct err *err)
{
  for (int i = 0; i < source->nfiles; i++)
    if (!is_same_open(source, source->files[i]) &&
        verify_path(source, source->files[i], err))
      return -1;
  return 0;
}

/* --- reading ----------------------------------------------------------------------- */

/* Bytes read, less than size only at the end of the file; -1 with errno. */
static ssize_t pread_all(int fd, void *buf, size_t size, int64_t offset)
{
  size_t done = 0;
  while (done < size) {
    const ssize_t n = pread(fd, (char *)buf + done, size - done, offset + (int64_t)done);
    if (n < 0 && errno != EINTR)
      return -1;
    if (n == 0)
      break;
    if (n > 0)
      done += (size_t)n;
  }
  return (ssize_t)done;
}

int source_pread(struct source *source, int file_index, void *buf, size_t size,
                 int64_t offset, struct err *err)
{
  struct source_file *file = source->files[file_index];
  int64_t end;
  if (offset < 0 || !checked_add(offset, (int64_t)size, &end))
    return err_set(err, EIO, "%s: expected %zu bytes at %lld, beyond any file",
                   file->path, size, (long long)offset);
  const int fd = pin(source, file, err);
  if (fd < 0)
    return -1;
  const ssize_t n = pread_all(fd, buf, size, offset);
  const int failed = errno;
  unpin(source->pool, file);
  if (n < 0)
    atomic_fetch_add(&source->pool->read_errors, 1);
  if (n < 0)
    return err_set(err, EIO, "%s: cannot read %zu bytes at %lld: %s", file->path, size,
                   (long long)offset, strerror(failed));
  atomic_fetch_add(&source->pool->bytes_read, (uint64_t)n);
  if ((size_t)n == size)
    return 0;
  if (source_verify(source, err))
    return -1;
  return err_set(err, EIO, "%s: expected %zu bytes at %lld, found %zd", file->path, size,
                 (long long)offset, n);
}

int64_t source_file_size(const struct source *source, int file)
{
  return source->files[file]->print.size;
}

const char *source_file_beneath(const struct source *source, int file)
{
  return source->files[file]->beneath;
}

const char *source_file_path(const struct source *source, int file)
{
  return source->files[file]->path;
}

struct timespec source_mtime(const struct source *source)
{
  struct timespec newest = source->files[0]->print.mtime;
  for (int i = 1; i < source->nfiles; i++) {
    const struct timespec t = source->files[i]->print.mtime;
    if (clock_after(t, newest))
      newest = t;
  }
  return newest;
}

static uint64_t hash_print(uint64_t hash, const struct fingerprint *print)
{
  const int64_t facts[] = {(int64_t)print->dev, (int64_t)print->ino,  print->size,
                           print->mtime.tv_sec, print->mtime.tv_nsec, print->ctime.tv_sec,
                           print->ctime.tv_nsec};
  return text_hash(hash, facts, sizeof facts);
}

uint64_t source_print_of(const struct stat *st)
{
  struct fingerprint print;
  print_take(&print, st);
  return hash_print(0, &print);
}

uint64_t source_print(const struct source *source)
{
  return hash_print(0, &source->files[0]->print);
}

uint64_t source_prints_hash(const struct source *source)
{
  uint64_t hash = 0;
  for (int i = 0; i < source->nfiles; i++)
    hash = hash_print(hash, &source->files[i]->print);
  return hash;
}

uint64_t source_version(const struct source *source)
{
  uint64_t hash = 0;
  for (int i = 0; i < source->nfiles; i++) {
    const struct source_file *file = source->files[i];
    hash = text_hash(hash, file->path, strlen(file->path) + 1);
    hash = hash_print(hash, &file->print);
  }
  return hash;
}
