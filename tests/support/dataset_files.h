/* Small files of every kind in a directory of their own, for the tests of core/dataset;
 * written with libpng and libhdf5, not with our own encoders. */
#ifndef TESSERAFS_DATASET_FILES_H
#define TESSERAFS_DATASET_FILES_H

#include <hdf5.h>
#include <limits.h>
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char files_root[PATH_MAX]; /* real path of the present directory */

static inline void files_begin(void)
{
  char name[] = "/tmp/test_dataset_XXXXXX";
  if (!mkdtemp(name) || !realpath(name, files_root))
    abort();
}

static inline void files_end(void)
{
  char command[2 * PATH_MAX + 40];
  snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", files_root,
           files_root);
  if (system(command))
    abort();
}

/* The absolute path of `name`; makes the directories above it.  Overwritten by the next
 * call but three. */
static inline const char *files_path(const char *name)
{
  static char paths[4][2 * PATH_MAX];
  static int next;
  char *path = paths[next++ % 4];
  int root = snprintf(path, sizeof paths[0], "%s/", files_root);
  snprintf(path + root, PATH_MAX, "%s", name);
  for (char *slash = path + root; (slash = strchr(slash, '/')); slash++) {
    *slash = '\0';
    mkdir(path, 0755);
    *slash = '/';
  }
  return path;
}

static inline void files_text(const char *name, const char *text)
{
  FILE *f = fopen(files_path(name), "w");
  if (!f || fputs(text, f) < 0 || fclose(f))
    abort();
}

/* The header of an npy file; the caller writes the voxels, and closes it. */
static inline FILE *files_npy_begin(const char *name, const char *descr, int nd,
                                    const int *shape)
{
  char dims[200] = "", header[128];
  for (int d = 0; d < nd; d++)
    snprintf(dims + strlen(dims), sizeof dims - strlen(dims), "%d,", shape[d]);
  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
  int n =
      snprintf(header + 10, 110,
               "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims);
  header[10 + n] = ' ';
  header[127] = '\n';
  FILE *f = fopen(files_path(name), "w");
  if (!f || fwrite(header, sizeof header, 1, f) != 1)
    abort();
  return f;
}

/* A uint8 array, every voxel `value`. */
static inline void files_npy(const char *name, int nd, const int *shape, int value)
{
  size_t count = 1;
  for (int d = 0; d < nd; d++)
    count *= (size_t)shape[d];
  FILE *f = files_npy_begin(name, "|u1", nd, shape);
  while (count--)
    fputc(value, f);
  if (fclose(f))
    abort();
}

static inline void files_npy3(const char *name)
{
  files_npy(name, 3, (int[]){2, 3, 4}, 1);
}

static inline void files_npy2(const char *name)
{
  files_npy(name, 2, (int[]){3, 4}, 1);
}

/* An 8-bit image, grey or RGB. */
static inline void files_png(const char *name, int height, int width, bool rgb, int value)
{
  png_image image = {.version = PNG_IMAGE_VERSION};
  image.width = (unsigned)width;
  image.height = (unsigned)height;
  image.format = rgb ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  void *pixels = malloc(PNG_IMAGE_SIZE(image));
  memset(pixels, value, PNG_IMAGE_SIZE(image));
  if (!png_image_write_to_file(&image, files_path(name), 0, pixels, 0, NULL))
    abort();
  free(pixels);
}

static inline void files_grey(const char *name)
{
  files_png(name, 3, 4, false, 7);
}

/* Adds an array of zeros (uint8) to an HDF5 file, which is made when it does not
 * exist. */
static inline void files_h5(const char *name, const char *array, int nd,
                            const hsize_t *shape)
{
  const char *path = files_path(name);
  hid_t file = access(path, F_OK)
                   ? H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT)
                   : H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t space = H5Screate_simple(nd, shape, NULL);
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  hid_t set =
      H5Dcreate2(file, array, H5T_STD_U8LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
  if (set < 0)
    abort();
  H5Dclose(set);
  H5Pclose(links);
  H5Sclose(space);
  H5Fclose(file);
}

static inline void files_link(const char *target, const char *name)
{
  if (symlink(target, files_path(name)))
    abort();
}

#endif
