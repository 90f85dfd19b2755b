/* The table of augmentations, lists of them as text, and what a list draws. */
#include "core/augment/augment.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "core/augment/augment_table.h"
#include "core/base/text.h"

enum { WORDS_MAX = 8 };

const struct augmentation *const augmentations[] = {
    &augmentation_affine,
    &augmentation_ddf,
    NULL,
};

const char *augmentation_name(const struct augmentation *augmentation)
{
  return augmentation->name;
}

const char *augmentation_usage(const struct augmentation *augmentation)
{
  return augmentation->usage;
}

const char *augmentation_help(const struct augmentation *augmentation)
{
  return augmentation->help;
}

/* --- lists as text -------------------------------------------------------------------
 */

static int unknown(const char *what, const char *name, const char *const *known, size_t n,
                   struct err *err)
{
  const char *const near = text_nearest(name, known, n);
  return err_set(err, EINVAL, "unknown %s '%s'%s%s%s", what, name,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static const struct augmentation *find(const char *name, struct err *err)
{
  const char *names[sizeof augmentations / sizeof *augmentations];
  size_t n = 0;
  for (; augmentations[n]; n++) {
    if (!strcmp(augmentations[n]->name, name))
      return augmentations[n];
    names[n] = augmentations[n]->name;
  }
  unknown("augmentation", name, names, n, err);
  return NULL;
}

int augment_read_number(const char *text, double low, double high, double *out,
                        struct err *err)
{
  char *end;
  const double value = strtod(text, &end);
  if (end != text && !*end && value >= low && value <= high) {
    *out = value;
    return 0;
  }
  if (high >= FLT_MAX)
    return err_set(err, EINVAL, "expected a number of %g or more, found '%s'", low, text);
  return err_set(err, EINVAL, "expected a number from %g to %g, found '%s'", low, high,
                 text);
}

/* "word=value", or the value of word number `bare`; cut in place. */
static int parse_argument(struct augment_step *step, char *text, int bare, unsigned *seen,
                          struct err *err)
{
  const char *const *const words = step->augmentation->words;
  int n = 0, word = bare;
  while (words[n])
    n++;
  char *const equals = strchr(text, '=');
  if (equals) {
    *equals = '\0';
    for (word = 0; word < n && strcmp(words[word], text);)
      word++;
    if (word == n)
      return unknown("parameter", text, words, (size_t)n, err);
    text = equals + 1;
  }
  if (word >= n)
    return err_set(err, EINVAL, "expected at most %d parameters, found '%s' too", n,
                   text);
  if (*seen & 1u << word)
    return err_set(err, EINVAL, "%s is given twice", words[word]);
  *seen |= 1u << word;
  if (step->augmentation->read(step, word, text, err))
    return err_prefix(err, "%s", words[word]);
  return 0;
}

/* "name:argument:argument", cut in place. */
static int parse_step(char *text, struct augment_step *step, struct err *err)
{
  char *next = strchr(text, ':');
  if (next)
    *next++ = '\0';
  step->augmentation = find(text, err);
  if (!step->augmentation)
    return -1;
  step->augmentation->defaults(step);
  unsigned seen = 0;
  int bare = 0;
  for (char *arg = next; arg; arg = next, bare++) {
    next = strchr(arg, ':');
    if (next)
      *next++ = '\0';
    if (parse_argument(step, arg, bare, &seen, err))
      return err_prefix(err, "%s", step->augmentation->name);
  }
  return 0;
}

int augment_parse(const char *text, struct arena *arena, struct augment_list *out,
                  struct err *err)
{
  *out = (struct augment_list){0};
  if (!*text)
    return 0;
  int n = 1;
  for (const char *p = text; *p; p++)
    n += *p == '+';
  if (n > AUGMENT_STEPS)
    return err_set(err, EINVAL, "expected at most %d augmentations, found %d",
                   AUGMENT_STEPS, n);
  char *const copy = arena_strdup(arena, text, err);
  struct augment_step *const steps = arena_array(arena, (size_t)n, sizeof *steps, err);
  if (!copy || !steps)
    return -1;
  char *part = copy;
  for (int i = 0; i < n; i++) {
    char *const end = part + strcspn(part, "+");
    *end = '\0';
    if (parse_step(part, &steps[i], err))
      return -1;
    part = end + 1;
  }
  *out = (struct augment_list){n, steps};
  return 0;
}

bool augment_has(const struct augment_list *list, enum augment_kind kind)
{
  for (int i = 0; i < list->n; i++)
    if (list->steps[i].augmentation->kind == kind)
      return true;
  return false;
}
