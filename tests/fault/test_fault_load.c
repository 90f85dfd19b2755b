/* Faults while the program looks at a dataset: options, discovery, the description, the
 * tree; and while all of the tree is listed, with the attributes of every entry. */
#include "tests/fault/fault_tree.h"

/* The whole dataset as one number: ids, fields, pieces, splits, what was ignored. */
static void add_dataset(struct outcome *out, const struct dataset_spec *spec)
{
  for (int i = 0; i < spec->nscans; i++) {
    const struct scan_spec *scan = &spec->scans[i];
    outcome_add(out, scan->id, strlen(scan->id) + 1);
    for (int f = 0; f < scan->nfields; f++) {
      const struct field_spec *field = &scan->fields[f];
      outcome_add(out, field->name, strlen(field->name) + 1);
      for (int64_t p = 0; p < field->npieces; p++)
        outcome_add(out, field->pieces[p].path, strlen(field->pieces[p].path) + 1);
    }
  }
  for (int i = 0; i < spec->nsplits; i++)
    outcome_add(out, spec->splits[i].scans,
                (size_t)spec->splits[i].nscans * sizeof *spec->splits[i].scans);
  for (int i = 0; i < spec->npair_sets; i++)
    for (int g = 0; g < spec->pair_sets[i].ngroups; g++) {
      const struct pair_group *group = &spec->pair_sets[i].groups[g];
      outcome_add(out, group->moving, (size_t)group->n * sizeof *group->moving);
      outcome_add(out, group->fixed, (size_t)group->n * sizeof *group->fixed);
    }
  /* a file that could not be looked at is not used, and the reason is written down */
  out->lenient = spec->ignored && *spec->ignored;
}

static int load(void *ctx, struct outcome *out, struct err *err)
{
  struct subject *subject = ctx;
  const int rc = loaded_open(&subject->loaded, subject->source, NULL, err);
  if (!rc)
    add_dataset(out, &subject->loaded.spec.dataset);
  loaded_free(&subject->loaded);
  return rc;
}

/* --- all of the tree --------------------------------------------------------------- */

struct walk {
  struct tree *tree;
  struct outcome *out;
  struct err *err;
  uint64_t dir;
  int depth, rc;
};

static int walk_directory(struct walk *walk);

static void add_attr(struct outcome *out, const struct tree_attr *attr)
{
  /* not the mtime, which tells that a slice can be read again */
  const int64_t facts[] = {(int64_t)attr->ino, attr->type,
                           attr->volatile_size ? 0 : attr->size};
  outcome_add(out, facts, sizeof facts);
}

static int walk_entry(void *ctx, const struct tree_dirent *entry)
{
  struct walk *walk = ctx;
  struct tree_attr attr;
  char target[200];
  outcome_add(walk->out, entry->name, strlen(entry->name) + 1);
  walk->rc = tree_lookup(walk->tree, walk->dir, entry->name, &attr, walk->err);
  if (walk->rc)
    return 1;
  add_attr(walk->out, &attr);
  if (attr.type == TREE_LINK)
    walk->rc = tree_readlink(walk->tree, attr.id, target, sizeof target, walk->err);
  if (attr.type == TREE_DIR) {
    struct walk below = {walk->tree, walk->out, walk->err, attr.id, walk->depth + 1, 0};
    walk->rc = walk_directory(&below);
  }
  tree_forget(walk->tree, attr.id, 1);
  return walk->rc;
}

static int walk_directory(struct walk *walk)
{
  const int rc = tree_readdir(walk->tree, walk->dir, 0, walk_entry, walk, walk->err);
  return rc || walk->rc ? -1 : 0;
}

static int walk_tree(void *ctx, struct outcome *out, struct err *err)
{
  struct subject *subject = ctx;
  struct walk walk = {.tree = subject->loaded.tree, .out = out, .err = err};
  walk.dir = TREE_ROOT;
  return walk_directory(&walk);
}

static void test_source(const char *name)
{
  struct subject subject = subject_of(name, NULL);
  const struct operation loading = {name, &subject, .run = load},
                         walking = {name, &subject, subject_open, walk_tree,
                                    subject_close};
  faults_run(&loading);
  faults_run(&walking);
}

/* Images to register: one pair of NIfTI files with labels, and a group in HDF5. */
static void make_pairs(void)
{
  static const char *const stores[] = {"moving_images", "fixed_images", "moving_labels",
                                       "fixed_labels"};
  char name[100];
  for (int i = 0; i < 4; i++) {
    snprintf(name, sizeof name, "paired/train/%s/a.nii", stores[i]);
    small_nii(name, 1);
  }
  for (int i = 1; i < 3; i++) {
    snprintf(name, sizeof name, "group-1-%d", i);
    files_h5("grouped/test/images.h5", name, 3, (hsize_t[]){2, 3, 4});
  }
  files_text("pairs.json",
             "{\"deepreg\": {\"type\": \"paired\", \"train\": {\"dir\": "
             "[\"paired/train\"], \"format\": \"nifti\", \"labeled\": true}}}");
}

/* Splits around images and labels, files that belong together, a directory that is no
 * stack, and a list of files with a pattern. */
static void make_layouts(void)
{
  small_nii("splits/train/images/a.nii", 1);
  small_nii("splits/train/labels/a_seg.nii", 1);
  files_npy3("splits/val/b.npy");
  files_npy3("splits/p/image.npy");
  files_npy3("splits/p/label.npy");
  files_npy3("splits/q/images/c.npy");
  files_npy3("splits/q/masks/c_mask.npy");
  files_grey("splits/test/0.png");
  files_grey("splits/test/0_predict.png");
  files_text("list.txt", "splits/test/0.png\nsplits/**/0*.png\n");
  files_text("singly.json",
             "{\"scans\": [{\"id\": \"s\", \"fields\": {\"image\": {\"list\": "
             "[\"splits/val/b.npy\", \"splits/p/*.npy\"], \"singly\": true, "
             "\"dtype\": \"float64\"}}}]}");
}

int main(void)
{
  subjects_begin();
  for (int i = 0; i < SMALL_SOURCES; i++) {
    char name[100];
    snprintf(name, sizeof name, "data/%s", small_sources[i]);
    test_source(name);
  }
  test_source("described.json");
  make_pairs();
  test_source("paired");
  test_source("grouped");
  test_source("pairs.json");
  make_layouts();
  test_source("splits");
  test_source("list.txt");
  test_source("singly.json");
  files_end();
  return check_report("fault_load");
}
