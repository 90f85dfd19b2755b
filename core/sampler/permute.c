/* A Feistel network over the cells of a rows x columns grid, with cycle walking (Black
 * and Rogaway, Ciphers with arbitrary finite domains, 2002).  A round moves a cell along
 * its row by a number that depends only on the row, or along its column by one that
 * depends only on the column; moving back undoes it, so the rounds together are a
 * permutation of the cells.  A cell past n goes through the rounds again until it falls
 * below n; the grid has less than one row more than n cells, so that this is rare.
 *
 * Rounds over a handful of rows and columns do not reach all orders equally (of 6
 * elements some orders came twice as often as others), so few elements are shuffled
 * outright.
 *
 * The order must look random, it need not withstand an attack: the rounds' numbers are a
 * hash of half the cell's number and a key, and only the keys come from Philox. */
#include "core/sampler/permute.h"

#include <assert.h>
#include <math.h>

__extension__ typedef unsigned __int128 uint128;

static uint64_t root_up(uint64_t n)
{
  uint64_t root = (uint64_t)sqrt((double)n);
  while ((uint128)root * root < n)
    root++;
  return root;
}

/* Fisher and Yates: all n! orders are equally likely. */
static void shuffle_few(unsigned char *few, int n, const struct rng_place *place)
{
  for (int i = 0; i < n; i++) {
    const uint64_t j = rng_below(place, (uint64_t)i, (uint64_t)i + 1);
    few[i] = (unsigned char)i;
    few[i] = few[j];
    few[j] = (unsigned char)i;
  }
}

void permute_init(struct permute *permute, int64_t n, const struct rng_place *place)
{
  assert(n >= 0);
  permute->n = (uint64_t)n;
  permute->columns = n ? root_up((uint64_t)n) : 1;
  permute->rows = ((uint64_t)n + permute->columns - 1) / permute->columns;
  if (n <= PERMUTE_FEW)
    shuffle_few(permute->few, (int)n, place);
  for (int i = 0; i < PERMUTE_ROUNDS; i++)
    permute->key[i] = rng_u64(place, (uint64_t)i);
}

/* Returns 0 .. n-1.  The mixing is MurmurHash3's for 64 bits (public domain). */
static uint64_t mixed_below(uint64_t x, uint64_t key, uint64_t n)
{
  x += key;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  x ^= x >> 33;
  return (uint64_t)((uint128)x * n >> 64);
}

/* Adds a and b in a ring of n numbers; both are below n, and n is below 2^62. */
static uint64_t ring_add(uint64_t a, uint64_t b, uint64_t n)
{
  const uint64_t sum = a + b;
  return sum < n ? sum : sum - n;
}

static uint64_t move_cell(const struct permute *permute, uint64_t cell)
{
  uint64_t row = cell / permute->columns, column = cell % permute->columns;
  for (int i = 0; i < PERMUTE_ROUNDS; i += 2) {
    column = ring_add(column, mixed_below(row, permute->key[i], permute->columns),
                      permute->columns);
    row = ring_add(row, mixed_below(column, permute->key[i + 1], permute->rows),
                   permute->rows);
  }
  return row * permute->columns + column;
}

int64_t permute_at(const struct permute *permute, int64_t i)
{
  assert(i >= 0 && (uint64_t)i < permute->n);
  if (permute->n <= PERMUTE_FEW)
    return permute->few[i];
  uint64_t cell = (uint64_t)i;
  do
    cell = move_cell(permute, cell);
  while (cell >= permute->n);
  return (int64_t)cell;
}
