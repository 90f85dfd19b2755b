/* Shared by the parts of the description's reader: the place in the document, and how a
 * problem names it. */
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

/* Returns the place of a key of the object at `up`. */
struct where where_at(const struct where *up, const char *key);

/* Adds the problem "<file>: <where>: <text>". */
void where_problem(const struct description *desc, const struct where *where,
                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds "..., expected <what>, found <the value as compact JSON>"; value NULL: found
 * nothing. */
void where_expected(const struct description *desc, const struct where *where,
                    const char *what, const json_t *value);

enum { FOUND_TEXT = 64 };
/* Writes the value as JSON on one line, cut to the buffer; returns buf. */
const char *json_found(const json_t *value, char buf[FOUND_TEXT]);

/* Adds a problem for each key of the object that is not in known[]; for words of later
 * releases it says so, for others it suggests the nearest key. */
void where_keys(const struct description *desc, const struct where *where,
                const json_t *object, const char *const *known, size_t n);
/* Adds "unknown <what> '<name>'; did you mean ...?", or that this version does not
 * support it. */
void where_unknown(const struct description *desc, const struct where *where,
                   const char *what, const char *name, const char *const *known,
                   size_t n);
/* Returns whether later releases know the word. */
bool description_later(const char *word);

/* Returns the object's string; NULL when it has none, or, with a problem, when it is
 * empty or no string. */
const char *where_string(const struct description *desc, const struct where *where,
                         const json_t *object, const char *key);

/* Writes a JSON value as the text that param_set() takes.  Returns false when its JSON
 * type does not allow that. */
bool param_json_text(const struct param *row, const json_t *value, struct text *out);
/* Sets the row's field of *out, the struct that the rows describe; or adds a problem. */
void where_param(const struct description *desc, const struct where *where,
                 const struct param *row, const json_t *value, void *out);
/* Returns whether the steps of this list declare their arguments, so that JSON names
 * them. */
bool param_declares(const struct param *row);

/* The parts. */
int description_scans(struct description *desc, const json_t *scans);
/* Makes desc->dataset with the builder.  -1: there are more problems than `before`; then
 * the builder's own problems are dropped, since they would only be consequences. */
int description_finish(struct description *desc, struct dataset_builder *builder,
                       int before, const char *layout);
int description_deepreg(struct description *desc, const json_t *object);
void description_splits(struct description *desc, const json_t *splits);
void description_views(struct description *desc, const json_t *views);
/* Checks that the views' fields exist and fit the splits that the views draw from. */
void description_view_fields(struct description *desc);

/* The keys of "deepreg" that are parameters of pairs/deepreg; ends with NULL. */
extern const char *const deepreg_view_keys[];
/* Returns "views" (NULL: none) with the view that the section declares; a new
 * reference. */
json_t *description_deepreg_views(const json_t *deepreg, const json_t *views);

/* One field of an entry of scans[]. */
struct field_plan {
  struct field_spec spec; /* without pieces, unless `ready` */
  bool ready;             /* spec has its pieces: the entry is one scan */
  bool has_raw;
  struct source_raw raw;
  struct template template;   /* unless spec.has_value, `ready`, or a list */
  int names[GATHER_AXES_MAX]; /* per name under "gather": index into template.names;
                               * -1 */
  int64_t nlist;              /* files named one by one; 0: it is no list */
  const struct piece *list;
  bool asked; /* `intent` is that of the first scan's file, as in struct geometry */
  int intent;
  bool singly;        /* each of them is a scan */
  bool said_axis;     /* "axis" or "how" of a list */
  const char *remark; /* a mistake in the tile JSON that does no harm; NULL: none */
};
/* Reads a field; -1: problems were added. */
int description_field(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out);
/* Finds the files that a pattern matches below the absolute directory `base`, in natural
 * order of their paths, which live in the mount's arena.  The caller frees *paths.  None
 * is no error. */
int description_glob(const struct description *desc, const char *base,
                     const char *pattern, const char ***paths, size_t *n,
                     struct err *err);
/* Reads the files that "list" names into out->list. */
void description_list(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out);
/* Reads the tile JSON `file` into out->spec, which is then ready. */
void description_tiles(const struct description *desc, const struct where *where,
                       const char *file, struct field_plan *out);
/* Reads "axis" and "how" of a gathered field. */
void description_axis(const struct description *desc, const struct where *where,
                      const json_t *object, struct gather_axis *out);
/* Reads a number; returns false when it is none, with a problem unless value is NULL. */
bool description_fill(const struct description *desc, const struct where *where,
                      const json_t *value, double *out);
/* Reads "transforms", after the steps that "categories", "merge" and "background" stand
 * for. */
void description_transforms(const struct description *desc, const struct where *where,
                            const json_t *object, struct step_list *out);

/* Returns whether the description may name the path, seen from the absolute directory
 * `base`: not when it leads out of desc->inside. */
bool description_allowed(const struct description *desc, const char *base,
                         const char *path);

/* Remembers a field of a scan of scans[entry] for description_check(), when there is
 * something to check.  -1: ENOMEM. */
int description_check_add(struct description *desc, size_t entry,
                          const struct scan_spec *scan, const struct field_spec *field,
                          struct err *err);
/* Checks what was remembered, adds a problem for each contradiction, and forgets it
 * all. */
void description_check(struct description *desc);

#endif
