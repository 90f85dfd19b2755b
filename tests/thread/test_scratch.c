/* Memory for a moment: each has its own, and it is lent again. */
#include <stdint.h>
#include <string.h>

#include "core/base/scratch.h"
#include "tests/support/threads.h"

enum { KB = 1024, MB = 1024 * KB, TURNS = 5000, MANY = 64 };

static void *work(void *ctx)
{
  const char mark = (char)(uintptr_t)ctx;
  bool mine = true;
  for (size_t i = 0; i < TURNS; i++) {
    const size_t size = 1 + i * 997 % (300 * KB);
    char *a CLEANUP_SCRATCH = scratch_get(size), *b = scratch_get(2 * size);
    if (!CHECK(a && b))
      break;
    memset(a, mark, size);
    memset(b, ~mark, 2 * size);
    mine &= a[0] == mark && a[size - 1] == mark && b[2 * size - 1] == (char)~mark;
    scratch_put(b);
  }
  CHECK(mine);
  return NULL;
}

static void sizes_at_the_ends(void)
{
  void *none = scratch_get(0), *some = scratch_get(1);
  CHECK(none && some && none != some);
  scratch_put(none);
  scratch_put(some);
  scratch_put(NULL);
  CHECK(!scratch_get(SIZE_MAX));
}

/* More than is kept, of sizes beside which the large one would be a waste. */
static void many_at_once(void)
{
  char *held[MANY];
  for (int i = 0; i < MANY; i++) {
    held[i] = scratch_get(MB);
    if (!CHECK(held[i]))
      return;
    memset(held[i], i, MB);
  }
  for (int i = 0; i < MANY; i++)
    CHECK(held[i][0] == i && held[i][MB - 1] == i);
  for (int i = 0; i < MANY; i++)
    scratch_put(held[i]);
}

#if !defined __SANITIZE_ADDRESS__
/* The last one first, whatever was refused or dropped meanwhile; none that is too small
 * or far too large. */
static void it_is_lent_again(void)
{
  for (size_t size = 100 * KB; size < 2 * MB; size += 100 * KB) {
    char *a = scratch_get(size);
    scratch_put(a);
    char *b = scratch_get(size - KB);
    CHECK(a && a == b);
    char *small = scratch_get(KB);
    CHECK(small && small != b);
    scratch_put(small);
    scratch_put(b);
  }
}
#endif

int main(void)
{
#if !defined __SANITIZE_ADDRESS__
  it_is_lent_again();
#endif
  sizes_at_the_ends();
  threads_run(4, work, NULL, 1); /* they do not meet */
  many_at_once();
  return check_report("test_scratch");
}
