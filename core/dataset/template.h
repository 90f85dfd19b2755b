/* Templates: paths with {names}, as a description writes them.
 *
 *     raw/{scan}_{slice}.im:data      path pattern "raw/{scan}_{slice}.im", key "data"
 *     em/{scan}.h5:{part}/image       the key of an HDF5 array may hold {names} too
 *
 * The last ':' parts the path from the key; a trailing ':' (no key after it) is dropped,
 * so that a file name with a ':' in it can be written.  A {name} ([A-Za-z_][A-Za-z0-9_]*)
 * stands for one or more bytes within one path component, and for the same bytes wherever
 * it appears again. Where several readings are possible the leftmost placeholder takes
 * the most: a_b_003 is scan a_b, slice 003.  There is no escape: a name with '{' in it
 * cannot be written. */
#ifndef TESSERAFS_TEMPLATE_H
#define TESSERAFS_TEMPLATE_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/source/source.h"

enum { TEMPLATE_NAMES = 16 };

/* A compiled template; immutable, its strings live in the arena it was compiled into. */
struct template
{
  const char *path; /* pattern; relative to the root, or absolute */
  const char *key;  /* pattern; NULL: none */
  int nnames;
  const char
      *names[TEMPLATE_NAMES]; /* each once, in order of appearance, path before key */
};

/* One file (and key) that a template names. */
struct template_match {
  const char *path;          /* absolute: root/..., symlinks not resolved */
  const char *key;           /* filled in; NULL: the template has none */
  const char *const *values; /* values[i] is what names[i] stands for */
};

/* Compiles a template.  EINVAL names the fault: an unbalanced brace, a bad or empty name,
 * an empty path, more than TEMPLATE_NAMES names. */
int template_compile(struct arena *arena, const char *text, struct template *out,
                     struct err *err);

/* Returns the index of a name in names[], -1 when the template does not hold it. */
int template_name(const struct template *template, const char *name);

/* Returns `text` (an id, say; it may be any text, without the rule for ':') with each
 * {name} replaced by its value.  NULL with EINVAL for a name that names[] lacks or for a
 * bad brace. */
char *template_fill(struct arena *arena, const char *text, int nnames,
                    const char *const *names, const char *const *values, struct err *err);

/* Matches `path` (relative if the pattern is; or a key, for the key pattern).  Returns 1
 * with values[] (in the arena) filled for the names of the pattern, 0, or -1 with *err
 * (ENOMEM; EINVAL when a name repeated in one component makes too many readings).  A
 * value that is not NULL on entry is already bound; on 0 the values are as they were. */
int template_match(const struct template *template, const char *pattern, const char *path,
                   const char **values, struct arena *arena, struct err *err);

/* Called for every match; all that it points at lives in the arena, except the path.  A
 * return value other than 0 stops template_expand(), which returns it. */
typedef int template_match_fn(void *ctx, const struct template_match *match,
                              struct err *err);

/* Calls back for all files that match, in natural order (per path component, then the
 * key).  root: absolute path that a relative pattern starts at; avoid: absolute path that
 * is never entered (the mountpoint), NULL: none.  Lists only the directories that the
 * pattern needs, each once.  Only files match, never directories; hidden names only where
 * the pattern's component starts with '.'.  When the key has {names} that the path does
 * not give, each matching file is opened (from the pool, and closed again) and called
 * back once per usable array whose name matches; any other key is not looked up.  A
 * directory that does not exist holds no match.  Returns 0 even when nothing matches; -1:
 * *err (EACCES, EIO: a directory cannot be listed, or a file with a key pattern cannot be
 * opened; ENOMEM). */
int template_expand(const struct template *template, const char *root, const char *avoid,
                    struct source_pool *pool, struct arena *arena, template_match_fn *fn,
                    void *ctx, struct err *err);

#endif
