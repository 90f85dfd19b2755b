"""pytc_images.py make SOURCE | directory|listed|globbed SOURCE MOUNT: single images as PyTC's LOAD_2D
takes them (a list of files, a glob, a directory), of different sizes and formats, against Pillow."""
import os
import sys
import time

import numpy
from PIL import Image

SIZES = {"b": (20, 30), "a": (11, 7), "c": (16, 16)}


def pixels(path):
    return numpy.asarray(Image.open(path))


def ids(path):
    return (pixels(path)[..., :3].astype("u4") @ numpy.array([65536, 256, 1], "u4")).astype("u4")


def make(source):
    rng = numpy.random.default_rng(3)
    for name, size in SIZES.items():
        Image.fromarray(rng.integers(0, 256, size, "u1")).save("%s/im_%s.png" % (source, name))
        Image.fromarray(rng.integers(0, 2, (*size, 3), "u1") * 7).save("%s/lab_%s.png" % (source, name))
    Image.fromarray(rng.integers(0, 65536, (9, 5), "u2")).save(source + "/deep/wide.tif")
    Image.fromarray(rng.integers(0, 256, (8, 6, 3), "u1")).save(source + "/deep/er/colour.png")
    for field in "im", "lab":
        with open("%s/%ss.txt" % (source, {"im": "image", "lab": "label"}[field]), "w") as file:
            file.writelines("%s/%s_%s.png\n" % ("." if name == "a" else source, field, name) for name in SIZES)


def check(mount, path, want):
    found = numpy.load("%s/scans/%s.npy" % (mount, path))
    assert found.dtype == want.dtype and numpy.array_equal(found, want), path


def directory(source, mount):
    """All that a recursive glob finds, each by itself."""
    for name in ["im_" + n for n in SIZES] + ["lab_" + n for n in SIZES] + ["deep/er/colour"]:
        check(mount, name + "/image", pixels("%s/%s.png" % (source, name)))
    check(mount, "deep/wide/image", pixels(source + "/deep/wide.tif").astype("u2"))


def both(source, mount, names, binary):
    for name, stem in names.items():
        check(mount, name + "/image", pixels("%s/im_%s.png" % (source, stem)))
        label = ids("%s/lab_%s.png" % (source, stem))
        check(mount, name + "/label", (label > 0).astype("u1") if binary else label)
    with open("%s/im_%s.png" % (source, "a"), "r+b") as file:
        file.truncate(40)
    time.sleep(1)  # so long a change may go unseen
    for name, stem in names.items():
        if stem != "a":
            check(mount, name + "/image", pixels("%s/im_%s.png" % (source, stem)))
            continue
        try:
            numpy.load("%s/scans/%s/image.npy" % (mount, name))
        except (OSError, ValueError):
            continue
        raise AssertionError(name)
    make(source)


def listed(source, mount):
    """A scan is called as the first field's file."""
    assert sorted(os.listdir(mount + "/scans")) == ["im_a", "im_b", "im_c"]
    both(source, mount, {"im_" + name: name for name in SIZES}, False)


def globbed(source, mount):
    both(source, mount, {name: name for name in SIZES}, True)


globals()[sys.argv[1]](*sys.argv[2:])
