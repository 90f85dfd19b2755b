/* Faults while a file of the tree is found, opened and read: every kind of source through
 * every encoding, views with statistics, and the texts.  Each try begins with a tree that
 * has read nothing yet. */
#include "tests/fault/fault_tree.h"

static const char *const subjects[][2] = {
    {"data/volume.npy", "scans/volume/image.npy"},
    {"data/volume.npy", "scans/volume/image.nii"},
    {"data/volume.npy", "scans/volume/image.nii.gz"},
    {"data/volume.npy", "scans/volume/image.h5"},
    {"data/volume.npy", "scans/volume/image.raw"},
    {"data/volume.npy", "scans/volume/image.tif"},
    {"data/volume.npy", "scans/volume/image[1:,::-2,...].npy"},
    {"data/volume.npy", "slices/window=3/volume/image/0.npy"},
    {"data/volume.npy",
     "patches/size=4,pad=2,transforms=zscore/volume/image/at=-1x2x3.npy"},
    {"data/volume.npy", "patches/size=3/volume/at=0x1x2.json"},
    {"data/volume.npy", "patches/size=3/volume/items.csv"},
    {"data/volume.npy", "dataset.json"},
    {"data/volume.npy", "README.txt"},
    {"data/volume.npy", ".tesserafs/config.json"},
    {"data/head.nii", "scans/head/image.npy"},
    {"data/head.nii", "scans/head/image.nii"},
    {"data/zip.nii.gz", "scans/zip/image.npy"},
    {"data/zip.nii.gz", "scans/zip/image.nii.gz"},
    {"data/color.png", "scans/color/image.npy"},
    {"data/color.png", "scans/color/image.png"},
    {"data/pages.tif", "scans/pages/image.tif"},
    {"data/pages.tif", "slices/default/pages/image/1.png"},
    {"data/stack", "scans/stack/image.npy"},
    {"data/stack", "slices/axis=1/stack/image/2.png"},
    {"data/em.h5", "scans/em/image.npy"},
    {"data/em.h5", "scans/em/label.h5"},
    {"data/em.h5", "patches/size=3,transforms=minmax:scan/em/image/at=1x1x1.nii.gz"},
    {"data/em.h5",
     "patches/size=3,transforms=erosion:1+relabel+dilation:1+onehot:300/em/label/"
     "at=1x1x1.npy"},
    {"data/em.h5", "patches/size=3/em/at=0x1x2.json"},
    {"data/em.h5", "patches/size=3/em/items.csv"},
    {"data/em.h5", "dataset.json"},
    {"described.json", "patches/p/em/image/00.npy"},
    {"described.json", "dataset.json"},
    {"registered", "pairs/default/train/epoch-1/moving_images/0.nii.gz"},
    {"registered",
     "pairs/image_shape=3x4x5,transforms=zscore/train/epoch-0/fixed_images/1.npy"},
    {"registered",
     "pairs/preset=deepreg,image_shape=4/train/epoch-9/moving_labels/1.npy"},
    {"registered",
     "pairs/augment=ddf:low_res_size=2x2x2,image_shape=4/train/epoch-0/fixed_ddf/0.npy"},
    {"registered", "pairs/preset=deepreg/train/epoch-0/moving_theta/0.npy"},
    {"registered", "pairs/sample_label=all,order=deepreg/train/epoch-0/indices/3.npy"},
    {"registered", "pairs/sample_label=all/train/epoch-2/items.csv"},
    {"registered", "pairs/sample_label=all/train/epoch-2/2.json"},
};

/* An image, and as many labels of its extents. */
static void one_nifti(const char *name, int labels)
{
  unsigned char header[352];
  uint8_t voxels[3 * 4 * 5 * 3];
  small_nifti_header(header, labels > 1 ? 4 : 3, (int[]){3, 4, 5, labels}, true,
                     labels ? 0 : 0.5f);
  for (size_t i = 0; i < sizeof voxels; i++)
    voxels[i] = labels ? i % 3 == 0 : small_byte(i);
  FILE *f = fopen(files_path(name), "w");
  if (!f || fwrite(header, sizeof header, 1, f) != 1 ||
      fwrite(voxels, (size_t)(60 * (labels ? labels : 1)), 1, f) != 1 || fclose(f))
    abort();
}

/* DeepReg's paired layout: a pair of one label, and one of three. */
static void registered_make(void)
{
  one_nifti("registered/train/moving_images/a.nii", 0);
  one_nifti("registered/train/fixed_images/a.nii", 0);
  one_nifti("registered/train/moving_labels/a.nii", 1);
  one_nifti("registered/train/fixed_labels/a.nii", 1);
  one_nifti("registered/train/moving_images/b.nii", 0);
  one_nifti("registered/train/fixed_images/b.nii", 0);
  one_nifti("registered/train/moving_labels/b.nii", 3);
  one_nifti("registered/train/fixed_labels/b.nii", 3);
}

/* From the end to the beginning, so that nothing is read in the order it is stored. */
static int read_backwards(struct tree_file *file, int64_t size, struct outcome *out,
                          struct err *err)
{
  static char buf[700];
  for (int64_t at = (size - 1) / 700 * 700; size && at >= 0; at -= 700) {
    size_t n;
    if (tree_pread(file, buf, sizeof buf, at, &n, err))
      return -1;
    outcome_add(out, buf, n);
    const char *error = memmem(buf, n, "\"error\"", 7);
    out->lenient |= error != NULL;
  }
  return 0;
}

static int read_node(struct tree *tree, const struct tree_attr *attr, struct outcome *out,
                     struct err *err)
{
  struct tree_file *file;
  if (tree_open(tree, attr->id, &file, err))
    return -1;
  const int64_t size = tree_file_size(file);
  outcome_add(out, &size, sizeof size);
  const int rc = read_backwards(file, size, out, err);
  tree_close(file);
  return rc;
}

static int read_path(void *ctx, struct outcome *out, struct err *err)
{
  struct subject *subject = ctx;
  struct tree *tree = subject->loaded.tree;
  struct tree_attr attr;
  if (tree_resolve(tree, subject->path, &attr, err))
    return -1;
  if (!attr.volatile_size) /* else it is about what the open file will have */
    outcome_add(out, &attr.size, sizeof attr.size);
  const int rc = read_node(tree, &attr, out, err);
  tree_forget(tree, attr.id, 1);
  return rc;
}

int main(void)
{
  subjects_begin();
  registered_make();
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
    struct subject subject = subject_of(subjects[i][0], subjects[i][1]);
    const struct operation reading = {subject.path, &subject, subject_open, read_path,
                                      subject_close};
    faults_run(&reading);
  }
  files_end();
  return check_report("fault_read");
}
