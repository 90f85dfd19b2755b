/* Sources: the pool that they share, references, arrays and counters.  source_probe.c
 * recognises and opens files, source_file.c holds descriptors and fingerprints,
 * source_view.c reads boxes of voxels. */
#include "core/source/source.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/source/source_inside.h"

/* --- the pool ---------------------------------------------------------------------- */

static int default_max_fds(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 2 > 1024)
    return 1024;
  return limit.rlim_cur < 4 ? 1 : (int)(limit.rlim_cur / 2);
}

struct source_pool *source_pool_new(const struct source_pool_opts *opts, struct err *err)
{
  struct source_pool *pool = calloc(1, sizeof *pool);
  if (!pool) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&pool->lock, NULL);
  pthread_mutex_init(&pool->wish_lock, NULL);
  clock_cond_init(&pool->less_ahead);
  TAILQ_INIT(&pool->open);
  source_known_init(&pool->known);
  source_shared_init(&pool->shared);
  pool->cache_bytes = opts->cache_bytes;
  pool->max_fds = opts->max_fds > 0 ? opts->max_fds : default_max_fds();
  atomic_store(&pool->next_id, 1);
  if ((opts->root && !(pool->root = strdup(opts->root))) ||
      (opts->state && !(pool->state = strdup(opts->state))))
    err_set(err, ENOMEM, "out of memory");
  else if ((pool->cache = block_cache_new(opts->cache_bytes, err)) &&
           (!opts->threads || (pool->workers = workers_new(opts->threads, err))))
    return pool;
  source_pool_free(pool);
  return NULL;
}

void source_pool_free(struct source_pool *pool)
{
  if (!pool)
    return;
  workers_free(pool->workers);
  for (struct source *kept; (kept = source_shared_unkeep(&pool->shared));)
    source_unref(kept);
  assert(TAILQ_EMPTY(&pool->open));
  if (pool->cache)
    block_cache_free(pool->cache);
  source_known_free(&pool->known);
  source_shared_free(&pool->shared);
  pthread_mutex_destroy(&pool->lock);
  pthread_mutex_destroy(&pool->wish_lock);
  pthread_cond_destroy(&pool->less_ahead);
  free(pool->root);
  free(pool->state);
  free(pool);
}

int source_pool_confine(struct source_pool *pool, const char *root, struct err *err)
{
  free(pool->root);
  pool->root = strdup(root);
  pool->confined = pool->root;
  return pool->root ? 0 : err_set(err, ENOMEM, "out of memory");
}

const char *source_pool_beneath(const struct source_pool *pool)
{
  return pool->confined ? pool->root : NULL;
}

struct block_cache *source_pool_cache(const struct source_pool *pool)
{
  return pool->cache;
}

struct workers *source_pool_workers(const struct source_pool *pool)
{
  return pool->workers;
}

void source_pool_stats(struct source_pool *pool, struct source_stats *out)
{
  block_cache_stats(pool->cache, &out->cache);
  out->files_opened = atomic_load(&pool->files_opened);
  out->blocks_decoded = atomic_load(&pool->blocks_decoded);
  out->bytes_decoded = atomic_load(&pool->bytes_decoded);
  out->bytes_read = atomic_load(&pool->bytes_read);
  out->read_errors = atomic_load(&pool->read_errors);
}

const char *source_pool_root(const struct source_pool *pool)
{
  return pool->root;
}

const char *source_pool_state(const struct source_pool *pool)
{
  return pool->state;
}

/* --- making and dropping ----------------------------------------------------------- */

struct source *source_begin(struct source_pool *pool, const char *path,
                            const struct source_format *format, struct err *err)
{
  struct source *source = calloc(1, sizeof *source);
  if (!source) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  source->pool = pool;
  source->format = format;
  source->id = atomic_fetch_add(&pool->next_id, 1);
  atomic_store(&source->refs, 1);
  arena_init(&source->arena);
  if (source_file_add(source, path, source_pool_beneath(pool), err) >= 0)
    return source;
  source_unref(source);
  return NULL;
}

/* A source of at most so many arrays has no index of their names. */
enum { UNINDEXED = 16 };

static const char *name_of(const struct source_array *array)
{
  return array->name ? array->name : "";
}

static int compare_names(const void *a, const void *b, void *arrays)
{
  const int i = *(const int *)a, j = *(const int *)b;
  const struct source_array *all = arrays;
  const int c = strcmp(name_of(&all[i]), name_of(&all[j]));
  return c ? c : i - j;
}

static int compare_aliases(const void *a, const void *b)
{
  const struct source_alias *x = a, *y = b;
  return strcmp(x->name, y->name);
}

/* Sorts the names of many arrays, and gives back the room of arrays that did not come. */
static int index_arrays(struct source *source, struct err *err)
{
  if (source->naliases)
    qsort(source->aliases, (size_t)source->naliases, sizeof *source->aliases,
          compare_aliases);
  if (source->narrays <= UNINDEXED)
    return 0;
  struct source_array *arrays =
      reallocarray(source->arrays, (size_t)source->narrays, sizeof *arrays);
  int *by_name = reallocarray(NULL, (size_t)source->narrays, sizeof *by_name);
  if (arrays)
    source->arrays = arrays;
  source->by_name = by_name;
  if (!by_name)
    return err_set(err, ENOMEM, "%s: out of memory for %d names", source_path(source),
                   source->narrays);
  for (int i = 0; i < source->narrays; i++)
    by_name[i] = i;
  qsort_r(by_name, (size_t)source->narrays, sizeof *by_name, compare_names,
          source->arrays);
  return 0;
}

/* A headerless file is a different array each time it is described differently, so its
 * content is not remembered. */
static bool may_be_known(const struct source *source)
{
  return source->format && source->format->open;
}

/* The headers were read over some time, so the source checks that all of them are of one
 * content. */
int source_opened(struct source *source, struct source **out, struct err *err)
{
  if (source_verify_paths(source, err) || index_arrays(source, err)) {
    source_unref(source);
    return -1;
  }
  const uint64_t known =
      may_be_known(source) ? source_known_take(&source->pool->known, source) : 0;
  if (known)
    source->id = known;
  atomic_fetch_add(&source->pool->files_opened, 1);
  source->opened = true;
  *out = source;
  return 0;
}

struct source *source_ref(struct source *source)
{
  atomic_fetch_add(&source->refs, 1);
  return source;
}

void source_unref(struct source *source)
{
  if (!source || atomic_fetch_sub(&source->refs, 1) > 1)
    return;
  source_shared_forget(&source->pool->shared, source);
  if (source->charged)
    block_cache_discharge(source->pool->cache, source->charged);
  if (!source->opened || atomic_load(&source->stale) || !may_be_known(source) ||
      !source_known_leave(&source->pool->known, source))
    block_cache_drop(source->pool->cache, source->id);
  for (int i = 0; i < source->narrays; i++)
    if (source->format->close && source->arrays[i].priv)
      source->format->close(source->arrays[i].priv);
  source_files_close(source);
  arena_free(&source->arena);
  free(source->arrays);
  free(source->by_name);
  free(source->aliases);
  free(source);
}

/* --- arrays and files -------------------------------------------------------------- */

static int check_direct(const struct source *source, const struct source_array *array,
                        int64_t bytes, struct err *err)
{
  const int64_t size = source_file_size(source, array->file);
  int64_t end;
  char text[ND_TEXT];
  if (array->offset >= 0 && checked_add(array->offset, bytes, &end) && end <= size)
    return 0;
  return err_set(
      err, EIO,
      "%s: expected %lld bytes of voxels (%s of %s) at offset %lld, found "
      "%lld",
      source_file_path(source, array->file), (long long)bytes,
      nd_text(array->nd, array->shape, text), dtype_table[array->stored].name,
      (long long)array->offset,
      (long long)(array->offset < 0 || array->offset > size ? 0 : size - array->offset));
}

static int check_array(const struct source *source, const struct source_array *array,
                       struct err *err)
{
  int64_t bytes, presented, block;
  char text[ND_TEXT];
  assert(array->nd >= 0 && array->nd <= ND_MAX);
  if (!checked_array_bytes(array->nd, array->shape, dtype_size(array->stored), &bytes) ||
      !checked_array_bytes(array->nd, array->shape, dtype_size(array->dtype), &presented))
    return err_set(err, EIO, "%s: expected an array of less than 2^63 bytes, found %s",
                   source_path(source), nd_text(array->nd, array->shape, text));
  if (array->direct)
    return check_direct(source, array, bytes, err);
  if (checked_array_bytes(array->nd, array->block, dtype_size(array->stored), &block) &&
      (block > 0 || bytes == 0))
    return 0;
  return err_set(err, EIO, "%s: expected blocks of 1 to 2^63 bytes, found %s",
                 source_path(source), nd_text(array->nd, array->block, text));
}

int source_add_array(struct source *source, const struct source_array *array,
                     struct err *err)
{
  if (!array->unusable && check_array(source, array, err))
    return -1;
  if (source->narrays == source->narrays_room) {
    const int room = source->narrays_room ? 2 * source->narrays_room : 1;
    struct source_array *more =
        reallocarray(source->arrays, (size_t)room, sizeof *source->arrays);
    if (!more)
      return err_set(err, ENOMEM, "%s: out of memory for %d arrays", source_path(source),
                     room);
    source->arrays = more;
    source->narrays_room = room;
  }
  struct source_array *copy = &source->arrays[source->narrays];
  *copy = *array;
  if (array->name && !(copy->name = arena_strdup(&source->arena, array->name, err)))
    return -1;
  if (array->unusable &&
      !(copy->unusable = arena_strdup(&source->arena, array->unusable, err)))
    return -1;
  source->narrays++;
  return 0;
}

int source_add_alias(struct source *source, const char *name, int array, struct err *err)
{
  assert(array >= 0 && array < source->narrays);
  if (source->naliases == source->naliases_room) {
    const int room = source->naliases_room ? 2 * source->naliases_room : 4;
    struct source_alias *more =
        reallocarray(source->aliases, (size_t)room, sizeof *source->aliases);
    if (!more)
      return err_set(err, ENOMEM, "%s: out of memory for %d names", source_path(source),
                     room);
    source->aliases = more;
    source->naliases_room = room;
  }
  const struct source_alias alias = {arena_strdup(&source->arena, name, err), array};
  if (!alias.name)
    return -1;
  source->aliases[source->naliases++] = alias;
  return 0;
}

int source_add_file(struct source *source, const char *path, struct err *err)
{
  return source_file_add(source, path, source_pool_beneath(source->pool), err);
}

int source_add_linked(struct source *source, const char *path, struct err *err)
{
  return source_file_add(source, path, source->pool->root, err);
}

struct arena *source_arena(struct source *source)
{
  return &source->arena;
}

struct source_pool *source_pool_of(const struct source *source)
{
  return source->pool;
}

uint64_t source_id(const struct source *source)
{
  return source->id;
}

struct block_cache *source_cache(const struct source *source)
{
  return source->pool->cache;
}

const char *source_path(const struct source *source)
{
  return source->files[0]->path;
}

const char *source_format_name(const struct source *source)
{
  return source->format->name;
}

int source_array_count(const struct source *source)
{
  return source->narrays;
}

const struct source_array *source_array_at(const struct source *source, int index)
{
  assert(index >= 0 && index < source->narrays);
  return &source->arrays[index];
}

/* Finds the array that is meant where none is named. */
static int find_unnamed(const struct source *source)
{
  static const char *const usual[] = {"data", "image", "raw", "volume"};
  int usable = 0, only = -1, called = 0, found = -1;
  if (source->narrays && !source->arrays[0].name)
    return 0;
  for (int i = 0; i < source->narrays; i++) {
    const struct source_array *array = &source->arrays[i];
    if (array->unusable)
      continue;
    const char *slash = strrchr(array->name, '/');
    usable++;
    only = i;
    if (!text_is_one_of(usual, sizeof usual / sizeof *usual,
                        slash ? slash + 1 : array->name))
      continue;
    called++;
    found = i;
  }
  if (source->narrays == 1)
    return 0; /* also when it is unusable: the reason is said */
  return usable == 1 ? only : called == 1 ? found : -1;
}

int source_array_find(const struct source *source, const char *name)
{
  if (!name)
    return find_unnamed(source);
  if (!source->by_name)
    for (int i = 0; i < source->narrays; i++)
      if (source->arrays[i].name && !strcmp(source->arrays[i].name, name))
        return i;
  int from = 0, to = source->by_name ? source->narrays : 0;
  while (from < to) {
    const int middle = from + (to - from) / 2;
    if (strcmp(name_of(&source->arrays[source->by_name[middle]]), name) < 0)
      from = middle + 1;
    else
      to = middle;
  }
  if (source->by_name && from < source->narrays &&
      !strcmp(name_of(&source->arrays[source->by_name[from]]), name))
    return source->by_name[from];
  const struct source_alias key = {.name = name}, *alias = NULL;
  if (source->naliases)
    alias = bsearch(&key, source->aliases, (size_t)source->naliases,
                    sizeof *source->aliases, compare_aliases);
  return alias ? alias->array : -1;
}

int source_array_missing(const struct source *source, const char *name, struct err *err)
{
  enum { SHOWN = 8 };
  if (name)
    return err_set(err, EIO, "%s: expected an array '%s', found none of this name",
                   source_path(source), name);
  const char *path = source_path(source), *slash = strrchr(path, '/');
  struct text names = {0};
  int n = 0;
  for (int i = 0; i < source->narrays; i++)
    if (!source->arrays[i].unusable && n++ < SHOWN)
      text_add(&names, "%s%s", n > 1 ? ", " : "", name_of(&source->arrays[i]));
  err_set(err, EIO,
          "%s: expected the name of an array after the path (%s:NAME), found none and %d "
          "arrays: %s%s",
          path, slash ? slash + 1 : path, n, names.data ? names.data : "",
          n > SHOWN ? ", ..." : "");
  text_free(&names);
  return -1;
}

const char *source_array_alias(const struct source *source, int array, int *at)
{
  while (*at < source->naliases) {
    const struct source_alias *alias = &source->aliases[(*at)++];
    if (alias->array == array)
      return alias->name;
  }
  return NULL;
}

/* --- reading ----------------------------------------------------------------------- */

void source_count_decoded(struct source *source, uint64_t bytes)
{
  atomic_fetch_add(&source->pool->bytes_decoded, bytes);
}

int source_read_block(struct source *source, const struct source_array *array,
                      const int64_t *bidx, void *out, size_t size, struct err *err)
{
  struct err why = ERR_INIT;
  const int rc = source->format->read_block(source, array, bidx, out, &why);
  assert((rc != 0) == (why.errnum != 0));
  if (why.errnum != EINTR && source_verify(source, err))
    return -1;
  if (rc)
    return err_set(err, why.errnum, "%s", why.msg);
  atomic_fetch_add(&source->pool->blocks_decoded, 1);
  atomic_fetch_add(&source->pool->bytes_decoded, size);
  return 0;
}

bool source_stale(struct source *source)
{
  if (atomic_load(&source->stale))
    return true;
  const int64_t now = clock_ms();
  const int64_t looked = atomic_load(&source->looked);
  if (looked && now - looked < SOURCE_CHECK_MS)
    return false;
  /* `looked` is stored only after the look, so a caller who comes meanwhile looks too: if
   * it were told "not stale" early, it could show old voxels after others have shown new
   * ones */
  source_verify_paths(source, NULL);
  atomic_store(&source->looked, now);
  return atomic_load(&source->stale);
}
