/* A set of names, each with an index: who took it.  Borrows the strings.  Not thread
 * safe. */
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

/* The index given with the name, -1 when it is not in the set. */
int name_set_find(const struct name_set *set, const char *name);
/* Adds a name (the first index stays when it is in already): 0, or -1 for lack of
 * memory. */
int name_set_add(struct name_set *set, const char *name, int index);
void name_set_free(struct name_set *set);

#endif
