/* Deterministic transforms: one file and one row in transforms[] each.
 *
 * A list of them is written "window:-1000:400+minmax+cast:float32" in a path, and as an
 * array of names or of {"name": arguments} objects in JSON. */
#ifndef TESSERAFS_TRANSFORM_H
#define TESSERAFS_TRANSFORM_H

#include "core/args/param.h"
#include "core/nd/geometry.h"
#include "core/view/view.h"

/* A view on its way through the list, with what goes along. */
struct transform_item {
  const struct view *view;
  struct geometry geo;
  int channel_axis;        /* -1: none */
  int slice_axis;          /* as in struct snapshot; of fields */
  int first;               /* the first spatial axis: 1 for channels first, else 0 */
  int spatial;             /* how many axes are space; 0: not known (transform_spatial) */
  bool mask;               /* intensity transforms leave masks alone */
  const char *file;        /* for messages: where it comes from; NULL: from several */
  const struct view *scan; /* the whole field, for ":scan" statistics */
  int64_t voxels;          /* of the field as it is stored; 0: not known.  Limits what may
                            * be gone through as a whole (transform_expect_walkable) */
  /* Names what the statistics are of (scan, field, view, item, content version), so that
   * they are kept and computed once: hashes of the item's and of the scan field's. */
  uint64_t item_key, scan_key;
};

struct transform {
  struct step_type type;
  bool intensity; /* skips masks */
  /* Replaces item->view (and geo, channel_axis, slice_axis).  `args`: as the type says,
   * kept as long as the view.  EINVAL when it does not fit this view. */
  int (*apply)(const void *args, struct transform_item *item, struct arena *arena,
               struct err *err);
};

/* The rows, each of them the type of a struct transform. */
extern const struct step_type *const transforms[]; /* NULL-terminated */
extern const struct step_table transform_steps;

/* param_steps() of that table. */
int transform_parse(const char *text, struct arena *arena, struct step_list *out,
                    struct err *err);
int transform_apply(const struct step_list *list, struct transform_item *item,
                    struct arena *arena, struct err *err);

#endif
