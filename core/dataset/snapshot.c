/* A snapshot: opens the files of a field, joins them to one view, and knows when they
 * change.
 *
 * A stack of slices survives the loss of some: in place of a file that cannot be opened
 * stands a view that answers every read with the reason.  Its shape is known from the
 * others, so all sizes stay what they are, and when the file changes (is repaired) the
 * snapshot is stale like after any other change. */
#include "core/dataset/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"

/* --- pieces ----------------------------------------------------------------------- */

static int open_piece_source(const struct piece *piece, struct source_pool *pool,
                             struct source **out, struct err *err)
{
  return piece->raw ? source_open_raw(pool, piece->path, piece->raw, out, err)
                    : source_open(pool, piece->path, out, err);
}

/* The source of piece i: the one before, when it is the same file. */
static int open_source(struct open_snapshot *s, const struct field_spec *field, int64_t i,
                       struct source_pool *pool, struct err *err)
{
  const struct piece *piece = &field->pieces[i];
  struct held *held = &s->held[i];
  held->piece = piece;
  const struct held *before = i ? held - 1 : NULL;
  if (before && before->source && !piece->raw && !before->piece->raw &&
      !strcmp(before->piece->path, piece->path)) {
    held->source = source_ref(before->source);
    return 0;
  }
  return open_piece_source(piece, pool, &held->source, err);
}

/* The array of a piece in its open source; NULL with EIO. */
static const struct source_array *find_array(const struct source *source,
                                             const struct piece *piece, int *index,
                                             struct err *err)
{
  *index = source_array_find(source, piece->key);
  if (*index < 0) {
    err_set(err, EIO, "%s: expected an array '%s', found none of this name", piece->path,
            piece->key ? piece->key : "");
    return NULL;
  }
  const struct source_array *array = source_array_at(source, *index);
  if (!array->unusable)
    return array;
  err_set(err, EIO, "%s:%s: %s", piece->path, array->name ? array->name : "",
          array->unusable);
  return NULL;
}

/* The view of piece i; *array (in the source) is what the file says about it. */
static struct view *open_piece(struct open_snapshot *s, const struct field_spec *field,
                               int64_t i, struct source_pool *pool,
                               const struct source_array **array, struct err *err)
{
  int index;
  if (open_source(s, field, i, pool, err) ||
      !(*array = find_array(s->held[i].source, &field->pieces[i], &index, err)))
    return NULL;
  return source_view(&s->arena, s->held[i].source, index, err);
}

static uint64_t read_errors(struct source_pool *pool)
{
  struct source_stats stats;
  source_pool_stats(pool, &stats);
  return stats.read_errors;
}

/* Remembers what the file that cannot be used looks like, to see when it changes; or that
 * it is the system that could not read it (a server that does not answer), which changes
 * nothing about the file when it is over. */
static void look_at_broken(struct held *held, bool unread)
{
  held->unread = unread;
  if (held->source)
    source_unref(held->source);
  held->source = NULL;
  held->looked = stat(held->piece->path, &held->facts) ? errno : 0;
}

static bool agree(const struct view *a, const struct view *b)
{
  return a->dtype == b->dtype && a->nd == b->nd &&
         !memcmp(a->shape, b->shape, (size_t)a->nd * sizeof *a->shape);
}

static int disagree(const struct piece *a, const struct view *x, const struct piece *b,
                    const struct view *y, struct err *err)
{
  char xs[ND_TEXT], ys[ND_TEXT];
  return err_set(err, EIO, "%s: expected %s of %s as %s has, found %s of %s", b->path,
                 nd_text(x->nd, x->shape, xs), dtype_table[x->dtype].name, a->path,
                 nd_text(y->nd, y->shape, ys), dtype_table[y->dtype].name);
}

/* Opens all pieces; the first usable one's index is *first, its array *array. */
static int open_pieces(struct open_snapshot *s, const struct field_spec *field,
                       struct source_pool *pool, struct view **views, int64_t *first,
                       const struct source_array **array, struct err *err)
{
  struct err why_first = ERR_INIT;
  *first = -1;
  for (int64_t i = 0; i < field->npieces; i++) {
    struct err why = ERR_INIT;
    const struct source_array *found = NULL;
    const uint64_t errors = read_errors(pool);
    views[i] = open_piece(s, field, i, pool, &found, &why);
    s->nheld = i + 1;
    if (!views[i]) {
      if (!field->gather.naxes || err_is_passing(&why))
        return err_set(err, why.errnum, "%s", why.msg);
      err_set(&why_first, why.errnum, "%s", why.msg);
      look_at_broken(&s->held[i], read_errors(pool) != errors);
      if (!(views[i] = snapshot_broken_view(&s->arena, why.msg, err)))
        return -1;
    } else if (*first < 0) {
      *first = i;
      *array = found;
    } else if (!agree(views[*first], views[i])) {
      return disagree(&field->pieces[*first], views[*first], &field->pieces[i], views[i],
                      err);
    }
  }
  return *first >= 0 ? 0 : err_set(err, why_first.errnum, "%s", why_first.msg);
}

/* --- the whole -------------------------------------------------------------------- */

static void set_geometry(const struct field_spec *field, struct geometry *geo)
{
  if (field->has_affine) {
    memcpy(geo->affine, field->affine, sizeof geo->affine);
    geo->has_affine = true;
  } else if (field->has_spacing) {
    geometry_identity(geo);
    for (int d = 0; d < 3; d++)
      geo->affine[d][d] = field->spacing[d];
  }
}

/* The field's array before its transforms. */
static int join(struct open_snapshot *s, const struct field_spec *field,
                struct source_pool *pool, struct err *err)
{
  size_t n = (size_t)field->npieces;
  struct view **views = arena_array(&s->arena, n, sizeof *views, err);
  s->held = arena_array(&s->arena, n, sizeof *s->held, err);
  if (!n)
    return err_set(err, EIO, "field '%s' has no files", field->name);
  if (field->gather.naxes > 1 || field->gather.axes[0].concat || !field->pieces)
    return err_set(err, EIO, "field '%s': expected one stack of files", field->name);
  int64_t first;
  const struct source_array *array = NULL;
  if (!views || !s->held || open_pieces(s, field, pool, views, &first, &array, err))
    return -1;
  s->pub.view = views[0];
  s->pub.geo = array->geo;
  s->pub.channel_axis = array->channel_axis;
  s->pub.spatial = array->spatial;
  if (!field->gather.naxes)
    return 0;
  for (size_t i = 0; i < n; i++)
    if (!s->held[i].source) {
      views[i]->dtype = views[first]->dtype;
      views[i]->nd = views[first]->nd;
      memcpy(views[i]->shape, views[first]->shape, sizeof views[i]->shape);
    }
  geometry_identity(&s->pub.geo);
  s->pub.spatial += s->pub.spatial > 0;
  s->pub.channel_axis += s->pub.channel_axis >= 0;
  s->pub.view = view_stack(&s->arena, (const struct view *const *)views, field->npieces,
                           field->gather.axes[0].axis, err);
  return s->pub.view ? 0 : -1;
}

static uint64_t hash_number(uint64_t hash, int64_t number)
{
  return text_hash(hash, &number, sizeof number);
}

static uint64_t hash_held(uint64_t hash, const struct held *held)
{
  if (held->source)
    return hash_number(hash, (int64_t)source_version(held->source));
  hash = hash_number(hash, held->looked);
  if (held->looked)
    return hash;
  const struct stat *st = &held->facts;
  const int64_t facts[] = {(int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
                           st->st_mtim.tv_sec,  st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
                           st->st_ctim.tv_nsec};
  return text_hash(hash, facts, sizeof facts);
}

/* Version and mtime from the files. */
static void take_facts(struct open_snapshot *s, struct timespec mtime)
{
  uint64_t hash = hash_number(0, s->nheld);
  for (int64_t i = 0; i < s->nheld; i++) {
    const struct held *held = &s->held[i];
    hash = hash_held(hash, held);
    struct timespec t = held->source   ? source_mtime(held->source)
                        : held->looked ? mtime
                                       : held->facts.st_mtim;
    if (clock_after(t, mtime))
      mtime = t;
  }
  s->pub.version = hash;
  s->pub.mtime = mtime;
}

static int transform(struct open_snapshot *s, const struct scan_spec *scan,
                     const struct field_spec *field, struct err *err)
{
  uint64_t key = text_hash(s->pub.version, scan->id, strlen(scan->id) + 1);
  key = text_hash(key, field->name, strlen(field->name));
  struct transform_item item = {
      .view = s->pub.view,
      .geo = s->pub.geo,
      .channel_axis = s->pub.channel_axis,
      .first = scan->channels_first,
      .spatial = scan->spatial ? scan->spatial : s->pub.spatial,
      .mask = field->type == FIELD_MASK,
      .scan = s->pub.view,
      .item_key = key,
      .scan_key = key,
  };
  if (transform_apply(&field->transforms, &item, &s->arena, err))
    return -1;
  s->pub.view = item.view;
  s->pub.geo = item.geo;
  s->pub.channel_axis = item.channel_axis;
  if (s->pub.spatial)
    s->pub.spatial = item.spatial;
  return 0;
}

static int build_value(struct open_snapshot *s, const struct field_spec *field,
                       struct timespec mtime, struct err *err)
{
  s->pub.view = snapshot_value_view(&s->arena, field->value, err);
  geometry_identity(&s->pub.geo);
  s->pub.channel_axis = -1;
  s->pub.mtime = mtime;
  s->pub.version = text_hash(1, &field->value, sizeof field->value);
  return s->pub.view ? 0 : -1;
}

static int build(struct open_snapshot *s, const struct scan_spec *scan,
                 const struct field_spec *field, struct source_pool *pool,
                 struct timespec mtime, struct err *err)
{
  if (field->has_value)
    return build_value(s, field, mtime, err);
  if (join(s, field, pool, err))
    return -1;
  set_geometry(field, &s->pub.geo);
  take_facts(s, mtime);
  return transform(s, scan, field, err);
}

int snapshot_open(const struct scan_spec *scan, const struct field_spec *field,
                  struct source_pool *pool, struct timespec mtime,
                  struct open_snapshot **out, struct err *err)
{
  struct open_snapshot *s = calloc(1, sizeof *s);
  if (!s)
    return err_set(err, ENOMEM, "out of memory");
  arena_init(&s->arena);
  atomic_init(&s->refs, 1);
  atomic_init(&s->looked, clock_ms());
  atomic_init(&s->tried, clock_ms());
  s->pool = pool;
  struct err why = ERR_INIT;
  if (!build(s, scan, field, pool, mtime, &why)) {
    *out = s;
    return 0;
  }
  snapshot_unref(&s->pub);
  bool as_it_is = why.errnum == ENOENT || err_is_passing(&why);
  return err_set(err, as_it_is ? why.errnum : EIO, "%s", why.msg);
}

/* --- in use ----------------------------------------------------------------------- */

/* Users hold a const view of it; references and staleness are its own affair. */
static struct open_snapshot *inside(const struct snapshot *snapshot)
{
  return (struct open_snapshot *)(uintptr_t)snapshot;
}

void snapshot_unref(const struct snapshot *snapshot)
{
  struct open_snapshot *s = inside(snapshot);
  if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
    return;
  for (int64_t i = 0; i < s->nheld; i++)
    if (s->held[i].source)
      source_unref(s->held[i].source);
  arena_free(&s->arena);
  free(s);
}

static bool same_time(struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool broken_changed(const struct held *held)
{
  struct stat st;
  const struct stat *was = &held->facts;
  int errnum = stat(held->piece->path, &st) ? errno : 0;
  if (errnum || held->looked)
    return errnum != held->looked;
  return st.st_dev != was->st_dev || st.st_ino != was->st_ino ||
         st.st_size != was->st_size || !same_time(st.st_mtim, was->st_mtim) ||
         !same_time(st.st_ctim, was->st_ctim);
}

/* Seconds on a bad disk: not at every look. */
enum { TRY_AGAIN_MS = 3000 };

/* Can any slice be opened now that could not be read when the snapshot was made? */
static bool readable_again(struct open_snapshot *s)
{
  int64_t now = clock_ms();
  int_fast64_t tried = atomic_load(&s->tried);
  if (now - tried < TRY_AGAIN_MS ||
      !atomic_compare_exchange_strong(&s->tried, &tried, now))
    return false;
  for (int64_t i = 0; i < s->nheld; i++) {
    struct err ignored = ERR_INIT;
    struct source *source = NULL;
    if (s->held[i].unread &&
        !open_piece_source(s->held[i].piece, s->pool, &source, &ignored)) {
      source_unref(source);
      return true;
    }
  }
  return false;
}

bool snapshot_stale(const struct snapshot *snapshot)
{
  struct open_snapshot *s = inside(snapshot);
  if (atomic_load(&s->stale))
    return true;
  int64_t now = clock_ms();
  int_fast64_t looked = atomic_load(&s->looked);
  /* a stack has thousands of files: not all of them at every question */
  if (s->nheld > 1 && now - looked < SOURCE_CHECK_MS)
    return false;
  if (!atomic_compare_exchange_strong(&s->looked, &looked, now))
    return atomic_load(&s->stale);
  for (int64_t i = 0; i < s->nheld; i++) {
    const struct held *held = &s->held[i];
    if (held->source ? source_stale(held->source) : broken_changed(held)) {
      atomic_store(&s->stale, true);
      return true;
    }
  }
  if (!readable_again(s))
    return false;
  atomic_store(&s->stale, true);
  return true;
}
