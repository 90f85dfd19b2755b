/* DeepReg's loaders check names (when they are made) and shapes (when a sample is read).
 * All of that is checked here, as far as headers allow, so that a mount reports every
 * problem at once.  Values are left to the readers. */
#include "core/discover/deepreg_check.h"

#include <string.h>

#include "core/nd/nd.h"

static void no_partner(const struct deepreg *deepreg, const struct deepreg_entry *entry,
                       const char *other)
{
  problems_add(deepreg->problems, "%s: expected one of the same name in %s, found none",
               deepreg_entry_name(deepreg, entry), other);
}

bool deepreg_same_names(const struct deepreg *deepreg, const struct deepreg_store *a,
                        const struct deepreg_store *b)
{
  const int before = deepreg->problems->count;
  for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
    const int cmp = i == a->n   ? 1
                    : j == b->n ? -1
                                : deepreg_entry_cmp(&a->entries[i], &b->entries[j]);
    if (cmp < 0)
      no_partner(deepreg, &a->entries[i], b->name);
    else if (cmp > 0)
      no_partner(deepreg, &b->entries[j], a->name);
    i += cmp <= 0;
    j += cmp >= 0;
  }
  return deepreg->problems->count == before;
}

static void check_axes(const struct deepreg *deepreg, const struct deepreg_store *store,
                       const char *expected, bool channels)
{
  char text[ND_TEXT];
  for (size_t i = 0; i < store->n; i++) {
    const struct deepreg_entry *entry = &store->entries[i];
    bool fits = entry->nd == 3 || (entry->nd == 4 && (channels || entry->shape[3] == 1));
    for (int d = 0; d < entry->nd; d++)
      fits = fits && entry->shape[d] > 0;
    if (entry->nd && !fits)
      problems_add(deepreg->problems, "%s: expected %s, found %s",
                   deepreg_entry_name(deepreg, entry), expected,
                   nd_text(entry->nd, entry->shape, text));
  }
}

void deepreg_check_images(const struct deepreg *deepreg,
                          const struct deepreg_store *images)
{
  check_axes(deepreg, images, "an image of three axes", false);
}

void deepreg_check_labels(const struct deepreg *deepreg,
                          const struct deepreg_store *labels)
{
  check_axes(deepreg, labels, "labels of three axes, or four with one label a channel",
             true);
}

void deepreg_warn_shapes(const struct deepreg *deepreg,
                         const struct deepreg_store *images,
                         const struct deepreg_store *labels)
{
  char label_text[ND_TEXT], image_text[ND_TEXT];
  for (size_t i = 0; i < images->n; i++) {
    const struct deepreg_entry *image = &images->entries[i];
    const struct deepreg_entry *label = &labels->entries[i];
    if (image->nd < 3 || label->nd < 3 ||
        !memcmp(image->shape, label->shape, 3 * sizeof *image->shape))
      continue;
    dataset_builder_ignore(deepreg->builder,
                           deepreg_shown(deepreg, deepreg_entry_name(deepreg, label)),
                           "a warning: it is used, but is %s where its image is %s",
                           nd_text(label->nd, label->shape, label_text),
                           nd_text(image->nd, image->shape, image_text));
  }
}

static int64_t label_count(const struct deepreg_entry *entry)
{
  return entry->nd == 4 ? entry->shape[3] : 1;
}

void deepreg_check_counts(const struct deepreg *deepreg,
                          const struct deepreg_store *moving,
                          const struct deepreg_store *fixed)
{
  for (size_t i = 0; i < moving->n; i++) {
    const struct deepreg_entry *a = &moving->entries[i];
    const struct deepreg_entry *b = &fixed->entries[i];
    if (a->nd && b->nd && label_count(a) != label_count(b))
      problems_add(deepreg->problems,
                   "%s: expected as many labels as in %s (%lld), found %lld",
                   deepreg_entry_name(deepreg, a), deepreg_entry_name(deepreg, b),
                   (long long)label_count(b), (long long)label_count(a));
  }
}
