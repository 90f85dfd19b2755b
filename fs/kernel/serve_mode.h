/* How the kernel reads a file: by its page cache or directly. */
#ifndef TESSERAFS_SERVE_MODE_H
#define TESSERAFS_SERVE_MODE_H

#include <stdbool.h>
#include <stdint.h>

/* What is known when a file is opened. */
struct serve_facts {
  bool frozen;      /* a copy of a text that goes on changing (a status file) */
  bool in_bulk;     /* the encoding is read in large pieces (struct encoding) */
  bool direct_maps; /* negotiated: a direct file can be mapped, too */
  bool finished;    /* an earlier open has read it whole */
  int64_t size;     /* bytes */
};

/* Returns true when every read shall come to us; false when the kernel shall read through
 * its page cache, which it keeps from open to open. */
bool serve_directly(const struct serve_facts *facts);

#endif
