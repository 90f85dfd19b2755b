/* .tesserafs/: what the mount is, has done and could not do. */
#include <errno.h>
#include <stdio.h>

#include "core/base/log.h"
#include "core/tree/content.h"
#include "core/tree/prefetch.h"

static void config(struct tree *tree, struct text *out)
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
}

/* The counters, once for both forms. */
enum { COUNTERS = 18 };
struct counter {
  const char *name, *help;
  bool gauge;
  unsigned long long value;
};

static void counters(struct tree *tree, struct counter out[COUNTERS])
{
  struct source_stats s;
  struct prefetch_stats p;
  source_pool_stats(tree->spec->pool, &s);
  prefetch_stats(tree->prefetch, &p);
  struct counter all[COUNTERS] = {
      {"files_opened", "files opened in the mount", false, tree->opens},
      {"reads", "read requests served", false, tree->reads},
      {"bytes_served", "bytes given to readers", false, tree->bytes},
      {"chunks_decoded", "compressed pieces of sources decoded", false, s.blocks_decoded},
      {"bytes_decoded", "bytes that came out of decoding", false, s.bytes_decoded},
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
      {"errors", "failures logged", false, log_count()},
  };
  for (int i = 0; i < COUNTERS; i++)
    out[i] = all[i];
}

static void stats_json(struct tree *tree, struct text *out)
{
  struct counter all[COUNTERS];
  counters(tree, all);
  for (int i = 0; i < COUNTERS; i++)
    text_add(out, "%s  \"%s\": %llu", i ? ",\n" : "{\n", all[i].name, all[i].value);
  text_add(out, ",\n  \"views\": ");
  view_stats_json(tree, out);
  text_add(out, "\n}\n");
}

/* Prometheus' text format, version 0.0.4. */
static void metrics(struct tree *tree, struct text *out)
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
}

int describe_status(struct tree *tree, int status, struct text *out, struct err *err)
{
  switch (status) {
  case STATUS_VERSION:
    text_add(out, "%s\n", TESSERAFS_VERSION);
    break;
  case STATUS_CONFIG:
    config(tree, out);
    break;
  case STATUS_STATS:
    stats_json(tree, out);
    break;
  case STATUS_METRICS:
    metrics(tree, out);
    break;
  case STATUS_ERRORS:
    log_ring(out);
    break;
  case STATUS_PREFETCH:
    return err_set(err, EACCES, "can only be written");
  default:
    text_add(out, "%s", tree->spec->dataset.ignored ? tree->spec->dataset.ignored : "");
  }
  return 0;
}
