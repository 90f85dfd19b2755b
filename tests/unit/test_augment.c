/* Augmentations: lists as text, DeepReg's matrices, what is drawn for whom, and the
 * arrays made of it. */
#include <errno.h>
#include <math.h>

#include "core/augment/augment_table.h"
#include "tests/support/array_check.h"
#include "tests/support/step_check.h"

static struct arena arena;

static struct step_list list_of(const char *text)
{
  struct step_list list;
  struct err err = ERR_INIT;
  CHECK(!param_steps(&augment_steps, text, &arena, &list, &err));
  return list;
}

static const struct augment_space space = {{6, 7, 8}, WARP_COMPATIBLE},
                                  kept = {{6, 7, 8}, WARP_KEPT};

static const struct augment_draw *draw_of(const struct step_list *list,
                                          const struct augment_key *key,
                                          const struct augment_space *where)
{
  struct err err = ERR_INIT;
  const struct augment_draw *draw = augment_draw(list, key, where, &arena, &err);
  CHECK(draw);
  return draw;
}

/* An array that explains the draw; NULL with *err set. */
static const struct view *shown_by(const struct augment_draw *draw, const char *name,
                                   struct arena *own, struct err *err)
{
  struct transform_item item = {0};
  return augment_show(draw, name, &item, own, err) ? NULL : item.view;
}

static const struct view *apply_to(const struct view *below,
                                   const struct augment_draw *draw, struct err *err)
{
  struct transform_item item = {.view = below, .channel_axis = -1};
  return augment_apply(draw, &item, &arena, err) ? NULL : item.view;
}

/* --- text -------------------------------------------------------------------------- */

/* All arguments are printed, by their names. */
static bool reads(const char *text, const char *all)
{
  const struct step_list list = list_of(text);
  return steps_read_as(&augment_steps, &list, all);
}

static void test_defaults(void)
{
  CHECK(reads("affine+ddf", "affine:scale=0.1+ddf:field_strength=1:low_res_size=1x1x1"));
  CHECK(reads("", ""));
}

static void test_parameters(void)
{
  CHECK(reads("ddf:low_res_size=4x5x6:field_strength=2.5+affine:0.3+ddf:3:7_8_9",
              "ddf:field_strength=2.5:low_res_size=4x5x6+affine:scale=0.3+"
              "ddf:field_strength=3:low_res_size=7x8x9"));
}

static void test_bad_texts(void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"afine", "unknown augmentation 'afine'; did you mean 'affine'?"},
      {"affine+", "unknown augmentation ''"},
      {"affine:scal=0.1", "affine: unknown parameter 'scal'; did you mean 'scale'?"},
      {"affine:2", "affine: scale: expected a number from 0 to 1, found '2'"},
      {"affine:scale=-0.1", "affine: scale: expected a number from 0 to 1, found '-0.1'"},
      {"affine:scale=nan", "affine: scale: expected a number from 0 to 1, found 'nan'"},
      {"affine:scale=", "affine: scale: expected a number from 0 to 1, found ''"},
      {"affine:0.1:0.2", "affine: expected at most 1 parameters, found '0.2' too"},
      {"affine:0.1:scale=0.2", "affine: scale is given twice"},
      {"ddf:-1", "ddf: field_strength: expected a number of 0 or more, found '-1'"},
      {"ddf:inf", "ddf: field_strength: expected a number of 0 or more, found 'inf'"},
      {"ddf:1:4x4",
       "ddf: low_res_size: expected 3 positive integers like 4x4x4, found '4x4'"},
      {"ddf:1:4x4x0",
       "ddf: low_res_size: expected 3 positive integers like 4x4x4, found '4x4x0'"},
      {"ddf:1:4x4x4x4",
       "ddf: low_res_size: expected 3 positive integers like 4x4x4, found '4x4x4x4'"},
      {"ddf:1:99999999999x1x1", "ddf: low_res_size: expected 3 positive integers like "
                                "4x4x4, found '99999999999x1x1'"},
      {"affine+affine+affine+affine+affine+affine+affine+affine+affine+affine+affine+"
       "affine+affine+affine+affine+affine+affine",
       "expected at most 16 augmentations, found 17"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct step_list list;
    struct err err = ERR_INIT;
    CHECK(param_steps(&augment_steps, cases[i].text, &arena, &list, &err) == -1);
    if (!CHECK(err.errnum == EINVAL && !strcmp(err.msg, cases[i].message)))
      fprintf(stderr, "  %s: %s\n", cases[i].text, err.msg);
  }
}

/* --- matrices ---------------------------------------------------------------------- */

/* deepreg_augment.json.  Its code solves a linear system, which leaves remainders of
 * 1e-16 where the closed form has zeros. */
static void test_recorded_thetas(const json_t *golden)
{
  size_t i, n;
  json_t *item;
  json_array_foreach(json_object_get(golden, "affine"), i, item)
  {
    double factor[2][4][3];
    const size_t batch =
        golden_numbers(json_object_get(item, "noise"), &factor[0][0][0], 24) / 12;
    float *want = golden_floats(item, "theta_f32_hex", &n);
    CHECK(n == 12 * batch);
    for (size_t b = 0; b < batch; b++) {
      float theta[12];
      augment_theta((const double(*)[3])factor[b], theta);
      const bool same = !memcmp(theta, want + 12 * b, sizeof theta);
      bool near = true;
      for (int t = 0; t < 12; t++)
        near &= fabsf(theta[t] - want[12 * b + (size_t)t]) < 1e-15f;
      CHECK(near && (same || json_number_value(json_object_get(item, "scale")) == 0));
    }
    free(want);
  }
  CHECK(i == 4);
}

/* The fixed side of item 5 of epoch 3, stream 11, seed 7, third step: by
 *   c = (1 << 63 | 2 << 59) // 4
 *   w = Philox(counter=[c - 1 + b, 5, 3, 11], key=[7, 4]).random_raw(4), b = 0, 1, 2
 *   r = 0.8 + (1 - 0.8) * (((w >> 12) + 0.5) / 2**52)
 * of numpy, and numpy.linalg.solve of the corners with a column of ones. */
static void test_drawn_theta(void)
{
  static const float want[12] = {0.832835793f,  -0.004516411f, 0.012649318f,
                                 -0.059637014f, 0.821342349f,  0.027478989f,
                                 0.026297575f,  -0.056006175f, 0.969350934f,
                                 -0.055862051f, -0.058931921f, 0.027047630f};
  const struct step_list list = list_of("ddf+affine+affine:0.2");
  const struct augment_key key = {7, 11, 3, 5, 1};
  struct err err = ERR_INIT;
  float *both = memory_of(shown_by(draw_of(&list, &key, &space), "theta", &arena, &err));
  for (int i = 0; i < 12; i++)
    CHECK(fabsf(both[12 + i] - want[i]) < 1e-6f);
  free(both);
}

/* Two draws differ when any part of their keys does. */
static void test_keys(void)
{
  static const struct augment_key keys[] = {
      {1, 2, 3, 4, 0}, {9, 2, 3, 4, 0}, {1, 9, 3, 4, 0},  {1, 2, 9, 4, 0},
      {1, 2, 3, 9, 0}, {1, 2, 3, 4, 1}, {1, 2, -3, 4, 0},
  };
  enum { N = sizeof keys / sizeof *keys };
  const struct step_list list = list_of("affine+ddf:1:2x2x2");
  float *theta[N], *ddf[N];
  struct err err = ERR_INIT;
  for (int i = 0; i < N; i++) {
    const struct augment_draw *draw = draw_of(&list, &keys[i], &space);
    theta[i] = memory_of(shown_by(draw, "theta", &arena, &err));
    ddf[i] = memory_of(shown_by(draw, "ddf", &arena, &err));
    for (int k = 0; k < i; k++)
      CHECK(theta[k][0] != theta[i][0] && ddf[k][0] != ddf[i][0]);
  }
  const struct augment_draw *again = draw_of(&list, &keys[0], &space);
  array_check(shown_by(again, "theta", &arena, &err), theta[0], 10);
  array_check(shown_by(again, "ddf", &arena, &err), ddf[0], 20);
  for (int i = 0; i < N; i++) {
    free(theta[i]);
    free(ddf[i]);
  }
}

/* A shift is s * z, s uniform in (0, 2), z normal: mean 0, mean square 4 / 3, 99 in 100
 * within these bounds.  The three components have nothing to do with each other. */
static void test_distribution(void)
{
  enum { N = 4000 };
  const struct step_list list = list_of("ddf:2");
  double sum[3] = {0}, square[3] = {0}, product = 0;
  for (int i = 0; i < N; i++) {
    const struct augment_key key = {0, 1, 0, i, 0};
    const int64_t at[4] = {i % 6, i % 7, i % 8, 0}, one[4] = {1, 1, 1, 3};
    struct arena own;
    struct err err = ERR_INIT;
    float shift[3];
    arena_init(&own);
    const struct augment_draw *draw = augment_draw(&list, &key, &space, &own, &err);
    CHECK(!view_read_box(shown_by(draw, "ddf", &own, &err), at, one, shift, &err));
    for (int d = 0; d < 3; d++) {
      sum[d] += shift[d] / N;
      square[d] += shift[d] * shift[d] / N;
    }
    product += shift[0] * shift[1] / N;
    arena_free(&own);
  }
  for (int d = 0; d < 3; d++)
    CHECK(fabs(sum[d]) < 0.06 && fabs(square[d] - 4 / 3.) < 0.12);
  CHECK(fabs(product) < 0.06);
}

/* --- arrays ------------------------------------------------------------------------ */

/* What is shown beside a sample explains it: each step by its own theta or ddf. */
static void test_view_is_explained(void)
{
  const struct step_list list = list_of("affine+ddf:1:3x2x4+affine:0.05");
  const struct augment_key key = {0, 1, 2, 3, 0};
  struct synth synth = synth_new(DT_U16, 3, space.shape);
  struct err err = ERR_INIT;
  for (int border = 0; border < 2; border++) {
    const struct augment_space *where = border ? &kept : &space;
    const struct augment_draw *draw = draw_of(&list, &key, where);
    const struct view *ddf = shown_by(draw, "ddf", &arena, &err);
    float *theta = memory_of(shown_by(draw, "theta", &arena, &err));
    const struct warp_field steps[3] = {warp_affine(theta), warp_ddf(ddf),
                                        warp_affine(theta + 12)};
    const struct view *view = &synth.view;
    for (int i = 0; i < 3; i++)
      view = warp_view(&arena, view, space.shape, &steps[i], where->border, &err);
    float *want = memory_of(view);
    array_check(apply_to(&synth.view, draw, &err), want, 50);
    free(want);
    free(theta);
  }
}

/* The shape that is said without a draw is that of what is drawn; one that lies in space
 * keeps its place. */
static void test_shown(void)
{
  static const struct {
    const char *list, *name;
    int nd;
    int64_t shape[5];
  } cases[] = {{"affine+ddf", "theta", 2, {4, 3}},
               {"affine+ddf", "ddf", 4, {6, 7, 8, 3}},
               {"affine+affine:0", "theta", 3, {2, 4, 3}},
               {"ddf+ddf:2", "ddf", 5, {2, 6, 7, 8, 3}}};
  const struct augment_key key = {0};
  struct err err = ERR_INIT;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct step_list list = list_of(cases[i].list);
    const int nd = cases[i].nd;
    int64_t shape[ND_MAX];
    struct transform_item item = {.geo = {.has_affine = true}};
    CHECK(augment_shown(&list, cases[i].name, space.shape, shape) == nd);
    CHECK(!memcmp(shape, cases[i].shape, sizeof *shape * (size_t)nd));
    CHECK(
        !augment_show(draw_of(&list, &key, &space), cases[i].name, &item, &arena, &err));
    CHECK(item.view->nd == nd && item.view->dtype == DT_F32);
    CHECK(!memcmp(item.view->shape, shape, sizeof *shape * (size_t)nd));
    CHECK(item.geo.has_affine == !strcmp(cases[i].name, "ddf"));
  }
  const struct step_list list = list_of("ddf");
  CHECK(!augment_shown(&list, "theta", space.shape, NULL));
  CHECK(!shown_by(draw_of(&list, &key, &space), "theta", &arena, &err));
  CHECK(err.errnum == EINVAL);
}

static void test_empty_list(void)
{
  const struct step_list none = list_of("");
  const struct augment_key key = {0};
  struct synth synth = synth_new(DT_U8, 3, space.shape);
  struct err err = ERR_INIT;
  const struct view *view = apply_to(&synth.view, draw_of(&none, &key, &space), &err);
  float *got = memory_of(view);
  CHECK(view->dtype == DT_F32 && got[100] == 100);
  free(got);
}

static void test_misfits(void)
{
  const struct step_list fine = list_of("ddf:1:7x1x1"), list = list_of("affine");
  const struct augment_key key = {0};
  const int64_t other[3] = {6, 7, 9};
  struct synth synth = synth_new(DT_F32, 3, other);
  struct err err = ERR_INIT;
  CHECK(!augment_draw(&fine, &key, &space, &arena, &err) && err.errnum == EINVAL);
  CHECK(!strcmp(err.msg,
                "augment: ddf: low_res_size: expected at most 6x7x8, found 7x1x1"));
  err = (struct err)ERR_INIT;
  CHECK(!apply_to(&synth.view, draw_of(&list, &key, &kept), &err));
  CHECK(!strcmp(err.msg, "augment: expected an array of 6x7x8, found 6x7x9"));
}

int main(void)
{
  arena_init(&arena);
  json_t *golden = golden_load("deepreg_augment");
  test_defaults();
  test_parameters();
  test_bad_texts();
  test_recorded_thetas(golden);
  test_drawn_theta();
  test_keys();
  test_distribution();
  test_view_is_explained();
  test_shown();
  test_empty_list();
  test_misfits();
  json_decref(golden);
  arena_free(&arena);
  return check_report("test_augment");
}
