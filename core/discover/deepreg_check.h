/* Inside of DeepReg's datasets: do the stores of a split go together? */
#ifndef TESSERAFS_DEEPREG_CHECK_H
#define TESSERAFS_DEEPREG_CHECK_H

#include "core/discover/deepreg_store.h"

/* Two stores of one split must list the same names, whatever the suffixes.  A problem for
 * each that has no partner; false: there was one. */
bool deepreg_same_names(const struct deepreg *deepreg, const struct deepreg_store *a,
                        const struct deepreg_store *b);

/* An image must be 3-D, or 4-D with one channel; a label 3-D or 4-D; none empty. */
void deepreg_check_images(const struct deepreg *deepreg,
                          const struct deepreg_store *images);
void deepreg_check_labels(const struct deepreg *deepreg,
                          const struct deepreg_store *labels);
/* A label on other voxels than its image is used as it is, and ignored.txt says so: its
 * users know. */
void deepreg_warn_shapes(const struct deepreg *deepreg,
                         const struct deepreg_store *images,
                         const struct deepreg_store *labels);
/* As many labels in the moving as in the fixed of each pair. */
void deepreg_check_counts(const struct deepreg *deepreg,
                          const struct deepreg_store *moving,
                          const struct deepreg_store *fixed);

#endif
