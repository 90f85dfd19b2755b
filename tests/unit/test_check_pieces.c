/* --check of fields of many files: what is missing comes in groups. */
#include "core/tree/check_pieces.h"

#include <errno.h>

#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

enum { Z = 3, ROWS = 4, COLUMNS = 5, N = Z * ROWS * COLUMNS };

static struct source_pool *pool;
static struct piece pieces[N];
static struct field_spec field;
static const char *const folders[] = {"za", "zb", "zc"};

/* z folders of rows of columns, all of them there. */
static void make_grid(struct arena *arena)
{
  field = (struct field_spec){.name = "em", .npieces = N, .pieces = pieces};
  field.gather = (struct gather_spec){
      .naxes = 3,
      .axes = {{.name = "z", .n = Z, .values = folders},
               {.name = "row", .concat = true, .axis = 0, .n = ROWS},
               {.name = "column", .concat = true, .axis = 1, .n = COLUMNS}}};
  for (int i = 0; i < N; i++) {
    char name[60];
    snprintf(name, sizeof name, "%s/%d_%d.npy", folders[i / (ROWS * COLUMNS)],
             i / COLUMNS % ROWS, i % COLUMNS);
    files_npy(name, 2, (int[]){2, 3}, i);
    pieces[i] = (struct piece){.path = arena_strdup(arena, files_path(name), NULL)};
  }
}

static void lose(int z, int row, int column)
{
  CHECK(!unlink(pieces[(z * ROWS + row) * COLUMNS + column].path));
}

static int count_view(void *ctx, const struct view *view, struct err *err)
{
  unsigned char out[6];
  const int64_t off[] = {0, 0};
  ++*(int *)ctx;
  return view_read_box(view, off, view->shape, out, err);
}

/* The problems, paths without their directory; *read: how many files were. */
static void check(struct arena *arena, int *read, struct problems *problems)
{
  const struct scan_spec scan = {.id = "s", .nfields = 1, .fields = &field};
  const struct dataset_spec spec = {.nscans = 1, .scans = &scan};
  struct dataset *dataset = dataset_open(&spec, pool, NULL);
  const struct snapshot *snapshot = NULL;
  struct err err = ERR_INIT;
  *read = 0;
  if (CHECK(!dataset_snapshot(dataset, 0, 0, &snapshot, &err))) {
    const int bad = check_pieces(&field, snapshot_pieces(snapshot), "scans/s/em",
                                 count_view, read, problems, &err);
    CHECK(bad == problems->count && !err.errnum);
  }
  snapshot_unref(snapshot);
  dataset_close(dataset);
}

static bool says(const struct problems *problems, const char *text)
{
  if (problems->lines.data && strstr(problems->lines.data, text))
    return true;
  fprintf(stderr, "%s", problems->lines.data ? problems->lines.data : "(nothing)\n");
  return false;
}

static void test_nothing_wrong(struct arena *arena)
{
  struct problems problems = {0};
  int read;
  check(arena, &read, &problems);
  CHECK(read == N && problems.count == 0);
  problems_free(&problems);
}

static void test_groups(struct arena *arena)
{
  struct problems problems = {0};
  int read;
  for (int z = 0; z < 2; z++)
    for (int column = 0; column < COLUMNS; column++)
      lose(z, 3, column);
  for (int column = 1; column < 4; column++)
    lose(2, 1, column);
  check(arena, &read, &problems);
  CHECK(read == N - 13 && problems.count == 2);
  CHECK(says(&problems, "scans/s/em: 10 of 60 pieces missing: z za..zb, row 3, column *; "
                        "first: /"));
  CHECK(says(&problems, "/za/3_0.npy\n"));
  CHECK(says(&problems, ": 3 of 60 pieces missing: z zc, row 1, column 1..3; first: /"));
  problems_free(&problems);
}

/* A checkerboard: not a line each. */
static void test_scattered(struct arena *arena)
{
  struct problems problems = {0};
  int read;
  for (int i = 0; i < N; i++)
    if ((i / (ROWS * COLUMNS) + i / COLUMNS % ROWS + i % COLUMNS) % 2)
      CHECK(!unlink(pieces[i].path));
  check(arena, &read, &problems);
  CHECK(read == N / 2 && problems.count == 21);
  CHECK(says(&problems, ": 10 further pieces of 60 are missing"));
  problems_free(&problems);
}

static void test_damaged(struct arena *arena)
{
  struct problems problems = {0};
  int read;
  files_text("zb/2_2.npy", "garbage");
  lose(0, 0, 1);
  check(arena, &read, &problems);
  CHECK(read == N - 2 && problems.count == 2 && says(&problems, "zb/2_2.npy: "));
  CHECK(says(&problems, "1 of 60 pieces missing: z za, row 0, column 1; first: "));
  problems_free(&problems);
}

static void test_filled_holes(struct arena *arena)
{
  struct problems problems = {0};
  int read;
  lose(1, 1, 1);
  pieces[7].path = NULL;
  field.gather.has_fill = field.pieces_may_miss = true;
  check(arena, &read, &problems);
  CHECK(read == N - 2 && problems.count == 0);
  problems_free(&problems);
}

int main(void)
{
  static void (*const tests[])(struct arena *) = {
      test_nothing_wrong, test_groups, test_scattered, test_damaged, test_filled_holes};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    struct arena arena;
    pool = check_pool(.cache_bytes = 1 << 20, .threads = 1);
    arena_init(&arena);
    files_begin();
    make_grid(&arena);
    tests[i](&arena);
    files_end();
    source_pool_free(pool);
    arena_free(&arena);
  }
  return check_report("check_pieces");
}
