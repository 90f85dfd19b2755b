"""medsegpy_check.py MOUNT [SCAN[=NUMBER] ...]: the scans of a mount are the volumes that
make_medsegpy.py wrote, whatever files they lie in; by default its two."""
import os
import sys

import numpy

import make_medsegpy


def check(mount, scan, number):
    for field, want in (("image", make_medsegpy.volume(number)), ("label", make_medsegpy.seg(number))):
        found = numpy.load(os.path.join(mount, "scans", scan, field + ".npy"))
        assert found.dtype == want.dtype and numpy.array_equal(found, want), (scan, field, found.shape)


def main(mount, *scans):
    for pair in scans or ("0000001_V00=0", "0000002_V00=1"):
        scan, number = pair.split("=")
        check(mount, scan, int(number))


main(*sys.argv[1:])
