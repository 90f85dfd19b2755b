/* The grammar of the tree: what a path means, one component after the other.
 *
 * A place is the meaning of a path: small, copied freely.  Names that carry more than an
 * index (cuts, at=) stay text and are read again when they are opened. */
#ifndef TESSERAFS_PLACE_H
#define TESSERAFS_PLACE_H

#include <stdatomic.h>

#include "core/kind/kind.h"
#include "core/tree/scan_dir.h"
#include "core/tree/spec.h"
#include "core/tree/tree.h"
#include "core/tree/view_stats.h"

enum place_type {
  PLACE_ROOT,
  PLACE_README,
  PLACE_DATASET,
  PLACE_SCANS,     /* scans/ and below: `dir` */
  PLACE_ARRAY,     /* scans/<scan>/<field>[<cut>].<ext> */
  PLACE_KIND,      /* patches/ */
  PLACE_VIEW,      /* patches/<view>/ and below: `dir` */
  PLACE_FIELD,     /* patches/<view>/<scan>/<field>/ */
  PLACE_ITEM,      /* .../<item>.<ext> */
  PLACE_ITEMS_CSV, /* patches/<view>/<scan>/items.csv */
  PLACE_ITEM_JSON, /* patches/<view>/<scan>/<item>.json */
  /* kinds of kind_split.h */
  PLACE_SPLIT_VIEW, /* pairs/<view>/ */
  PLACE_VIEW_SPLIT, /* pairs/<view>/<split>/: `split` */
  PLACE_EPOCH,      /* pairs/<view>/<split>/epoch-<E>/ */
  PLACE_ROLE,       /* .../<role>/: `field` */
  PLACE_DRAW,       /* .../<item>.<ext> */
  PLACE_DRAWS_CSV,  /* .../epoch-<E>/items.csv */
  PLACE_DRAW_JSON,  /* .../epoch-<E>/<item>.json */
  PLACE_SPLITS,
  PLACE_SPLIT, /* splits/<split>/ and below: `dir` */
  PLACE_LINK,  /* splits/<split>/<scan> */
  PLACE_STATUS_DIR,
  PLACE_STATUS
};

/* The parameters behind a <view>: declared ones live as long as the tree, those written
 * in a path as long as something refers to them. */
struct view_use {
  atomic_int refs;
  bool permanent;
  const struct kind *kind;
  char *name;
  struct view_params params;
  struct view_stats *stats; /* the tree's */
  struct arena *arena; /* what params point to, where they do and it is not permanent */
};

struct place {
  enum place_type type;
  const struct kind *kind;
  struct view_use *use; /* PLACE_VIEW and below */
  const struct scan_dir *dir;
  int scan, field, split, status; /* -1 where it does not apply */
  int encoding;                   /* index in encodings[] */
  int64_t epoch;                  /* PLACE_EPOCH and below */
  int64_t item;                   /* its number; -1: `name` says at= */
  const char *name;               /* PLACE_ARRAY, at= items: the last component */
};

struct tree {
  const struct mount_spec *spec;
  struct dataset *dataset;
  struct arena arena;
  struct scan_dir scans;
  struct scan_dir *splits; /* spec->dataset.nsplits */
  int nuses;
  struct view_use
      *uses; /* "default" of each kind, then the declared views, in listing order */
  struct view_stats whole_stats; /* of scans/ */
  struct view_stats *path_stats; /* of views that paths spell out; by index in kinds[] */
  struct node_table *nodes;
  struct ahead_dirs *ahead;
  struct epochs *epochs;
  struct prefetch *prefetch;
  struct timespec mtime;             /* of what belongs to no scan */
  atomic_ullong opens, reads, bytes; /* stats.json */
};

void view_use_ref(struct view_use *use); /* NULL is fine */
void view_use_unref(struct view_use *use);
/* A view that is written as its parameters, referenced once.  NULL: EINVAL, ENOMEM. */
struct view_use *view_use_from_path(struct tree *tree, const struct kind *kind,
                                    const char *name, struct err *err);

/* The child of a directory.  May open sources (item counts).  On success *out holds a
 * reference to its view_use; out->name points to `name`. */
int place_child(struct tree *tree, const struct place *parent, const char *name,
                struct place *out, struct err *err);
enum tree_type place_tree_type(const struct place *place);
/* Is it a file that accepts writes? */
bool place_writable(const struct place *place);

/* A listing: entries stand at 0 <= i < count, some slots may be empty.  Prepared once per
 * readdir call; belongs to one thread. */
enum { FORMAT_SLOTS = 16 };
struct listing {
  struct tree *tree;
  const struct place *place;
  int64_t count;
  struct plan plan; /* PLACE_FIELD */
  int width;        /* PLACE_ROLE: digits in an item's name */
  int nformats;
  int formats[FORMAT_SLOTS]; /* indices in encodings[], in listing order */
  int listed_field;          /* PLACE_SCANS: the field that formats[] is of */
};
int listing_prepare(struct tree *tree, const struct place *place, struct listing *out,
                    struct err *err);
/* Entry i: 1, 0 when the slot is empty, or -1 (ENOMEM, ...: see err_is_passing); the name
 * goes to buf (TREE_NAME_MAX + 1 bytes), and what inode numbers need to *child: type,
 * encoding and item. */
int listing_entry(struct listing *listing, int64_t i, char *buf, struct place *child,
                  struct err *err);

/* The formats in which arrays of a directory like this one's first item are listed: fills
 * out->formats. */
int listing_formats(struct tree *tree, const struct place *item, unsigned mask,
                    struct listing *out, struct err *err);

/* The plan of a place's view over its scan. */
int place_plan(struct tree *tree, const struct place *place, struct plan *out,
               struct err *err);
/* "10x-4x7" of "at=10x-4x7.npy": the stem after "at=" up to the extension. */
int place_box(const struct plan *plan, const struct place *place, struct box *out,
              struct err *err);
/* Is the field one that this view shows? */
bool place_shows(const struct place *place, const struct field_spec *field);
/* Length of the stem of a name that ends in "." ext; -1 when it does not. */
int place_stem(const char *name, const char *ext);
int place_no_such(const char *name, struct err *err);

/* Status files, by index.  Those from STATUS_LISTED on can be opened, and are not listed:
 * whoever copies a whole tree would stumble over a file that cannot be read. */
extern const char *const status_names[]; /* NULL-terminated */
enum {
  STATUS_VERSION,
  STATUS_CONFIG,
  STATUS_STATS,
  STATUS_METRICS,
  STATUS_ERRORS,
  STATUS_IGNORED,
  STATUS_LISTED,
  STATUS_PREFETCH = STATUS_LISTED /* write only */
};

#endif
