/* Makes the kernel forget the names that were looked up long ago (tree_old_names), so
 * that a million names that somebody made up cost nothing that lasts.
 *
 * The kernel is told by a thread of its own.  Files go by their numbers, where the kernel
 * knows how (Linux 6.18): this takes no lock.  Directories, which have names below them,
 * and files with older kernels go by name: the kernel takes the lock of the name's
 * directory, which a look-up that waits for our answer may hold.  If the daemon is killed
 * in that moment, the thread and with it the connection stay until the processes that
 * look up are killed too, or somebody writes to the connection's "abort".  So they are
 * told when nobody has looked anything up for a moment; in the midst of look-ups only
 * when there are eight times too many.
 *
 * The kernel gives back the node with FORGET, at once, or when the last file that was
 * opened by then is closed.  What goes with a name: its pages, and mounts that stand on a
 * directory or below. */
#ifndef TESSERAFS_OLD_NAMES_H
#define TESSERAFS_OLD_NAMES_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/tree/tree.h"
#include "fs/open_files.h"

struct fuse_session;

struct old_names {
  struct tree *tree;
  struct open_files *files;
  struct fuse_session *fuse;
  pthread_t teller;
  bool prunes;             /* of the teller: the kernel takes numbers */
  atomic_llong looked_up;  /* ms: when names were last looked up */
  bool tells;              /* the thread runs */
  pthread_mutex_t telling; /* held while the kernel is told; taken before lock */
  pthread_mutex_t lock;    /* protects stop */
  pthread_cond_t wake;
  bool stop;
};

void old_names_init(struct old_names *self, struct tree *tree, struct open_files *files);
/* Starts when INIT was answered. */
void old_names_start(struct old_names *self, struct fuse_session *fuse);
/* To be called after names were looked up. */
void old_names_notice(struct old_names *self);
/* To be called before the session closes its descriptor: from then on the kernel is told
 * nothing. */
void old_names_stop(struct old_names *self);
/* Waits for the thread. */
void old_names_free(struct old_names *self);

#endif
