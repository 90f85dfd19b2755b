/* Encodings without readers: exact sizes before any voxel, any cut equals the whole, what
 * can be held, and how many voxels a read costs.  (test_encoding_readers.c asks the
 * readers.) */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

#include "tests/support/check.h"
#include "tests/support/encoding_items.h"

/* --- the table --------------------------------------------------------------------- */

static void test_find(void)
{
  CHECK(encoding_find("npy") == &encoding_npy);
  CHECK(encoding_find("nii.gz") == &encoding_nii_gz);
  CHECK(encoding_find("nii") == &encoding_nii);
  CHECK(encoding_find("gz") == NULL);
  CHECK(encoding_find("") == NULL);
  for (int i = 1; encodings[i]; i++)
    CHECK(strlen(encodings[i - 1]->ext) >= strlen(encodings[i]->ext));
}

static bool holds(const struct encoding *encoding, enum dtype dtype, int nd,
                  const int64_t *shape)
{
  struct index_view view;
  const struct item item = index_item(&view, dtype, nd, shape);
  return encoding->holds(&item);
}

static void test_holds_nii(void)
{
  CHECK(!holds(&encoding_nii, DT_U8, 0, NULL));
  CHECK(!holds(&encoding_nii, DT_U8, SHAPE(3, 0)));
  CHECK(holds(&encoding_nii, DT_F16, SHAPE(1, 1, 1, 1, 1, 1, 2)));
  CHECK(!holds(&encoding_nii, DT_U8, SHAPE(1, 1, 1, 1, 1, 1, 1, 2)));
}

static void test_holds_png(void)
{
  CHECK(holds(&encoding_png, DT_U8, SHAPE(4, 5)));
  CHECK(holds(&encoding_png, DT_BOOL, SHAPE(4, 5)));
  CHECK(holds(&encoding_png, DT_U16, SHAPE(4, 5, 2)));
  CHECK(holds(&encoding_png, DT_U8, SHAPE(4, 5, 4)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(4, 5, 1)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(4, 5, 5)));
  CHECK(!holds(&encoding_png, DT_BOOL, SHAPE(4, 5, 3)));
  CHECK(!holds(&encoding_png, DT_I16, SHAPE(4, 5)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(4, 0)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(7)));
  CHECK(holds(&encoding_png, DT_U8, SHAPE(1 << 15, 65000)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(1 << 15, 1 << 16)));
  CHECK(!holds(&encoding_png, DT_U8, SHAPE(1, INT64_C(1) << 31)));
  CHECK(!holds(&encoding_png, DT_U16, SHAPE(INT64_MAX, INT64_MAX, 4)));
}

static void test_holds_tif(void)
{
  CHECK(holds(&encoding_tif, DT_C128, SHAPE(4, 5)));
  CHECK(!holds(&encoding_tif, DT_U8, SHAPE(4, 0, 2)));
  CHECK(!holds(&encoding_tif, DT_U8, SHAPE(4, INT64_C(1) << 31)));
  CHECK(!holds(&encoding_tif, DT_U8, SHAPE(INT64_MAX, 5, 5)));
  CHECK(!holds(&encoding_tif, DT_U8, SHAPE(INT64_MAX, INT64_MAX, 1, 1)));
}

static void test_refusal_is_enoent(void)
{
  struct index_view view;
  const struct item item = index_item(&view, DT_F32, SHAPE(4, 5));
  struct err err = ERR_INIT;
  int64_t size;
  CHECK(encoding_size(&encoding_png, &item, &size, &err) == -1);
  CHECK(err.errnum == ENOENT);
  CHECK(strcmp(err.msg, "png cannot hold an array of 4x5 float32") == 0);
}

/* --- sizes ------------------------------------------------------------------------- */

static int64_t size_of(const struct encoding *encoding, enum dtype dtype, int nd,
                       const int64_t *shape)
{
  struct index_view view;
  const struct item item = index_item(&view, dtype, nd, shape);
  struct err err = ERR_INIT;
  int64_t size = -1;
  CHECK((encoding_size(encoding, &item, &size, &err) < 0) == (err.errnum != 0));
  CHECK(atomic_load(&view.reads) == 0);
  return err.errnum ? -err.errnum : size;
}

/* 10^12 voxels and more: header facts only. */
static void test_sizes_of_huge_arrays(void)
{
  const int64_t tera = INT64_C(1000000000000);
  CHECK(size_of(&encoding_raw, DT_U16, SHAPE(10000, 10000, 10000)) == 2 * tera);
  CHECK(size_of(&encoding_npy, DT_U16, SHAPE(10000, 10000, 10000)) == 128 + 2 * tera);
  CHECK(size_of(&encoding_nii, DT_U16, SHAPE(10000, 10000, 10000)) == 352 + 2 * tera);
  CHECK(size_of(&encoding_nii, DT_F16, SHAPE(100000, 10000, 1000)) == 544 + 4 * tera);
  const int64_t inner = 352 + 2 * tera;
  CHECK(size_of(&encoding_nii_gz, DT_U16, SHAPE(10000, 10000, 10000)) ==
        10 + 5 * ((inner + 65534) / 65535) + inner + 8);
  const int64_t h5 = size_of(&encoding_h5, DT_U16, SHAPE(10000, 10000, 10000));
  CHECK(h5 > 2 * tera && h5 < 2 * tera + 65536); /* how much is libhdf5's affair */
  CHECK(size_of(&encoding_tif, DT_U16, SHAPE(10000, 10000, 10000)) > 2 * tera);
}

static void test_sizes_that_do_not_fit(void)
{
  const int64_t most = INT64_MAX;
  CHECK(size_of(&encoding_raw, DT_U8, SHAPE(INT64_MAX)) == most);
  CHECK(size_of(&encoding_raw, DT_U16, SHAPE(INT64_MAX)) == -EOVERFLOW);
  CHECK(size_of(&encoding_npy, DT_U8, SHAPE(INT64_MAX)) == -EOVERFLOW);
  CHECK(size_of(&encoding_nii, DT_U8, SHAPE(INT64_MAX)) == -EOVERFLOW);
  CHECK(size_of(&encoding_nii_gz, DT_U8, SHAPE(INT64_MAX - 1000)) == -EOVERFLOW);
  CHECK(size_of(&encoding_h5, DT_U16, SHAPE(INT64_MAX)) == -EOVERFLOW);
}

/* --- any cut ----------------------------------------------------------------------- */

/* xorshift: the cuts are the same on every run */
static uint64_t draw(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static bool cut_equals(const struct layout *layout, const char *all, int64_t offset,
                       size_t size)
{
  struct err err = ERR_INIT;
  char *cut = malloc(size + 1);
  bool equal = cut && encoding_pread(layout, cut, size, offset, &err) == 0 &&
               memcmp(cut, all + offset, size) == 0;
  free(cut);
  return equal;
}

/* The whole by one read, then pieces in any order from a second opening. */
static void check_cuts(const struct encoding *encoding, const struct item *item)
{
  struct arena arena;
  struct layout once, again;
  struct err err = ERR_INIT;
  uint64_t state = 88172645463325252;
  bool equal = true;
  if (!encoding->holds(item))
    return;
  arena_init(&arena);
  CHECK(encoding_open(encoding, item, &arena, &once, &err) == 0);
  CHECK(encoding_open(encoding, item, &arena, &again, &err) == 0);
  char *all = read_layout(&once, (size_t)once.size + 1);
  CHECK(all != NULL);
  for (int i = 0; all && i < 300; i++) {
    const int64_t offset = (int64_t)(draw(&state) % (uint64_t)(again.size + 1));
    const uint64_t most = i % 3 ? 40 : (uint64_t)again.size;
    size_t size = (size_t)(draw(&state) % (most + 1));
    if ((int64_t)size > again.size - offset)
      size = (size_t)(again.size - offset);
    equal = equal && cut_equals(&again, all, offset, size);
  }
  if (!CHECK(equal))
    fprintf(stderr, "%s of %s\n", encoding->ext, dtype_table[item->view->dtype].name);
  free(all);
  arena_free(&arena);
}

static void test_cuts(enum dtype dtype, int nd, const int64_t *shape, int channel_axis)
{
  struct index_view view;
  struct item item = index_item(&view, dtype, nd, shape);
  item.channel_axis = channel_axis;
  for (int i = 0; encodings[i]; i++)
    check_cuts(encodings[i], &item);
}

/* Every (offset, size) of one small file of each encoding. */
static void test_all_cuts(const struct encoding *encoding, enum dtype dtype, int nd,
                          const int64_t *shape)
{
  struct index_view view;
  const struct item item = index_item(&view, dtype, nd, shape);
  struct arena arena;
  struct layout layout;
  struct err err = ERR_INIT;
  bool equal = true;
  arena_init(&arena);
  CHECK(encoding_open(encoding, &item, &arena, &layout, &err) == 0);
  char *all = read_layout(&layout, (size_t)layout.size + 1);
  for (int64_t from = 0; all && from <= layout.size; from++)
    for (int64_t to = from; to <= layout.size; to++)
      equal = equal && cut_equals(&layout, all, from, (size_t)(to - from));
  CHECK(all && equal);
  free(all);
  arena_free(&arena);
}

/* --- what a read costs ------------------------------------------------------------- */

struct opened {
  struct index_view view;
  struct item item;
  struct arena arena;
  struct layout layout;
};

static void open_file(struct opened *file, const struct encoding *encoding,
                      enum dtype dtype, int nd, const int64_t *shape)
{
  struct err err = ERR_INIT;
  file->item = index_item(&file->view, dtype, nd, shape);
  arena_init(&file->arena);
  CHECK(encoding_open(encoding, &file->item, &file->arena, &file->layout, &err) == 0);
}

/* Voxels that one more read asks for. */
static long cost(struct opened *file, int64_t offset, size_t size)
{
  struct err err = ERR_INIT;
  const long before = atomic_load(&file->view.reads);
  char *buf = malloc(size);
  CHECK(buf && encoding_pread(&file->layout, buf, size, offset, &err) == 0);
  free(buf);
  return atomic_load(&file->view.reads) - before;
}

static void test_cost_is_what_is_read(void)
{
  struct opened file;
  open_file(&file, &encoding_npy, DT_U16, SHAPE(100, 100, 100));
  CHECK(cost(&file, 0, 128) == 0);
  CHECK(cost(&file, 128 + 50000, 2000) == 1000);
  CHECK(cost(&file, 128 + 50001, 2000) == 1001);
  arena_free(&file.arena);
  open_file(&file, &encoding_nii_gz, DT_U16, SHAPE(100, 100, 100));
  CHECK(cost(&file, 0, 300) == 0);
  CHECK(cost(&file, 1000000, 2000) <= 1001);
  arena_free(&file.arena);
}

/* Reads that overtake one another, then the trailer: nothing is generated twice. */
static void check_trailer_after_reads(const struct encoding *encoding, int64_t trailer)
{
  enum { STEP = 4096 };
  struct opened file;
  open_file(&file, encoding, DT_U8, SHAPE(300, 400));
  const int64_t body = file.layout.size - trailer;
  for (int64_t at = 0; at < body; at += 2 * STEP)
    for (int odd = 1; odd >= 0; odd--) {
      const int64_t from = at + odd * STEP, left = body - from;
      if (left > 0)
        cost(&file, from, (size_t)(left < STEP ? left : STEP));
    }
  CHECK(atomic_load(&file.view.reads) == 300 * 400);
  CHECK(cost(&file, body, (size_t)trailer) == 0);
  arena_free(&file.arena);
}

/* The trailer alone generates everything, once. */
static void check_trailer_alone(const struct encoding *encoding, int64_t trailer)
{
  struct opened file;
  open_file(&file, encoding, DT_U8, SHAPE(300, 400));
  const int64_t body = file.layout.size - trailer;
  CHECK(cost(&file, body / 2, 100) <= 101);
  CHECK(cost(&file, body, (size_t)trailer) <= 300 * 400);
  CHECK(cost(&file, body, (size_t)trailer) == 0);
  arena_free(&file.arena);
}

/* More scattered reads than are remembered: still the right sum. */
static void test_trailer_after_scattered_reads(void)
{
  struct opened file;
  open_file(&file, &encoding_nii_gz, DT_U8, SHAPE(300, 400));
  for (int64_t at = file.layout.size - 2000; at > 1000; at -= 700)
    cost(&file, at, 300);
  char *all = read_layout(&file.layout, (size_t)file.layout.size);
  char *inflated = malloc(352 + 300 * 400);
  z_stream stream = {.next_in = (unsigned char *)all,
                     .avail_in = (unsigned)file.layout.size,
                     .next_out = (unsigned char *)inflated,
                     .avail_out = 352 + 300 * 400};
  CHECK(all && inflated && inflateInit2(&stream, 16 + 15) == Z_OK);
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END); /* checks CRC-32 and size */
  CHECK(stream.total_out == 352 + 300 * 400);
  inflateEnd(&stream);
  free(all);
  free(inflated);
  arena_free(&file.arena);
}

/* --- files too large to make ------------------------------------------------------- */

/* Ten million pages: a read in the middle of the directories, and of the voxels. */
static void test_tif_of_many_pages(void)
{
  struct opened file;
  open_file(&file, &encoding_tif, DT_U16, SHAPE(10000000, 16, 16));
  CHECK(file.layout.nregions == 3);
  CHECK(cost(&file, file.layout.size / 4, 1 << 16) == 0);
  CHECK(cost(&file, file.layout.size - 512, 512) == 256);
  arena_free(&file.arena);
}

/* 8 TB of voxels: the skeleton is a few KiB, and a voxel is where it belongs. */
static void test_first_and_last_voxel_of_a_huge_array(void)
{
  struct opened file;
  unsigned char last[8];
  struct err err = ERR_INIT;
  open_file(&file, &encoding_h5, DT_U64, SHAPE(10000, 10000, 10000));
  CHECK(encoding_pread(&file.layout, last, 8, file.layout.size - 8, &err) == 0);
  const uint64_t want = UINT64_C(999999999999);
  CHECK(memcmp(last, &want, 8) == 0);
  CHECK(cost(&file, file.layout.regions[1].start, 80) == 10);
  arena_free(&file.arena);
}

static uint64_t read_le(struct opened *file, int64_t offset, int size)
{
  struct err err = ERR_INIT;
  uint64_t value = 0;
  CHECK(encoding_pread(&file->layout, &value, (size_t)size, offset, &err) == 0);
  return value;
}

/* A TIFF is Big only when it must be. */
static void test_tif_versions(void)
{
  struct opened file;
  open_file(&file, &encoding_tif, DT_U8, SHAPE(4000, 1000, 1000));
  CHECK(read_le(&file, 2, 2) == 42);
  arena_free(&file.arena);
  open_file(&file, &encoding_tif, DT_U8, SHAPE(4300, 1000, 1000));
  CHECK(read_le(&file, 2, 2) == 43);
  const uint64_t first = read_le(&file, 8, 8), tags = read_le(&file, (int64_t)first, 8);
  const int64_t second = (int64_t)read_le(&file, (int64_t)(first + 8 + 20 * tags), 8);
  CHECK(tags == 11);
  CHECK(read_le(&file, second, 8) == 10); /* the same without a description */
  CHECK(second % 8 == 0);
  arena_free(&file.arena);
}

/* --- h5 ---------------------------------------------------------------------------- */

/* More skeletons than are kept, so that each is made twice: the same bytes. */
static void test_h5_is_deterministic(void)
{
  enum { FILES = 70 };
  char *first[FILES];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < FILES; i++) {
      struct opened file;
      open_file(&file, &encoding_h5, (enum dtype)(i % DT_COUNT), SHAPE(i + 1, 2));
      char *all = read_layout(&file.layout, (size_t)file.layout.size);
      CHECK(all != NULL);
      if (round == 0)
        first[i] = all;
      if (round == 1) {
        CHECK(all && first[i] && memcmp(all, first[i], (size_t)file.layout.size) == 0);
        free(all);
        free(first[i]);
      }
      arena_free(&file.arena);
    }
}

/* No room for the temporary file: an error with libhdf5's reason, and the next try
 * works. */
static void test_h5_without_room(void)
{
  struct index_view view;
  const struct item item = index_item(&view, DT_U8, SHAPE(1 << 20, 77));
  struct rlimit before, small;
  struct err err = ERR_INIT;
  int64_t size = 0;
  signal(SIGXFSZ, SIG_IGN);
  CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
  small = before;
  small.rlim_cur = 65536;
  CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK(encoding_size(&encoding_h5, &item, &size, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, "File too large") != NULL);
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  err = (struct err)ERR_INIT;
  CHECK(encoding_size(&encoding_h5, &item, &size, &err) == 0);
  CHECK(size > 77 << 20);
}

static void test_h5_needs_a_field(void)
{
  struct index_view view;
  struct item item = index_item(&view, DT_U8, SHAPE(2, 3));
  item.field = "";
  CHECK(!encoding_h5.holds(&item));
  item.field = NULL;
  CHECK(!encoding_h5.holds(&item));
}

/* --- errors ------------------------------------------------------------------------ */

static int fail_read(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err)
{
  return err_set(err, EIO, "no voxels today");
}

/* A voxel that cannot be had is an error everywhere, the checksums included. */
static void test_unreadable_voxels(void)
{
  static const struct view_ops fail_ops = {.name = "fail", .read_region = fail_read};
  struct index_view view;
  const struct item item = index_item(&view, DT_U16, SHAPE(20, 30));
  view.view.ops = &fail_ops;
  for (int i = 0; encodings[i]; i++) {
    struct arena arena;
    struct layout layout;
    struct err err = ERR_INIT;
    char buf[1400];
    arena_init(&arena);
    CHECK(encoding_open(encodings[i], &item, &arena, &layout, &err) == 0);
    CHECK(encoding_pread(&layout, buf, 900, layout.size - 900, &err) == -1);
    CHECK(err.errnum == EIO && strcmp(err.msg, "no voxels today") == 0);
    arena_free(&arena);
  }
}

int main(void)
{
  test_find();
  test_holds_nii();
  test_holds_png();
  test_holds_tif();
  test_refusal_is_enoent();
  test_sizes_of_huge_arrays();
  test_sizes_that_do_not_fit();
  for (int dtype = 0; dtype < DT_COUNT; dtype++) {
    test_cuts((enum dtype)dtype, 0, NULL, -1);
    test_cuts((enum dtype)dtype, SHAPE(0, 4), -1);
    test_cuts((enum dtype)dtype, SHAPE(11), -1);
    test_cuts((enum dtype)dtype, SHAPE(5, 9), -1);
    test_cuts((enum dtype)dtype, SHAPE(13, 7, 3), 2);
    test_cuts((enum dtype)dtype, SHAPE(2, 13, 7, 4), 3);
  }
  test_cuts(DT_U16, SHAPE(41, 37, 70), -1); /* several deflate blocks */
  test_cuts(DT_U16, SHAPE(300, 401), -1);
  test_cuts(DT_BOOL, SHAPE(300, 401), -1);
  test_all_cuts(&encoding_npy, DT_C128, SHAPE(2, 3));
  test_all_cuts(&encoding_nii_gz, DT_U32, SHAPE(2, 3));
  test_all_cuts(&encoding_png, DT_U16, SHAPE(5, 3, 3));
  test_all_cuts(&encoding_tif, DT_BOOL, SHAPE(2, 3, 9));
  test_cost_is_what_is_read();
  check_trailer_after_reads(&encoding_nii_gz, 8);
  check_trailer_after_reads(&encoding_png, 20);
  check_trailer_alone(&encoding_nii_gz, 8);
  check_trailer_alone(&encoding_png, 20);
  test_trailer_after_scattered_reads();
  test_tif_of_many_pages();
  test_first_and_last_voxel_of_a_huge_array();
  test_tif_versions();
  test_h5_is_deterministic();
  test_h5_without_room();
  test_h5_needs_a_field();
  test_unreadable_voxels();
  return check_report("encoding");
}
