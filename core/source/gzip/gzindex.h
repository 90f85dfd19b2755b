/* Random access to what is inside a large gzip file, by restart points.
 *
 * An array in it is served in pieces, in their order one after the other.  No byte is
 * served before the member that holds it was walked through to its end and its checksum
 * was right (for the member in which the array ends: before the end of the file); the
 * points and a checksum of every piece are noted on that walk, so that a later read
 * starts nearby and is checked too.  One thread walks at a time, others wait; a walk that
 * was given up because its reader went away is carried on by the next who needs it.  What
 * was found to be damaged stays so; pieces in members before it can be read.
 *
 * With a state directory the finished index is kept there, and the walk is spared next
 * time.
 *
 * Memory: an index takes at most GZINDEX_MAX bytes and about a thirtieth of the file; all
 * of the process together GZINDEX_ALL: those not used for longest are dropped (and read
 * or made again when they are needed). */
#ifndef TESSERAFS_GZINDEX_H
#define TESSERAFS_GZINDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source/source_format.h"

enum { GZINDEX_MAX = 16 * 1024 * 1024, GZINDEX_ALL = 32 * 1024 * 1024 };

/* Where the pieces are.  `groups` groups of `group` bytes each follow one another from
 * `offset` on; each is cut into pieces of `piece` bytes, its last one is the rest. */
struct gzindex_pieces {
  int64_t offset, groups, group, piece;
};
int64_t gzindex_piece_count(const struct gzindex_pieces *pieces);

struct gzindex;

/* For file number `file` of a source, which must outlive it.  NULL: ENOMEM. */
struct gzindex *gzindex_new(struct source *source, int file,
                            const struct gzindex_pieces *pieces, struct err *err);
void gzindex_free(struct gzindex *index); /* nobody may be reading */

/* Piece number `piece` to out, which has room for pieces->piece bytes.  Any number of
 * threads.  EIO: damaged, or shorter than the pieces; EINTR: the reader is gone. */
int gzindex_read(struct gzindex *index, int64_t piece, void *out, struct err *err);

/* What it did and holds. */
struct gzindex_stats {
  uint64_t inflated; /* bytes, all walks together */
  uint64_t walked;   /* bytes of them to find points and to check */
  int64_t points, spacing;
  size_t memory; /* bytes */
  bool complete; /* all members were checked */
  bool kept;     /* by an earlier mount */
};
void gzindex_stats(struct gzindex *index, struct gzindex_stats *out);

#endif
