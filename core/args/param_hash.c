/* What values mean: a hash of it, and whether it lies in an arena.  A new type of value
 * has a case in both. */
#include <string.h>

#include "core/args/param_values.h"

static uint64_t hash_text(const char *text, uint64_t key)
{
  return text_hash(key, text, strlen(text) + 1);
}

/* A number is hashed as what it is, "1.0" as "1"; "order=1" wherever it stands among such
 * words, whose order means nothing. */
static uint64_t hash_words(const struct step_args *words, uint64_t key)
{
  uint64_t named = 0;
  double number;
  for (int i = 0; i < words->n; i++)
    if (step_number(words->text[i], &number))
      key = text_hash(key, &number, sizeof number);
    else if (strchr(words->text[i], '='))
      named += hash_text(words->text[i], 0);
    else
      key = hash_text(words->text[i], key);
  return text_hash(key, &named, sizeof named);
}

uint64_t param_step_key(const struct step *step)
{
  const struct step_type *type = step->type;
  uint64_t key = hash_text(type->name, 0);
  for (size_t i = 0; i < type->nparams; i++)
    key = param_hash(&type->params[i], step->args, key);
  return type->params ? key : hash_words(step->args, key);
}

bool param_points(const struct param *row, const void *target)
{
  const void *value = (const char *)target + row->offset;
  switch (row->type) {
  case PARAM_NUMBERS:
    return ((const struct number_list *)value)->n;
  case PARAM_NAMES:
    return ((const struct names *)value)->n;
  case PARAM_STEPS:
    return ((const struct step_list *)value)->n;
  case PARAM_TEXT:
    return *(const char *const *)value;
  default:
    return false;
  }
}

uint64_t param_hash(const struct param *row, const void *target, uint64_t seed)
{
  const void *value = (const char *)target + row->offset;
  switch (row->type) {
  case PARAM_INT:
  case PARAM_OCTAL:
    return text_hash(seed, value, sizeof(int64_t));
  case PARAM_NUMBER:
    return text_hash(seed, value, sizeof(double));
  case PARAM_SWITCH:
    return text_hash(seed, value, sizeof(bool));
  case PARAM_CHOICE:
    return text_hash(seed, value, sizeof(int));
  case PARAM_FORMATS:
    return text_hash(seed, value, sizeof(unsigned));
  case PARAM_TRIPLE:
    return text_hash(seed, value, 3 * sizeof(int64_t));
  case PARAM_EXTENTS: {
    const struct extents *extents = value;
    return text_hash(seed, extents->v, sizeof *extents->v * (size_t)extents->n);
  }
  case PARAM_RANGES: {
    const struct ranges *ranges = value;
    const size_t size = sizeof *ranges->start * (size_t)ranges->n;
    return text_hash(text_hash(seed, ranges->start, size), ranges->stop, size);
  }
  case PARAM_NUMBERS: {
    const struct number_list *numbers = value;
    return text_hash(seed, numbers->v, sizeof *numbers->v * (size_t)numbers->n);
  }
  case PARAM_NAMES: {
    const struct names *names = value;
    for (int i = 0; i < names->n; i++)
      seed = hash_text(names->name[i], seed);
    return text_hash(seed, &names->n, sizeof names->n);
  }
  case PARAM_STEPS: {
    const struct step_list *list = value;
    for (int i = 0; i < list->n; i++) {
      const uint64_t step[] = {list->steps[i].key, (uint64_t)list->steps[i].group};
      seed = text_hash(seed, step, sizeof step);
    }
    return text_hash(seed, &list->n, sizeof list->n);
  }
  case PARAM_BYTES: {
    const struct bytes *bytes = value;
    const uint64_t all[] = {bytes->value, bytes->percent, bytes->given};
    return text_hash(seed, all, sizeof all);
  }
  case PARAM_TEXT: {
    const char *text = *(const char *const *)value;
    return text ? hash_text(text, seed) : text_hash(seed, "", 0);
  }
  }
  return seed;
}
