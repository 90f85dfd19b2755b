"""never_wrong.py MOUNT: of the damaged copies of one volume (make_damaged.py), each slice is
either an error or the voxels that were written; at least one slice of each is an error."""
import errno
import os
import sys

import numpy

mount = sys.argv[1]
volume = numpy.random.default_rng(1).integers(0, 1000, (40, 30, 20)).astype("int16")


def slice_is_error(scan, field, k):
    try:
        found = numpy.load("%s/scans/%s/%s[:,:,%d].npy" % (mount, scan, field, k))
    except OSError as problem:
        assert problem.errno == errno.EIO, problem
        return True
    assert numpy.array_equal(found, volume[:, :, k]), "%s: slice %d is wrong" % (scan, k)
    return False


for scan in "bits_gz", "crc_gz", "short_gz", "fletcher_h5", "deflate_h5":
    field = "data" if scan.endswith("h5") else "image"
    assert os.path.isdir("%s/scans/%s" % (mount, scan)), scan
    assert any([slice_is_error(scan, field, k) for k in range(20)]), "%s: no error" % scan
