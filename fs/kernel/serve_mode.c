/* The one place that decides how a file is served.
 *
 * Measured with tests/bench/ceiling.c, 2 busy cores; processor time of reader + server
 * for open, read of 256 KiB and close, in microseconds:
 *
 *                     first time   again
 *     cached            65 + 100   80 + 10
 *     direct            25 +  85   18 + 70
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
 * The kernel could also read a memfd by itself (passthrough, for root, since 6.9).  With
 * files of 256 KiB to 3.5 MiB, by one read and by numpy.load, that was 0.60 - 1.22 times
 * as fast as the page cache once the memfds were filled, and 0.14 - 1.09 while they were
 * (medians of 9 and 25 interleaved turns), so there is none. */
#include "fs/kernel/serve_mode.h"

enum {
  DIRECT_MIN = 1024 * 1024,     /* more than one request */
  DIRECT_MAX = 64 * 1024 * 1024 /* a box, not a volume */
};

bool serve_directly(const struct serve_facts *facts)
{
  if (facts->frozen)
    return true; /* another size and other bytes at every open */
  return facts->in_bulk && facts->direct_maps && facts->size > DIRECT_MIN &&
         facts->size <= DIRECT_MAX && !facts->finished;
}
