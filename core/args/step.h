/* Lists of named steps with arguments, written as one value: "window:0:400+cast:uint8",
 * "affine:scale=0.1+ddf".
 *
 * A table has a row for each name.  A row declares its arguments, as rows of param.h
 * whose values go to a struct of its own, or takes them as they are written.  Who uses a
 * list looks into neither: param.h reads, prints and hashes it, the row's owner runs
 * it. */
#ifndef TESSERAFS_STEP_H
#define TESSERAFS_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"

struct param;

/* Arguments as they are written. */
struct step_args {
  int n;
  const double *number; /* where the text is one; else 0 */
  const char *const *text;
};
enum { STEP_ARGS_MAX = 128 };

/* The head of a row; the row's owner puts it first in a struct of its own. */
struct step_type {
  const char *name;
  const char *usage; /* "window:LOW:HIGH" */
  const char *help;
  /* Declared arguments: the rows of a struct of `size` bytes.  A value alone is that of
   * the row with its number, "key=value" of that row. */
  const struct param *params;
  size_t nparams, size;
  /* Without rows: are the arguments of the right number and kind?  -1: EINVAL with
   * "expected ..., found ...". */
  int (*check)(const struct step_args *args, struct err *err);
};

struct step {
  const struct step_type *type;
  const void *args; /* the type's own struct, or a struct step_args */
  int group;        /* which of the parts that a '+' divides it stands in */
  uint64_t key;     /* a hash of what it means */
};

/* Immutable; lives in the arena it was read into. */
struct step_list {
  int n;
  const struct step *steps;
};

struct step_table {
  const char *one, *many;               /* "transform", "transforms" */
  const char *usage;                    /* "T+T" */
  const struct step_type *const *types; /* NULL-terminated */
  int most;                             /* steps in a list; 0: any number */
  char joint;                           /* before each argument */
  char within; /* between steps of one group; 0: every step is one */
  /* a '+' right after a joint is the sign of a number ("clip:+1:+5"), and one at the
   * end of the list is passed over */
  bool loose;
};

/* A list's text from its next step on; cut in place. */
struct step_cursor {
  const struct step_table *table;
  char *rest; /* NULL: there are no more */
  int group;
};
/* The next step's type, and its arguments as they are written, not checked.  EINVAL: no
 * row has the name, or it takes its arguments as written and there are more than
 * STEP_ARGS_MAX. */
int step_cut(struct step_cursor *cursor, struct arena *arena, struct step *out,
             struct err *err);
/* At least as many steps as the text has. */
int step_count(const struct step_table *table, const char *text);

/* Is the whole text a number? */
bool step_number(const char *text, double *out);
/* EINVAL "unknown <what> '<name>'; did you mean '<the nearest>'?" */
int step_unknown(const char *what, const char *name, const char *const *known, size_t n,
                 struct err *err);

#endif
