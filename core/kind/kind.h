/* A kind of directory says how many items a scan has, what box each covers and which view
 * it is. Nothing is kept per item: all is arithmetic on a plan.  One file, one row in
 * kinds[]. */
#ifndef TESSERAFS_KIND_H
#define TESSERAFS_KIND_H

#include "core/base/text.h"
#include "core/encoding/encoding.h"
#include "core/field/open_dataset.h"
#include "core/params/view_params.h"

/* The space that a scan's fields share: its spatial axes, in order. */
struct space {
  int nd;
  int64_t extent[ND_MAX]; /* voxels */
  struct timespec mtime;  /* the newest field's */
  int64_t changed;        /* the latest of the fields' (struct snapshot); 0: never */
  bool whole;             /* no field was left out because it cannot be read */
};

/* A box on the scan's spatial axes, unclipped: may begin before 0 and end past the end.
 */
struct box {
  int64_t start[ND_MAX], stop[ND_MAX]; /* voxels; stop is exclusive */
};

/* One view over one scan. */
struct plan {
  const struct kind *kind;
  const struct view_params *params;
  struct space space;
  int64_t count; /* items */
  /* the grid; along axis d cells count n[d] boxes that begin at first[d], first[d]
   * + stride[d], ..., but the last one at last[d]; of a kind with cell_box: as it says */
  int64_t n[ND_MAX], first[ND_MAX], stride[ND_MAX], last[ND_MAX], size[ND_MAX];
  int64_t cells; /* of the grid, row-major, the last axis fastest */
  /* which of them are items: those from `from` on, or (not NULL) chosen[], ascending */
  int64_t from;
  const int64_t *chosen;
  int width[ND_MAX];  /* digits in an item's name: of a running number in width[0], else
                         per axis */
  int place_nd;       /* how many numbers at= takes */
  bool trailing_axis; /* an image gets a last axis of extent 1 (MedSegPy's IMG_SIZE with
                         one entry more than the volume has axes) */
};

/* One field of the scan, as a plan's items see it. */
struct kind_field {
  const struct snapshot *snapshot;
  const struct view *view; /* of it: the array, or its filled form */
  const char *name;
  bool mask;
  int first; /* index of the first spatial axis in the array: 1 for channels first, else 0
              */
  uint64_t key; /* names the content of the whole field, for kept statistics */
};

struct split_kind;

struct kind {
  const char *name; /* the directory: "patches" */
  enum view_kind bit;
  /* Its directories are splits and epochs (kind_split.h), and nothing below holds; NULL:
   * they are scans. */
  const struct split_kind *split;
  /* The arithmetic of a view over a space.  EINVAL when the parameters do not fit it. */
  int (*plan)(const struct view_params *params, const struct space *space,
              struct plan *out, struct err *err);
  /* May be NULL: all cells of the grid are items.  Else it sets count, and from or
   * chosen. */
  int (*choose)(struct plan *plan, struct err *err);
  /* May be NULL: the grid is regular.  Else the box of the cell at index[d] on axis d. */
  void (*cell_box)(const struct plan *plan, const int64_t *index, struct box *out);
  /* An item is called by its cell's indices, "0-13-2", not by a running number. */
  bool grid_names;
  /* May be NULL.  Adds to an item's JSON what this kind alone knows: ",\n  \"key\": ...".
   */
  void (*describe)(const struct plan *plan, int64_t item, struct text *out);
  /* The box of the item that lies at `place` (place_nd voxel numbers).  EINVAL outside of
   * what this kind can show.  NULL: at= means nothing here. */
  int (*at)(const struct plan *plan, const int64_t *place, struct box *out,
            struct err *err);
  /* The array of a field under the box, before the view's transforms. */
  int (*cut)(const struct plan *plan, const struct kind_field *field,
             const struct box *box, struct transform_item *out, struct arena *arena,
             struct err *err);
};

extern const struct kind kind_slices, kind_patches, kind_chunks, kind_pairs;
extern const struct kind *const kinds[]; /* NULL-terminated, in the order of the tree */

/* Front doors. */
int kind_plan(const struct kind *kind, const struct view_params *params,
              const struct space *space, struct plan *out, struct err *err);
/* Item 0 <= item < plan->count, in ascending order of cells. */
void kind_box(const struct plan *plan, int64_t item, struct box *out);
/* The cell that an item is, and the box of any cell: 0 <= cell < plan->cells. */
int64_t kind_cell(const struct plan *plan, int64_t item);
void kind_cell_box(const struct plan *plan, int64_t cell, struct box *out);
/* The name of an item, all of one length in a plan.  Returns the length. */
enum { KIND_NAME_MAX = 20 * ND_MAX };
int kind_name(const struct plan *plan, int64_t item, char out[KIND_NAME_MAX + 1]);
/* The item of that name; -1: none. */
int64_t kind_find(const struct plan *plan, const char *name, int len);
/* "10x-4x7" as the box that begins there. */
int kind_place(const struct plan *plan, const char *text, struct box *out,
               struct err *err);
/* The item ready to be encoded, with the view's transforms applied. */
int kind_item(const struct plan *plan, const struct kind_field *field,
              const struct box *box, struct arena *arena, struct item *out,
              struct err *err);

/* For kinds: the voxels of the field under the box, all of the field's further axes kept.
 * What lies outside the volume is padded by params->pad_mode: mirrored from the volume,
 * or with preset=medsegpy or pytc from the clipped box only, as numpy.pad of that would.
 */
int kind_box_view(const struct plan *plan, const struct kind_field *field,
                  const struct box *box, struct transform_item *out, struct arena *arena,
                  struct err *err);

#endif
