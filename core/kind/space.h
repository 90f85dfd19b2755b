/* The spatial axes that a scan's fields share, from the arrays as they are now. */
#ifndef TESSERAFS_SPACE_H
#define TESSERAFS_SPACE_H

#include "core/kind/kind.h"

/* Fields that cannot be read, and scalars, have no say; but without memory (see
 * err_is_passing) there is no answer, for it might be another one.  EIO when no field can
 * be read (the first one's reason), EINVAL when none has an axis. */
int space_of_scan(struct dataset *dataset, const struct dataset_spec *spec, int scan,
                  struct space *out, struct err *err);
/* One field as kinds see it.  EINVAL when it does not share the space.  *out points into
 * the snapshot, which the caller holds. */
int space_field(const struct dataset_spec *spec, int scan, int field,
                const struct snapshot *snapshot, const struct space *space,
                struct kind_field *out, struct err *err);

#endif
