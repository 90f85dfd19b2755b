/* The first snapshots are held in the struct itself: an item of a grid or a pair needs no
 * malloc. */
#include "core/field/sources.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/grow.h"
#include "core/base/text.h"
#include "core/field/snapshot.h"

static const struct snapshot **slot(struct sources *sources, int i)
{
  return i < SOURCES_FEW ? &sources->few[i] : &sources->more[i - SOURCES_FEW];
}

static const struct snapshot *at(const struct sources *sources, int i)
{
  return i < SOURCES_FEW ? sources->few[i] : sources->more[i - SOURCES_FEW];
}

static void raise_to(struct sources *sources, struct timespec mtime, int64_t changed)
{
  if (clock_after(mtime, sources->mtime))
    sources->mtime = mtime;
  if (changed > sources->changed)
    sources->changed = changed;
}

int sources_add(struct sources *sources, const struct snapshot *snapshot, struct err *err)
{
  const int more = sources->n - SOURCES_FEW;
  if (more >= 0 && grow(&sources->more, &sources->room, (size_t)more,
                        sizeof *sources->more, "files", err)) {
    snapshot_unref(snapshot);
    return -1;
  }
  *slot(sources, sources->n) = snapshot;
  if (!sources->looked ||
      !snapshot_same_file(at(sources, sources->looked - 1), snapshot)) {
    *slot(sources, sources->n) = at(sources, sources->looked);
    *slot(sources, sources->looked++) = snapshot;
  }
  sources->version = sources->n++ ? text_hash(sources->version, &snapshot->version,
                                              sizeof snapshot->version)
                                  : snapshot->version;
  raise_to(sources, snapshot->mtime, snapshot->changed);
  return 0;
}

int sources_hold(struct sources *sources, const struct sources *other, struct err *err)
{
  const bool first = !sources->n;
  for (int i = 0; i < other->n; i++)
    if (sources_add(sources, snapshot_ref(at(other, i)), err))
      return -1;
  raise_to(sources, other->mtime, other->changed);
  sources->watched = (first || sources->watched) && other->watched;
  return 0;
}

void sources_raise(struct sources *sources, const struct sources *other)
{
  raise_to(sources, other->mtime, other->changed);
}

bool sources_stale(const struct sources *sources)
{
  for (int i = 0; i < sources->looked; i++)
    if (snapshot_stale(at(sources, i)))
      return true;
  return false;
}

int sources_check(const struct sources *sources, struct err *err)
{
  for (int i = 0; i < sources->n; i++)
    if (snapshot_check(at(sources, i), err))
      return -1;
  return 0;
}

void sources_drop(struct sources *sources)
{
  for (int i = 0; i < sources->n; i++)
    snapshot_unref(at(sources, i));
  free(sources->more);
  *sources = (struct sources){0};
}
