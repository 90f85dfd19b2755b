/* Random access to the content of a large gzip file, by restart points.
 *
 * An array in the file is served in pieces that lie one after the other.  No byte is
 * served before a walk has read the member that holds it to its end and found its
 * checksum right (for the member in which the array ends: to the end of the file).  The
 * walk notes restart points and a checksum of every piece, so that a later read starts
 * nearby and is checked too.  One thread walks at a time and others wait; a walk that
 * stopped because its reader went away is continued by the next thread that needs it.
 * Damage that was found is final; pieces in members before it can be read.
 *
 * With a state directory the finished index is kept there, and the next mount needs no
 * walk.
 *
 * Memory: an index takes at most GZINDEX_MAX bytes and about a thirtieth of the file; all
 * indexes of the process together take GZINDEX_ALL.  Those not used for longest are
 * dropped, and read or made again when they are needed. */
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

/* Makes an index for file number `file` of a source, which must outlive the index.  NULL:
 * ENOMEM. */
struct gzindex *gzindex_new(struct source *source, int file,
                            const struct gzindex_pieces *pieces, struct err *err);
void gzindex_free(struct gzindex *index); /* nobody may be reading */

/* Reads piece number `piece` to out, which has room for pieces->piece bytes.  Called by
 * any number of threads.  EIO: damaged, or shorter than the pieces; EINTR: the reader is
 * gone. */
int gzindex_read(struct gzindex *index, int64_t piece, void *out, struct err *err);

/* What an index has done and holds. */
struct gzindex_stats {
  uint64_t inflated; /* bytes, by all walks together */
  uint64_t walked;   /* bytes of these that were inflated to find points and to check */
  int64_t points, spacing;
  size_t memory; /* bytes */
  bool complete; /* all members were checked */
  bool kept;     /* read from a file that an earlier mount kept */
};
void gzindex_stats(struct gzindex *index, struct gzindex_stats *out);

#endif
