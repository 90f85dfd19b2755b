/* Lists of steps: any table's are read, printed and hashed by one mechanism, whatever
 * stands between them. */
#include <errno.h>

#include "tests/support/check.h"
#include "tests/support/step_check.h"

static struct arena arena;

/* --- two tables -------------------------------------------------------------------- */

struct spin {
  double angle;
  int64_t size[3];
  int mode;
  bool twice;
};

#define AT(member) offsetof(struct spin, member)
static const struct param spin_params[] = {
    {"angle", PARAM_NUMBER, AT(angle), .def = "90", .max = 360},
    {"size", PARAM_TRIPLE, AT(size), .def = "1x1x1", .max = 9},
    {"mode", PARAM_CHOICE, AT(mode), .def = "near", .choices = "near|linear"},
    {"twice", PARAM_SWITCH, AT(twice), .def = "off"},
};

static int two_at_most(const struct step_args *args, struct err *err)
{
  return args->n > 2 ? err_set(err, EINVAL, "expected at most 2, found %d", args->n) : 0;
}

static const struct step_type spin = {.name = "spin",
                                      .params = spin_params,
                                      .nparams = 4,
                                      .size = sizeof(struct spin)},
                              plain = {.name = "plain",
                                       .usage = "plain[:A[:B]]",
                                       .check = two_at_most},
                              zero = {.name = "0"}, two = {.name = "2"},
                              five = {.name = "5"};
static const struct step_type *const moves[] = {&spin, &plain, NULL}, *const targets[] = {
                                                                          &zero, &two,
                                                                          &five, NULL};
/* PyTC's spelling of targets, and of weights: those of one target are joined by ':'. */
static const struct step_table move_steps = {.one = "move",
                                             .many = "moves",
                                             .types = moves,
                                             .most = 3,
                                             .joint = ':'},
                               target_steps = {.one = "target",
                                               .many = "targets",
                                               .types = targets,
                                               .joint = '-'},
                               weight_steps = {.one = "weight",
                                               .many = "weights",
                                               .types = targets,
                                               .joint = '-',
                                               .within = ':'};

static struct step_list list_of(const struct step_table *table, const char *text)
{
  struct step_list list;
  struct err err = ERR_INIT;
  if (!CHECK(!param_steps(table, text, &arena, &list, &err)))
    fprintf(stderr, "  %s: %s\n", text, err.msg);
  return list;
}

static bool reads(const struct step_table *table, const char *text, const char *want)
{
  const struct step_list list = list_of(table, text);
  return steps_read_as(table, &list, want);
}

static uint64_t key_of(const struct step_table *table, const char *text)
{
  const struct param row = {"steps", PARAM_STEPS, 0, .steps = table};
  const struct step_list list = list_of(table, text);
  return param_hash(&row, &list, 7);
}

/* --- what is read ------------------------------------------------------------------ */

static void test_declared(void)
{
  const struct step_list list = list_of(&move_steps, "spin:45:mode=linear+plain:x");
  const struct spin *args = list.steps[0].args;
  CHECK(list.n == 2 && list.steps[0].type == &spin && list.steps[1].type == &plain);
  CHECK(args->angle == 45 && args->size[2] == 1 && args->mode == 1 && !args->twice);
  CHECK(reads(&move_steps, "spin:twice=on:angle=0.10+plain+spin:1:2x3x4",
              "spin:angle=0.1:size=1x1x1:mode=near:twice=on+plain+"
              "spin:angle=1:size=2x3x4:mode=near:twice=off"));
}

static void test_other_spellings(void)
{
  const char *written = "0+2+5-2d-0-0-5.0-0";
  CHECK(reads(&target_steps, written, written));
  const struct step_list list = list_of(&weight_steps, "2:0+2-3");
  CHECK(list.n == 3 && list.steps[0].group == 0 && list.steps[1].group == 0 &&
        list.steps[2].group == 1);
  CHECK(reads(&weight_steps, "2:0+2-3", "2:0+2-3"));
}

static void test_refused(void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"spn", "unknown move 'spn'; did you mean 'spin'?"},
      {"plain+", "unknown move ''"},
      {"plain+plain+plain+plain", "expected at most 3 moves, found 4"},
      {"plain:1:2:3", "plain[:A[:B]]: expected at most 2, found 3"},
      {"spin:361", "spin: angle: expected a number from 0 to 360, found '361'"},
      {"spin:1:1x1x10", "spin: size: expected 3 positive integers like 4x4x4, found "
                        "'1x1x10'"},
      {"spin:mde=near", "spin: unknown parameter 'mde'; did you mean 'mode'?"},
      {"spin:1:angle=1", "spin: angle is given twice"},
      {"spin:1:1x1x1:near:on:5", "spin: expected at most 4 parameters, found '5' too"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct step_list list;
    struct err err = ERR_INIT;
    CHECK(param_steps(&move_steps, cases[i].text, &arena, &list, &err) == -1);
    if (!CHECK(err.errnum == EINVAL && !strcmp(err.msg, cases[i].message)))
      fprintf(stderr, "  %s: %s\n", cases[i].text, err.msg);
  }
}

/* --- what it means ----------------------------------------------------------------- */

static void test_same_keys(void)
{
  CHECK(key_of(&move_steps, "spin") == key_of(&move_steps, "spin:90.0:mode=near"));
  CHECK(key_of(&move_steps, "spin:twice=on:angle=5") ==
        key_of(&move_steps, "spin:5e0:twice=on"));
  CHECK(key_of(&move_steps, "plain:1.0") == key_of(&move_steps, "plain:1"));
  CHECK(key_of(&move_steps, "plain:a=1:b=2") == key_of(&move_steps, "plain:b=2:a=1"));
}

static void test_different_keys(void)
{
  static const char *const texts[] = {
      "",
      "plain",
      "plain+plain",
      "plain:0",
      "plain:",
      "plain:0:0",
      "plain:1",
      "plain:1:2",
      "plain:2:1",
      "plain:a",
      "plain:a=1",
      "plain:a=2",
      "plain:a+plain",
      "plain+plain:a",
      "spin",
      "spin:0",
      "spin:1",
      "spin:90:2x1x1",
      "spin:90:1x2x1",
      "spin:90:1x1x2",
      "spin:mode=linear",
      "spin:twice=on",
      "spin+plain",
      "plain+spin",
  };
  enum { N = sizeof texts / sizeof *texts };
  uint64_t key[N];
  for (int i = 0; i < N; i++) {
    key[i] = key_of(&move_steps, texts[i]);
    for (int k = 0; k < i; k++)
      if (!CHECK(key[i] != key[k]))
        fprintf(stderr, "  '%s' and '%s'\n", texts[i], texts[k]);
  }
  CHECK(key_of(&weight_steps, "2:0+0") != key_of(&weight_steps, "2+0:0"));
}

int main(void)
{
  arena_init(&arena);
  test_declared();
  test_other_spellings();
  test_refused();
  test_same_keys();
  test_different_keys();
  arena_free(&arena);
  return check_report("test_step");
}
