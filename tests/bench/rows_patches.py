"""64^3 patches of the gzip-4 volume: the first ones, an epoch, all that overlap, again."""
import itertools

import numpy

from measure import Goal, Row
from mounts import MIB
from readers import beside_ceiling, ceilings, each_file, h5_boxes, library, ours

PATCH = 64
SIZE = 128 + PATCH ** 3
DIRECTORY = "patches/size=64x64x64/chunked/image"
SAMPLED = 200  # boxes for a side whose rate is the same all along


def random_starts(shape, count, seed, size=PATCH):
    highest = [n - size + 1 for n in shape]
    return numpy.random.default_rng(seed).integers(0, highest, (count, 3)).tolist()


def boxes_at(starts):
    return [tuple(slice(a, a + PATCH) for a in start) for start in starts]


def names_at(starts):
    return ["at=%dx%dx%d.npy" % tuple(start) for start in starts]


def cache_mib(data, part):
    """More than the volume; or a quarter of it."""
    volume = int(numpy.prod(data.sizes.chunked)) // MIB
    return 2 * volume if part == "large" else volume // 4


def h5py_sides(data, starts, sample, cache, turns=3):
    """With its default cache of 1 MiB, on a sample (its rate is the same all along), and
    with a cache as large as tesserafs has."""
    source = data.chunked()
    return [library("h5py", h5_boxes(source, boxes_at(sample)), turns=turns),
            library("h5py-fit", h5_boxes(source, boxes_at(starts), cache * MIB), turns=turns)]


def first(data):
    starts = random_starts(data.sizes.chunked, 100, 1)
    cache = cache_mib(data, "large")
    work = each_file(DIRECTORY, names_at(starts), SIZE)
    row = Row("patches-first", "random 64^3 patches of gzip-4 HDF5, cold: the first 100",
              [ours(data.chunked(), work, cache), *h5py_sides(data, starts, starts, cache)],
              processes=(1, 2))
    row.goals = {1: [Goal("h5py", at_least=3)], 2: [Goal("h5py", at_least=2)]}
    return row


def epoch(data, part, least):
    starts = random_starts(data.sizes.chunked, 2000, 2)
    cache = cache_mib(data, part)
    work = each_file(DIRECTORY, names_at(starts), SIZE)
    sample = starts[:SAMPLED]
    fit = starts if part == "large" else sample  # a small cache is in its stride at once
    return Row("patches-epoch-" + part, "an epoch of 2,000 of them, cache %d MiB" % cache,
               [ours(data.chunked(), work, cache), *h5py_sides(data, fit, sample, cache)],
               [Goal("h5py", at_least=least)], processes=(1, 2), repeat=3)


def sample_rows(starts, length):
    """Whole rows of the grid (along its last axis), from all over it."""
    rows = len(starts) // length
    step = max(rows * length // SAMPLED, 1) | 1
    return [start for row in range(0, rows, step)
            for start in starts[row * length:(row + 1) * length]]


def stride(data, part, least):
    """Listed items, in order; h5py reads the same boxes in the same order."""
    steps = [range(0, n - PATCH + 1, 32) for n in data.sizes.chunked]
    starts = list(itertools.product(*steps))
    width = len(str(len(starts) - 1))
    names = ["%0*d.npy" % (width, i) for i in range(len(starts))]
    directory = "patches/size=64x64x64,stride=32x32x32/chunked/image"
    cache = cache_mib(data, part)
    work = each_file(directory, names, SIZE)
    sample = sample_rows(starts, len(steps[2]))
    shape = dict(count=len(starts), suffix=".npy", memory=1024 * MIB)
    return Row("patches-stride-" + part,
               "all %d patches with stride 32, cache %d MiB" % (len(starts), cache),
               [ours(data.chunked(), work, cache),
                *h5py_sides(data, starts, sample, cache, turns=2),
                *ceilings(work, directory, SIZE, **shape),
                *beside_ceiling(work, directory, SIZE, **shape)],
               [Goal("h5py", at_least=least)], repeat=3)


def again(data):
    """Epoch 2: what the kernel has kept."""
    starts = random_starts(data.sizes.chunked, 1000, 3)
    work = each_file(DIRECTORY, names_at(starts), SIZE)
    def warm(place):
        return work(place, 0, 1)
    shape = dict(warm=warm, memory=len(starts) * SIZE)
    cache = cache_mib(data, "large")
    sides = [ours(data.chunked(), work, cache, warm=warm),
             *ceilings(work, DIRECTORY, SIZE, **shape),
             *beside_ceiling(work, DIRECTORY, SIZE, **shape)]
    return Row("patches-again", "1,000 patches again (epoch 2), warm", sides,
               [Goal("ceiling", at_least=0.9)], processes=(1, 2))


ROWS = {
    "patches-first": first,
    "patches-epoch-large": lambda data: epoch(data, "large", 8),
    "patches-epoch-quarter": lambda data: epoch(data, "quarter", 3),
    "patches-stride-large": lambda data: stride(data, "large", 20),
    "patches-stride-quarter": lambda data: stride(data, "quarter", 12),
    "patches-again": again,
}
