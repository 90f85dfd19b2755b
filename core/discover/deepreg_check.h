/* The inside of DeepReg's datasets: checks that the stores of a split belong together. */
#ifndef TESSERAFS_DEEPREG_CHECK_H
#define TESSERAFS_DEEPREG_CHECK_H

#include "core/discover/deepreg_store.h"

/* Checks that two stores of one split list the same names, whatever the suffixes.  Adds a
 * problem for each name without a partner, and then returns false. */
bool deepreg_same_names(const struct deepreg *deepreg, const struct deepreg_store *a,
                        const struct deepreg_store *b);

/* Checks that an image is 3-D, or 4-D with one channel, that a label is 3-D or 4-D, and
 * that none is empty. */
void deepreg_check_images(const struct deepreg *deepreg,
                          const struct deepreg_store *images);
void deepreg_check_labels(const struct deepreg *deepreg,
                          const struct deepreg_store *labels);
/* A label with another shape than its image is used as it is, and reported in
 * ignored.txt, because it may be intended. */
void deepreg_warn_shapes(const struct deepreg *deepreg,
                         const struct deepreg_store *images,
                         const struct deepreg_store *labels);
/* Checks that each pair has as many moving labels as fixed ones. */
void deepreg_check_counts(const struct deepreg *deepreg,
                          const struct deepreg_store *moving,
                          const struct deepreg_store *fixed);

#endif
