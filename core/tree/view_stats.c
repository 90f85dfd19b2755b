/* The counters of views, and how .tesserafs/ shows them. */
#include "core/tree/view_stats.h"

#include <errno.h>
#include <stddef.h>

#include "core/tree/dir.h"

/* In place of a view's name.  A declared one has no '=': this is none of them. */
static const char by_path[] = "key=value", whole[] = "whole";

struct view_stats *view_stats_of(struct tree *tree, const struct place *place)
{
  if (place->use)
    return place->use->stats;
  return place->file && place->file->array ? &tree->whole_stats : NULL;
}

static void count(struct view_stats *stats, atomic_ullong *well, const struct err *failed)
{
  if (!failed)
    atomic_fetch_add(well, 1);
  else if (failed->errnum != EINTR)
    atomic_fetch_add(&stats->errors, 1);
}

void view_stats_opened(struct view_stats *stats, const struct err *failed)
{
  if (stats)
    count(stats, &stats->opens, failed);
}

void view_stats_read(struct view_stats *stats, int64_t ns, uint64_t bytes,
                     const struct err *failed)
{
  if (!stats)
    return;
  count(stats, &stats->reads, failed);
  atomic_fetch_add(&stats->bytes, failed ? 0 : bytes);
  atomic_fetch_add(&stats->ns, (unsigned long long)ns);
}

/* --- every view once --------------------------------------------------------------- */

/* One view as its files in .tesserafs/ show it. */
struct row {
  const char *kind, *view;
  struct view_stats *stats;
};

typedef void row_fn(struct text *out, const struct row *row, const void *arg);

/* By kind; the views of one kind in the order of its directory. */
static void each_row(struct tree *tree, struct text *out, row_fn *fn, const void *arg)
{
  const struct world *world = tree->world;
  struct row row = {"scans", whole, &tree->whole_stats};
  fn(out, &row, arg);
  for (int k = 0; kinds[k]; k++) {
    if (!kind_shown(kinds[k], world->spec))
      continue;
    for (int i = 0; i < world->nuses; i++) {
      row = (struct row){kinds[k]->name, world->uses[i].name, world->uses[i].stats};
      if (world->uses[i].kind == kinds[k])
        fn(out, &row, arg);
    }
    row = (struct row){kinds[k]->name, by_path, &tree->path_stats[k]};
    fn(out, &row, arg);
  }
}

static double seconds(const struct view_stats *stats)
{
  return (double)stats->ns / 1e9;
}

static void add_json(struct text *out, const struct row *row, const void *arg)
{
  const struct view_stats *stats = row->stats;
  text_add(out, "%s    {\"kind\": \"%s\", \"view\": ",
           out->data[out->size - 1] == '[' ? "\n" : ",\n", row->kind);
  text_add_json(out, row->view);
  text_add(out,
           ", \"opens\": %llu, \"reads\": %llu, \"bytes\": %llu, "
           "\"errors\": %llu, \"read_seconds\": %.6f}",
           stats->opens, stats->reads, stats->bytes, stats->errors, seconds(stats));
}

void view_stats_json(struct tree *tree, struct text *out)
{
  text_add(out, "[");
  if (!out->failed)
    each_row(tree, out, add_json, NULL);
  text_add(out, "\n  ]");
}

/* --- metrics ----------------------------------------------------------------------- */

struct metric {
  const char *name, *help;
  size_t offset; /* of the counter in struct view_stats */
  bool seconds;  /* it counts nanoseconds */
};

static const struct metric view_metrics[] = {
    {"view_opens", "files opened", offsetof(struct view_stats, opens), false},
    {"view_reads", "read requests served", offsetof(struct view_stats, reads), false},
    {"view_bytes", "bytes given to readers", offsetof(struct view_stats, bytes), false},
    {"view_errors", "opens and reads that failed", offsetof(struct view_stats, errors),
     false},
    {"view_read_seconds", "time spent in reads, by all threads together",
     offsetof(struct view_stats, ns), true},
};

/* The value of a label. */
static void add_label(struct text *out, const char *value)
{
  for (; *value; value++)
    if (*value == '\n')
      text_add(out, "\\n");
    else
      text_add(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
}

static void add_metric(struct text *out, const struct row *row, const void *arg)
{
  const struct metric *metric = arg;
  const atomic_ullong *value =
      (const atomic_ullong *)((const char *)row->stats + metric->offset);
  text_add(out, "tesserafs_%s_total{kind=\"%s\",view=\"", metric->name, row->kind);
  add_label(out, row->view);
  if (metric->seconds)
    text_add(out, "\"} %.6f\n", seconds(row->stats));
  else
    text_add(out, "\"} %llu\n", (unsigned long long)atomic_load(value));
}

void view_stats_metrics(struct tree *tree, struct text *out)
{
  for (size_t i = 0; i < sizeof view_metrics / sizeof *view_metrics; i++) {
    const struct metric *metric = &view_metrics[i];
    text_add(out,
             "# HELP tesserafs_%s_total %s, by view\n# TYPE tesserafs_%s_total counter\n",
             metric->name, metric->help, metric->name);
    each_row(tree, out, add_metric, metric);
  }
}
