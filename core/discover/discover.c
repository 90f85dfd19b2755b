/* The table of layouts; what their rules share is in discover_walk.c. */
#include "core/discover/discover.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/discover/discover_walk.h"

/* The first that matches wins. */
static const struct dataset_layout *const layouts[] = {
    &layout_deepreg,
    &layout_medsegpy,
    &layout_images_labels,
    &layout_folders, /* matches everything */
    NULL,
};

static int collect(struct discover *discover, const char **layout, struct err *err)
{
  struct stat st;
  if (stat(discover->root, &st))
    return err_set_errno(err, errno, "%s", discover->root);
  if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
    return err_set(err, EINVAL, "%s: expected a directory or a data file, found neither",
                   discover->root);
  const struct dataset_layout *const *row = layouts;
  while (!(*row)->matches(discover))
    row++;
  *layout = (*row)->name;
  return (*row)->collect(discover, err);
}

/* A dataset without a scan is a mistake, so the error says what was found instead. */
static void nothing_found(const char *root, const struct dataset_spec *spec,
                          struct problems *problems)
{
  problems_add(problems, "%s: no scan found%s", root,
               *spec->ignored ? "; what was seen cannot be used:" : ", it is empty");
  const char *line = spec->ignored;
  for (size_t n; *line; line += n + 1) {
    n = strcspn(line, "\n");
    problems_add(problems, "%.*s", (int)n, line);
  }
}

int discover(const char *root, const char *avoid, struct source_pool *pool,
             struct arena *arena, struct dataset_spec *out, struct problems *problems)
{
  struct err err = ERR_INIT;
  const char *layout = NULL;
  const int before = problems->count;
  struct discover how = {.root = root,
                         .avoid = avoid,
                         .pool = pool,
                         .arena = arena,
                         .builder = dataset_builder_new(arena, &err),
                         .problems = problems};
  int rc = how.builder ? collect(&how, &layout, &err) : -1;
  if (rc)
    problems_add(problems, "%s", err.msg);
  if (how.builder && dataset_builder_finish(how.builder, out, problems))
    rc = -1;
  if (problems->count > before)
    rc = -1;
  if (!rc && !out->nscans) {
    nothing_found(root, out, problems);
    rc = -1;
  }
  out->layout = layout;
  return rc;
}
