/* vast, channel and binary: ids out of colours, what is no colour, ids that do not
 * fit. */
#include <errno.h>
#include <string.h>

#include "core/transform/transform_table.h"
#include "tests/support/check.h"
#include "tests/support/memory_view.h"

/* A list of transforms on an array with colours on axis `colours` (-1: none).  Room for
 * 64 bytes of result. */
struct result {
  int rc;
  enum dtype dtype;
  int nd, channel_axis;
  int64_t shape[ND_MAX];
  _Alignas(8) char voxels[64];
  struct err err;
};

static struct result run(const char *text, const struct memory *memory, int colours)
{
  const int64_t zero[ND_MAX] = {0};
  struct result result = {.err = ERR_INIT};
  struct transform_item item = {.view = &memory->view, .channel_axis = colours};
  struct step_list list;
  struct arena arena;
  arena_init(&arena);
  result.rc = transform_parse(text, &arena, &list, &result.err) ||
                      transform_apply(&list, &item, &arena, &result.err)
                  ? -1
                  : 0;
  if (!result.rc) {
    result.dtype = item.view->dtype;
    result.nd = item.view->nd;
    result.channel_axis = item.channel_axis;
    memcpy(result.shape, item.view->shape, sizeof result.shape);
    result.rc =
        view_read_box(item.view, zero, item.view->shape, result.voxels, &result.err);
  }
  arena_free(&arena);
  return result;
}

/* --- vast -------------------------------------------------------------------------- */

/* numpy: 1 * 65536 + 2 * 256 + 3 == 66051, and so on. */
static void test_colours(void)
{
  static const uint8_t rgb[] = {1, 2, 3, 0, 0, 255, 255, 0, 1, 16, 0, 0};
  static const uint8_t rgba[] = {1, 2, 3, 9, 0, 0, 255, 9};
  static const uint32_t ids[] = {66051, 255, 16711681, 1048576};
  const struct memory three = memory_new(DT_U8, 3, (int64_t[]){2, 2, 3}, rgb);
  const struct memory four = memory_new(DT_U8, 3, (int64_t[]){1, 2, 4}, rgba);
  struct result result = run("vast", &three, 2);
  CHECK(!result.rc && result.dtype == DT_U32 && result.nd == 2 &&
        result.channel_axis == -1);
  CHECK(!memcmp(result.voxels, ids, sizeof ids));
  result = run("vast", &four, -1);
  CHECK(!result.rc && result.nd == 2 && !memcmp(result.voxels, ids, 8));
}

static void test_grey(void)
{
  static const uint8_t grey[] = {7, 8, 9, 10, 11, 12};
  const struct memory narrow = memory_new(DT_U8, 2, (int64_t[]){2, 3}, grey);
  const struct memory one = memory_new(DT_U8, 3, (int64_t[]){2, 3, 1}, grey);
  struct result result = run("vast", &narrow, -1);
  CHECK(!result.rc && result.dtype == DT_U8 && result.nd == 2 && result.shape[1] == 3);
  CHECK(!memcmp(result.voxels, grey, sizeof grey));
  result = run("vast", &one, 2);
  CHECK(!result.rc && result.nd == 2 && !memcmp(result.voxels, grey, sizeof grey));
}

static void test_wrong_colours(void)
{
  static const uint16_t voxels[6] = {0};
  const struct memory wide = memory_new(DT_U16, 3, (int64_t[]){1, 2, 3}, voxels);
  const struct memory two = memory_new(DT_U8, 3, (int64_t[]){1, 2, 2}, voxels);
  CHECK(run("vast", &wide, 2).err.errnum == EINVAL);
  CHECK(run("vast", &two, 2).err.errnum == EINVAL);
}

/* Stored wider all fit; narrower only those that come back as they were. */
static void test_dtype(void)
{
  static const uint16_t ids[] = {0, 255, 65535};
  static const uint64_t wide[] = {0, 255, 65535};
  static const float broken[] = {1, 2.5F, 3};
  const struct memory memory = memory_new(DT_U16, 2, (int64_t[]){1, 3}, ids);
  const struct memory halves = memory_new(DT_F32, 2, (int64_t[]){1, 3}, broken);
  const struct memory two = memory_new(DT_U16, 2, (int64_t[]){1, 2}, ids);
  struct result result = run("vast:uint64", &memory, -1);
  CHECK(!result.rc && result.dtype == DT_U64);
  CHECK(!memcmp(result.voxels, wide, sizeof wide));
  CHECK(run("vast:uint8", &memory, -1).err.errnum == EIO);
  CHECK(run("vast:int16", &memory, -1).err.errnum == EIO);
  CHECK(run("vast:uint8", &halves, -1).err.errnum == EIO);
  CHECK(!run("vast:uint8", &two, -1).rc);
}

static void test_arguments(void)
{
  static const uint8_t grey[] = {1};
  const struct memory memory = memory_new(DT_U8, 2, (int64_t[]){1, 1}, grey);
  CHECK(run("vast:float32", &memory, -1).err.errnum == EINVAL);
  CHECK(run("vast:many", &memory, -1).err.errnum == EINVAL);
  CHECK(run("vast:uint8:uint8", &memory, -1).err.errnum == EINVAL);
  CHECK(run("channel", &memory, -1).err.errnum == EINVAL);
  CHECK(run("channel:-1", &memory, -1).err.errnum == EINVAL);
}

/* --- channel ----------------------------------------------------------------------- */

static void test_channel(void)
{
  static const uint8_t rgb[] = {1, 2, 3, 4, 5, 6};
  static const uint8_t last[] = {2, 5}, first[] = {4, 5, 6};
  const struct memory memory = memory_new(DT_U8, 3, (int64_t[]){1, 2, 3}, rgb);
  const struct memory planes = memory_new(DT_U8, 3, (int64_t[]){2, 1, 3}, rgb);
  struct result result = run("channel:1", &memory, 2);
  CHECK(!result.rc && result.nd == 2 && result.channel_axis == -1);
  CHECK(!memcmp(result.voxels, last, sizeof last));
  result = run("channel:1", &planes, 0);
  CHECK(!result.rc && result.nd == 2 && !memcmp(result.voxels, first, sizeof first));
  CHECK(run("channel:3", &memory, 2).err.errnum == EINVAL);
  result = run("channel:1", &memory, -1);
  CHECK(!result.rc && result.nd == 3);
}

/* --- binary ------------------------------------------------------------------------ */

static void test_binary(void)
{
  static const int16_t values[] = {-3, 0, 1, 254, 255, 256};
  static const uint8_t nonzero[] = {1, 0, 1, 1, 1, 1}, from_255[] = {0, 0, 0, 0, 1, 1};
  const struct memory memory = memory_new(DT_I16, 2, (int64_t[]){2, 3}, values);
  struct result result = run("binary", &memory, -1);
  CHECK(!result.rc && result.dtype == DT_U8 && !memcmp(result.voxels, nonzero, 6));
  result = run("binary:255", &memory, -1);
  CHECK(!result.rc && !memcmp(result.voxels, from_255, 6));
  CHECK(run("binary:1:2", &memory, -1).err.errnum == EINVAL);
  CHECK(run("binary:x", &memory, -1).err.errnum == EINVAL);
}

int main(void)
{
  test_colours();
  test_grey();
  test_wrong_colours();
  test_dtype();
  test_arguments();
  test_channel();
  test_binary();
  return check_report("transform_vast");
}
