/* Grids: kinds whose items are boxes of one scan.  Nothing is kept per item: all is
 * arithmetic on a plan.
 *
 * A kind of boxes is its own file with a struct grid and a row GRID_KIND (see
 * kind_patches.c). */
#ifndef TESSERAFS_GRID_H
#define TESSERAFS_GRID_H

#include "core/kind/kind.h"
#include "core/kind/space.h"

/* One view over one scan. */
struct plan {
  const struct kind *kind;
  const struct view_params *params;
  struct space space;
  int64_t count; /* items */
  /* the grid; along axis d cells count n[d] boxes that begin at first[d], first[d]
   * + stride[d], ..., but the last one at last[d]; of a grid with cell_box: as it says */
  int64_t n[ND_MAX], first[ND_MAX], stride[ND_MAX], last[ND_MAX], size[ND_MAX];
  int64_t cells; /* of the grid, row-major, the last axis fastest */
  /* which of them are items: those from `from` on, or (not NULL) chosen[], ascending */
  int64_t from;
  const int64_t *chosen;
  int axis;           /* of slices: the one that is cut */
  int width[ND_MAX];  /* digits of the last cell's index, where names are cells */
  int place_nd;       /* how many numbers at= takes */
  bool trailing_axis; /* an image gets a last axis of extent 1 (MedSegPy's IMG_SIZE with
                         one entry more than the volume has axes) */
};

/* One field of the scan, as a plan's items see it. */
struct grid_field {
  const struct snapshot *snapshot;
  const struct view *view; /* of it: the array, or its filled form */
  const char *name;
  bool mask;
  int first; /* index of the first spatial axis in the array: 1 for channels first, else
              * 0 */
  uint64_t key; /* names the content of the whole field, for kept statistics */
};

struct grid {
  /* The arithmetic of a view over a space.  EINVAL when the parameters do not fit it. */
  int (*plan)(const struct view_params *params, const struct space *space,
              struct plan *out, struct err *err);
  /* May be NULL: all cells of the grid are items.  Else it sets count, and from or
   * chosen. */
  int (*choose)(struct plan *plan, struct err *err);
  /* May be NULL: the grid is regular.  Else the box of the cell at index[d] on axis d. */
  void (*cell_box)(const struct plan *plan, const int64_t *index, struct box *out);
  /* May be NULL.  Adds to an item's JSON what this kind alone knows: ",\n  \"key\":
   * ...". */
  void (*describe)(const struct plan *plan, int64_t item, struct text *out);
  /* The box of the item that lies at `place` (place_nd voxel numbers).  EINVAL outside of
   * what this kind can show.  NULL: at= is EINVAL. */
  int (*at)(const struct plan *plan, const int64_t *place, struct box *out,
            struct err *err);
  /* The array of a field under the box, before the view's transforms. */
  int (*cut)(const struct plan *plan, const struct grid_field *field,
             const struct box *box, struct transform_item *out, struct arena *arena,
             struct err *err);
};

/* --- grid.c: arithmetic ------------------------------------------------------------ */

int grid_plan(const struct kind *kind, const struct view_params *params,
              const struct space *space, struct plan *out, struct err *err);
/* The box of item 0 <= item < plan->count, in ascending order of cells; the cell that it
 * is; the box of any cell 0 <= cell < plan->cells. */
void grid_box(const struct plan *plan, int64_t item, struct box *out);
int64_t grid_cell(const struct plan *plan, int64_t item);
void grid_cell_box(const struct plan *plan, int64_t cell, struct box *out);
/* The name of an item by its cell, "0-13-2", all of one length in a plan, which is
 * returned; the item of that name, -1: there is none. */
int grid_cell_name(const struct plan *plan, int64_t item, char out[ITEM_NAME_MAX + 1]);
int64_t grid_find_cell(const struct plan *plan, const char *name);
/* "10x-4x7" as the box that begins there. */
int grid_box_at(const struct plan *plan, const char *text, struct box *out,
                struct err *err);
/* A parameter's number for an axis, when it has one for all or one for each; else EINVAL
 * by the second. */
int64_t grid_number(const struct extents *extents, int axis);
int grid_check_numbers(int n, int nd, const char *key, struct err *err);

/* --- grid_cut.c: views ------------------------------------------------------------- */

/* The voxels of the field under the box, all of the field's further axes kept.  What lies
 * outside the volume is padded by params->pad_mode: mirrored from the volume, or with
 * preset=medsegpy or pytc from the clipped box only, as numpy.pad of that would. */
int grid_cut(const struct plan *plan, const struct grid_field *field,
             const struct box *box, struct transform_item *out, struct arena *arena,
             struct err *err);

/* --- grid_collection.c: what all kinds of boxes are -------------------------------- */

bool grid_role(const struct collection_of *of, int i, struct role *out);
bool grid_role_known(const struct dataset_spec *spec, const char *name);
int grid_open(const struct kind *kind, const struct collection_of *of,
              struct collection **out, struct err *err);
void grid_close(struct collection *collection);
/* Names that are cells, "0-13-2", instead of running numbers. */
int grid_name(const struct collection *collection, int64_t number,
              char out[ITEM_NAME_MAX + 1]);
int64_t grid_find(const struct collection *collection, const char *name);
int grid_at(const struct collection *collection, const char *at, struct err *err);
int grid_item(const struct collection *collection, const struct item_id *id, int role,
              struct arena *arena, struct made *out, struct err *err);
int64_t grid_csv_head(const struct collection *collection, struct text *out);
int grid_csv_row(const struct collection *collection, int64_t number, struct text *out,
                 struct err *err);
int grid_describe(const struct collection *collection, const struct item_id *id,
                  struct text *out, struct err *err);

#define GRID_KIND                                                                        \
  .scope = SCOPE_SCANS, .role = grid_role, .role_known = grid_role_known,                \
  .open = grid_open, .close = grid_close, .at = grid_at, .item = grid_item,              \
  .csv_head = grid_csv_head, .csv_row = grid_csv_row, .describe = grid_describe

#endif
