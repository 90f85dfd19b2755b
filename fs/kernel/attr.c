/* Converts the tree's attributes to the kernel's. */
#include "fs/kernel/attr.h"

#include "core/base/text.h"

static mode_t type_and_mode(const struct fs *fs, const struct tree_attr *attr)
{
  if (attr->type == TREE_LINK)
    return S_IFLNK | 0777;
  if (attr->type == TREE_DIR)
    return S_IFDIR | ((attr->writable ? 0777 : 0555) & ~fs->umask);
  const mode_t mode = attr->owner_only ? 0200 : attr->writable ? 0222 : 0444;
  return S_IFREG | (mode & ~fs->umask);
}

struct stat attr_stat(const struct fs *fs, const struct tree_attr *attr)
{
  return (struct stat){
      .st_ino = attr->ino,
      .st_mode = type_and_mode(fs, attr),
      /* For a directory too: find(1) takes 1 for "number of subdirectories unknown", and
       * any other number for 2 + subdirectories, which would have to be counted. */
      .st_nlink = 1,
      .st_uid = fs->uid,
      .st_gid = fs->gid,
      .st_size = attr->size,
      .st_blksize = ATTR_BLKSIZE,
      /* 512-byte units that cover the size: with 0, tar -S archives holes */
      .st_blocks = attr->size / 512 + (attr->size % 512 != 0),
      .st_atim = attr->mtime,
      .st_mtim = attr->mtime,
      .st_ctim = attr->mtime,
  };
}

/* Returns the generation of the node, which changes with the content.  The kernel, when
 * it is told, fails every file that is open at the old generation (EIO); otherwise
 * readers would get pages of the new content among those of the old.  A file that is
 * written keeps its generation, or its writer would meet that error.  The kernel compares
 * 32 bits. */
static uint32_t generation(const struct tree_attr *attr)
{
  const int64_t of_array[] = {(int64_t)attr->version, attr->size};
  const int64_t of_text[] = {attr->mtime.tv_sec, attr->mtime.tv_nsec, attr->size};
  if (attr->type != TREE_FILE || attr->volatile_size || attr->writable)
    return 0;
  return (uint32_t)(attr->version ? text_hash(1, of_array, sizeof of_array)
                                  : text_hash(0, of_text, sizeof of_text));
}

/* The size of a volatile file becomes that of its copy when it is opened, and programs
 * that copy files ask for it just after that. */
struct fuse_entry_param attr_entry(const struct fs *fs, const struct tree_attr *attr,
                                   double seconds)
{
  return (struct fuse_entry_param){
      .ino = attr->id,
      .generation = generation(attr),
      .attr = attr_stat(fs, attr),
      .attr_timeout = attr->volatile_size ? 0 : seconds,
      .entry_timeout = seconds,
  };
}
