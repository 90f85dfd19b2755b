/* Templates, the text side: compiling, matching, filling in.  template_expand.c asks
 * which files exist.
 *
 * A component is matched by backtracking, the longest reading of the leftmost placeholder
 * first.  Failed positions are remembered, so that the work is bounded by (placeholders x
 * length squared).  Only when a name comes twice in one component does a failure depend
 * on what was read before; then nothing is remembered, and the steps are counted
 * instead. */
#include "core/dataset/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/dataset/template_match.h"

enum { STEPS_MAX = 1 << 20 };

/* --- the notation ------------------------------------------------------------------ */

static bool name_byte(char c, bool first)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

/* Returns the length of the name in "{name}" at `text`; 0 with *err when it is no
 * name. */
static size_t name_length(const char *text, struct err *err)
{
  size_t n = 0;
  while (name_byte(text[1 + n], n == 0))
    n++;
  if (n && text[1 + n] == '}')
    return n;
  err_set(err, EINVAL,
          "expected {name} with a name of letters, digits and '_', found '%.40s'", text);
  return 0;
}

/* Collects the names of a pattern's placeholders. */
static int collect_names(struct arena *arena, const char *pattern, struct template *out,
                         struct err *err)
{
  for (const char *at = pattern; *at; at++) {
    if (*at == '}')
      return err_set(err, EINVAL, "'}' without '{' in '%s'", pattern);
    if (*at != '{')
      continue;
    size_t length = name_length(at, err);
    if (!length)
      return -1;
    if (template_name_at(out, at + 1, length) < 0) {
      if (out->nnames == TEMPLATE_NAMES)
        return err_set(err, EINVAL, "expected at most %d names, found more in '%s'",
                       TEMPLATE_NAMES, pattern);
      char *name = arena_printf(arena, err, "%.*s", (int)length, at + 1);
      if (!name)
        return -1;
      out->names[out->nnames++] = name;
    }
    at += length + 1;
  }
  return 0;
}

int template_compile(struct arena *arena, const char *text, struct template *out,
                     struct err *err)
{
  *out = (struct template){0};
  char *path = arena_strdup(arena, text, err);
  if (!path)
    return -1;
  char *colon = strrchr(path, ':');
  if (colon) {
    *colon = '\0';
    const char *key = colon + 1 + strspn(colon + 1, "/");
    out->key = *key ? key : NULL;
  }
  size_t length = strlen(path);
  if (!length || path[length - 1] == '/')
    return err_set(err, EINVAL, "expected the path of a file, found '%s'", text);
  out->path = path;
  if (collect_names(arena, path, out, err))
    return -1;
  return out->key ? collect_names(arena, out->key, out, err) : 0;
}

int template_name_at(const struct template *template, const char *name, size_t length)
{
  for (int i = 0; i < template->nnames; i++)
    if (strlen(template->names[i]) == length && !memcmp(template->names[i], name, length))
      return i;
  return -1;
}

int template_name(const struct template *template, const char *name)
{
  return template_name_at(template, name, strlen(name));
}

/* --- filling in -------------------------------------------------------------------- */

/* Returns the value of the placeholder at `at`; NULL with *err. */
static const char *value_of(const char *at, size_t length, int nnames,
                            const char *const *names, const char *const *values,
                            struct err *err)
{
  for (int i = 0; i < nnames; i++)
    if (strlen(names[i]) == length && !memcmp(names[i], at + 1, length) && values[i])
      return values[i];
  err_set(err, EINVAL, "'{%.*s}' is the name of nothing that was matched", (int)length,
          at + 1);
  return NULL;
}

char *template_fill(struct arena *arena, const char *text, int nnames,
                    const char *const *names, const char *const *values, struct err *err)
{
  struct text out = {0};
  char *filled = NULL;
  const char *at = text;
  for (; *at; at++) {
    if (*at != '{') {
      text_add_bytes(&out, at, 1);
      continue;
    }
    size_t length = name_length(at, err);
    const char *value = length ? value_of(at, length, nnames, names, values, err) : NULL;
    if (!value)
      break;
    text_add(&out, "%s", value);
    at += length + 1;
  }
  if (out.failed)
    err_set(err, ENOMEM, "out of memory");
  else if (!*at)
    filled = arena_strdup(arena, out.data ? out.data : "", err);
  text_free(&out);
  return filled;
}

/* --- matching ---------------------------------------------------------------------- */

/* One component while it is matched. */
struct matching {
  const struct template *template;
  struct span *bound;
  const char *pattern_end, *start, *end; /* of the pattern; of the text */
  int depth;                             /* placeholders bound in this component so far */
  int steps;
  bool remembers; /* `failed` is in use: not where a name comes twice, nor for a single
                   * name */
  bool failed[TEMPLATE_NAMES + 1][MATCH_REMEMBERED];
};

static bool remembers(const struct matching *m, const char *text)
{
  return m->remembers && text - m->start < MATCH_REMEMBERED;
}

static int match_from(struct matching *m, const char *pattern, const char *text);

/* Tries every length for an unbound placeholder, the longest first. */
static int match_lengths(struct matching *m, struct span *value, const char *pattern,
                         const char *text)
{
  if (remembers(m, text) && m->failed[m->depth][text - m->start])
    return 0;
  m->depth++;
  int rc = 0;
  for (size_t length = (size_t)(m->end - text); length > 0 && !rc; length--) {
    *value = (struct span){text, length};
    rc = ++m->steps > STEPS_MAX ? -1 : match_from(m, pattern, text + length);
  }
  m->depth--;
  if (rc <= 0)
    value->start = NULL;
  if (!rc && remembers(m, text))
    m->failed[m->depth][text - m->start] = true;
  return rc;
}

/* Returns 1, 0, or -1 when there are too many readings. */
static int match_from(struct matching *m, const char *pattern, const char *text)
{
  while (pattern < m->pattern_end) {
    if (*pattern != '{') {
      if (text == m->end || *text++ != *pattern++)
        return 0;
      continue;
    }
    size_t length = strcspn(pattern, "}") - 1;
    struct span *value = &m->bound[template_name_at(m->template, pattern + 1, length)];
    pattern += length + 2;
    if (!value->start)
      return match_lengths(m, value, pattern, text);
    if ((size_t)(m->end - text) < value->length ||
        memcmp(text, value->start, value->length))
      return 0;
    text += value->length;
  }
  return text == m->end;
}

/* Returns how many names of the component are unbound; 0 when one of them comes twice. */
static int count_unbound(const struct template *template, const struct span *bound,
                         const char *pattern, const char *end)
{
  bool seen[TEMPLATE_NAMES] = {false};
  int unbound = 0;
  for (const char *at = pattern; at < end; at++) {
    if (*at != '{')
      continue;
    int i = template_name_at(template, at + 1, strcspn(at, "}") - 1);
    if (bound[i].start)
      continue;
    if (seen[i])
      return 0;
    seen[i] = true;
    unbound++;
  }
  return unbound;
}

int template_match_component(const struct template *template, const char *pattern,
                             size_t pattern_length, const char *text, size_t length,
                             struct span *bound, struct err *err)
{
  struct matching m; /* not initialised: it is kilobytes, mostly unused */
  m.template = template;
  m.bound = bound;
  m.pattern_end = pattern + pattern_length;
  m.start = text;
  m.end = text + length;
  m.depth = m.steps = 0;
  const int unbound = count_unbound(template, bound, pattern, m.pattern_end);
  m.remembers = unbound > 1;
  if (m.remembers)
    memset(m.failed, 0, (size_t)(unbound + 1) * sizeof *m.failed);
  int rc = match_from(&m, pattern, text);
  if (rc < 0)
    return err_set(err, EINVAL, "'%.*s' can be read in too many ways for '%.*s'",
                   (int)(length < 200 ? length : 200), text,
                   (int)(pattern_length < 200 ? pattern_length : 200), pattern);
  return rc;
}

static int match_components(const struct template *template, const char *pattern,
                            const char *path, struct span *bound, struct err *err)
{
  for (;;) {
    size_t np = strcspn(pattern, "/"), n = strcspn(path, "/");
    int rc = template_match_component(template, pattern, np, path, n, bound, err);
    if (rc <= 0)
      return rc;
    pattern += np;
    path += n;
    if (!*pattern || !*path)
      return !*pattern && !*path;
    pattern++;
    path++;
  }
}

int template_match(const struct template *template, const char *pattern, const char *path,
                   const char **values, struct arena *arena, struct err *err)
{
  struct span bound[TEMPLATE_NAMES] = {{0}};
  for (int i = 0; i < template->nnames; i++)
    if (values[i])
      bound[i] = (struct span){values[i], strlen(values[i])};
  int rc = match_components(template, pattern, path, bound, err);
  if (rc <= 0)
    return rc;
  const char *found[TEMPLATE_NAMES] = {0};
  for (int i = 0; i < template->nnames; i++) {
    found[i] = values[i];
    if (!values[i] && bound[i].start && !(found[i] = span_copy(arena, &bound[i], err)))
      return -1;
  }
  memcpy(values, found, (size_t) template->nnames * sizeof *found);
  return 1;
}

char *span_copy(struct arena *arena, const struct span *span, struct err *err)
{
  char *copy = arena_alloc(arena, span->length + 1, err);
  return copy ? memcpy(copy, span->start, span->length) : NULL;
}
