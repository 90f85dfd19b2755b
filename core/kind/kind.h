/* A kind of directory says how many items a scan has, what box each covers and which view
 * it is. Nothing is kept per item: all is arithmetic on a plan.  One file, one row in
 * kinds[]. */
#ifndef TESSERAFS_KIND_H
#define TESSERAFS_KIND_H

#include "core/dataset/field.h"
#include "core/encoding/encoding.h"
#include "core/params/view_params.h"

/* The space that a scan's fields share: its spatial axes, in order. */
struct space {
  int nd;
  int64_t extent[ND_MAX]; /* voxels */
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
  /* the grid; along axis d item numbers count n[d] boxes that begin at first[d], first[d]
   * + stride[d], ..., but the last one at last[d] */
  int64_t n[ND_MAX], first[ND_MAX], stride[ND_MAX], last[ND_MAX], size[ND_MAX];
  int place_nd;       /* how many numbers at= takes */
  bool trailing_axis; /* an image gets a last axis of extent 1 (MedSegPy's IMG_SIZE with
                         one entry more than the volume has axes) */
};

/* One field of the scan, as a plan's items see it. */
struct kind_field {
  const struct snapshot *snapshot;
  const char *name;
  bool mask;
  int first; /* index of the first spatial axis in the array: 1 for channels first, else 0
              */
  uint64_t key; /* names the content of the whole field, for kept statistics */
};

struct kind {
  const char *name; /* the directory: "patches" */
  enum view_kind bit;
  /* The arithmetic of a view over a space.  EINVAL when the parameters do not fit it. */
  int (*plan)(const struct view_params *params, const struct space *space,
              struct plan *out, struct err *err);
  /* The box of the item that lies at `place` (place_nd voxel numbers).  EINVAL outside of
   * what this kind can show. */
  int (*at)(const struct plan *plan, const int64_t *place, struct box *out,
            struct err *err);
  /* The array of a field under the box, before the view's transforms. */
  int (*cut)(const struct plan *plan, const struct kind_field *field,
             const struct box *box, struct transform_item *out, struct arena *arena,
             struct err *err);
};

extern const struct kind kind_slices, kind_patches;
extern const struct kind *const kinds[]; /* NULL-terminated, in the order of the tree */

/* Front doors. */
int kind_plan(const struct kind *kind, const struct view_params *params,
              const struct space *space, struct plan *out, struct err *err);
/* Item 0 <= item < plan->count; row-major, the last axis fastest. */
void kind_box(const struct plan *plan, int64_t item, struct box *out);
/* "10x-4x7" as the box that begins there. */
int kind_place(const struct plan *plan, const char *text, struct box *out,
               struct err *err);
/* The item ready to be encoded, with the view's transforms applied. */
int kind_item(const struct plan *plan, const struct kind_field *field,
              const struct box *box, struct arena *arena, struct item *out,
              struct err *err);

/* For kinds: the voxels of the field under the box, all of the field's further axes kept.
 * What lies outside the volume is padded by params->pad_mode: mirrored from the volume,
 * or with preset=medsegpy from the clipped box only, as numpy.pad of that patch would. */
int kind_box_view(const struct plan *plan, const struct kind_field *field,
                  const struct box *box, struct transform_item *out, struct arena *arena,
                  struct err *err);

#endif
