/* {"list": "paths.txt"}, {"list": "*.png"} or {"list": ["a.png", "b*.png"]}: files
 * named one by one, one per line, or by patterns, relative to the list (those of an
 * array, and a pattern alone: to the description's root).  There are no comments, because
 * a file name may begin with any character.
 *
 * Under an id without {names} the files are pieces of one scan, in the order of the list
 * (those of a pattern in natural order), stacked on axis 0 unless "axis" and "how" say
 * otherwise; a file may come again.  Under an id with one {name}, or with "singly", each
 * file is a scan of its own, named after the first list's file without its suffix, or,
 * where names come twice, after its path; lists of other fields go along line by line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"
#include "mountopts/description/description_entry.h"
#include "mountopts/paths.h"
#include "mountopts/text_file.h"

enum { LIST_COMPLAINTS = 10 }; /* lines that are reported one by one */

/* A list being read. */
struct reading {
  const struct description *desc;
  const struct where *where;
  const char *file; /* of the list, for messages; NULL: an array */
  bool whole;       /* neither: a pattern alone */
  int nbases;
  const char *bases[3]; /* absolute directories that lines are relative to, the first that
                         * has the file */
  struct piece *pieces;
  int64_t n, room;
  int64_t wrong;
};

static void complain(struct reading *r, size_t line, const char *what, const char *text)
{
  if (r->wrong++ >= LIST_COMPLAINTS)
    return;
  if (r->file)
    where_problem(r->desc, r->where, "%s: line %zu: %s, found '%.300s'", r->file, line,
                  what, text);
  else if (r->whole)
    where_problem(r->desc, r->where, "%s, found '%.300s'", what, text);
  else
    where_problem(r->desc, &(struct where){r->where, NULL, line - 1},
                  "%s, found '%.300s'", what, text);
}

/* Returns whether there is a file; errno says why not (EXDEV: it lies outside). */
static bool is_file(const struct reading *r, const char *path)
{
  struct stat st;
  if (beneath_stat(r->desc->inside, path, &st))
    return false;
  errno = EINVAL;
  return S_ISREG(st.st_mode);
}

/* Finds the file of a line below `base`, and the array's name behind its last ':' when
 * that is no part of the file's name.  Returns false when there is no such file. */
static bool find_file(const struct reading *r, const char *base, const char *text,
                      struct piece *out, struct err *err)
{
  char *path = path_normal(r->desc->arena, base, text, err);
  char *colon = path ? strrchr(path, ':') : NULL;
  *out = (struct piece){.path = path};
  if (!path || is_file(r, path))
    return path;
  if (!colon)
    return false;
  *colon = '\0';
  out->key = colon[1] ? colon + 1 : NULL;
  return is_file(r, path);
}

static int add_piece(struct reading *r, const struct piece *piece, struct err *err)
{
  if (r->n == r->room) {
    const int64_t room = r->room ? 2 * r->room : 64;
    struct piece *bigger = realloc(r->pieces, (size_t)room * sizeof *bigger);
    if (!bigger)
      return err_set(err, ENOMEM, "out of memory for %lld files", (long long)room);
    r->pieces = bigger;
    r->room = room;
  }
  r->pieces[r->n++] = *piece;
  return 0;
}

/* Adds the files that a pattern matches below `base`; returns how many, or -1. */
static int64_t add_pattern(struct reading *r, const char *base, const char *pattern,
                           const char *key, struct err *err)
{
  const char **paths;
  size_t n;
  const int64_t before = r->n;
  if (description_glob(r->desc, base, pattern, &paths, &n, err))
    return -1;
  for (size_t i = 0; i < n && !err->errnum; i++)
    if (is_file(r, paths[i]))
      add_piece(r, &(struct piece){.path = paths[i], .key = key}, err);
    else if (errno != EINVAL) /* without it the others would be another stack */
      err_set(err, errno, "%s: %s", paths[i],
              errno == EXDEV ? "points outside the dataset" : strerror(errno));
  free(paths);
  return err->errnum ? -1 : r->n - before;
}

/* Adds what a line names below `base`: returns how many files, or -1 with *err; 0 with
 * errno, as of is_file(). */
static int64_t add_from(struct reading *r, const char *base, const char *text,
                        struct err *err)
{
  struct piece piece;
  if (!description_allowed(r->desc, base, text)) {
    errno = EXDEV;
    return 0;
  }
  if (find_file(r, base, text, &piece, err))
    return add_piece(r, &piece, err) ? -1 : 1;
  const int errnum = errno;
  if (err->errnum || !strpbrk(text, "*?["))
    return err->errnum ? -1 : 0;
  int64_t n = add_pattern(r, base, text, NULL, err);
  const char *colon = strrchr(text, ':');
  if (!n && colon && colon[1] && !strchr(colon, '/')) {
    const char *pattern =
        arena_printf(r->desc->arena, err, "%.*s", (int)(colon - text), text);
    const char *key = pattern ? arena_strdup(r->desc->arena, colon + 1, err) : NULL;
    n = key ? add_pattern(r, base, pattern, key, err) : -1;
  }
  errno = errnum;
  return n;
}

/* A line that names no file as it stands is tried without spaces at its end. */
static int add_line(struct reading *r, size_t line, char *text, struct err *err)
{
  bool outside = false;
  for (;;) {
    for (int i = 0; i < r->nbases; i++) {
      const int64_t n = add_from(r, r->bases[i], text, err);
      if (n)
        return n < 0 ? -1 : 0;
      outside |= errno == EXDEV;
    }
    const size_t length = strlen(text);
    size_t end = length;
    while (end && (text[end - 1] == ' ' || text[end - 1] == '\t'))
      end--;
    if (!end || end == length)
      break;
    text[end] = '\0';
  }
  complain(r, line,
           outside                ? "expected a file inside the dataset"
           : strpbrk(text, "*?[") ? "expected a pattern that matches a file"
                                  : "expected a file that exists",
           text);
  return 0;
}

/* Cuts the text into lines, in place; blank lines, and a mark of UTF-8, are left out. */
static int read_lines(struct reading *r, char *text, size_t size, struct err *err)
{
  static const char mark[] = "\xef\xbb\xbf";
  size_t line = 1;
  if (size >= 3 && !memcmp(text, mark, 3)) {
    text += 3;
    size -= 3;
  }
  for (char *at = text, *const end = text + size; at < end; line++) {
    char *newline = memchr(at, '\n', (size_t)(end - at));
    char *stop = newline ? newline : end;
    *stop = '\0';
    if (strlen(at) != (size_t)(stop - at))
      complain(r, line, "expected text", at);
    if (stop > at && stop[-1] == '\r')
      stop[-1] = '\0';
    if (at[strspn(at, " \t")] && add_line(r, line, at, err))
      return -1;
    at = stop + 1;
  }
  return 0;
}

/* Lines start beside their list; those of one that is the whole dataset also where the
 * user said, before, and in the working directory. */
static void set_bases(struct reading *r, const char *dir)
{
  const struct description *desc = r->desc;
  if (desc->also && desc->root_said)
    r->bases[r->nbases++] = desc->root;
  r->bases[r->nbases++] = dir;
  if (desc->also)
    r->bases[r->nbases++] = desc->also;
}

static int read_file(struct reading *r, const char *file, struct err *err)
{
  const struct description *desc = r->desc;
  size_t size;
  if (!description_allowed(desc, desc->root, file))
    return err_set(err, EINVAL, "'%s' points outside %s", file, desc->inside);
  const char *path = path_normal(desc->arena, desc->root, file, err);
  const char *dir = path ? path_directory(desc->arena, path, err) : NULL;
  if (!dir)
    return -1;
  set_bases(r, dir);
  CLEANUP_FREE char *text = text_file_read(desc->inside, path, &size, NULL, err);
  r->file = file;
  return text ? read_lines(r, text, size, err) : -1;
}

static int read_text(struct reading *r, size_t line, const char *text, struct err *err)
{
  CLEANUP_FREE char *copy = strdup(text);
  return copy ? add_line(r, line, copy, err) : err_set(err, ENOMEM, "out of memory");
}

static int read_array(struct reading *r, const json_t *array, struct err *err)
{
  r->bases[r->nbases++] = r->desc->root;
  for (size_t i = 0; i < json_array_size(array); i++) {
    const char *text = json_string_value(json_array_get(array, i));
    if (!text || !*text)
      where_expected(r->desc, &(struct where){r->where, NULL, i}, "a path",
                     json_array_get(array, i));
    else if (read_text(r, i + 1, text, err))
      return -1;
  }
  return 0;
}

/* Reads a text that is a list's name or, when there is no such file, a pattern. */
static int read_named(struct reading *r, const char *file, struct err *err)
{
  const struct description *desc = r->desc;
  const char *path = path_normal(desc->arena, desc->root, file, err);
  if (!path)
    return -1;
  if (!strpbrk(file, "*?[") || is_file(r, path))
    return read_file(r, file, err);
  r->bases[r->nbases++] = desc->root;
  r->whole = true;
  return read_text(r, 0, file, err);
}

void description_list(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out)
{
  struct reading r = {.desc = desc, .where = where};
  const char *file = json_string_value(value);
  struct err err = ERR_INIT;
  const int before = desc->problems->count;
  if (!(file && *file) && !json_array_size(value)) {
    where_expected(desc, where,
                   "a file of paths, one a line, or an array of paths or patterns",
                   value);
    return;
  }
  int rc = file ? read_named(&r, file, &err) : read_array(&r, value, &err);
  if (r.wrong > LIST_COMPLAINTS)
    where_problem(desc, where, "and %lld lines more like these",
                  (long long)r.wrong - LIST_COMPLAINTS);
  struct piece *pieces =
      rc ? NULL : arena_array(desc->arena, (size_t)r.n, sizeof *pieces, &err);
  if (err.errnum)
    where_problem(desc, where, "%s", err.msg);
  else if (!r.n && desc->problems->count == before)
    where_problem(desc, where, "%s: expected a path on each line, found none", file);
  else if (r.n)
    memcpy(pieces, r.pieces, (size_t)r.n * sizeof *pieces);
  free(r.pieces);
  out->list = pieces;
  out->nlist = r.n;
}

/* --- in its entry ------------------------------------------------------------------ */

/* Returns the file's name without its suffix. */
static char *stem_of(struct arena *arena, const char *path, struct err *err)
{
  const char *slash = strrchr(path, '/');
  char *stem = arena_strdup(arena, slash ? slash + 1 : path, err);
  char *dot = stem ? strrchr(stem, '.') : NULL;
  if (dot > stem && !strcmp(dot, ".gz")) {
    *dot = '\0';
    dot = strrchr(stem, '.');
  }
  if (dot > stem)
    *dot = '\0';
  return stem;
}

/* Returns the file's path below the root, without its suffix. */
static const char *path_stem(struct entry *entry, const char *path, struct err *err)
{
  const char *root = entry->desc->root;
  const char *stem = stem_of(&entry->scratch, path, err);
  const char *slash = strrchr(path, '/');
  const size_t skip = path_below(root, path) && strcmp(root, "/") ? strlen(root) + 1 : 1;
  if (!stem || slash < path + skip)
    return stem;
  return arena_printf(&entry->scratch, err, "%.*s/%s",
                      (int)(slash - path - (ptrdiff_t)skip), path + skip, stem);
}

/* Returns whether two different files have one name without suffix; -1: *err. */
static int names_clash(struct entry *entry, const struct field_plan *plan,
                       struct err *err)
{
  struct name_set names = {0};
  int clash = 0;
  for (int64_t i = 0; i < plan->nlist && !clash; i++) {
    const char *stem = stem_of(&entry->scratch, plan->list[i].path, err);
    const int other = stem ? name_set_find(&names, stem) : -1;
    if (other >= 0)
      clash = strcmp(plan->list[other].path, plan->list[i].path) != 0;
    else if (!stem || name_set_add(&names, stem, (int)i))
      clash = -1;
  }
  name_set_free(&names);
  return clash < 0 ? err_set(err, ENOMEM, "out of memory for names") : clash;
}

/* Returns whether the file was listed before: 1, or 0 when it is new, or -1.  Of a list
 * that goes along with no other it makes one scan only; of lists that go line by line
 * each line must count. */
static int is_again(const struct entry *entry, int field, const struct piece *piece,
                    struct name_set *seen, struct err *err)
{
  const struct field_plan *plan = &entry->plans[field];
  int lists = 0;
  for (int i = 0; i < entry->nplans; i++)
    lists += entry->plans[i].nlist > 0;
  if (!plan->singly || lists > 1)
    return 0;
  const char *name = arena_printf(entry->desc->arena, err, "%s:%s", piece->path,
                                  piece->key ? piece->key : "");
  if (!name)
    return -1;
  if (name_set_find(seen, name) >= 0) {
    dataset_builder_ignore(entry->builder, piece->path,
                           "the list names it again: it is one scan");
    return 1;
  }
  return name_set_add(seen, name, 0) ? err_set(err, ENOMEM, "out of memory for names")
                                     : 0;
}

static int add_scans(struct entry *entry, int field, const struct template *id,
                     struct name_set *seen, struct err *err)
{
  const struct field_plan *plan = &entry->plans[field];
  if (entry->listing < 0)
    entry->listing = field;
  const struct field_plan *first = &entry->plans[entry->listing];
  const int clash = names_clash(entry, first, err);
  if (clash < 0)
    return -1;
  for (int64_t i = 0; i < plan->nlist; i++) {
    const char *path = first->list[i].path;
    const int again = is_again(entry, field, &plan->list[i], seen, err);
    if (again < 0)
      return -1;
    if (again)
      continue;
    const char *stem =
        clash ? path_stem(entry, path, err) : stem_of(&entry->scratch, path, err);
    const char *name =
        stem ? template_fill(&entry->scratch, entry->id, 1, id->names, &stem, err) : NULL;
    struct found found = {.field = field,
                          .path = plan->list[i].path,
                          .key = plan->list[i].key,
                          .group = name ? entry_group(entry, name, err) : -1};
    if (found.group < 0 || entry_add_found(entry, &found, err))
      return -1;
  }
  return 0;
}

/* Makes a scan of each line. */
static void take_scans(struct entry *entry, int field)
{
  const struct field_plan *plan = &entry->plans[field];
  const struct field_plan *first =
      entry->listing < 0 ? plan : &entry->plans[entry->listing];
  struct name_set seen = {0};
  struct template id;
  struct err err = ERR_INIT;
  if (template_compile(&entry->scratch, entry->id, &id, &err) || id.nnames != 1)
    entry_field_problem(entry, field,
                        "expected an id with one {name}, which stands for the files of "
                        "the list, or with none, found '%s'",
                        entry->id);
  else if (plan->nlist != first->nlist)
    entry_field_problem(
        entry, field, "expected %lld paths as the list of '%s' has, found %lld",
        (long long)first->nlist, first->spec.name, (long long)plan->nlist);
  else if (plan->said_axis)
    entry_field_problem(entry, field,
                        "\"axis\" and \"how\" join the files of one scan, but each line "
                        "is a scan of its own under the id '%s'",
                        entry->id);
  else if (add_scans(entry, field, &id, &seen, &err))
    entry_field_problem(entry, field, "%s", err.msg);
  name_set_free(&seen);
}

void entry_take_list(struct entry *entry, int field)
{
  struct field_plan *plan = &entry->plans[field];
  if (strchr(entry->id, '{')) {
    take_scans(entry, field);
    return;
  }
  plan->spec.gather.naxes = 1;
  plan->spec.gather.axes[0].name = "line";
  plan->spec.gather.axes[0].n = plan->nlist;
  plan->spec.npieces = plan->nlist;
  plan->spec.pieces = plan->list;
  plan->ready = true;
}

/* --- a list that is the whole dataset ---------------------------------------------- */

enum { HEAD = 8192 };

bool description_is_list(const struct description *desc, const char *path)
{
  char head[HEAD + 1];
  struct err unsaid = ERR_INIT;
  struct reading r = {.desc = desc};
  const char *dir = path_directory(desc->arena, path, &unsaid);
  CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t n = fd >= 0 && dir ? pread(fd, head, HEAD, 0) : -1;
  if (n <= 0 || memchr(head, '\0', (size_t)n) || source_probe(path, NULL, &unsaid))
    return false;
  head[n] = '\0';
  char *at = head + (n >= 3 && !memcmp(head, "\xef\xbb\xbf", 3) ? 3 : 0);
  at += strspn(at, " \t\r\n");
  while (at > head && (at[-1] == ' ' || at[-1] == '\t'))
    at--; /* a name may begin with spaces */
  const size_t length = strcspn(at, "\r\n");
  if (!length || length >= PATH_MAX)
    return false;
  at[length] = '\0';
  set_bases(&r, dir);
  bool is = false;
  for (int i = 0; i < r.nbases && !is; i++)
    is = add_from(&r, r.bases[i], at, &unsaid) > 0;
  for (size_t end = length; !is && end && (at[end - 1] == ' ' || at[end - 1] == '\t');) {
    at[--end] = '\0';
    for (int i = 0; i < r.nbases && !is && *at; i++)
      is = add_from(&r, r.bases[i], at, &unsaid) > 0;
  }
  free(r.pieces);
  return is;
}
