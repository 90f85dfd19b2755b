/* What the parts of the description's reader share: where in the document one is, and how
 * a problem says so. */
#ifndef TESSERAFS_DESCRIPTION_PARTS_H
#define TESSERAFS_DESCRIPTION_PARTS_H

#include <jansson.h>

#include "core/args/param.h"
#include "core/dataset/template.h"
#include "mountopts/description/description.h"

/* A place in the document, as a chain on the stack: "views.patches.p64.size",
 * "scans[2].id". */
struct where {
  const struct where *up; /* NULL: the document itself */
  const char *key;        /* NULL: an element of an array */
  size_t index;
};

/* The value of a key of the object at `up`. */
struct where where_at(const struct where *up, const char *key);

/* "<file>: <where>: <text>" to the problems. */
void where_problem(const struct description *desc, const struct where *where,
                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "..., expected <what>, found <the value as compact JSON>"; value NULL: found
 * nothing. */
void where_expected(const struct description *desc, const struct where *where,
                    const char *what, const json_t *value);

enum { FOUND_TEXT = 64 };
/* The value as JSON on one line, cut; returns buf. */
const char *json_found(const json_t *value, char buf[FOUND_TEXT]);

/* A problem for each key of the object that is not in known[]; words of later releases
 * say that they are, others suggest the nearest. */
void where_keys(const struct description *desc, const struct where *where,
                const json_t *object, const char *const *known, size_t n);
/* "unknown <what> '<name>'; did you mean ...?", or that this version does not support
 * it. */
void where_unknown(const struct description *desc, const struct where *where,
                   const char *what, const char *name, const char *const *known,
                   size_t n);
/* Is it a word that later releases know? */
bool description_later(const char *word);

/* The object's string; NULL when it has none, or one that is empty or no string (a
 * problem). */
const char *where_string(const struct description *desc, const struct where *where,
                         const json_t *object, const char *key);

/* A JSON value as the text that param_set() takes.  false when its JSON type cannot be
 * that. */
bool param_json_text(const struct param *row, const json_t *value, struct text *out);
/* The value to the row's field of *out, the struct that the rows are of; or a problem. */
void where_param(const struct description *desc, const struct where *where,
                 const struct param *row, const json_t *value, void *out);
/* Do the steps of this list declare their arguments, so that JSON names them? */
bool param_declares(const struct param *row);

/* The parts. */
int description_scans(struct description *desc, const json_t *scans);
/* desc->dataset from the builder.  -1: there are more problems than `before`; then what
 * the builder has to say is passed over, it would only be their consequences. */
int description_finish(struct description *desc, struct dataset_builder *builder,
                       int before, const char *layout);
int description_deepreg(struct description *desc, const json_t *object);
void description_splits(struct description *desc, const json_t *splits);
void description_views(struct description *desc, const json_t *views);
/* Do the views' fields exist, do they fit the splits that they draw from? */
void description_view_fields(struct description *desc);

/* The keys of "deepreg" that are parameters of pairs/deepreg; ends with NULL. */
extern const char *const deepreg_view_keys[];
/* "views" (NULL: none) with that view; a new reference. */
json_t *description_deepreg_views(const json_t *deepreg, const json_t *views);

/* One field of an entry of scans[]. */
struct field_plan {
  struct field_spec spec; /* without pieces, unless it is ready */
  bool ready;             /* spec has its pieces: the entry is one scan */
  bool has_raw;
  struct source_raw raw;
  struct template template;   /* unless spec.has_value, or it is ready or a list */
  int names[GATHER_AXES_MAX]; /* per name under "gather": index into template.names;
                               * -1 */
  int64_t nlist;              /* files named one by one; 0: it is no list */
  const struct piece *list;
  bool said_axis;     /* "axis" or "how" of a list */
  const char *remark; /* what is wrong with tiles, but does not matter; NULL: nothing */
};
/* Reads a field; -1: problems were added. */
int description_field(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out);
/* What "list" names, to out->list. */
void description_list(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out);
/* What the tile JSON `file` names, to out->spec: it is ready. */
void description_tiles(const struct description *desc, const struct where *where,
                       const char *file, struct field_plan *out);
/* "axis" and "how" of something gathered. */
void description_axis(const struct description *desc, const struct where *where,
                      const json_t *object, struct gather_axis *out);
/* A number; false when it is none: a problem, unless value is NULL. */
bool description_fill(const struct description *desc, const struct where *where,
                      const json_t *value, double *out);
/* "transforms", after what "categories", "merge" and "background" stand for. */
void description_transforms(const struct description *desc, const struct where *where,
                            const json_t *object, struct step_list *out);

/* May the path, from the absolute directory `base`, be named?  Not when it leads out of
 * desc->inside. */
bool description_allowed(const struct description *desc, const char *base,
                         const char *path);

/* Remembers a field of a scan of scans[entry] for description_check(), when there is
 * something to look at. -1: ENOMEM. */
int description_check_add(struct description *desc, size_t entry,
                          const struct scan_spec *scan, const struct field_spec *field,
                          struct err *err);
/* Looks at what was remembered: a problem for each contradiction.  Forgets it all. */
void description_check(struct description *desc);

#endif
