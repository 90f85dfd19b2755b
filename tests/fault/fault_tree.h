/* Faults in a whole tree, which the program makes of a source of small files. */
#ifndef TESSERAFS_FAULT_TREE_H
#define TESSERAFS_FAULT_TREE_H

#include "tests/fault/fault.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"

struct subject {
  char source[PATH_MAX];
  const char *path; /* in the tree, where the operation wants one */
  struct loaded loaded;
};

static inline struct subject subject_of(const char *name, const char *path)
{
  struct subject subject = {.path = path};
  snprintf(subject.source, sizeof subject.source, "%s", files_path(name));
  return subject;
}

/* What begins and ends an operation on a tree that has read nothing yet. */
static inline int subject_open(void *ctx)
{
  struct subject *subject = ctx;
  struct err err = ERR_INIT;
  return loaded_open(&subject->loaded, subject->source, NULL, &err);
}

static inline void subject_close(void *ctx)
{
  loaded_free(&((struct subject *)ctx)->loaded);
}

/* Makes the small dataset and its description; files_end() in the end. */
static inline void subjects_begin(void)
{
  struct err err = ERR_INIT;
  CHECK(!hdf5_worker_start(&err)); /* its process is not disturbed */
  files_begin();
  small_dataset_make(1);
  small_description_make();
}

#endif
