/* Spatial axes: what the format says (the first three of a NIfTI, two of a colour image),
 * else all axes but that of colour; of several fields, the leading ones that they share.
 */
#include "core/kind/space.h"

#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

static int first_axis(const struct scan_spec *scan, const struct snapshot *snapshot)
{
  return scan->channels_first || snapshot->channel_axis == 0 ? 1 : 0;
}

/* How many axes of the array are space, by itself. */
static int own_axes(const struct scan_spec *scan, const struct snapshot *snapshot)
{
  int first = first_axis(scan, snapshot), nd = snapshot->view->nd;
  int axes = snapshot->spatial ? snapshot->spatial : nd - (snapshot->channel_axis > 0);
  if (scan->spatial)
    axes = scan->spatial;
  return axes < nd - first ? axes : nd - first;
}

/* Narrows *space to the leading axes that the array shares with it. */
static void share(struct space *space, const int64_t *extent, int axes)
{
  int n = 0;
  while (n < space->nd && n < axes && space->extent[n] == extent[n])
    n++;
  /* nothing in common: the first field's space stands, the other does not fit it */
  if (n)
    space->nd = n;
}

int space_of_scan(struct dataset *dataset, const struct dataset_spec *spec, int scan,
                  struct space *out, struct err *err)
{
  const struct scan_spec *s = &spec->scans[scan];
  struct err first = ERR_INIT;
  *out = (struct space){.whole = true};
  for (int f = 0; f < s->nfields; f++) {
    const struct snapshot *snapshot;
    if (s->fields[f].has_value)
      continue;
    struct err why = ERR_INIT;
    const int failed = dataset_snapshot(dataset, scan, f, &snapshot, &why);
    const int64_t changed =
        failed ? dataset_changed(dataset, scan, f) : snapshot->changed;
    if (changed > out->changed)
      out->changed = changed;
    if (failed) {
      err_set(&first, why.errnum, "%s", why.msg);
      if (err_is_passing(&why))
        return err_set(err, why.errnum, "%s", why.msg);
      out->whole = false;
      continue;
    }
    if (clock_after(snapshot->mtime, out->mtime))
      out->mtime = snapshot->mtime;
    const int64_t *extent = snapshot->view->shape + first_axis(s, snapshot);
    int axes = own_axes(s, snapshot);
    if (!out->nd) {
      out->nd = axes;
      memcpy(out->extent, extent, sizeof *extent * (size_t)axes);
    } else if (axes) {
      share(out, extent, axes);
    }
    snapshot_unref(snapshot);
  }
  if (out->nd)
    return 0;
  if (first.errnum)
    return err_set(err, first.errnum, "%s", first.msg);
  return err_set(err, EINVAL, "scan %s has no array with axes", s->id);
}

int space_field(const struct dataset_spec *spec, int scan, int field,
                const struct snapshot *snapshot, const struct space *space,
                struct kind_field *out, struct err *err)
{
  const struct scan_spec *s = &spec->scans[scan];
  const struct field_spec *f = &s->fields[field];
  int first = first_axis(s, snapshot);
  char own[ND_TEXT], shared[ND_TEXT];
  bool fits = snapshot->view->nd >= space->nd + first;
  for (int d = 0; fits && d < space->nd; d++)
    fits = snapshot->view->shape[d + first] == space->extent[d];
  if (!fits)
    return err_set(err, EINVAL, "field %s of scan %s is %s, which does not cover %s",
                   f->name, s->id,
                   nd_text(snapshot->view->nd, snapshot->view->shape, own),
                   nd_text(space->nd, space->extent, shared));
  uint64_t key = text_hash(snapshot->version, s->id, strlen(s->id) + 1);
  *out = (struct kind_field){.snapshot = snapshot,
                             .view = snapshot->view,
                             .name = f->name,
                             .mask = f->type == FIELD_MASK,
                             .first = first,
                             .key = text_hash(key, f->name, strlen(f->name) + 1)};
  return 0;
}
