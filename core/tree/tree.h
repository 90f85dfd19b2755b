/* The tree that a user sees, by node ids; the only header that fs/ needs.
 *
 * A node id is what the kernel holds.  Directories and names that can only be opened get
 * one when they are looked up and lose it with the last forget; items of a listed
 * directory have an id by arithmetic and cost nothing.  Ids are not used again while
 * they are held.  All functions are thread safe. */
#ifndef TESSERAFS_TREE_H
#define TESSERAFS_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/base/problems.h"
#include "core/tree/spec.h"

enum { TREE_ROOT = 1, TREE_NAME_MAX = 255 };

struct tree;
struct tree_file;

enum tree_type { TREE_DIR, TREE_FILE, TREE_LINK };

struct tree_attr {
  uint64_t id;  /* node id */
  uint64_t ino; /* st_ino: survives a remount */
  enum tree_type type;
  int64_t size; /* bytes */
  struct timespec mtime;
  bool volatile_size; /* a status file: opening freezes a copy; serve it with direct_io */
  bool writable;      /* a file that accepts writes, or a directory that accepts names */
  bool owner_only;    /* writable, by the mounter alone */
  bool watched;       /* follows from nothing but sources that tree_look() looks at */
  uint64_t version;   /* of an array: another one, other bytes; else 0 */
};

/* The spec and the pool must outlive the tree. */
struct tree *tree_new(const struct mount_spec *spec, struct source_pool *pool,
                      struct err *err);
void tree_free(struct tree *tree);

/* ENOENT: no such name; EINVAL: parameters that do not parse or fit; EIO.  On success the
 * node is held until tree_forget(id, 1) (calls add up). */
int tree_lookup(struct tree *tree, uint64_t parent, const char *name,
                struct tree_attr *out, struct err *err);
void tree_forget(struct tree *tree, uint64_t id, uint64_t n);

/* Anybody can make up names without end (at=, cuts, views, epochs), and each costs a node
 * for as long as the kernel remembers it, which may be for good.  So the kernel is to
 * forget all but the latest: files beyond TREE_FILES_KEPT, directories that spell a view
 * or an epoch beyond TREE_DIRS_KEPT; of the rest there are as many as the dataset has. */
enum { TREE_FILES_KEPT = 16384, TREE_DIRS_KEPT = 4096 };
struct tree_name {
  uint64_t parent, id; /* id: of what the name means */
  bool is_dir;
  char name[TREE_NAME_MAX + 1];
};
/* Are there so many that it is worth the while, or eight times as many as are kept?
 * Costs nothing. */
enum tree_old { TREE_OLD_NONE, TREE_OLD_SOME, TREE_OLD_MANY };
enum tree_old tree_has_old_names(struct tree *tree);
/* Fills in up to max names that the kernel is to forget, the oldest first, and returns
 * how many; each is given once.  dirs: those of directories, too.  open: the nopen nodes
 * of open files; these, and the directories above them, count as looked up now. */
size_t tree_old_names(struct tree *tree, bool dirs, const uint64_t *open, size_t nopen,
                      struct tree_name *out, size_t max);
/* ESTALE for an id that is no longer known. */
int tree_getattr(struct tree *tree, uint64_t id, struct tree_attr *out, struct err *err);

/* Counts changes of sources.  What was asked for before, and is watched, is true for as
 * long as the number stays, tree_can_watch() holds and tree_look() is called. */
uint64_t tree_changes(struct tree *tree);
bool tree_can_watch(struct tree *tree);
/* Looks for changes; else they are only found when somebody asks for what has changed.
 * Sources are looked at as often as it says in source.h.  Waits for the disks.  false:
 * not all can be watched. */
bool tree_look(struct tree *tree);

/* One entry of a listing.  next: the cookie of the entry after it. */
struct tree_dirent {
  const char *name;
  enum tree_type type;
  uint64_t ino;
  int64_t next;
};
/* Calls fn for the entries from cookie (0: the first) on, until the end or until fn
 * returns other than 0.  Without "." and "..".  Costs per entry, not per directory. */
typedef int tree_dirent_fn(void *ctx, const struct tree_dirent *entry);
int tree_readdir(struct tree *tree, uint64_t id, int64_t cookie, tree_dirent_fn *fn,
                 void *ctx, struct err *err);
/* The link's target, NUL-terminated. */
int tree_readlink(struct tree *tree, uint64_t id, char *buf, size_t size,
                  struct err *err);

int tree_open(struct tree *tree, uint64_t id, struct tree_file **out, struct err *err);
void tree_close(struct tree_file *file);
/* When the file's sources were last found to be others than before (ms, CLOCK_MONOTONIC);
 * 0: never.  What a caller cached of its attributes or bytes may be from before. */
int64_t tree_file_changed(const struct tree_file *file);
/* EIO when they have changed since the file was opened. */
int tree_file_check(const struct tree_file *file, struct err *err);
int64_t tree_file_size(const struct tree_file *file);
uint64_t tree_file_ino(const struct tree_file *file); /* its tree_attr.ino */
bool tree_file_frozen(const struct tree_file *file);  /* its tree_attr.volatile_size */
/* Do its usual readers take it by large reads?  (struct encoding) */
bool tree_file_in_bulk(const struct tree_file *file);
/* Up to size bytes from offset; *n is less only at the end of the file.  EIO when the
 * source cannot be read or has changed since the open. */
int tree_pread(struct tree_file *file, void *buf, size_t size, int64_t offset, size_t *n,
               struct err *err);

/* Files that accept writes (tree_attr.writable), and directories in which things are
 * made and removed.  EROFS: this one does not; EPERM: the mount's options forbid it.
 * Nodes that come in tree_attr are held as by tree_lookup(). */
struct tree_writer;
int tree_open_write(struct tree *tree, uint64_t id, struct tree_writer **out,
                    struct err *err);
/* Returns whether nobody but the mounter may write it (tree_attr.owner_only). */
bool tree_writer_owner_only(const struct tree_writer *writer);
/* Up to size bytes at any offset; *n is less when no more fit.  ENOSPC when none do. */
int tree_write(struct tree_writer *writer, const char *bytes, size_t size, int64_t offset,
               size_t *n, struct err *err);
/* writer: an open file of that node, or NULL. */
int tree_truncate(struct tree *tree, uint64_t id, struct tree_writer *writer,
                  int64_t size, struct err *err);
/* One of its descriptors is closed: the verdict on what was written so far. */
int tree_flush(struct tree_writer *writer, struct err *err);
/* What was written outlives a loss of power; data_only: its times need not. */
int tree_fsync(struct tree_writer *writer, bool data_only, struct err *err);
void tree_close_write(struct tree_writer *writer); /* NULL is fine */

int tree_create(struct tree *tree, uint64_t parent, const char *name,
                struct tree_attr *out, struct tree_writer **writer, struct err *err);
int tree_mkdir(struct tree *tree, uint64_t parent, const char *name,
               struct tree_attr *out, struct err *err);
int tree_unlink(struct tree *tree, uint64_t parent, const char *name, struct err *err);
int tree_rmdir(struct tree *tree, uint64_t parent, const char *name, struct err *err);
/* flags: those of renameat2(2).  EXDEV: between directories of different types. */
int tree_rename(struct tree *tree, uint64_t parent, const char *name, uint64_t to_parent,
                const char *to_name, unsigned flags, struct err *err);

/* A path from the root ("patches/default/a/image/0.npy", "" or "/" is the root), looked
 * up step by step; the node is held until tree_forget(id, 1). */
int tree_resolve(struct tree *tree, const char *path, struct tree_attr *out,
                 struct err *err);
/* The path of a node, for messages; "?" when unknown.  Returns buf. */
const char *tree_path(struct tree *tree, uint64_t id, char *buf, size_t size);

/* Extended attributes user.tesserafs.*: the names as a NUL-separated list; one value. */
int tree_listxattr(struct tree *tree, uint64_t id, struct text *out, struct err *err);
int tree_getxattr(struct tree *tree, uint64_t id, const char *name, struct text *out,
                  struct err *err);

/* Opens and decodes every array of every scan once, whole, and ends of every declared
 * view; a problem each for what cannot be read.  progress (may be NULL) is told voxels
 * done and all. */
struct tree_check {
  const char *path; /* only what is below it: "scans/a", a scan, split or view; "": all */
  int64_t limit;    /* at most so many scans, and items of a directory; 0: all */
};
typedef void tree_progress_fn(void *ctx, int64_t done, int64_t all);
/* ENOENT, EINVAL: there is no such part. */
int tree_check(struct tree *tree, const struct tree_check *what,
               tree_progress_fn *progress, void *ctx, struct problems *problems,
               struct err *err);

#endif
