/* One reply to READDIR or READDIRPLUS: as many entries as fit. */
#ifndef TESSERAFS_DIRBUF_H
#define TESSERAFS_DIRBUF_H

#include "fs/fs.h"

struct dirbuf {
  const struct fs *fs;
  fuse_req_t req;
  uint64_t dir;
  bool plus;
  char *data;
  size_t size, used; /* bytes */
  uint64_t *held;    /* READDIRPLUS: the nodes that the reply holds */
  size_t nheld;
};

/* size: the bytes that the kernel asks for. */
int dirbuf_init(struct dirbuf *buf, fuse_req_t req, uint64_t dir, size_t size, bool plus,
                struct err *err);
/* Adds the entries from offset off on: 0 is ".", 1 is "..", then the tree's cookie +
 * 2. */
int dirbuf_fill(struct dirbuf *buf, off_t off, struct err *err);
/* Lets the nodes go that the reply holds, when the kernel has not got the reply. */
void dirbuf_forget(struct dirbuf *buf);
void dirbuf_free(struct dirbuf *buf);

#endif
