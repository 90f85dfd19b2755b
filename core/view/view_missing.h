/* Announcing to the workers what a read will need, only once something is found to be
 * missing.
 *
 * A view that reads many parts one after the other lets workers open and decode the later
 * ones while it reads the first.  Announcing costs as much as finding cached parts, so it
 * is done only when it helps: the view registers how to announce, and reads; a source
 * below that has to open or decode something calls view_missing() first.  A read whose
 * data is all cached announces nothing. */
#ifndef TESSERAFS_VIEW_MISSING_H
#define TESSERAFS_VIEW_MISSING_H

struct view_missing {
  void (*announce)(void *ctx); /* NULL: done */
  void *ctx;
  struct view_missing *outer; /* set by a view above, in the same thread */
};

/* After this the next view_missing() in this thread calls announce, once. */
void view_missing_begin(struct view_missing *self, void (*announce)(void *ctx),
                        void *ctx);
void view_missing_end(struct view_missing *self);

/* Says that this thread is about to do work that others could do too. */
void view_missing(void);

#endif
