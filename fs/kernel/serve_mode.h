/* How the kernel reads a file. */
#ifndef TESSERAFS_SERVE_MODE_H
#define TESSERAFS_SERVE_MODE_H

#include <stdbool.h>
#include <stdint.h>

/* What is known at an open. */
struct serve_facts {
  bool frozen;      /* a copy of what goes on changing (a status file) */
  bool in_bulk;     /* of an encoding that is taken by large reads (struct encoding) */
  bool direct_maps; /* negotiated: a direct file can be mapped, too */
  bool finished;    /* an earlier open has read it whole */
  int64_t size;     /* bytes */
};

/* true: every read comes to us.  false: the kernel reads through its page cache, which it
 * keeps from open to open. */
bool serve_directly(const struct serve_facts *facts);

#endif
