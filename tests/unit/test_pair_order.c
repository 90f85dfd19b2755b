/* The orders of pairs: DeepReg's as recorded from its own code, the training orders as a
 * model of them in Python says, and what must hold of any. */
#include <errno.h>
#include <jansson.h>

#include "core/base/cancel.h"
#include "tests/support/pair_check.h"
#include "tests/support/script_lines.h"

/* --- DeepReg's own ----------------------------------------------------------------- */

enum { MOST_GROUPS = 16 };

static int64_t number(const json_t *list, size_t i)
{
  return json_integer_value(json_array_get(list, i));
}

/* indices: [i], [moving, fixed] or [group, image, group, image] */
static struct pair recorded(const json_t *indices)
{
  switch (json_array_size(indices)) {
  case 1:
    return (struct pair){0, number(indices, 0), 0, number(indices, 0)};
  case 2:
    return (struct pair){0, number(indices, 0), 0, number(indices, 1)};
  default:
    return (struct pair){number(indices, 0), number(indices, 1), number(indices, 2),
                         number(indices, 3)};
  }
}

static void check_recorded(const struct pair_rules *rules,
                           const struct pair_layout *layout, const json_t *list)
{
  struct pair_order *order = open_order(rules, layout);
  if (!order)
    return;
  CHECK(pair_order_pairs(order) == (int64_t)json_array_size(list));
  for (int64_t t = 0; t < pair_order_pairs(order); t++)
    CHECK(same_pair(pair_at(order, t), recorded(json_array_get(list, (size_t)t))));
  pair_order_close(order);
}

static void test_golden_simple(void)
{
  json_t *all =
      json_load_file("tests/golden/deepreg_paired_unpaired_order.json", 0, NULL);
  const char *n;
  json_t *value;
  int cases = 0;
  struct pair_rules rules = {.deepreg = true, .stream = 3};
  for (rules.epoch = 0; rules.epoch < 2; rules.epoch++) {
    json_object_foreach(json_object_get(all, "paired"), n, value)
    {
      const struct pair_layout layout = paired(strtoll(n, NULL, 10));
      check_recorded(&rules, &layout, json_object_get(value, "indices"));
      cases++;
    }
    json_object_foreach(json_object_get(all, "unpaired"), n, value)
    {
      const struct pair_layout layout = unpaired(strtoll(n, NULL, 10));
      check_recorded(&rules, &layout, json_object_get(value, "indices"));
      cases++;
    }
  }
  CHECK(cases == 36);
  json_decref(all);
}

struct grouped_case {
  struct pair_rules rules;
  struct pair_layout layout;
  int64_t sizes[MOST_GROUPS];
};

static void read_case(struct grouped_case *out, const json_t *golden)
{
  const json_t *groups = json_object_get(golden, "groups");
  const char *option = json_string_value(json_object_get(golden, "intra_group_option"));
  for (size_t g = 0; g < json_array_size(groups) && g < MOST_GROUPS; g++)
    out->sizes[g] = number(groups, g);
  out->layout = grouped((int)json_array_size(groups), out->sizes);
  out->rules =
      rules_of(json_number_value(json_object_get(golden, "intra_group_prob")),
               option[0] == 'f'   ? PAIR_FORWARD
               : option[0] == 'b' ? PAIR_BACKWARD
                                  : PAIR_UNCONSTRAINED,
               json_is_true(json_object_get(golden, "sample_image_in_group")), true);
}

static void check_refused(const struct grouped_case *c)
{
  struct err err = ERR_INIT;
  struct pair_order *order = NULL;
  int64_t pairs;
  CHECK(pair_order_check(&c->rules, &c->layout, &err) == -1 && err.errnum == EINVAL);
  CHECK(strstr(err.msg, "intra_group_prob") && strstr(err.msg, "expected") &&
        strstr(err.msg, "found"));
  err = (struct err)ERR_INIT;
  CHECK(pair_order_count(&c->rules, &c->layout, &pairs, NULL, &err) == -1);
  err = (struct err)ERR_INIT;
  CHECK(pair_order_open(&order, &c->rules, &c->layout, PLENTY, &err) == -1 && !order);
}

static int find_recorded(struct pair pair, const json_t *list)
{
  for (size_t i = 0; i < json_array_size(list); i++)
    if (same_pair(pair, recorded(json_array_get(list, i))))
      return (int)i;
  return -1;
}

/* In training the rows of DeepReg's table, each once, whatever the order. */
static void check_iterated(struct grouped_case c, const json_t *table)
{
  enum { MOST_ROWS = 1000 };
  c.rules.deepreg = false;
  struct pair_order *order = open_order(&c.rules, &c.layout);
  if (!order)
    return;
  bool seen[MOST_ROWS] = {false};
  CHECK(pair_order_pairs(order) == (int64_t)json_array_size(table));
  for (int64_t t = 0; t < pair_order_pairs(order); t++) {
    const int row = find_recorded(pair_at(order, t), table);
    if (CHECK(row >= 0 && row < MOST_ROWS))
      CHECK(!seen[row]);
    if (row >= 0)
      seen[row] = true;
  }
  pair_order_close(order);
}

static bool is_allowed(const struct grouped_case *c, struct pair pair)
{
  const double p = c->rules.intra_group_prob;
  if (pair.moving < 0 || pair.moving >= c->sizes[pair.moving_group] || pair.fixed < 0 ||
      pair.fixed >= c->sizes[pair.fixed_group])
    return false;
  if (pair.moving_group != pair.fixed_group)
    return p < 1;
  switch (c->rules.intra_group_option) {
  case PAIR_FORWARD:
    return p > 0 && pair.moving < pair.fixed;
  case PAIR_BACKWARD:
    return p > 0 && pair.moving > pair.fixed;
  default:
    return p > 0 && pair.moving != pair.fixed;
  }
}

/* In training all that DeepReg was seen to draw with 300 seeds, and each group at most
 * once as moving group. */
static void check_reachable(struct grouped_case c, const json_t *reachable)
{
  enum { MOST_ROWS = 1000 };
  bool seen[MOST_ROWS] = {false};
  c.rules.deepreg = false;
  for (c.rules.epoch = 0; c.rules.epoch < 1000; c.rules.epoch++) {
    struct pair_order *order = open_order(&c.rules, &c.layout);
    bool moved[MOST_GROUPS] = {false};
    for (int64_t t = 0; order && t < pair_order_pairs(order); t++) {
      const struct pair pair = pair_at(order, t);
      CHECK(is_allowed(&c, pair) && !moved[pair.moving_group]);
      moved[pair.moving_group] = true;
      const int row = find_recorded(pair, reachable);
      if (row >= 0 && row < MOST_ROWS)
        seen[row] = true;
    }
    pair_order_close(order);
  }
  for (size_t i = 0; i < json_array_size(reachable); i++)
    CHECK(seen[i]);
}

static void golden_case(const json_t *golden, int *refused)
{
  struct grouped_case c;
  read_case(&c, golden);
  if (json_object_get(golden, "error")) {
    check_refused(&c);
    ++*refused;
    return;
  }
  check_recorded(&c.rules, &c.layout, json_object_get(golden, "seed0"));
  if (json_object_get(golden, "table"))
    check_iterated(c, json_object_get(golden, "table"));
  if (json_object_get(golden, "reachable"))
    check_reachable(c, json_object_get(golden, "reachable"));
}

static void test_golden_grouped(void)
{
  json_t *all = json_load_file("tests/golden/deepreg_grouped_order.json", 0, NULL);
  const json_t *cases = json_object_get(all, "cases");
  int refused = 0;
  for (size_t i = 0; i < json_array_size(cases); i++)
    golden_case(json_array_get(cases, i), &refused);
  CHECK(json_array_size(cases) == 158 && refused == 45);
  json_decref(all);
}

/* --- training ---------------------------------------------------------------------- */

static void as_model(FILE *lines, int type)
{
  enum { MOST = 100 };
  int64_t sizes[MOST];
  struct pair_layout layout = {.type = (enum pair_type)type, .n = next_int(lines)};
  struct pair_rules rules = {0};
  rules.intra_group_prob = next_double(lines);
  rules.intra_group_option = (enum pair_intra)next_int(lines);
  rules.sample_image_in_group = next_int(lines) == 1;
  rules.seed = next_word(lines);
  rules.stream = next_word(lines);
  rules.epoch = next_int(lines);
  layout.ngroups = (int)next_int(lines);
  for (int g = 0; g < layout.ngroups && g < MOST; g++)
    sizes[g] = next_int(lines);
  layout.group_size = sizes;
  struct pair_order *order = open_order(&rules, &layout);
  if (!order)
    return;
  CHECK(pair_order_pairs(order) == next_int(lines));
  CHECK(pair_order_skipped(order) == next_int(lines));
  for (int64_t t = 0; t < pair_order_pairs(order); t++) {
    struct pair pair = {next_int(lines), next_int(lines), 0, 0};
    pair.fixed_group = next_int(lines);
    pair.fixed = next_int(lines);
    CHECK(same_pair(pair_at(order, t), pair));
  }
  pair_order_close(order);
}

static void test_as_model(void)
{
  FILE *lines = lines_begin("model/pair_model.py");
  int type, cases = 0;
  for (; lines && fscanf(lines, "%d", &type) == 1; cases++)
    as_model(lines, type);
  CHECK(cases > 400);
  lines_end(lines);
}

static void test_paired_each_once(void)
{
  const struct pair_layout layout = paired(1000);
  const struct pair_rules rules = {.seed = 4};
  struct pair_order *order = open_order(&rules, &layout);
  bool seen[1000] = {false};
  for (int64_t t = 0; order && t < pair_order_pairs(order); t++) {
    const struct pair pair = pair_at(order, t);
    CHECK(pair.moving == pair.fixed && !seen[pair.moving]);
    seen[pair.moving] = true;
  }
  CHECK(order && pair_order_pairs(order) == 1000);
  pair_order_close(order);
}

static void test_unpaired_no_image_twice(void)
{
  const struct pair_layout layout = unpaired(1001);
  struct pair_rules rules = {.seed = 4};
  for (rules.epoch = 0; rules.epoch < 5; rules.epoch++) {
    struct pair_order *order = open_order(&rules, &layout);
    bool seen[1001] = {false};
    for (int64_t t = 0; order && t < pair_order_pairs(order); t++) {
      const struct pair pair = pair_at(order, t);
      CHECK(pair.moving != pair.fixed && !seen[pair.moving] && !seen[pair.fixed]);
      seen[pair.moving] = seen[pair.fixed] = true;
    }
    CHECK(order && pair_order_pairs(order) == 500);
    pair_order_close(order);
  }
}

/* Two epochs, seeds or splits have about as many pairs in common as chance gives: one of
 * 1000 in its place. */
static void test_epochs_differ(void)
{
  const struct pair_layout layout = paired(1000);
  const struct pair_rules rules = {.seed = 1, .stream = 2, .epoch = 3};
  struct pair_rules other[3] = {rules, rules, rules};
  other[0].seed++;
  other[1].stream++;
  other[2].epoch++;
  struct pair_order *a = open_order(&rules, &layout),
                    *again = open_order(&rules, &layout);
  for (int i = 0; i < 3 && a && again; i++) {
    struct pair_order *b = open_order(&other[i], &layout);
    int same = 0;
    for (int64_t t = 0; b && t < 1000; t++) {
      same += same_pair(pair_at(a, t), pair_at(b, t));
      CHECK(same_pair(pair_at(a, t), pair_at(again, t)));
    }
    CHECK(same < 8);
    pair_order_close(b);
  }
  pair_order_close(a);
  pair_order_close(again);
}

/* --- DeepReg's order is the same in all epochs; its seed counts -------------------- */

static void test_deepreg_has_one_epoch(void)
{
  const struct pair_layout layout = paired(500);
  struct pair_rules rules = {.deepreg = true, .seed = 42};
  struct pair_order *a = open_order(&rules, &layout);
  rules.epoch = 7;
  rules.stream = 1;
  struct pair_order *b = open_order(&rules, &layout);
  rules.seed = 43;
  struct pair_order *c = open_order(&rules, &layout);
  int same = 0;
  for (int64_t t = 0; a && b && c && t < 500; t++) {
    CHECK(same_pair(pair_at(a, t), pair_at(b, t)));
    same += same_pair(pair_at(a, t), pair_at(c, t));
  }
  CHECK(same < 8);
  pair_order_close(a);
  pair_order_close(b);
  pair_order_close(c);
}

/* --- sizes ------------------------------------------------------------------------- */

/* 10,000 images in 100 groups: 99,000,000 ordered pairs between groups. */
static void test_many_rows_cost_nothing(void)
{
  int64_t sizes[100];
  for (int g = 0; g < 100; g++)
    sizes[g] = 100;
  const struct pair_layout layout = grouped(100, sizes);
  struct pair_rules rules = rules_of(0, PAIR_UNCONSTRAINED, false, false);
  struct pair_order *order = open_order(&rules, &layout);
  CHECK(order && pair_order_pairs(order) == 99000000);
  CHECK(order && pair_order_bytes(order) < 4096);
  for (int64_t t = 0; order && t < pair_order_pairs(order); t += 98765) {
    const struct pair pair = pair_at(order, t);
    CHECK(pair.moving_group != pair.fixed_group && pair.moving_group < 100 &&
          pair.fixed_group < 100 && pair.moving < 100 && pair.fixed < 100);
  }
  pair_order_close(order);
}

/* The same in DeepReg's order: 4 bytes a pair, and refused beyond the limit. */
static void test_limit(void)
{
  int64_t sizes[100];
  for (int g = 0; g < 100; g++)
    sizes[g] = 100;
  const struct pair_layout layout = grouped(100, sizes);
  const struct pair_rules rules = rules_of(0, PAIR_UNCONSTRAINED, false, true);
  struct pair_order *order = NULL;
  struct err err = ERR_INIT;
  CHECK(pair_order_open(&order, &rules, &layout, 1 << 20, &err) == -1 && !order);
  CHECK(err.errnum == EIO);
  const char *takes = strstr(err.msg, "99000000 pairs takes ");
  const long long bytes = takes ? atoll(takes + strlen("99000000 pairs takes ")) : 0;
  CHECK(bytes >= 4 * 99000000LL && bytes < 4 * 99000000LL + 4096);
  CHECK(strstr(err.msg, "1048576") != NULL);
}

static void test_limit_is_exact(void)
{
  const struct pair_layout layout = paired(1000);
  const struct pair_rules rules = {.deepreg = true};
  struct err err = ERR_INIT;
  struct pair_order *order = open_order(&rules, &layout), *again = NULL;
  if (!order)
    return;
  const int64_t bytes = pair_order_bytes(order);
  CHECK(bytes >= 4000 && bytes < 6000);
  CHECK(pair_order_open(&again, &rules, &layout, bytes, &err) == 0);
  pair_order_close(again);
  again = NULL;
  CHECK(pair_order_open(&again, &rules, &layout, bytes - 1, &err) == -1 && !again);
  pair_order_close(order);
}

/* 3 * 10^9 images in one group, and every pair of them by its number: the row of (i, j)
 * is i * (i - 1) / 2 + j.  Twice 4 * 10^9 by 4 * 10^9 is too much. */
static void test_huge_groups(void)
{
  const int64_t sizes[] = {INT64_C(3000000000)};
  const struct pair_layout layout = grouped(1, sizes);
  const struct pair_rules rules = rules_of(1, PAIR_FORWARD, false, false);
  struct pair_order *order = open_order(&rules, &layout);
  CHECK(order && pair_order_pairs(order) == INT64_C(4499999998500000000));
  for (int64_t t = 0; order && t < 10000; t++) {
    const struct pair pair = pair_at(order, t * INT64_C(449999999850000));
    CHECK(pair.moving >= 0 && pair.moving < pair.fixed && pair.fixed < sizes[0]);
  }
  pair_order_close(order);
  const int64_t two[] = {INT64_C(4000000000), INT64_C(4000000000)};
  const struct pair_layout more = grouped(2, two);
  const struct pair_rules inter = rules_of(0, PAIR_FORWARD, false, false);
  struct err err = ERR_INIT;
  int64_t pairs;
  CHECK(pair_order_count(&inter, &more, &pairs, NULL, &err) == -1);
  CHECK(err.errnum == EOVERFLOW);
}

/* The reader goes away while DeepReg's order is played. */
static void test_reader_gone(void)
{
  const struct pair_layout layout = paired(1000000);
  const struct pair_rules rules = {.deepreg = true};
  struct pair_order *order = NULL;
  struct err err = ERR_INIT;
  const atomic_bool gone = true;
  cancel_set(&gone);
  CHECK(pair_order_open(&order, &rules, &layout, PLENTY, &err) == -1 && !order);
  cancel_set(NULL);
  CHECK(err.errnum == EINTR);
}

/* --- what is refused --------------------------------------------------------------- */

static void refused(double p, bool sampled, int ngroups, const int64_t *sizes,
                    const char *found)
{
  struct pair_layout layout = grouped(ngroups, sizes);
  const struct pair_rules rules = rules_of(p, PAIR_FORWARD, sampled, false);
  struct err err = ERR_INIT;
  CHECK(pair_order_check(&rules, &layout, &err) == -1 && err.errnum == EINVAL);
  if (!CHECK(strstr(err.msg, found) != NULL))
    fprintf(stderr, "%s\n", err.msg);
}

static void test_refused(void)
{
  const int64_t sizes[] = {2, 3}, empty[] = {2, 0};
  refused(7, true, 2, sizes, "found 7");
  refused(-0.5, true, 2, sizes, "found -0.5");
  refused(0.0 / 0.0, true, 2, sizes, "found");
  refused(0.5, true, 1, sizes, "found 1");
  refused(0.5, false, 2, sizes, "found 0.5");
  refused(1, true, 2, empty, "group 1: expected at least one image, found 0");
  struct pair_layout layout = grouped(2, sizes);
  const struct pair_rules rules = rules_of(1, PAIR_FORWARD, true, false);
  struct err err = ERR_INIT;
  layout.n++;
  CHECK(pair_order_check(&rules, &layout, &err) == -1);
}

int main(void)
{
  test_golden_simple();
  test_golden_grouped();
  test_as_model();
  test_paired_each_once();
  test_unpaired_no_image_twice();
  test_epochs_differ();
  test_deepreg_has_one_epoch();
  test_many_rows_cost_nothing();
  test_limit();
  test_limit_is_exact();
  test_huge_groups();
  test_reader_gone();
  test_refused();
  return check_report("test_pair_order");
}
