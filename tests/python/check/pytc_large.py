"""pytc_large.py make SOURCE | patch|chunks MOUNT: a volume of 2000 x 6400 x 6400 voxels in tiles of 640 x 640,
in a directory per slice; slices repeat by links, so that it takes no room but has 200,000 paths."""
import json
import os
import sys

import numpy
from PIL import Image

DEPTH, EXTENT, TILE, KINDS = 2000, 6400, 640, 2


def voxels(z, y, x):
    return ((y % TILE) * 3 + (x % TILE) * 5 + (y // TILE) * 10 + x // TILE + (z % KINDS) * 100).astype("u1")


def make(source):
    for z in range(DEPTH):
        directory = "%s/%04d" % (source, z)
        if z >= KINDS:
            os.symlink("%04d" % (z % KINDS), directory)
            continue
        os.mkdir(directory)
        plane = voxels(z, *numpy.ogrid[:EXTENT, :EXTENT])
        for row, column in numpy.ndindex(EXTENT // TILE, EXTENT // TILE):
            tile = plane[row * TILE:(row + 1) * TILE, column * TILE:(column + 1) * TILE]
            Image.fromarray(tile).save("%s/%d_%d.png" % (directory, row, column), compress_level=1)
    patterns = ["%04d/{row}_{column}.png" % z for z in range(DEPTH)]
    with open(source + "/em.json", "w") as file:
        json.dump(dict(image=patterns, depth=DEPTH, height=EXTENT, width=EXTENT, tile_size=TILE, tile_ratio=1,
                       tile_st=[0, 0], dtype="uint8"), file)


def box(start, stop):
    return voxels(*numpy.ogrid[tuple(slice(a, b) for a, b in zip(start, stop))])


def patch(mount):
    """Where eight tiles and chunks meet, in 64 slices: 256 tiles."""
    start = 968, 3168, 3168
    found = numpy.load(mount + "/patches/size=64/em/image/at=968x3168x3168.npy")
    assert numpy.array_equal(found, box(start, [n + 64 for n in start]))


def chunks(mount):
    view = mount + "/chunks/num=2x4x4/em/image/"
    names = sorted(os.listdir(view))
    assert len(names) == 32
    assert {os.stat(view + name).st_size for name in names} == {128 + 1000 * 1600 * 1600}
    chunk = numpy.load(view + "0-1-1.npy", mmap_mode="r")
    assert numpy.array_equal(chunk[-32:, -32:, -32:], box((968, 3168, 3168), (1000, 3200, 3200)))
    padded = numpy.load(mount + "/chunks/num=2x4x4,pad=32/em/image/1-2-2.npy", mmap_mode="r")
    assert numpy.array_equal(padded[:64, :64, :64], box((968, 3168, 3168), (1032, 3232, 3232)))


globals()[sys.argv[1]](*sys.argv[2:])
