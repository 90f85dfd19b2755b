/* The one place that decides how a file is served.
 *
 * Measured with tests/bench/ceiling.c, 2 busy cores; processor time of reader + server
 * for open, read of 256 KiB and close, in microseconds:
 *
 *                     first time   again
 *     cached            65 + 100   80 + 10
 *     direct            25 +  85   18 + 70
 *     passthrough       45 + 150   75 + 15   (first time: filling the memfd)
 *
 * So cached is the rule.  direct is cheaper for who takes a file by one read and never
 * again; few do: numpy.load reads 256 KiB in five pieces, and h5py or nibabel in more,
 * each of which would come to us (scripts/bench npload: direct is no faster the first
 * time, and slower again, even from memory; ours would make the bytes once more).  A
 * memfd is no faster than pages that the kernel has; it stays when the kernel wants its
 * pages elsewhere, until it forgets the inode.  It is filled whole, so only a file that
 * somebody has read whole may have one: opening a volume for its header must not decode
 * it. */
#include "fs/serve_mode.h"

enum serve_mode serve_mode_pick(const struct serve_facts *facts)
{
  if (facts->frozen)
    return SERVE_DIRECT; /* another size and other bytes at every open */
  if (!facts->passthrough || facts->open_cached)
    return SERVE_CACHED; /* the kernel takes one way for all opens of an inode */
  if (facts->backed)
    return SERVE_PASSTHROUGH;
  return facts->finished && facts->size > 0 && facts->size <= SERVE_BACKED_MAX
             ? SERVE_PASSTHROUGH
             : SERVE_CACHED;
}
