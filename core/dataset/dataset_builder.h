/* The inside of the builder, for dataset_builder.c (adding) and dataset_finish.c. */
#ifndef TESSERAFS_DATASET_BUILDER_H
#define TESSERAFS_DATASET_BUILDER_H

#include "core/base/text.h"
#include "core/dataset/dataset.h"
#include "core/dataset/name_set.h"

/* A scan that belongs to a split.  Ids are resolved at the end. */
struct membership {
  int split;      /* index into splits */
  const char *id; /* NULL: the scan is number `scan` */
  int scan;       /* in order of addition; after sorting: index into the result */
};

struct dataset_builder {
  struct arena *arena;  /* the mount's */
  struct arena scratch; /* names of fields' places */
  struct scan_spec *scans;
  int nscans, scans_room;
  struct membership *members;
  int nmembers, members_room;
  const char **splits; /* names in order of appearance */
  int nsplits, splits_room;
  struct name_set ids, places; /* taken by scans; taken by their fields, as
                                * "<id>/<field>" */
  struct text ignored, broken; /* lines of dataset_spec's */
  struct pair_set *pair_sets;  /* in scratch; scans by order of addition */
  int npair_sets;
};

/* Fills out->pair_sets.  after[]: the index of each scan after sorting. */
int pair_sets_finish(struct dataset_builder *builder, const int *after,
                     struct dataset_spec *out, struct err *err);

#endif
