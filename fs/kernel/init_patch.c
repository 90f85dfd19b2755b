/* The INIT exchange, seen from between libfuse and the kernel.  One thread reads the
 * request and writes the reply, with clone_fd too; the kernel hands out nothing else
 * before. */
#include "fs/kernel/init_patch.h"

#include <linux/fuse.h>
#include <string.h>

/* Behind flags2; its name is younger than some headers. */
enum { MAX_STACK_DEPTH_AT = offsetof(struct fuse_init_out, flags2) + sizeof(uint32_t) };

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

/* A backing file is a memfd: no file system stands below that one. */
static void set_stack_depth(char *reply)
{
  uint32_t depth;
  memcpy(&depth, reply + MAX_STACK_DEPTH_AT, sizeof depth);
  if (!depth)
    depth = 1;
  memcpy(reply + MAX_STACK_DEPTH_AT, &depth, sizeof depth);
}

bool init_patch_reply(struct init_patch *self, const struct iovec *iov, int count)
{
  if (atomic_load(&self->answered) || !is_init_reply(self, iov, count))
    return false;
  struct fuse_init_out *const reply = iov[1].iov_base;
  const uint64_t agreed = self->wanted & self->offered;
  if (iov[1].iov_len >= MAX_STACK_DEPTH_AT + sizeof(uint32_t)) {
    reply->flags |= (uint32_t)agreed;
    if (self->offered & INIT_EXT) {
      reply->flags |= INIT_EXT;
      reply->flags2 |= (uint32_t)(agreed >> 32);
    }
    if (agreed & INIT_PASSTHROUGH)
      set_stack_depth(iov[1].iov_base);
    atomic_store(&self->agreed, agreed);
  }
  atomic_store(&self->answered, true);
  return true;
}
