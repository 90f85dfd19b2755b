/* What was decoded of a file stays for whoever opens the same content again, and only for
 * him. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/source/source.h"
#include "tests/unit/check.h"

static char dir[] = "/tmp/tesserafs-known.XXXXXX";
static char path[64], other[64];

/* Of one grey, by Pillow. */
static void make_png(const char *name, int value)
{
  char command[600];
  snprintf(command, sizeof command,
           "/usr/bin/python3 -c \"from PIL import Image; "
           "Image.new('L', (40, 30), %d).save('%s')\"",
           value, name);
  CHECK(system(command) == 0);
}

static struct source_pool *new_pool(void)
{
  const struct source_pool_opts opts = {.cache_bytes = 1 << 20};
  struct err err = ERR_INIT;
  struct source_pool *const pool = source_pool_new(&opts, &err);
  CHECK(pool != NULL);
  return pool;
}

/* Opens, reads a voxel, closes: the voxel. */
static int voxel(struct source_pool *pool, const char *name)
{
  struct err err = ERR_INIT;
  struct source *source;
  struct arena arena;
  const int64_t off[] = {3, 4}, shape[] = {1, 1};
  unsigned char value = 0;
  arena_init(&arena);
  CHECK(source_open(pool, name, &source, &err) == 0);
  struct view *const view = source_view(&arena, source, 0, &err);
  CHECK(view && !view_read_box(view, off, shape, &value, &err));
  arena_free(&arena);
  source_unref(source);
  return value;
}

static uint64_t decoded(struct source_pool *pool)
{
  struct source_stats stats;
  source_pool_stats(pool, &stats);
  return stats.blocks_decoded;
}

static void opened_again_it_is_not_decoded_again(void)
{
  struct source_pool *const pool = new_pool();
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 1);
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 1);
  CHECK(!link(path, other)); /* which changes the time of its inode */
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 2);
  CHECK(voxel(pool, other) == 7 && decoded(pool) == 2);
  CHECK(!unlink(other));
  source_pool_free(pool);
}

static void other_content_is_decoded(void)
{
  struct source_pool *const pool = new_pool();
  CHECK(voxel(pool, path) == 7);
  make_png(other, 9);
  CHECK(!rename(other, path));
  CHECK(voxel(pool, path) == 9 && decoded(pool) == 2);
  make_png(path, 7);
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 3);
  source_pool_free(pool);
}

/* Two sources of one content have ids of their own; one of them is remembered. */
static void open_twice(void)
{
  struct source_pool *const pool = new_pool();
  struct err err = ERR_INIT;
  struct source *held;
  CHECK(!source_open(pool, path, &held, &err));
  CHECK(voxel(pool, path) == 7 && voxel(pool, path) == 7 && decoded(pool) == 1);
  source_unref(held);
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 1);
  source_pool_free(pool);
}

/* A headerless file is as it is described, whatever was read of it before. */
static void headerless_files_are_not_remembered(void)
{
  struct source_pool *const pool = new_pool();
  struct err err = ERR_INIT;
  struct source *source;
  struct source_raw raw = {.dtype = DT_U8, .nd = 1, .shape = {8}};
  for (int i = 0; i < 2; i++) {
    raw.offset = i;
    CHECK(!source_open_raw(pool, path, &raw, &source, &err));
    CHECK(source_array_at(source, 0)->offset == i);
    source_unref(source);
  }
  source_pool_free(pool);
}

int main(void)
{
  CHECK(mkdtemp(dir) != NULL);
  snprintf(path, sizeof path, "%s/a.png", dir);
  snprintf(other, sizeof other, "%s/b.png", dir);
  make_png(path, 7);
  opened_again_it_is_not_decoded_again();
  other_content_is_decoded();
  open_twice();
  headerless_files_are_not_remembered();
  unlink(path);
  rmdir(dir);
  return check_report("source known");
}
