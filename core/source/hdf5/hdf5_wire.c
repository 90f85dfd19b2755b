/* Converts numbers and strings to bytes and back, and checks what comes back. */
#include "core/source/hdf5/hdf5_wire.h"

#include <errno.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/source/hdf5/hdf5_chunk.h"

int64_t hdf5_grid(const int64_t *shape, const int64_t *block, int d)
{
  return shape[d] ? (shape[d] - 1) / block[d] + 1 : 0;
}

int64_t hdf5_grid_count(int nd, const int64_t *shape, const int64_t *block)
{
  int64_t count = 1;
  for (int d = 0; d < nd; d++)
    if (!checked_mul(count, hdf5_grid(shape, block, d), &count))
      return -1;
  return count;
}

/* --- writing ----------------------------------------------------------------------- */

void hdf5_put_u32(struct text *out, uint32_t value)
{
  text_add_bytes(out, &value, sizeof value);
}

static void put_i64s(struct text *out, int n, const int64_t *values)
{
  text_add_bytes(out, values, (size_t)n * sizeof *values);
}

void hdf5_put_string(struct text *out, const char *string)
{
  const size_t size = strlen(string) + 1;
  hdf5_put_u32(out, (uint32_t)size);
  text_add_bytes(out, string, size);
}

/* What an entry of a walk's reply holds, behind its name. */
enum entry { USABLE, UNUSABLE, BROKEN, ALIAS };

void hdf5_put_array(struct text *out, const char *name, const struct err *why,
                    const char *object, const struct hdf5_desc *desc)
{
  hdf5_put_string(out, name);
  hdf5_put_u32(out, !why ? USABLE : why->errnum == EINVAL ? UNUSABLE : BROKEN);
  if (why) {
    hdf5_put_string(out, why->msg);
    return;
  }
  hdf5_put_string(out, object);
  hdf5_put_u32(out, desc->how);
  hdf5_put_u32(out, desc->dtype);
  hdf5_put_u32(out, desc->swapped);
  hdf5_put_u32(out, desc->raw_edges);
  hdf5_put_u32(out, (uint32_t)desc->file);
  hdf5_put_u32(out, (uint32_t)desc->nd);
  put_i64s(out, desc->nd, desc->shape);
  put_i64s(out, desc->nd, desc->block);
  put_i64s(out, 1, &desc->offset);
  put_i64s(out, 1, &desc->beside);
  hdf5_put_u32(out, (uint32_t)desc->nfilters);
  text_add_bytes(out, desc->filters, (size_t)desc->nfilters * sizeof *desc->filters);
  text_add_bytes(out, desc->fill, sizeof desc->fill);
}

void hdf5_put_alias(struct text *out, const char *name, uint32_t array)
{
  hdf5_put_string(out, name);
  hdf5_put_u32(out, ALIAS);
  hdf5_put_u32(out, array);
}

void hdf5_put_known(struct text *out, uint32_t array, uint32_t n,
                    const struct hdf5_chunk_at *known)
{
  hdf5_put_u32(out, array);
  hdf5_put_u32(out, n);
  text_add_bytes(out, known, n * sizeof *known);
}

/* --- reading ----------------------------------------------------------------------- */

static bool get_bytes(struct hdf5_reader *in, void *out, size_t size)
{
  if (in->left < size)
    return false;
  if (size)
    memcpy(out, in->at, size);
  in->at += size;
  in->left -= size;
  return true;
}

bool hdf5_get_u32(struct hdf5_reader *in, uint32_t *value)
{
  return get_bytes(in, value, sizeof *value);
}

/* Takes a number of at most `most`. */
static bool get_small(struct hdf5_reader *in, uint32_t most, uint32_t *value)
{
  return hdf5_get_u32(in, value) && *value <= most;
}

bool hdf5_get_string(struct hdf5_reader *in, const char **string)
{
  uint32_t size;
  if (!hdf5_get_u32(in, &size) || size == 0 || size > in->left ||
      memchr(in->at, 0, size) != in->at + size - 1)
    return false;
  *string = (const char *)in->at;
  in->at += size;
  in->left -= size;
  return true;
}

static bool get_shapes(struct hdf5_reader *in, struct hdf5_desc *desc)
{
  uint32_t nd;
  if (!get_small(in, ND_MAX, &nd))
    return false;
  desc->nd = (int)nd;
  const size_t size = nd * sizeof(int64_t);
  int64_t bytes;
  if (!get_bytes(in, desc->shape, size) || !get_bytes(in, desc->block, size) ||
      !checked_array_bytes(desc->nd, desc->shape, dtype_size(desc->dtype), &bytes))
    return false;
  return desc->how == HDF5_DIRECT ||
         (checked_array_bytes(desc->nd, desc->block, dtype_size(desc->dtype), &bytes) &&
          bytes > 0);
}

static bool get_filters(struct hdf5_reader *in, struct hdf5_desc *desc)
{
  uint32_t n;
  if (!get_small(in, HDF5_FILTERS_MAX, &n) ||
      !get_bytes(in, desc->filters, n * sizeof *desc->filters))
    return false;
  desc->nfilters = (int)n;
  return desc->how != HDF5_CHUNKS || hdf5_chunk_decodable(desc->nfilters, desc->filters);
}

static bool get_desc(struct hdf5_reader *in, int nfiles, struct hdf5_desc *desc)
{
  uint32_t how, dtype, swapped, raw_edges, file;
  if (!get_small(in, HDF5_FILLED, &how) || !get_small(in, DT_COUNT - 1, &dtype) ||
      !get_small(in, 1, &swapped) || !get_small(in, 1, &raw_edges) ||
      !get_small(in, (uint32_t)nfiles, &file))
    return false;
  *desc = (struct hdf5_desc){
      .how = (enum hdf5_how)how,
      .dtype = (enum dtype)dtype,
      .swapped = swapped,
      .raw_edges = raw_edges,
      .file = (int)file,
  };
  return get_shapes(in, desc) && get_bytes(in, &desc->offset, sizeof desc->offset) &&
         desc->offset >= 0 && get_bytes(in, &desc->beside, sizeof desc->beside) &&
         desc->beside >= 0 && desc->beside <= HDF5_BESIDE_MAX && get_filters(in, desc) &&
         get_bytes(in, desc->fill, sizeof desc->fill);
}

bool hdf5_get_array(struct hdf5_reader *in, int nfiles, int narrays,
                    struct hdf5_entry *out)
{
  uint32_t entry, array;
  if (!hdf5_get_string(in, &out->name) || strlen(out->name) >= HDF5_NAME_MAX ||
      !get_small(in, ALIAS, &entry))
    return false;
  out->why = NULL;
  out->broken = entry == BROKEN;
  out->alias_of = -1;
  switch ((enum entry)entry) {
  case UNUSABLE:
  case BROKEN:
    return hdf5_get_string(in, &out->why);
  case ALIAS:
    if (!hdf5_get_u32(in, &array) || array >= (uint32_t)narrays)
      return false;
    out->alias_of = (int)array;
    return true;
  default:
    return hdf5_get_string(in, &out->object) && strlen(out->object) < HDF5_NAME_MAX &&
           get_desc(in, nfiles, &out->desc);
  }
}

int hdf5_get_known(struct hdf5_reader *in, uint32_t array, const struct hdf5_desc *desc,
                   struct hdf5_chunk_at out[HDF5_KNOWN_MAX])
{
  struct hdf5_reader next = *in;
  uint32_t of, n;
  if (!hdf5_get_u32(&next, &of) || of != array || !get_small(&next, HDF5_KNOWN_MAX, &n) ||
      desc->how != HDF5_CHUNKS ||
      hdf5_grid_count(desc->nd, desc->shape, desc->block) != n ||
      !get_bytes(&next, out, n * sizeof *out))
    return 0;
  *in = next;
  return (int)n;
}
