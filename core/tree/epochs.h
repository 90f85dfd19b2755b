/* Epochs that were opened: the draws behind a directory of kind_split.h, kept for whoever
 * comes next.  A few at a time; what they keep counts in the mount's cache budget.  An
 * epoch that two ask for at once may be opened twice; one of the two is kept. */
#ifndef TESSERAFS_EPOCHS_H
#define TESSERAFS_EPOCHS_H

#include "core/kind/kind_split.h"
#include "core/tree/place.h"

struct epochs;
struct open_epoch; /* draws, and who holds them */

struct epochs *epochs_new(struct err *err);
void epochs_free(struct epochs *epochs); /* none may be held */

/* The draws of a PLACE_EPOCH and below, held until epochs_put(). */
int epochs_get(struct tree *tree, const struct place *place, struct open_epoch **out,
               struct err *err);
void epochs_put(struct open_epoch *epoch); /* NULL is fine */
const struct draws *epochs_draws(const struct open_epoch *epoch);

/* What a place's view draws from (without an epoch above it: 0). */
struct draw_from epochs_from(struct tree *tree, const struct place *place);

#endif
