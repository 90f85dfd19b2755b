/* Orders of pairs of any groups, up to 2^63 images: the first bytes are the rules, the
 * rest is a group each: one byte, or eight after a 255. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/sampler/pair_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 5, MOST_GROUPS = 256, ALL_PAIRS = 4096, MOST_BYTES = 1 << 18 };

struct subject {
  struct pair_rules rules;
  struct pair_layout layout;
  int64_t sizes[MOST_GROUPS];
};

static void add_group(struct subject *subject, int64_t images)
{
  struct pair_layout *layout = &subject->layout;
  subject->sizes[layout->ngroups++] = images;
  if (__builtin_add_overflow(layout->n, images, &layout->n))
    layout->n = -1;
}

static void read_subject(struct subject *subject, const uint8_t *data, size_t size)
{
  static const double ps[] = {0, 1, 0.5, 0.01, 0.99, -1, 2, 0.0 / 0.0};
  memset(subject, 0, sizeof *subject);
  subject->layout.type = (enum pair_type)(data[0] % 3);
  subject->layout.group_size = subject->sizes;
  subject->rules.deepreg = data[0] & 64;
  subject->rules.sample_image_in_group = data[0] & 128;
  subject->rules.intra_group_option = (enum pair_intra)(data[1] % 3);
  subject->rules.intra_group_prob = ps[data[2] % 8];
  subject->rules.seed = data[3];
  subject->rules.epoch = (int8_t)data[4];
  for (size_t i = HEAD; i < size && subject->layout.ngroups < MOST_GROUPS; i++) {
    int64_t images = data[i];
    if (images == 255 && size - i > 8) {
      memcpy(&images, data + i + 1, 8);
      i += 8;
    }
    add_group(subject, images);
  }
}

static int64_t images_of(const struct pair_layout *layout, int64_t g)
{
  if (layout->type != PAIR_GROUPED)
    return g == 0 ? layout->n : 0;
  return g >= 0 && g < layout->ngroups ? layout->group_size[g] : 0;
}

static void check_pair(const struct subject *subject, const struct pair *pair)
{
  const double p = subject->rules.intra_group_prob;
  assert(pair->moving >= 0 && pair->fixed >= 0);
  assert(pair->moving < images_of(&subject->layout, pair->moving_group));
  assert(pair->fixed < images_of(&subject->layout, pair->fixed_group));
  if (subject->layout.type == PAIR_PAIRED) {
    assert(pair->moving == pair->fixed);
  } else if (pair->moving_group != pair->fixed_group) {
    assert(p < 1);
  } else {
    assert(pair->moving != pair->fixed);
    if (subject->layout.type == PAIR_GROUPED) {
      assert(p > 0);
      assert(subject->rules.intra_group_option != PAIR_FORWARD ||
             pair->moving < pair->fixed);
      assert(subject->rules.intra_group_option != PAIR_BACKWARD ||
             pair->moving > pair->fixed);
    }
  }
}

static int by_bytes(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(struct pair));
}

/* No pair comes twice: not of an iterated table either. */
static void check_all(const struct subject *subject, const struct pair_order *order)
{
  static struct pair all[ALL_PAIRS];
  const int64_t n = pair_order_pairs(order);
  for (int64_t t = 0; t < n; t++) {
    pair_order_at(order, t, &all[t]);
    check_pair(subject, &all[t]);
  }
  qsort(all, (size_t)n, sizeof *all, by_bytes);
  for (int64_t t = 1; t < n; t++)
    assert(by_bytes(&all[t - 1], &all[t]));
}

static void check_some(const struct subject *subject, const struct pair_order *order)
{
  const int64_t n = pair_order_pairs(order), step = n / 50;
  struct pair pair;
  for (int64_t t = n - 1; t >= 0; t -= step) {
    pair_order_at(order, t, &pair);
    check_pair(subject, &pair);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < HEAD)
    return 0;
  static struct subject subject;
  struct err err = ERR_INIT, refused = ERR_INIT;
  struct pair_order *order;
  int64_t pairs = -1, skipped = -1;
  read_subject(&subject, data, size);
  const int bad = pair_order_check(&subject.rules, &subject.layout, &refused);
  if (pair_order_count(&subject.rules, &subject.layout, &pairs, &skipped, &err)) {
    assert(bad ? err.errnum == refused.errnum : err.errnum == EOVERFLOW);
    return 0;
  }
  assert(!bad && pairs >= 0 && skipped >= 0);
  if (pair_order_open(&order, &subject.rules, &subject.layout, MOST_BYTES, &err)) {
    assert(err.errnum == EIO);
    return 0;
  }
  assert(pair_order_pairs(order) == pairs && pair_order_skipped(order) == skipped);
  assert(pair_order_bytes(order) <= MOST_BYTES);
  if (pairs <= ALL_PAIRS)
    check_all(&subject, order);
  else
    check_some(&subject, order);
  pair_order_close(order);
  return 0;
}
