/* .tesserafs/: what the mount is, has done and could not do. */
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/kind/space.h"
#include "core/tree/file_text.h"
#include "core/tree/node.h"
#include "core/tree/prefetch/prefetch.h"

static int version_text(struct tree *tree, const struct place *place,
                        struct content *content, struct text *out, struct err *err)
{
  text_add(out, "%s\n", TESSERAFS_VERSION);
  return 0;
}

static int config_text(struct tree *tree, const struct place *place,
                       struct content *content, struct text *out, struct err *err)
{
  const struct mount_spec *spec = tree->spec;
  text_add(out, "{\n  \"source\": ");
  text_add_json(out, spec->source);
  text_add(out, ",\n  \"seed\": %lld,\n  \"cache\": %llu,\n  \"prefetch\": %s,\n",
           (long long)spec->seed, (unsigned long long)spec->cache_bytes,
           spec->prefetch ? "true" : "false");
  text_add(out, "  \"threads\": %lld,\n  \"epochs\": %lld,\n  \"state\": ",
           (long long)spec->threads, (long long)spec->epochs);
  text_add_json(out, spec->state ? spec->state : "");
  text_add(out, ",\n  \"formats\": [");
  for (int e = 0, n = 0; encodings[e]; e++)
    if (spec->formats & 1u << e)
      text_add(out, "%s\"%s\"", n++ ? ", " : "", encodings[e]->ext);
  text_add(out, "]\n}\n");
  return 0;
}

/* The counters, once for both forms. */
enum { COUNTERS = 20 };
struct counter {
  const char *name, *help;
  bool gauge;
  unsigned long long value;
};

static void counters(struct tree *tree, struct counter out[COUNTERS])
{
  struct source_stats s;
  struct prefetch_stats p;
  source_pool_stats(tree->pool, &s);
  prefetch_stats(tree->prefetch, &p);
  struct counter all[COUNTERS] = {
      {"files_opened", "files opened in the mount", false, tree->opens},
      {"reads", "read requests served", false, tree->reads},
      {"bytes_served", "bytes given to readers", false, tree->bytes},
      {"chunks_decoded", "compressed pieces of sources decoded", false, s.blocks_decoded},
      {"bytes_decoded", "bytes that came out of decoding", false, s.bytes_decoded},
      {"sources_opened", "source files whose headers were read", false, s.files_opened},
      {"bytes_read", "bytes read from sources", false, s.bytes_read},
      {"cache_hits", "decoded pieces found in the cache", false, s.cache.hits},
      {"cache_misses", "decoded pieces not found in the cache", false, s.cache.misses},
      {"cache_loads", "pieces loaded into the cache", false, s.cache.loads},
      {"cache_failed", "pieces that could not be loaded", false, s.cache.failed},
      {"cache_evicted", "pieces that made room", false, s.cache.evicted},
      {"cache_bytes", "bytes in the cache now", true, s.cache.bytes},
      {"cache_peak_bytes", "bytes in the cache at most", true, s.cache.peak},
      {"cache_budget_bytes", "bytes the cache may hold", true, s.cache.budget},
      {"prefetch_paths", "paths written to .tesserafs/prefetch", false,
       (uint64_t)p.paths},
      {"prefetch_pending", "of these, paths and files not fetched yet", true,
       (uint64_t)p.pending},
      {"prefetch_failed", "of these, paths and files that cannot be read", false,
       (uint64_t)p.failed},
      {"names", "names that the kernel holds and that cost memory", true,
       (uint64_t)node_count(tree->nodes)},
      {"errors", "failures logged", false, log_count()},
  };
  for (int i = 0; i < COUNTERS; i++)
    out[i] = all[i];
}

static int stats_text(struct tree *tree, const struct place *place,
                      struct content *content, struct text *out, struct err *err)
{
  struct counter all[COUNTERS];
  counters(tree, all);
  for (int i = 0; i < COUNTERS; i++)
    text_add(out, "%s  \"%s\": %llu", i ? ",\n" : "{\n", all[i].name, all[i].value);
  text_add(out, ",\n  \"views\": ");
  view_stats_json(tree, out);
  text_add(out, "\n}\n");
  return 0;
}

/* Prometheus' text format, version 0.0.4. */
static int metrics_text(struct tree *tree, const struct place *place,
                        struct content *content, struct text *out, struct err *err)
{
  struct counter all[COUNTERS];
  counters(tree, all);
  for (int i = 0; i < COUNTERS; i++) {
    const char *suffix = all[i].gauge ? "" : "_total";
    text_add(out, "# HELP tesserafs_%s%s %s\n# TYPE tesserafs_%s%s %s\n", all[i].name,
             suffix, all[i].help, all[i].name, suffix,
             all[i].gauge ? "gauge" : "counter");
    text_add(out, "tesserafs_%s%s %llu\n", all[i].name, suffix, all[i].value);
  }
  view_stats_metrics(tree, out);
  return 0;
}

static int errors_text(struct tree *tree, const struct place *place,
                       struct content *content, struct text *out, struct err *err)
{
  log_ring(out);
  return 0;
}

static void add_other_grid(void *ctx, const char *scan, const char *field,
                           const char *why)
{
  text_add(ctx, "scans/%s/%s: %s\n", scan, field, why);
}

static int ignored_text(struct tree *tree, const struct place *place,
                        struct content *content, struct text *out, struct err *err)
{
  const struct world *world = place->world;
  const char *ignored = world->spec->ignored;
  text_add(out, "%s", ignored ? ignored : "");
  for (int s = 0; s < world->spec->nscans; s++)
    if (space_check_scan(world->dataset, world->spec, s, add_other_grid, out, err))
      return -1;
  return 0;
}

/* Reads no header, so that a listing waits for no disk; an open file has its true size.
 */
static int ignored_stat(struct tree *tree, const struct place *place,
                        struct tree_attr *out, struct err *err)
{
  const char *ignored = place->world->spec->ignored;
  out->size = ignored ? (int64_t)strlen(ignored) : 0;
  return 0;
}

/* --- the directory ----------------------------------------------------------------- */

#define STATUS_FILE TEXT_FILE, .frozen = true
static const struct file_type file_version = {STATUS_FILE, .text = version_text},
                              file_config = {STATUS_FILE, .text = config_text},
                              file_stats = {STATUS_FILE, .text = stats_text},
                              file_metrics = {STATUS_FILE, .text = metrics_text},
                              file_errors = {STATUS_FILE, .text = errors_text},
                              file_ignored = {.type = TREE_FILE,
                                              .frozen = true,
                                              .stat = ignored_stat,
                                              .open = text_open,
                                              .text = ignored_text};

static const struct row {
  const char *name;
  const struct file_type *file;
} rows[] = {
    {"version", &file_version},   {"config.json", &file_config},
    {"stats.json", &file_stats},  {"metrics", &file_metrics},
    {"errors.log", &file_errors}, {"ignored.txt", &file_ignored},
    {"prefetch", &file_prefetch}, {"control", &file_control},
};
enum {
  ROWS = sizeof rows / sizeof *rows,
  /* Those after these can be opened, and are not listed: whoever copies a whole tree
   * would stumble over a file that cannot be read. */
  LISTED = 6
};

static int status_child(struct tree *tree, const struct place *dir, const char *name,
                        struct place *out, struct err *err)
{
  for (int i = 0; i < ROWS; i++)
    if (!strcmp(rows[i].name, name)) {
      out->file = rows[i].file;
      return 0;
    }
  return dir_no_such(name, err);
}

static int status_list(struct listing *out, struct err *err)
{
  out->count = LISTED;
  return 0;
}

static int status_entry(struct listing *listing, int64_t i, char *buf,
                        struct place *child, struct err *err)
{
  dir_put_name(buf, rows[i].name);
  child->file = rows[i].file;
  return 1;
}

const struct dir_type dir_status = {
    .child = status_child,
    .list = status_list,
    .entry = status_entry,
};
