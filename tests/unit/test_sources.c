/* What something stands on: more snapshots than stand in the struct itself, the newest
 * time, another version for every change, references that are all given back. */
#include "core/field/sources.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/tree/dir.h"
#include "tests/support/check.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"

enum { MANY = 3 * SOURCES_FEW };

static struct loaded loaded;

static const struct snapshot *open_one(void)
{
  const struct snapshot *snapshot;
  struct err err = ERR_INIT;
  if (!CHECK(!dataset_snapshot(loaded.tree->world->dataset, 0, 0, &snapshot, &err)))
    exit(1);
  return snapshot;
}

/* Gives the file another time, and waits until a change would be seen. */
static void touch(time_t seconds)
{
  const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
  CHECK(!utimensat(AT_FDCWD, files_path("data/volume.npy"), times, 0));
  usleep((SOURCE_CHECK_MS + 50) * 1000);
}

int main(void)
{
  struct err err = ERR_INIT;
  files_begin();
  small_npy("data/volume.npy", 1);
  if (CHECK(!loaded_open(&loaded, files_path("data/volume.npy"), NULL, &err))) {
    struct sources one = {0}, many = {0}, again = {0}, held = {0};
    touch(2000);
    CHECK(!sources_stale(&one) && !one.n);
    CHECK(!sources_add(&one, open_one(), &err) && one.n == 1);
    CHECK(one.mtime.tv_sec == 2000 && one.version == one.few[0]->version);
    for (int i = 0; i < MANY; i++)
      CHECK(!sources_add(&many, open_one(), &err));
    CHECK(many.n == MANY && many.version != one.version && !sources_stale(&many));
    for (int i = 0; i < MANY; i++)
      CHECK(!sources_add(&again, open_one(), &err));
    CHECK(again.version == many.version);
    many.watched = true;
    CHECK(!sources_hold(&held, &many, &err) && held.n == MANY && held.watched);
    CHECK(held.version == many.version);
    struct sources both = {0};
    CHECK(!sources_hold(&both, &one, &err) && !both.watched);
    CHECK(!sources_hold(&both, &many, &err) && !both.watched && both.n == MANY + 1);
    sources_drop(&both);
    sources_drop(&many);
    CHECK(!many.n && !sources_stale(&held));
    touch(1000);
    CHECK(sources_stale(&one) && sources_stale(&held));
    CHECK(!sources_add(&one, open_one(), &err) && one.n == 2);
    CHECK(one.mtime.tv_sec == 2000 && one.changed > 0);
    struct sources raised = {0};
    sources_raise(&raised, &one);
    CHECK(raised.changed == one.changed && raised.mtime.tv_sec == 2000 && !raised.n);
    sources_drop(&one);
    sources_drop(&again);
    sources_drop(&held);
  }
  loaded_free(&loaded);
  files_end();
  return check_report("sources");
}
