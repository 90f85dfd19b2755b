/* Declared views: a view is a promise that its items can be made, which reading the
 * scans alone does not test (a size, a transform, a pair of images that do not go
 * together).  The first and the last item of each are made, because a grid that fits at
 * both ends fits between. */
#include "core/tree/check_views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/tree/collections.h"

/* One view in the making of its report. */
struct report {
  const struct check_run *run;
  const struct view_use *use;
  int fit;           /* scans or splits that it fits */
  int unfit;         /* those that it does not fit */
  struct text first; /* why the first of these does not */
};

/* One problem; what was said before is not said again. */
static void add(const struct report *report, const char *where, const struct err *why)
{
  const struct text *said = &report->run->problems->lines;
  if (said->size && memmem(said->data, said->size, why->msg, strlen(why->msg)))
    return;
  problems_add(report->run->problems, "%s/%s/%s: %s", report->use->kind->name,
               report->use->name, where, why->msg);
}

/* Makes an array of an item, and reads it.  where: its directory, for messages. */
static void check_item(const struct report *report, const struct collection *collection,
                       int64_t number, int role, const char *where)
{
  const struct check_run *run = report->run;
  const struct item_id id = {.number = number};
  struct err why = ERR_INIT;
  struct arena arena;
  struct made made = {.scan = -1, .field = -1, .item = {.channel_axis = -1}};
  arena_init(&arena);
  if ((collection_item(collection, &id, role, &arena, &made, &why) ||
       run->read(run->ctx, made.item.view, &why)) &&
      !(made.scan >= 0 && run->bad[made.scan] && why.errnum == EIO))
    add(report, where, &why);
  made_drop(&made);
  arena_free(&arena);
}

/* Looks at what an item's array would be, which opens its files' headers. */
static void check_header(const struct report *report, const struct collection *collection,
                         int64_t number, int role, const char *where)
{
  const struct item_id id = {.number = number};
  struct err why = ERR_INIT;
  struct arena arena;
  struct made made = {.scan = -1, .field = -1, .item = {.channel_axis = -1}};
  arena_init(&arena);
  if (collection_facts(collection, &id, role, &arena, &made, &why))
    add(report, where, &why);
  made_drop(&made);
  arena_free(&arena);
}

static void check_collection(const struct report *report, const struct place *place,
                             const struct collection *collection, const char *scope)
{
  const int64_t count = collection->count;
  struct role role;
  char name[ITEM_NAME_MAX + 1], where[PATH_MAX];
  struct err ignored = ERR_INIT;
  for (int i = 0; place_role(report->run->tree, place, i, &role); i++) {
    if (place->kind->scope == SCOPE_EPOCHS)
      for (int64_t n = 1; n + 1 < count && !cancel_check(&ignored); n++) {
        collection_name(collection, n, name);
        snprintf(where, sizeof where, "%s/%s/%s", scope, role.name, name);
        check_header(report, collection, n, i, where);
      }
    for (int end = 0; end < (count > 1 ? 2 : 1); end++) {
      const int64_t n = end ? count - 1 : 0;
      collection_name(collection, n, name);
      snprintf(where, sizeof where, "%s/%s/%s", scope, role.name, name);
      check_item(report, collection, n, i, where);
    }
  }
}

int check_fits(struct tree *tree, const struct place *place, struct err *err)
{
  struct opened *opened;
  const struct collection_of of = collection_of(tree, place);
  if ((place->kind->check && place->kind->check(&of, err)) ||
      collections_get(tree, place, &opened, err))
    return -1;
  const int64_t count = opened_collection(opened)->count;
  opened_put(opened);
  return count ? 0 : err_set(err, EINVAL, "it has no items");
}

/* The view of one scan, or of one split's first epoch; scope: how its path goes on. */
static void check_one(struct report *report, const struct place *place, const char *scope)
{
  struct err why = ERR_INIT;
  struct opened *opened;
  if (!check_fits(report->run->tree, place, &why) &&
      !collections_get(report->run->tree, place, &opened, &why)) {
    report->fit++;
    check_collection(report, place, opened_collection(opened), scope);
    opened_put(opened);
  } else if (why.errnum == EINVAL) {
    if (!report->unfit++)
      text_add(&report->first, "%s: %s", scope, why.msg);
  } else if (place->scan < 0 || !report->run->bad[place->scan]) {
    add(report, scope, &why);
  }
}

static void check_use(const struct check_run *run, struct view_use *use)
{
  struct world *world = run->tree->world;
  const struct dataset_spec *spec = world->spec;
  const struct kind *kind = use->kind;
  struct report report = {.run = run, .use = use};
  struct place place = {.world = world,
                        .use = use,
                        .kind = kind,
                        .scans = &world->scans,
                        .scan = -1,
                        .split = -1,
                        .item = -1};
  if (kind->scope == SCOPE_SCANS)
    for (place.scan = 0; place.scan < spec->nscans; place.scan++)
      check_one(&report, &place, spec->scans[place.scan].id);
  else
    for (place.split = 0; place.split < kind->splits(spec); place.split++) {
      char scope[PATH_MAX];
      snprintf(scope, sizeof scope, "%s/epoch-0", kind->split_name(spec, place.split));
      check_one(&report, &place, scope);
    }
  if (report.unfit && !report.fit)
    problems_add(run->problems, "views.%s.%s: fits no %s; %s", kind->name, use->name,
                 kind->scope == SCOPE_SCANS ? "scan" : "split",
                 report.first.data ? report.first.data : "out of memory");
  text_free(&report.first);
}

static bool is_default(const struct view_use *use)
{
  return !strcmp(use->name, "default");
}

void check_views(const struct check_run *run)
{
  const struct world *world = run->tree->world;
  for (int i = 0; i < world->nuses; i++) {
    struct view_use *use = &world->uses[i];
    bool wanted = !is_default(use);
    if (!wanted && use->kind->scope == SCOPE_EPOCHS) {
      wanted = true;
      for (int k = 0; k < world->nuses; k++)
        if (world->uses[k].kind == use->kind && !is_default(&world->uses[k]))
          wanted = false;
    }
    if (wanted && kind_shown(use->kind, world->spec))
      check_use(run, use);
  }
}
