/* One entry of scans[] on its way: description_scans.c reads it, description_files.c
 * lists its files, description_join.c makes scans of them, description_grid.c puts the
 * files of one field into the places that "gather" gives them. */
#ifndef TESSERAFS_DESCRIPTION_ENTRY_H
#define TESSERAFS_DESCRIPTION_ENTRY_H

#include "core/dataset/name_set.h"
#include "mountopts/description/description_parts.h"

enum {
  ENTRY_FIELDS_MAX = 256,
  GATHER_CELLS_MAX = 1 << 24 /* places of a field in one scan */
};

/* A value of "order". */
struct order_value {
  const char *text;
  bool number; /* written as a number: also stands for the same one with zeros before
                * it */
};

/* One name under "gather". */
struct gather_name {
  const char *name;
  bool concat;
  int axis;
  bool has_fill;
  double fill;
  int64_t norder; /* 0: natural order */
  const struct order_value *order;
};

/* A file that a field names, and the scan that its name spells. */
struct found {
  int group;        /* index into entry->ids */
  int field;        /* index into entry->plans */
  const char *path; /* in the mount's arena */
  const char *key;
  const char *const *values; /* of the template's names */
  bool dropped;              /* a looser pattern matched it too */
};

struct entry {
  struct description *desc;
  struct dataset_builder *builder;
  const struct where *where;
  const char *id, *split;
  int spatial;
  bool channels_first;
  int ngather;
  struct gather_name gather[GATHER_AXES_MAX];
  int nplans;
  struct field_plan *plans;
  struct arena scratch; /* what was found; freed with the entry */
  struct found *found;  /* in the order of the fields, files in natural order */
  size_t nfound, room;
  const char **ids; /* of the scans */
  int nids, ids_room;
  struct name_set known_ids;
  int listing; /* the plan whose list says what the scans are called; -1: none yet */
};

/* "<file>: scans[i].fields.<name>: <text>" */
void entry_field_problem(const struct entry *entry, int field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "gather" of an entry to entry->gather. */
void entry_read_gather(struct entry *entry, const json_t *gather);
/* What the fields and "gather" must agree in; sets the plans' names[].  whole: all fields
 * could be read. */
void entry_check_gather(struct entry *entry, bool whole);
/* The value that a file has for a gather name; NULL: its field lacks the name. */
const char *found_value(const struct entry *entry, const struct found *found, int name);

/* Lists the files of a field to entry->found. */
void entry_list_files(struct entry *entry, int field);
/* The group of an id, added when it is new; -1 with *err. */
int entry_group(struct entry *entry, const char *id, struct err *err);
int entry_add_found(struct entry *entry, const struct found *found, struct err *err);

/* The files of a field that is a list: pieces of the one scan, or a scan each. */
void entry_take_list(struct entry *entry, int field);

/* Are all fields of tiles as large as the first of them? */
void entry_check_tiles(const struct entry *entry);

/* The scans of found[] to the builder. */
void entry_join(struct entry *entry);

/* Where the files of one scan lie. */
struct grid;
/* The files of all fields of a scan; they and `id` outlive the grid.  NULL: *err. */
struct grid *grid_new(const struct entry *entry, const char *id,
                      const struct found *const *found, size_t n, struct err *err);
void grid_free(struct grid *grid);
/* The pieces of one field, from its files, to *out.  -1: *err, or problems were added. */
int grid_place(const struct grid *grid, int field, const struct found *const *found,
               size_t n, struct field_spec *out, struct err *err);

#endif
