/* Exit statuses beside EXIT_SUCCESS: they tell scripts what has to be corrected. */
#ifndef TESSERAFS_EXIT_STATUS_H
#define TESSERAFS_EXIT_STATUS_H

enum {
  EXIT_USAGE = 1,       /* the command line */
  EXIT_DATASET = 2,     /* the dataset or its description; a path that cannot be read */
  EXIT_CANNOT_MOUNT = 3 /* the mountpoint, fuse */
};

#endif
