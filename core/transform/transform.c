/* The table of transforms, and lists of them as text. */
#include "core/transform/transform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/transform/transform_table.h"

const struct transform *const transforms[] = {
    &transform_affine,
    &transform_cast,
    &transform_clip,
    &transform_crop,
    &transform_flip,
    &transform_minmax,
    &transform_minmax_eps,
    &transform_pad,
    &transform_permute,
    &transform_resize,
    &transform_spacing,
    &transform_squeeze,
    &transform_window,
    &transform_zoom,
    &transform_zscore,
    /* PyTC's */
    &transform_binary,
    &transform_channel,
    &transform_normalize_range,
    &transform_vast,
    /* MedSegPy's */
    &transform_categories,
    &transform_background,
    &transform_windowing,
    &transform_zero_mean,
    &transform_affine_normalization,
    &transform_flip_transform,
    &transform_fill_regions,
    NULL,
};

static const struct transform *find(const char *name, struct err *err)
{
  const char *names[sizeof transforms / sizeof *transforms];
  size_t n = 0;
  for (; transforms[n]; n++) {
    if (!strcmp(transforms[n]->name, name))
      return transforms[n];
    names[n] = transforms[n]->name;
  }
  const char *near = text_nearest(name, names, n);
  err_set(err, EINVAL, "unknown transform '%s'%s%s%s", name,
          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
  return NULL;
}

/* "name:arg:arg", cut in place. */
static int parse_step(char *text, struct transform_step *step, struct err *err)
{
  char *next = strchr(text, ':');
  if (next)
    *next++ = '\0';
  step->transform = find(text, err);
  if (!step->transform)
    return -1;
  struct transform_args *args = &step->args;
  for (char *arg = next; arg; arg = next) {
    next = strchr(arg, ':');
    if (next)
      *next++ = '\0';
    if (args->n == TRANSFORM_ARGS)
      return err_set(err, EINVAL, "%s: expected at most %d arguments, found more", text,
                     TRANSFORM_ARGS);
    char *end;
    args->number[args->n] = strtod(arg, &end);
    if (end == arg || *end)
      args->number[args->n] = 0;
    args->text[args->n++] = arg;
  }
  if (step->transform->check(args, err))
    return err_prefix(err, "%s", step->transform->usage);
  return 0;
}

int transform_parse(const char *text, struct arena *arena, struct transform_list *out,
                    struct err *err)
{
  *out = (struct transform_list){0};
  if (!*text)
    return 0;
  int n = 1;
  for (const char *p = text; *p; p++)
    n += *p == '+' && p[1] && (p == text || p[-1] != ':');
  char *copy = arena_strdup(arena, text, err);
  struct transform_step *steps = arena_array(arena, (size_t)n, sizeof *steps, err);
  if (!copy || !steps)
    return -1;
  /* a '+' right after ':' is the sign of a number ("clip:+1:+5") */
  int i = 0;
  for (char *next, *part = copy; part && *part; part = next) {
    for (next = part; *next && (*next != '+' || (next > part && next[-1] == ':'));)
      next++;
    if (*next)
      *next++ = '\0';
    if (parse_step(part, &steps[i++], err))
      return -1;
  }
  *out = (struct transform_list){i, steps};
  return 0;
}

int transform_apply(const struct transform_list *list, struct transform_item *item,
                    struct arena *arena, struct err *err)
{
  for (int i = 0; i < list->n; i++) {
    const struct transform_step *step = &list->steps[i];
    if (step->transform->intensity && item->mask)
      continue;
    if (step->transform->apply(&step->args, item, arena, err))
      return err_prefix(err, "transforms: %s", step->transform->name);
    /* what follows is about other values: statistics of it are kept under another key */
    item->item_key =
        text_hash(item->item_key, step->transform->name, strlen(step->transform->name));
    for (int a = 0; a < step->args.n; a++)
      item->item_key =
          text_hash(item->item_key, step->args.text[a], strlen(step->args.text[a]) + 1);
  }
  return 0;
}
