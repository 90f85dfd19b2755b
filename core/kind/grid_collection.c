/* The collection of a grid: a plan over one scan, whose fields are held. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset/scalars.h"
#include "core/kind/grid.h"

struct grid_collection {
  struct collection collection; /* first */
  const struct scan_spec *scan;
  struct plan plan;
  int width[ND_MAX][2];          /* characters of start_d and stop_d in items.csv */
  const struct snapshot *held[]; /* per field, of collection.sources; NULL: a scalar, or
                                    it cannot be read */
};

static const struct grid_collection *grid_of(const struct collection *collection)
{
  return (const struct grid_collection *)collection;
}

static const struct scan_spec *scan_of(const struct collection_of *of)
{
  return &of->spec->scans[of->scan];
}

/* --- roles: the fields that the view shows ----------------------------------------- */

/* Returns the field that the view is about alone, because it is in scans/ only and the
 * only one named; -1: the view is about all others. */
static int alone(const struct view_params *params, const struct scan_spec *scan)
{
  for (int f = 0; f < scan->nfields && params->fields.n == 1; f++)
    if (scan->fields[f].scans_only &&
        !strcmp(scan->fields[f].name, params->fields.name[0]))
      return f;
  return -1;
}

/* Returns whether a field has a say in what the view is: an array that is not in scans/
 * only, or the one that the view is about (`only`, of alone()). */
static bool concerns(const struct scan_spec *scan, int field, int only)
{
  return !scan->fields[field].has_value &&
         (only < 0 ? !scan->fields[field].scans_only : field == only);
}

static bool shows(const struct view_params *params, const struct scan_spec *scan,
                  int field)
{
  const struct names *fields = &params->fields;
  return (!fields->n ||
          text_is_one_of(fields->name, (size_t)fields->n, scan->fields[field].name)) &&
         concerns(scan, field, alone(params, scan));
}

/* EINVAL when the view names a field that it cannot show beside others. */
static int check_fields(const struct view_params *params, const struct scan_spec *scan,
                        struct err *err)
{
  const struct names *fields = &params->fields;
  for (int f = 0; f < scan->nfields && fields->n > 1; f++)
    if (scan->fields[f].scans_only &&
        text_is_one_of(fields->name, (size_t)fields->n, scan->fields[f].name))
      return err_set(err, EINVAL,
                     "fields: %s of scan %s is on a grid of its own: expected it alone, "
                     "found %d names",
                     scan->fields[f].name, scan->id, fields->n);
  return 0;
}

/* The field that role i is; -1: there are fewer. */
static int field_of(const struct collection_of *of, int i)
{
  const struct scan_spec *scan = scan_of(of);
  if (!of->params->fields.n && !scan->napart)
    return i < scan->nfields ? i : -1;
  for (int f = 0; f < scan->nfields; f++)
    if (shows(of->params, scan, f) && i-- == 0)
      return f;
  return -1;
}

bool grid_role(const struct collection_of *of, int i, struct role *out)
{
  const int f = field_of(of, i);
  if (f < 0)
    return false;
  const struct field_spec *field = &scan_of(of)->fields[f];
  *out = (struct role){field->name, field->type == FIELD_MASK ? "mask" : "img", 0};
  return true;
}

bool grid_role_known(const struct dataset_spec *spec, const char *name)
{
  for (int s = 0; s < spec->nscans; s++)
    for (int f = 0; f < spec->scans[s].nfields; f++)
      if (!strcmp(spec->scans[s].fields[f].name, name))
        return true;
  return false;
}

/* --- opening ----------------------------------------------------------------------- */

/* One field as the plan sees it.  EIO when it is on another grid.  *out points into the
 * snapshot. */
static int view_field(const struct grid_collection *self, int field,
                      const struct snapshot *snapshot, struct grid_field *out,
                      struct err *err)
{
  const struct scan_spec *scan = self->scan;
  const struct field_spec *spec = &scan->fields[field];
  if (space_check(&self->plan.space, scan, field, snapshot, err))
    return -1;
  const uint64_t key = text_hash(snapshot->version, scan->id, strlen(scan->id) + 1);
  *out = (struct grid_field){.snapshot = snapshot,
                             .view = snapshot->view,
                             .name = spec->name,
                             .mask = spec->type == FIELD_MASK,
                             .first = space_first_axis(scan, snapshot),
                             .key = text_hash(key, spec->name, strlen(spec->name) + 1)};
  /* As PyTC reads it: what is missing is filled.  Statistics of it are others, even of a
   * whole field that has both. */
  if (self->collection.of.params->preset == PRESET_PYTC &&
      snapshot->filled != snapshot->view) {
    out->view = snapshot->filled;
    out->key = text_hash(out->key, "filled", sizeof "filled");
  }
  return 0;
}

/* Holds the scan's fields and finds their space.  Fields that cannot be read, and
 * scalars, have no say; but without memory (see err_is_passing) there is no answer, for
 * it might be another one.  EIO when no field can be read (the first one's reason),
 * EINVAL when none has an axis. */
static int hold_fields(struct grid_collection *self, struct space *space, struct err *err)
{
  struct collection *collection = &self->collection;
  const struct collection_of *of = &collection->of;
  const int only = alone(of->params, self->scan);
  struct err first = ERR_INIT;
  for (int f = 0; f < self->scan->nfields; f++) {
    struct err why = ERR_INIT;
    if (!concerns(self->scan, f, only))
      continue;
    if (!dataset_snapshot(of->dataset, of->scan, f, &self->held[f], &why)) {
      if (sources_add(&collection->sources, self->held[f], err))
        return -1;
      continue;
    }
    if (err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    self->held[f] = NULL;
    collection->partial = true;
    err_set(&first, why.errnum, "%s", why.msg);
    const struct sources changed = {.changed = dataset_changed(of->dataset, of->scan, f)};
    sources_raise(&collection->sources, &changed);
  }
  collection->sources.watched = !collection->partial;
  space_find(self->scan, self->held, space);
  if (space->nd)
    return 0;
  if (first.errnum)
    return err_set(err, first.errnum, "%s", first.msg);
  return err_set(err, EINVAL, "scan %s has no array with axes", self->scan->id);
}

static int larger(int64_t a, int64_t b)
{
  const int x = text_digits(a), y = text_digits(b);
  return x > y ? x : y;
}

/* Along an axis the numbers lie between the first cell's and the last one's, and the
 * longest are at the ends. */
static void measure_columns(struct grid_collection *self)
{
  const struct plan *plan = &self->plan;
  struct box first, last;
  if (!plan->count)
    return;
  grid_cell_box(plan, 0, &first);
  grid_cell_box(plan, plan->cells - 1, &last);
  for (int d = 0; d < plan->space.nd; d++) {
    self->width[d][0] = larger(first.start[d], last.start[d]);
    self->width[d][1] = larger(first.stop[d], last.stop[d]);
  }
}

int grid_open(const struct kind *kind, const struct collection_of *of,
              struct collection **out, struct err *err)
{
  const struct scan_spec *scan = scan_of(of);
  const size_t size = sizeof(struct grid_collection) +
                      (size_t)scan->nfields * sizeof(const struct snapshot *);
  struct grid_collection *self = calloc(1, size);
  if (!self)
    return err_set(err, ENOMEM, "out of memory");
  struct collection *collection = &self->collection;
  struct space space = {0};
  collection->of = *of;
  collection->bytes = (int64_t)size;
  self->scan = scan;
  if (check_fields(of->params, scan, err) || hold_fields(self, &space, err) ||
      grid_plan(kind, of->params, &space, &self->plan, err)) {
    sources_drop(&collection->sources);
    free(self);
    return -1;
  }
  collection->count = self->plan.count;
  measure_columns(self);
  *out = collection;
  return 0;
}

void grid_close(struct collection *collection)
{
  free(collection);
}

/* --- names ------------------------------------------------------------------------- */

int grid_name(const struct collection *collection, int64_t number,
              char out[ITEM_NAME_MAX + 1])
{
  return grid_cell_name(&grid_of(collection)->plan, number, out);
}

int64_t grid_find(const struct collection *collection, const char *name)
{
  return grid_find_cell(&grid_of(collection)->plan, name);
}

int grid_at(const struct collection *collection, const char *at, struct err *err)
{
  struct box box;
  return grid_box_at(&grid_of(collection)->plan, at, &box, err);
}

/* --- items ------------------------------------------------------------------------- */

static int box_of(const struct plan *plan, const struct item_id *id, struct box *out,
                  struct err *err)
{
  if (id->number < 0)
    return grid_box_at(plan, id->at, out, err);
  grid_box(plan, id->number, out);
  return 0;
}

int grid_item(const struct collection *collection, const struct item_id *id, int role,
              struct arena *arena, struct made *out, struct err *err)
{
  const struct grid_collection *self = grid_of(collection);
  const struct plan *plan = &self->plan;
  const struct collection_of *of = &collection->of;
  const size_t axes = (size_t)plan->space.nd * sizeof(int64_t);
  const struct snapshot *snapshot;
  struct transform_item item;
  struct grid_field field;
  out->scan = of->scan;
  out->field = field_of(of, role);
  out->box_nd = plan->space.nd;
  if (self->held[out->field])
    snapshot = snapshot_ref(self->held[out->field]);
  else if (dataset_snapshot(of->dataset, of->scan, out->field, &snapshot, err))
    return -1;
  if (sources_add(&out->sources, snapshot, err) ||
      view_field(self, out->field, snapshot, &field, err) ||
      box_of(plan, id, &out->box, err) ||
      plan->kind->grid->cut(plan, &field, &out->box, &item, arena, err))
    return -1;
  sources_raise(&out->sources, &collection->sources);
  out->sources.watched = collection->sources.watched;
  out->version = text_hash(snapshot->version, out->box.start, axes);
  out->version = text_hash(out->version, out->box.stop, axes);
  /* statistics are of this cut: the box and all that shaped it */
  const uint64_t shaping[] = {view_params_key(plan->params, plan->kind->bit),
                              plan->trailing_axis};
  uint64_t key = text_hash(field.key, plan->kind->name, strlen(plan->kind->name));
  key = text_hash(key, shaping, sizeof shaping);
  item.item_key = text_hash(text_hash(key, out->box.start, axes), out->box.stop, axes);
  if (transform_apply(&plan->params->transforms, &item, arena, err))
    return -1;
  out->item = (struct item){item.view, item.geo, field.name, item.channel_axis};
  return 0;
}

/* --- texts ------------------------------------------------------------------------- */

static void add_line(const struct grid_collection *self, const struct box *box,
                     struct text *out)
{
  text_add(out, ",");
  text_add_csv(out, self->scan->id, 0);
  const struct collection_of *of = &self->collection.of;
  const char *split = scan_split(of->spec, of->scan, 0);
  text_add(out, ",");
  text_add_csv(out, split ? split : "", 0);
  for (int d = 0; d < self->plan.space.nd; d++)
    text_add(out, ",%*lld", self->width[d][0], (long long)box->start[d]);
  for (int d = 0; d < self->plan.space.nd; d++)
    text_add(out, ",%*lld", self->width[d][1], (long long)box->stop[d]);
  for (int i = 0; i < of->spec->nscalars; i++) {
    text_add(out, ",");
    scalar_csv(self->scan, &of->spec->scalars[i], out);
  }
}

int64_t grid_csv_head(const struct collection *collection, struct text *out)
{
  const struct grid_collection *self = grid_of(collection);
  const struct box box = {0};
  struct text line = {0};
  const struct dataset_spec *spec = collection->of.spec;
  text_add(out, ",scan,split");
  for (int d = 0; d < self->plan.space.nd; d++)
    text_add(out, ",start_%d", d);
  for (int d = 0; d < self->plan.space.nd; d++)
    text_add(out, ",stop_%d", d);
  for (int i = 0; i < spec->nscalars; i++) {
    text_add(out, ",");
    text_add_csv(out, spec->scalars[i].name, 0);
  }
  add_line(self, &box, &line);
  const int64_t size = (int64_t)line.size;
  out->failed |= line.failed;
  text_free(&line);
  return size;
}

int grid_csv_row(const struct collection *collection, int64_t number, struct text *out,
                 struct err *err)
{
  const struct grid_collection *self = grid_of(collection);
  struct box box;
  grid_box(&self->plan, number, &box);
  add_line(self, &box, out);
  return 0;
}

/* The split as in items.csv, and all of them where there are several. */
static void add_splits(const struct collection_of *of, struct text *out)
{
  const char *split = scan_split(of->spec, of->scan, 0);
  text_add(out, ",\n  \"split\": ");
  if (split)
    text_add_json(out, split);
  else
    text_add(out, "null");
  if (!scan_split(of->spec, of->scan, 1))
    return;
  text_add(out, ",\n  \"splits\": [");
  for (int i = 0; (split = scan_split(of->spec, of->scan, i)); i++) {
    text_add(out, "%s", i ? ", " : "");
    text_add_json(out, split);
  }
  text_add(out, "]");
}

/* Scalars stand beside the item's own keys, as in items.csv; one that has the name of
 * such a key is under "fields" only. */
static void add_scalars(const struct scan_spec *scan, struct text *out)
{
  static const char *const own[] = {"kind",  "view",     "scan",  "split", "splits",
                                    "item",  "items",    "start", "stop",  "extent",
                                    "chunk", "unpadded", "fields"};
  for (int f = 0; f < scan->nfields; f++) {
    const struct field_spec *field = &scan->fields[f];
    if (!field->has_value || text_is_one_of(own, sizeof own / sizeof *own, field->name))
      continue;
    text_add(out, ",\n  ");
    text_add_json(out, field->name);
    text_add(out, ": ");
    scalar_json(field, out);
  }
}

int grid_describe(const struct collection *collection, const struct item_id *id,
                  struct text *out, struct err *err)
{
  const struct grid_collection *self = grid_of(collection);
  const struct plan *plan = &self->plan;
  struct box box;
  char name[ITEM_NAME_MAX + 1];
  if (box_of(plan, id, &box, err))
    return -1;
  text_add(out, ",\n  \"scan\": ");
  text_add_json(out, self->scan->id);
  add_splits(&collection->of, out);
  add_scalars(self->scan, out);
  if (id->number >= 0 && plan->kind->item_name) {
    plan->kind->item_name(collection, id->number, name);
    text_add(out, ",\n  \"item\": \"%s\"", name);
  } else if (id->number >= 0) {
    text_add(out, ",\n  \"item\": %lld", (long long)id->number);
  }
  if (id->number >= 0 && plan->kind->grid->describe)
    plan->kind->grid->describe(plan, id->number, out);
  text_add(out, ",\n  \"items\": %lld,\n  \"start\": ", (long long)plan->count);
  text_add_numbers(out, box.start, plan->space.nd);
  text_add(out, ",\n  \"stop\": ");
  text_add_numbers(out, box.stop, plan->space.nd);
  text_add(out, ",\n  \"extent\": ");
  text_add_numbers(out, plan->space.extent, plan->space.nd);
  return 0;
}
