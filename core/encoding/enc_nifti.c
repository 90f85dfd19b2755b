/* nii and nii.gz: NIfTI-1 where its 16-bit extents suffice, else NIfTI-2.
 *
 * The order of indices stays: axis d of the view is dimension d of the file, whose first
 * dimension varies fastest; so the file holds the voxels of the view with its axes
 * reversed.  Dtypes that NIfTI lacks are widened: bool to uint8, float16 to float32.
 * Offsets of header fields are those of nifti1.h and nifti2.h. */
#include <string.h>

#include "core/encoding/gzip_stored.h"
#include "core/encoding/layout.h"
#include "core/encoding/nifti_orient.h"
#include "core/encoding/put.h"

enum {
  NIFTI_ND = 7,
  NIFTI1_HEADER = 348,
  NIFTI2_HEADER = 540,
  NO_EXTENSION = 4, /* zero bytes behind the header */
  HEADER_MAX = NIFTI2_HEADER + NO_EXTENSION,
  NIFTI1_EXTENT_MAX = 32767,
  SFORM_ALIGNED = 2, /* nibabel's code for an affine of unknown origin */
};

/* NIfTI's code for each dtype; 0: it has none */
static const int datatype[DT_COUNT] = {
    [DT_U8] = 2,    [DT_I16] = 4,    [DT_I32] = 8,    [DT_F32] = 16,
    [DT_C64] = 32,  [DT_F64] = 64,   [DT_I8] = 256,   [DT_U16] = 512,
    [DT_U32] = 768, [DT_I64] = 1024, [DT_U64] = 1280, [DT_C128] = 1792,
};

static enum dtype stored_dtype(enum dtype dtype)
{
  if (dtype == DT_BOOL)
    return DT_U8;
  return dtype == DT_F16 ? DT_F32 : dtype;
}

static bool needs_nifti2(const struct view *view)
{
  for (int d = 0; d < view->nd; d++)
    if (view->shape[d] > NIFTI1_EXTENT_MAX)
      return true;
  return false;
}

static int header_size(const struct view *view)
{
  return (needs_nifti2(view) ? NIFTI2_HEADER : NIFTI1_HEADER) + NO_EXTENSION;
}

/* The facts that both versions state, in their own widths and places. */
struct facts {
  const struct item *item;
  double affine[3][4];
  struct nifti_orient orient;
  double pixdim[NIFTI_ND + 1];
  int64_t dim[NIFTI_ND + 1];
  int qform_code, sform_code;
  int datatype, bitpix;
};

static void nifti_facts(const struct item *item, struct facts *facts)
{
  const struct view *view = item->view;
  const enum dtype dtype = stored_dtype(view->dtype);
  const struct geometry *geo = &item->geo;
  double step[ND_MAX];
  *facts = (struct facts){
      .item = item, .datatype = datatype[dtype], .bitpix = 8 * dtype_size(dtype)};
  geometry_stated(geo, view->nd, facts->affine, step);
  nifti_orient((const double(*)[4])facts->affine, !needs_nifti2(view), &facts->orient);
  facts->sform_code = geo->sform_code > 0 ? geo->sform_code : SFORM_ALIGNED;
  if (facts->orient.qform)
    facts->qform_code = geo->qform_code > 0 ? geo->qform_code : facts->sform_code;
  facts->dim[0] = view->nd;
  facts->pixdim[0] = facts->orient.qfac;
  for (int d = 0; d < NIFTI_ND; d++) {
    facts->dim[d + 1] = d < view->nd ? view->shape[d] : 1;
    facts->pixdim[d + 1] = d < 3 ? facts->orient.pixdim[d] : step[d];
  }
}

static void put_nifti1(const struct facts *facts, unsigned char *h)
{
  const struct geometry *geo = &facts->item->geo;
  put_le(h, NIFTI1_HEADER, 4);
  for (int d = 0; d <= NIFTI_ND; d++) {
    put_le(h + 40 + 2 * d, (uint64_t)facts->dim[d], 2);
    put_f32(h + 76 + 4 * d, facts->pixdim[d]);
  }
  put_le(h + 68, (uint64_t)geo->intent, 2);
  put_le(h + 70, (uint64_t)facts->datatype, 2);
  put_le(h + 72, (uint64_t)facts->bitpix, 2);
  put_f32(h + 108, NIFTI1_HEADER + NO_EXTENSION); /* vox_offset */
  put_f32(h + 112, 1);                            /* scl_slope */
  h[123] = (unsigned char)geo->xyzt_units;
  put_le(h + 252, (uint64_t)facts->qform_code, 2);
  put_le(h + 254, (uint64_t)facts->sform_code, 2);
  for (int i = 0; i < 3; i++) {
    put_f32(h + 256 + 4 * i, facts->orient.quatern[i]);
    put_f32(h + 268 + 4 * i, facts->affine[i][3]); /* qoffset */
    for (int j = 0; j < 4; j++)
      put_f32(h + 280 + 16 * i + 4 * j, facts->affine[i][j]); /* srow */
  }
  memcpy(h + 344, "n+1", 4);
}

static void put_nifti2(const struct facts *facts, unsigned char *h)
{
  const struct geometry *geo = &facts->item->geo;
  put_le(h, NIFTI2_HEADER, 4);
  memcpy(h + 4, "n+2\0\r\n\032\n", 8);
  put_le(h + 12, (uint64_t)facts->datatype, 2);
  put_le(h + 14, (uint64_t)facts->bitpix, 2);
  for (int d = 0; d <= NIFTI_ND; d++) {
    put_le(h + 16 + 8 * d, (uint64_t)facts->dim[d], 8);
    put_f64(h + 104 + 8 * d, facts->pixdim[d]);
  }
  put_le(h + 168, NIFTI2_HEADER + NO_EXTENSION, 8); /* vox_offset */
  put_f64(h + 176, 1);                              /* scl_slope */
  put_le(h + 344, (uint64_t)facts->qform_code, 4);
  put_le(h + 348, (uint64_t)facts->sform_code, 4);
  for (int i = 0; i < 3; i++) {
    put_f64(h + 352 + 8 * i, facts->orient.quatern[i]);
    put_f64(h + 376 + 8 * i, facts->affine[i][3]); /* qoffset */
    for (int j = 0; j < 4; j++)
      put_f64(h + 400 + 32 * i + 8 * j, facts->affine[i][j]); /* srow */
  }
  put_le(h + 500, (uint64_t)geo->xyzt_units, 4);
  put_le(h + 504, (uint64_t)geo->intent, 4);
}

/* Refuses nd 0 and empty axes: NIfTI's readers do not accept a dim of 0. */
static bool nii_holds(const struct item *item)
{
  const struct view *view = item->view;
  for (int d = 0; d < view->nd; d++)
    if (view->shape[d] < 1)
      return false;
  return view->nd >= 1 && view->nd <= NIFTI_ND;
}

static int nii_size(const struct item *item, int64_t *size, struct err *err)
{
  struct view stored = *item->view;
  stored.dtype = stored_dtype(stored.dtype);
  if (layout_view_bytes(&stored, size, err) < 0)
    return -1;
  return layout_add_size(*size, header_size(item->view), size, err);
}

/* Makes the view in a dtype of NIfTI, its last axis first. */
static const struct view *stored_view(const struct view *view, struct arena *arena,
                                      struct err *err)
{
  const enum dtype dtype = stored_dtype(view->dtype);
  int reversed[ND_MAX];
  if (dtype != view->dtype && !(view = view_cast(arena, view, dtype, err)))
    return NULL;
  for (int d = 0; d < view->nd; d++)
    reversed[d] = view->nd - 1 - d;
  return view->nd > 1 ? view_permute(arena, view, reversed, err) : view;
}

static int nii_layout(const struct item *item, struct arena *arena, struct layout *out,
                      struct err *err)
{
  struct facts facts;
  unsigned char *header = arena_alloc(arena, HEADER_MAX, err);
  const struct view *view = stored_view(item->view, arena, err);
  if (!header || !view || layout_init(out, 2, arena, err) < 0)
    return -1;
  nifti_facts(item, &facts);
  if (needs_nifti2(item->view))
    put_nifti2(&facts, header);
  else
    put_nifti1(&facts, header);
  layout_bytes(out, header, header_size(item->view));
  layout_voxels(out, view);
  return 0;
}

static int nii_gz_size(const struct item *item, int64_t *size, struct err *err)
{
  int64_t inner;
  if (nii_size(item, &inner, err) < 0)
    return -1;
  return gzip_stored_size(inner, size, err);
}

static int nii_gz_layout(const struct item *item, struct arena *arena, struct layout *out,
                         struct err *err)
{
  struct layout *inner = arena_alloc(arena, sizeof *inner, err);
  if (!inner || nii_layout(item, arena, inner, err) < 0)
    return -1;
  return gzip_stored_layout(inner, arena, out, err);
}

const struct encoding encoding_nii = {
    .ext = "nii",
    .in_bulk = true,
    .holds = nii_holds,
    .size = nii_size,
    .layout = nii_layout,
};

const struct encoding encoding_nii_gz = {
    .ext = "nii.gz",
    .holds = nii_holds,
    .size = nii_gz_size,
    .layout = nii_gz_layout,
};
