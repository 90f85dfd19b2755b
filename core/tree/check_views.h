/* --check of views: see check_views.c. */
#ifndef TESSERAFS_CHECK_VIEWS_H
#define TESSERAFS_CHECK_VIEWS_H

#include "core/tree/check_pieces.h"
#include "core/tree/dir.h"

/* What a check goes through, and what it has found. */
struct check_run {
  struct tree *tree;
  struct problems *problems;
  check_view_fn *read; /* reads a whole view */
  void *ctx;
  const bool *bad; /* by scan: a problem of its files was reported */
};

/* Makes the first and last item of every declared view, for every scan or split, and
 * reads them; of pairs also the header of every item, and of the view "default" when none
 * is declared.  A view that fits no scan is a problem; that it does not fit some is
 * none. */
void check_views(const struct check_run *run);

/* Whether a view's directory of a scan or an epoch can be opened.  Does not fit: EINVAL;
 * any other failure: *err says why. */
int check_fits(struct tree *tree, const struct place *place, struct err *err);

#endif
