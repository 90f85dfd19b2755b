/* Finishes a dataset: sorts the scans, resolves the splits' scans, makes the splits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
