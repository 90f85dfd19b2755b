"""Any cut: random (offset, length) reads, in random order, from eight threads, give the bytes of
one sequential read.

    anycut.py make FORMAT DIRECTORY     a small volume of every dtype that the format can hold
    anycut.py check MOUNT FRESH SEED    MOUNT is read once, in sequence; FRESH (another mount of the
                                        same) in random cuts

The cuts are read with O_DIRECT: past the page cache and its readahead, so that each reaches the
program as it is.  Then once more through the page cache, dropped before, and through a mapping."""
import errno
import mmap
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import h5py
import nibabel
import numpy
import tifffile
from PIL import Image

SHAPE = (7, 33, 41)  # no extent divides another, a chunk or a patch
THREADS, CUTS = 8, 30
EXTENSIONS = ("npy", "nii", "nii.gz", "h5", "raw", "tif", "png")
NUMBERS = ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"]


def volume(dtype):
    random_bits = numpy.random.default_rng(len(dtype)).integers(0, 1 << 31, SHAPE)
    kind = numpy.dtype(dtype).kind
    if kind == "b":
        return random_bits % 2 == 1
    if kind == "c":
        return (random_bits - 1j * random_bits[::-1]).astype(dtype)
    return (random_bits / 65536 if kind == "f" else random_bits).astype(dtype)


def write_h5(path, array, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("image", data=array, **options)


def write_stack(directory, array):
    os.mkdir(directory)
    for i, page in enumerate(array):
        Image.fromarray(page).save("%s/%d.png" % (directory, i))


def write_nii(path, array):
    nibabel.save(nibabel.Nifti1Image(array, numpy.diag([1.0, 2.0, 3.0, 1.0]), dtype=array.dtype), path)


FORMATS = {
    "npy": ("npy", NUMBERS + ["?", "<f2", "<c8", "<c16", ">u2", ">f8"], numpy.save),
    "fortran": ("npy", NUMBERS + [">i4"], lambda p, a: numpy.save(p, numpy.asfortranarray(a))),
    "h5": ("h5", NUMBERS + ["?", "<f2", ">u2", ">f4"],
           lambda p, a: write_h5(p, a, chunks=(3, 16, 16), compression="gzip", shuffle=True)),
    "contiguous": ("h5", NUMBERS + [">u2", ">f4"], write_h5),
    "scaleoffset": ("h5", NUMBERS[:8],
                    lambda p, a: write_h5(p, a, chunks=(3, 16, 16), scaleoffset=0)),
    "nii": ("nii", NUMBERS + ["<c8"], write_nii),
    "nii.gz": ("nii.gz", NUMBERS + ["<c8"], write_nii),
    "tif": ("tif", NUMBERS, lambda p, a: tifffile.imwrite(p, a, compression="zlib", rowsperstrip=5,
                                                          photometric="minisblack")),
    "png": ("stack", ["u1", "<u2", "?"], write_stack),
}


def make(name, directory):
    extension, dtypes, write = FORMATS[name]
    os.makedirs(directory, exist_ok=True)
    for dtype in dtypes:
        scan = numpy.dtype(dtype).name + ("-big" if dtype[0] == ">" else "")
        write(os.path.join(directory, scan if extension == "stack" else scan + "." + extension),
              volume(dtype))
    return len(dtypes)


def paths_of(scan):
    """Whole, cut with steps, a padded patch, slices: in every encoding that has a name here."""
    for extension in EXTENSIONS:
        yield "scans/%s/image.%s" % (scan, extension)
        yield "scans/%s/image[::-1,3:,-2:1:-3].%s" % (scan, extension)
        yield "scans/%s/image[4,::2].%s" % (scan, extension)
        yield "patches/size=5x16x20/%s/image/at=-2x9x30.%s" % (scan, extension)
        yield "slices/axis=1,window=3/%s/image/32.%s" % (scan, extension)


def read_in_sequence(path):
    with open(path, "rb", buffering=0) as file:
        pieces = []
        while piece := file.read(65536):
            pieces.append(piece)
    return b"".join(pieces)


def cut_of(rng, size):
    """Mostly small and anywhere; some long, some at or past the end."""
    offset = rng.randrange(size + 1)
    longest = rng.choice((1, 16, 600, 5000, size))
    return offset, rng.randint(1, longest)


def check_cuts(pool, rng, whole, flags, prepare=None):
    """Reads cuts of all files, mixed; whole: path -> its bytes."""
    opened = {path: os.open(path, os.O_RDONLY | flags) for path in whole}
    try:
        if prepare:
            for fd in opened.values():
                prepare(fd)
        tasks = [(path, *cut_of(rng, len(data))) for path, data in whole.items() for _ in range(CUTS)]
        rng.shuffle(tasks)

        def check(task):
            path, offset, length = task
            got = os.pread(opened[path], length, offset)
            assert got == whole[path][offset : offset + length], (path, offset, length, len(got))

        list(pool.map(check, tasks))
    finally:
        for fd in opened.values():
            os.close(fd)
    return len(tasks)


def drop_pages(fd):
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def check_mapped(pool, rng, whole):
    def check(item):
        path, data, seed = item
        cuts = random.Random(seed)
        with open(path, "rb") as file:
            drop_pages(file.fileno())
            with mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ) as mapped:
                for _ in range(CUTS):
                    offset, length = cut_of(cuts, len(data))
                    assert mapped[offset : offset + length] == data[offset : offset + length], path

    list(pool.map(check, [(path, data, rng.random()) for path, data in whole.items()]))


def check_scan(pool, rng, mount, fresh, scan):
    whole = {}
    for path in paths_of(scan):
        try:
            whole[os.path.join(fresh, path)] = read_in_sequence(os.path.join(mount, path))
        except OSError as error:  # this encoding cannot hold it
            assert error.errno in (errno.ENOENT, errno.EINVAL), (path, error)
    assert len(whole) >= 20, (scan, "only", len(whole), "files")
    n = check_cuts(pool, rng, whole, os.O_DIRECT)
    n += check_cuts(pool, rng, whole, 0, drop_pages)
    check_mapped(pool, rng, whole)
    return len(whole), n


def main():
    if sys.argv[1] == "make":
        print(make(*sys.argv[2:]))
        return
    mount, fresh, seed = sys.argv[2:]
    rng = random.Random(int(seed))
    scans = sorted(os.listdir(os.path.join(mount, "scans")))
    with ThreadPoolExecutor(THREADS) as pool:
        counts = [check_scan(pool, rng, mount, fresh, scan) for scan in scans]
    print(len(scans), "scans,", sum(c[0] for c in counts), "files,", sum(c[1] for c in counts), "cuts")


main()
