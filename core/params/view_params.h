/* The parameters of all views: one table, one struct.  Which rows a kind of directory has
 * is in the row. */
#ifndef TESSERAFS_VIEW_PARAMS_H
#define TESSERAFS_VIEW_PARAMS_H

#include "core/params/param.h"
#include "core/transform/transform.h"
#include "core/view/view.h"

/* Bits for param.kinds; their names are the directories'. */
enum view_kind { KIND_SLICES = 1, KIND_PATCHES = 2, KIND_CHUNKS = 4 };

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
  struct extents size, stride, pad; /* patches (pad: chunks too): on the spatial axes */
  struct extents num;               /* chunks, as all up to `chosen` */
  bool overlap;
  struct ranges range;
  struct numbers only;
  int64_t rank, world;
  struct numbers chosen; /* of `only`, this rank's share, ascending */
  int pad_mode;          /* enum pad_mode */
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
/* When all keys are set: rules between parameters that need no scan (an even window,
 * ...), and what follows from several of them. */
int view_params_finish(struct view_params *params, enum view_kind kind,
                       struct arena *arena, struct err *err);
/* The part of n things that is this rank's: floor(n / world) from *from on, for the last
 * rank also the rest. */
void view_params_share(const struct view_params *params, int64_t n, int64_t *from,
                       int64_t *count);

#endif
