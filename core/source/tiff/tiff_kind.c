/* What the tags of one TIFF page mean as an array: dtype, shape, and whether this program
 * can read it.  The rules are tifffile's (TiffPage.__init__). */
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "core/base/checked.h"
#include "core/source/tiff/tiff_page.h"

/* Gives the dtype of a page's elements in memory, the smallest that holds integers of so
 * many bits; returns false when there is none. */
static bool tiff_dtype(int format, int bits, enum dtype *dtype)
{
  bool whole = bits == 8 || bits == 16 || bits == 32 || bits == 64;
  switch (format) {
  case SAMPLEFORMAT_UINT:
  case SAMPLEFORMAT_VOID:
    *dtype = bits == 1    ? DT_BOOL
             : bits <= 8  ? DT_U8
             : bits <= 16 ? DT_U16
             : bits <= 32 ? DT_U32
                          : DT_U64;
    return bits >= 1 && bits <= 64;
  case SAMPLEFORMAT_INT:
    *dtype = bits <= 8 ? DT_I8 : bits <= 16 ? DT_I16 : bits <= 32 ? DT_I32 : DT_I64;
    return bits >= 2 && bits <= 64;
  case SAMPLEFORMAT_IEEEFP:
    *dtype = bits == 16 ? DT_F16 : bits == 32 ? DT_F32 : DT_F64;
    return whole && bits != 8;
  case SAMPLEFORMAT_COMPLEXIEEEFP:
    *dtype = bits == 64 ? DT_C64 : DT_C128;
    return bits == 64 || bits == 128;
  default:
    return false;
  }
}

static void tiff_page_shape(struct tiff_page *page)
{
  const struct tiff_kind *kind = &page->kind;
  bool colour = kind->photometric == PHOTOMETRIC_RGB || kind->samples > 1;
  int nd = 0;
  const struct {
    char axis;
    int64_t extent;
    bool present;
  } axes[] = {
      {'S', kind->samples, colour && kind->planar != PLANARCONFIG_CONTIG},
      {'Z', kind->depth, kind->depth != 1},
      {'Y', kind->length, true},
      {'X', kind->width, true},
      {'S', kind->samples, colour && kind->planar == PLANARCONFIG_CONTIG},
  };
  for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
    if (axes[i].present) {
      page->axes[nd] = axes[i].axis;
      page->shape[nd++] = axes[i].extent;
    }
  page->axes[nd] = '\0';
  page->nd = nd;
}

struct tiff_compression {
  int number;
  bool known;  /* decoded here, where libtiff can */
  bool images; /* makes samples, not bytes: a predictor means nothing */
  const char *name;
};

static const struct tiff_compression tiff_compressions[] = {
    {COMPRESSION_NONE, true, false, "none"},
    {COMPRESSION_CCITTRLE, true, false, "CCITT RLE"},
    {COMPRESSION_CCITTFAX3, true, false, "CCITT group 3"},
    {COMPRESSION_CCITTFAX4, true, false, "CCITT group 4"},
    {COMPRESSION_LZW, true, false, "LZW"},
    {COMPRESSION_OJPEG, false, true, "old-style JPEG"},
    {COMPRESSION_JPEG, true, true, "JPEG"},
    {COMPRESSION_ADOBE_DEFLATE, true, false, "deflate"},
    {COMPRESSION_DEFLATE, true, false, "deflate"},
    {COMPRESSION_PACKBITS, true, false, "PackBits"},
    {COMPRESSION_LZMA, true, false, "LZMA"},
    {COMPRESSION_ZSTD, true, false, "zstd"},
    {COMPRESSION_WEBP, true, true, "WebP"},
    {COMPRESSION_LERC, true, true, "LERC"},
    {22610, false, true, "JPEG XR"},
    {34934, false, true, "JPEG XR"},
    {33003, false, true, "JPEG 2000"},
    {33004, false, true, "JPEG 2000"},
    {33005, false, true, "JPEG 2000"},
    {COMPRESSION_JP2000, false, true, "JPEG 2000"},
    {34892, false, true, "lossy DNG JPEG"},
    {34933, false, true, "PNG"},
    {COMPRESSION_JXL, false, true, "JPEG XL"},
    {52546, false, true, "JPEG XL"},
    {65000, false, true, "EER"},
    {65001, false, true, "EER"},
};

static const struct tiff_compression *tiff_compression_find(int number)
{
  static const struct tiff_compression other = {0, false, false, "an unknown one"};
  for (size_t i = 0; i < sizeof tiff_compressions / sizeof *tiff_compressions; i++)
    if (tiff_compressions[i].number == number)
      return &tiff_compressions[i];
  return &other;
}

bool tiff_is_fax(int compression)
{
  return compression == COMPRESSION_CCITTRLE || compression == COMPRESSION_CCITTFAX3 ||
         compression == COMPRESSION_CCITTFAX4;
}

/* tifffile undoes a predictor after any compression, and without one. */
static bool tiff_predictor_known(const struct tiff_kind *kind)
{
  switch (kind->predictor) {
  case PREDICTOR_NONE:
    return true;
  case PREDICTOR_HORIZONTAL:
    return !tiff_is_fax(kind->compression) && kind->format != SAMPLEFORMAT_COMPLEXIEEEFP;
  case PREDICTOR_FLOATINGPOINT:
    return kind->format == SAMPLEFORMAT_IEEEFP;
  default:
    return false;
  }
}

static const char *tiff_vendor_unusable(enum tiff_vendor vendor)
{
  switch (vendor) {
  case TIFF_STK:
    return "a MetaMorph stack (STK), which is not supported";
  case TIFF_LSM:
    return "a Zeiss LSM file, which is not supported";
  case TIFF_MDGEL:
    return "a Molecular Dynamics gel file, which is not supported";
  default:
    return NULL;
  }
}

/* Puts the reason why this page is not an array of ours into page->unusable. */
static void tiff_page_judge(struct tiff_page *page)
{
  const struct tiff_kind *kind = &page->kind;
  const struct tiff_compression *compression = tiff_compression_find(kind->compression);
  char *why = page->unusable;
  bool jpeg = kind->compression == COMPRESSION_JPEG;
  int64_t elements;
  if (tiff_vendor_unusable(page->vendor))
    snprintf(why, TIFF_REASON, "%s", tiff_vendor_unusable(page->vendor));
  else if (kind->width < 1 || kind->length < 1 || kind->depth < 1 || kind->samples < 1)
    snprintf(why, TIFF_REASON, "an empty image");
  else if (kind->tile_width ? kind->tile_length < 1 || kind->tile_depth < 1
                            : kind->rows_per_strip < 1)
    snprintf(why, TIFF_REASON, "tiles or strips without rows");
  else if (!tiff_dtype(kind->format, kind->bits, &page->dtype))
    snprintf(why, TIFF_REASON, "samples of %d bits and format %d are not supported",
             kind->bits, kind->format);
  else if (!compression->known)
    snprintf(why, TIFF_REASON, "compression %d (%s) is not supported", kind->compression,
             compression->name);
  else if (!TIFFIsCODECConfigured((uint16_t)kind->compression))
    snprintf(why, TIFF_REASON,
             "compression %d (%s) is not supported by this machine's libtiff",
             kind->compression, compression->name);
  else if (!tiff_predictor_known(kind))
    snprintf(why, TIFF_REASON,
             "predictor %d is not supported with compression %d, %d bits",
             kind->predictor, kind->compression, kind->bits);
  else if (jpeg && (kind->bits != 8 || kind->format != SAMPLEFORMAT_UINT))
    snprintf(why, TIFF_REASON, "JPEG of %d bits and format %d is not supported",
             kind->bits, kind->format);
  else if (kind->subsampled && (!jpeg || kind->planar != PLANARCONFIG_CONTIG))
    snprintf(why, TIFF_REASON, "subsampled chroma without JPEG is not supported");
  else if (kind->planar != PLANARCONFIG_CONTIG && kind->planar != PLANARCONFIG_SEPARATE)
    snprintf(why, TIFF_REASON, "planar configuration %d is unknown", kind->planar);
  else if (!checked_array_bytes(page->nd, page->shape, dtype_size(page->dtype),
                                &page->bytes) ||
           !checked_mul(page->bytes, 8, &elements))
    snprintf(why, TIFF_REASON, "an image of %lld x %lld pixels is too large",
             (long long)kind->width, (long long)kind->length);
}

void tiff_page_derive(struct tiff_page *page)
{
  struct tiff_kind *kind = &page->kind;
  if (kind->tile_width)
    kind->rows_per_strip = 0;
  else if (kind->rows_per_strip > kind->length)
    kind->rows_per_strip = kind->length;
  if (tiff_compression_find(kind->compression)->images)
    kind->predictor = PREDICTOR_NONE;
  tiff_page_shape(page);
  tiff_page_judge(page);
}

bool tiff_page_same(const struct tiff_page *a, const struct tiff_page *b)
{
  const struct tiff_kind *x = &a->kind, *y = &b->kind;
  return x->width == y->width && x->length == y->length && x->depth == y->depth &&
         x->tile_width == y->tile_width && x->tile_length == y->tile_length &&
         x->tile_depth == y->tile_depth && x->rows_per_strip == y->rows_per_strip &&
         x->samples == y->samples && x->bits == y->bits && x->format == y->format &&
         (x->planar == y->planar || a->nd == 2) && x->compression == y->compression &&
         x->photometric == y->photometric && x->fill_order == y->fill_order &&
         x->predictor == y->predictor && x->nextra == y->nextra &&
         !memcmp(x->extra, y->extra, sizeof x->extra);
}
