"""Whole volumes as one .npy: contiguous HDF5 and gzip-4 HDF5 in chunks."""
import os

import numpy

from measure import Goal, Row
from readers import (beside_ceiling, ceilings, h5_whole, inflate, library, ours, pages_at,
                     server_of, whole_file)


def volume_bytes(shape):
    return 128 + int(numpy.prod(shape))


def contiguous(data):
    source, size = data.contiguous(), volume_bytes(data.sizes.contiguous)
    work = whole_file("scans/contiguous/image.npy")
    sides = [ours(source, work), library("h5py", h5_whole(source)),
             *ceilings(work, "scans/contiguous", size, memory=size),
             *server_of(source, work, "scans/contiguous", size),
             *beside_ceiling(work, "scans/contiguous", size, memory=size)]
    return Row("npy-contiguous", "whole .npy over contiguous HDF5, cold", sides,
               [Goal("ceiling", at_least=0.85)], unit="B")


def chunked(data):
    source, size = data.chunked(), volume_bytes(data.sizes.chunked)
    work = whole_file("scans/chunked/image.npy")
    alone = inflate("zlib", source, data.chunk_list(), os.cpu_count(), size)
    sides = [ours(source, work), library("h5py", h5_whole(source), turns=3),
             library("libdeflate", alone, own_clock=True)]
    return Row("npy-gzip", "whole .npy over gzip-4 HDF5 (64^3 chunks), cold", sides,
               [Goal("h5py", at_least=3.5), Goal("libdeflate", at_least=0.8)], unit="B")


def random_pages(data):
    source, size = data.contiguous(), volume_bytes(data.sizes.contiguous)
    offsets = numpy.random.default_rng(6).permutation(size // 4096)[:4000] * 4096
    work = pages_at("scans/contiguous/image.npy", [int(offset) for offset in offsets])
    sides = [ours(source, work), *ceilings(work, "scans/contiguous", size, memory=size),
             *server_of(source, work, "scans/contiguous", size),
             *beside_ceiling(work, "scans/contiguous", size, memory=size)]
    return Row("random-4k", "4 KiB random reads of a virtual file over contiguous HDF5, cold",
               sides, [Goal("ceiling", at_least=0.8)])


ROWS = {"npy-contiguous": contiguous, "npy-gzip": chunked, "random-4k": random_pages}
