/* The node table under eight threads: look-ups, forgets, listings and attributes of the
 * same names at once.  Attributes never differ, and nothing is left when all is
 *
 * forgotten. */

#include "core/tree/dir.h"
#include "core/tree/node.h"
#include "tests/support/load.h"
#include "tests/support/small_dataset.h"
#include "tests/support/threads.h"

enum { THREADS = 8, ROUNDS = 1000 };

/* What every thread asks for; the last ones differ from round to round. */
static const char *const fixed[] = {
    "README.txt",
    "scans/em/label.h5",
    "scans/em/image[1,::2].npy",
    "patches/default/em/items.csv",
    "patches/size=3,stride=2/em/image/00.npy",
    "patches/size=3,stride=2/em/label/17.tif",
    "patches/size=3,stride=2/em/image/at=-1x2x3.npy",
    "slices/axis=1/volume/image/3.png",
    "splits/all/em",
    "patches/size=3,stride=0/em/image/00.npy", /* EINVAL */
    "scans/em/image[99].npy",                  /* EINVAL */
    "scans/nothing/image.npy",                 /* ENOENT */
};
enum { FIXED = sizeof fixed / sizeof *fixed };

struct answer {
  int errnum;
  uint64_t ino;
  int64_t size;
};

static struct answer ask(struct tree *tree, const char *path)
{
  struct tree_attr attr, again;
  struct err err = ERR_INIT;
  if (tree_resolve(tree, path, &attr, &err))
    return (struct answer){.errnum = err.errnum};
  if (tree_getattr(tree, attr.id, &again, &err) || again.ino != attr.ino ||
      again.id != attr.id)
    return (struct answer){.errnum = -1};
  tree_forget(tree, attr.id, 1);
  return (struct answer){0, attr.ino, attr.size};
}

static bool same(struct answer a, struct answer b)
{
  return a.errnum == b.errnum && a.ino == b.ino && a.size == b.size;
}

struct job {
  struct tree *tree;
  const struct answer *right;
  int number;
};

static int sum_ino(void *ctx, const struct tree_dirent *entry)
{
  *(uint64_t *)ctx += entry->ino;
  return 0;
}

/* All entries' inode numbers, listed while others come and go. */
static uint64_t list(struct tree *tree, const char *path)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  uint64_t sum = 0;
  if (tree_resolve(tree, path, &attr, &err))
    return 0;
  const int rc = tree_readdir(tree, attr.id, 0, sum_ino, &sum, &err);
  tree_forget(tree, attr.id, 1);
  return rc ? 0 : sum;
}

/* A name that only this thread has, in a directory that all have. */
static bool ask_own(const struct job *job, int round)
{
  char path[200];
  snprintf(path, sizeof path, "patches/size=3,stride=2,fill=%d/em/image/at=%dx1x1.npy",
           round % 5, job->number * ROUNDS + round);
  const struct answer answer = ask(job->tree, path);
  return !answer.errnum || answer.errnum == EINVAL;
}

static void *look_around(void *ctx)
{
  const struct job *job = ctx;
  static const char *const dirs[] = {"", "scans/em", "patches/size=3,stride=2/em/image"};
  uint64_t sums[3] = {0};
  bool right = true;
  for (int round = 0; right && round < ROUNDS; round++) {
    const int i = (round * 5 + job->number) % FIXED, d = round % 3;
    const uint64_t sum = list(job->tree, dirs[d]);
    right = same(ask(job->tree, fixed[i]), job->right[i]) && ask_own(job, round) && sum &&
            (!sums[d] || sums[d] == sum);
    sums[d] = sum;
  }
  CHECK(right);
  return NULL;
}

static int64_t nodes_of(struct tree *tree)
{
  return node_count(tree->nodes);
}

static void test_nodes(struct tree *tree)
{
  struct answer right[FIXED];
  struct job jobs[THREADS];
  const int64_t before = nodes_of(tree);
  for (int i = 0; i < FIXED; i++)
    right[i] = ask(tree, fixed[i]);
  CHECK(right[0].errnum == 0 && right[0].size > 0);
  CHECK(right[FIXED - 1].errnum == ENOENT);
  CHECK(nodes_of(tree) == before);
  for (int i = 0; i < THREADS; i++)
    jobs[i] = (struct job){tree, right, i};
  threads_run(THREADS, look_around, jobs, sizeof *jobs);
  CHECK(nodes_of(tree) == before);
}

int main(void)
{
  struct loaded loaded;
  struct err err = ERR_INIT;
  CHECK(!hdf5_worker_start(&err));
  files_begin();
  small_dataset_make(1);
  if (CHECK(!loaded_open(&loaded, files_path("data"), NULL, &err)))
    test_nodes(loaded.tree);
  loaded_free(&loaded);
  files_end();
  return check_report("nodes");
}
