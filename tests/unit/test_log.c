/* The log on a clock that the test moves; what goes out is caught in a file. */
#include "core/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/threads.h"

static atomic_long now = 1700000000; /* 2023-11-14T22:13:20Z */

/* In the place of libc's. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
  *out = (struct timespec){.tv_sec = now};
  return 0;
}

static FILE *caught;
static int real_stderr;

static void catch_stderr(void)
{
  caught = tmpfile();
  real_stderr = dup(STDERR_FILENO);
  dup2(fileno(caught), STDERR_FILENO);
}

/* What went out since catch_stderr(). */
static char *release_stderr(void)
{
  dup2(real_stderr, STDERR_FILENO);
  close(real_stderr);
  long size = lseek(fileno(caught), 0, SEEK_END);
  char *text = calloc(1, (size_t)size + 1);
  if (pread(fileno(caught), text, (size_t)size, 0) != size)
    text[0] = 0;
  fclose(caught);
  return text;
}

static int count(const char *text, const char *part)
{
  int n = 0;
  for (const char *at = text; (at = strstr(at, part)); at++)
    n++;
  return n;
}

static void test_line(void)
{
  const struct err err = {EIO, "chunk 3: short"};
  struct text ring = {0};
  catch_stderr();
  log_err(&err, "a/\nb.npy");
  char *out = release_stderr();
  log_ring(&ring);
  CHECK(!strcmp(out, "tesserafs: a/?b.npy: chunk 3: short\n"));
  CHECK(!strcmp(ring.data, "2023-11-14T22:13:20Z a/?b.npy: chunk 3: short\n"));
  free(out);
  text_free(&ring);
}

static void test_same_line_again(void)
{
  now += 100;
  catch_stderr();
  for (int i = 0; i < 500; i++) {
    log_error("disk is broken");
    log_error("other %d", i % 2); /* between them */
  }
  now += 11;
  log_error("disk is broken");
  char *out = release_stderr();
  CHECK(count(out, "disk is broken\n") == 2);
  CHECK(count(out, "disk is broken (499 similar messages suppressed)\n") == 1);
  CHECK(count(out, "other 1 (249 similar messages suppressed)\n") == 1);
  free(out);
}

/* Ten a second go out, the ring has them all, the number of the others is told. */
static void test_rate(void)
{
  struct text ring = {0};
  now += 100;
  catch_stderr();
  for (int i = 0; i < 50; i++)
    log_error("file %d is bad", i);
  now += 1;
  log_error("later");
  char *out = release_stderr();
  log_ring(&ring);
  CHECK(count(out, "is bad\n") == LOG_LINES_PER_SECOND);
  CHECK(count(out, "(40 messages suppressed here: more than 10 in a second)\n") == 1);
  CHECK(count(out, "later\n") == 1);
  CHECK(count(ring.data, "is bad\n") == 50);
  free(out);
  text_free(&ring);
}

static void test_flush_tells_what_is_held_back(void)
{
  now += 100;
  catch_stderr();
  for (int i = 0; i < 8; i++)
    log_error("again");
  log_flush();
  log_flush();
  char *out = release_stderr();
  CHECK(count(out, "again (7 similar messages suppressed)\n") == 1);
  free(out);
}

/* Newest lines, whole ones. */
static void test_ring_is_bounded(void)
{
  struct text ring = {0};
  catch_stderr();
  for (int i = 0; i < 20000; i++)
    log_error("line number %d of a long story", i);
  free(release_stderr());
  log_ring(&ring);
  CHECK(ring.size <= LOG_RING_BYTES && ring.size > LOG_RING_BYTES - 100);
  CHECK(ring.data[0] == '2' && ring.data[ring.size - 1] == '\n');
  CHECK(strstr(ring.data, "line number 19999 of a long story\n"));
  CHECK(!strstr(ring.data, "line number 0 of"));
  text_free(&ring);
}

static void test_long_lines(void)
{
  char path[5000];
  const struct err err = {EIO, "the reason"};
  memset(path, 'p', sizeof path - 1);
  path[sizeof path - 1] = 0;
  now += 100;
  catch_stderr();
  log_err(&err, path);
  char *out = release_stderr();
  CHECK(strlen(out) < 1600 && strstr(out, "ppp...: the reason\n"));
  free(out);
}

static void *shout(void *arg)
{
  struct text ring = {0};
  for (int i = 0; i < 200; i++)
    log_error("thread %d", i % 20);
  log_ring(&ring);
  text_free(&ring);
  return NULL;
}

static void test_threads(void)
{
  unsigned long before = log_count();
  catch_stderr();
  threads_run(4, shout, NULL, 0);
  free(release_stderr());
  CHECK(log_count() == before + 800);
}

int main(void)
{
  test_line();
  test_same_line_again();
  test_rate();
  test_flush_tells_what_is_held_back();
  test_ring_is_bounded();
  test_long_lines();
  test_threads();
  return check_report("log");
}
