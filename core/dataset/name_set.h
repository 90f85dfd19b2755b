/* A set of names, each with an index that tells who took it.  Borrows the strings.  Not
 * thread safe. */
#ifndef TESSERAFS_NAME_SET_H
#define TESSERAFS_NAME_SET_H

#include <stddef.h>

struct name_slot {
  const char *name; /* NULL: free */
  int index;
};

/* Starts as {0}. */
struct name_set {
  struct name_slot *slots; /* open addressing, linear probing, at most 3/4 full */
  size_t n, room;          /* room: a power of two */
};

/* Returns the index given with the name, -1 when it is not in the set. */
int name_set_find(const struct name_set *set, const char *name);
/* Adds a name; a name that is in the set keeps its first index.  Returns 0, or -1 without
 * memory. */
int name_set_add(struct name_set *set, const char *name, int index);
void name_set_free(struct name_set *set);

#endif
