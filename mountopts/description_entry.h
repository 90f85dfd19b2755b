/* One entry of scans[] on its way: description_scans.c reads it and lists its files,
 * description_join.c makes scans of them. */
#ifndef TESSERAFS_DESCRIPTION_ENTRY_H
#define TESSERAFS_DESCRIPTION_ENTRY_H

#include "mountopts/description_parts.h"

enum { ENTRY_FIELDS_MAX = 256 };

/* A file that a field's template matches, and the id that the match spells. */
struct found {
  const char *id;
  int field; /* index into the entry's plans */
  const char *path, *key;
  bool used; /* its scan has one file for each field */
};

struct entry {
  struct description *desc;
  struct dataset_builder *builder;
  const struct where *where;
  const char *id, *split;
  int spatial;
  bool channels_first;
  int nplans;
  struct field_plan *plans;
  int expanding; /* the plan whose template is being expanded */
  struct found *found;
  size_t nfound, room;
};

/* "<file>: scans[i].fields.<name>: <text>" */
void entry_field_problem(const struct entry *entry, int field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The scans of found[] (which it sorts) to the builder. */
void entry_join(struct entry *entry);

#endif
