/* Parameters: a row in a table gives the key, the type, the default, the range and the
 * help. The same rows serve -o, the description, path names, the arguments of steps,
 * --help, the man page and the JSON schema; there is no second list anywhere. */
#ifndef TESSERAFS_PARAM_H
#define TESSERAFS_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/args/step.h"
#include "core/base/text.h"
#include "core/nd/nd.h"

enum param_type {
  PARAM_INT,     /* int64_t; "7"; a word where the row allows one, as EXTENT_AUTO */
  PARAM_OCTAL,   /* int64_t; "022" */
  PARAM_NUMBER,  /* double; "0.5" */
  PARAM_SWITCH,  /* bool; on|off (JSON true, false) */
  PARAM_CHOICE,  /* int, the index into choices; "edge" */
  PARAM_EXTENTS, /* struct extents; "64x64x64"; ":" and "auto" where the row allows
                  * them */
  PARAM_TRIPLE,  /* int64_t[3], positive; "4x4x4", or "4_4_4" */
  PARAM_RANGES,  /* struct ranges; "0:100x20:80x:" */
  PARAM_NUMBERS, /* struct number_list, all different; "3+17+4" */
  PARAM_NAMES,   /* struct names; "image+label" */
  PARAM_FORMATS, /* unsigned, bit i for names(i); "npy+nii.gz" */
  PARAM_STEPS,   /* struct step_list; "window:0:1+cast:uint8" */
  PARAM_BYTES,   /* struct bytes; "512M", "25%" */
  PARAM_TEXT     /* const char * */
};

/* The most rows of a table: sets of rows have so many places, and every table that has
 * such a set asserts that it fits. */
enum { PARAM_ROWS_MAX = 256 };

enum { EXTENT_WHOLE = -1, EXTENT_AUTO = -2 };

struct extents {
  int n; /* 0: not given; 1 stands for all axes */
  int64_t v[ND_MAX];
};
/* start <= i < stop per axis; a stop of EXTENT_WHOLE is the axis's end. */
struct ranges {
  int n; /* 0: not given; 1 stands for all axes */
  int64_t start[ND_MAX], stop[ND_MAX];
};
struct number_list {
  int n; /* 0: all */
  const int64_t *v;
};
struct names {
  int n; /* 0: all */
  const char *const *name;
};
struct bytes {
  uint64_t value;
  bool percent; /* value is per cent of the memory this process may use */
  bool given;
};

struct param {
  const char *key;
  enum param_type type;
  size_t offset; /* of the value in the target struct */
  /* As text; NULL: not given, param_defaults() leaves the field alone. */
  const char *def;
  /* PARAM_CHOICE: "a|b|c"; PARAM_EXTENTS, PARAM_INT: words allowed beside numbers. */
  const char *choices;
  /* PARAM_INT, PARAM_EXTENTS, PARAM_NUMBERS, PARAM_NUMBER (as whole numbers); both 0:
   * any; max < min, or INT64_MAX: no upper limit.  PARAM_TRIPLE: max alone. */
  int64_t min, max;
  const char *(*names)(int i);    /* PARAM_FORMATS; NULL behind the last one */
  const struct step_table *steps; /* PARAM_STEPS */
  unsigned kinds;                 /* view parameters: bit per kind (kind.h); else 0 */
  const char *help;               /* one line, no full stop */
  /* It decides which files there are, never what is in one: what is kept of an array does
   * not depend on it (view_params_key). */
  bool listing;
};

/* The row of a key, NULL when unknown (or, with kinds != 0, not a parameter of these). */
const struct param *param_find(const struct param *table, size_t n, const char *key,
                               unsigned kinds);
/* Parses text into the field of `target` that the row names.  -1: EINVAL with
 * "expected <what>, found <found>"; found: how the user wrote it (NULL: the text). */
int param_set(const struct param *row, void *target, const char *text, const char *found,
              struct arena *arena, struct err *err);
/* What a value must be: "a positive integer", "one of reflect|edge". */
void param_expected(const struct param *row, char *buf, size_t size);
/* Does the row limit its value from below, from above? */
bool param_has_min(const struct param *row);
bool param_has_max(const struct param *row);
/* All defaults of a table (rows of `kinds`, or all). */
int param_defaults(const struct param *table, size_t n, unsigned kinds, void *target,
                   struct arena *arena, struct err *err);
/* EINVAL "unknown key 'sise'; did you mean 'size'?"  n: at most PARAM_ROWS_MAX. */
int param_unknown(const struct param *table, size_t n, const char *key, unsigned kinds,
                  struct err *err);
/* Does the value point into the arena that it was read into? */
bool param_points(const struct param *row, const void *target);
/* A hash of what the value means, after `seed`, however it was written; but "64" and
 * "64x64x64" are two, since the row alone does not know how many axes there are. */
uint64_t param_hash(const struct param *row, const void *target, uint64_t seed);

/* The text of a list of steps: what PARAM_STEPS reads.  "" is the empty list.  EINVAL
 * names the step and, for an unknown name or argument, the nearest known one. */
int param_steps(const struct step_table *table, const char *text, struct arena *arena,
                struct step_list *out, struct err *err);
/* The key of a step whose type and arguments are set. */
uint64_t param_step_key(const struct step *step);

#endif
