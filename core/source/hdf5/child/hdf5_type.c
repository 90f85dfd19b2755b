/* Maps element types of HDF5 to ours, the way h5py shows them: an enum of FALSE and TRUE
 * is bool, another enum is its integers, a compound of two equal floats r and i is
 * complex.  Values of unusual width (a 12-bit integer, bfloat16) are read by libhdf5 into
 * the next type that holds them exactly.  The axes of an array type
 * are the last axes of the array. */
#include <errno.h>
#include <string.h>

#include "core/source/hdf5/child/hdf5_lib.h"

static int refuse(struct err *why, const char *what)
{
  return err_set(why, EINVAL, "%s", what);
}

/* --- integers ---------------------------------------------------------------------- */

static bool has_order(hid_t type, struct hdf5_type *out)
{
  const H5T_order_t order = H5Tget_order(type);
  out->swapped = order == H5T_ORDER_BE && H5Tget_size(type) > 1;
  return order == H5T_ORDER_LE || order == H5T_ORDER_BE;
}

/* Maps bitfields too, as unsigned integers. */
static int map_integer(hid_t type, bool is_signed, struct hdf5_type *out, struct err *why)
{
  static const enum dtype dtypes[2][4] = {{DT_U8, DT_U16, DT_U32, DT_U64},
                                          {DT_I8, DT_I16, DT_I32, DT_I64}};
  const size_t size = H5Tget_size(type);
  if (size == 0 || size > 8)
    return err_set(why, EINVAL, "an integer type of %zu bytes", size);
  const int log = size == 1 ? 0 : size == 2 ? 1 : size <= 4 ? 2 : 3;
  out->dtype = dtypes[is_signed][log];
  out->plain = has_order(type, out) && size == (size_t)1 << log &&
               H5Tget_offset(type) == 0 && H5Tget_precision(type) == 8 * size;
  return 0;
}

/* --- floats ------------------------------------------------------------------------ */

struct float_shape {
  enum dtype dtype;
  size_t size, exponent, mantissa, bias; /* bytes, bits, bits */
};
static const struct float_shape float_shapes[] = {
    {DT_F16, 2, 5, 10, 15}, {DT_F32, 4, 8, 23, 127}, {DT_F64, 8, 11, 52, 1023}};

static bool is_ieee(hid_t type, const struct float_shape *shape, size_t sign_at,
                    size_t exponent_at, size_t mantissa_at)
{
  const size_t bits = 8 * shape->size;
  return H5Tget_size(type) == shape->size && H5Tget_precision(type) == bits &&
         H5Tget_offset(type) == 0 && H5Tget_ebias(type) == shape->bias &&
         H5Tget_norm(type) == H5T_NORM_IMPLIED && sign_at == bits - 1 &&
         exponent_at == shape->mantissa && mantissa_at == 0;
}

static int map_float(hid_t type, struct hdf5_type *out, struct err *why)
{
  size_t sign_at, exponent_at, exponent, mantissa_at, mantissa;
  if (H5Tget_fields(type, &sign_at, &exponent_at, &exponent, &mantissa_at, &mantissa) < 0)
    return refuse(why, "a float type that libhdf5 cannot explain");
  for (size_t i = 0; i < sizeof float_shapes / sizeof *float_shapes; i++) {
    const struct float_shape *shape = &float_shapes[i];
    if (exponent > shape->exponent || mantissa > shape->mantissa)
      continue;
    out->dtype = shape->dtype;
    out->plain = exponent == shape->exponent && mantissa == shape->mantissa &&
                 has_order(type, out) &&
                 is_ieee(type, shape, sign_at, exponent_at, mantissa_at);
    return 0;
  }
  return err_set(why, EINVAL, "a float type of %zu bits", H5Tget_precision(type));
}

static hid_t memory_float(enum dtype dtype)
{
  if (dtype != DT_F16)
    return dtype == DT_F32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
  if (H5Tset_fields(half, 15, 10, 5, 0, 10) < 0 || H5Tset_size(half, 2) < 0 ||
      H5Tset_ebias(half, 15) < 0)
    return -1;
  return half;
}

/* --- enums ------------------------------------------------------------------------- */

static bool has_member(hid_t type, const char *name, unsigned char first)
{
  unsigned char value[64] = {0}, expected[64] = {first};
  const hid_t base = H5Tget_super(type);
  const size_t size = H5Tget_size(type);
  if (size > sizeof value || H5Tenum_valueof(type, name, value) < 0)
    return false;
  if (H5Tget_order(base) == H5T_ORDER_BE) {
    expected[0] = 0;
    expected[size - 1] = first;
  }
  H5Tclose(base);
  return !memcmp(value, expected, size);
}

static bool is_bool(hid_t type)
{
  return H5Tget_nmembers(type) == 2 && has_member(type, "FALSE", 0) &&
         has_member(type, "TRUE", 1);
}

static int map_enum(hid_t type, struct hdf5_type *out, struct err *why)
{
  const hid_t base = H5Tget_super(type);
  if (H5Tget_class(base) != H5T_INTEGER)
    return refuse(why, "an enumeration that is not of integers");
  const int rc = map_integer(base, H5Tget_sign(base) == H5T_SGN_2, out, why);
  H5Tclose(base);
  if (rc)
    return -1;
  if (is_bool(type)) {
    out->dtype = DT_BOOL;
    out->plain = out->plain && H5Tget_size(type) == 1;
  }
  return 0;
}

static hid_t memory_bool(void)
{
  const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  const signed char no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

/* --- complex ----------------------------------------------------------------------- */

static bool member_is(hid_t type, unsigned i, const char *name)
{
  char *found = H5Tget_member_name(type, i);
  const bool is = found && !strcmp(found, name);
  H5free_memory(found);
  return is;
}

static int map_compound(hid_t type, struct hdf5_type *out, struct err *why)
{
  if (H5Tget_nmembers(type) != 2 || !member_is(type, 0, "r") || !member_is(type, 1, "i"))
    return refuse(why, "a compound type");
  const hid_t r = H5Tget_member_type(type, 0), i = H5Tget_member_type(type, 1);
  struct hdf5_type part;
  const bool other = H5Tget_class(r) != H5T_FLOAT || H5Tequal(r, i) <= 0 ||
                     map_float(r, &part, why) || part.dtype == DT_F16;
  H5Tclose(r);
  H5Tclose(i);
  if (other)
    return refuse(why, "a compound type");
  const size_t size = (size_t)dtype_size(part.dtype);
  out->dtype = part.dtype == DT_F32 ? DT_C64 : DT_C128;
  out->swapped = part.swapped;
  out->plain = part.plain && H5Tget_size(type) == 2 * size &&
               H5Tget_member_offset(type, 0) == 0 &&
               H5Tget_member_offset(type, 1) == size;
  return 0;
}

static hid_t memory_complex(enum dtype dtype)
{
  const size_t size = (size_t)dtype_size(dtype) / 2;
  const hid_t part = size == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  const hid_t type = H5Tcreate(H5T_COMPOUND, 2 * size);
  H5Tinsert(type, "r", 0, part);
  H5Tinsert(type, "i", size, part);
  return type;
}

/* --- arrays ------------------------------------------------------------------------ */

static int map_array(hid_t type, struct hdf5_type *out, struct err *why)
{
  struct hdf5_type element;
  hsize_t shape[H5S_MAX_RANK];
  const int nd = H5Tget_array_dims2(type, shape);
  if (nd < 1)
    return refuse(why, "an array type that libhdf5 cannot explain");
  if (hdf5_type_map(H5Tget_super(type), &element, why))
    return -1;
  if (nd + element.nd > ND_MAX)
    return err_set(why, EINVAL, "an array type of %d axes", nd + element.nd);
  *out = element;
  out->nd = nd + element.nd;
  for (int d = 0; d < nd; d++) {
    if (shape[d] < 1 || shape[d] > INT64_MAX)
      return refuse(why, "an array type without elements");
    out->shape[d] = (int64_t)shape[d];
  }
  memcpy(out->shape + nd, element.shape, (size_t)element.nd * sizeof *element.shape);
  return 0;
}

static hid_t memory_array(hid_t type, enum dtype dtype)
{
  hsize_t shape[H5S_MAX_RANK];
  const int nd = H5Tget_array_dims2(type, shape);
  const hid_t element = nd < 1 ? -1 : hdf5_type_memory(H5Tget_super(type), dtype);
  return element < 0 ? -1 : H5Tarray_create2(element, (unsigned)nd, shape);
}

/* --- all of them ------------------------------------------------------------------- */

int hdf5_type_map(hid_t type, struct hdf5_type *out, struct err *why)
{
  *out = (struct hdf5_type){0};
  switch (H5Tget_class(type)) {
  case H5T_INTEGER:
    return map_integer(type, H5Tget_sign(type) == H5T_SGN_2, out, why);
  case H5T_BITFIELD:
    return map_integer(type, false, out, why);
  case H5T_FLOAT:
    return map_float(type, out, why);
  case H5T_ENUM:
    return map_enum(type, out, why);
  case H5T_COMPOUND:
    return map_compound(type, out, why);
  case H5T_STRING:
    return refuse(why, "a string type");
  case H5T_REFERENCE:
    return refuse(why, "a reference type");
  case H5T_OPAQUE:
    return refuse(why, "an opaque type");
  case H5T_VLEN:
    return refuse(why, "a variable-length type");
  case H5T_ARRAY:
    return map_array(type, out, why);
  case H5T_TIME:
    return refuse(why, "a time type");
  default:
    return refuse(why, "an unknown type");
  }
}

static hid_t memory_integer(enum dtype dtype)
{
  switch (dtype) {
  case DT_I8:
    return H5T_NATIVE_INT8;
  case DT_U8:
    return H5T_NATIVE_UINT8;
  case DT_I16:
    return H5T_NATIVE_INT16;
  case DT_U16:
    return H5T_NATIVE_UINT16;
  case DT_I32:
    return H5T_NATIVE_INT32;
  case DT_U32:
    return H5T_NATIVE_UINT32;
  case DT_I64:
    return H5T_NATIVE_INT64;
  default:
    return H5T_NATIVE_UINT64;
  }
}

/* libhdf5 converts bitfields and enums only among themselves. */
hid_t hdf5_type_memory(hid_t type, enum dtype dtype)
{
  hid_t memory;
  switch (H5Tget_class(type)) {
  case H5T_ARRAY:
    return memory_array(type, dtype);
  case H5T_INTEGER:
    memory = memory_integer(dtype);
    break;
  case H5T_FLOAT:
    memory = memory_float(dtype);
    break;
  case H5T_COMPOUND:
    memory = memory_complex(dtype);
    break;
  default:
    memory = dtype == DT_BOOL ? memory_bool() : H5Tget_native_type(type, H5T_DIR_ASCEND);
  }
  if (memory >= 0 && H5Tget_size(memory) != (size_t)dtype_size(dtype))
    return -1;
  return memory;
}
