/* --check, with a progress bar on a terminal. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "fs/cli.h"
#include "fs/exit_status.h"

enum { BAR = 40, REDRAW_MS = 100 };

struct bar {
  pthread_mutex_t lock; /* decoders may call progress() from several threads */
  int64_t drawn_ms;     /* protected by lock; monotonic; 0: never */
  int64_t voxels;       /* protected by lock: done so far */
  bool terminal;
};

static void draw(int64_t done, int64_t all)
{
  static const char hashes[BAR + 1] = "########################################";
  const double part = all > 0 ? (double)done / (double)all : 1;
  const int filled = (int)(part * BAR);
  fprintf(stderr, "\r[%.*s%*s] %3d %%  %.1f of %.1f million voxels ", filled, hashes,
          BAR - filled, "", (int)(part * 100), (double)done / 1e6, (double)all / 1e6);
}

/* tree_progress_fn */
static void progress(void *ctx, int64_t done, int64_t all)
{
  struct bar *bar = ctx;
  LOCK_FOR_SCOPE(&bar->lock);
  bar->voxels = done;
  const int64_t now = clock_ms();
  if (!bar->terminal || (now - bar->drawn_ms < REDRAW_MS && done < all))
    return;
  bar->drawn_ms = now;
  draw(done < all ? done : all, all);
}

static void sum_up(const struct bar *bar, const struct problems *problems)
{
  if (bar->terminal && bar->drawn_ms)
    fputc('\n', stderr);
  fprintf(stderr, "tesserafs: %lld voxels read, %d problem%s\n", (long long)bar->voxels,
          problems->count, problems->count == 1 ? "" : "s");
}

int cli_check(struct tree *tree, const struct tree_check *what)
{
  struct bar bar = {.lock = PTHREAD_MUTEX_INITIALIZER, .terminal = isatty(STDERR_FILENO)};
  struct problems problems = {0};
  struct err err = ERR_INIT;
  const int rc = tree_check(tree, what, progress, &bar, &problems, &err);
  sum_up(&bar, &problems);
  if (rc)
    log_error("%s", err.msg);
  if (problems.lines.size)
    fwrite(problems.lines.data, 1, problems.lines.size, stdout);
  const bool written = !fflush(stdout);
  if (!written)
    log_error("cannot write the problems");
  const bool clean = !rc && !problems.count && written;
  problems_free(&problems);
  return clean ? EXIT_SUCCESS : EXIT_DATASET;
}
