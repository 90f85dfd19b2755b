"""Patches of a .nii.gz, boxes of a stack of PNGs and of tiles."""
import itertools
import json
import os
import subprocess

import numpy

from measure import Goal, Row
from mounts import TESSERAFS
from readers import (each_file, inflate, library, nifti_boxes, nifti_in_memory, ours, png_boxes,
                     tile_boxes)
from rows_patches import PATCH, boxes_at, names_at, random_starts

BOX = (64, 256, 256)
CORES = os.cpu_count()


def nifti_parts(data):
    starts = random_starts(data.sizes.nifti, 500, 4)
    size = 128 + 2 * PATCH ** 3
    return starts, "patches/size=64x64x64/brain/image", size


def nifti(data):
    starts, directory, size = nifti_parts(data)
    work = each_file(directory, names_at(starts), size)
    boxes = boxes_at(starts)
    sides = [ours(data.nifti(), work),
             library("nibabel", nifti_boxes(data.nifti(), boxes[:25]), turns=3),
             library("nibabel in RAM", nifti_in_memory(data.nifti(), boxes))]
    return Row("nifti-patches", "500 random 64^3 patches of a %.0f MB .nii.gz, cold"
               % (os.path.getsize(data.nifti()) / 1e6), sides, [Goal("nibabel", at_least=100)])


def nifti_first(data):
    starts, directory, size = nifti_parts(data)
    alone = inflate("gzip", data.nifti(), data.gzip_list(), 1, 1)
    sides = [ours(data.nifti(), each_file(directory, names_at(starts[:1]), size)),
             library("libdeflate", alone, own_clock=True)]
    return Row("nifti-first", "the first of them", sides, [Goal("libdeflate", at_most=1.3)],
               unit="s")


def box_at(start):
    return tuple(slice(a, a + n) for a, n in zip(start, BOX))


def covering(data):
    """Boxes that are the whole stack together."""
    return list(itertools.product(*(range(0, n - m + 1, m)
                                    for n, m in zip(data.sizes.stack, BOX))))


def stack_starts(data):
    """(boxes that share no page, boxes anywhere)"""
    rng = numpy.random.default_rng(5)
    depth, height, width = data.sizes.stack
    apart = [(z, int(rng.integers(0, height - 255)), int(rng.integers(0, width - 255)))
             for z in range(0, depth, BOX[0])]
    highest = [n - m + 1 for n, m in zip(data.sizes.stack, BOX)]
    return apart, rng.integers(0, highest, (100, 3)).tolist()


def box_files(scan, starts):
    directory = "patches/size=64x256x256/%s/image" % scan
    return each_file(directory, names_at(starts), 128 + int(numpy.prod(BOX)))


def boxes_first(name, title, data, source, scan, pillow):
    apart, _ = stack_starts(data)
    sides = [ours(source, box_files(scan, apart)),
             library("Pillow", pillow([box_at(start) for start in apart]), turns=3)]
    return Row(name, title + ", first, readers on every core", sides,
               [Goal("Pillow", at_least=1.5)], processes=(CORES,))


def boxes_overlapping(name, title, data, source, scan, pillow):
    """Of pages that were all decoded before: by boxes, none of which is read again."""
    _, anywhere = stack_starts(data)
    once = box_files(scan, covering(data))
    sides = [ours(source, box_files(scan, anywhere), warm=lambda place: once(place, 0, 1)),
             library("Pillow", pillow([box_at(start) for start in anywhere[:4]]), turns=3)]
    return Row(name, title + ", overlapping", sides, [Goal("Pillow", at_least=50)])


def stack_row(make, name, data):
    title = "64x256x256 boxes of a PNG stack (%d pages of 1024^2)" % data.sizes.stack[0]
    return make(name, title, data, data.stack(), "stack",
                lambda boxes: png_boxes(data.stack(), boxes))


def knows_gather():
    schema = subprocess.run([TESSERAFS, "--schema"], stdout=subprocess.PIPE, check=True).stdout
    return b'"gather"' in schema


def tiles_description(data):
    path = os.path.join(data.directory, "tiles.json")
    gather = {"z": {"axis": 0}, "row": {"axis": 0, "how": "concat"},
              "column": {"axis": 1, "how": "concat"}}
    scan = {"id": "em", "fields": {"image": "tiles/{z}_{row}_{column}.png"}, "gather": gather}
    with open(path, "w") as file:
        json.dump({"scans": [scan]}, file)
    return path


def tiles_row(make, name, data):
    title = "the same from 4x4 tiles a page"
    if not knows_gather():
        return Row(name, title, [], skipped="the program does not know 'gather' yet")
    tiles = data.tiles()
    return make(name, title, data, tiles_description(data), "em",
                lambda boxes: tile_boxes(tiles, boxes, data.sizes.stack[1] // 4))


ROWS = {
    "nifti-patches": nifti,
    "nifti-first": nifti_first,
    "png-first": lambda data: stack_row(boxes_first, "png-first", data),
    "png-overlapping": lambda data: stack_row(boxes_overlapping, "png-overlapping", data),
    "tiles-first": lambda data: tiles_row(boxes_first, "tiles-first", data),
    "tiles-overlapping": lambda data: tiles_row(boxes_overlapping, "tiles-overlapping", data),
}
