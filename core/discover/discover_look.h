/* The inside of a walk: one directory, for discover_walk.c (which directories are walked,
 * what is a stack) and discover_look.c (what is in a file). */
#ifndef TESSERAFS_DISCOVER_LOOK_H
#define TESSERAFS_DISCOVER_LOOK_H

#include "core/base/dir_list.h"
#include "core/discover/discover_walk.h"

enum seen_kind { SEEN_NOTHING, SEEN_BAD, SEEN_VOLUME, SEEN_IMAGE };

/* One directory entry and what was found in it.  Lives in the directory's own arena. */
struct seen {
  enum seen_kind kind; /* SEEN_NOTHING: no file, or reported already */
  const char *why;     /* SEEN_BAD */
  bool broken;         /* SEEN_BAD: it is damaged; else it is of another kind */
  size_t suffix;       /* bytes of the format's suffix */
  bool hdf5;
  int narrays; /* usable ones */
  struct found_array *arrays;
};

struct walk {
  const struct discover *discover;
  const char *below; /* where the walk begins, from the root */
  found_fn *fn;
  claim_fn *claim; /* NULL: nothing is left out */
  void *ctx;
  int linked; /* directories walked below two symlinked ones */
};

/* One directory while it is walked. */
struct dir {
  struct walk *walk;
  const struct dir *parent;
  const char *rel; /* below walk->below */
  int depth, links;
  enum stacking stacking;
  struct dir_list list;
  struct arena arena; /* lives until the directory's files are done */
  struct seen *seen;  /* one per list entry */
};

/* Returns the path "a/b" of a directory and a name. */
char *dir_rel_path(struct arena *arena, const struct dir *dir, const char *name,
                   struct err *err);
/* Returns the absolute path of one that is relative to the walk. */
char *dir_full_path(struct arena *arena, const struct walk *walk, const char *rel,
                    struct err *err);

void dir_ignore(const struct dir *dir, const char *name, bool broken, const char *why);
/* Returns the reason without the path that it begins with, because ignored.txt names the
 * file already. */
const char *dir_reason(const struct err *why, const char *path);

/* Fills dir->seen[]; a file that cannot be used is SEEN_BAD.  The list has a ".hdr"
 * before the ".img" that belongs to it.  -1: ENOMEM, EINTR. */
int dir_look(struct dir *dir, struct err *err);

#endif
