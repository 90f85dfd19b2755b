/* The table of kinds. */
#include "core/kind/kind.h"

#include <string.h>

const struct kind *const kinds[] = {&kind_slices, &kind_patches, &kind_chunks,
                                    &kind_pairs, NULL};

const struct kind *kind_named(const char *name)
{
  int k = 0;
  while (kinds[k] && strcmp(kinds[k]->name, name))
    k++;
  return kinds[k];
}

int kind_index(const struct kind *kind)
{
  int k = 0;
  while (kinds[k] != kind)
    k++;
  return k;
}

bool kind_shown(const struct kind *kind, const struct dataset_spec *spec)
{
  return kind->scope == SCOPE_SCANS || kind->splits(spec) > 0;
}
