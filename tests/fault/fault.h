/* Faults, one by one: the n-th allocation, or the n-th read, of our own objects fails.
 *
 * The Makefile links these tests with --wrap, so that calls of malloc, pread, ... in our
 * objects (not in the libraries) arrive here.  A test describes an operation;
 * faults_run() fails its 1st, 2nd, 3rd, ... call until one run gets by without a fault.
 * Every run must end with an error that says so, or with the bytes of the run that
 * nothing disturbed; and the same again without a fault must always work.  Leaks are the
 * sanitizer's to find. */
#ifndef TESSERAFS_FAULT_H
#define TESSERAFS_FAULT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "tests/support/check.h"

enum fault_kind { FAULT_ALLOC, FAULT_READ, FAULT_SHORT, FAULT_OPEN };
static const struct {
  const char *name;
  int errnum;
} fault_kinds[] = {[FAULT_ALLOC] = {"allocation", ENOMEM},
                   [FAULT_READ] = {"read", EIO},
                   [FAULT_SHORT] = {"read of half", 0},
                   [FAULT_OPEN] = {"open", EMFILE}};

static struct {
  bool armed;
  enum fault_kind kind;
  long left; /* calls that still succeed */
  bool fired;
} fault;

/* Is this the call that fails?  Sets errno then. */
static inline bool fault_here(enum fault_kind kind)
{
  if (!fault.armed || fault.kind != kind || fault.left-- != 0)
    return false;
  fault.fired = true;
  errno = fault_kinds[kind].errnum;
  return true;
}

/* --- the wrappers ------------------------------------------------------------------ */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
char *__real_strdup(const char *text);
void *__real_aligned_alloc(size_t align, size_t size);
ssize_t __real_pread(int fd, void *buf, size_t size, off_t offset);
ssize_t __real_read(int fd, void *buf, size_t size);
int __real_open(const char *path, int flags, ...);
DIR *__real_opendir(const char *path);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __real_stat(const char *path, struct stat *st);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_aligned_alloc(size_t align, size_t size);
ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset);
ssize_t __wrap_read(int fd, void *buf, size_t size);
int __wrap_open(const char *path, int flags, ...);
DIR *__wrap_opendir(const char *path);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

void *__wrap_malloc(size_t size)
{
  return fault_here(FAULT_ALLOC) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
  return fault_here(FAULT_ALLOC) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
  return fault_here(FAULT_ALLOC) ? NULL : __real_realloc(ptr, size);
}

char *__wrap_strdup(const char *text)
{
  return fault_here(FAULT_ALLOC) ? NULL : __real_strdup(text);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
  return fault_here(FAULT_ALLOC) ? NULL : __real_aligned_alloc(align, size);
}

/* A file that became shorter gives less, then nothing. */
ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset)
{
  if (fault_here(FAULT_READ))
    return -1;
  return __real_pread(fd, buf, fault_here(FAULT_SHORT) ? size / 2 : size, offset);
}

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
  return fault_here(FAULT_READ) ? -1 : __real_read(fd, buf, size);
}

int __wrap_open(const char *path, int flags, ...)
{
  va_list args;
  va_start(args, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
  va_end(args);
  return fault_here(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

DIR *__wrap_opendir(const char *path)
{
  return fault_here(FAULT_OPEN) ? NULL : __real_opendir(path);
}

int __wrap_stat(const char *path, struct stat *st)
{
  return fault_here(FAULT_READ) ? -1 : __real_stat(path, st);
}

/* What was found bad is remembered for a moment: after each run that moment is over. */
static time_t fault_later;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
  const int rc = __real_clock_gettime(clock, now);
  now->tv_sec += clock == CLOCK_MONOTONIC ? fault_later : 0;
  return rc;
}

/* --- the loop ---------------------------------------------------------------------- */

/* What a run gave: the hash of all bytes and names, in order. */
struct outcome {
  uint64_t hash;
  bool lenient; /* it holds an error as text, which a read fault may put there */
};

static inline void outcome_add(struct outcome *outcome, const void *bytes, size_t size)
{
  outcome->hash = text_hash(outcome->hash, bytes, size);
}

struct operation {
  const char *name;
  void *ctx;
  int (*begin)(void *ctx); /* never disturbed; NULL: nothing to begin, nor to end */
  int (*run)(void *ctx, struct outcome *out, struct err *err); /* the disturbed part */
  void (*end)(void *ctx);
};

static inline int fault_begin(const struct operation *op)
{
  return op->begin ? op->begin(op->ctx) : 0;
}

static inline void fault_end(const struct operation *op)
{
  if (op->end)
    op->end(op->ctx);
}

static inline void fault_complain(const struct operation *op, enum fault_kind kind,
                                  long n, const char *what, const struct err *err)
{
  fprintf(stderr, "  %s, %s %ld: %s (%d: %s)\n", op->name, fault_kinds[kind].name, n,
          what, err->errnum, err->msg);
}

/* The whole operation undisturbed, on what is open already. */
static inline bool fault_again(const struct operation *op, uint64_t right,
                               struct err *err)
{
  struct outcome out = {0};
  return !op->run(op->ctx, &out, err) && out.hash == right;
}

/* One run with the fault after n calls; true when the fault happened. */
static inline bool fault_run(const struct operation *op, enum fault_kind kind, long n,
                             uint64_t right)
{
  struct outcome out = {0};
  struct err err = ERR_INIT, none = ERR_INIT;
  if (!CHECK(!fault_begin(op)))
    return false;
  fault.kind = kind;
  fault.left = n;
  fault.fired = false;
  fault.armed = true;
  const int rc = op->run(op->ctx, &out, &err);
  fault.armed = false;
  fault_later += 10;
  const bool fired = fault.fired;
  if (!CHECK(rc ? err.errnum != 0 && err.msg[0] : err.errnum == 0))
    fault_complain(op, kind, n, "-1 and an error go together", &err);
  if (!CHECK(rc || out.hash == right || (out.lenient && kind != FAULT_ALLOC)))
    fault_complain(op, kind, n, "success with other bytes", &err);
  if (!CHECK(fired || !rc))
    fault_complain(op, kind, n, "failed without a fault", &err);
  if (!CHECK(fault_again(op, right, &none)))
    fault_complain(op, kind, n, "the next try failed", &none);
  fault_end(op);
  return fired;
}

/* Returns how many faults there were. */
static inline long faults_of_kind(const struct operation *op, enum fault_kind kind,
                                  uint64_t right)
{
  enum { MOST = 100000 };
  long n = 0;
  while (n < MOST && fault_run(op, kind, n, right))
    n++;
  CHECK(n < MOST);
  return n;
}

static inline void faults_run(const struct operation *op)
{
  struct outcome right = {0};
  struct err err = ERR_INIT;
  if (!CHECK(!fault_begin(op) && !op->run(op->ctx, &right, &err))) {
    fprintf(stderr, "  %s: %s\n", op->name, err.msg);
    return;
  }
  fault_end(op);
  for (int kind = FAULT_ALLOC; kind <= FAULT_OPEN; kind++) {
    const long n = faults_of_kind(op, (enum fault_kind)kind, right.hash);
    if (getenv("FAULT_VERBOSE"))
      fprintf(stderr, "%s: %ld times %s\n", op->name, n, fault_kinds[kind].name);
  }
}

#endif
