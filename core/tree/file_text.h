/* Files whose text is generated whole, for a stat as for an open. */
#ifndef TESSERAFS_FILE_TEXT_H
#define TESSERAFS_FILE_TEXT_H

#include "core/tree/dir.h"

int text_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
              struct err *err);
int text_open(struct tree *tree, const struct place *place, struct content *content,
              struct layout *layout, struct err *err);

#define TEXT_FILE .type = TREE_FILE, .stat = text_stat, .open = text_open

#endif
