/* PyTC's tile JSON, mounted without a description: one scan with one field. */
#ifndef TESSERAFS_NATIVE_PYTC_H
#define TESSERAFS_NATIVE_PYTC_H

#include "mountopts/description/description_parts.h"

bool native_pytc_matches(const json_t *document);
/* Fills desc->dataset; -1: every problem is in desc->problems. */
int native_pytc_read(struct description *desc, const json_t *document);

#endif
