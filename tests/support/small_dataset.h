/* A dataset with a scan of every kind of source, for tests that need all of them: made
 * with the formats' own libraries, every voxel a function of its index.  `scale`
 * multiplies most extents. */
#ifndef TESSERAFS_SMALL_DATASET_H
#define TESSERAFS_SMALL_DATASET_H

#include <hdf5.h>
#include <tiffio.h>
#include <zlib.h>

#include "tests/support/dataset_files.h"

/* Bytes that look like data: neighbours are alike, nothing repeats soon. */
static inline uint8_t small_byte(size_t i)
{
  return (uint8_t)(i * 7 + (i >> 5) * 13 + (i >> 11));
}

static inline uint8_t *small_bytes(size_t n)
{
  uint8_t *bytes = malloc(n);
  if (!bytes)
    abort();
  for (size_t i = 0; i < n; i++)
    bytes[i] = small_byte(i);
  return bytes;
}

/* float32, whole numbers. */
static inline void small_npy(const char *name, int n)
{
  FILE *f = files_npy_begin(name, "<f4", 3, (int[]){5 * n, 6 * n, 7 * n});
  for (int i = 0; i < 5 * 6 * 7 * n * n * n; i++) {
    const float voxel = (float)(i % 4093);
    if (fwrite(&voxel, sizeof voxel, 1, f) != 1)
      abort();
  }
  if (fclose(f))
    abort();
}

/* The 352 first bytes of a NIfTI-1 file: int16 or uint8, oblique enough to have an
 * affine. */
static inline void small_nifti_header(unsigned char out[352], int nd, const int *shape,
                                      bool bytes, float slope)
{
  int16_t dim[8] = {(int16_t)nd, 1, 1, 1, 1, 1, 1, 1};
  const int16_t type[2] = {bytes ? 2 : 4, bytes ? 8 : 16}, sform = 1;
  const int32_t size = 348;
  const float pixdim[8] = {1, 0.5f, 0.75f, 2, 1.5f, 1, 1, 1}, offset = 352, inter = 3;
  const float affine[12] = {0.5f, 0, 0, -10, 0, 0.75f, 0, -20, 0, 0, 2, 5};
  for (int d = 0; d < nd; d++)
    dim[d + 1] = (int16_t)shape[d];
  memset(out, 0, 352);
  memcpy(out, &size, 4);
  memcpy(out + 40, dim, sizeof dim);
  memcpy(out + 70, type, sizeof type);
  memcpy(out + 76, pixdim, sizeof pixdim);
  memcpy(out + 108, &offset, 4);
  memcpy(out + 112, &slope, 4);
  if (slope != 0)
    memcpy(out + 116, &inter, 4);
  memcpy(out + 254, &sform, 2);
  memcpy(out + 280, affine, sizeof affine);
  memcpy(out + 344, "n+1", 4);
}

/* int16, scaled: presented as float64. */
static inline void small_nii(const char *name, int n)
{
  unsigned char header[352];
  const size_t size = (size_t)(6 * 5 * 4 * n * n * n) * 2;
  small_nifti_header(header, 3, (int[]){6 * n, 5 * n, 4 * n}, false, 0.25f);
  uint8_t *voxels = small_bytes(size);
  FILE *f = fopen(files_path(name), "w");
  if (!f || fwrite(header, 352, 1, f) != 1 || fwrite(voxels, size, 1, f) != 1 ||
      fclose(f))
    abort();
  free(voxels);
}

/* uint8 of four axes, compressed. */
static inline void small_nii_gz(const char *name, int n)
{
  unsigned char header[352];
  const size_t size = (size_t)(4 * 5 * 6 * 2 * n * n * n);
  small_nifti_header(header, 4, (int[]){4 * n, 5 * n, 6 * n, 2}, true, 0);
  uint8_t *voxels = small_bytes(size);
  gzFile f = gzopen(files_path(name), "wb6");
  if (!f || gzwrite(f, header, 352) != 352 ||
      gzwrite(f, voxels, (unsigned)size) != (int)size || gzclose(f))
    abort();
  free(voxels);
}

/* One array of uint8; chunked with shuffle and deflate, or contiguous. */
static inline void small_h5_array(hid_t file, const char *name, const hsize_t *shape,
                                  const hsize_t *chunk)
{
  const size_t size = (size_t)(shape[0] * shape[1] * shape[2]) * 2;
  uint8_t *voxels = small_bytes(size);
  const hid_t type = chunk ? H5T_STD_U16LE : H5T_STD_U8LE;
  hid_t space = H5Screate_simple(3, shape, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
  if (chunk) {
    H5Pset_chunk(plist, 3, chunk);
    H5Pset_shuffle(plist);
    H5Pset_deflate(plist, 4);
  }
  hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
  if (set < 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, voxels) < 0)
    abort();
  H5Dclose(set);
  H5Pclose(plist);
  H5Sclose(space);
  free(voxels);
}

/* "image" (uint16, chunks that do not divide it) and "label" (uint8, contiguous). */
static inline void small_h5(const char *name, int n)
{
  const hsize_t m = (hsize_t)n, shape[3] = {6 * m, 8 * m, 9 * m},
                chunk[3] = {4 * m, 5 * m, 4 * m};
  hid_t file = H5Fcreate(files_path(name), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
  small_h5_array(file, "image", shape, chunk);
  small_h5_array(file, "label", shape, NULL);
  H5Fclose(file);
}

static inline void small_png(const char *name, int height, int width, bool rgb, int seed)
{
  png_image image = {.version = PNG_IMAGE_VERSION};
  image.width = (unsigned)width;
  image.height = (unsigned)height;
  image.format = rgb ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  uint8_t *pixels = small_bytes(PNG_IMAGE_SIZE(image) + (size_t)seed);
  if (!png_image_write_to_file(&image, files_path(name), 0, pixels + seed, 0, NULL))
    abort();
  free(pixels);
}

/* Three pages of uint16, deflated strips with a predictor. */
static inline void small_tif(const char *name, int n)
{
  const uint32_t width = 13 * (uint32_t)n, height = 12 * (uint32_t)n;
  uint8_t *voxels = small_bytes(3 * (size_t)height * width * 2);
  TIFF *tif = TIFFOpen(files_path(name), "w");
  for (uint32_t page = 0; tif && page < 3; page++) {
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tif, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(tif, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 5 * (uint32_t)n);
    for (uint32_t row = 0; row < height; row++)
      if (TIFFWriteScanline(tif, voxels + 2 * (size_t)width * (page * height + row), row,
                            0) != 1)
        abort();
    if (!TIFFWriteDirectory(tif))
      abort();
  }
  if (!tif)
    abort();
  TIFFClose(tif);
  free(voxels);
}

static inline void small_stack(const char *directory, int n)
{
  char name[300];
  for (int i = 8; i < 8 + 3; i++) { /* natural order: 8, 9, 10 */
    snprintf(name, sizeof name, "%s/%d.png", directory, i);
    small_png(name, 7 * n, 8 * n, false, i);
  }
}

/* What is in it; each is a SOURCE by itself too. */
static const char *const small_sources[] = {
    "volume.npy", "head.nii", "zip.nii.gz", "em.h5", "color.png", "pages.tif", "stack"};
enum { SMALL_SOURCES = sizeof small_sources / sizeof *small_sources };

/* Below the present directory (files_begin()), in data/. */
static inline void small_dataset_make(int scale)
{
  small_npy("data/volume.npy", scale);
  small_nii("data/head.nii", scale);
  small_nii_gz("data/zip.nii.gz", scale);
  small_h5("data/em.h5", scale);
  small_png("data/color.png", 9 * scale, 11 * scale, true, 0);
  small_tif("data/pages.tif", scale);
  small_stack("data/stack", scale);
}

/* A description of the same files, beside data/: templates, splits, transforms, views. */
static inline void small_description_make(void)
{
  files_text(
      "described.json",
      "{\"scans\": [\n"
      "  {\"id\": \"{scan}\", \"split\": \"train\",\n"
      "   \"fields\": {\"image\": {\"path\": \"data/{scan}.h5:image\",\n"
      "     \"transforms\": [\"minmax\", {\"window\": [0, 0.5]}]},\n"
      "     \"label\": {\"path\": \"data/{scan}.h5:label\", \"type\": \"mask\"}}},\n"
      "  {\"id\": \"g\", \"gather\": {\"z\": {\"axis\": 2, \"order\": [10, 8]}},\n"
      "   \"fields\": {\"image\": \"data/stack/{z}.png\",\n"
      "     \"listed\": {\"axis\": 2, \"list\": [\"data/stack/8.png\",\n"
      "       \"data/stack/9.png\"]}}},\n"
      "  {\"id\": \"v\", \"fields\": {\"image\": \"data/volume.npy\"}}],\n"
      " \"splits\": {\"test\": [\"v\"], \"train\": [\"em\"]},\n"
      " \"views\": {\"patches\": {\"p\": {\"size\": [3, 3, 3], \"transforms\":\n"
      "   [\"zscore\"]}}},\n"
      " \"seed\": 7}\n");
}

#endif
