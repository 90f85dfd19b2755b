/* The part of the tree below a view of a kind_split.h kind: splits, epochs, roles. */
#ifndef TESSERAFS_PLACE_SPLIT_H
#define TESSERAFS_PLACE_SPLIT_H

#include "core/tree/content.h"
#include "core/tree/epochs.h"

/* Does the kind show in this dataset? */
bool split_kind_shown(const struct tree *tree, const struct kind *kind);

/* As place_child(), for parents PLACE_SPLIT_VIEW, PLACE_VIEW_SPLIT, PLACE_EPOCH and
 * PLACE_ROLE; -1 with ENOENT, ... */
int split_child(struct tree *tree, const struct place *parent, const char *name,
                struct place *out, struct err *err);
/* As listing_prepare() and listing_entry() for the same. */
int split_listing(struct tree *tree, const struct place *place, struct listing *out,
                  struct err *err);
void split_entry(const struct listing *listing, int64_t i, char *buf,
                 struct place *child);

/* Items of the epoch that a PLACE_ROLE or PLACE_DRAW is in. */
int split_count(struct tree *tree, const struct place *place, int64_t *count,
                struct err *err);
/* The name of a PLACE_DRAW's item; -1: it has none. */
int split_name(struct tree *tree, const struct place *place, char out[KIND_NAME_MAX + 1],
               struct err *err);
/* The array of a PLACE_DRAW. */
int split_item(struct tree *tree, const struct place *place, struct content *content,
               struct err *err);
/* The text of a PLACE_DRAW_JSON. */
int split_describe(struct tree *tree, const struct place *place, struct text *out,
                   struct timespec *mtime, struct err *err);
/* items.csv of a PLACE_DRAWS_CSV. */
int split_csv_size(struct tree *tree, const struct place *place, int64_t *size,
                   struct err *err);
int split_csv_open(struct tree *tree, const struct place *place, struct content *content,
                   struct layout *layout, struct err *err);

#endif
