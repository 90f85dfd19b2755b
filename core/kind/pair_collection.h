/* Inside of the kind pairs: kind_pairs.c (roles, orders, texts) stands on pair_make.c (an
 * item's arrays), that on pair_items.c (what an item is), that on pair_labels.c (which
 * label it shows). */
#ifndef TESSERAFS_PAIR_COLLECTION_H
#define TESSERAFS_PAIR_COLLECTION_H

#include "core/kind/kind.h"
#include "core/sampler/pair_order.h"

enum pair_side { PAIR_MOVING, PAIR_FIXED, PAIR_SIDES };

/* How items come from pairs. */
enum label_policy {
  LABEL_NONE,   /* no labels: an item a pair */
  LABEL_SAMPLE, /* an item a pair, one label drawn */
  LABEL_ALL     /* an item for each label of a pair */
};

/* Of LABEL_ALL: which items are a pair's.  Labels are counted once, when the draws are
 * opened.  Usually all pairs have as many: then nothing is kept. */
struct label_table {
  int64_t each;   /* labels of every pair; 0: they differ */
  int64_t *first; /* the first item of every LABEL_STEP-th pair, and the count */
  int32_t *counts[PAIR_SIDES]; /* labels of an image, by its number over all groups */
};

struct pair_collection {
  struct collection collection; /* first */
  const struct pair_set *set;
  struct pair_order *order;
  bool training;
  enum label_policy policy;
  struct label_table labels;
  int64_t *group_first; /* number of each group's first image */
  uint64_t seed, stream;
  size_t id_width; /* of the longest scan's id, as csv */
  int index_width; /* digits that any index may have */
};

/* What an item is. */
struct pair_item {
  struct pair pair;
  int scan[PAIR_SIDES];
  int64_t label; /* -1: none, or not drawn yet */
};

enum { LABELS_MAX = 99999 }; /* of one image: five digits in items.csv */

/* --- pair_labels.c ----------------------------------------------------------------- */

/* The field of that name of a scan; -1: none. */
int pair_field(const struct dataset_spec *spec, int scan, const char *name);
/* Counts items: sets self->labels and *count. */
int label_table_make(struct pair_collection *self, int64_t *count, struct err *err);
void label_table_free(struct label_table *table);
/* The pair of an item, and which of its labels. */
void label_table_find(const struct pair_collection *self, int64_t item, int64_t *pair,
                      int64_t *label);
/* Labels of a pair; EIO when its sides do not have as many. */
int label_count_pair(const struct pair_collection *self, const int scan[PAIR_SIDES],
                     int64_t *out, struct err *err);

/* --- pair_items.c ------------------------------------------------------------------ */

/* Everything about an item but its arrays and label. */
void pair_find(const struct pair_collection *self, int64_t item, struct pair_item *out);
/* The same with the label, for which headers are read where it is drawn. */
int pair_item(const struct pair_collection *self, int64_t item, struct pair_item *out,
              struct err *err);
/* DeepReg's index vector: 2, 3 or 5 numbers; returns how many. */
enum { PAIR_INDICES_MAX = 5 };
int pair_indices(const struct pair_collection *self, const struct pair_item *item,
                 int64_t out[PAIR_INDICES_MAX]);
/* --- pair_make.c ------------------------------------------------------------------- */

enum pair_role_kind { ROLE_IMAGE, ROLE_LABEL, ROLE_INDICES, ROLE_THETA, ROLE_DDF };
struct pair_role_row {
  const char *name;
  enum pair_role_kind kind;
  enum pair_side side;
};
/* facts: what collection_facts() asks for; nothing is drawn to augment it. */
int pair_make(const struct pair_collection *self, int64_t item,
              const struct pair_role_row *role, bool facts, struct arena *arena,
              struct made *out, struct err *err);

#endif
