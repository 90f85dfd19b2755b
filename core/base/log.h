/* One line per failure: to stderr (or syslog once in the background) and into a ring that
 * .tesserafs/errors.log shows.  A flood is thinned: the same line again within ten
 * seconds is counted, not repeated, and at most LOG_LINES_PER_SECOND go out (the ring
 * keeps the newest LOG_RING_BYTES). */
#ifndef TESSERAFS_LOG_H
#define TESSERAFS_LOG_H

#include <stdbool.h>

#include "core/base/err.h"
#include "core/base/text.h"

enum { LOG_LINES_PER_SECOND = 10, LOG_RING_BYTES = 128 * 1024 };

/* All functions are thread safe. */
void log_to_syslog(bool on);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_err(const struct err *err, const char *path); /* "<path>: <message>" */
/* Adds the ring to out, oldest line first; a line is "<UTC time> <text>\n". */
void log_ring(struct text *out);
/* Logs how many lines were held back since this was last logged.  For the end of the
 * program; otherwise the next line does it. */
void log_flush(void);
/* Returns how many lines were logged since the start, shown or thinned. */
unsigned long log_count(void);

#endif
