/* The unit tests' whole framework: CHECK counts, check_report() ends main().  Thread
 * safe, so that the threads of one test may check too. */
#ifndef TESSERAFS_CHECK_H
#define TESSERAFS_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_int check_passed, check_failed, check_skipped;

static inline bool check_that(bool ok, const char *file, int line, const char *what)
{
  atomic_fetch_add(ok ? &check_passed : &check_failed, 1);
  if (!ok)
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  return ok;
}

/* Counts, and is the condition's value: `if (!CHECK(...)) return;` */
#define CHECK(cond) check_that((cond), __FILE__, __LINE__, #cond)

/* For what cannot be tested here: scripts/test passes the reason on. */
static inline void check_skip(const char *why)
{
  atomic_fetch_add(&check_skipped, 1);
  printf("skipped: %s\n", why);
}

/* The last line of main(): 0 when all checks passed (and there were any), else 1. */
static inline int check_report(const char *name)
{
  int passed = atomic_load(&check_passed), failed = atomic_load(&check_failed);
  if (failed)
    fprintf(stderr, "%s: some checks failed\n", name);
  printf("%d passed, %d failed", passed, failed);
  if (check_skipped)
    printf(", %d skipped", atomic_load(&check_skipped));
  puts("");
  return failed || !passed;
}

#endif
