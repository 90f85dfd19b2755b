/* Numpy's .npy, versions 1 to 3: a magic, a Python dict literal, the voxels.  The literal
 * is read by a small parser of exactly what numpy accepts: the three keys in any order,
 * any spacing. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/source/source_format.h"

enum {
  PREFIX = 12,              /* bytes before the longest header */
  HEADER_MAX = 1024 * 1024, /* numpy writes 118 bytes, or a little more */
  DESCR_MAX = 32
};

static const char magic[6] = "\x93NUMPY";

static bool probe(const struct source_head *head, const char *path)
{
  return head->n >= sizeof magic && !memcmp(head->bytes, magic, sizeof magic);
}

/* --- the dict ---------------------------------------------------------------------- */

struct npy {
  bool has_descr, has_order, has_shape;
  bool structured; /* descr is not a string */
  char descr[DESCR_MAX];
  bool fortran;
  int nd; /* as written: may exceed ND_MAX, shape[] holds the first ND_MAX sides */
  int64_t shape[ND_MAX];
};

static const char *skip_space(const char *p)
{
  while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
    p++;
  return p;
}

/* Every parse_ function returns the position after what it read, or NULL when that is not
 * there. */

static const char *parse_char(const char *p, char wanted)
{
  p = skip_space(p);
  return *p == wanted ? p + 1 : NULL;
}

static const char *parse_string(const char *p, char *out, size_t room)
{
  p = skip_space(p);
  const char quote = *p++;
  if (quote != '\'' && quote != '"')
    return NULL;
  const char *end = strchr(p, quote);
  if (!end || (size_t)(end - p) >= room || memchr(p, '\\', (size_t)(end - p)))
    return NULL;
  memcpy(out, p, (size_t)(end - p));
  out[end - p] = 0;
  return end + 1;
}

static const char *parse_bool(const char *p, bool *out)
{
  p = skip_space(p);
  *out = *p == 'T';
  const char *word = *out ? "True" : "False";
  return strncmp(p, word, strlen(word)) ? NULL : p + strlen(word);
}

/* Reads one extent: not negative, below 2^63; Python 2 wrote an L after it. */
static const char *parse_side(const char *p, int64_t *out)
{
  p = skip_space(p);
  if (!isdigit((unsigned char)*p))
    return NULL;
  for (*out = 0; isdigit((unsigned char)*p); p++)
    if (__builtin_mul_overflow(*out, 10, out) ||
        __builtin_add_overflow(*out, *p - '0', out))
      return NULL;
  return *p == 'L' ? p + 1 : p;
}

/* Reads a shape "()", "(3,)", "(3, 4)"; "(3)" is refused because it is no tuple. */
static const char *parse_shape(const char *p, struct npy *npy)
{
  bool comma = true;
  p = parse_char(p, '(');
  for (npy->nd = 0; p && *skip_space(p) != ')'; npy->nd++) {
    int64_t side;
    if (!comma || !(p = parse_side(p, &side)))
      return NULL;
    if (npy->nd < ND_MAX)
      npy->shape[npy->nd] = side;
    const char *next = parse_char(p, ',');
    comma = next != NULL;
    p = next ? next : p;
  }
  return p && (npy->nd != 1 || comma) ? parse_char(p, ')') : NULL;
}

/* Skips "[('x', '<f4'), ...]" to its closing bracket; the caller refuses it later, by
 * name. */
static const char *parse_structured(const char *p)
{
  int depth = 0;
  do {
    if (*p == '[' || *p == '(' || *p == '{')
      depth++;
    if (*p == ']' || *p == ')' || *p == '}')
      depth--;
    if (*p == '\'' || *p == '"')
      p = strchr(p + 1, *p);
    if (!p || !*p)
      return NULL;
    p++;
  } while (depth > 0);
  return p;
}

static const char *parse_descr(const char *p, struct npy *npy)
{
  p = skip_space(p);
  npy->structured = *p == '[' || *p == '(';
  return npy->structured ? parse_structured(p)
                         : parse_string(p, npy->descr, sizeof npy->descr);
}

static const char *parse_item(const char *p, struct npy *npy)
{
  char key[DESCR_MAX];
  p = parse_string(p, key, sizeof key);
  p = p ? parse_char(p, ':') : NULL;
  if (!p)
    return NULL;
  bool *seen = !strcmp(key, "descr")           ? &npy->has_descr
               : !strcmp(key, "fortran_order") ? &npy->has_order
               : !strcmp(key, "shape")         ? &npy->has_shape
                                               : NULL;
  if (!seen || *seen)
    return NULL;
  *seen = true;
  if (seen == &npy->has_descr)
    return parse_descr(p, npy);
  return seen == &npy->has_order ? parse_bool(p, &npy->fortran) : parse_shape(p, npy);
}

static bool parse_dict(const char *p, struct npy *npy)
{
  bool comma = true;
  p = parse_char(p, '{');
  while (p && *skip_space(p) != '}') {
    if (!comma || !(p = parse_item(p, npy)))
      return false;
    const char *next = parse_char(p, ',');
    comma = next != NULL;
    p = next ? next : p;
  }
  return p && !*skip_space(parse_char(p, '}')) && npy->has_descr && npy->has_order &&
         npy->has_shape;
}

/* --- opening ----------------------------------------------------------------------- */

/* Finds the header's place: *start and *length in bytes. */
static int read_prefix(struct source *source, int64_t *start, int64_t *length,
                       struct err *err)
{
  const char *path = source_path(source);
  const int64_t size = source_file_size(source, 0);
  unsigned char prefix[PREFIX] = {0};
  if (source_pread(source, 0, prefix, size < PREFIX ? (size_t)size : PREFIX, 0, err))
    return -1;
  if (memcmp(prefix, magic, sizeof magic))
    return err_set(err, EIO, "%s: expected the npy magic, found something else", path);
  const int version = prefix[6];
  if (version < 1 || version > 3)
    return err_set(err, EIO, "%s: expected npy version 1 to 3, found %d", path, version);
  *start = version == 1 ? 10 : 12;
  *length = prefix[8] | prefix[9] << 8;
  if (version > 1)
    *length |= (int64_t)prefix[10] << 16 | (int64_t)prefix[11] << 24;
  if (*length <= HEADER_MAX && *start + *length <= size)
    return 0;
  return err_set(err, EIO, "%s: expected an npy header of %lld bytes, found %lld of %lld",
                 path, (long long)*length, (long long)(size < *start ? 0 : size - *start),
                 (long long)size);
}

static int read_dict(struct source *source, int64_t start, int64_t length,
                     struct npy *npy, struct err *err)
{
  char *text CLEANUP_FREE = malloc((size_t)length + 1);
  if (!text)
    return err_set(err, ENOMEM, "%s: out of memory", source_path(source));
  if (source_pread(source, 0, text, (size_t)length, start, err))
    return -1;
  text[length] = 0;
  if (strlen(text) == (size_t)length && parse_dict(text, npy))
    return 0;
  return err_set(err, EIO,
                 "%s: expected a dict of descr, fortran_order and shape, found %.200s",
                 source_path(source), text);
}

static int open_npy(struct source *source, struct err *err)
{
  const char *path = source_path(source);
  int64_t start = 0, length = 0;
  struct npy npy = {0};
  if (read_prefix(source, &start, &length, err) ||
      read_dict(source, start, length, &npy, err))
    return -1;
  struct source_array array = {.nd = npy.nd,
                               .channel_axis = -1,
                               .fortran = npy.fortran,
                               .direct = true,
                               .offset = start + length};
  if (npy.structured)
    return err_set(err, EINVAL, "%s: expected one number per voxel, found a structure",
                   path);
  if (!dtype_parse(npy.descr, &array.dtype, &array.swapped))
    return err_set(err, EINVAL, "%s: expected a numeric dtype, found %s", path,
                   npy.descr);
  if (npy.nd > ND_MAX)
    return err_set(err, EINVAL, "%s: expected at most %d axes, found %d", path, ND_MAX,
                   npy.nd);
  array.stored = array.dtype;
  memcpy(array.shape, npy.shape, sizeof array.shape);
  geometry_identity(&array.geo);
  return source_add_array(source, &array, err);
}

static const char *const suffixes[] = {".npy", NULL};

const struct source_format source_format_npy = {
    .name = "npy",
    .suffixes = suffixes,
    .probe = probe,
    .open = open_npy,
};
