/* The key of what is kept of a view's arrays: every row of the table is in it, or says
 * that it need not be.  A row of a type that is unknown here fails. */
#include "core/params/view_params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/param_print.h"

static struct arena arena;

static const char *const wholes[] = {"0", "1", "2", "3", "7", NULL};
static const char *const numbers[] = {"0", "0.25", "0.5", "1", "2", "1e3", NULL};
static const char *const switches[] = {"on", "off", NULL};
static const char *const extents[] = {"1", "2", "1x2", "2x1", "1x1", "auto", ":", NULL};
static const char *const triples[] = {"1x1x1", "2x1x1", "1x2x1", "1x1x2", NULL};
static const char *const ranges[] = {"0:1", "0:2", "1:2", ":", "0:1x0:1", NULL};
static const char *const lists[] = {"1", "2", "1+2", NULL};
static const char *const names[] = {"a", "b", "ab", "a+b", NULL};
static const char *const formats[] = {"npy", "nii", "npy+nii", NULL};
static const char *const transform_lists[] = {"minmax",
                                              "minmax:scan",
                                              "zscore",
                                              "window:0:1",
                                              "window:0:2",
                                              "cast:uint8",
                                              "window:0:1+minmax",
                                              "minmax+window:0:1",
                                              NULL};
static const char *const augment_lists[] = {"affine",     "ddf",           "affine+ddf",
                                            "ddf+affine", "affine+affine", NULL};

/* Value i that is tried for a row; NULL: there are no more. */
static const char *value_of(const struct param *row, int i, char room[32])
{
  switch (row->type) {
  case PARAM_INT:
  case PARAM_OCTAL:
    return wholes[i];
  case PARAM_NUMBER:
    return numbers[i];
  case PARAM_SWITCH:
    return switches[i];
  case PARAM_EXTENTS:
    return extents[i];
  case PARAM_TRIPLE:
    return triples[i];
  case PARAM_RANGES:
    return ranges[i];
  case PARAM_NUMBERS:
    return lists[i];
  case PARAM_NAMES:
    return names[i];
  case PARAM_FORMATS:
    return formats[i];
  case PARAM_CHOICE: {
    const char *word = row->choices;
    for (; i && word; i--)
      word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL;
    snprintf(room, 32, "%.*s", word ? (int)strcspn(word, "|") : 0, word ? word : "");
    return word ? room : NULL;
  }
  case PARAM_STEPS:
    return row->steps == &transform_steps ? transform_lists[i]
           : row->steps == &augment_steps ? augment_lists[i]
                                          : NULL;
  case PARAM_BYTES:
  case PARAM_TEXT:
    return NULL; /* no view has one */
  }
  return NULL;
}

/* --- the keys of one row's values -------------------------------------------------- */

enum { VALUES_MAX = 32 };

struct values {
  const struct param *row;
  enum view_kind kind;
  int n;
  char *text[VALUES_MAX]; /* as printed */
  uint64_t key[VALUES_MAX];
};

static void try_value(struct values *values, const char *value)
{
  struct view_params params;
  struct err err = ERR_INIT;
  struct text text = {0};
  CHECK(!view_params_init(&params, values->kind, NULL, &arena, &err));
  if (view_params_set(&params, values->kind, values->row->key, value, NULL, &arena, &err))
    return; /* out of this row's range */
  param_print(values->row, &params, &text);
  values->text[values->n] = text.data;
  values->key[values->n++] = view_params_key(&params, values->kind);
}

/* Each argument that an augmentation declares, alone. */
static void try_arguments(struct values *values)
{
  const struct step_table *table = values->row->steps;
  char room[32], text[100];
  for (int t = 0; table->types[t]; t++)
    for (size_t p = 0; p < table->types[t]->nparams; p++) {
      const struct step_type *type = table->types[t];
      const char *value;
      const int before = values->n;
      for (int i = 0; (value = value_of(&type->params[p], i, room)); i++) {
        snprintf(text, sizeof text, "%s:%s=%s", type->name, type->params[p].key, value);
        try_value(values, text);
      }
      CHECK(values->n >= before + 2);
    }
}

static void test_row(const struct param *row, enum view_kind kind)
{
  struct values values = {.row = row, .kind = kind};
  char room[32];
  const char *value;
  for (int i = 0; (value = value_of(row, i, room)); i++)
    try_value(&values, value);
  CHECK(values.n >= 2);
  if (row->type == PARAM_STEPS)
    try_arguments(&values);
  for (int i = 0; i < values.n; i++)
    for (int k = 0; k < i; k++) {
      const bool same = row->listing || !strcmp(values.text[i], values.text[k]);
      if (!CHECK((values.key[i] == values.key[k]) == same))
        fprintf(stderr, "  %x %s: %s and %s\n", kind, row->key, values.text[i],
                values.text[k]);
    }
  for (int i = 0; i < values.n; i++)
    free(values.text[i]);
}

static void test_every_row(void)
{
  for (size_t i = 0; i < view_params_count; i++)
    for (unsigned kind = 1; kind; kind <<= 1)
      if (view_params[i].kinds & kind)
        test_row(&view_params[i], (enum view_kind)kind);
}

/* --- the key of a name ------------------------------------------------------------- */

static uint64_t key_of(enum view_kind kind, const char *name)
{
  struct view_params params;
  struct err err = ERR_INIT;
  CHECK(!view_params_parse(&params, kind, name, &arena, &err));
  return view_params_key(&params, kind);
}

static void test_spellings(void)
{
  CHECK(key_of(KIND_PATCHES, "size=8x4,fill=0.50") ==
        key_of(KIND_PATCHES, "fill=5e-1,size=08x04"));
  CHECK(key_of(KIND_PATCHES, "default") == key_of(KIND_PATCHES, "fill=0,preset=none"));
  CHECK(key_of(KIND_PATCHES, "transforms=window:0:1.0") ==
        key_of(KIND_PATCHES, "transforms=window:0.0:1,fields=image,formats=npy"));
  CHECK(key_of(KIND_PAIRS, "augment=affine,border=compatible,preset=deepreg") ==
        key_of(KIND_PAIRS, "preset=deepreg"));
  CHECK(key_of(KIND_PATCHES, "default") != key_of(KIND_CHUNKS, "default"));
}

/* Every preset, in every kind: those that change something, and no others. */
static void test_presets(void)
{
  static const char *const presets[] = {"none", "medsegpy", "pytc", "deepreg", "mednet"};
  static const struct {
    enum view_kind kind;
    const char *taken;
  } cases[] = {{KIND_SLICES, "11100"},
               {KIND_PATCHES, "11100"},
               {KIND_CHUNKS, "10100"},
               {KIND_PAIRS, "10010"}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
      struct view_params params;
      struct err err = ERR_INIT;
      char text[40];
      snprintf(text, sizeof text, "preset=%s", presets[i]);
      const int rc = view_params_parse(&params, cases[c].kind, text, &arena, &err);
      CHECK((rc == 0) == (cases[c].taken[i] == '1'));
      CHECK(!rc || (err.errnum == EINVAL && strstr(err.msg, presets[i])));
    }
}

int main(void)
{
  arena_init(&arena);
  test_every_row();
  test_spellings();
  test_presets();
  arena_free(&arena);
  return check_report("test_view_params");
}
