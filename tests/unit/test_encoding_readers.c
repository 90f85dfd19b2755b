/* Every encoding, element type and kind of shape, read back by the readers that people
 * use (numpy, nibabel, h5py, Pillow, tifffile, and the format's own checkers where
 * installed): the files go to a directory, encoding_readers.py opens them. */
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/check.h"
#include "tests/support/encoding_items.h"

static char directory[] = "/tmp/tesserafs-encoding-XXXXXX";

/* "<dir>/<dtype>_<tag>_<shape>.<ext>" */
static void write_file(const struct encoding *encoding, const struct item *item,
                       const char *tag)
{
  struct arena arena;
  struct layout layout;
  struct err err = ERR_INIT;
  char path[400], shape[ND_TEXT];
  snprintf(path, sizeof path, "%s/%s_%s_%s.%s", directory,
           dtype_table[item->view->dtype].name, tag,
           item->view->nd ? nd_text(item->view->nd, item->view->shape, shape) : "scalar",
           encoding->ext);
  arena_init(&arena);
  if (CHECK(encoding_open(encoding, item, &arena, &layout, &err) == 0)) {
    char *all = read_layout(&layout, 4000);
    FILE *file = fopen(path, "wb");
    if (CHECK(all && file))
      CHECK(fwrite(all, 1, (size_t)layout.size, file) == (size_t)layout.size);
    if (file)
      CHECK(fclose(file) == 0);
    free(all);
  } else {
    fprintf(stderr, "%s: %s\n", path, err.msg);
  }
  arena_free(&arena);
}

static void write_all(const struct item *item, const char *tag)
{
  for (int i = 0; encodings[i]; i++)
    if (encodings[i]->holds(item))
      write_file(encodings[i], item, tag);
}

static void write_plain(enum dtype dtype, int nd, const int64_t *shape)
{
  struct index_view view;
  const struct item item = index_item(&view, dtype, nd, shape);
  write_all(&item, "plain");
}

static void write_colour(enum dtype dtype, int nd, const int64_t *shape)
{
  struct index_view view;
  struct item item = index_item(&view, dtype, nd, shape);
  item.channel_axis = nd - 1;
  write_all(&item, "colour");
}

static void write_dtype(enum dtype dtype)
{
  write_plain(dtype, 0, NULL);
  write_plain(dtype, SHAPE(7));
  write_plain(dtype, SHAPE(0));
  write_plain(dtype, SHAPE(5, 9));
  write_plain(dtype, SHAPE(3, 0, 2));
  write_plain(dtype, SHAPE(3, 4, 5));
  write_plain(dtype, SHAPE(1, 1, 6, 17));
  write_plain(dtype, SHAPE(2, 3, 1, 13));
  write_plain(dtype, SHAPE(2, 1, 2, 3, 1, 2, 3));
  write_plain(dtype, SHAPE(2, 1, 2, 3, 1, 2, 3, 2));
  write_plain(dtype, SHAPE(70, 61, 31));
  write_plain(dtype, SHAPE(40000, 3));
  write_colour(dtype, SHAPE(6, 5, 2));
  write_colour(dtype, SHAPE(6, 5, 3));
  write_colour(dtype, SHAPE(6, 5, 4));
  write_colour(dtype, SHAPE(2, 6, 5, 3));
  write_colour(dtype, SHAPE(1, 2, 6, 5, 4));
}

/* The field's name is a path in an h5. */
static void write_nested_field(void)
{
  struct index_view view;
  struct item item = index_item(&view, DT_U8, SHAPE(2, 3));
  item.field = "a/b c/\xc3\xa9t\xc3\xa9";
  write_file(&encoding_h5, &item, "nested");
}

static void write_geometry(const char *tag, const double affine[3][4], int nd,
                           const int64_t *shape, int sform_code, int qform_code)
{
  struct index_view view;
  struct item item = index_item(&view, DT_I16, nd, shape);
  memcpy(item.geo.affine, affine, sizeof item.geo.affine);
  item.geo.has_affine = true;
  item.geo.sform_code = sform_code;
  item.geo.qform_code = qform_code;
  item.geo.xyzt_units = 10; /* mm, s */
  item.geo.step[3] = 2.5;
  write_file(&encoding_nii, &item, tag);
}

/* Rz Ry Rx diag(0.5, 1.5, mirror * 4) of degrees. */
static void rotate(const double degrees[3], double mirror, double affine[3][4])
{
  const double rad = acos(-1) / 180;
  const double cx = cos(degrees[0] * rad), sx = sin(degrees[0] * rad);
  const double cy = cos(degrees[1] * rad), sy = sin(degrees[1] * rad);
  const double cz = cos(degrees[2] * rad), sz = sin(degrees[2] * rad);
  const double r[3][3] = {{cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx},
                          {sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx},
                          {-sy, cy * sx, cy * cx}};
  const double scale[3] = {0.5, 1.5, 4 * mirror};
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++)
      affine[i][j] = r[i][j] * scale[j];
    affine[i][3] = 10.25 * i - 7;
  }
}

/* Half turns among them, where a header's quaternion is least exact.  The angles stand in
 * encoding_readers.py too. */
static void write_rotations(void)
{
  static const double degrees[][3] = {
      {20, 30, 40}, {180, 0, 0},    {0, 180, 0},  {179.99, 0.02, 0.01},
      {90, -90, 0}, {-120, 15, 77}, {180, 33, 0}, {0.001, 180, 45}};
  for (int i = 0; i < (int)(sizeof degrees / sizeof *degrees); i++) {
    double affine[3][4];
    char tag[32];
    rotate(degrees[i], i % 2 ? -1 : 1, affine);
    snprintf(tag, sizeof tag, "rotated%d", i);
    write_geometry(tag, (const double(*)[4])affine, SHAPE(2, 3, 4), 1, 1);
    write_geometry(tag, (const double(*)[4])affine, SHAPE(32768, 1, 2), 1, 1);
  }
}

/* The affines stand in encoding_readers.py too. */
static void write_geometries(void)
{
  static const double scaled[3][4] = {
      {-0.75, 0, 0, 90.5}, {0, 1.25, 0, -126}, {0, 0, 3, -72.25}};
  static const double sheared[3][4] = {{1, 0.25, 0, 1}, {0, 2, 0, 2}, {0, 0, 3, 3}};
  static const double flat[3][4] = {{2, 0, 0, 1}, {0, 2, 0, 2}, {0, 0, 0, 3}};
  write_geometry("scaled", scaled, SHAPE(3, 4, 5, 2), 0, 0);
  write_geometry("scaled", scaled, SHAPE(3, 4), 4, 0);
  write_geometry("scaled", scaled, SHAPE(33000, 1, 2), 1, 1);
  write_geometry("sheared", sheared, SHAPE(3, 4, 5), 1, 1);
  write_geometry("flat", flat, SHAPE(3, 4, 5), 1, 1);
}

static int run_readers(void)
{
  char command[600];
  snprintf(command, sizeof command,
           "/usr/bin/python3 tests/python/check/encoding_readers.py %s 1>&2", directory);
  const int status = system(command);
  return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void remove_directory(void)
{
  char command[600];
  snprintf(command, sizeof command, "rm -rf %s", directory);
  CHECK(system(command) == 0);
}

int main(void)
{
  if (!CHECK(mkdtemp(directory)))
    return check_report("encoding_readers");
  for (int dtype = 0; dtype < DT_COUNT; dtype++)
    write_dtype((enum dtype)dtype);
  write_nested_field();
  write_geometries();
  write_rotations();
  CHECK(run_readers() == 0);
  remove_directory();
  return check_report("encoding_readers");
}
