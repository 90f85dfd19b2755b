/* Workers: every piece that was taken is run or dropped, exactly once; a full queue
 * refuses; work that is wanted goes before work ahead. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/base/workers.h"
#include "tests/support/check.h"

static atomic_int ran, dropped, order;
static atomic_bool gate; /* the blocking piece waits for it */

struct note {
  atomic_int *when; /* gets its place in the order of running; NULL: not noted */
};

static void run(void *bytes)
{
  struct note note;
  memcpy(&note, bytes, sizeof note);
  if (note.when)
    atomic_store(note.when, atomic_fetch_add(&order, 1) + 1);
  atomic_fetch_add(&ran, 1);
}

static void run_blocking(void *bytes)
{
  (void)bytes;
  while (!atomic_load(&gate))
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  atomic_fetch_add(&ran, 1);
}

static void drop(void *bytes)
{
  (void)bytes;
  atomic_fetch_add(&dropped, 1);
}

static const struct work work = {run, drop}, blocking = {run_blocking, drop};

static void wait_for(atomic_int *count, int want)
{
  for (int i = 0; i < 5000 && atomic_load(count) < want; i++)
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void test_all_is_run(void)
{
  struct err err = ERR_INIT;
  struct workers *workers = workers_new(3, &err);
  const struct note none = {NULL};
  int taken = 0;
  atomic_store(&ran, 0);
  for (int i = 0; i < 5000; i++)
    taken += workers_submit(workers, i % 2 ? WORK_AHEAD : WORK_WANTED, &work, &none,
                            sizeof none);
  wait_for(&ran, taken);
  CHECK(taken > 0 && atomic_load(&ran) == taken);
  workers_free(workers);
  CHECK(atomic_load(&ran) == taken);
}

static void test_full_queue_refuses_and_the_rest_is_dropped(void)
{
  struct err err = ERR_INIT;
  struct workers *workers = workers_new(1, &err);
  const struct note none = {NULL};
  int taken = 0;
  atomic_store(&ran, 0);
  atomic_store(&dropped, 0);
  atomic_store(&gate, false);
  CHECK(workers_submit(workers, WORK_AHEAD, &blocking, &none, sizeof none));
  /* the blocking piece may be in the queue still, or at work */
  for (int i = 0; i < WORK_QUEUE + 10; i++)
    taken += workers_submit(workers, WORK_AHEAD, &work, &none, sizeof none);
  CHECK(taken >= WORK_QUEUE - 1 && taken <= WORK_QUEUE);
  atomic_store(&gate, true);
  workers_free(workers);
  CHECK(atomic_load(&ran) + atomic_load(&dropped) == taken + 1);
}

static void test_wanted_goes_first_and_the_newest_of_it(void)
{
  struct err err = ERR_INIT;
  struct workers *workers = workers_new(1, &err);
  atomic_int when[4] = {0};
  atomic_store(&ran, 0);
  atomic_store(&order, 0);
  atomic_store(&gate, false);
  const struct note none = {NULL};
  CHECK(workers_submit(workers, WORK_WANTED, &blocking, &none, sizeof none));
  nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  for (int i = 0; i < 4; i++) {
    const struct note note = {&when[i]};
    CHECK(workers_submit(workers, i < 2 ? WORK_AHEAD : WORK_WANTED, &work, &note,
                         sizeof note));
  }
  atomic_store(&gate, true);
  wait_for(&ran, 5);
  CHECK(when[3] == 1 && when[2] == 2 && when[0] == 3 && when[1] == 4);
  workers_free(workers);
}

static void test_never_started(void)
{
  struct err err = ERR_INIT;
  struct workers *workers = workers_new(2, &err);
  CHECK(workers != NULL);
  workers_free(workers);
  workers_free(NULL);
}

int main(void)
{
  test_all_is_run();
  test_full_queue_refuses_and_the_rest_is_dropped();
  test_wanted_goes_first_and_the_newest_of_it();
  test_never_started();
  return check_report("workers");
}
