/* SPM's .mat file beside an Analyze image: a matrix "mat" or "M" in MATLAB's format of
 * version 4, which maps voxels that count from 1 to millimetres; "M" is without the flip
 * of x. */
#include <string.h>

#include "core/source/nifti/nifti_fields.h"
#include "core/source/nifti/nifti_header.h"

enum { MAT_HEAD = 20, MAT_NAME = 64, MAT_SIDE = 1 << 20 };

/* One matrix of the file. */
struct mat {
  struct fields data;
  int type; /* digits MOPT; 0: numbers in double, of a full matrix */
  int64_t rows, columns, imaginary;
  const char *name; /* ends with NUL */
  size_t size;      /* bytes, of all of it */
};

static bool mat_read(const unsigned char *bytes, size_t n, struct mat *out)
{
  static const int element[] = {8, 4, 4, 2, 2, 1};
  struct fields f = {bytes, false};
  if (n < MAT_HEAD)
    return false;
  f.swapped = get_i32(f, 0) < 0 || get_i32(f, 0) > 4999;
  const int32_t type = get_i32(f, 0), names = get_i32(f, 16);
  *out = (struct mat){.type = type % 100,
                      .rows = get_i32(f, 4),
                      .columns = get_i32(f, 8),
                      .imaginary = get_i32(f, 12),
                      .name = (const char *)bytes + MAT_HEAD};
  if (type < 0 || type / 1000 != f.swapped || type / 10 % 10 > 5 || out->rows < 0 ||
      out->rows > MAT_SIDE || out->columns < 0 || out->columns > MAT_SIDE ||
      out->imaginary < 0 || out->imaginary > 1 || names < 1 || names > MAT_NAME ||
      (size_t)names > n - MAT_HEAD || out->name[names - 1])
    return false;
  const size_t head = MAT_HEAD + (size_t)names;
  const uint64_t data = (uint64_t)out->rows * (uint64_t)out->columns *
                        (uint64_t)(1 + out->imaginary) *
                        (uint64_t)element[type / 10 % 10];
  if (data > n - head)
    return false;
  out->data = (struct fields){bytes + head, f.swapped};
  out->size = head + (size_t)data;
  return true;
}

bool analyze_mat(const unsigned char *bytes, size_t n, double affine[3][4])
{
  bool found = false;
  struct mat mat;
  for (size_t at = 0; at < n && mat_read(bytes + at, n - at, &mat); at += mat.size) {
    const bool flipped = !strcmp(mat.name, "mat");
    if ((!flipped && (found || strcmp(mat.name, "M"))) || mat.type || mat.imaginary ||
        mat.rows != 4 || mat.columns != 4)
      continue;
    for (int i = 0; i < 3; i++) {
      const double sign = i == 0 && !flipped ? -1 : 1;
      double sum = 0;
      for (int j = 0; j < 4; j++) {
        affine[i][j] = sign * get_f64(mat.data, 8 * (4 * j + i));
        sum += affine[i][j];
      }
      affine[i][3] = sum;
    }
    found = true;
    if (flipped)
      return true;
  }
  return found;
}
