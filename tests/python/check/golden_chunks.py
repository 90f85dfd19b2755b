"""golden_chunks.py make|boxes|describe|floors VECTORS DIRECTORY: the chunks of PyTC's TileDataset,
recorded from its code (tests/golden/pytc_tile_chunks.json, pytc_float_floor_diff.json), against
chunks/ of a mount.

A vector has the volume's size and TileDataset's parameters, and per chunk its id, its box without
padding (coord), with it (padded), and in test mode the text that names its result."""
import csv
import json
import os
import sys

import numpy


def scan_name(case):
    return "v" + "x".join(map(str, case["size"]))


def pairs(flat):
    return list(zip(flat[::2], flat[1::2]))


def coord_range(case):
    """Flat, or one flat list per volume."""
    given = case["coord_range"]
    return given[0] if given and isinstance(given[0], list) else given


def parameters(case):
    """As the description has them."""
    out = {"num": case["chunk_num"], "pad": case["pad"], "overlap": case["chunk_step"] == 2}
    if case["coord_range"]:
        out["range"] = case["coord_range"]
    if case["chunk_ind"]:
        out["only"] = case["chunk_ind"]
    if case["chunk_ind_split"]:
        split = case["chunk_ind_split"]
        rank, world = map(int, split.split("-")) if isinstance(split, str) else split
        out.update(rank=rank, world=world)
    return out


def view(case):
    """As a path has them."""
    given = parameters(case)
    given["overlap"] = "on" if given["overlap"] else "off"
    if "range" in given:
        given["range"] = "x".join("%d:%d" % pair for pair in pairs(coord_range(case)))
    if "only" in given:
        given["only"] = "+".join(map(str, given["only"]))
    return ",".join(key + "=" + ("x".join(map(str, value)) if isinstance(value, list) else str(value))
                    for key, value in given.items())


def item_name(case, number):
    index = numpy.unravel_index(number, case["chunk_num"])
    return "-".join("%0*d" % (len(str(n - 1)), i) for i, n in zip(index, case["chunk_num"]))


def make(cases, source):
    """Volumes of zeros that take no room, and a description that has every case as a view."""
    for case in cases:
        numpy.lib.format.open_memmap(os.path.join(source, scan_name(case) + ".npy"), "w+", "u1",
                                     tuple(case["size"]))
    scans = [{"id": "{scan}", "fields": {"image": "{scan}.npy"}}]
    views = {"case%d" % i: parameters(case) for i, case in enumerate(cases)}
    with open(os.path.join(source, "tesserafs.json"), "w") as file:
        json.dump({"scans": scans, "views": {"chunks": views}}, file)


def check_case(case, directory):
    """Names, items.csv and every <item>.json: the recorded chunks in the order of their ids."""
    want = case["chunks"]
    names = [item_name(case, chunk["id"]) for chunk in want]
    assert os.listdir(os.path.join(directory, "image")) == [name + ".npy" for name in names]
    with open(os.path.join(directory, "items.csv")) as file:
        rows = list(csv.DictReader(file))
    assert [row["item"] for row in rows] == names
    found = [[int(row[key % d]) for d in range(3) for key in ("start_%d", "stop_%d")] for row in rows]
    assert found == [chunk["padded"] for chunk in want], directory
    for name, chunk in zip(names, want):
        with open(os.path.join(directory, name + ".json")) as file:
            item = json.load(file)
        assert item["chunk"] == chunk["id"] and item["item"] == name, item
        bare = [x for pair in zip(item["unpadded"]["start"], item["unpadded"]["stop"]) for x in pair]
        assert bare == chunk["coord"], (directory, item, chunk)
        assert chunk.get("name", "-".join(map(str, bare))) == "-".join(map(str, bare))
        shape = [b - a for a, b in pairs(chunk["padded"])]
        assert item["fields"]["image"]["shape"] == shape, (directory, item)
        size = os.path.getsize(os.path.join(directory, "image", name + ".npy"))
        assert size == 128 + int(numpy.prod(shape, dtype="int64")), (directory, name, size)


def check_boxes(cases, mount):
    for case in cases:
        check_case(case, os.path.join(mount, "chunks", view(case), scan_name(case)))


def check_describe(cases, mount):
    for i, case in enumerate(cases):
        check_case(case, os.path.join(mount, "chunks", "case%d" % i, scan_name(case)))


def make_line(rows, source):
    numpy.save(os.path.join(source, "line.npy"), numpy.zeros(max(row[1] for row in rows), "u1"))


def check_floors(rows, mount):
    """Boundaries where double precision and whole numbers differ."""
    for n, extent, k, in_double, _ in rows:
        directory = os.path.join(mount, "chunks", "num=%d,range=0:%d" % (n, extent), "line")
        with open(os.path.join(directory, "items.csv")) as file:
            start = int(list(csv.DictReader(file))[k]["start_0"])
        assert start == in_double, (n, extent, k, start, in_double)


def main(what, vectors, path):
    document = json.load(open(vectors))
    rows = document.get("cases") or document["rows"]
    assert len(rows) >= 17
    {"make": make, "boxes": check_boxes, "describe": check_describe, "make_line": make_line,
     "floors": check_floors}[what](rows, path)


main(*sys.argv[1:])
