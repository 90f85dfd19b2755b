#!/usr/bin/python3
"""Opens every file of a directory with its usual reader and compares with numpy's own
array of that name: <dtype>_<tag>_<shape>.<ext>; see encoding_items.h."""
import io
import os
import shutil
import struct
import subprocess
import sys
import warnings
import zlib

import h5py
import nibabel
import numpy
import PIL.Image
import tifffile

AFFINES = {
    "scaled": [[-0.75, 0, 0, 90.5], [0, 1.25, 0, -126], [0, 0, 3, -72.25], [0, 0, 0, 1]],
    "sheared": [[1, 0.25, 0, 1], [0, 2, 0, 2], [0, 0, 3, 3], [0, 0, 0, 1]],
    "flat": [[2, 0, 0, 1], [0, 2, 0, 2], [0, 0, 0, 3], [0, 0, 0, 1]],
}


def rotated(degrees, mirror):
    x, y, z = numpy.deg2rad(degrees)
    c, s = numpy.cos, numpy.sin
    affine = numpy.eye(4)
    affine[:3, :3] = (
        numpy.array([[c(z), -s(z), 0], [s(z), c(z), 0], [0, 0, 1]])
        @ numpy.array([[c(y), 0, s(y)], [0, 1, 0], [-s(y), 0, c(y)]])
        @ numpy.array([[1, 0, 0], [0, c(x), -s(x)], [0, s(x), c(x)]])
        @ numpy.diag([0.5, 1.5, 4.0 * mirror])
    )
    affine[:3, 3] = [-7, 3.25, 13.5]
    return affine


DEGREES = [(20, 30, 40), (180, 0, 0), (0, 180, 0), (179.99, 0.02, 0.01), (90, -90, 0),
           (-120, 15, 77), (180, 33, 0), (0.001, 180, 45)]
AFFINES.update(
    ("rotated%d" % i, rotated(d, -1 if i % 2 else 1)) for i, d in enumerate(DEGREES)
)


def expected(dtype, shape):
    i = numpy.arange(int(numpy.prod(shape, dtype=numpy.int64)))
    if dtype == "bool":
        values = i % 3 == 0
    elif dtype == "float16":
        values = i % 2048
    elif dtype.startswith("complex"):
        values = i - 1j * (i // 2)
    else:
        values = i
    return values.astype(dtype).reshape(shape)


def same(found, want):
    found = numpy.asarray(found)
    assert found.shape == want.shape, (found.shape, want.shape)
    assert found.dtype == want.dtype, (found.dtype, want.dtype)
    assert numpy.array_equal(found, want), "values differ"


def quiet(*command):
    """A checker of the format: success and nothing that sounds like a warning."""
    if not shutil.which(command[0]):
        return ""
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = run.stdout.decode(errors="replace").replace("session_error", "")
    assert run.returncode == 0, text
    assert "warning" not in text.lower() and "error" not in text.lower(), text
    return text


def check_raw(path, want, tag):
    assert open(path, "rb").read() == want.tobytes()


def check_npy(path, want, tag):
    saved = io.BytesIO()
    numpy.save(saved, want)
    assert open(path, "rb").read() == saved.getvalue(), "not numpy.save's bytes"
    same(numpy.load(path), want)


def check_affine(image, tag, shape):
    affine = numpy.array(AFFINES[tag])
    header = image.header
    assert numpy.allclose(image.affine, affine, rtol=1e-6, atol=1e-6), image.affine
    assert header.get_xyzt_units() == ("mm", "sec")
    lengths = numpy.sqrt((affine[:3, :3] ** 2).sum(0))
    lengths[lengths == 0] = 1
    assert numpy.allclose(header["pixdim"][1:4], lengths, rtol=1e-6)
    if len(shape) > 3:
        assert header["pixdim"][4] == 2.5
    # a NIfTI-1 quaternion cannot state a turn that is within 1e-4 of a half turn
    if tag in ("sheared", "flat") or (tag == "rotated3" and shape[0] < 32768):
        assert header["qform_code"] == 0
    else:
        code = {4: 2, 2: 4, 3: 1}[len(shape)]
        assert header["qform_code"] == code and header["sform_code"] == code, code
        off = numpy.abs(image.get_qform() - affine).max()
        assert off < 4 * 1e-4, "qform is off by %g" % off


def check_nii(path, want, tag):
    if want.dtype == bool:
        want = want.astype("uint8")
    if want.dtype == numpy.float16:
        want = want.astype("float32")
    image = nibabel.load(path)
    same(image.dataobj, want)
    assert type(image).__name__ == ("Nifti2Image" if max(want.shape) > 32767 else "Nifti1Image")
    assert image.dataobj.slope == 1 and image.dataobj.inter == 0
    if tag in AFFINES:
        check_affine(image, tag, want.shape)
    else:
        assert numpy.array_equal(image.affine, numpy.eye(4))
        assert image.get_sform(coded=True)[1] == 2
        assert numpy.array_equal(image.get_qform(), numpy.eye(4))
    if max(want.shape) <= 32767:  # -check_hdr knows NIfTI-1 only
        assert "GOOD" in (quiet("nifti_tool", "-check_hdr", "-infiles", path) or "GOOD")
    quiet("nifti_tool", "-disp_nim", "-infiles", path)
    quiet("nifti_tool", "-disp_hdr", "-infiles", path)


def check_nii_gz(path, want, tag):
    check_nii(path, want, tag)
    quiet("gzip", "-t", path)


def check_h5(path, want, tag):
    field = "a/b c/\u00e9t\u00e9" if tag == "nested" else "image"
    with h5py.File(path, "r") as file:
        same(file[field][()], want)
        assert file[field].chunks is None
    quiet("h5dump", "-H", path)


def png_samples(path):
    """The samples by zlib and numpy alone: Pillow shows 16-bit colour as 8-bit."""
    data = open(path, "rb").read()
    at, idat, ihdr = 8, b"", None
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert zlib.crc32(name + body) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
        ihdr = body if name == b"IHDR" else ihdr
        idat += body if name == b"IDAT" else b""
        at += 12 + size
    width, height, depth, colour = struct.unpack(">IIBB", ihdr[:10])
    samples = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    rows = numpy.frombuffer(zlib.decompress(idat), "u1").reshape(height, -1)
    assert not rows[:, 0].any()
    if depth == 1:
        return numpy.unpackbits(rows[:, 1:].copy(), axis=1)[:, :width].astype(bool)
    pixels = rows[:, 1:].copy().view(">u%d" % (depth // 8)).astype("u%d" % (depth // 8))
    return pixels.reshape((height, width, samples) if samples > 1 else (height, width))


def check_png(path, want, tag):
    same(png_samples(path), want)
    with PIL.Image.open(path) as image:
        shown = numpy.array(image)
    if want.dtype != numpy.uint16:
        same(shown, want)
    elif want.ndim == 2:
        assert numpy.array_equal(shown, want)
    if shutil.which("pngcheck"):
        assert "No errors detected" in subprocess.check_output(["pngcheck", "-v", path]).decode()


def check_tif_pillow(path, want, tag):
    """Pillow shows the pages of what it knows."""
    colour = tag == "colour" and want.dtype == numpy.uint8 and want.shape[-1] in (3, 4)
    if not colour and want.dtype.name not in ("bool", "uint8", "uint16", "int32", "float32"):
        return
    if tag == "colour" and not colour and want.shape[-1] in (3, 4):
        return
    pages = want.reshape((-1,) + want.shape[-3:] if colour else (-1,) + want.shape[-2:])
    with PIL.Image.open(path) as image:
        assert image.n_frames == len(pages), image.n_frames
        for i in {0, len(pages) // 2, len(pages) - 1}:
            image.seek(i)
            assert numpy.array_equal(numpy.array(image), pages[i]), "Pillow's page %d" % i


def check_tif(path, want, tag):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(tifffile.imread(path), want)
        if want.dtype not in (bool, "complex128"):  # tifffile maps whole bytes, up to 8
            same(tifffile.memmap(path, mode="r"), want)
    if want.ndim >= 2:
        check_tif_pillow(path, want, tag)
    quiet("tiffinfo", path)


def main():
    checks = {
        "raw": check_raw, "npy": check_npy, "nii": check_nii, "nii.gz": check_nii_gz,
        "h5": check_h5, "png": check_png, "tif": check_tif,
    }
    failed, counts = 0, dict.fromkeys(checks, 0)
    for name in sorted(os.listdir(sys.argv[1])):
        stem, ext = name.split(".", 1)
        dtype, tag, shape = stem.split("_")
        shape = () if shape == "scalar" else tuple(int(n) for n in shape.split("x"))
        counts[ext] += 1
        try:
            checks[ext](os.path.join(sys.argv[1], name), expected(dtype, shape), tag)
        except Exception as problem:
            print("%s: %s: %s" % (name, type(problem).__name__, problem))
            failed += 1
    if failed or not all(counts.values()):
        print("%d of %d files are wrong (%s)" % (failed, sum(counts.values()), counts))
        return 1
    return 0


sys.exit(main())
