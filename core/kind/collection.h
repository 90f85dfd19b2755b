/* A collection: the opened items of one directory, a grid of boxes over a scan or the
 * draws of an epoch.  How many there are, what they are called, what each is.
 *
 * Immutable and thread safe.  Opening one reads headers and plans; asking it costs
 * arithmetic.  Nothing is kept per item, but where an order can only be played from its
 * first draw to its last. */
#ifndef TESSERAFS_COLLECTION_H
#define TESSERAFS_COLLECTION_H

#include "core/base/text.h"
#include "core/encoding/encoding.h"
#include "core/field/sources.h"
#include "core/params/view_params.h"

struct kind;

/* Which directory: a view of a scan, or of a split and an epoch. */
struct collection_of {
  struct dataset *dataset; /* NULL where only facts of the spec are asked for */
  const struct dataset_spec *spec;
  const struct view_params *params; /* of the kind */
  int scan;                         /* SCOPE_SCANS */
  int split;                        /* SCOPE_EPOCHS: of the kind's own splits */
  int64_t epoch;                    /* 0 or more */
  int64_t seed;                     /* the mount's, for views that say none */
  int64_t most;                     /* bytes that the collection may keep */
};

/* Kinds put it first in their own struct. */
struct collection {
  const struct kind *kind;
  struct collection_of of;
  struct sources sources; /* what all of it stands on; watched: it is the same until one
                             of them changes */
  bool partial;           /* a source that could not be read was left out: it may be
                             another collection at any moment, and is not kept */
  int64_t count;          /* items */
  int64_t bytes;          /* kept in memory until it is closed */
};

/* An item: its number, or (-1) the place behind at=, "10x-4x7". */
struct item_id {
  int64_t number;
  const char *at;
};

enum { ITEM_NAME_MAX = 20 * ND_MAX };

/* A box on a scan's spatial axes, unclipped: may begin before 0 and end past the end. */
struct box {
  int64_t start[ND_MAX], stop[ND_MAX]; /* voxels; stop is exclusive */
};

/* One array of an item. */
struct made {
  struct item item;       /* its views live in the arena it was made in */
  struct sources sources; /* what its voxels are read from: held (made_drop) */
  uint64_t version;       /* another one: other voxels */
  int scan, field;        /* the field that it shows; -1: it shows none */
  int box_nd;             /* axes of the box that it covers; 0: it has no such box */
  struct box box;
};

/* An array that an item has: a field, a role.  What lists see before items are made. */
struct role {
  const char *name;
  const char *type; /* "img" or "mask"; NULL: it is not said */
  unsigned formats; /* the encodings that it is listed in when neither view nor mount say
                       (bit per encodings[]); 0: the mount's */
};

/* *of is copied; what it points to outlives the collection.  EINVAL: the view does not
 * fit; EIO: a source cannot be read, or more than of->most bytes would be kept. */
int collection_open(const struct kind *kind, const struct collection_of *of,
                    struct collection **out, struct err *err);
void collection_close(struct collection *collection); /* NULL is fine */

/* The name of item 0 <= number < count; all names of a collection are of one length,
 * which is returned. */
int collection_name(const struct collection *collection, int64_t number,
                    char out[ITEM_NAME_MAX + 1]);
/* Could the name be an item's?  A cheap answer, for names that no collection has. */
bool collection_may_have(const struct kind *kind, const char *name);
/* The item called `name`: a number, a cell ("0-3-1") or "at=10x-4x7".  *out points into
 * the name.  ENOENT, EINVAL. */
int collection_find(const struct collection *collection, const char *name,
                    struct item_id *out, struct err *err);

/* The array of a role of an item, ready to be encoded: `role` counts as
 * kind.role().  Decodes nothing. */
int collection_item(const struct collection *collection, const struct item_id *id,
                    int role, struct arena *arena, struct made *out, struct err *err);
/* The same for whoever asks for size, times and version alone: the view has dtype and
 * shape and may lack what its voxels would be drawn from, so it must not be read. */
int collection_facts(const struct collection *collection, const struct item_id *id,
                     int role, struct arena *arena, struct made *out, struct err *err);
void made_drop(struct made *made);

/* items.csv: its first line, and the line of an item; all of the latter have the length
 * *line (bytes, with the newline). */
int collection_csv_head(const struct collection *collection, struct text *out,
                        int64_t *line, struct err *err);
int collection_csv_row(const struct collection *collection, int64_t number,
                       struct text *out, struct err *err);
/* What an item's JSON says beyond its arrays: ",\n  \"key\": ...". */
int collection_describe(const struct collection *collection, const struct item_id *id,
                        struct text *out, struct err *err);

#endif
