#include "core/tree/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"

/* --- building ---------------------------------------------------------------------- */

/* "default" of each kind, then the declared views in the order of the spec. */
static int build_uses(struct world *world, const struct mount_spec *spec, struct err *err)
{
  int nkinds = 0, n = 0;
  while (kinds[nkinds])
    nkinds++;
  struct view_use *uses =
      arena_array(&world->arena, (size_t)(nkinds + spec->nviews), sizeof *uses, err);
  struct view_stats *stats =
      arena_array(&world->arena, (size_t)(nkinds + spec->nviews), sizeof *stats, err);
  if (!uses || !stats)
    return -1;
  for (int k = 0; k < nkinds; k++) {
    uses[n] = (struct view_use){.permanent = true, .kind = kinds[k]};
    uses[n].name = arena_strdup(&world->arena, "default", err);
    if (!uses[n].name ||
        view_params_init(&uses[n++].params, kinds[k]->bit, NULL, &world->arena, err))
      return -1;
    for (int v = 0; v < spec->nviews; v++) {
      if (spec->views[v].kind != kinds[k])
        continue;
      uses[n] = (struct view_use){
          .permanent = true, .kind = kinds[k], .params = spec->views[v].params};
      uses[n].name = arena_strdup(&world->arena, spec->views[v].name, err);
      if (!uses[n++].name)
        return -1;
    }
  }
  world->uses = uses;
  world->nuses = n;
  for (int i = 0; i < n; i++)
    uses[i].stats = &stats[i];
  return 0;
}

static int build_dirs(struct world *world, struct err *err)
{
  const struct dataset_spec *dataset = world->spec;
  world->splits =
      arena_array(&world->arena, (size_t)dataset->nsplits, sizeof *world->splits, err);
  if (!world->splits ||
      scan_dir_build(dataset, NULL, dataset->nscans, &world->arena, &world->scans, err))
    return -1;
  for (int i = 0; i < dataset->nsplits; i++)
    if (scan_dir_build(dataset, dataset->splits[i].scans, dataset->splits[i].nscans,
                       &world->arena, &world->splits[i], err))
      return -1;
  return 0;
}

/* The mtime of what belongs to no scan: SOURCE's own or the description's. */
static struct timespec later_mtime(const struct mount_spec *spec)
{
  struct stat st;
  struct timespec mtime = spec->dataset.mtime;
  if (!stat(spec->source, &st) && clock_after(st.st_mtim, mtime))
    mtime = st.st_mtim;
  return mtime;
}

struct world *world_new(const struct mount_spec *spec, struct source_pool *pool,
                        struct err *err)
{
  struct world *world = calloc(1, sizeof *world);
  if (!world) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  atomic_init(&world->refs, 1);
  arena_init(&world->arena);
  world->spec = &spec->dataset;
  world->mtime = later_mtime(spec);
  if (!build_uses(world, spec, err) && !build_dirs(world, err) &&
      (world->dataset = dataset_open(&spec->dataset, pool, err)))
    return world;
  world_unref(world);
  return NULL;
}

struct world *world_ref(struct world *world)
{
  atomic_fetch_add(&world->refs, 1);
  return world;
}

void world_unref(struct world *world)
{
  if (!world || atomic_fetch_sub(&world->refs, 1) > 1)
    return;
  dataset_close(world->dataset);
  arena_free(&world->arena);
  free(world);
}

/* --- views in use ------------------------------------------------------------------ */

void view_use_ref(struct view_use *use)
{
  if (use && !use->permanent)
    atomic_fetch_add(&use->refs, 1);
}

static void free_arena(struct arena *arena)
{
  if (arena)
    arena_free(arena);
  free(arena);
}

void view_use_unref(struct view_use *use)
{
  if (!use || use->permanent || atomic_fetch_sub(&use->refs, 1) > 1)
    return;
  free_arena(use->arena);
  free(use->name);
  free(use);
}

/* Most parameters are numbers and point to nothing: their arena, several times the size
 * of the rest, goes at once, since the kernel may hold a hundred thousand such names. */
static int parse_use(struct view_use *use, struct err *err)
{
  use->arena = malloc(sizeof *use->arena);
  if (!use->arena)
    return err_set(err, ENOMEM, "out of memory");
  arena_init(use->arena);
  if (view_params_parse(&use->params, use->kind->bit, use->name, use->arena, err))
    return -1;
  if (!view_params_point(&use->params, use->kind->bit)) {
    free_arena(use->arena);
    use->arena = NULL;
  }
  return 0;
}

struct view_use *view_use_from_path(const struct kind *kind, const char *name,
                                    struct view_stats *stats, struct err *err)
{
  struct view_use *use = calloc(1, sizeof *use);
  char *copy = strdup(name);
  if (!use || !copy) {
    free(use);
    free(copy);
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  use->kind = kind;
  use->name = copy;
  use->stats = stats;
  atomic_store(&use->refs, 1);
  if (!parse_use(use, err))
    return use;
  view_use_unref(use);
  return NULL;
}
