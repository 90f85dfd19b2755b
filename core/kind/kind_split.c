/* Names and numbers that all kinds of drawn items share. */
#include "core/kind/kind_split.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int draws_open(const struct split_kind *kind, const struct draw_from *from,
               struct draws **out, struct err *err)
{
  if (kind->check(from, err) || kind->open(from, out, err))
    return -1;
  (*out)->kind = kind;
  (*out)->width = 1;
  for (int64_t last = (*out)->count - 1; last > 9; last /= 10)
    (*out)->width++;
  return 0;
}

void draws_close(struct draws *draws)
{
  if (draws)
    draws->kind->close(draws);
}

int draws_name(int width, int64_t item, char *out)
{
  for (int i = width - 1; i >= 0; i--, item /= 10)
    out[i] = (char)('0' + item % 10);
  out[width] = '\0';
  return width;
}

/* The whole text as a number; -1: it is none, or too large. */
static int64_t number(const char *text, int len)
{
  int64_t value = 0;
  for (int i = 0; i < len; i++) {
    if (text[i] < '0' || text[i] > '9' || value > (INT64_MAX - 9) / 10)
      return -1;
    value = value * 10 + (text[i] - '0');
  }
  return len > 0 ? value : -1;
}

int64_t draws_find(const struct draws *draws, const char *name, int len)
{
  const int64_t item = len == draws->width ? number(name, len) : -1;
  return item < draws->count ? item : -1;
}

int draws_make(const struct draws *draws, int64_t item, int role, struct arena *arena,
               struct drawn *out, struct err *err)
{
  assert(item >= 0);
  *out = (struct drawn){.item.channel_axis = -1, .scan = -1, .field = -1};
  if (item >= draws->count)
    return err_set(err, ENOENT, "item %lld of %lld", (long long)item,
                   (long long)draws->count);
  return draws->kind->make(draws, item, role, arena, out, err);
}

int64_t draws_epoch(const char *name)
{
  static const char prefix[] = "epoch-";
  if (strncmp(name, prefix, sizeof prefix - 1))
    return -1;
  name += sizeof prefix - 1;
  return number(name, (int)strlen(name));
}
