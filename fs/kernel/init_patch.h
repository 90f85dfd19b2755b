/* Adds to libfuse's reply to INIT what libfuse does not negotiate with the kernel.
 *
 * libfuse 3.14 wants PARALLEL_DIROPS but forgets to say so (3.17 repairs that): all
 * look-ups in one directory then wait for each other, that is for the slowest header.  It
 * has no flag at all for mapping direct files.  Both are bits of one reply, so the
 * session's reads and writes pass through here (fuse_session_custom_io).  Only bits that
 * the kernel offered are asked for.  When the reply is not seen (a libfuse that answers
 * INIT while it mounts), or is of an older protocol, nothing is asked for and `agreed`
 * stays 0. */
#ifndef TESSERAFS_INIT_PATCH_H
#define TESSERAFS_INIT_PATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* The kernel's bits (linux/fuse.h; older headers lack some): flags, and above flags2. */
#define INIT_PARALLEL_DIROPS (UINT64_C(1) << 18)
#define INIT_EXT (UINT64_C(1) << 30)
#define INIT_DIRECT_IO_ALLOW_MMAP (UINT64_C(1) << 36)

struct init_patch {
  uint64_t wanted;          /* INIT_* to ask for where offered; set before the mount */
  uint64_t unique, offered; /* the INIT request; only for the thread that serves it */
  _Atomic uint64_t agreed;  /* the bits of `wanted` that are in force */
  atomic_bool answered;
};

void init_patch_start(struct init_patch *self, uint64_t wanted);
/* To be called with every request that was read, until INIT is answered. */
void init_patch_request(struct init_patch *self, const void *data, size_t size);
/* To be called with every reply before it is written.  Returns true when it was the reply
 * to INIT, which now has our bits. */
bool init_patch_reply(struct init_patch *self, const struct iovec *iov, int count);

#endif
