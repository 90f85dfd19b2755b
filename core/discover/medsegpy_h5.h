/* HDF5 files of volumes and their masks; for discover_medsegpy.c. */
#ifndef TESSERAFS_MEDSEGPY_H5_H
#define TESSERAFS_MEDSEGPY_H5_H

#include "core/discover/discover.h"

/* What an .h5 file shows for or against the layout. */
enum medsegpy_h5 {
  MEDSEGPY_H5_OTHER,
  MEDSEGPY_H5_UNREADABLE,
  MEDSEGPY_H5_UNLABELLED, /* volumes without masks */
  MEDSEGPY_H5_LABELLED
};
enum medsegpy_h5 medsegpy_h5_judge(const struct discover *discover, const char *path);

/* Adds the scans of a file.  dir: its directory below the root, "" for none; rel: its
 * path below the root; stem: bytes of rel without the suffix. */
int medsegpy_h5_add(const struct discover *discover, const char *dir, const char *rel,
                    const char *path, size_t stem, struct err *err);

#endif
