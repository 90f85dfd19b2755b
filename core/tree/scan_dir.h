/* Scan ids as nested directories: "a/b" is b in a.  Built once at mount. */
#ifndef TESSERAFS_SCAN_DIR_H
#define TESSERAFS_SCAN_DIR_H

#include "core/dataset/dataset.h"

struct scan_dir {
  const char *name; /* one component; "" for the top */
  int scan;         /* the scan whose id ends here; -1: none */
  int nchildren;
  const struct scan_dir *children; /* natural order */
};

/* The n scans of `scans` (indices into spec->scans; NULL: all), in the arena. */
int scan_dir_build(const struct dataset_spec *spec, const int *scans, int n,
                   struct arena *arena, struct scan_dir *out, struct err *err);
/* NULL: no such child. */
const struct scan_dir *scan_dir_child(const struct scan_dir *dir, const char *name);

#endif
