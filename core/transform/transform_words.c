/* Arguments that are not a list of numbers: words after the numbers ("zoom:0.5:order=1"),
 * and which axes of an item are space. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/transform/transform_table.h"

bool transform_whole(const struct step_args *args, int i)
{
  return transform_number(args, i) && fabs(args->number[i]) <= 9007199254740992. &&
         args->number[i] == rint(args->number[i]);
}

int transform_numbers(const struct step_args *args)
{
  int n = 0;
  while (n < args->n && transform_number(args, n))
    n++;
  return n;
}

/* The value when the argument is this word: after the '=', "" without one. */
static const char *value_of(const char *text, const char *word)
{
  const size_t len = strlen(word);
  if (strncmp(text, word, len))
    return NULL;
  if (word[len - 1] == '=')
    return text + len;
  return text[len] ? NULL : "";
}

const char *transform_word(const struct step_args *args, const char *word)
{
  const char *value = NULL;
  for (int i = 0; i < args->n && !value; i++)
    value = value_of(args->text[i], word);
  return value;
}

int transform_expect_words(const struct step_args *args, int from,
                           const char *const *words, struct err *err)
{
  unsigned seen = 0;
  for (int i = from; i < args->n; i++) {
    int w = 0;
    while (words[w] && !value_of(args->text[i], words[w]))
      w++;
    if (!words[w])
      return err_set(err, EINVAL, "unknown argument '%s'", args->text[i]);
    if (seen & 1u << w)
      return err_set(err, EINVAL, "'%s' is given twice", words[w]);
    seen |= 1u << w;
  }
  return 0;
}

int transform_spatial(const struct transform_item *item, int *first)
{
  const int nd = item->view->nd;
  *first = item->first || item->channel_axis == 0 ? 1 : 0;
  int n = item->spatial;
  if (!n) { /* nobody said */
    n = nd - *first - (item->channel_axis > 0);
    n = n < 3 ? n : 3;
  }
  return n < nd - *first ? n : nd - *first > 0 ? nd - *first : 0;
}
