/* A kind whose directories are splits and epochs, not scans:
 * <kind>/<view>/<split>/epoch-<E>/<role>/<item>.<ext>.
 *
 * What an epoch holds is drawn: all draws of one epoch are opened once, kept for a while
 * (core/tree/epochs.h) and asked item by item.  Nothing is kept per item, but where an
 * order can only be played from its first draw to its last. */
#ifndef TESSERAFS_KIND_SPLIT_H
#define TESSERAFS_KIND_SPLIT_H

#include "core/base/text.h"
#include "core/encoding/encoding.h"
#include "core/field/open_dataset.h"
#include "core/params/view_params.h"

/* What is drawn from. */
struct draw_from {
  struct dataset *dataset; /* NULL where only facts of the spec are asked for */
  const struct dataset_spec *spec;
  const struct view_params *params;
  int split;     /* of the kind's own splits */
  int64_t epoch; /* 0 or more */
  int64_t seed;  /* the mount's, for views that say none */
  int64_t most;  /* bytes that the draws may keep */
};

/* An epoch, opened; kinds put it first in their own struct.  Immutable: any thread. */
struct draws {
  const struct split_kind *kind;
  struct draw_from from;
  int64_t count; /* items */
  int width;     /* digits in an item's name: those of the last number */
  int64_t bytes; /* kept in memory until it is closed */
};

/* One array of an item. */
struct drawn {
  struct item item;
  const struct snapshot *snapshot; /* held (snapshot_unref); NULL: of no file */
  int scan, field;                 /* where the array comes from; -1: it is of no field */
};

struct split_kind {
  /* The splits that there are: none, and the kind does not show at all. */
  int (*splits)(const struct dataset_spec *spec);
  const char *(*split_name)(const struct dataset_spec *spec, int split);
  /* The name of role i, in listing order, that this view of the split shows; NULL: it has
   * fewer. */
  const char *(*role)(const struct draw_from *from, int role);
  /* May a view's `fields` name this? */
  bool (*role_known)(const char *name);
  /* The encodings it is listed in when neither view nor mount say (bit per encodings[]).
   */
  unsigned (*formats)(const struct draw_from *from, int role);
  /* Does the view fit the split?  EINVAL with the key, the found and the expected. */
  int (*check)(const struct draw_from *from, struct err *err);
  /* *from is copied; what it points to outlives the draws.  EIO when they would keep more
   * than from->most. */
  int (*open)(const struct draw_from *from, struct draws **out, struct err *err);
  void (*close)(struct draws *draws);
  /* The array of a role of an item; its views live in the arena. */
  int (*make)(const struct draws *draws, int64_t item, int role, struct arena *arena,
              struct drawn *out, struct err *err);
  /* items.csv without the column `item`: ",a,b", and its values, always of the length
   * that csv_head returns. */
  int64_t (*csv_head)(const struct draws *draws, struct text *out);
  int (*csv_row)(const struct draws *draws, int64_t item, struct text *out,
                 struct err *err);
  /* An item's JSON beyond its arrays: ",\n  \"key\": ...". */
  int (*describe)(const struct draws *draws, int64_t item, struct text *out,
                  struct err *err);
};

extern const struct split_kind split_pairs;

/* Front doors. */
int draws_open(const struct split_kind *kind, const struct draw_from *from,
               struct draws **out, struct err *err);
void draws_close(struct draws *draws); /* NULL is fine */
/* The name of an item, `width` digits and a NUL; returns that. */
int draws_name(int width, int64_t item, char *out);
/* The item of that name; -1: none. */
int64_t draws_find(const struct draws *draws, const char *name, int len);
/* 0 <= item < draws->count. */
int draws_make(const struct draws *draws, int64_t item, int role, struct arena *arena,
               struct drawn *out, struct err *err);
/* "epoch-7" in any padding; -1: it is none. */
int64_t draws_epoch(const char *name);

#endif
