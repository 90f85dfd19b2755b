/* Reads what an ImageDescription says about how pages form an array: ImageJ's key=value
 * lines and tifffile's JSON object.  Of the JSON only "shape", "axes" and "truncated" at
 * the top level are read; a malformed text is taken for no such description. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/source/tiff/tiff_series.h"

/* --- ImageJ ------------------------------------------------------------------------ */

static int64_t tiff_imagej_number(const char *value, size_t n)
{
  char text[32], *end;
  if (n >= sizeof text)
    return 0;
  memcpy(text, value, n);
  text[n] = '\0';
  errno = 0;
  long long number = strtoll(text, &end, 10);
  while (isspace((unsigned char)*end))
    end++;
  return end == text || *end || errno ? 0 : number;
}

static void tiff_imagej_line(const char *line, size_t n, struct tiff_imagej *out)
{
  const struct {
    const char *key;
    int64_t *number;
  } keys[] = {{"frames", &out->frames},
              {"slices", &out->slices},
              {"channels", &out->channels},
              {"images", &out->images}};
  const char *equals = memchr(line, '=', n);
  if (!equals)
    return;
  size_t nkey = (size_t)(equals - line), nvalue = n - nkey - 1;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (nkey == strlen(keys[i].key) && !memcmp(line, keys[i].key, nkey))
      *keys[i].number = tiff_imagej_number(equals + 1, nvalue);
  if (nkey == 5 && !memcmp(line, "order", 5) && nvalue < sizeof out->order) {
    for (size_t i = 0; i < nvalue; i++)
      out->order[i] = (char)tolower((unsigned char)equals[1 + i]);
    out->order[nvalue] = '\0';
  }
}

bool tiff_parse_imagej(const char *text, struct tiff_imagej *out)
{
  if (!text || (strncmp(text, "ImageJ=", 7) && strncmp(text, "SCIFIO=", 7)))
    return false;
  *out = (struct tiff_imagej){1, 1, 1, 1, "czt"};
  while (*text) {
    size_t n = strcspn(text, "\r\n");
    tiff_imagej_line(text, n, out);
    text += n + (text[n] != '\0');
  }
  return true;
}

/* --- tifffile's own ---------------------------------------------------------------- */

static const char *tiff_skip_space(const char *at)
{
  while (isspace((unsigned char)*at))
    at++;
  return at;
}

/* Returns the position behind the string that begins at `at`; NULL when the string does
 * not end. */
static const char *tiff_skip_string(const char *at)
{
  for (at++; *at != '"'; at++) {
    if (*at == '\\')
      at++;
    if (!*at)
      return NULL;
  }
  return at + 1;
}

/* Returns the position behind any JSON value; NULL when the value does not end. */
static const char *tiff_skip_value(const char *at)
{
  int64_t depth = 0;
  do {
    at = tiff_skip_space(at);
    if (!*at)
      return NULL;
    if (*at == '"') {
      at = tiff_skip_string(at);
      if (!at)
        return NULL;
    } else if (*at == '[' || *at == '{') {
      depth++;
      at++;
    } else if (*at == ']' || *at == '}') {
      depth--;
      at++;
    } else if (depth) {
      at++;
    } else {
      at += strcspn(at, ",]} \t\r\n");
    }
  } while (depth > 0);
  return depth < 0 ? NULL : at;
}

/* Reads "2, 3, 4" up to the character `end`. */
static bool tiff_parse_extents(const char *at, char end, struct tiff_shaped *out)
{
  out->nd = 0;
  for (at = tiff_skip_space(at); *at && *at != end; at = tiff_skip_space(at)) {
    char *stop;
    errno = 0;
    long long extent = strtoll(at, &stop, 10);
    if (stop == at || errno || extent < 0)
      return false;
    if (out->nd == ND_MAX) {
      out->nd = -1;
      return true;
    }
    out->shape[out->nd++] = extent;
    at = tiff_skip_space(stop);
    if (*at == ',')
      at++;
    else if (*at != end)
      return false;
  }
  return *at == end;
}

static bool tiff_shaped_member(const char *key, size_t nkey, const char *value,
                               struct tiff_shaped *out)
{
  if (nkey == 5 && !memcmp(key, "shape", 5))
    return *value == '[' && tiff_parse_extents(value + 1, ']', out);
  if (nkey == 4 && !memcmp(key, "axes", 4) && *value == '"') {
    size_t n = strcspn(value + 1, "\"");
    if (n < sizeof out->axes)
      memcpy(out->axes, value + 1, n);
  }
  if (nkey == 9 && !memcmp(key, "truncated", 9)) {
    out->says_truncated = true;
    out->truncated = !strncmp(value, "true", 4);
  }
  return true;
}

static bool tiff_parse_members(const char *at, struct tiff_shaped *out)
{
  for (at = tiff_skip_space(at); *at == '"'; at = tiff_skip_space(at)) {
    const char *key = at + 1, *after = tiff_skip_string(at);
    if (!after)
      return false;
    at = tiff_skip_space(after);
    if (*at != ':')
      return false;
    at = tiff_skip_space(at + 1);
    if (!tiff_shaped_member(key, (size_t)(after - key - 1), at, out))
      return false;
    at = tiff_skip_value(at);
    if (!at)
      return false;
    at = tiff_skip_space(at);
    if (*at == ',')
      at++;
  }
  return *at == '}';
}

bool tiff_is_shaped(const char *text)
{
  return text &&
         (!strncmp(text, "shape=", 6) ||
          (*text == '{' && strstr(text, "\"shape\":") && !strstr(text, "\"mibi.")));
}

bool tiff_parse_shaped(const char *text, struct tiff_shaped *out)
{
  *out = (struct tiff_shaped){0};
  bool good;
  if (*text == '{')
    good = tiff_parse_members(text + 1, out);
  else
    good = text[6] == '(' && tiff_parse_extents(text + 7, ')', out);
  if (out->nd != (int)strlen(out->axes))
    out->axes[0] = '\0';
  return good && out->nd;
}
