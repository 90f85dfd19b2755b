/* What the files of core/tree share: a place is the meaning of a path, a row says what a
 * directory or a file can do.
 *
 * Each kind of directory is a file dir_*.c with a row struct dir_type: which names lead
 * where, what is listed.  A kind of file is a row struct file_type: its size, its bytes,
 * whether it may be written.  Nobody asks what a place is, but what its row can do. */
#ifndef TESSERAFS_DIR_H
#define TESSERAFS_DIR_H

#include "core/tree/tree.h"
#include "core/tree/world.h"

struct dir_type;
struct file_type;

/* Small, copied freely.  Names that carry more than a number (cuts, at=) stay text and
 * are read again when they are opened. */
struct place {
  const struct dir_type *dir;   /* NULL: a file or a link */
  const struct file_type *file; /* NULL: a directory */
  struct world *world;
  struct view_use *use; /* of a view and below */
  const struct kind *kind;
  const struct scan_dir *scans; /* where ids of scans are nested */
  int scan, split;              /* -1 where it does not apply; the split: the kind's own,
                                   or in splits/ the dataset's */
  int role;                     /* a view's role, in scans/ the field */
  int encoding;                 /* index in encodings[] */
  int64_t epoch;
  int64_t item;     /* its number; -1: `name` says at= */
  const char *name; /* of a file: the last component */
};

/* What a file is made from while it is open, or looked at. */
struct content {
  struct arena arena;
  struct made made;      /* arrays: made.sources are held */
  struct opened *opened; /* held where it comes from a collection; else NULL */
  struct timespec mtime; /* of texts */
};

/* A listing: entries stand at 0 <= i < count, some slots may be empty.  Prepared once per
 * readdir call; belongs to one thread. */
enum { FORMAT_SLOTS = 64 };
struct listing {
  struct tree *tree;
  const struct place *place;
  int64_t count;
  struct opened *opened; /* held, of a directory of items */
  int nformats;
  int formats[FORMAT_SLOTS]; /* indices in encodings[], in listing order */
  int listed_field;          /* in scans/: the field that formats[] is of */
};

struct dir_type {
  /* From a name to its place: *out is a copy of `dir` without dir, file, name and item.
   * May open sources (item counts).  A view_use that is put into *out is referenced for
   * the caller, also when child() fails after that. */
  int (*child)(struct tree *tree, const struct place *dir, const char *name,
               struct place *out, struct err *err);
  /* Fills in out->count and whatever entry() needs; tree and place are set. */
  int (*list)(struct listing *out, struct err *err);
  /* Entry i: 1, 0 when the slot is empty, or -1 (ENOMEM, ...: see err_is_passing); the
   * name goes to buf (TREE_NAME_MAX + 1 bytes), and what inode numbers need to *child (a
   * copy like child()'s): dir or file, encoding and item. */
  int (*entry)(struct listing *listing, int64_t i, char *buf, struct place *child,
               struct err *err);
  const struct file_type *items;  /* of numbered entries; NULL: it has none */
  const struct dir_writer *write; /* NULL: EROFS */
};

/* What may be done in a directory; a member that is NULL is EROFS. */
struct dir_writer {
  /* A new file, opened for writing; *out like child()'s. */
  int (*create)(struct tree *tree, const struct place *dir, const char *name,
                struct place *out, struct tree_writer **writer, struct err *err);
  int (*unlink)(struct tree *tree, const struct place *dir, const char *name,
                struct err *err);
  int (*mkdir)(struct tree *tree, const struct place *dir, const char *name,
               struct place *out, struct err *err);
  int (*rmdir)(struct tree *tree, const struct place *dir, const char *name,
               struct err *err);
  /* Both directories have this row; *out: what stands at the new name.  flags: those of
   * renameat2(2). */
  int (*rename)(struct tree *tree, const struct place *from, const char *name,
                const struct place *to, const char *to_name, unsigned flags,
                struct place *out, struct err *err);
};

struct file_type {
  enum tree_type type; /* TREE_FILE or TREE_LINK */
  bool numbered;       /* with item >= 0 it has a node id by arithmetic */
  bool frozen;         /* a copy is shown of what goes on changing */
  /* Size, mtime, version and watched; *out has what every node has. */
  int (*stat)(struct tree *tree, const struct place *place, struct tree_attr *out,
              struct err *err);
  int (*open)(struct tree *tree, const struct place *place, struct content *content,
              struct layout *layout, struct err *err);
  /* Arrays (stat and open are array_stat and array_open): fills in content->made and
   * ->opened.  facts: see collection_facts().  NULL: it is none. */
  int (*array)(struct tree *tree, const struct place *place, bool facts,
               struct content *content, struct err *err);
  /* Texts (text_stat, text_open): appended to *out, content->mtime set. */
  int (*text)(struct tree *tree, const struct place *place, struct content *content,
              struct text *out, struct err *err);
  /* TREE_LINK: its target, appended to *out. */
  int (*target)(const struct place *place, struct text *out, struct err *err);
  const struct file_writer *write; /* NULL: EROFS; else it cannot be read */
};

/* An open file that is written.  Members of writers in their own struct, this first. */
struct tree_writer {
  const struct file_writer *ops;
  struct tree *tree;
};
struct file_writer {
  bool owner_only; /* nobody but the mounter may open it, whoever sees the mount */
  int (*open)(struct tree *tree, const struct place *place, struct tree_writer **out,
              struct err *err);
  /* Any offset; *n: bytes taken, less only where no more fit. */
  int (*write)(struct tree_writer *writer, const char *bytes, size_t size, int64_t offset,
               size_t *n, struct err *err);
  /* writer: NULL when no file is open.  NULL: it has no size, nothing happens. */
  int (*truncate)(struct tree *tree, const struct place *place,
                  struct tree_writer *writer, int64_t size, struct err *err);
  /* A close: the verdict on what was written.  NULL: there is none. */
  int (*flush)(struct tree_writer *writer, struct err *err);
  int (*fsync)(struct tree_writer *writer, bool data_only, struct err *err);
  void (*close)(struct tree_writer *writer);
};

struct tree {
  const struct mount_spec *spec;
  struct source_pool *pool;
  struct world *world;
  struct view_stats whole_stats; /* of scans/ */
  struct view_stats *path_stats; /* of views that paths spell out; by index in kinds[] */
  struct node_table *nodes;
  struct ahead_dirs *ahead;
  struct collections *collections;
  struct prefetch *prefetch;
  struct scan_asker *asker;
  atomic_ullong opens, reads, bytes; /* stats.json */
};

/* References to the world and the view that a place holds. */
void place_ref(const struct place *place);
void place_unref(const struct place *place);
/* What child() and entry() begin with. */
struct place place_below(const struct place *dir);

/* "<name>: no such name". */
int dir_no_such(const char *name, struct err *err);
/* Copies an entry's name. */
void dir_put_name(char *buf, const char *name);
/* Length of the stem of a name that ends in "." ext; -1 when it does not. */
int dir_stem(const char *name, const char *ext);
/* "<stem>.<ext>" of an encoding: the stem to `stem` (TREE_NAME_MAX + 1 bytes), and the
 * index in encodings[]; -1: it has no such extension. */
int dir_split_name(const char *name, char *stem);

/* --- rows -------------------------------------------------------------------------- */

extern const struct dir_type dir_root, dir_scans, dir_kind, dir_boxes, dir_epochs,
    dir_splits, dir_status;
extern const struct file_type file_readme, file_dataset, file_items_csv, file_prefetch,
    file_control;

#endif
