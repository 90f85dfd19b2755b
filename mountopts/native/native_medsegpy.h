/* MedSegPy's list of dataset dicts, mounted without a description: native_medsegpy.c
 * reads the dicts, native_medsegpy_scans.c makes scans of them. */
#ifndef TESSERAFS_NATIVE_MEDSEGPY_H
#define TESSERAFS_NATIVE_MEDSEGPY_H

#include "mountopts/description/description_parts.h"

/* Returns whether the document is such a list, by its first element. */
bool native_medsegpy_matches(const json_t *document);
/* Fills desc->dataset; -1: every problem is in desc->problems. */
int native_medsegpy_read(struct description *desc, const json_t *document);

/* One dict: a slice when `slice` is not 0, else a volume. */
struct medsegpy_dict {
  size_t index; /* in the list */
  const char *scan_id;
  const char *image, *mask; /* absolute; mask NULL: none */
  bool single;              /* image is one file of all scans, with arrays
                             * "<scan_id>/..." */
  int64_t slice, total;     /* slice_id, scan_num_slices; 0: not stated */
  int naxes;                /* of image_size; 0: not stated */
  int64_t size[ND_MAX];
  bool has_spacing;
  double spacing[3];
};

/* Sorts the dicts and adds their scans.  Problems go to desc->problems. */
void native_medsegpy_scans(struct description *desc, struct dataset_builder *builder,
                           struct medsegpy_dict *dicts, size_t n);

#endif
