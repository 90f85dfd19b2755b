/* The normal distribution, the same bits on every machine. */
#ifndef TESSERAFS_NORMAL_H
#define TESSERAFS_NORMAL_H

/* The value that a standard normal number stays below with probability p, 0 < p < 1. */
double normal_quantile(double p);

#endif
