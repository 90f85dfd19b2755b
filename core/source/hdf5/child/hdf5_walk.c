/* Lists what a file holds: depth first, in the order of names, as h5py's visititems()
 * shows it, and also what soft and external links lead to.
 *
 * An array is listed once, by the first of its hard links.  Every other link to it, hard
 * or soft, and every path to it through a further link to a group, is another name of it.
 * A path goes through no group twice, so that links in a circle end.  An external link is
 * followed into its file when that lies inside the root; an external link in that file is
 * not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/source/hdf5/child/hdf5_lib.h"
#include "core/source/hdf5/hdf5_link.h"

/* An object that was met. */
struct met {
  haddr_t addr; /* plus 1; 0: a free slot */
  int array;    /* a dataset's number among the arrays; -1: a group */
};

/* A link whose names are listed after the walk, when all arrays have theirs. */
struct later {
  SIMPLEQ_ENTRY(later) next;
  char *name, *object;
};

/* One file being walked. */
struct place {
  struct hdf5_walk *walk;
  hid_t file;
  const char *path;
  int index; /* 0: the request's file; else a further file */
  struct met
      *seen; /* the objects met so far, a hash table whose size is a power of two */
  size_t nseen, room;
  SIMPLEQ_HEAD(laters, later) later;
};

/* A group that is being walked. */
struct visit {
  struct place *place;
  const char *name;   /* as listed: "" or "a/b" */
  const char *object; /* path within its file: "" or "/a/b" */
};

/* -1: hdf5_lib_why() has the reason. */
static int walk_group(struct visit *visit);

/* --- what was met ------------------------------------------------------------------ */

static struct met *seen_slot(struct met *table, size_t room, haddr_t addr)
{
  size_t i = (size_t)(addr * 0x9e3779b97f4a7c15u >> 20) & (room - 1);
  while (table[i].addr && table[i].addr != addr + 1)
    i = (i + 1) & (room - 1);
  return &table[i];
}

static void seen_grow(struct place *place)
{
  const size_t room = place->room ? 2 * place->room : 1024;
  struct met *table = calloc(room, sizeof *table);
  if (!table)
    _exit(ENOMEM); /* the daemon sees that the reply ends early */
  for (size_t i = 0; i < place->room; i++)
    if (place->seen[i].addr)
      *seen_slot(table, room, place->seen[i].addr - 1) = place->seen[i];
  free(place->seen);
  place->seen = table;
  place->room = room;
}

/* Returns whether the object was met before, with its number among the arrays; else notes
 * it with the next number. */
static bool seen(struct place *place, const H5O_info_t *info, int *array)
{
  if (2 * (place->nseen + 1) > place->room)
    seen_grow(place);
  struct met *met = seen_slot(place->seen, place->room, info->addr);
  const bool before = met->addr;
  if (!before) {
    met->addr = info->addr + 1;
    met->array = info->type == H5O_TYPE_DATASET ? place->walk->narrays : -1;
    place->nseen++;
  }
  *array = met->array;
  return before;
}

/* --- listing ----------------------------------------------------------------------- */

static void list_unusable(struct hdf5_walk *walk, const char *name, int errnum,
                          const char *why)
{
  struct err err = ERR_INIT;
  err_set(&err, errnum, "%s", why && *why ? why : "unknown");
  walk->narrays++;
  hdf5_put_array(&walk->arrays, name, &err, NULL, NULL);
}

/* Notes arrays with few chunks, whose addresses are sought after the walk: that saves
 * another process. */
static void note_chunks(struct place *place, const char *object,
                        const struct hdf5_desc *desc)
{
  struct hdf5_walk *walk = place->walk;
  const int64_t n =
      desc->how == HDF5_CHUNKS ? hdf5_grid_count(desc->nd, desc->shape, desc->block) : 0;
  if (place->index || n < 1 || n > HDF5_KNOWN_MAX - walk->nknown)
    return;
  struct hdf5_few *few = calloc(1, sizeof *few);
  if (!few || !(few->object = strdup(object))) {
    free(few);
    return;
  }
  few->array = (uint32_t)walk->narrays;
  few->n = (uint32_t)n;
  few->desc = *desc;
  walk->nknown += (int)n;
  SIMPLEQ_INSERT_TAIL(&walk->few, few, next);
}

static void list_dataset(struct place *place, const char *name, const char *object)
{
  struct err why = ERR_INIT;
  struct hdf5_desc desc;
  const hid_t id = H5Dopen2(place->file, object, H5P_DEFAULT);
  if (id < 0) {
    list_unusable(place->walk, name, EIO, hdf5_lib_why());
    return;
  }
  if (hdf5_describe(place->walk, id, place->path, &desc, &why)) {
    list_unusable(place->walk, name, why.errnum, why.msg);
  } else {
    desc.file = place->index;
    note_chunks(place, object, &desc);
    place->walk->narrays++;
    hdf5_put_array(&place->walk->arrays, name, NULL, object, &desc);
  }
  H5Dclose(id);
}

/* Returns whether no more can be listed; the first name left out says so. */
static bool is_full(struct hdf5_walk *walk, const char *name)
{
  if ((int64_t)walk->arrays.size >= walk->most) {
    walk->refused = true;
    return true;
  }
  if (walk->full)
    return true;
  if (walk->narrays < HDF5_ARRAYS_MAX && walk->arrays.size < HDF5_WALK_MAX / 2)
    return false;
  list_unusable(walk, name, EINVAL, "from here on: more arrays than can be listed");
  walk->full = true;
  return true;
}

/* Lists a dataset, or the name as a further one of it. */
static void name_dataset(struct place *place, const char *name, const char *object,
                         const H5O_info_t *info)
{
  int array;
  if (seen(place, info, &array))
    hdf5_put_alias(&place->walk->arrays, name, (uint32_t)array);
  else
    list_dataset(place, name, object);
}

/* --- further names ----------------------------------------------------------------- */

/* The groups that a path leads through, the last one first. */
struct path {
  const struct path *up;
  haddr_t addr;
};

/* A group whose arrays get further names. */
struct naming {
  struct place *place;
  const char *name, *object;
  struct path path;
  int depth;
};

enum { DEPTH_MAX = 32 /* groups that a further name leads through */ };

static void name_later(struct place *place, const char *name, const char *object)
{
  struct later *later = malloc(sizeof *later);
  if (!later)
    _exit(ENOMEM); /* the daemon sees that the reply ends early */
  *later = (struct later){.name = strdup(name), .object = strdup(object)};
  if (!later->name || !later->object)
    _exit(ENOMEM);
  SIMPLEQ_INSERT_TAIL(&place->later, later, next);
}

/* Counts one link more; returns whether it is one too many, and then says so once. */
static bool is_named(struct hdf5_walk *walk, const char *name)
{
  if (walk->nnames == HDF5_NAMES_MAX && !is_full(walk, name))
    list_unusable(walk, name, EINVAL, "from here on: more names than can be listed");
  return walk->nnames++ >= HDF5_NAMES_MAX || is_full(walk, name);
}

static herr_t name_link(hid_t group, const char *link, const H5L_info_t *info, void *op);

/* Names the dataset, or all below the group, that a path leads to. */
static void name_object(struct place *place, const char *name, const char *object,
                        const struct path *up, int depth)
{
  H5O_info_t info;
  hsize_t at = 0;
  if (H5Oget_info_by_name2(place->file, object, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
    return;
  if (info.type == H5O_TYPE_DATASET)
    name_dataset(place, name, object, &info);
  if (info.type != H5O_TYPE_GROUP || depth == DEPTH_MAX)
    return;
  for (const struct path *each = up; each; each = each->up)
    if (each->addr == info.addr)
      return;
  struct naming below = {place, name, object, {up, info.addr}, depth + 1};
  const hid_t opened = H5Gopen2(place->file, object, H5P_DEFAULT);
  if (opened >= 0)
    H5Literate(opened, H5_INDEX_NAME, H5_ITER_INC, &at, name_link, &below);
  H5Gclose(opened);
}

static herr_t name_link(hid_t group, const char *link, const H5L_info_t *info, void *op)
{
  const struct naming *naming = op;
  char name[HDF5_NAME_MAX], object[HDF5_NAME_MAX];
  const int n = snprintf(name, sizeof name, "%s/%s", naming->name, link);
  const int m = snprintf(object, sizeof object, "%s/%s", naming->object, link);
  if (is_named(naming->place->walk, name))
    return 1;
  if (n < HDF5_NAME_MAX && m < HDF5_NAME_MAX &&
      (info->type == H5L_TYPE_HARD || info->type == H5L_TYPE_SOFT))
    name_object(naming->place, name, object, &naming->path, naming->depth);
  return 0;
}

/* Gives the groups that the path of a link leads through. */
static const struct path *path_of(const struct place *place, const char *object,
                                  struct path path[DEPTH_MAX], int *depth)
{
  const struct path *up = NULL;
  char prefix[HDF5_NAME_MAX];
  H5O_info_t info;
  *depth = 0;
  if (!strcmp(object, "/"))
    return NULL;
  for (const char *end = object; end && *depth < DEPTH_MAX; end = strchr(end + 1, '/')) {
    snprintf(prefix, sizeof prefix, "%.*s", (int)(end - object), object);
    if (H5Oget_info_by_name2(place->file, *prefix ? prefix : "/", &info, H5O_INFO_BASIC,
                             H5P_DEFAULT) < 0)
      return up;
    path[*depth] = (struct path){up, info.addr};
    up = &path[(*depth)++];
  }
  return up;
}

/* Lists the names that were put off. */
static void name_all(struct place *place)
{
  struct path path[DEPTH_MAX];
  int depth;
  const struct later *later = SIMPLEQ_FIRST(&place->later);
  for (; later && !is_named(place->walk, later->name);
       later = SIMPLEQ_NEXT(later, next)) {
    const struct path *up = path_of(place, later->object, path, &depth);
    name_object(place, later->name, later->object, up, depth);
  }
}

/* --- links ------------------------------------------------------------------------- */

static void follow_hard(struct place *place, const char *name, const char *object)
{
  H5O_info_t info;
  int array;
  if (H5Oget_info_by_name2(place->file, object, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
    list_unusable(place->walk, name, EIO, hdf5_lib_why());
  } else if (info.type == H5O_TYPE_DATASET) {
    name_dataset(place, name, object, &info);
  } else if (info.type == H5O_TYPE_GROUP && seen(place, &info, &array)) {
    name_later(place, name, object);
  } else if (info.type == H5O_TYPE_GROUP) {
    struct visit below = {place, name, object};
    if (walk_group(&below))
      list_unusable(place->walk, name, EIO, hdf5_lib_why());
  }
}

static void follow_soft(struct place *place, const char *name, const char *object)
{
  H5O_info_t info;
  if (H5Oget_info_by_name2(place->file, object, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
    list_unusable(place->walk, name, EINVAL, "a soft link to what is not in this file");
  else
    name_later(place, name, object);
}

/* The target of an external link: the file's real path, opened, and the object in it. */
static hid_t open_target(struct place *place, const char *object, char path[PATH_MAX],
                         const char **target, struct err *why)
{
  static char value[2 * HDF5_NAME_MAX];
  const char *file;
  unsigned flags;
  H5L_info_t info;
  if (H5Lget_info(place->file, object, &info, H5P_DEFAULT) < 0 ||
      info.u.val_size > sizeof value ||
      H5Lget_val(place->file, object, value, sizeof value, H5P_DEFAULT) < 0 ||
      H5Lunpack_elink_val(value, info.u.val_size, &flags, &file, target) < 0)
    return err_set(why, EIO, "an external link that cannot be read");
  if (strlen(*target) >= HDF5_NAME_MAX)
    return err_set(why, EIO, "an external link to a name of %zu bytes", strlen(*target));
  if (hdf5_link_resolve(place->path, file, place->walk->root, path, why))
    return err_prefix(why, "an external link");
  struct err local = ERR_INIT;
  const hid_t opened = hdf5_lib_open(path, &local);
  if (opened < 0)
    err_set(why, EIO, "an external link: %s", local.msg);
  return opened;
}

static void follow_external(struct place *place, const char *name, const char *object)
{
  struct err why = ERR_INIT;
  char path[PATH_MAX], real[PATH_MAX], start[HDF5_NAME_MAX];
  const char *target;
  if (place->index) {
    list_unusable(place->walk, name, EINVAL, "an external link behind an external link");
    return;
  }
  struct place there = {.walk = place->walk, .path = path};
  SIMPLEQ_INIT(&there.later);
  there.file = open_target(place, object, path, &target, &why);
  if (there.file >= 0 && realpath(place->path, real) && !strcmp(real, path)) {
    follow_soft(place, name, target); /* the external link leads back to its own file */
    return;
  }
  there.index = there.file < 0 ? -1 : hdf5_walk_note(place->walk, path, &why);
  if (there.index < 0) {
    list_unusable(place->walk, name, why.errnum, why.msg);
    return;
  }
  snprintf(start, sizeof start, "%s", strcmp(target, "/") ? target : "");
  struct visit root = {&there, name, start};
  if (*start)
    follow_hard(&there, name, start);
  else
    walk_group(&root);
  name_all(&there);
  free(there.seen);
  H5Fclose(there.file);
}

static herr_t visit_link(hid_t group, const char *link, const H5L_info_t *info, void *op)
{
  const struct visit *visit = op;
  struct place *place = visit->place;
  char name[HDF5_NAME_MAX], object[HDF5_NAME_MAX];
  const int n =
      snprintf(name, sizeof name, "%s%s%s", visit->name, *visit->name ? "/" : "", link);
  const int m = snprintf(object, sizeof object, "%s/%s", visit->object, link);
  if (is_full(place->walk, name))
    return 1;
  if (n >= HDF5_NAME_MAX || m >= HDF5_NAME_MAX)
    list_unusable(place->walk, *visit->name ? visit->name : "/", EINVAL,
                  "holds names of more than 4095 bytes");
  else if (info->type == H5L_TYPE_HARD)
    follow_hard(place, name, object);
  else if (info->type == H5L_TYPE_SOFT)
    follow_soft(place, name, object);
  else if (info->type == H5L_TYPE_EXTERNAL)
    follow_external(place, name, object);
  else
    list_unusable(place->walk, name, EINVAL, "a link of an unknown kind");
  return 0;
}

static int walk_group(struct visit *visit)
{
  hsize_t at = 0;
  const hid_t group =
      H5Gopen2(visit->place->file, *visit->object ? visit->object : "/", H5P_DEFAULT);
  if (group < 0)
    return -1;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, visit_link, visit) < 0)
    return -1; /* closing the group would clear the reason */
  H5Gclose(group);
  return 0;
}

int hdf5_walk(struct hdf5_walk *walk, const struct hdf5_request *request,
              struct text *out, struct err *err)
{
  *walk = (struct hdf5_walk){.most = request->most, .root = request->root};
  SIMPLEQ_INIT(&walk->few);
  walk->paths = malloc(HDF5_FILES_MAX * sizeof *walk->paths);
  struct place place = {.walk = walk, .path = request->path};
  SIMPLEQ_INIT(&place.later);
  place.file = hdf5_lib_open_own(request->path, err);
  if (place.file < 0 || !walk->paths) {
    free(walk->paths);
    return err_set(err, ENOMEM, "%s: out of memory", request->path);
  }
  H5O_info_t info;
  int array;
  if (H5Oget_info_by_name2(place.file, "/", &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0)
    seen(&place, &info, &array);
  struct visit root = {&place, "", ""};
  if (walk_group(&root))
    return err_set(err, EIO, "%s: %s", request->path, hdf5_lib_why());
  name_all(&place);
  if (walk->refused || (int64_t)walk->arrays.size >= walk->most)
    return err_set(err, EIO,
                   "%s: the list of its arrays takes more than %lld bytes, half of the "
                   "cache: mount with a larger cache=",
                   request->path, (long long)walk->most);
  hdf5_put_u32(out, (uint32_t)walk->nfiles);
  text_add_bytes(out, walk->files.data, walk->files.size);
  text_add_bytes(out, walk->arrays.data, walk->arrays.size);
  if (walk->files.failed || walk->arrays.failed)
    return err_set(err, ENOMEM, "%s: out of memory", request->path);
  return 0;
}
