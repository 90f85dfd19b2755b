/* Watches the INIT exchange between libfuse and the kernel.  One thread reads the request
 * and writes the reply, with clone_fd too; the kernel sends nothing else before. */
#include "fs/kernel/init_patch.h"

#include <linux/fuse.h>
#include <string.h>

/* An older protocol's reply ends before flags2. */
enum { FLAGS2_END = offsetof(struct fuse_init_out, flags2) + sizeof(uint32_t) };

void init_patch_start(struct init_patch *self, uint64_t wanted)
{
  *self = (struct init_patch){.wanted = wanted};
}

void init_patch_request(struct init_patch *self, const void *data, size_t size)
{
  struct {
    struct fuse_in_header header;
    struct fuse_init_in init;
  } request = {0};
  if (size < sizeof request.header || atomic_load(&self->answered))
    return;
  memcpy(&request, data, size < sizeof request ? size : sizeof request);
  if (request.header.opcode != FUSE_INIT)
    return;
  self->unique = request.header.unique;
  self->offered = request.init.flags;
  if (self->offered & INIT_EXT)
    self->offered |= (uint64_t)request.init.flags2 << 32;
}

static bool is_init_reply(const struct init_patch *self, const struct iovec *iov,
                          int count)
{
  struct fuse_out_header header;
  if (count != 2 || iov[0].iov_len < sizeof header)
    return false;
  memcpy(&header, iov[0].iov_base, sizeof header);
  return self->unique && header.unique == self->unique && header.error == 0;
}

bool init_patch_reply(struct init_patch *self, const struct iovec *iov, int count)
{
  if (atomic_load(&self->answered) || !is_init_reply(self, iov, count))
    return false;
  struct fuse_init_out *reply = iov[1].iov_base;
  const uint64_t agreed = self->wanted & self->offered;
  if (iov[1].iov_len >= FLAGS2_END) {
    reply->flags |= (uint32_t)agreed;
    if (self->offered & INIT_EXT) {
      reply->flags |= INIT_EXT;
      reply->flags2 |= (uint32_t)(agreed >> 32);
    }
    atomic_store(&self->agreed, agreed);
  }
  atomic_store(&self->answered, true);
  return true;
}
