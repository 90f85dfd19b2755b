/* An index as a file, so that the next mount need not walk through the data again.  What
 * is read is taken for hostile: sizes, order and checksums are looked at before it is
 * believed, and what does not belong to exactly this content is no index. */
#ifndef TESSERAFS_GZINDEX_FILE_H
#define TESSERAFS_GZINDEX_FILE_H

#include "core/source/gzip/gzindex_points.h"

/* What an index belongs to; all of it must be equal. */
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
/* Of one state directory; when more is there the files not used for longest go. */
#define GZINDEX_DIRECTORY_MAX ((int64_t)1 << 30)

/* false: `bytes` is no such index, *out is empty. */
bool gzindex_parse(const struct gzindex_facts *facts, const void *bytes, size_t size,
                   struct gzindex_content *out);
/* The file in the state directory for these facts; false when there is none that is
 * good. */
bool gzindex_file_read(const char *state, const struct gzindex_facts *facts,
                       struct gzindex_content *out);
/* All at once (written beside and renamed); that it cannot be written is no error. */
void gzindex_file_write(const char *state, const struct gzindex_facts *facts,
                        const struct gzindex_content *content);
/* What turned out to be wrong. */
void gzindex_file_remove(const char *state, const struct gzindex_facts *facts);
/* Until the files of a state directory's indexes take `most` bytes or less, the one not
 * used for longest is removed. */
void gzindex_directory_trim(const char *state, int64_t most);

#endif
