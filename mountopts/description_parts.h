/* What the parts of the description's reader share: where in the document one is, and how
 * a problem says so. */
#ifndef TESSERAFS_DESCRIPTION_PARTS_H
#define TESSERAFS_DESCRIPTION_PARTS_H

#include <jansson.h>

#include "core/dataset/template.h"
#include "core/params/param.h"
#include "mountopts/description.h"

/* A place in the document, as a chain on the stack: "views.patches.p64.size",
 * "scans[2].id". */
struct where {
  const struct where *up; /* NULL: the document itself */
  const char *key;        /* NULL: an element of an array */
  size_t index;
};

/* "<file>: <where>: <text>" to the problems. */
void where_problem(const struct description *desc, const struct where *where,
                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "..., expected <what>, found <the value as compact JSON>"; value NULL: found nothing.
 */
void where_expected(const struct description *desc, const struct where *where,
                    const char *what, const json_t *value);

enum { FOUND_TEXT = 64 };
/* The value as JSON on one line, cut; returns buf. */
const char *json_found(const json_t *value, char buf[FOUND_TEXT]);

/* A problem for each key of the object that is not in known[]; words of later releases
 * say that they are, others suggest the nearest. */
void where_keys(const struct description *desc, const struct where *where,
                const json_t *object, const char *const *known, size_t n);
/* "unknown <what> '<name>'; did you mean ...?", or that this version does not support it.
 */
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

/* The parts. */
int description_scans(struct description *desc, const json_t *scans);
void description_splits(struct description *desc, const json_t *splits);
void description_views(struct description *desc, const json_t *views);
/* Do the views' fields exist? */
void description_view_fields(struct description *desc);

/* One field of an entry of scans[]. */
struct field_plan {
  struct field_spec spec; /* without pieces */
  bool has_raw;
  struct source_raw raw;
  struct template template; /* unless spec.has_value */
};
/* Reads a field; -1: problems were added. */
int description_field(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out);

#endif
