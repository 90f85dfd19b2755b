/* The directory in which a mount keeps its own files for the next mount.
 *
 * It may stand where others can write (a state directory that was named carelessly, a
 * home that was prepared), and what is kept there is believed, and removed when it is
 * old.  So a part of it is only ever reached by descriptors, and refused unless it is
 * ours alone. */
#ifndef TESSERAFS_STATE_DIR_H
#define TESSERAFS_STATE_DIR_H

#include <stdbool.h>

#include "core/base/err.h"

/* Opens the directory `part` of the state directory `state`.  make: what is missing on
 * the way is made, with mode 0700 whatever the umask says.  Links are followed
 * above `state`; `state` itself and `part` may be none.  Returns a descriptor that can be
 * listed, or -1.  EPERM: it is refused, with the reason and what to do (it is a link or
 * no directory, it is another user's, others can write to it); any other error: it is not
 * there or cannot be made. */
int state_dir_open(const char *state, const char *part, bool make, struct err *err);

#endif
