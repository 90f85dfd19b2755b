/* Fields at work: joining, staleness, repair, versions and times, errors. */
#include "core/field/open_dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"
#include "tests/support/threads.h"

static struct source_pool *pool;
static struct arena arena;
static struct dataset *dataset;
static struct dataset_spec spec;
static struct scan_spec scans[1];
static struct field_spec field;
static struct piece pieces[6000];

/* A dataset of one scan with `field` of the named files. */
static void open_files(int n, const char *const *names, const char *key, bool stacked)
{
  field = (struct field_spec){.name = "image", .npieces = n};
  if (stacked)
    field.gather = gather_slices(n, false);
  field.pieces = pieces;
  for (int i = 0; i < n; i++)
    pieces[i] = (struct piece){
        .path = arena_strdup(&arena, files_path(names[i]), NULL),
        .key = key,
    };
  scans[0] = (struct scan_spec){.id = "s", .nfields = 1, .fields = &field};
  spec = (struct dataset_spec){.nscans = 1, .scans = scans};
  dataset = dataset_open(&spec, pool, NULL);
  CHECK(dataset);
}

static const struct snapshot *take(struct err *err)
{
  const struct snapshot *snapshot = NULL;
  int rc = dataset_snapshot(dataset, 0, 0, &snapshot, err);
  CHECK((rc == 0) == (snapshot != NULL) && (rc == 0) == (err->errnum == 0));
  return snapshot;
}

/* The value of the first voxel of slice i, or -1. */
static int voxel(const struct snapshot *snapshot, int64_t i)
{
  unsigned char value;
  const int64_t off[ND_MAX] = {i}, one[ND_MAX] = {1, 1, 1, 1};
  struct err err = ERR_INIT;
  if (!snapshot || view_read_box(snapshot->view, off, one, &value, &err))
    return -1;
  return value;
}

/* Longer than both rate limits on looking at files. */
static void pass_time(void)
{
  nanosleep(&(struct timespec){.tv_nsec = (2 * SOURCE_CHECK_MS + 50) * 1000000L}, NULL);
}

static bool after(struct timespec a, struct timespec b)
{
  return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void set_mtime(const char *name, time_t sec)
{
  const struct timespec times[2] = {{.tv_sec = sec}, {.tv_sec = sec}};
  CHECK(!utimensat(AT_FDCWD, files_path(name), times, 0));
}

static const char *const abc[] = {"a.npy", "b.npy", "c.npy"};

static void make_slices(void)
{
  for (int i = 0; i < 3; i++)
    files_npy(abc[i], 2, (int[]){2, 3}, 10 + i);
}

/* --- joining ----------------------------------------------------------------------- */

static void test_single(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 3, (int[]){2, 3, 4}, 5);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  const struct snapshot *s = take(&err);
  CHECK(s && s->view->nd == 3 && s->view->dtype == DT_U8 && s->channel_axis == -1);
  CHECK(voxel(s, 1) == 5 && !snapshot_stale(s));
  const struct snapshot *again = take(&err);
  CHECK(again == s);
  snapshot_unref(again);
  snapshot_unref(s);
}

static void test_stack(void)
{
  struct err err = ERR_INIT;
  make_slices();
  open_files(3, abc, NULL, true);
  const struct snapshot *s = take(&err);
  CHECK(s && s->view->nd == 3 && s->view->shape[0] == 3 && s->view->shape[1] == 2 &&
        s->view->shape[2] == 3);
  CHECK(voxel(s, 0) == 10 && voxel(s, 1) == 11 && voxel(s, 2) == 12);
  snapshot_unref(s);
}

static void test_colour_stack(void)
{
  struct err err = ERR_INIT;
  files_png("1.png", 3, 4, true, 1);
  files_png("2.png", 3, 4, true, 2);
  open_files(2, (const char *const[]){"1.png", "2.png"}, NULL, true);
  const struct snapshot *s = take(&err);
  CHECK(s && s->view->nd == 4 && s->spatial == 3 && s->channel_axis == 3);
  CHECK(voxel(s, 1) == 2);
  snapshot_unref(s);
}

static void test_key(void)
{
  struct err err = ERR_INIT;
  files_h5("f.h5", "g/x", 1, (hsize_t[]){4});
  open_files(1, (const char *const[]){"f.h5"}, "g/x", false);
  const struct snapshot *s = take(&err);
  CHECK(s && s->view->shape[0] == 4 && voxel(s, 0) == 0);
  snapshot_unref(s);
  dataset_close(dataset);
  open_files(1, (const char *const[]){"f.h5"}, "nope", false);
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "'nope'"));
}

static void test_scalar(void)
{
  const double values[] = {3, -2.5, 1e300};
  for (int i = 0; i < 3; i++) {
    struct err err = ERR_INIT;
    open_files(0, NULL, NULL, false);
    field.has_value = true;
    field.value = values[i];
    const struct snapshot *s = take(&err);
    CHECK(s && s->view->nd == 0 && s->view->dtype == (i ? DT_F64 : DT_I64));
    union {
      int64_t whole;
      double number;
    } value;
    CHECK(s && !view_read_box(s->view, NULL, NULL, &value, &err));
    CHECK(i ? value.number == values[i] : value.whole == 3);
    snapshot_unref(s);
    if (i < 2)
      dataset_close(dataset);
  }
}

static void test_affine(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 3, (int[]){2, 3, 4}, 5);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  field.has_spacing = true;
  memcpy(field.spacing, (double[]){1, 2, 3}, sizeof field.spacing);
  const struct snapshot *s = take(&err);
  CHECK(s && s->geo.affine[1][1] == 2 && s->geo.affine[2][2] == 3 && !s->geo.has_affine);
  snapshot_unref(s);
  dataset_close(dataset);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  field.has_affine = true;
  field.affine[0][3] = 7;
  s = take(&err);
  CHECK(s && s->geo.affine[0][3] == 7 && s->geo.affine[1][1] == 0 && s->geo.has_affine);
  snapshot_unref(s);
}

static void test_transforms_and_masks(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 3, (int[]){2, 3, 4}, 5);
  for (int mask = 0; mask < 2; mask++) {
    open_files(1, (const char *const[]){"v.npy"}, NULL, false);
    field.type = mask ? FIELD_MASK : FIELD_IMG;
    CHECK(!transform_parse("clip:0:3", &arena, &field.transforms, &err));
    const struct snapshot *s = take(&err);
    CHECK(voxel(s, 0) == (mask ? 5 : 3));
    snapshot_unref(s);
    if (!mask)
      dataset_close(dataset);
  }
}

/* --- what is wrong ----------------------------------------------------------------- */

static void test_disagreement_names_both(void)
{
  struct err err = ERR_INIT;
  make_slices();
  files_npy("c.npy", 2, (int[]){2, 4}, 1);
  open_files(3, abc, NULL, true);
  const struct snapshot *s = take(&err);
  const int64_t off[] = {2, 0, 0}, one[] = {1, 1, 1};
  unsigned char value;
  CHECK(voxel(s, 0) == 10 && voxel(s, 1) == 11);
  CHECK(s && view_read_box(s->view, off, one, &value, &err) && err.errnum == EIO);
  CHECK(strstr(err.msg, "c.npy: expected 2x3 of uint8 as ") &&
        strstr(err.msg, "a.npy has, "
                        "found 2x4"));
  snapshot_unref(s);
}

static void test_vanished_and_back(void)
{
  struct err err = ERR_INIT, err2 = ERR_INIT;
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  CHECK(!take(&err) && err.errnum == EIO);
  files_npy("v.npy", 1, (int[]){2}, 9);
  pass_time();
  const struct snapshot *s = take(&err2);
  CHECK(voxel(s, 0) == 9);
  snapshot_unref(s);
}

static void test_corrupt_and_repaired(void)
{
  struct err err = ERR_INIT, err2 = ERR_INIT;
  files_text("v.npy", "garbage");
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "v.npy"));
  files_npy("v.npy", 1, (int[]){2}, 9);
  pass_time();
  const struct snapshot *s = take(&err2);
  CHECK(voxel(s, 0) == 9);
  snapshot_unref(s);
}

/* The other slices stay where they are. */
static void test_broken_slice(void)
{
  struct err err = ERR_INIT;
  make_slices();
  files_text("b.npy", "");
  open_files(3, abc, NULL, true);
  const struct snapshot *s = take(&err);
  CHECK(s && s->view->shape[0] == 3);
  CHECK(voxel(s, 0) == 10 && voxel(s, 1) == -1 && voxel(s, 2) == 12);
  files_npy("b.npy", 2, (int[]){2, 3}, 11);
  pass_time();
  CHECK(s && snapshot_stale(s));
  const struct snapshot *repaired = take(&err);
  CHECK(repaired != s && voxel(repaired, 1) == 11);
  CHECK(s && repaired && repaired->version != s->version);
  snapshot_unref(repaired);
  snapshot_unref(s);
}

static void test_missing_slice(void)
{
  struct err err = ERR_INIT;
  make_slices();
  CHECK(!unlink(files_path("a.npy")));
  open_files(3, abc, NULL, true);
  const struct snapshot *s = take(&err);
  CHECK(voxel(s, 0) == -1 && voxel(s, 1) == 11);
  snapshot_unref(s);
}

static void test_all_slices_missing(void)
{
  struct err err = ERR_INIT;
  open_files(3, abc, NULL, true);
  CHECK(!take(&err) && err.errnum == EIO && strstr(err.msg, "a.npy"));
}

/* --- change ------------------------------------------------------------------------ */

static void test_replaced(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 1, (int[]){2}, 1);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  const struct snapshot *old = take(&err);
  files_npy("w.npy", 1, (int[]){3}, 2);
  CHECK(!rename(files_path("w.npy"), files_path("v.npy")));
  pass_time();
  const struct snapshot *new = take(&err);
  CHECK(old && new &&old != new &&new->view->shape[0] == 3 && voxel(new, 0) == 2);
  CHECK(old && snapshot_stale(old) && voxel(old, 0) == -1);
  CHECK(new &&old &&new->version != old->version);
  snapshot_unref(old);
  snapshot_unref(new);
}

/* A slice other than the newest changes: the newest mtime stays what it was. */
static void test_mtime_moves_with_content(void)
{
  struct err err = ERR_INIT;
  make_slices();
  for (int i = 0; i < 3; i++)
    set_mtime(abc[i], i == 2 ? 2000000 : 1000000);
  open_files(3, abc, NULL, true);
  const struct snapshot *s[3];
  s[0] = take(&err);
  CHECK(s[0] && s[0]->mtime.tv_sec == 2000000 && s[0]->mtime.tv_nsec == 0);
  for (int i = 1; i < 3; i++) {
    files_npy("a.npy", 2, (int[]){2, 3}, 50 + i);
    set_mtime("a.npy", 1000000);
    pass_time();
    s[i] = take(&err);
    CHECK(voxel(s[i], 0) == 50 + i);
    CHECK(s[i] && s[i]->mtime.tv_sec == 2000000 && s[i]->mtime.tv_nsec == i);
  }
  for (int i = 0; i < 3; i++)
    snapshot_unref(s[i]);
}

static void test_mtime_of_the_description(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 1, (int[]){2}, 1);
  set_mtime("v.npy", 1000);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  spec.mtime.tv_sec = 5000;
  const struct snapshot *s = take(&err);
  CHECK(s && s->mtime.tv_sec == 5000 &&
        !after(s->mtime, (struct timespec){.tv_sec = 5000}));
  snapshot_unref(s);
}

/* Whoever wants to know of changes need not ask for the field. */
static void test_watched(void)
{
  struct err err = ERR_INIT;
  files_npy("v.npy", 1, (int[]){2}, 1);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  dataset_look(dataset); /* nothing is kept yet */
  const struct snapshot *old = take(&err);
  const uint64_t before = dataset_changes(dataset);
  pass_time();
  dataset_look(dataset);
  CHECK(dataset_changes(dataset) == before);
  files_npy("w.npy", 1, (int[]){3}, 2);
  CHECK(!rename(files_path("w.npy"), files_path("v.npy")));
  pass_time();
  CHECK(dataset_changes(dataset) == before);
  dataset_look(dataset);
  CHECK(dataset_changes(dataset) == before + 1 && old && snapshot_stale(old));
  snapshot_unref(old);
  const struct snapshot *new = take(&err);
  CHECK(voxel(new, 0) == 2 && dataset_changes(dataset) == before + 1);
  snapshot_unref(new);
}

/* More files than can be looked at all the time: whoever relies on it is told so. */
static void test_too_many_to_watch(void)
{
  enum { N = 6000 };
  struct err err = ERR_INIT;
  const char *names[N];
  files_npy("v.npy", 1, (int[]){2}, 1);
  for (int i = 0; i < N; i++)
    names[i] = "v.npy";
  open_files(N, names, NULL, true);
  CHECK(dataset_can_watch(dataset) && dataset_changes(dataset) == 0);
  const struct snapshot *s = take(&err);
  CHECK(s && !dataset_can_watch(dataset) && dataset_changes(dataset) == 1);
  snapshot_unref(s);
}

/* Looks at a file that is replaced, beside those who ask for it. */
static void *look_often(void *stop)
{
  while (!atomic_load((atomic_bool *)stop))
    dataset_look(dataset);
  return NULL;
}

static void test_look_beside_readers(void)
{
  atomic_bool stop = false;
  struct err err = ERR_INIT;
  files_npy("v.npy", 1, (int[]){2}, 0);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  snapshot_unref(take(&err));
  const struct threads looker = threads_start(1, look_often, &stop, 0);
  for (int value = 1; value < 4; value++) {
    files_npy("w.npy", 1, (int[]){2}, value);
    CHECK(!rename(files_path("w.npy"), files_path("v.npy")));
    for (int i = 0; i < 100; i++) {
      const struct snapshot *s = take(&err);
      snapshot_unref(s);
      nanosleep(&(struct timespec){.tv_nsec = 7000000}, NULL);
    }
    const struct snapshot *s = take(&err);
    CHECK(voxel(s, 0) == value);
    snapshot_unref(s);
  }
  atomic_store(&stop, true);
  threads_join(&looker);
  CHECK(dataset_changes(dataset) == 3);
}

static void *take_often(void *failures)
{
  for (int i = 0; i < 200; i++) {
    struct err err = ERR_INIT;
    const struct snapshot *s = NULL;
    if (dataset_snapshot(dataset, 0, 0, &s, &err) || voxel(s, 1) != 11)
      atomic_fetch_add((atomic_int *)failures, 1);
    snapshot_unref(s);
  }
  return NULL;
}

static void test_threads(void)
{
  atomic_int failures = 0;
  make_slices();
  open_files(3, abc, NULL, true);
  threads_run(4, take_often, &failures, 0);
  CHECK(!failures);
}

/* Far more fields than are kept open. */
static void test_many_scans(void)
{
  enum { N = 3000 };
  files_npy("v.npy", 1, (int[]){2}, 6);
  open_files(1, (const char *const[]){"v.npy"}, NULL, false);
  dataset_close(dataset);
  struct scan_spec *many = arena_array(&arena, N, sizeof *many, NULL);
  for (int i = 0; i < N; i++)
    many[i] = scans[0];
  spec.scans = many;
  spec.nscans = N;
  dataset = dataset_open(&spec, pool, NULL);
  int good = 0;
  for (int i = 0; i < 2 * N; i++) {
    const struct snapshot *s = NULL;
    good += !dataset_snapshot(dataset, i % N, 0, &s, NULL) && voxel(s, 0) == 6;
    snapshot_unref(s);
  }
  CHECK(good == 2 * N);
  CHECK(!dataset_can_watch(dataset) && dataset_changes(dataset) == 1);
}

int main(void)
{
  static void (*const tests[])(void) = {
      test_single,
      test_stack,
      test_colour_stack,
      test_key,
      test_scalar,
      test_affine,
      test_transforms_and_masks,
      test_disagreement_names_both,
      test_vanished_and_back,
      test_corrupt_and_repaired,
      test_broken_slice,
      test_missing_slice,
      test_all_slices_missing,
      test_replaced,
      test_mtime_moves_with_content,
      test_mtime_of_the_description,
      test_watched,
      test_too_many_to_watch,
      test_look_beside_readers,
      test_threads,
      test_many_scans,
  };
  pool = check_pool(.cache_bytes = 1 << 20);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    arena_init(&arena);
    files_begin();
    tests[i]();
    dataset_close(dataset);
    files_end();
    arena_free(&arena);
  }
  source_pool_free(pool);
  return check_report("field");
}
