/* Places, and what all directories do with names. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/tree/dir.h"

void place_ref(const struct place *place)
{
  world_ref(place->world);
  view_use_ref(place->use);
}

void place_unref(const struct place *place)
{
  view_use_unref(place->use);
  world_unref(place->world);
}

struct place place_below(const struct place *dir)
{
  struct place below = *dir;
  below.dir = NULL;
  below.file = NULL;
  below.name = NULL;
  below.item = -1;
  return below;
}

int dir_no_such(const char *name, struct err *err)
{
  return err_set(err, ENOENT, "%s: no such name", name);
}

void dir_put_name(char *buf, const char *name)
{
  snprintf(buf, TREE_NAME_MAX + 1, "%s", name);
}

int dir_stem(const char *name, const char *ext)
{
  const size_t n = strlen(name), e = strlen(ext);
  if (n <= e + 1 || name[n - e - 1] != '.' || strcmp(name + n - e, ext))
    return -1;
  return (int)(n - e - 1);
}

int dir_split_name(const char *name, char *stem)
{
  for (int e = 0; encodings[e]; e++) {
    const int n = dir_stem(name, encodings[e]->ext);
    if (n < 0)
      continue;
    snprintf(stem, TREE_NAME_MAX + 1, "%.*s", n, name);
    return e;
  }
  return -1;
}
