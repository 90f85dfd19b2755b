/* What was read of each view.
 *
 * The views that are listed are counted one by one.  Those that a path spells out count
 * together, by kind: a program may name a hundred thousand of them.  What the kernel
 * answers from its pages is not seen here. */
#ifndef TESSERAFS_VIEW_STATS_H
#define TESSERAFS_VIEW_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/text.h"

struct tree;
struct place;

struct view_stats {
  atomic_ullong opens, reads, bytes;
  atomic_ullong errors; /* opens and reads that failed, but for interrupted ones */
  atomic_ullong ns;     /* spent in reads, by all threads together */
};

/* The counters of a place's view; NULL: it is of none. */
struct view_stats *view_stats_of(struct tree *tree, const struct place *place);
/* stats may be NULL.  failed: what went wrong, or NULL. */
void view_stats_opened(struct view_stats *stats, const struct err *failed);
void view_stats_read(struct view_stats *stats, int64_t ns, uint64_t bytes,
                     const struct err *failed);

/* A JSON array of objects, by kind, then view. */
void view_stats_json(struct tree *tree, struct text *out);
/* Prometheus' text format, version 0.0.4. */
void view_stats_metrics(struct tree *tree, struct text *out);

#endif
