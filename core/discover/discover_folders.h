/* Rule 5 with rule 4, for the layouts that leave a part of their tree to them. */
#ifndef TESSERAFS_DISCOVER_FOLDERS_H
#define TESSERAFS_DISCOVER_FOLDERS_H

#include "core/discover/discover.h"

/* Adds the scans of root/below ("": of the whole tree). */
int discover_folders(const struct discover *discover, const char *below, struct err *err);

#endif
