/* Facts of a scan that are no arrays, for items.csv and JSON: the values of its scalar
 * fields, and the splits that it belongs to. */
#ifndef TESSERAFS_SCALARS_H
#define TESSERAFS_SCALARS_H

#include "core/base/text.h"
#include "core/dataset/dataset.h"

/* Finds the scalar fields of all scans and the widths of their columns: out->scalars. */
int scalars_find(struct dataset_spec *out, struct arena *arena, struct err *err);
/* The scan's scalar of that name; NULL: it has none. */
const struct field_spec *scalar_of(const struct scan_spec *scan, const char *name);
/* Adds the value as JSON: a number, or a text in quotes. */
void scalar_json(const struct field_spec *field, struct text *out);
/* Adds the value as a field of a CSV line: a number padded on the left to the column's
 * width, a text as it is, nothing where the scan has no such scalar. */
void scalar_csv(const struct scan_spec *scan, const struct scalar_column *column,
                struct text *out);
/* The name of split number i of those that the scan is in, in the dataset's order; NULL:
 * there are fewer. */
const char *scan_split(const struct dataset_spec *spec, int scan, int i);

#endif
