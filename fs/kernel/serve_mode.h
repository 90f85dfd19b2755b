/* How the kernel reads a file. */
#ifndef TESSERAFS_SERVE_MODE_H
#define TESSERAFS_SERVE_MODE_H

#include <stdbool.h>
#include <stdint.h>

enum serve_mode {
  SERVE_CACHED,     /* through the page cache, kept from open to open */
  SERVE_DIRECT,     /* every read comes to us */
  SERVE_PASSTHROUGH /* from a memfd, without us */
};

/* What is known at an open. */
struct serve_facts {
  bool frozen;      /* a copy of what goes on changing (a status file) */
  bool in_bulk;     /* of an encoding that is taken by large reads (struct encoding) */
  bool direct_maps; /* negotiated: a direct file can be mapped, too */
  bool passthrough; /* negotiated, allowed, wanted */
  bool open_cached; /* the inode is open and cached */
  bool backed;      /* its bytes are in a memfd */
  bool finished;    /* an earlier open has read it whole */
  int64_t size;     /* bytes */
};

enum {
  SERVE_BACKED_MAX = 64 * 1024 * 1024, /* filled during an open: 30 ms */
  SERVE_DIRECT_MIN = 1024 * 1024,      /* more than one request */
  SERVE_DIRECT_MAX = 64 * 1024 * 1024  /* a box, not a volume */
};

enum serve_mode serve_mode_pick(const struct serve_facts *facts);

#endif
