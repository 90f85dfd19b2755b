/* The table of kinds. */
#include "core/kind/kind.h"

const struct kind *const kinds[] = {&kind_slices, &kind_patches, &kind_chunks,
                                    &kind_pairs, NULL};

bool kind_shown(const struct kind *kind, const struct dataset_spec *spec)
{
  return kind->scope == SCOPE_SCANS || kind->splits(spec) > 0;
}
