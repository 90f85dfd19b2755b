/* Collections that were opened, kept for whoever comes next: a look-up, a stat and an
 * open of an item ask for the same one.  A few at a time; what they keep counts in the
 * mount's cache budget.  One that several ask for at once is opened once. */
#ifndef TESSERAFS_COLLECTIONS_H
#define TESSERAFS_COLLECTIONS_H

#include "core/tree/dir.h"

struct collections;
struct opened; /* a collection, and who holds it */

struct collections *collections_new(struct err *err);
void collections_free(struct collections *collections); /* none may be held */

/* The collection of a place below a view's scan, or epoch, as its sources are now; held
 * until opened_put(). */
int collections_get(struct tree *tree, const struct place *place, struct opened **out,
                    struct err *err);
void opened_put(struct opened *opened); /* NULL is fine */
const struct collection *opened_collection(const struct opened *opened);

/* What a place's view is a view of (without an epoch above it: 0). */
struct collection_of collection_of(const struct tree *tree, const struct place *place);
/* Role i of a place's view; false: it has fewer. */
bool place_role(const struct tree *tree, const struct place *place, int i,
                struct role *out);

#endif
