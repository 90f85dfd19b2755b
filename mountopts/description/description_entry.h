/* One entry of scans[] while it is read: description_scans.c reads it,
 * description_files.c lists its files, description_join.c makes scans of them,
 * description_grid.c puts the files of one field into the places that "gather" gives
 * them. */
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
  bool number; /* written as a number: also stands for the same number with leading
                * zeros */
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

/* A file that a field names, and the scan that the file's name spells. */
struct found {
  int group;        /* index into entry->ids */
  int field;        /* index into entry->plans */
  const char *path; /* in the mount's arena */
  const char *key;
  const char *const *values; /* by the template's names */
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
  int listing; /* the plan whose list names the scans; -1: none yet */
};

/* Adds the problem "<file>: scans[i].fields.<name>: <text>". */
void entry_field_problem(const struct entry *entry, int field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads "gather" of an entry into entry->gather. */
void entry_read_gather(struct entry *entry, const json_t *gather);
/* Checks that the fields and "gather" agree, and sets the plans' names[].  whole: all
 * fields could be read. */
void entry_check_gather(struct entry *entry, bool whole);
/* Returns the value that a file has for a gather name; NULL when its field lacks the
 * name. */
const char *found_value(const struct entry *entry, const struct found *found, int name);

/* Lists the files of a field into entry->found. */
void entry_list_files(struct entry *entry, int field);
/* Returns the group of an id, which is added when it is new; -1 with *err. */
int entry_group(struct entry *entry, const char *id, struct err *err);
int entry_add_found(struct entry *entry, const struct found *found, struct err *err);

/* Takes the files of a field that is a list: they are pieces of the one scan, or one scan
 * each. */
void entry_take_list(struct entry *entry, int field);

/* Checks that all fields of tiles are as large as the first of them. */
void entry_check_tiles(const struct entry *entry);

/* Adds the scans of found[] to the builder. */
void entry_join(struct entry *entry);

/* The places of the files of one scan. */
struct grid;
/* Makes the grid for the files of all fields of a scan; the files and `id` outlive the
 * grid.  NULL: *err. */
struct grid *grid_new(const struct entry *entry, const char *id,
                      const struct found *const *found, size_t n, struct err *err);
void grid_free(struct grid *grid);
/* Makes the pieces of one field from its files, in *out.  -1: *err, or problems were
 * added. */
int grid_place(const struct grid *grid, int field, const struct found *const *found,
               size_t n, struct field_spec *out, struct err *err);

#endif
