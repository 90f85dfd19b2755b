/* The directories that scan ids make. */
#include "core/tree/scan_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* One scan while building: what is left of its id below the current directory. */
struct rest {
  const char *text;
  int scan;
};

static size_t first_component(const char *text)
{
  return strcspn(text, "/");
}

/* By the first component in natural order, then by the rest: scans of one directory
 * follow each other. */
static int rest_cmp(const void *a, const void *b)
{
  const struct rest *x = a, *y = b;
  size_t nx = first_component(x->text), ny = first_component(y->text);
  char left[256], right[256];
  snprintf(left, sizeof left, "%.*s", (int)nx, x->text);
  snprintf(right, sizeof right, "%.*s", (int)ny, y->text);
  int order = text_natural_cmp(left, right);
  return order ? order : strcmp(x->text + nx, y->text + ny);
}

static bool same_component(const struct rest *a, const struct rest *b)
{
  size_t n = first_component(a->text);
  return n == first_component(b->text) && !strncmp(a->text, b->text, n);
}

static int build(struct rest *rests, int n, struct arena *arena, struct scan_dir *out,
                 struct err *err)
{
  qsort(rests, (size_t)n, sizeof *rests, rest_cmp);
  int count = 0;
  for (int i = 0; i < n; i++)
    count += i == 0 || !same_component(&rests[i - 1], &rests[i]);
  struct scan_dir *children = arena_array(arena, (size_t)count, sizeof *children, err);
  if (!children)
    return -1;
  for (int i = 0, c = 0, end; i < n; i = end, c++) {
    for (end = i + 1; end < n && same_component(&rests[i], &rests[end]);)
      end++;
    int len = (int)first_component(rests[i].text), below = 0;
    struct scan_dir *child = &children[c];
    child->scan = -1;
    child->name = arena_printf(arena, err, "%.*s", len, rests[i].text);
    if (!child->name)
      return -1;
    for (int k = i; k < end; k++) {
      if (!rests[k].text[len])
        child->scan = rests[k].scan;
      else
        rests[i + below++] = (struct rest){rests[k].text + len + 1, rests[k].scan};
    }
    if (below && build(&rests[i], below, arena, child, err))
      return -1;
  }
  out->children = children;
  out->nchildren = count;
  return 0;
}

int scan_dir_build(const struct dataset_spec *spec, const int *scans, int n,
                   struct arena *arena, struct scan_dir *out, struct err *err)
{
  *out = (struct scan_dir){.name = "", .scan = -1};
  if (!n)
    return 0;
  struct rest *rests = malloc((size_t)n * sizeof *rests);
  if (!rests)
    return err_set(err, ENOMEM, "out of memory for %d scans", n);
  for (int i = 0; i < n; i++) {
    int scan = scans ? scans[i] : i;
    rests[i] = (struct rest){spec->scans[scan].id, scan};
  }
  int rc = build(rests, n, arena, out, err);
  free(rests);
  return rc;
}

const struct scan_dir *scan_dir_child(const struct scan_dir *dir, const char *name)
{
  int low = 0, high = dir->nchildren;
  while (low < high) {
    int middle = low + (high - low) / 2;
    int order = text_natural_cmp(dir->children[middle].name, name);
    if (order == 0)
      return &dir->children[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}
