/* One read of a source's array, in storage order: source_view.c makes it, source_direct.c
 * and source_blocks.c carry it out. */
#ifndef TESSERAFS_SOURCE_JOB_H
#define TESSERAFS_SOURCE_JOB_H

#include "core/source/source_format.h"

/* One read_region(), in storage order. */
struct job {
  struct source *source;
  const struct source_array *array;
  const struct source_array *as;      /* with the dtype that elements become; mostly
                                       * `array` */
  int nd;                             /* at least 1 */
  int64_t full[ND_MAX];               /* shape of the array */
  int64_t stride[ND_MAX];             /* bytes, in the file; direct arrays only */
  int64_t off[ND_MAX], shape[ND_MAX]; /* the box */
  char *out;                          /* where the box's first voxel goes */
  int64_t ostride[ND_MAX];            /* bytes */
  void *scratch;                      /* up to SCRATCH_MAX; NULL until needed */
};

/* Returns whether the stored bytes are the presented ones, except for their order. */
bool source_is_plain(const struct source_array *array);
/* Converts coordinates from array axes to storage axes, slowest first; its own
 * inverse. */
void source_to_storage(const struct source_array *array, const int64_t *in, int64_t *out);
/* Converts stored elements in memory and writes them to their place in the result. */
void source_emit(const struct job *job, const int64_t *shape, char *out, const void *in,
                 const int64_t *istride);
/* Returns where voxel `at` of the array goes. */
char *source_out_of(const struct job *job, const int64_t *at);

/* Reads a direct array, as spans of the file. */
int source_read_direct(struct job *job, struct err *err);
/* Returns whether the array lies in its file as it is read, as one run of bytes in
 * storage order. */
bool source_is_run(const struct source_array *array);
/* Reads `size` bytes of such a run, from its byte `offset`. */
int source_read_run(struct source *source, const struct source_array *array,
                    int64_t offset, void *buf, int64_t size, struct err *err);
/* Reads any other array, as blocks through the cache. */
int source_read_blocks(const struct job *job, struct err *err);
/* How an array is read across the grain of its blocks: by storage axes. */
struct slabs {
  uint32_t kind;         /* of their keys in the cache */
  int64_t size[ND_MAX];  /* voxels of a slab */
  int64_t block[ND_MAX]; /* voxels of a block */
};
/* Returns whether the box touches more blocks than the cache keeps until the next read,
 * and only one or two slabs; then *out says which. */
bool source_wants_slabs(const struct job *job, struct slabs *out);
/* Reads it from slabs, which are put together from all blocks under them and stay in the
 * cache; with job->out NULL they are only loaded. */
int source_read_slabs(const struct job *job, const struct slabs *slabs, struct err *err);
/* Lets the workers decode those blocks of the box that are not cached (job->out is
 * unused).  wish: NULL, or the wish that makes it an order. */
void source_prefetch_blocks(const struct job *job, struct source_wish *wish);

#endif
