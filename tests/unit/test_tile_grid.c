/* Names of tiles: as Python's "...".format(row=..., column=...) spells them. */
#include <string.h>

#include "core/dataset/tile_grid.h"
#include "tests/support/check.h"

static const char *const patterns[] = {"/em/0000/{row}_{column}.png", "/em/{x}_whole.png",
                                       "/em/{row}/{row}_{column}{", "{row}{column}"};

static bool is(const struct tile_grid *grid, int64_t number, const char *expected)
{
  char room[PATH_MAX];
  struct piece piece;
  return tile_grid_piece(grid, number, room, &piece) && !strcmp(piece.path, expected) &&
         !piece.key && !piece.raw;
}

static void test_names(void)
{
  const struct tile_grid grid = {4, 2, 3, 0, 0, patterns};
  CHECK(is(&grid, 0, "/em/0000/0_0.png"));
  CHECK(is(&grid, 2, "/em/0000/0_2.png"));
  CHECK(is(&grid, 5, "/em/0000/1_2.png"));
  CHECK(is(&grid, 2 * 6 + 4, "/em/1/1_1{"));
}

/* Without "{row}_{column}" the name is the whole slice's, whatever braces it has. */
static void test_whole_slices(void)
{
  const struct tile_grid grid = {4, 2, 3, 5, 7, patterns};
  CHECK(is(&grid, 6, "/em/{x}_whole.png"));
  CHECK(is(&grid, 11, "/em/{x}_whole.png"));
  CHECK(is(&grid, 18, "{row}{column}"));
}

static void test_first_tile(void)
{
  const struct tile_grid grid = {1, 2, 3, 1, 10, patterns};
  CHECK(is(&grid, 0, "/em/0000/1_10.png"));
  CHECK(is(&grid, 5, "/em/0000/2_12.png"));
}

/* A pattern of PATH_MAX - 1 bytes has no room for numbers longer than their names. */
static void test_too_long(void)
{
  static char longest[PATH_MAX];
  const char *const one[] = {longest};
  char room[PATH_MAX];
  struct piece piece;
  const struct tile_grid small = {1, 1, 1, 0, 0, one},
                         large = {1, 1, 1, INT64_C(1) << 60, 0, one};
  memset(longest, 'a', PATH_MAX - 1);
  memcpy(longest, "/{row}_{column}", 15);
  CHECK(tile_grid_piece(&small, 0, room, &piece) && strlen(piece.path) == PATH_MAX - 12);
  CHECK(!tile_grid_piece(&large, 0, room, &piece));
}

int main(void)
{
  test_names();
  test_whole_slices();
  test_first_tile();
  test_too_long();
  return check_report("tile_grid");
}
