"""pytc_missing.py describe SOURCE | missing|repair SOURCE MOUNT | sixteen VECTORS JSON | sixteen_read
VECTORS MOUNT: tiles of pytc_tiles that are not there, or are not of 8 bits, against Pillow."""
import json
import sys
import time

import numpy
from PIL import Image

SHAPE = 4, 10, 14
GONE = {(1, 0, 1), (2, 1, 0)}  # of t57miss; of lab_miss: (z, 0, 0) of every slice


def tile_json(name, dtype):
    return dict(image=["pytc_tiles/%s/%04d/{row}_{column}.png" % (name, z) for z in range(4)], depth=4, height=10,
                width=14, tile_size=[5, 7], tile_ratio=1, tile_st=[0, 0], dtype=dtype)


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file)


def volume(source, name, dtype, fill):
    """By Pillow; missing tiles are `fill`."""
    out = numpy.full(SHAPE, fill, dtype)
    for z in range(4):
        for row in range(2):
            for column in range(2):
                try:
                    tile = numpy.asarray(Image.open("%s/pytc_tiles/%s/%04d/%d_%d.png" % (source, name, z, row, column)))
                except FileNotFoundError:
                    continue
                if tile.ndim == 3:
                    tile = tile.astype("u4") @ numpy.array([65536, 256, 1], "u4")
                out[z, row * 5:row * 5 + 5, column * 7:column * 7 + 7] = tile
    return out


def describe(source):
    write(source + "/im.json", tile_json("t57miss", "uint8"))
    write(source + "/lab.json", tile_json("lab_miss", "uint32"))
    fields = {"image": {"tiles": "im.json"}, "label": {"tiles": "lab.json"}}
    filled = {"image": {"tiles": "im.json", "fill": 7}, "label": {"tiles": "lab.json", "fill": 0}}
    write(source + "/tesserafs.json", {"scans": [{"id": "em", "fields": fields}, {"id": "filled", "fields": filled}]})


def load(mount, path):
    return numpy.load("%s/%s" % (mount, path))


def fails(mount, path):
    try:
        load(mount, path)
    except OSError:
        return True
    return False


def missing(source, mount):
    for scan, preset, fills in (("em", "pytc", (128, 128)), ("filled", "none", (7, 0)), ("filled", "pytc", (7, 0))):
        for field, tiles, dtype, fill in (("image", "t57miss", "u1", fills[0]), ("label", "lab_miss", "u4", fills[1])):
            want = volume(source, tiles, dtype, fill)
            found = load(mount, "patches/size=:,preset=%s/%s/%s/0.npy" % (preset, scan, field))
            assert found.dtype == want.dtype and (found == want).all(), (scan, preset, field)
    want = volume(source, "t57miss", "u1", 0)
    for z in range(4):
        for row in range(2):
            for column in range(2):
                path = "patches/size=1x5x7/em/image/at=%dx%dx%d.npy" % (z, row * 5, column * 7)
                if (z, row, column) in GONE:
                    assert fails(mount, path), path
                else:
                    cell = want[z:z + 1, row * 5:row * 5 + 5, column * 7:column * 7 + 7]
                    assert (load(mount, path) == cell).all(), path
    assert fails(mount, "scans/em/image.npy") and fails(mount, "scans/em/label[0].npy")
    assert (load(mount, "scans/em/label[:,5:].npy") == volume(source, "lab_miss", "u4", 0)[:, 5:]).all()
    with open(mount + "/.tesserafs/errors.log") as file:
        assert "pytc_tiles/t57miss/0001/0_1.png: no such file: the piece of field 'image' at z 1, row 0, column 1" in file.read()


def repair(source, mount):
    """Missing tiles of one volume are those of another: once they are there, they are read."""
    for z, row, column in GONE:
        name = "%04d/%d_%d.png" % (z, row, column)
        with open("%s/pytc_tiles/t57/%s" % (source, name), "rb") as file:
            data = file.read()
        with open("%s/pytc_tiles/t57miss/%s" % (source, name), "wb") as file:
            file.write(data)
    end = time.monotonic() + 5
    while fails(mount, "scans/em/image.npy") and time.monotonic() < end:
        time.sleep(0.1)
    assert (load(mount, "scans/em/image.npy") == volume(source, "t57", "u1", 0)).all()


def sixteen(vectors, path):
    write(path, tile_json("im_u16", "uint8"))


def sixteen_read(vectors, mount):
    want = volume(vectors, "im_u16", "u2", 0)
    found = load(mount, "scans/wide/image.npy")
    assert want.max() > 255 and found.dtype == want.dtype and (found == want).all()


globals()[sys.argv[1]](*sys.argv[2:])
