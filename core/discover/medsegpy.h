/* MedSegPy's files: what their names mean, and fields made of them.  Shared by its layout
 * (discover_medsegpy.c) and its lists of dataset dicts
 * (mountopts/native/native_medsegpy.c). */
#ifndef TESSERAFS_MEDSEGPY_H
#define TESSERAFS_MEDSEGPY_H

#include "core/dataset/dataset.h"

/* "0123456_V01-Aug04_072": subject, time point, augmentation (0: none), slice from 1. */
struct medsegpy_name {
  int64_t subject, time, aug, slice;
};

/* Looks for digits "_V" digits "-Aug" digits "_" digits anywhere in the text, as
 * MedSegPy's code does.  Returns false when there is none, when there are two, or when a
 * number has more than 18 digits. */
bool medsegpy_slice_name(const char *text, struct medsegpy_name *out);

/* Returns whether the first n bytes are the name of a volume, digits "_V" digits. */
bool medsegpy_volume_name(const char *text, size_t n);

/* One slice's file. */
struct medsegpy_slice {
  int64_t number;
  const char *path; /* absolute, in the mount's arena */
};

/* Slices further apart than this are not numbered as one volume. */
enum { MEDSEGPY_DEPTH_MAX = 65536 };

/* The facts of a field, from the header that was read. */
struct medsegpy_shape {
  const char *path; /* the file of that header; borrowed */
  int nd;
  int64_t shape[ND_MAX];
};

/* Makes the field of a volume HxWxD (a mask: HxWxDxC) of 2-D files with the array "data":
 * HxWx1 or HxW (HxWx1xC, HxWxC or HxW).  slices[]: n of them, sorted by number, none
 * twice, all in first .. first+depth-1; a number without a slice is a hole.  Reads no
 * header.  -1: ENOMEM. */
int medsegpy_slices_field(const struct medsegpy_slice *slices, size_t n, int64_t first,
                          int64_t depth, enum field_type type, struct arena *arena,
                          struct field_spec *out, struct err *err);

/* Gives the facts of such a volume from the header of the first slice (of n >= 1) that
 * can be opened.  -1: EIO, EINVAL (no such array, other axes), ENOMEM. */
int medsegpy_look_at_slices(struct source_pool *pool, const struct medsegpy_slice *slices,
                            size_t n, const struct field_spec *field,
                            struct medsegpy_shape *out, struct err *err);

/* Makes the field, named image or label, of one array of a file. */
int medsegpy_file_field(const char *path, const char *key, enum field_type type,
                        struct arena *arena, struct field_spec *out, struct err *err);

/* Opens a file and gives the facts of its array `key`.  EINVAL: it has no such usable
 * array. */
int medsegpy_look(struct source_pool *pool, const char *path, const char *key,
                  struct medsegpy_shape *out, struct err *err);

#endif
