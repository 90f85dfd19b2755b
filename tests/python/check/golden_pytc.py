"""golden_pytc.py make VECTORS SOURCE | assembly|dataset|positions|values VECTORS MOUNT: what PyTC's own
code made of the tiles in VECTORS/pytc_tiles (pytc_tile_assembly.json, pytc_tile_dataset.json), its
positions (pytc_volume_positions.json), VAST's ids and ranges (pytc_preprocess.json), out of a
mount."""
import csv
import json
import os
import sys

import numpy
from PIL import Image


def vectors(directory, name):
    with open("%s/%s.json" % (directory, name)) as file:
        return json.load(file)


def array(value):
    return numpy.array(value["data"], value["dtype"]).reshape(value["shape"])


def same(found, want, what):
    assert found.dtype == want.dtype and found.shape == want.shape, (what, found.dtype, found.shape)
    assert numpy.array_equal(found, want), what


RANGES = "normalize_range_u16", "normalize_range_f32", "normalize_range_constant"

# --- tiles ---


def tile_json(case):
    depth, height, width = case["coord_m"][1::2]
    keys = ("image", "tile_size", "tile_ratio", "tile_st", "dtype")
    return dict({key: case[key] for key in keys}, depth=depth, height=height, width=width)


def field(case):
    return "image" if case["do_im"] else "label"


def make(directory, source):
    """The cases as tile JSONs with a description that names them; volumes for positions and VAST."""
    scans = []
    for case in vectors(directory, "pytc_tile_assembly")["cases"]:
        path = "%s/%s.json" % (source, case["name"])
        with open(path, "w") as file:
            json.dump(tile_json(case), file)
        scans.append({"id": "tiles/" + case["name"], "fields": {field(case): {"tiles": path}}})
    for shape in shapes(directory):
        name = "x".join(map(str, shape))
        numpy.lib.format.open_memmap("%s/p%s.npy" % (source, name), "w+", "u1", tuple(shape))
        scan = {"id": "positions/" + name, "fields": {"image": "%s/p%s.npy" % (source, name)}}
        scans.append(dict(scan, channels="first") if len(shape) == 4 else scan)
    preprocess = vectors(directory, "pytc_preprocess")
    numpy.save(source + "/vast.npy", array(preprocess["vast2Seg"]["inp"]))
    for name in RANGES:
        numpy.save("%s/%s.npy" % (source, name), array(preprocess[name]["inp"]))
        scans.append({"id": name, "fields": {"image": "%s/%s.npy" % (source, name)}})
    scans.append({"id": "vast", "fields": {"label": {"path": source + "/vast.npy", "transforms": "vast"}}})
    with open(source + "/tesserafs.json", "w") as file:
        json.dump({"scans": scans}, file)


def paste(directory, case):
    """The volume, by Pillow: for boxes where PyTC itself fails, though it has the voxels."""
    depth, height, width = case["coord_m"][1::2]
    volume = numpy.full((depth, height, width), 128 if case["do_im"] else 0, case["dtype"])
    rows, columns = case["tile_size"]
    for z, pattern in enumerate(case["image"]):
        for row in range(-(-height // rows)):
            for column in range(-(-width // columns)):
                tile = numpy.asarray(Image.open(os.path.join(directory, pattern.format(row=row, column=column))))
                cell = volume[z, row * rows:(row + 1) * rows, column * columns:(column + 1) * columns]
                cell[:tile.shape[0], :tile.shape[1]] = tile
    return volume


def want_of(directory, case):
    if not isinstance(case["result"], str):
        return array(case["result"])
    assert case["result"].startswith("EXCEPTION")
    z0, z1, y0, y1, x0, x1 = case["coord"]
    return paste(directory, case)[z0:z1, y0:y1, x0:x1]


def box_of(mount, case, scan, more=""):
    start, stop = case["coord"][::2], case["coord"][1::2]
    size = "x".join(str(b - a) for a, b in zip(start, stop))
    return numpy.load("%s/patches/size=%s%s/%s/%s/at=%s.npy"
                      % (mount, size, more, scan, field(case), "x".join(map(str, start))))


def mirrored(case):
    """Is the box's padding a reflection of the whole volume too, not only of the clipped box?"""
    pairs = zip(case["coord"][::2], case["coord"][1::2], case["coord_m"][1::2])
    return all(max(-a, b - n, 0) <= min(b, n) - max(a, 0) - 1 for a, b, n in pairs)


def assembly(directory, mount):
    """Each box, as PyTC has it; without the preset too, where that is the same."""
    golden, both = vectors(directory, "pytc_tile_assembly"), 0
    for case in golden["cases"]:
        want, scan = want_of(directory, case), "tiles/" + case["name"]
        same(box_of(mount, case, scan, ",preset=pytc"), want, case["name"])
        if mirrored(case):
            both += 1
            same(box_of(mount, case, scan), want, case["name"])
    assert len(golden["cases"]) == 18 and both >= 14, both
    for name, key in (("exact", "volume"), ("label_rgb", "label")):
        kind = "image" if key == "volume" else "label"
        same(numpy.load("%s/scans/tiles/%s/%s.npy" % (mount, name, kind)), array(golden[key]), key)


def dataset(directory, mount):
    """TileDataset end to end: im.json mounted as it is, its chunks with their padding."""
    chunks = mount + "/chunks/num=1x2x2,pad=1x2x2,preset=pytc/im"
    golden = vectors(directory, "pytc_tile_dataset")["chunks"]
    names = sorted(os.listdir(chunks + "/image"))
    assert len(names) == len(golden) == 4
    for name, chunk in zip(names, golden):
        same(numpy.load("%s/image/%s" % (chunks, name)), array(chunk["volume"]), name)
        with open("%s/%s" % (chunks, name.replace(".npy", ".json"))) as file:
            item = json.load(file)
        bare = [n for pair in zip(item["unpadded"]["start"], item["unpadded"]["stop"]) for n in pair]
        assert bare == array(chunk["coord"]).tolist() and item["chunk"] == chunk["id"]
        assert "-".join(map(str, bare)) == chunk["name"]


# --- positions ---


def shapes(directory):
    cases = vectors(directory, "pytc_volume_positions")["cases"]
    return sorted({tuple(shape) for case in cases for shape in case["shapes"]})


def starts(mount, case, shape):
    view = "size=%s,stride=%s,small=error,preset=pytc" % tuple("x".join(map(str, case[k])) for k in ("window", "stride"))
    with open("%s/patches/%s/positions/%s/items.csv" % (mount, view, "x".join(map(str, shape)))) as file:
        return [[int(row["start_%d" % d]) for d in range(3)] for row in csv.DictReader(file)]


def fits(case, shape):
    return all(n >= window for n, window in zip(shape[-3:], case["label_size"]))


def positions(directory, mount):
    """Of several volumes the small ones are dropped: here they have no items but an error."""
    cases = vectors(directory, "pytc_volume_positions")["cases"]
    for case in cases:
        kept = [shape for shape in case["shapes"] if fits(case, shape)]
        found = [[v] + start for v, shape in enumerate(kept) for start in starts(mount, case, shape)]
        assert len(found) == case["total"], case["note"]
        n = len(case["positions"]) // 2
        want = case["positions"]
        assert (found if case["full"] else found[:n] + found[-n:]) == want, case["note"]
        for shape in case["shapes"]:
            if not fits(case, shape):
                try:
                    starts(mount, case, shape)
                except OSError:
                    continue
                raise AssertionError(shape)
    assert len(cases) == 10


def values(directory, mount):
    golden = vectors(directory, "pytc_preprocess")
    same(numpy.load(mount + "/scans/vast/label.npy"), array(golden["vast2Seg"]["out"]), "vast2Seg")
    for name in RANGES:
        found = numpy.load("%s/patches/size=:,transforms=normalize_range/%s/image/0.npy" % (mount, name))
        same(found, array(golden[name]["out"]), name)


globals()[sys.argv[1]](*sys.argv[2:])
