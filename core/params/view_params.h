/* The parameters of all views: one table, one struct.  Which rows a kind of directory has
 * is in the row. */
#ifndef TESSERAFS_VIEW_PARAMS_H
#define TESSERAFS_VIEW_PARAMS_H

#include "core/params/param.h"
#include "core/transform/transform.h"
#include "core/view/view.h"

/* Bits for param.kinds; their names are the directories'. */
enum view_kind { KIND_SLICES = 1, KIND_PATCHES = 2 };

/* "patches", and back; NULL and false when unknown. */
const char *view_kind_name(enum view_kind kind);
bool view_kind_parse(const char *name, enum view_kind *out);

enum preset { PRESET_NONE, PRESET_MEDSEGPY, PRESET_PYTC, PRESET_DEEPREG, PRESET_MEDNET };
enum remainder { REMAINDER_SHIFT, REMAINDER_DROP, REMAINDER_PAD };
enum small { SMALL_PAD, SMALL_ERROR };

struct view_params {
  struct names fields;
  unsigned formats; /* bit per encodings[]; 0: the mount's */
  struct transform_list transforms;
  int preset;
  int64_t axis, window;             /* slices */
  struct extents size, stride, pad; /* patches: on the spatial axes */
  int pad_mode;                     /* enum pad_mode */
  double fill;
  int remainder, small;
};

extern const struct param view_params[];
extern const size_t view_params_count;

/* One key of a view; see param_set().  The error names the key. */
int view_params_set(struct view_params *params, enum view_kind kind, const char *key,
                    const char *text, const char *found, struct arena *arena,
                    struct err *err);
/* Defaults of the kind, then those of the preset (by name; NULL: none). */
int view_params_init(struct view_params *params, enum view_kind kind, const char *preset,
                     struct arena *arena, struct err *err);
/* "size=64x64x64,stride=32x32x32": a whole directory name; "default" is all defaults. */
int view_params_parse(struct view_params *params, enum view_kind kind, const char *name,
                      struct arena *arena, struct err *err);
/* Rules between parameters that need no scan (an even window, ...). */
int view_params_check(const struct view_params *params, enum view_kind kind,
                      struct err *err);

#endif
