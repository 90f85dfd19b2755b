/* The places of the files of one scan: the positions of each gather name, for
 * description_lines.c (finding them) and description_grid.c (putting files there). */
#ifndef TESSERAFS_DESCRIPTION_GRID_H
#define TESSERAFS_DESCRIPTION_GRID_H

#include "mountopts/description/description_entry.h"

/* One gather name in one scan.  `distinct` holds the values in the order in which they
 * were found. */
struct line {
  struct name_set known; /* value: its number */
  int ndistinct, room;
  const char **distinct;
  int64_t n;                 /* positions */
  const char *const *values; /* per position; in the mount's arena */
  int *at;                   /* per position: number of the value; -1: no file has it */
  bool *placed;              /* per value: whether it has a position; NULL: all have */
};

struct grid {
  const struct entry *entry;
  const char *id;
  struct line lines[GATHER_AXES_MAX];
};

#endif
