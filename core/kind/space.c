/* How many of a scan's axes are space, and which fields share them. */
#include "core/kind/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int space_first_axis(const struct scan_spec *scan, const struct snapshot *snapshot)
{
  return scan->channels_first || snapshot->channel_axis == 0 ? 1 : 0;
}

static bool is_stacked(const struct field_spec *field)
{
  for (int i = 0; i < field->gather.naxes; i++)
    if (!field->gather.axes[i].concat)
      return true;
  return false;
}

/* How many axes of the array are space, by itself. */
static int own_axes(const struct scan_spec *scan, const struct snapshot *snapshot)
{
  const int first = space_first_axis(scan, snapshot), nd = snapshot->view->nd;
  int axes = snapshot->spatial ? snapshot->spatial : nd - (snapshot->channel_axis > 0);
  if (scan->spatial)
    axes = scan->spatial;
  return axes < nd - first ? axes : nd - first;
}

/* Along how many of the first n axes of the space the array has the same extents. */
static int same_axes(const struct space *space, int n, const struct scan_spec *scan,
                     const struct snapshot *snapshot)
{
  const int first = space_first_axis(scan, snapshot);
  int same = 0;
  while (same < n && same + first < snapshot->view->nd &&
         snapshot->view->shape[same + first] == space->extent[same])
    same++;
  return same;
}

void space_find(const struct scan_spec *scan, const struct snapshot *const *held,
                struct space *out)
{
  int field = -1;
  *out = (struct space){0};
  for (int f = 0; f < scan->nfields; f++)
    if (held[f] && (field < 0 || (scan->fields[field].type != FIELD_IMG &&
                                  scan->fields[f].type == FIELD_IMG)))
      field = f;
  if (field < 0)
    return;
  const struct snapshot *reference = held[field];
  const int first = space_first_axis(scan, reference);
  out->field = field;
  out->nd = own_axes(scan, reference);
  memcpy(out->extent, reference->view->shape + first,
         sizeof *out->extent * (size_t)out->nd);
  /* Where nobody says how many axes are space, they are those that the shortest field
   * has: the others keep theirs whole, as channels.  A stack of volumes may be one of
   * channels too. */
  const bool said =
      scan->spatial || (reference->spatial && !is_stacked(&scan->fields[field]));
  for (int f = 0; f < scan->nfields && !said; f++) {
    const int axes = held[f] ? own_axes(scan, held[f]) : 0;
    if (axes && axes < out->nd && same_axes(out, axes, scan, held[f]) == axes)
      out->nd = axes;
  }
  out->slice_axis = reference->slice_axis - first;
  if (out->slice_axis < 0 || out->slice_axis >= out->nd)
    out->slice_axis = 0;
}

int space_check(const struct space *space, const struct scan_spec *scan, int field,
                const struct snapshot *snapshot, struct err *err)
{
  char own[ND_TEXT], shared[ND_TEXT];
  if (same_axes(space, space->nd, scan, snapshot) == space->nd)
    return 0;
  return err_set(err, EIO,
                 "field %s of scan %s is %s, on another grid than %s, %s: expected the "
                 "same first %d extents; scans/%s/%s shows it whole",
                 scan->fields[field].name, scan->id,
                 nd_text(snapshot->view->nd, snapshot->view->shape, own),
                 scan->fields[space->field].name,
                 nd_text(space->nd, space->extent, shared), space->nd, scan->id,
                 scan->fields[field].name);
}

int space_check_scan(struct dataset *dataset, const struct dataset_spec *spec, int scan,
                     void (*fn)(void *ctx, const char *scan, const char *field,
                                const char *why),
                     void *ctx, struct err *err)
{
  const struct scan_spec *of = &spec->scans[scan];
  const int n = of->nfields;
  const struct snapshot **held = calloc((size_t)n + 1, sizeof *held);
  struct space space;
  int rc = 0;
  if (!held)
    return err_set(err, ENOMEM, "out of memory");
  for (int f = 0; f < n && n > 1 && !rc; f++) {
    struct err why = ERR_INIT;
    if (of->fields[f].has_value || of->fields[f].scans_only ||
        !dataset_snapshot(dataset, scan, f, &held[f], &why))
      continue;
    held[f] = NULL;
    rc = err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
  }
  space_find(of, held, &space);
  for (int f = 0; f < n; f++) {
    struct err why = ERR_INIT;
    if (!rc && held[f] && space_check(&space, of, f, held[f], &why))
      fn(ctx, of->id, of->fields[f].name, why.msg);
    if (held[f])
      snapshot_unref(held[f]);
  }
  free(held);
  return rc;
}
