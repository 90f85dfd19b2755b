/* What was decoded of a file stays for whoever opens the same content again, and only for
 * him. */
#include "tests/support/source_check.h"

static const char path[] = "a.png", other[] = "b.png";

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

/* Opens, reads a voxel, closes: the voxel. */
static int voxel(struct source_pool *pool, const char *name)
{
  struct err err = ERR_INIT;
  struct check_array array;
  const int64_t off[] = {3, 4}, shape[] = {1, 1};
  unsigned char value = 0;
  check_open(pool, name, &array, &err);
  CHECK(array.view && !view_read_box(array.view, off, shape, &value, &err));
  check_close(&array);
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
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
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
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
  CHECK(voxel(pool, path) == 7);
  make_png(other, 9);
  CHECK(!rename(other, path));
  CHECK(voxel(pool, path) == 9 && decoded(pool) == 2);
  make_png(path, 7);
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 3);
  source_pool_free(pool);
}

/* Two sources of one content, opened by two paths, have ids of their own; one of them is
 * remembered. */
static void open_twice(void)
{
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
  struct err err = ERR_INIT;
  struct source *held;
  CHECK(!symlink(path, other));
  CHECK(!source_open(pool, other, &held, &err));
  CHECK(voxel(pool, path) == 7 && voxel(pool, path) == 7 && decoded(pool) == 1);
  source_unref(held);
  CHECK(voxel(pool, path) == 7 && decoded(pool) == 1);
  CHECK(!unlink(other));
  source_pool_free(pool);
}

/* A headerless file is as it is described, whatever was read of it before. */
static void headerless_files_are_not_remembered(void)
{
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
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
  check_dir_make();
  make_png(path, 7);
  opened_again_it_is_not_decoded_again();
  other_content_is_decoded();
  open_twice();
  headerless_files_are_not_remembered();
  return check_report("source known");
}
