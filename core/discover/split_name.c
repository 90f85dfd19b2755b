#include "core/discover/split_name.h"

#include <string.h>
#include <strings.h>

bool split_named(const char *name, size_t n)
{
  static const char *const names[] = {"train", "validation", "valid", "val", "test"};
  static const char monitor[] = "monitor-";
  const size_t prefix = sizeof monitor - 1;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == n && !strncasecmp(name, names[i], n))
      return true;
  return n > prefix && !strncasecmp(name, monitor, prefix);
}

const char *split_of_path(const char *path, bool last, size_t *n)
{
  for (const char *at = path; *at; at += *n + (at[*n] == '/')) {
    *n = strcspn(at, "/");
    if ((at[*n] || last) && split_named(at, *n))
      return at;
  }
  return NULL;
}
