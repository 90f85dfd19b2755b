/* Fields of many files: joined with few headers read, holes, files that are missing,
 * damaged, of another size, changed, repaired. */
#include <errno.h>
#include <time.h>

#include "core/field/open_dataset.h"
#include "core/field/piece_dtype.h"
#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

enum { GRID = 9, MANY = 2300 /* more than are kept open */ };

static struct source_pool *pool;
static struct arena arena;
static struct dataset *dataset;
static struct dataset_spec spec;
static struct scan_spec scans[1];
static struct field_spec field;
static struct piece pieces[MANY];

static const char *const rows[] = {"r0", "r1", "r2"};

/* A grid of 3 rows and 3 columns of 2-D tiles "<row><column>.npy", joined. */
static struct gather_spec grid_gather(void)
{
  return (struct gather_spec){
      .naxes = 2,
      .axes = {{.name = "row", .concat = true, .axis = 0, .n = 3, .values = rows},
               {.name = "column", .concat = true, .axis = 1, .n = 3}},
  };
}

static const char *tile_name(int i)
{
  static char names[GRID][32];
  snprintf(names[i], sizeof names[i], "%d%d.npy", i / 3, i % 3);
  return names[i];
}

/* Rows of 2, 3, 1 voxels, columns of 4, 1, 2; every voxel of tile i is 10 + i. */
static const int heights[] = {2, 3, 1}, widths[] = {4, 1, 2};

static void make_tiles(void)
{
  field = (struct field_spec){.name = "image", .npieces = GRID, .pieces = pieces};
  field.gather = grid_gather();
  for (int i = 0; i < GRID; i++) {
    files_npy(tile_name(i), 2, (int[]){heights[i / 3], widths[i % 3]}, 10 + i);
    pieces[i] =
        (struct piece){.path = arena_strdup(&arena, files_path(tile_name(i)), NULL)};
  }
}

static const struct snapshot *take(struct err *err)
{
  const struct snapshot *snapshot = NULL;
  *err = (struct err)ERR_INIT;
  if (!dataset) {
    scans[0] = (struct scan_spec){.id = "s", .nfields = 1, .fields = &field};
    spec = (struct dataset_spec){.nscans = 1, .scans = scans};
    dataset = dataset_open(&spec, pool, NULL);
  }
  const int rc = dataset_snapshot(dataset, 0, 0, &snapshot, err);
  CHECK((rc == 0) == (snapshot != NULL) && (rc == 0) == (err->errnum == 0));
  return snapshot;
}

/* Voxel (y, x), or -1 with *err. */
static int voxel(const struct snapshot *s, int64_t y, int64_t x, struct err *err)
{
  unsigned char value = 0;
  const int64_t off[] = {y, x}, one[] = {1, 1};
  *err = (struct err)ERR_INIT;
  return !s || view_read_box(s->view, off, one, &value, err) ? -1 : value;
}

static bool is_shape(const struct snapshot *s, int nd, const int64_t *shape)
{
  return s && s->view->nd == nd &&
         !memcmp(s->view->shape, shape, (size_t)nd * sizeof *shape);
}

static void pass_time(void)
{
  nanosleep(&(struct timespec){.tv_nsec = (2 * SOURCE_CHECK_MS + 50) * 1000000L}, NULL);
}

/* The whole, row by row: what numpy.block of the tiles is. */
static bool is_block(const struct snapshot *s)
{
  unsigned char all[6 * 7];
  const int64_t off[] = {0, 0};
  static const int row_of[] = {0, 0, 1, 1, 1, 2}, column_of[] = {0, 0, 0, 0, 1, 2, 2};
  bool same = s && !view_read_box(s->view, off, (int64_t[]){6, 7}, all, NULL);
  for (int i = 0; same && i < 6 * 7; i++)
    same = all[i] == 10 + 3 * row_of[i / 7] + column_of[i % 7];
  return same;
}

static void test_ragged_tiles(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}) && is_block(s));
  snapshot_unref(s);
}

/* Headers of row 0 and column 0 say what there is; a damaged tile elsewhere is met by who
 * reads it. */
static void test_damaged_tile(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_text(tile_name(4), "garbage");
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
  CHECK(voxel(s, 2, 4, &err) == -1 && err.errnum == EIO && strstr(err.msg, "11.npy"));
  CHECK(voxel(s, 0, 0, &err) == 10 && voxel(s, 5, 6, &err) == 18);
  files_npy(tile_name(4), 2, (int[]){3, 1}, 14);
  pass_time();
  CHECK(s && snapshot_stale(s));
  const struct snapshot *repaired = take(&err);
  CHECK(is_block(repaired) && s && repaired && repaired->version != s->version);
  snapshot_unref(repaired);
  snapshot_unref(s);
}

/* The first of a row or column that can be opened speaks for it. */
static void test_damaged_representative(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_text(tile_name(0), "garbage");
  CHECK(!unlink(files_path(tile_name(1))));
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
  CHECK(voxel(s, 0, 0, &err) == -1 && voxel(s, 0, 4, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, "01.npy: no such file") &&
        strstr(err.msg, "at row r0, column 1"));
  CHECK(voxel(s, 2, 0, &err) == 13);
  snapshot_unref(s);
}

static void test_row_without_any(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  for (int i = 3; i < 6; i++)
    CHECK(!unlink(files_path(tile_name(i))));
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "10.npy"));
}

static void test_contradicting_headers(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_npy(tile_name(6), 3, (int[]){1, 4, 1}, 16);
  CHECK(!take(&err) && err.errnum == EIO);
  CHECK(strstr(err.msg, "20.npy: expected ") && strstr(err.msg, "00.npy has") &&
        strstr(err.msg, "found 1x4x1 of uint8"));
}

static void test_contradicting_tile(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_npy(tile_name(8), 2, (int[]){1, 3}, 18);
  const struct snapshot *s = take(&err);
  CHECK(voxel(s, 5, 6, &err) == -1 && err.errnum == EIO);
  CHECK(strstr(err.msg, "22.npy: expected 1x2 of uint8") && strstr(err.msg, "00.npy"));
  CHECK(voxel(s, 5, 4, &err) == 17);
  snapshot_unref(s);
}

/* A piece opened to be measured is compared too when it is read. */
static void test_contradicting_measured(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_npy(tile_name(3), 2, (int[]){3, 5}, 13);
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
  CHECK(voxel(s, 2, 0, &err) == -1 && strstr(err.msg, "10.npy: expected 3x4"));
  snapshot_unref(s);
}

/* One tile of another size moves nothing: two others say how long its row and its column
 * are.  Of two that differ neither is believed. */
static void test_contradicting_first(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  files_npy(tile_name(0), 2, (int[]){1, 3}, 10);
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
  CHECK(voxel(s, 0, 0, &err) == -1 && err.errnum == EIO);
  CHECK(strstr(err.msg, "00.npy: expected 2x4 of uint8") &&
        strstr(err.msg, "found 1x3 of uint8"));
  CHECK(voxel(s, 0, 4, &err) == 11 && voxel(s, 2, 0, &err) == 13);
  CHECK(voxel(s, 5, 6, &err) == 18);
  snapshot_unref(s);
}

static void test_contradicting_pair(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  CHECK(!unlink(files_path(tile_name(1))));
  files_npy(tile_name(0), 2, (int[]){1, 4}, 10);
  CHECK(!take(&err) && err.errnum == EIO);
  CHECK(strstr(err.msg, "02.npy: expected 1 on axis 0 as ") &&
        strstr(err.msg, "00.npy has, found 2"));
}

static void test_holes(void)
{
  struct err err = ERR_INIT;
  for (int fill = 0; fill < 2; fill++) {
    make_tiles();
    pieces[4].path = pieces[2].path = NULL;
    field.gather.has_fill = fill;
    field.gather.fill = 99;
    const struct snapshot *s = take(&err);
    CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
    CHECK(voxel(s, 2, 4, &err) == (fill ? 99 : -1));
    CHECK(fill || (err.errnum == EIO && strstr(err.msg, "row r1, column 1")));
    CHECK(voxel(s, 5, 4, &err) == 17);
    snapshot_unref(s);
    dataset_close(dataset);
    dataset = NULL;
  }
}

static void test_missing_file_is_a_hole(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  field.gather.has_fill = field.pieces_may_miss = true;
  CHECK(!unlink(files_path(tile_name(4))));
  const struct snapshot *s = take(&err);
  CHECK(voxel(s, 2, 4, &err) == 0 && voxel(s, 5, 4, &err) == 17);
  files_npy(tile_name(4), 2, (int[]){3, 1}, 14);
  pass_time();
  const struct snapshot *then = take(&err);
  CHECK(is_block(then));
  snapshot_unref(then);
  snapshot_unref(s);
}

static void state_shape(const int64_t *shape)
{
  field.gather.nd = 2;
  field.gather.dtype = DT_U8;
  memcpy(field.gather.shape, shape, 2 * sizeof *shape);
}

/* No header is read, so nothing is noticed before a voxel is. */
static void test_described(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  state_shape((int64_t[]){2, 4});
  for (int i = 1; i < GRID; i++)
    files_text(tile_name(i), "garbage");
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 12}) && s->view->dtype == DT_U8);
  CHECK(voxel(s, 1, 3, &err) == 10 && voxel(s, 1, 4, &err) == -1);
  snapshot_unref(s);
}

static void test_described_otherwise(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  state_shape((int64_t[]){2, 5});
  const struct snapshot *s = take(&err);
  CHECK(voxel(s, 0, 0, &err) == -1 && err.errnum == EIO);
  CHECK(strstr(err.msg, "00.npy: expected 2x5 of uint8 as the description has"));
  snapshot_unref(s);
}

/* Cells of 2x3 in 6x7: tiles are cut off, or leave a rest. */
static void test_pitch(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  field.gather.pitch[0] = 2;
  field.gather.pitch[1] = 3;
  field.gather.extent[0] = 6;
  field.gather.extent[1] = 7;
  field.gather.has_fill = true;
  field.gather.fill = 128;
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){6, 7}));
  CHECK(voxel(s, 1, 2, &err) == 10 && voxel(s, 0, 3, &err) == 11);
  CHECK(voxel(s, 0, 4, &err) == 128 && voxel(s, 3, 6, &err) == 15);
  CHECK(voxel(s, 4, 0, &err) == 16 && voxel(s, 5, 0, &err) == 128);
  snapshot_unref(s);
  dataset_close(dataset);
  dataset = NULL;
  field.gather.has_fill = false;
  s = take(&err);
  CHECK(voxel(s, 1, 2, &err) == 10 && voxel(s, 0, 3, &err) == -1);
  CHECK(strstr(err.msg, "01.npy: expected at least 2x3 of uint8"));
  snapshot_unref(s);
}

static void test_each(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  CHECK(!transform_parse("permute:1:0+cast:float32", &arena, &field.gather.each, &err));
  field.gather.axes[0].axis = 1;
  field.gather.axes[1].axis = 0;
  const struct snapshot *s = take(&err);
  float value = 0;
  CHECK(is_shape(s, 2, (int64_t[]){7, 6}) && s->view->dtype == DT_F32);
  CHECK(s && !view_read_box(s->view, (int64_t[]){4, 2}, (int64_t[]){1, 1}, &value, &err));
  CHECK(value == 14);
  snapshot_unref(s);
}

static bool path_of(const void *ctx, int64_t number, char room[PATH_MAX],
                    struct piece *out)
{
  *out = (struct piece){.path = room};
  snprintf(room, PATH_MAX, "%s/%d%d.npy", (const char *)ctx, (int)(number / 3),
           (int)(number % 3));
  return true;
}

static void test_paths_by_rule(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  field.pieces = NULL;
  field.make_piece = path_of;
  field.make_ctx = files_root;
  const struct snapshot *s = take(&err);
  CHECK(is_block(s));
  snapshot_unref(s);
}

static void test_arrays_of_one_file(void)
{
  struct err err = ERR_INIT;
  struct source_stats before, after;
  files_h5("f.h5", "a", 1, (hsize_t[]){4});
  field = (struct field_spec){.name = "image", .npieces = 3, .pieces = pieces};
  field.gather = gather_slices(3, false);
  for (int i = 0; i < 3; i++)
    pieces[i] = (struct piece){.path = arena_strdup(&arena, files_path("f.h5"), NULL),
                               .key = "a"};
  pieces[1].key = "b";
  const struct snapshot *s = take(&err);
  source_pool_stats(pool, &before);
  CHECK(voxel(s, 2, 3, &err) == 0 && voxel(s, 1, 0, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, "expected an array 'b'"));
  source_pool_stats(pool, &after);
  CHECK(after.bytes_read - before.bytes_read <= 4); /* one voxel; no header again */
  snapshot_unref(s);
}

static void test_change(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  const struct snapshot *s = take(&err);
  CHECK(is_block(s));
  files_npy(tile_name(8), 2, (int[]){1, 2}, 200);
  pass_time();
  CHECK(voxel(s, 5, 6, &err) == -1 && err.errnum == EIO);
  const struct snapshot *then = take(&err);
  CHECK(voxel(then, 5, 6, &err) == 200 && voxel(then, 0, 0, &err) == 10);
  snapshot_unref(then);
  snapshot_unref(s);
}

/* A slice of two voxels of `value` as a NIfTI-1 pair (the fields that are not 0, as
 * nifti1.h has them). */
static void make_pair(const char *stem, int value)
{
  char name[20], header[352] = {0};
  const int32_t size = 348;
  const int16_t dim[] = {1, 2, 1, 1, 1, 1, 1, 1}, uint8 = 2, bits = 8;
  const float pixdim[] = {1, 1, 1, 1, 1, 1, 1, 1};
  memcpy(header, &size, sizeof size);
  memcpy(header + 40, dim, sizeof dim);
  memcpy(header + 70, &uint8, sizeof uint8);
  memcpy(header + 72, &bits, sizeof bits);
  memcpy(header + 76, pixdim, sizeof pixdim);
  memcpy(header + 344, "ni1", 4);
  snprintf(name, sizeof name, "%s.hdr", stem);
  FILE *f = fopen(files_path(name), "w");
  CHECK(f && fwrite(header, sizeof header, 1, f) == 1 && !fclose(f));
  snprintf(name, sizeof name, "%s.img", stem);
  f = fopen(files_path(name), "w");
  CHECK(f && fputc(value, f) == value && fputc(value, f) == value && !fclose(f));
}

/* The voxels change, the header that names the piece does not. */
static void test_change_of_the_other_half(void)
{
  struct err err = ERR_INIT;
  make_pair("p0", 10);
  make_pair("p1", 11);
  field = (struct field_spec){.name = "image", .npieces = 2, .pieces = pieces};
  field.gather = gather_slices(2, false);
  for (int i = 0; i < 2; i++)
    pieces[i] = (struct piece){
        .path = arena_strdup(&arena, files_path(i ? "p1.hdr" : "p0.hdr"), NULL)};
  const struct snapshot *s = take(&err);
  CHECK(is_shape(s, 2, (int64_t[]){2, 2}) && voxel(s, 1, 1, &err) == 11);
  make_pair("p2", 12);
  CHECK(!rename(files_path("p2.img"), files_path("p1.img")));
  pass_time();
  const struct snapshot *then = take(&err);
  CHECK(voxel(then, 1, 1, &err) == 12 && voxel(then, 0, 0, &err) == 10);
  CHECK(s && then && s->version != then->version);
  snapshot_unref(then);
  snapshot_unref(s);
}

static void test_wrong_count(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  field.npieces = 8;
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "8 files, expected 9"));
}

static void test_axis_that_does_not_fit(void)
{
  struct err err = ERR_INIT;
  make_tiles();
  field.gather.axes[1].axis = 2;
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "found 2"));
}

static void make_many(void)
{
  field = (struct field_spec){.name = "image", .npieces = MANY, .pieces = pieces};
  field.gather = gather_slices(MANY, false);
  for (int i = 0; i < MANY; i++) {
    char name[20];
    snprintf(name, sizeof name, "m/%d.npy", i);
    files_npy(name, 1, (int[]){2}, i % 251);
    pieces[i] = (struct piece){.path = arena_strdup(&arena, files_path(name), NULL)};
  }
}

/* All of them, twice: most are opened twice. */
static void test_many(void)
{
  struct err err = ERR_INIT;
  make_many();
  const struct snapshot *s = take(&err);
  unsigned char all[MANY * 2];
  for (int round = 0; round < 2; round++) {
    memset(all, 255, sizeof all);
    CHECK(s &&
          !view_read_box(s->view, (int64_t[]){0, 0}, (int64_t[]){MANY, 2}, all, &err));
    int good = 0;
    for (int i = 0; i < 2 * MANY; i++)
      good += all[i] == i / 2 % 251;
    CHECK(good == 2 * MANY);
  }
  snapshot_unref(s);
}

/* Of very many, a change is seen by a worker's look. */
static void test_many_change(void)
{
  struct err err = ERR_INIT;
  make_many();
  const struct snapshot *s = take(&err);
  files_npy("m/1234.npy", 1, (int[]){2}, 255);
  bool seen = false;
  for (int i = 0; i < 50 && s && !seen; i++) {
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    seen = snapshot_stale(s);
  }
  const struct snapshot *then = take(&err);
  CHECK(seen && voxel(then, 1234, 0, &err) == 255 && voxel(then, 5, 0, &err) == 5);
  snapshot_unref(then);
  snapshot_unref(s);
}

/* Every value of one type is a value of the other, or none need be. */
static void test_dtype_fits(void)
{
  static const struct {
    enum dtype from, to;
    bool fits;
  } cases[] = {
      {DT_BOOL, DT_U8, true},  {DT_U8, DT_BOOL, false}, {DT_U8, DT_I8, false},
      {DT_U8, DT_I16, true},   {DT_I8, DT_U16, false},  {DT_U16, DT_F32, true},
      {DT_I32, DT_F32, false}, {DT_I32, DT_F64, true},  {DT_U64, DT_F64, false},
      {DT_U8, DT_F16, true},   {DT_U16, DT_F16, false}, {DT_F32, DT_F64, true},
      {DT_F64, DT_F32, false}, {DT_F32, DT_I64, false}, {DT_F32, DT_C64, true},
      {DT_C64, DT_F64, false}, {DT_C64, DT_C128, true}, {DT_U64, DT_U64, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK(dtype_fits(cases[i].from, cases[i].to) == cases[i].fits);
}

int main(void)
{
  static void (*const tests[])(void) = {
      test_dtype_fits,
      test_ragged_tiles,
      test_damaged_tile,
      test_damaged_representative,
      test_row_without_any,
      test_contradicting_headers,
      test_contradicting_tile,
      test_contradicting_measured,
      test_contradicting_first,
      test_contradicting_pair,
      test_holes,
      test_missing_file_is_a_hole,
      test_described,
      test_described_otherwise,
      test_pitch,
      test_each,
      test_paths_by_rule,
      test_arrays_of_one_file,
      test_change,
      test_change_of_the_other_half,
      test_wrong_count,
      test_axis_that_does_not_fit,
      test_many,
      test_many_change,
  };
  for (int threads = 0; threads <= 2; threads += 2) {
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
      pool = check_pool(.cache_bytes = 1 << 20, .threads = threads);
      arena_init(&arena);
      files_begin();
      tests[i]();
      dataset_close(dataset);
      dataset = NULL;
      files_end();
      /* hints that are still queued may look at the description */
      source_pool_free(pool);
      arena_free(&arena);
    }
  }
  return check_report("pieces");
}
