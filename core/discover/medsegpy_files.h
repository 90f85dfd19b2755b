/* A list of MedSegPy's .im and .seg files that is made into scans; for
 * discover_medsegpy.c. */
#ifndef TESSERAFS_MEDSEGPY_FILES_H
#define TESSERAFS_MEDSEGPY_FILES_H

#include "core/discover/discover.h"
#include "core/discover/medsegpy.h"

struct medsegpy_file {
  const char *dir;           /* below the root, "" for itself */
  bool whole;                /* a volume, not a slice */
  struct medsegpy_name name; /* of a slice */
  const char *stem;          /* of a volume; else "" */
  bool seg;                  /* by its suffix */
  const char *path, *rel;    /* absolute; below the root */
};

/* Starts as {0}. */
struct medsegpy_files {
  struct medsegpy_file *files;
  size_t n, room;
};

int medsegpy_files_add(struct medsegpy_files *all, const struct medsegpy_file *file,
                       struct err *err);
/* Adds the scans that the files make; a file that makes none is ignored with the reason.
 * Sorts the list. */
int medsegpy_files_scans(struct medsegpy_files *all, const struct discover *discover,
                         struct err *err);
void medsegpy_files_free(struct medsegpy_files *all);

/* Returns the split that a directory's name stands for, or NULL. */
const char *medsegpy_split(const char *dir);

#endif
