/* The queue of paths: order, its bound, what it costs when it is empty. */
#include <stdio.h>
#include <string.h>

#include "core/tree/prefetch/path_queue.h"
#include "tests/support/check.h"

static void test_order(void)
{
  struct path_queue queue = {0};
  char text[64], out[PATH_QUEUE_PATH];
  bool right = true;
  for (int i = 0; i < 100000; i++)
    right =
        path_queue_push(&queue, text, (size_t)snprintf(text, sizeof text, "p/%d", i)) &&
        right;
  CHECK(right && queue.count == 100000);
  for (int i = 0; i < 100000; i++) {
    snprintf(text, sizeof text, "p/%d", i);
    right = path_queue_pop(&queue, out) && !strcmp(out, text) && right;
  }
  CHECK(right && queue.count == 0 && queue.bytes == 0);
  CHECK(!path_queue_pop(&queue, out));
}

static void test_bound(void)
{
  struct path_queue queue = {0};
  char path[PATH_QUEUE_PATH], out[PATH_QUEUE_PATH];
  int64_t n = 0;
  memset(path, 'x', sizeof path);
  while (n < 1000000 && path_queue_push(&queue, path, sizeof path - 1))
    n++;
  CHECK(n > PATH_QUEUE_BYTES / PATH_QUEUE_PATH * 9 / 10);
  CHECK(n <= PATH_QUEUE_BYTES / PATH_QUEUE_PATH);
  CHECK(queue.bytes <= PATH_QUEUE_BYTES && queue.count == n);
  for (int i = 0; i < 20; i++)
    CHECK(path_queue_pop(&queue, out) && strlen(out) == sizeof path - 1);
  CHECK(path_queue_push(&queue, path, sizeof path - 1));
  path_queue_free(&queue);
  CHECK(queue.bytes == 0 && queue.count == 0 && !path_queue_pop(&queue, out));
}

int main(void)
{
  test_order();
  test_bound();
  return check_report("path_queue");
}
