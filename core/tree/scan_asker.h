/* The "scans" of dataset.json, asked of the sources by threads of their own: a source
 * that hangs holds up its own field, and the answer goes without it. */
#ifndef TESSERAFS_SCAN_ASKER_H
#define TESSERAFS_SCAN_ASKER_H

#include "core/tree/world.h"

struct scan_asker;

struct scan_asker *scan_asker_new(struct err *err);
/* Waits for the threads that still ask. */
void scan_asker_free(struct scan_asker *asker); /* NULL is fine */

/* Adds one object for each scan: "{\"id\": ..., \"fields\": {...}}, ...".  Of a field
 * that cannot be read, or whose source does not answer for seconds, there is the reason
 * in place of its shape.  *mtime is raised to the newest file's.  within: 0, or after how
 * many ms to give up.  Returns 0, 1 when it was given up, -1: ENOMEM, EINTR. */
int scan_asker_tell(struct scan_asker *asker, struct world *world, int64_t within,
                    struct text *out, struct timespec *mtime, struct err *err);
/* Adds the same without the facts for which a source would be asked: about as long. */
void scan_asker_outline(const struct dataset_spec *spec, struct text *out);

#endif
