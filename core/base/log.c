/* The log: one mutex around everything, because failures are rare and their order
 * matters.
 *
 * Two things thin a flood.  A table of the lines of the last ten seconds counts
 * repetitions (for the ring too: a million copies would push out the lines worth
 * reading); the count is reported when the ten seconds are over.  A budget per second
 * limits the lines that go out; the others are in the ring, and their number goes out
 * with the first line of a later second.  There is no timer: the next line, log_ring() or
 * log_flush() reports what is due. */
#include "core/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"

enum { LINE_SIZE = 1536, RECENT = 16, REPEAT_SECONDS = 10, PATH_SHOWN = 900 };

struct recent {
  char text[LINE_SIZE]; /* empty: unused */
  time_t since;         /* monotonic seconds */
  unsigned long held;   /* repetitions not yet reported */
};

/* All protected by lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool to_syslog;
static unsigned long lines_given;
static struct recent recent[RECENT];
static time_t second;                /* the monotonic second that `shown` counts */
static unsigned long shown, unshown; /* lines of that second that went out, or did not */
static char ring[LOG_RING_BYTES];    /* whole lines; one may wrap around */
static size_t ring_start, ring_size;

static time_t seconds_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void ring_drop_line(void)
{
  bool last = false;
  while (ring_size && !last) {
    last = ring[ring_start] == '\n';
    ring_start = (ring_start + 1) % LOG_RING_BYTES;
    ring_size--;
  }
}

static void ring_add(const char *bytes, size_t size)
{
  while (LOG_RING_BYTES - ring_size < size)
    ring_drop_line();
  size_t at = (ring_start + ring_size) % LOG_RING_BYTES;
  size_t first = size < LOG_RING_BYTES - at ? size : LOG_RING_BYTES - at;
  memcpy(ring + at, bytes, first);
  memcpy(ring, bytes + first, size - first);
  ring_size += size;
}

static void ring_add_line(const char *text)
{
  struct timespec now;
  struct tm utc;
  char stamp[32], line[LINE_SIZE + 64];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
  int size = snprintf(line, sizeof line, "%s %s\n", stamp, text);
  ring_add(line, (size_t)size);
}

static void send_out(const char *text)
{
  if (to_syslog) {
    syslog(LOG_ERR, "%s", text);
    return;
  }
  char line[LINE_SIZE + 64];
  int size = snprintf(line, sizeof line, "tesserafs: %s\n", text);
  ssize_t written = write(STDERR_FILENO, line, (size_t)size);
  (void)written; /* there is nowhere left to report a failure */
}

/* Reports the repetitions of one line that were not reported yet. */
static void tell_repeats(struct recent *r)
{
  if (!r->held)
    return;
  char text[LINE_SIZE + 64];
  snprintf(text, sizeof text, "%.*s (%lu similar messages suppressed)", LINE_SIZE - 64,
           r->text, r->held);
  ring_add_line(text);
  send_out(text);
  r->held = 0;
}

static void tell_all_repeats(void)
{
  for (int i = 0; i < RECENT; i++)
    tell_repeats(&recent[i]);
}

static void settle_unshown(void)
{
  if (unshown) {
    char text[128];
    snprintf(text, sizeof text,
             "(%lu messages suppressed here: more than %d in a second)", unshown,
             LOG_LINES_PER_SECOND);
    send_out(text);
  }
  shown = unshown = 0;
}

/* Reports all that is due at `now`. */
static void settle(time_t now)
{
  if (now != second)
    settle_unshown();
  second = now;
  for (int i = 0; i < RECENT; i++) {
    struct recent *r = &recent[i];
    if (r->text[0] && now - r->since >= REPEAT_SECONDS) {
      tell_repeats(r);
      r->text[0] = 0;
    }
  }
}

/* Counts a line that was logged within the last ten seconds; remembers a new line in the
 * place of the oldest. */
static bool is_repeat(const char *text, time_t now)
{
  struct recent *place = &recent[0];
  for (int i = 0; i < RECENT; i++) {
    struct recent *r = &recent[i];
    if (r->text[0] && !strcmp(r->text, text)) {
      r->held++;
      return true;
    }
    if (place->text[0] && (!r->text[0] || r->since < place->since))
      place = r;
  }
  tell_repeats(place);
  snprintf(place->text, sizeof place->text, "%s", text);
  place->since = now;
  return false;
}

static void add_line(const char *text)
{
  LOCK_FOR_SCOPE(&lock);
  lines_given++;
  time_t now = seconds_now();
  settle(now);
  if (is_repeat(text, now))
    return;
  ring_add_line(text);
  if (shown < LOG_LINES_PER_SECOND) {
    shown++;
    send_out(text);
  } else {
    unshown++;
  }
}

void log_error(const char *fmt, ...)
{
  char text[LINE_SIZE];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  err_one_line(text);
  add_line(text);
}

void log_err(const struct err *err, const char *path)
{
  bool whole = strlen(path) <= PATH_SHOWN;
  log_error("%.*s%s: %s", PATH_SHOWN, path, whole ? "" : "...", err->msg);
}

void log_ring(struct text *out)
{
  LOCK_FOR_SCOPE(&lock);
  tell_all_repeats();
  size_t first = LOG_RING_BYTES - ring_start;
  if (first > ring_size)
    first = ring_size;
  text_add_bytes(out, ring + ring_start, first);
  text_add_bytes(out, ring, ring_size - first);
}

void log_flush(void)
{
  LOCK_FOR_SCOPE(&lock);
  tell_all_repeats();
  settle_unshown();
}

void log_to_syslog(bool on)
{
  LOCK_FOR_SCOPE(&lock);
  if (on && !to_syslog)
    openlog("tesserafs", LOG_PID, LOG_DAEMON);
  to_syslog = on;
}

unsigned long log_count(void)
{
  LOCK_FOR_SCOPE(&lock);
  return lines_given;
}
