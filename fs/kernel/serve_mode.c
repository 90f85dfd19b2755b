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
 * So cached is the rule for small files.  direct is cheaper for who takes one by one read
 * and never again; few do: numpy.load reads 256 KiB in five pieces, and h5py or nibabel
 * in more, each of which would come to us (scripts/bench npload: direct is no faster the
 * first time, and slower again, even from memory; ours would make the bytes once more).
 *
 * Beyond one request a file has to wait for memory, not for requests.  Files of 4 MiB a
 * second, from the ceiling (scripts/bench boxes-first boxes-again boxload-first
 * boxload-again):
 *
 *                              first time   again
 *     one read       cached        592      1,221
 *                    direct        764        598
 *     numpy.load     cached        419      1,012
 *                    direct        365        505
 *
 * and where the kernel's pages are not at hand (a guest whose host has taken them back, a
 * full cgroup) cached falls to a fifth of that, direct does not.  So the page cache is
 * bought when it is known to be worth it: a box's first reader has it direct, who opens
 * it again after it was read whole, cached.  Not what is read in small pieces (h5; gzip,
 * by 8 KiB; tar takes 2.4 s instead of 0.7 for 512 MiB), nor whole volumes, which stay
 * open and are read here and there.
 *
 * A memfd is no faster than pages that the kernel has; it stays when the kernel wants its
 * pages elsewhere, until it forgets the inode.  It is filled whole, so only a file that
 * somebody has read whole may have one: opening a volume for its header must not decode
 * it.  The kernel has an inode either mapped or passed through: who wants the one (a
 * direct file may be mapped) does not get the other. */
#include "fs/kernel/serve_mode.h"

static bool is_box(const struct serve_facts *facts)
{
  return facts->in_bulk && facts->direct_maps && facts->size > SERVE_DIRECT_MIN &&
         facts->size <= SERVE_DIRECT_MAX;
}

enum serve_mode serve_mode_pick(const struct serve_facts *facts)
{
  if (facts->frozen)
    return SERVE_DIRECT; /* another size and other bytes at every open */
  if (!facts->passthrough)
    return is_box(facts) && !facts->finished ? SERVE_DIRECT : SERVE_CACHED;
  if (facts->open_cached)
    return SERVE_CACHED; /* the kernel takes one way for all opens of an inode */
  if (facts->backed)
    return SERVE_PASSTHROUGH;
  return facts->finished && facts->size > 0 && facts->size <= SERVE_BACKED_MAX
             ? SERVE_PASSTHROUGH
             : SERVE_CACHED;
}
