/* What a reader would announce to the workers if it knew that something is missing.
 *
 * A view that reads many parts one after the other lets others open and decode the later
 * ones while it reads the first.  To announce them costs as much as to find them, so it
 * is done only when it helps: the view says how, and reads; whoever below it has to open
 * or decode something says so first.  Of a read whose data is all there nothing is
 * announced. */
#ifndef TESSERAFS_VIEW_MISSING_H
#define TESSERAFS_VIEW_MISSING_H

struct view_missing {
  void (*announce)(void *ctx); /* NULL: done */
  void *ctx;
  struct view_missing *outer; /* of a view above, in the same thread */
};

/* From now on view_missing(), called in this thread, calls announce once. */
void view_missing_begin(struct view_missing *self, void (*announce)(void *ctx),
                        void *ctx);
void view_missing_end(struct view_missing *self);

/* This thread is about to spend time on something that another could do, too. */
void view_missing(void);

#endif
