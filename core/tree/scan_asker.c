/* One thread goes through the fields.  When it waits for one too long, that field is left
 * out and another thread goes on behind it.  The one that waits cannot be stopped: it is
 * left behind, and ends when its source answers.  The field it waits for is remembered
 * until then, so that dataset.json can be opened again and again at the cost of one
 * thread for each field that hangs. */
#include "core/tree/scan_asker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/thread.h"
#include "core/dataset/field_type.h"
#include "core/dataset/scalars.h"
#include "core/tree/describe.h"

enum {
  PATIENCE_MS = 5000, /* for the first field that does not answer */
  LATER_MS = 500,     /* for the following ones */
  LEFT_BEHIND = 64,   /* threads that may wait at the same time */
  LOOK_MS = 50
};

struct field_at {
  const struct world *world;
  int scan, field;
};

struct scan_asker {
  pthread_mutex_t lock;
  pthread_cond_t fewer;                 /* a thread has ended */
  int threads;                          /* protected by lock */
  int nhanging;                         /* protected by lock */
  struct field_at hanging[LEFT_BEHIND]; /* that threads left behind wait for; protected by
                                           lock */
};

/* What the threads of one answer share. */
struct telling {
  struct scan_asker *asker;
  struct world *world;  /* referenced */
  atomic_bool given_up; /* the reader is gone */
  pthread_mutex_t lock;
  pthread_cond_t told;
  /* All protected by lock. */
  int refs;
  int turn;           /* the thread that may tell; the others are left behind */
  struct field_at at; /* what it asks for */
  int64_t since;      /* ms: when it began to */
  bool done;
  struct text out;
  struct timespec mtime;
  struct err err;
};

struct asking {
  struct telling *telling;
  int turn;
};

struct scan_asker *scan_asker_new(struct err *err)
{
  struct scan_asker *asker = calloc(1, sizeof *asker);
  if (!asker) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&asker->lock, NULL);
  clock_cond_init(&asker->fewer);
  return asker;
}

void scan_asker_free(struct scan_asker *asker)
{
  if (!asker)
    return;
  pthread_mutex_lock(&asker->lock);
  while (asker->threads)
    pthread_cond_wait(&asker->fewer, &asker->lock);
  pthread_mutex_unlock(&asker->lock);
  pthread_cond_destroy(&asker->fewer);
  pthread_mutex_destroy(&asker->lock);
  free(asker);
}

/* --- fields that hang -------------------------------------------------------------- */

/* Returns its place in asker->hanging, or -1; asker->lock is held. */
static int find_hanging(const struct scan_asker *asker, const struct field_at *at)
{
  for (int i = 0; i < asker->nhanging; i++)
    if (asker->hanging[i].world == at->world && asker->hanging[i].scan == at->scan &&
        asker->hanging[i].field == at->field)
      return i;
  return -1;
}

static bool is_hanging(struct scan_asker *asker, const struct field_at *at)
{
  LOCK_FOR_SCOPE(&asker->lock);
  return find_hanging(asker, at) >= 0;
}

/* Returns false when there are too many already. */
static bool add_hanging(struct scan_asker *asker, const struct field_at *at)
{
  LOCK_FOR_SCOPE(&asker->lock);
  if (asker->nhanging == LEFT_BEHIND)
    return false;
  asker->hanging[asker->nhanging++] = *at;
  return true;
}

static void remove_hanging(struct scan_asker *asker, const struct field_at *at)
{
  LOCK_FOR_SCOPE(&asker->lock);
  const int i = find_hanging(asker, at);
  if (i >= 0)
    asker->hanging[i] = asker->hanging[--asker->nhanging];
}

/* --- the text ---------------------------------------------------------------------- */

static bool is_array(const struct field_spec *field)
{
  return !field->text;
}

/* The names that the field's array has in its file beside the one that is used. */
static void describe_aliases(struct text *out, const struct snapshot *snapshot,
                             const struct field_spec *spec)
{
  char room[PATH_MAX];
  struct piece piece;
  int n = 0;
  if (!snapshot->names || !field_first_piece(spec, room, &piece))
    return;
  for (const char *const *name = snapshot->names; *name; name++) {
    if (piece.key && !strcmp(*name, piece.key))
      continue;
    text_add(out, "%s", n++ ? ", " : ", \"aliases\": [");
    text_add_json(out, *name);
  }
  text_add(out, "%s", n ? "]" : "");
}

static void begin_field(const struct dataset_spec *spec, int s, int f, struct text *out)
{
  const struct scan_spec *scan = &spec->scans[s];
  const struct field_spec *field = &scan->fields[f];
  if (!f) {
    text_add(out, "%s\n    {\"id\": ", s ? "," : "");
    text_add_json(out, scan->id);
    text_add(out, ", \"fields\": {");
  }
  text_add(out, "%s", f ? ", " : "");
  text_add_json(out, field->name);
  text_add(out, ": {\"type\": \"%s\", ", field->type == FIELD_MASK ? "mask" : "img");
  if (field->has_value) {
    text_add(out, "\"value\": ");
    scalar_json(field, out);
    text_add(out, is_array(field) ? ", " : "");
  }
}

static void end_field(const struct dataset_spec *spec, int s, int f, struct text *out)
{
  const struct scan_spec *scan = &spec->scans[s];
  const struct field_spec *field = &scan->fields[f];
  describe_source(out, field);
  text_add(out, ", \"type_reason\": \"");
  field_type_reason(field, out);
  text_add(out, "\"%s}%s", field->scans_only ? ", \"scans_only\": true" : "",
           f + 1 == scan->nfields ? "}}" : "");
}

/* Asks the source; *mtime becomes the file's when that is newer. */
static int describe_field(const struct field_at *at, struct text *out,
                          struct timespec *mtime, struct err *err)
{
  const struct snapshot *snapshot;
  struct err why = ERR_INIT;
  int rc = 0;
  const struct field_spec *field = &at->world->spec->scans[at->scan].fields[at->field];
  begin_field(at->world->spec, at->scan, at->field, out);
  if (!is_array(field)) {
    /* its value is all there is */
  } else if (dataset_snapshot(at->world->dataset, at->scan, at->field, &snapshot, &why)) {
    rc = describe_error(out, &why, err);
  } else {
    describe_array(out, snapshot->view);
    if (snapshot->geo.has_affine) {
      text_add(out, ", \"affine\": ");
      describe_affine(out, &snapshot->geo);
    }
    describe_aliases(out, snapshot, field);
    if (clock_after(snapshot->mtime, *mtime))
      *mtime = snapshot->mtime;
    snapshot_unref(snapshot);
  }
  end_field(at->world->spec, at->scan, at->field, out);
  if (!rc && out->failed)
    rc = err_set(err, ENOMEM, "out of memory");
  return rc;
}

void scan_asker_outline(const struct dataset_spec *spec, struct text *out)
{
  for (int s = 0; s < spec->nscans; s++)
    for (int f = 0; f < spec->scans[s].nfields; f++) {
      begin_field(spec, s, f, out);
      if (is_array(&spec->scans[s].fields[f]))
        text_add(out, "\"dtype\": \"uint16\", \"shape\": [512, 512, 128]");
      end_field(spec, s, f, out);
    }
}

/* --- the threads ------------------------------------------------------------------- */

/* Goes to the next field; the lock is held. */
static void advance(struct telling *self)
{
  const struct dataset_spec *spec = self->world->spec;
  self->since = clock_ms();
  self->at.field++;
  while (self->at.scan < spec->nscans &&
         self->at.field >= spec->scans[self->at.scan].nfields) {
    self->at.scan++;
    self->at.field = 0;
  }
  if (self->at.scan == spec->nscans || self->err.errnum || self->out.failed)
    self->done = true;
  if (self->done)
    pthread_cond_signal(&self->told);
}

static void unref(struct telling *self)
{
  pthread_mutex_lock(&self->lock);
  const int left = --self->refs;
  pthread_mutex_unlock(&self->lock);
  if (left)
    return;
  world_unref(self->world);
  text_free(&self->out);
  pthread_cond_destroy(&self->told);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

/* Says what the field is without asking it; the lock is held. */
static void leave_out(struct telling *self, const char *why)
{
  const struct dataset_spec *spec = self->world->spec;
  begin_field(spec, self->at.scan, self->at.field, &self->out);
  if (is_array(&spec->scans[self->at.scan].fields[self->at.field])) {
    text_add(&self->out, "\"error\": ");
    text_add_json(&self->out, why);
  }
  end_field(spec, self->at.scan, self->at.field, &self->out);
  advance(self);
}

static const char *const no_answer = "its source does not answer: ask again later";

/* Asks for one field after the other while it is this thread's turn. */
static void tell(struct telling *self, int turn)
{
  pthread_mutex_lock(&self->lock);
  while (self->turn == turn && !self->done) {
    const struct field_at at = self->at;
    if (is_hanging(self->asker, &at)) {
      leave_out(self, no_answer);
      continue;
    }
    struct timespec mtime = self->mtime;
    struct text text = {0};
    struct err why = ERR_INIT;
    pthread_mutex_unlock(&self->lock);
    describe_field(&at, &text, &mtime, &why);
    pthread_mutex_lock(&self->lock);
    if (self->turn == turn && !self->done) {
      if (why.errnum)
        err_set(&self->err, why.errnum, "%s", why.msg);
      text_add_bytes(&self->out, text.data, text.size);
      self->mtime = mtime;
      advance(self);
    } else {
      remove_hanging(self->asker, &at);
    }
    text_free(&text);
  }
  pthread_mutex_unlock(&self->lock);
}

static void *run(void *ctx)
{
  struct asking *asking = ctx;
  struct telling *self = asking->telling;
  struct scan_asker *asker = self->asker;
  cancel_set(&self->given_up);
  tell(self, asking->turn);
  cancel_set(NULL);
  free(asking);
  unref(self);
  LOCK_FOR_SCOPE(&asker->lock);
  asker->threads--;
  pthread_cond_broadcast(&asker->fewer);
  return NULL;
}

/* Starts the thread whose turn it is; the lock is held. */
static bool start(struct telling *self)
{
  struct asking *asking = malloc(sizeof *asking);
  pthread_t thread;
  if (!asking)
    return false;
  *asking = (struct asking){self, self->turn};
  self->refs++;
  pthread_mutex_lock(&self->asker->lock);
  self->asker->threads++;
  pthread_mutex_unlock(&self->asker->lock);
  if (thread_start(&thread, run, asking)) {
    pthread_detach(thread);
    return true;
  }
  pthread_mutex_lock(&self->asker->lock);
  self->asker->threads--;
  pthread_mutex_unlock(&self->asker->lock);
  self->refs--;
  free(asking);
  return false;
}

/* Leaves the thread behind that asks for this field, and lets another go on behind it;
 * the lock is held. */
static void go_on(struct telling *self)
{
  const bool more = add_hanging(self->asker, &self->at);
  self->turn++;
  leave_out(self, no_answer);
  if (self->done || (more && start(self)))
    return;
  while (!self->done)
    leave_out(self, "not asked: too many sources do not answer");
}

/* Gives up; the lock is held.  A thread that has waited for one field alone is left
 * behind with it, the others end. */
static void give_up(struct telling *self, bool hangs)
{
  if (!hangs || !add_hanging(self->asker, &self->at))
    atomic_store(&self->given_up, true);
  self->turn++;
  self->done = true;
}

/* Waits for the threads.  Returns when all is told, with 1 when it took too long, or -1
 * when the reader is gone. */
static int wait_told(struct telling *self, int64_t within, struct err *err)
{
  const int64_t begun = clock_ms();
  int64_t patience = PATIENCE_MS;
  LOCK_FOR_SCOPE(&self->lock);
  while (!self->done) {
    clock_wait(&self->told, &self->lock, LOOK_MS);
    const int64_t now = clock_ms();
    if (self->done)
      break;
    if (cancel_check(err)) {
      give_up(self, false);
      return -1;
    }
    if (within && now - begun > within) {
      give_up(self, now - self->since > within / 2);
      return 1;
    }
    if (now - self->since > patience) {
      patience = LATER_MS;
      go_on(self);
    }
  }
  return 0;
}

int scan_asker_tell(struct scan_asker *asker, struct world *world, int64_t within,
                    struct text *out, struct timespec *mtime, struct err *err)
{
  struct telling *self = calloc(1, sizeof *self);
  if (!self)
    return err_set(err, ENOMEM, "out of memory");
  self->asker = asker;
  self->world = world_ref(world);
  self->refs = 1;
  self->at = (struct field_at){world, 0, -1};
  self->mtime = *mtime;
  pthread_mutex_init(&self->lock, NULL);
  clock_cond_init(&self->told);
  pthread_mutex_lock(&self->lock);
  advance(self);
  const bool started = self->done || start(self);
  pthread_mutex_unlock(&self->lock);
  int rc = 0;
  if (started)
    rc = wait_told(self, within, err);
  else
    tell(self, 0);
  pthread_mutex_lock(&self->lock);
  text_add_bytes(out, self->out.data, self->out.size);
  if (clock_after(self->mtime, *mtime))
    *mtime = self->mtime;
  if (self->err.errnum)
    err_set(err, self->err.errnum, "%s", self->err.msg);
  else if (self->out.failed)
    err_set(err, ENOMEM, "out of memory");
  pthread_mutex_unlock(&self->lock);
  unref(self);
  return err->errnum ? -1 : rc;
}
