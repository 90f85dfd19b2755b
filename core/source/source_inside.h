/* The inside of sources and their pool, for the files that serve all formats: source.c
 * (arrays, counters), source_file.c (descriptors, fingerprints), source_known.c,
 * source_shared.c, source_probe.c, source_blocks.c.  A format includes only
 * source_format.h. */
#ifndef TESSERAFS_SOURCE_INSIDE_H
#define TESSERAFS_SOURCE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/base/workers.h"
#include "core/source/source_format.h"
#include "core/source/source_known.h"
#include "core/source/source_shared.h"

/* The facts that tell one content of a file from another. */
struct fingerprint {
  dev_t dev;
  ino_t ino;
  int64_t size; /* bytes */
  struct timespec mtime, ctime;
};

struct source_file {
  const char *path;
  const char *beneath;      /* the real path that it is opened beneath; NULL: anywhere */
  struct fingerprint print; /* at open; never changes */
  int fd;                   /* -1: closed; protected by pool->lock */
  int pins;                 /* threads that read from fd now; protected by pool->lock */
  TAILQ_ENTRY(source_file)
  neighbours; /* in pool->open while fd >= 0; protected by
               * pool->lock */
};

struct source_pool {
  struct block_cache *cache;
  size_t cache_bytes;
  struct workers *workers; /* NULL: none */
  atomic_int_fast64_t
      bytes_ahead; /* bytes of blocks queued for decoding before anybody reads them */
  /* the part of these that a source_wish ordered and that is not done */
  pthread_mutex_t wish_lock;
  pthread_cond_t less_ahead;       /* signalled when bytes_ahead falls */
  int64_t wish_bytes, wish_pieces; /* protected by wish_lock */
  char *root;                      /* NULL: anywhere */
  bool confined; /* everything lies beneath root; written before any source is opened */
  char *state;   /* NULL: nowhere */
  pthread_mutex_t lock;
  TAILQ_HEAD(source_files, source_file)
  open;      /* most recently used first; protected by lock */
  int nopen; /* protected by lock */
  int max_fds;
  struct source_known known;
  struct source_shared shared;
  atomic_uint_fast64_t next_id;
  atomic_uint_fast64_t files_opened, blocks_decoded, bytes_decoded, bytes_read,
      read_errors;
};

/* A second name of an array. */
struct source_alias {
  const char *name;
  int array;
};

struct source {
  struct source_pool *pool;
  const struct source_format *format;
  uint64_t id;
  bool opened; /* its headers were read, all of one content */
  atomic_int refs;
  atomic_bool stale; /* only ever goes to true */
  atomic_int_fast64_t
      looked;         /* ms, CLOCK_MONOTONIC: when source_stale() looked at the disk */
  struct arena arena; /* paths, names, what formats keep; written only while opening */
  int nfiles, nfiles_room;
  struct source_file **files;
  int narrays, narrays_room;
  struct source_array *arrays;
  int naliases, naliases_room;
  struct source_alias *aliases; /* in the order of their names once it is open */
  int *by_name;   /* numbers of the arrays in the order of their names; NULL: they are
                   * few, and searched one by one */
  size_t charged; /* bytes of its description that count in the cache's budget; 0: they
                   * are few */
  bool shared;    /* in pool->shared: the following are set */
  bool kept;      /* protected by pool->shared.lock */
  uint64_t path_hash;
  LIST_ENTRY(source) same_path; /* protected by pool->shared.lock */
  TAILQ_ENTRY(source) kept_by;  /* protected by pool->shared.lock */
};

/* A descriptor of a regular file that lies beneath a directory (NULL: anywhere), and its
 * facts; -1 with *err for everything else. */
int source_open_regular(const char *beneath, const char *path, struct stat *st,
                        struct err *err);
/* Opens a regular file and takes its fingerprint.  beneath: outlives the source. */
int source_file_add(struct source *source, const char *path, const char *beneath,
                    struct err *err);
void source_files_close(struct source *source);
/* Returns a hash of the fingerprints of all its files, without their paths. */
uint64_t source_prints_hash(const struct source *source);
bool source_same_print(const struct fingerprint *a, const struct fingerprint *b);

#endif
