/* Directories of any size through one buffer: an offset is the tree's own cookie, shifted
 * to make place for "." and "..", so that a listing goes on where the last reply ended
 * and no state is kept between two replies. */
#include "fs/dirbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/kernel/attr.h"

enum { DOTS = 2 };

/* Returns the room that an entry takes, which depends on the name. */
static size_t room_for(const struct dirbuf *buf, const char *name)
{
  return buf->plus ? fuse_add_direntry_plus(buf->req, NULL, 0, name, NULL, 0)
                   : fuse_add_direntry(buf->req, NULL, 0, name, NULL, 0);
}

int dirbuf_init(struct dirbuf *buf, fuse_req_t req, uint64_t dir, size_t size, bool plus,
                struct err *err)
{
  *buf = (struct dirbuf){
      .fs = fs_of(req), .req = req, .dir = dir, .plus = plus, .size = size};
  buf->data = malloc(size + 1);
  if (plus)
    buf->held = calloc(size / room_for(buf, "") + 1, sizeof *buf->held);
  if (!buf->data || (plus && !buf->held))
    return err_set(err, ENOMEM, "out of memory");
  return 0;
}

void dirbuf_free(struct dirbuf *buf)
{
  free(buf->data);
  free(buf->held);
}

void dirbuf_forget(struct dirbuf *buf)
{
  for (size_t i = 0; i < buf->nheld; i++)
    tree_forget(buf->fs->tree, buf->held[i], 1);
  buf->nheld = 0;
}

static mode_t type_bits(enum tree_type type)
{
  return type == TREE_DIR ? S_IFDIR : type == TREE_LINK ? S_IFLNK : S_IFREG;
}

/* Gives the entry that a LOOKUP would give, and holds the node.  An entry that cannot be
 * looked up has node 0: it is listed without attributes, and a later request for them
 * gets the error. */
static struct fuse_entry_param look_up(struct dirbuf *buf,
                                       const struct tree_dirent *entry)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  if (!tree_lookup(buf->fs->tree, buf->dir, entry->name, &attr, &err)) {
    buf->held[buf->nheld++] = attr.id;
    return attr_entry(buf->fs, &attr, ATTR_SECONDS);
  }
  return (struct fuse_entry_param){
      .attr = {.st_ino = entry->ino, .st_mode = type_bits(entry->type)}};
}

/* Adds an entry that fits. */
static void add(struct dirbuf *buf, const char *name,
                const struct fuse_entry_param *entry, int64_t next)
{
  char *at = buf->data + buf->used;
  const size_t left = buf->size - buf->used;
  buf->used += buf->plus
                   ? fuse_add_direntry_plus(buf->req, at, left, name, entry, next)
                   : fuse_add_direntry(buf->req, at, left, name, &entry->attr, next);
}

/* tree_dirent_fn; 1: full */
static int add_entry(void *ctx, const struct tree_dirent *entry)
{
  struct dirbuf *buf = ctx;
  if (room_for(buf, entry->name) > buf->size - buf->used)
    return 1;
  struct fuse_entry_param param = {
      .attr = {.st_ino = entry->ino, .st_mode = type_bits(entry->type)}};
  if (buf->plus)
    param = look_up(buf, entry);
  add(buf, entry->name, &param, entry->next + DOTS);
  return 0;
}

/* Adds "." and "..", which are never looked up or counted.  The tree does not know a
 * parent's number; programs take the number of ".." from stat(). */
static int add_dots(struct dirbuf *buf, off_t off, struct err *err)
{
  struct tree_attr attr;
  if (tree_getattr(buf->fs->tree, buf->dir, &attr, err))
    return -1;
  const struct fuse_entry_param dot = {
      .attr = {.st_ino = attr.ino, .st_mode = type_bits(TREE_DIR)}};
  if (off < 1)
    add(buf, ".", &dot, 1);
  add(buf, "..", &dot, 2);
  return 0;
}

int dirbuf_fill(struct dirbuf *buf, off_t off, struct err *err)
{
  if (off < 0 || buf->size < 2 * room_for(buf, ".."))
    return err_set(err, EINVAL, "directory offset %lld, room for %zu bytes",
                   (long long)off, buf->size);
  if (off < DOTS && add_dots(buf, off, err))
    return -1;
  const int64_t cookie = off < DOTS ? 0 : off - DOTS;
  struct err late = ERR_INIT;
  if (tree_readdir(buf->fs->tree, buf->dir, cookie, add_entry, buf, &late) == 0)
    return 0;
  if (buf->used && late.errnum != EINTR)
    return 0; /* the entries so far are sent; the next call meets the error again */
  return err_set(err, late.errnum, "%s", late.msg);
}
