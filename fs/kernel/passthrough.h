/* Files that are served by passthrough: which are open how, and their memfds.
 *
 * The kernel reads a file that is open in this way without asking: when its source
 * changes, whoever has it open keeps the old bytes, all of them, until somebody looks the
 * path up again; then it is EIO, as everywhere.  That is less than what other files
 * promise, so the user has to ask for it (-o passthrough).
 *
 * The memfds count in the cache's budget.  Those that nobody has open stay until others
 * or decoded blocks need the room.  A mapping outlives its RELEASE: what is mapped when
 * it goes stays until it is unmapped. */
#ifndef TESSERAFS_PASSTHROUGH_H
#define TESSERAFS_PASSTHROUGH_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/tree/tree.h"
#include "fs/kernel/serve_mode.h"

enum { PASSTHROUGH_BUCKETS = 1024 };

/* An inode that is open, or whose bytes are in a memfd.  Protected by passthrough.lock.
 */
struct served {
  uint64_t ino; /* the kernel's: a node id */
  unsigned opens;
  bool cached;                  /* how all of them are; else passthrough */
  int backing;                  /* id; 0: none */
  size_t charge;                /* bytes of its memfd */
  struct tree_file *file;       /* what the memfd was filled from */
  bool dropped;                 /* not in the table any more: goes with its last open */
  struct served *chain;         /* next in the bucket */
  struct served *newer, *older; /* idle: nobody has it open */
};

struct passthrough {
  struct tree *tree;
  int device;          /* the session's descriptor */
  atomic_bool started; /* else nothing is counted */
  atomic_bool refused; /* the kernel took no memfd: no new ones */
  pthread_mutex_t lock;
  /* protected by lock */
  struct served *buckets[PASSTHROUGH_BUCKETS];
  struct served idle; /* ring: idle.newer is the oldest */
};

void passthrough_init(struct passthrough *self, struct tree *tree);
/* The kernel takes part; before the first open. */
void passthrough_start(struct passthrough *self, int device);
/* No callback runs any more, the session is about to close its descriptor. */
void passthrough_stop(struct passthrough *self);
/* After the last close. */
void passthrough_free(struct passthrough *self);

/* How `file`, opened now as `ino`, is to be served; counted until
 * passthrough_close(*out) (NULL: not counted).  May fill a memfd, that is read all of it.
 * facts: what there is to know beside passthrough. */
enum serve_mode passthrough_open(struct passthrough *self, uint64_t ino,
                                 struct tree_file *file, const struct serve_facts *facts,
                                 struct served **out);
void passthrough_close(struct passthrough *self, struct served *served);

#endif
