/* An index as a file, so that the next mount need not walk through the data again.  The
 * file is treated as hostile: its sizes, order and checksums are checked before use, and
 * an index that does not belong to exactly this content is refused.  Its directory is
 * reached as state_dir.h says. */
#ifndef TESSERAFS_GZINDEX_FILE_H
#define TESSERAFS_GZINDEX_FILE_H

#include "core/source/gzip/gzindex_points.h"

/* The content that an index belongs to; all members must be equal. */
struct gzindex_facts {
  uint64_t version;             /* source_version(): paths and fingerprints */
  int64_t file;                 /* number among the source's files */
  int64_t file_size;            /* bytes */
  int64_t offset, group, piece; /* bytes; the pieces, see gzindex.h */
  int64_t npieces;
};

struct gzindex_content {
  struct gzpoints points;
  uint32_t *crcs; /* npieces, of each piece; malloc */
};

enum {
  GZINDEX_FILE_MAX = 17 * 1024 * 1024 /* bytes; an index in memory takes up to 16 MiB */
};
/* bytes of one state directory's indexes; beyond it the files not used for longest are
 * removed */
#define GZINDEX_DIRECTORY_MAX ((int64_t)1 << 30)

/* Returns false when `bytes` is no such index; *out is then empty. */
bool gzindex_parse(const struct gzindex_facts *facts, const void *bytes, size_t size,
                   struct gzindex_content *out);
/* Reads the file for these facts from the state directory; returns false when there is no
 * good one. */
bool gzindex_file_read(const char *state, const struct gzindex_facts *facts,
                       struct gzindex_content *out);
/* Writes the file at once (beside its place, then renamed); a failure to write is no
 * error. */
void gzindex_file_write(const char *state, const struct gzindex_facts *facts,
                        const struct gzindex_content *content);
/* Removes an index that turned out to be wrong. */
void gzindex_file_remove(const char *state, const struct gzindex_facts *facts);
/* Removes the index not used for longest, until the index files of a state directory take
 * `most` bytes or less.  Nothing but files that are named like ours and are ours is
 * looked at. */
void gzindex_directory_trim(const char *state, int64_t most);
/* Returns 0 when indexes may be kept there, or nothing is there yet.  -1: it is refused
 * (EPERM: see state_dir.h) or cannot be reached. */
int gzindex_directory_check(const char *state, struct err *err);

#endif
