/* PyTC's JSON of a volume in tiles: {"image": ["im/0000/{row}_{column}.png", ...],
 * "depth": 500, "height": 4096, "width": 4096, "tile_size": 1024, "tile_ratio": 1,
 * "tile_st": [0, 0], "dtype": "uint8"}.  Labels and masks have the same keys. */
#ifndef TESSERAFS_TILE_JSON_H
#define TESSERAFS_TILE_JSON_H

#include "mountopts/description/description_parts.h"

/* Returns whether the document is a tile JSON, by its structure. */
bool tile_json_matches(const json_t *document);
/* Returns whether it holds ids of objects rather than grey values, by its dtype. */
bool tile_json_is_label(const json_t *document);
/* Makes a field of the document: pieces and gather, by the type that the field has
 * already.  desc->file is the document's name in messages, desc->root where its paths
 * start.  -1: problems were added. */
int tile_json_read(const struct description *desc, const json_t *document,
                   struct field_spec *field);
/* Returns what is wrong with a key that nobody reads ("n_rows": 3 of two rows), or NULL.
 * For documents that tile_json_read() accepted; the text lives in the arena. */
const char *tile_json_remark(const struct description *desc, const json_t *document,
                             const struct field_spec *field);

#endif
