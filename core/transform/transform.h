/* Deterministic transforms: one file and one row in transforms[] each.
 *
 * A list of them is written "window:-1000:400+minmax+cast:float32" in a path, and as an
 * array of names or of {"name": arguments} objects in JSON. */
#ifndef TESSERAFS_TRANSFORM_H
#define TESSERAFS_TRANSFORM_H

#include "core/base/arena.h"
#include "core/nd/geometry.h"
#include "core/view/view.h"

/* A view on its way through the list, with what goes along. */
struct transform_item {
  const struct view *view;
  struct geometry geo;
  int channel_axis;        /* -1: none */
  int first;               /* the first spatial axis: 1 for channels first, else 0 */
  int spatial;             /* how many axes are space; 0: not known (transform_spatial) */
  bool mask;               /* intensity transforms leave masks alone */
  const char *file;        /* for messages: where it comes from; NULL: from several */
  const struct view *scan; /* the whole field, for ":scan" statistics */
  /* Names what the statistics are of (scan, field, view, item, content version), so that
   * they are kept and computed once: hashes of the item's and of the scan field's. */
  uint64_t item_key, scan_key;
};

enum { TRANSFORM_ARGS = 128 };

struct transform_args {
  int n;
  double number[TRANSFORM_ARGS]; /* where the text is one; else 0 */
  const char *text[TRANSFORM_ARGS];
};

struct transform {
  const char *name;
  const char *usage; /* "window:LOW:HIGH" */
  const char *help;
  bool intensity; /* skips masks */
  /* Are the arguments of the right number and kind?  Without a view.  -1: EINVAL with
   * "expected ..., found ...". */
  int (*check)(const struct transform_args *args, struct err *err);
  /* Replaces item->view (and geo, channel_axis).  EINVAL when it does not fit this view.
   */
  int (*apply)(const struct transform_args *args, struct transform_item *item,
               struct arena *arena, struct err *err);
};

extern const struct transform *const transforms[]; /* NULL-terminated */

/* A parsed list; immutable, lives in the arena it was parsed into. */
struct transform_list {
  int n;
  const struct transform_step {
    const struct transform *transform;
    struct transform_args args;
  } * steps;
};

/* EINVAL names the step and, for an unknown name, the nearest known one. */
int transform_parse(const char *text, struct arena *arena, struct transform_list *out,
                    struct err *err);
int transform_apply(const struct transform_list *list, struct transform_item *item,
                    struct arena *arena, struct err *err);

#endif
