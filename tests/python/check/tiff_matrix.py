"""TIFF through a mount, every compression × element type × predictor × layout × what lies beyond the last
row, against the array that was written, tifffile (what it decodes without imagecodecs) and tiffcp -c none.

    tiff_matrix.py make DIRECTORY PART PARTS             writes each PARTS-th file, the PART-th of them first
    tiff_matrix.py check DIRECTORY MOUNT PART PARTS EVERY     compares them; each EVERY-th with tiffcp"""
import io
import itertools
import logging
import os
import shutil
import subprocess
import sys

import numpy
import tifffile

import tiff_by_hand as by_hand

logging.disable(logging.CRITICAL)
HEIGHT, WIDTH = 21, 37
TYPES = [("b", 1)] + [("u", bits) for bits in (*range(2, 18), 20, 23, 24, 25, 31, 32, 33, 40, 63, 64)] + \
        [("i", bits) for bits in (8, 12, 16, 24, 32, 64)] + [("f", 16), ("f", 32), ("f", 64), ("c", 64), ("c", 128)]
LAYOUTS = {  # what the last strip or the tiles hold beyond what is asked of them
    "strips": dict(rows=8), "full": dict(rows=8, pad=True), "extra": dict(rows=8, extra=b"\x5a" * 300),
    "one": dict(), "tall": dict(tags=((278, [2**32 - 1]),), extra=b"\x5a" * 9),
    "tail": dict(rows=8, trailing=b"\xa5\xa5"),
    "tiles": dict(tile=(16, 16)), "tilesextra": dict(tile=(32, 48), extra=b"\x5a" * 300),
}
CODECS = {"none": by_hand.NONE, "lzw": by_hand.LZW, "deflate": by_hand.DEFLATE, "olddeflate": by_hand.OLD_DEFLATE,
          "packbits": by_hand.PACKBITS, "lzma": by_hand.LZMA, "zstd": by_hand.ZSTD}
PLANES = {"": (), "contig": (3,), "planar": (3,)}
# as tiffcp writes them; lossy ones are compared with tiffcp alone
BY_TIFFCP = ("zip", "zip:2", "zip:3", "lzw", "lzw:2", "lzma:2", "zstd", "zstd:2", "zstd:3", "packbits",
             "g3:1d", "g3:2d:fill", "g4", "jpeg", "jpeg:r", "webp", "lerc", "lerc:s1", "lerc:s2")
TIFFCP_HOW = {"strips": ("-r", "8"), "tiles": ("-t", "-w", "32", "-l", "16"), "big": ("-r", "8", "-B")}
TIFFCP_TYPES = (("b", 1), ("u", 8), ("u", 12), ("u", 16), ("u", 24), ("u", 64), ("i", 16), ("f", 32), ("f", 64))


def draw(rng, kind, bits, shape):
    """Rows with repetitions, so that what compresses also repeats."""
    if kind == "b":
        return rng.random(shape) < 0.3
    size = next(size for size in (1, 2, 4, 8, 16) if 8 * size >= bits)
    if kind in "fc":
        values = rng.normal(size=shape).astype(f"f{size}" if kind == "f" else "f8")
        return values if kind == "f" else (values - 2j * values).astype(f"c{size}")
    values = rng.integers(0, 256, shape + (size,), dtype="u1").view(f"u{size}")[..., 0]
    values[:, 3:9] = values[:, 3:4]
    unused = values.dtype.type(8 * size - bits)
    if kind == "u":
        return values >> unused
    return values.view(f"i{size}") >> unused.view(f"i{size}")


def cases():
    """(name, how it is written, element type): by hand; how None: through tiffcp"""
    for codec, (kind, bits), predictor, layout, planes, order, fill in itertools.product(
            CODECS, TYPES, (1, 2, 3), LAYOUTS, PLANES, "<>", (1, 2)):
        if predictor == 3 and kind != "f" or predictor == 2 and kind == "c":
            continue
        name = f"{codec}_{kind}{bits}_predictor{predictor}_{layout}{planes}_{'le' if order == '<' else 'be'}_{fill}"
        yield name, dict(codec=CODECS[codec], bits=bits, predictor=predictor, order=order, fill=fill,
                         planar=planes == "planar", **LAYOUTS[layout]), (kind, bits, PLANES[planes])
    for codec, (kind, bits), how, samples, height in itertools.product(
            BY_TIFFCP, TIFFCP_TYPES, TIFFCP_HOW, (1, 3), (HEIGHT, 24)):
        # libtiff encodes but the first sample of a row, and swaps floats before it transforms them: it does not
        # read back what was written
        if codec.startswith("g") and samples > 1 or how == "big" and (
                codec.endswith(":3") or codec.startswith("lerc") and kind == "f"):
            continue
        yield f"tiffcp_{codec.replace(':', '-')}_{kind}{bits}_{how}{samples}_{height}", None, \
            (kind, bits, (3,) if samples == 3 else (), codec, how, height)


def make_by_tiffcp(path, array, bits, codec, how, height):
    """24 rows in strips of 8, of which the directory then says that they are fewer: as writers do that pad.
    Returns whether libtiff does it."""
    bare = path + ".bare"
    colour = (array.ndim, array.dtype) == (3, "u1")
    by_hand.write(bare, array, bits=bits, tags=((262, [2]), (338, [])) if colour else ())
    done = subprocess.run(["tiffcp", "-c", codec, *TIFFCP_HOW[how], bare, path], capture_output=True)
    os.unlink(bare)
    if done.returncode or b"rror" in done.stderr:
        if os.path.exists(path):
            os.unlink(path)
        return False
    if height != len(array):
        with tifffile.TiffFile(path, mode="r+b") as file:
            file.pages[0].tags[257].overwrite(height)
    return True


def chosen(part, parts):
    for number, (name, how, (kind, bits, planes, *more)) in enumerate(cases()):
        if number % parts == part:
            rng = numpy.random.default_rng(number)
            yield name, how, draw(rng, kind, bits, (24 if more else HEIGHT, WIDTH) + planes), bits, more


def make(directory, part, parts):
    made = 0
    for name, how, array, bits, more in chosen(part, parts):
        path = f"{directory}/{name}.tif"
        if how:
            by_hand.write(path, array, **how)
        made += how is not None or make_by_tiffcp(path, array, bits, *more)
    print(made)


def same(a, b):
    return a is not None and b is not None and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def by_tifffile(path):
    """None: it cannot, or has no such element type."""
    try:
        with tifffile.TiffFile(path) as file:
            return file.asarray() if file.pages[0].dtype is not None else None
    except (ValueError, NotImplementedError, LookupError):
        return None


def by_tiffcp(path, copy):
    if os.path.exists(copy):
        os.unlink(copy)
    done = subprocess.run(["tiffcp", "-c", "none", "-f", "msb2lsb", path, copy], capture_output=True)
    return None if done.returncode or b"rror" in done.stderr else by_tifffile(copy)


def tifffile_errs(name):
    """Without imagecodecs it sums the differences of bits by 'or'."""
    return "_b1_predictor2" in name


def tiffcp_errs(name):
    """libtiff 4.5: has no predictor there; copies the first plane of tiles; and what this test is about, zeros
    at the end of a deflate piece that holds more."""
    if name.startswith("tiffcp_zip"):
        return name.endswith("_21")
    codec, _, predictor, layout = name.split("_")[:4]
    return (codec in ("none", "packbits") and predictor != "predictor1" or layout.endswith("planar") and "tiles" in layout
            or "deflate" in codec and layout.startswith(("full", "extra", "tall", "tilesextra")))


def longer(path, copy):
    """The file before its directory said that it is shorter."""
    shutil.copy(path, copy)
    with tifffile.TiffFile(copy, mode="r+b") as file:
        file.pages[0].tags[257].overwrite(24)
    return copy


def check(directory, mount, part, parts, every):
    counts = dict.fromkeys(("files", "equal", "tifffile", "tifffile_equal", "tiffcp", "tiffcp_equal", "faults"), 0)
    for name, how, array, bits, more in chosen(part, parts):
        path, shown = f"{directory}/{name}.tif", None
        if not os.path.exists(path):
            continue
        counts["files"] += 1
        try:
            with open(f"{mount}/scans/{name}/image.npy", "rb") as file:
                shown = numpy.load(io.BytesIO(file.read()))
        except OSError as error:
            print(name, error)
        lossy = more and more[0].startswith(("jpeg", "webp"))
        copied = by_tiffcp(path, directory + ".copy.tif") if lossy or counts["files"] % every == 0 else None
        wanted = array[:more[2]] if more else numpy.moveaxis(array, 2, 0) if how["planar"] else array
        if lossy and copied is not None:
            wanted = copied
        elif lossy:
            # libtiff refuses WebP strips that hold more than their rows: they are what the whole image is
            wanted = by_tiffcp(longer(path, directory + ".long.tif"), directory + ".copy.tif")[:more[2]]
        good = same(shown, wanted)
        counts["equal"] += good
        if not good:
            counts["faults"] += 1
            print("differs from what was written:", name)
        for reader, other, errs in (("tifffile", by_tifffile(path), tifffile_errs(name)),
                                    ("tiffcp", copied, tiffcp_errs(name))):
            if other is None or errs:
                continue
            counts[reader] += 1
            counts[reader + "_equal"] += same(shown, other)
            if not same(shown, other):
                counts["faults"] += 1
                print(f"not as {reader} shows it:", name)
    print(" ".join(f"{key}={value}" for key, value in counts.items()))
    return counts["faults"] or not counts["files"]


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        sys.exit(bool(check(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))))
