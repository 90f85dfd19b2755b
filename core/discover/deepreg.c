/* One split of DeepReg: makes scans and a pair set of its stores. */
#include "core/discover/deepreg.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/beneath.h"
#include "core/base/dir_list.h"
#include "core/discover/deepreg_check.h"

enum { STORES_MAX = 4 };

struct making {
  const struct deepreg *deepreg;
  const struct deepreg_split *split;
  const char **labels; /* of directories, in ids; "" where there is only one */
  int nstores;         /* images before labels; moving before fixed */
  struct deepreg_store stores[STORES_MAX];
};

/* --- directories ------------------------------------------------------------------- */

static void check_dir(const struct making *m, int i)
{
  struct stat st;
  const struct deepreg_dir *dir = &m->split->dirs[i];
  struct problems *problems = m->deepreg->problems;
  if (m->deepreg->avoid && dir_avoided(dir->path, m->deepreg->avoid))
    problems_add(problems, "%s: lies in the mountpoint", dir->path);
  else if (beneath_stat(source_pool_beneath(m->deepreg->pool), dir->path, &st) ||
           !S_ISDIR(st.st_mode))
    problems_add(problems, "%s: expected a directory%s%s, found none", dir->path,
                 m->split->name ? " of the split " : "",
                 m->split->name ? m->split->name : "");
  for (int j = 0; j < i; j++)
    if (!strcmp(m->split->dirs[j].path, dir->path))
      problems_add(problems, "%s: the split %s lists it twice", dir->path,
                   m->split->name ? m->split->name : "all");
}

/* Returns the last n components of a path. */
static const char *tail(const char *path, int n)
{
  const char *at = path + strlen(path);
  while (at > path && n) {
    while (at > path && at[-1] != '/')
      at--;
    if (--n && at > path)
      at--;
  }
  return *at == '/' ? at + 1 : at;
}

static bool tails_differ(const struct deepreg_split *split, int n)
{
  for (int i = 0; i < split->ndirs; i++)
    for (int j = 0; j < i; j++)
      if (!strcmp(tail(split->dirs[i].path, n), tail(split->dirs[j].path, n)))
        return false;
  return true;
}

/* Labels the directories by as many of their last components as tell them apart. */
static int label_dirs(struct making *m, struct err *err)
{
  int n = 0;
  m->labels =
      arena_array(m->deepreg->arena, (size_t)m->split->ndirs, sizeof *m->labels, err);
  if (!m->labels)
    return -1;
  while (m->split->ndirs > 1 && (!n || !tails_differ(m->split, n)))
    n++;
  for (int i = 0; i < m->split->ndirs; i++)
    m->labels[i] = n ? tail(m->split->dirs[i].path, n) : "";
  return 0;
}

/* --- scans ------------------------------------------------------------------------- */

static int make_field(const struct making *m, const char *name, enum field_type type,
                      const struct deepreg_entry *entry, struct field_spec *out,
                      struct err *err)
{
  struct piece *piece = arena_alloc(m->deepreg->arena, sizeof *piece, err);
  if (!piece)
    return -1;
  *piece = (struct piece){.path = entry->file, .key = entry->key};
  *out = (struct field_spec){.name = name,
                             .type = type,
                             .typed_by = TYPED_BY_LAYOUT,
                             .npieces = 1,
                             .pieces = piece};
  return 0;
}

/* Makes an id "<split>/<directory>/<path>[.<suffix>][/<role>]". */
static const char *make_id(const struct making *m, const struct deepreg_entry *entry,
                           bool suffix, const char *role, struct err *err)
{
  const char *split = m->split->name, *label = m->labels[entry->dir];
  return arena_printf(m->deepreg->arena, err, "%s%s%s%s%s%s%s%s%s", split ? split : "",
                      split ? "/" : "", label, *label ? "/" : "", entry->path,
                      suffix ? "." : "", suffix ? entry->suffix : "", *role ? "/" : "",
                      role);
}

/* Adds the scan of image i of a store, with its labels; returns its number, or -1 (with
 * *err, or a problem).  named: the entry that gives the id. */
static int add_scan(const struct making *m, const struct deepreg_entry *named,
                    const char *role, const struct deepreg_entry *image,
                    const struct deepreg_entry *label, struct err *err)
{
  const struct deepreg *deepreg = m->deepreg;
  struct field_spec fields[2];
  struct scan_spec scan = {.spatial = 3, .nfields = label ? 2 : 1, .fields = fields};
  const char *longer = *named->suffix ? make_id(m, named, true, role, err) : NULL;
  scan.id = make_id(m, named, false, role, err);
  if (!scan.id || (*named->suffix && !longer) ||
      make_field(m, "image", FIELD_IMG, image, &fields[0], err) ||
      (label && make_field(m, "label", FIELD_MASK, label, &fields[1], err)))
    return -1;
  struct err why = ERR_INIT;
  const int number = dataset_builder_scans(deepreg->builder);
  if (dataset_builder_scan(deepreg->builder, &scan, longer, m->split->name, &why)) {
    if (why.errnum != EINVAL)
      return err_set(err, why.errnum, "%s", why.msg);
    problems_add(deepreg->problems, "%s: %s", deepreg_entry_name(deepreg, image),
                 why.msg);
    return -1;
  }
  if (dataset_builder_scans(deepreg->builder) > number)
    return number;
  problems_add(deepreg->problems, "%s: the names '%s' and '%s' of its scan are taken",
               deepreg_entry_name(deepreg, image), scan.id, longer);
  return -1;
}

static const struct deepreg_entry *label_of(const struct deepreg_store *labels, size_t i)
{
  return labels->entries[i].file ? &labels->entries[i] : NULL;
}

/* Adds all scans; *fixed is *moving unless the split is paired. */
static int add_scans(const struct making *m, int **moving, int **fixed, struct err *err)
{
  const struct deepreg_store *images = &m->stores[0];
  const bool paired = m->split->type == PAIR_SET_PAIRED, labeled = m->split->labeled;
  const int roles = paired ? 2 : 1;
  int *numbers[2];
  for (int r = 0; r < roles; r++) {
    numbers[r] = arena_array(m->deepreg->arena, images->n, sizeof *numbers[r], err);
    if (!numbers[r])
      return -1;
  }
  for (size_t i = 0; i < images->n; i++)
    for (int r = 0; r < roles; r++) {
      const char *role = !paired ? "" : r ? "fixed" : "moving";
      numbers[r][i] = add_scan(m, &images->entries[i], role, &m->stores[r].entries[i],
                               labeled ? label_of(&m->stores[roles + r], i) : NULL, err);
      if (numbers[r][i] < 0 && err->errnum)
        return -1;
    }
  *moving = numbers[0];
  *fixed = numbers[roles - 1];
  return 0;
}

/* --- groups ------------------------------------------------------------------------ */

static bool same_group(const struct deepreg_entry *a, const struct deepreg_entry *b)
{
  return a->rank == b->rank && !strcmp(a->group, b->group);
}

static const char *group_name(const struct making *m, const struct deepreg_entry *entry,
                              struct err *err)
{
  const char *label = m->labels[entry->dir];
  return *label ? arena_printf(m->deepreg->arena, err, "%s%s%s", label,
                               *entry->group ? "/" : "", entry->group)
                : entry->group;
}

static int add_groups(const struct making *m, const int *moving, const int *fixed,
                      struct err *err)
{
  const struct deepreg_store *images = &m->stores[0];
  const bool grouped = m->split->type == PAIR_SET_GROUPED;
  int n = 1;
  for (size_t i = 1; grouped && i < images->n; i++)
    n += !same_group(&images->entries[i - 1], &images->entries[i]);
  struct pair_group *groups =
      arena_array(m->deepreg->arena, (size_t)n, sizeof *groups, err);
  if (!groups)
    return -1;
  size_t first = 0;
  for (int g = 0; g < n; g++) {
    const struct deepreg_entry *entries = images->entries + first;
    size_t count = grouped ? 1 : images->n;
    while (grouped && first + count < images->n && same_group(entries, entries + count))
      count++;
    groups[g] = (struct pair_group){grouped ? group_name(m, entries, err) : "",
                                    (int64_t)count, moving + first, fixed + first};
    if (!groups[g].name)
      return -1;
    first += count;
  }
  const struct pair_set set = {m->split->name ? m->split->name : "all", m->split->type,
                               m->split->labeled, n, groups};
  return dataset_builder_pairs(m->deepreg->builder, &set, err);
}

/* --- the split --------------------------------------------------------------------- */

/* Returns false when the stores' entries do not correspond one to one. */
static bool check_names(const struct making *m)
{
  bool same = true;
  for (int i = 1; i < m->nstores; i++)
    same &= deepreg_same_names(m->deepreg, &m->stores[0], &m->stores[i]);
  return same;
}

static void check_headers(const struct making *m, bool same_names)
{
  const int images = m->split->type == PAIR_SET_PAIRED ? 2 : 1;
  for (int i = 0; i < m->nstores; i++)
    (i < images ? deepreg_check_images : deepreg_check_labels)(m->deepreg, &m->stores[i]);
  if (!same_names)
    return;
  for (int i = images; i < m->nstores; i++)
    deepreg_warn_shapes(m->deepreg, &m->stores[i - images], &m->stores[i]);
  if (m->nstores == STORES_MAX)
    deepreg_check_counts(m->deepreg, &m->stores[2], &m->stores[3]);
}

static int list_stores(struct making *m, struct err *err)
{
  static const char *const paired[] = {"moving_images", "fixed_images", "moving_labels",
                                       "fixed_labels"};
  static const char *const single[] = {"images", "labels"};
  const bool is_paired = m->split->type == PAIR_SET_PAIRED;
  const int n = (is_paired ? 2 : 1) * (m->split->labeled ? 2 : 1);
  for (int i = 0; i < n; i++) {
    m->nstores = i + 1;
    if (deepreg_store_list(m->deepreg, m->split, (is_paired ? paired : single)[i],
                           &m->stores[i], err))
      return -1;
  }
  return 0;
}

static int fill_labels(struct making *m, struct err *err)
{
  const int images = m->split->type == PAIR_SET_PAIRED ? 2 : 1;
  for (int i = images; i < m->nstores; i++)
    if (deepreg_store_fill(&m->stores[0], &m->stores[i], err))
      return -1;
  return 0;
}

static int make_split(struct making *m, struct err *err)
{
  const struct problems *problems = m->deepreg->problems;
  const int before = problems->count;
  int *moving, *fixed;
  for (int i = 0; i < m->split->ndirs; i++)
    check_dir(m, i);
  if (problems->count > before)
    return 0;
  if (label_dirs(m, err) || list_stores(m, err))
    return -1;
  /* when a store is missing, all names would lack their partners */
  const bool listed = problems->count == before;
  for (int i = 0; i < m->nstores; i++)
    if (deepreg_store_look(m->deepreg, &m->stores[i], err))
      return -1;
  if (listed && m->split->missing_labels && fill_labels(m, err))
    return -1;
  const bool same = listed && check_names(m);
  check_headers(m, same);
  if (problems->count > before)
    return 0;
  if (add_scans(m, &moving, &fixed, err))
    return -1;
  return problems->count > before ? 0 : add_groups(m, moving, fixed, err);
}

int deepreg_add_split(const struct deepreg *deepreg, const struct deepreg_split *split,
                      struct err *err)
{
  struct making m = {.deepreg = deepreg, .split = split};
  const int rc = make_split(&m, err);
  for (int i = 0; i < m.nstores; i++)
    deepreg_store_free(&m.stores[i]);
  return rc;
}
