/* libhdf5 as the worker process uses it.  Nothing below this header is ever called in the
 * daemon: these files run in a child that reads one file and exits (see hdf5_worker.h).
 * So handles are not closed and memory is not freed there, except what a walk opens for
 * each array, of which there may be very many. */
#ifndef TESSERAFS_HDF5_LIB_H
#define TESSERAFS_HDF5_LIB_H

#define H5_USE_110_API /* the same names with every later libhdf5 */
#include <hdf5.h>
#include <sys/queue.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/source/hdf5/hdf5_wire.h"

/* To be called before any file is opened: libhdf5 then prints no errors and never follows
 * an external link itself (hdf5_walk.c resolves them). */
void hdf5_lib_prepare(void);
/* Open a file read only, without file locks, as hdf5_driver.h says; -1: EIO with
 * libhdf5's reason. */
hid_t hdf5_lib_open(const char *path, struct err *err);     /* one that is referred to */
hid_t hdf5_lib_open_own(const char *path, struct err *err); /* the request's own */
hid_t hdf5_lib_listen(const char *path, struct err *err); /* that one, for hdf5_addr.c */
hid_t hdf5_lib_dataset(hid_t file, const char *path, const char *object, struct err *err);
/* The innermost message of libhdf5's error stack: "... (may use <h5clear file> ...)". */
const char *hdf5_lib_why(void);

/* --- hdf5_type.c: element types ---------------------------------------------------- */

struct hdf5_type {
  enum dtype dtype;
  bool plain;   /* the stored bytes are those of the dtype, */
  bool swapped; /* except for their order */
  int nd;       /* further axes of the array, behind those of the dataspace: those of an
                 * array type */
  int64_t shape[ND_MAX];
};
/* Maps `type` to what h5py shows.  -1: it is no array of ours; *why says "a compound
 * type". */
int hdf5_type_map(hid_t type, struct hdf5_type *out, struct err *why);
/* Returns the type in memory by which `type` is read as dtype (from hdf5_type_map); < 0:
 * there is none. */
hid_t hdf5_type_memory(hid_t type, enum dtype dtype);

/* --- hdf5_external.c --------------------------------------------------------------- */

/* Reads the block of a dataset whose bytes lie in other files (HDF5_READ); nd: axes of
 * the dataspace. */
int hdf5_external_read(const struct hdf5_request *request, hid_t dataset, int nd,
                       void *out, size_t size, struct err *err);

/* --- hdf5_describe.c, hdf5_walk.c: what is in a file ------------------------------- */

/* An array with few chunks, in the request's file. */
struct hdf5_few {
  SIMPLEQ_ENTRY(hdf5_few) next;
  uint32_t array, n; /* its number among the arrays; its chunks */
  char *object;
  struct hdf5_desc desc;
};

struct hdf5_walk {
  int64_t most;            /* bytes of `arrays` */
  bool refused;            /* it would take more */
  int64_t source_chunk;    /* bytes of the largest chunk of a virtual dataset's sources */
  const char *root;        /* files that are referred to must lie below it; "":
                            * anywhere */
  int nfiles;              /* further files */
  struct text files;       /* their paths, as hdf5_put_string() */
  char (*paths)[PATH_MAX]; /* room for HDF5_FILES_MAX; untouched pages cost nothing */
  SIMPLEQ_HEAD(few, hdf5_few) few;
  int nknown; /* the number of these chunks */
  int narrays;
  int nnames;         /* links looked at for further names */
  bool full;          /* no more can be listed */
  struct text arrays; /* as hdf5_put_array() */
};
/* Returns the number of a further file, which is noted once; -1: there are too many. */
int hdf5_walk_note(struct hdf5_walk *walk, const char *path, struct err *why);
/* Describes how dataset `id` of the file `path` is stored.  -1: it is unusable, for the
 * reason *why. */
int hdf5_describe(struct hdf5_walk *walk, hid_t id, const char *path,
                  struct hdf5_desc *out, struct err *why);
/* Makes the walk's payload for the request; *walk is what hdf5_addr_few() needs. */
int hdf5_walk(struct hdf5_walk *walk, const struct hdf5_request *request,
              struct text *out, struct err *err);

/* --- hdf5_addr.c: where chunks lie ------------------------------------------------- */

/* Puts where the chunks of walk->few lie, as hdf5_put_known() does. */
void hdf5_addr_few(const struct hdf5_walk *walk, const char *path, struct text *out);
/* Puts `count` entries to out. */
int hdf5_addr(const struct hdf5_request *request, struct text *out, struct err *err);

#endif
