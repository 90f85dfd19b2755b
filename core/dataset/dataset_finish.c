/* Finishes a dataset: sorts the scans, resolves the splits' scans, makes the splits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/dataset/dataset_builder.h"
#include "core/dataset/scalars.h"

static void builder_free(struct dataset_builder *builder)
{
  arena_free(&builder->scratch);
  name_set_free(&builder->ids);
  name_set_free(&builder->places);
  text_free(&builder->ignored);
  text_free(&builder->broken);
  free(builder->scans);
  free(builder->members);
  free(builder->splits);
  free(builder);
}

struct order {
  const char *id;
  int before; /* index before sorting */
};

static int by_id(const void *a, const void *b)
{
  return strcmp(((const struct order *)a)->id, ((const struct order *)b)->id);
}

/* Puts the scans into the order of their ids; members[].scan and the pair sets are
 * adapted. */
static int sort_scans(struct dataset_builder *builder, struct dataset_spec *out,
                      struct err *err)
{
  size_t n = (size_t)builder->nscans;
  struct scan_spec *scans = arena_array(builder->arena, n, sizeof *scans, err);
  struct order *order = arena_array(&builder->scratch, n, sizeof *order, err);
  int *after = arena_array(&builder->scratch, n, sizeof *after, err);
  if (!scans || !order || !after)
    return -1;
  for (size_t i = 0; i < n; i++)
    order[i] = (struct order){builder->scans[i].id, (int)i};
  qsort(order, n, sizeof *order, by_id);
  for (size_t i = 0; i < n; i++) {
    scans[i] = builder->scans[order[i].before];
    after[order[i].before] = (int)i;
  }
  for (int i = 0; i < builder->nmembers; i++)
    builder->members[i].scan = after[builder->members[i].scan];
  out->nscans = (int)n;
  out->scans = scans;
  return pair_sets_finish(builder, after, out, err);
}

/* Finds the scans that splits name by id. */
static int resolve_members(struct dataset_builder *builder, struct problems *problems)
{
  int missing = 0;
  for (int i = 0; i < builder->nmembers; i++) {
    struct membership *member = &builder->members[i];
    if (member->id)
      member->scan = name_set_find(&builder->ids, member->id);
    if (member->scan >= 0)
      continue;
    missing++;
    problems_add(problems, "split '%s': there is no scan '%s'",
                 builder->splits[member->split], member->id);
  }
  return missing ? -1 : 0;
}

static int by_split_and_scan(const void *a, const void *b)
{
  const struct membership *x = a, *y = b;
  if (x->split != y->split)
    return x->split < y->split ? -1 : 1;
  return (x->scan > y->scan) - (x->scan < y->scan);
}

/* Makes the split "all". */
static int make_all(struct dataset_builder *builder, struct dataset_spec *out,
                    struct err *err)
{
  struct split_spec *all = arena_alloc(builder->arena, sizeof *all, err);
  int *scans = arena_array(builder->arena, (size_t)out->nscans, sizeof *scans, err);
  if (!all || !scans)
    return -1;
  for (int i = 0; i < out->nscans; i++)
    scans[i] = i;
  *all = (struct split_spec){"all", out->nscans, scans};
  out->nsplits = 1;
  out->splits = all;
  return 0;
}

static int make_splits(struct dataset_builder *builder, struct dataset_spec *out,
                       struct err *err)
{
  if (!builder->nsplits)
    return make_all(builder, out, err);
  struct split_spec *splits =
      arena_array(builder->arena, (size_t)builder->nsplits, sizeof *splits, err);
  int *scans = arena_array(builder->arena, (size_t)builder->nmembers, sizeof *scans, err);
  if (!splits || !scans)
    return -1;
  for (int i = 0; i < builder->nsplits; i++)
    splits[i] = (struct split_spec){builder->splits[i], 0, NULL};
  if (builder->nmembers)
    qsort(builder->members, (size_t)builder->nmembers, sizeof *builder->members,
          by_split_and_scan);
  for (int i = 0; i < builder->nmembers; i++) {
    const struct membership *m = &builder->members[i];
    struct split_spec *split = &splits[m->split];
    if (!split->nscans)
      split->scans = scans;
    else if (scans[-1] == m->scan)
      continue;
    *scans++ = m->scan;
    split->nscans++;
  }
  out->nsplits = builder->nsplits;
  out->splits = splits;
  return 0;
}

static int finish(struct dataset_builder *builder, struct dataset_spec *out,
                  struct problems *problems, struct err *err)
{
  if (resolve_members(builder, problems) || sort_scans(builder, out, err) ||
      make_splits(builder, out, err) || scalars_find(out, builder->arena, err))
    return -1;
  const struct text *ignored = &builder->ignored, *broken = &builder->broken;
  if (ignored->failed || broken->failed)
    return err_set(err, ENOMEM, "out of memory for the list of ignored files");
  out->ignored = arena_strdup(builder->arena, ignored->data ? ignored->data : "", err);
  out->broken = arena_strdup(builder->arena, broken->data ? broken->data : "", err);
  return out->ignored && out->broken ? 0 : -1;
}

int dataset_builder_finish(struct dataset_builder *builder, struct dataset_spec *out,
                           struct problems *problems)
{
  struct err err = ERR_INIT;
  *out = (struct dataset_spec){0};
  int rc = finish(builder, out, problems, &err);
  if (err.errnum)
    problems_add(problems, "%s", err.msg);
  builder_free(builder);
  return rc;
}

/* --- splits ------------------------------------------------------------------------ */

enum { SAID_MAX = 10 }; /* lines of a kind */

struct splits_said {
  struct text lines;
  int64_t twice, in_none;
};

static void say_twice(struct splits_said *said, const struct dataset_spec *spec, int scan,
                      int a, int b)
{
  if (said->twice++ < SAID_MAX)
    text_add(&said->lines, "scans/%s: is in two splits, '%s' and '%s'\n",
             spec->scans[scan].id, spec->splits[a].name, spec->splits[b].name);
}

static void say_none(struct splits_said *said, const struct dataset_spec *spec, int scan)
{
  if (said->in_none++ < SAID_MAX)
    text_add(&said->lines,
             "scans/%s: is in no split, so no view that draws from splits shows it\n",
             spec->scans[scan].id);
}

static bool is_monitor(const struct split_spec *split)
{
  return !strncasecmp(split->name, "monitor-", 8);
}

/* first[s]: the first split of scan s, or -1. */
static void look_for_scans(const struct dataset_spec *spec, int *first,
                           struct splits_said *said)
{
  for (int i = 0; i < spec->nscans; i++)
    first[i] = -1;
  for (int i = 0; i < spec->nsplits; i++)
    for (int k = 0; k < spec->splits[i].nscans; k++) {
      const int scan = spec->splits[i].scans[k];
      if (first[scan] >= 0 && !is_monitor(&spec->splits[i]) &&
          !is_monitor(&spec->splits[first[scan]]))
        say_twice(said, spec, scan, first[scan], i);
      if (first[scan] < 0 || is_monitor(&spec->splits[first[scan]]))
        first[scan] = i;
    }
  for (int i = 0; i < spec->nscans; i++)
    if (first[i] < 0)
      say_none(said, spec, i);
  if (said->twice > SAID_MAX)
    text_add(&said->lines, "splits: %lld scans more are in two splits\n",
             (long long)said->twice - SAID_MAX);
  if (said->in_none > SAID_MAX)
    text_add(&said->lines, "splits: %lld scans more are in no split\n",
             (long long)said->in_none - SAID_MAX);
}

int dataset_say_splits(struct dataset_spec *spec, struct arena *arena, struct err *err)
{
  struct splits_said said = {.twice = 0};
  int *first = calloc((size_t)spec->nscans + 1, sizeof *first);
  if (!first)
    return err_set(err, ENOMEM, "out of memory for %d scans", spec->nscans);
  look_for_scans(spec, first, &said);
  free(first);
  if (said.lines.size) {
    spec->ignored = arena_printf(arena, err, "%s%s", spec->ignored, said.lines.data);
    spec->broken = arena_printf(arena, err, "%s%s", spec->broken, said.lines.data);
  }
  const bool failed = said.lines.failed || !spec->ignored || !spec->broken;
  text_free(&said.lines);
  return failed ? err_set(err, ENOMEM, "out of memory for the splits") : 0;
}
