/* tesserafs.json of any content, found inside a directory of a few empty files.  It is
 * kept to that directory, as a description that nobody named on the command line is. */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mountopts/description/description.h"
#include "tests/support/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/dev/shm/tesserafs-fuzz-XXXXXX";
static const char *const names[] = {"a_1.im", "a_2.im", "b.npy", "f.bin"};

static void remove_root(void)
{
  char path[80];
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", root, names[i]);
    unlink(path);
  }
  rmdir(root);
}

static void make_root(void)
{
  char path[80];
  if (!mkdtemp(root))
    abort();
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", root, names[i]);
    const int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
      abort();
    close(fd);
  }
  atexit(remove_root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static bool made;
  struct arena arena;
  struct problems problems = {0};
  if (!made)
    make_root();
  made = true;
  arena_init(&arena);
  struct source_pool *pool =
      check_pool(.cache_bytes = 1 << 20, .max_fds = 4, .root = root);
  struct description desc = {.file = "tesserafs.json",
                             .root = root,
                             .inside = root,
                             .pool = pool,
                             .arena = &arena,
                             .problems = &problems};
  const int rc = description_read(&desc, (const char *)data, size);
  assert(!rc == !problems.count);
  problems_free(&problems);
  source_pool_free(pool);
  arena_free(&arena);
  return 0;
}
