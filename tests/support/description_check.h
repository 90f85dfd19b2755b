/* Descriptions for the tests of what is read from them: texts, found in a directory of
 * small files (dataset_files.h); what they say, and what is wrong with them. */
#ifndef TESSERAFS_DESCRIPTION_CHECK_H
#define TESSERAFS_DESCRIPTION_CHECK_H

#include "mountopts/description/description.h"
#include "mountopts/mountopts.h"
#include "tests/support/check.h"
#include "tests/support/dataset_files.h"
#include "tests/support/pool.h"

static struct arena arena;
static struct source_pool *pool;
static struct problems problems;
static struct description desc;

static inline void description_begin(void)
{
  arena_init(&arena);
  pool = check_pool(.cache_bytes = 1 << 20);
  files_begin();
}

static inline void description_end(void)
{
  files_end();
  problems_free(&problems);
  source_pool_free(pool);
  arena_free(&arena);
}

/* Where only names are looked at, empty files will do. */
static inline void touch(const char *name)
{
  files_text(name, "");
}

static inline int read_text(const char *text)
{
  problems_free(&problems);
  problems = (struct problems){0};
  desc = (struct description){.file = "tesserafs.json",
                              .root = files_root,
                              .inside = files_root,
                              .pool = pool,
                              .arena = &arena,
                              .problems = &problems};
  return description_read(&desc, text, strlen(text));
}

/* Is this among the problems? */
static inline bool says(const char *line)
{
  const char *all = problems.lines.data ? problems.lines.data : "";
  const bool found = strstr(all, line);
  if (!found)
    fprintf(stderr, "wanted: %s\nfound: %s\n", line, all);
  return found;
}

/* A field that must be there. */
static inline const struct field_spec *field(int scan, const char *name)
{
  static const struct field_spec none;
  const struct scan_spec *spec =
      scan < desc.dataset.nscans ? &desc.dataset.scans[scan] : NULL;
  for (int i = 0; spec && i < spec->nfields; i++)
    if (!strcmp(spec->fields[i].name, name))
      return &spec->fields[i];
  CHECK(!"the field exists");
  return &none;
}

#endif
