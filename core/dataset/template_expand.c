/* Templates, the disk side: which files a template names.
 *
 * Walks down the pattern's components.  A component whose placeholders are all bound
 * already (or that has none) is a fixed name and costs no listing; for any other
 * component the directory above is listed once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"
#include "core/base/dir_list.h"
#include "core/base/text.h"
#include "core/dataset/template_match.h"

struct expansion {
  const struct template *template;
  const char *avoid, *beneath; /* NULL: nothing; anywhere */
  struct source_pool *pool;
  struct arena *arena;
  template_match_fn *fn;
  void *ctx;
  struct text path; /* the path as far as it is fixed */
  struct span bound[TEMPLATE_NAMES];
  const char *const *last; /* the values of the previous match; NULL: none */
};

static int expand_from(struct expansion *x, const char *rest, struct err *err);

/* Cuts the path back to `size` bytes. */
static void path_cut(struct text *path, size_t size)
{
  path->size = size;
  if (path->data)
    path->data[size] = '\0';
}

static int path_add(struct text *path, const char *bytes, size_t size, struct err *err)
{
  text_add_bytes(path, "/", 1);
  text_add_bytes(path, bytes, size);
  return path->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* --- a match ----------------------------------------------------------------------- */

static bool same_text(const char *text, const struct span *span)
{
  return !strncmp(text, span->start, span->length) && !text[span->length];
}

/* Calls back with all bound values; key: NULL, or in the arena. */
static int report(struct expansion *x, const char *path, const char *key, struct err *err)
{
  const int n = x->template->nnames;
  const char **values = arena_array(x->arena, (size_t)n, sizeof *values, err);
  if (!values)
    return -1;
  for (int i = 0; i < n; i++) {
    /* most names have the same value as for the previous file */
    values[i] = x->last && same_text(x->last[i], &x->bound[i])
                    ? x->last[i]
                    : span_copy(x->arena, &x->bound[i], err);
    if (!values[i])
      return -1;
  }
  x->last = values;
  struct template_match match = {path, key, values};
  return x->fn(x->ctx, &match, err);
}

/* A name of an array. */
struct named {
  const char *name;
  int array;
};

static int by_natural_order(const void *a, const void *b)
{
  const struct named *x = a, *y = b;
  return text_natural_cmp(x->name, y->name);
}

/* Matches one array's name against the key's pattern. */
static int match_key(struct expansion *x, const char *path, const char *name,
                     bool *matched, struct err *err)
{
  const int n = x->template->nnames;
  const char *values[TEMPLATE_NAMES] = {NULL};
  for (int i = 0; i < n; i++)
    if (x->bound[i].start && !(values[i] = span_copy(x->arena, &x->bound[i], err)))
      return -1;
  int rc = template_match(x->template, x->template->key, name, values, x->arena, err);
  if (rc <= 0)
    return rc;
  *matched = true;
  char *key = arena_strdup(x->arena, name, err);
  const char **kept = arena_array(x->arena, (size_t)n, sizeof *kept, err);
  if (!key || !kept)
    return -1;
  memcpy(kept, values, (size_t)n * sizeof *kept);
  struct template_match match = {path, key, kept};
  return x->fn(x->ctx, &match, err);
}

/* Returns the names of a source's usable arrays in natural order, or their second names;
 * the caller frees the array. */
static struct named *array_names(const struct source *source, bool second, size_t *n)
{
  const int count = source_array_count(source);
  size_t room = (size_t)count;
  const char *name;
  for (int i = 0; second && i < count; i++)
    for (int at = 0; source_array_alias(source, i, &at);)
      room++;
  struct named *names = calloc(room + 1, sizeof *names);
  *n = 0;
  for (int i = 0; names && i < count; i++) {
    const struct source_array *array = source_array_at(source, i);
    if (!array->name || array->unusable)
      continue;
    if (!second)
      names[(*n)++] = (struct named){array->name, i};
    for (int at = 0; second && (name = source_array_alias(source, i, &at));)
      names[(*n)++] = (struct named){name, i};
  }
  if (names)
    qsort(names, *n, sizeof *names, by_natural_order);
  return names;
}

/* An array is matched once: by a second name only where its first does not match. */
static int match_keys(struct expansion *x, const char *path, struct err *err)
{
  struct source *source;
  if (source_open(x->pool, path, &source, err))
    return -1;
  bool *matched CLEANUP_FREE =
      calloc((size_t)source_array_count(source) + 1, sizeof *matched);
  int rc = matched ? 0 : err_set(err, ENOMEM, "out of memory");
  for (int second = 0; second < 2 && !rc; second++) {
    size_t n;
    struct named *names CLEANUP_FREE = array_names(source, second, &n);
    if (!names)
      rc = err_set(err, ENOMEM, "out of memory");
    for (size_t i = 0; i < n && !rc; i++)
      if (!matched[names[i].array])
        rc = match_key(x, path, names[i].name, &matched[names[i].array], err);
  }
  source_unref(source);
  return rc;
}

/* Returns whether all names of a pattern are bound. */
static bool is_fixed(const struct expansion *x, const char *pattern, size_t length)
{
  for (const char *at = pattern; at < pattern + length; at++)
    if (*at == '{' &&
        !x->bound[template_name_at(x->template, at + 1, strcspn(at, "}") - 1)].start)
      return false;
  return true;
}

/* Appends a pattern whose names are all bound. */
static void fill_fixed(const struct expansion *x, struct text *out, const char *pattern,
                       size_t length)
{
  for (const char *at = pattern; at < pattern + length; at++) {
    if (*at != '{') {
      text_add_bytes(out, at, 1);
      continue;
    }
    size_t n = strcspn(at, "}") - 1;
    const struct span *value = &x->bound[template_name_at(x->template, at + 1, n)];
    text_add_bytes(out, value->start, value->length);
    at += n + 1;
  }
}

/* Handles x->path, a file that matches. */
static int found_file(struct expansion *x, struct err *err)
{
  const char *path = x->path.data, *key = x->template->key;
  if (!key || !strchr(key, '{'))
    return report(x, path, key, err);
  if (!is_fixed(x, key, strlen(key)))
    return match_keys(x, path, err);
  struct text filled = {0};
  fill_fixed(x, &filled, key, strlen(key));
  const char *copy = filled.failed ? NULL : arena_strdup(x->arena, filled.data, err);
  text_free(&filled);
  return copy ? report(x, path, copy, err) : err_set(err, ENOMEM, "out of memory");
}

/* --- walking ----------------------------------------------------------------------- */

/* Returns whether the path must be avoided; needed only for fixed names, because a
 * listing leaves such entries out. */
static bool avoided(const struct expansion *x)
{
  return x->avoid && dir_avoided(x->path.data, x->avoid);
}

static int leads_out(const struct expansion *x, struct err *err)
{
  return err_set(err, EINVAL, "'%s' points outside %s", x->path.data, x->beneath);
}

/* Expands a component that is one fixed name. */
static int expand_fixed(struct expansion *x, const char *component, size_t length,
                        const char *rest, struct err *err)
{
  size_t size = x->path.size;
  text_add_bytes(&x->path, "/", 1);
  fill_fixed(x, &x->path, component, length);
  if (x->path.failed)
    return err_set(err, ENOMEM, "out of memory");
  int rc = 0;
  struct stat st;
  if (avoided(x))
    rc = 0;
  else if (*rest)
    rc = expand_from(x, rest, err);
  else if (!beneath_stat(x->beneath, x->path.data, &st))
    rc = S_ISREG(st.st_mode) ? found_file(x, err) : 0;
  else if (errno == EXDEV)
    rc = leads_out(x, err);
  path_cut(&x->path, size);
  return rc;
}

static int expand_entry(struct expansion *x, const struct dir_entry *entry,
                        const char *component, size_t length, const char *rest,
                        struct err *err)
{
  if (entry->type != (*rest ? DIR_DIR : DIR_FILE) ||
      (*entry->name == '.' && *component != '.'))
    return 0;
  struct span before[TEMPLATE_NAMES];
  memcpy(before, x->bound, sizeof before);
  int rc = template_match_component(x->template, component, length, entry->name,
                                    strlen(entry->name), x->bound, err);
  size_t size = x->path.size;
  if (rc > 0) {
    struct stat st;
    rc = path_add(&x->path, entry->name, strlen(entry->name), err);
    if (!rc && x->beneath && entry->link && beneath_stat(x->beneath, x->path.data, &st))
      rc = leads_out(x, err);
    if (!rc)
      rc = *rest ? expand_from(x, rest, err) : found_file(x, err);
    path_cut(&x->path, size);
  }
  memcpy(x->bound, before, sizeof before);
  return rc;
}

/* Expands a component with an unbound name: lists the directory. */
static int expand_listing(struct expansion *x, const char *component, size_t length,
                          const char *rest, struct err *err)
{
  struct dir_list list;
  struct err why = ERR_INIT;
  const char *path = x->path.size ? x->path.data : "/";
  if (dir_list_beneath(x->beneath, path, x->avoid, &list, &why))
    return why.errnum == ENOENT || why.errnum == ENOTDIR
               ? 0
               : err_set(err, why.errnum, "%s", why.msg);
  int rc = 0;
  for (size_t i = 0; i < list.n && !rc; i++)
    rc = expand_entry(x, &list.entries[i], component, length, rest, err);
  dir_list_free(&list);
  return rc;
}

static int expand_from(struct expansion *x, const char *rest, struct err *err)
{
  rest += strspn(rest, "/");
  const char *component = rest;
  size_t length = strcspn(rest, "/");
  rest += length;
  rest += strspn(rest, "/");
  if (is_fixed(x, component, length))
    return expand_fixed(x, component, length, rest, err);
  return expand_listing(x, component, length, rest, err);
}

int template_expand(const struct template *template, const char *root, const char *avoid,
                    struct source_pool *pool, struct arena *arena, template_match_fn *fn,
                    void *ctx, struct err *err)
{
  struct expansion x = {.template = template, .avoid = avoid, .pool = pool};
  x.beneath = source_pool_beneath(pool);
  x.arena = arena;
  x.fn = fn;
  x.ctx = ctx;
  size_t length = strlen(root);
  while (length && root[length - 1] == '/')
    length--;
  text_add_bytes(&x.path, root, *template->path == '/' ? 0 : length);
  int rc = 0;
  if (x.path.failed)
    rc = err_set(err, ENOMEM, "out of memory");
  else if (!x.path.size || !avoided(&x))
    rc = expand_from(&x, template->path, err);
  text_free(&x.path);
  return rc;
}
