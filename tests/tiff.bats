#!/usr/bin/env bats
# TIFF: what each compression, predictor, element type and layout holds, and what a file does not hold.

load helpers

@test "TIFF: compressions x types x predictors x strips and tiles that hold more than their rows: as written, as tifffile and tiffcp show it" {
  local matrix=$BATS_TEST_DIRNAME/python/check/tiff_matrix.py
  mkdir "$TMP/source"
  # every 97th of 53,000 files; `tiff_matrix.py make DIRECTORY 0 1` makes all
  python "$matrix" make "$TMP/source" 5 97
  mount_tree "$TMP/source"
  run python "$matrix" check "$TMP/source" "$MNT" 5 97 5
  echo "$output"
  [ "$status" -eq 0 ]
}

# bats test_tags=sanitize
@test "TIFF: what is not in the file, is too short or has a wrong checksum is an error, never zeros" {
  mkdir "$TMP/source"
  python - "$TMP/source" <<'E'
import os, sys, zlib
import numpy
import tiff_by_hand as by_hand
os.chdir(sys.argv[1])
a = numpy.random.default_rng(1).integers(1, 255, (40, 30), dtype="u1")
def stored(name, **how):
    by_hand.write(name + ".tif", a, **how)
def piece(number, new):
    return lambda at, data: new(data) if at == number else data
def flip(data):
    return data[:-1] + bytes([data[-1] ^ 1])
# strip 1 of 4 (or tile 1 of 6) is bad, the others are good
strips, tiles = dict(rows=10), dict(tile=(16, 16))
for codec, name in (by_hand.NONE, "none"), (by_hand.DEFLATE, "deflate"), (by_hand.OLD_DEFLATE, "olddeflate"), \
        (by_hand.PACKBITS, "packbits"), (by_hand.LZW, "lzw"), (by_hand.LZMA, "lzma"), (by_hand.ZSTD, "zstd"):
    for layout, how in ("strips", strips), ("tiles", tiles):
        stored(f"1_sparse_{name}_{layout}", codec=codec, change=piece(1, lambda data: None), **how)
        stored(f"1_cut_{name}_{layout}", codec=codec, change=piece(1, lambda data: data[: len(data) // 2]), **how)
for layout, how in ("strips", strips), ("tiles", tiles):
    stored(f"1_short_deflate_{layout}", codec=by_hand.DEFLATE,
           change=piece(1, lambda data: zlib.compress(zlib.decompress(data)[:-1])), **how)
    stored(f"1_adler_{layout}", codec=by_hand.DEFLATE, change=piece(1, flip), **how)
    stored(f"1_adlerextra_{layout}", codec=by_hand.DEFLATE, extra=bytes(5000), change=piece(1, flip), **how)
    stored(f"1_noend_{layout}", codec=by_hand.DEFLATE, extra=bytes(5000), change=piece(1, lambda data: data[:-5]), **how)
stored("1_packbitsrun_strips", codec=by_hand.PACKBITS, change=piece(1, lambda data: data[:-2]), **strips)
# nothing of it can be read
stored("all_zerooffset", tags=((273, [0]),))
stored("all_zerooffsetcount", tags=((273, [0]), (279, [0])))
stored("all_header", tags=((273, [4]),))
stored("all_adler", codec=by_hand.DEFLATE, change=piece(0, flip))
stored("all_zerocount", codec=by_hand.DEFLATE, tags=((279, [0]),))
b = numpy.random.default_rng(1).integers(1, 4000, (40, 30), dtype="u2")
by_hand.write("all_zerooffset12.tif", b, bits=12, tags=((273, [0]),))
# the first of several uncompressed strips; and none of them
stored("0_zerooffset_strips", change=piece(0, lambda data: None), **strips)
stored("all_zerooffsets", tags=((273, [0] * 4),), **strips)
E
  mount_tree "$TMP/source" 2>/dev/null
  run python - "$TMP/source" "$MNT" <<'E'
import glob, io, os, sys
import numpy
a = numpy.random.default_rng(1).integers(1, 255, (40, 30), dtype="u1")
def read(name, cut=""):
    with open(f"{sys.argv[2]}/scans/{name}/image{cut}.npy", "rb") as file:
        return numpy.load(io.BytesIO(file.read()))
files = sorted(os.path.basename(path)[:-4] for path in glob.glob(sys.argv[1] + "/*.tif"))
assert len(files) > 40, files
for name in files:
    which, *_, layout = name.split("_")
    try:
        read(name)
        print("no error:", name)
    except OSError as error:
        assert error.errno == 5, (name, error)
    if which == "all":
        continue
    # the good pieces of a file with a bad one
    bad = numpy.zeros(a.shape, bool)
    if layout == "tiles":
        bad[:16, 16:] = True
    else:
        bad[10 * int(which) : 10 * int(which) + 10] = True
    for rows, columns in (slice(0, 10), slice(0, 16)), (slice(10, 16), slice(0, 16)), (slice(20, 40), slice(0, 30)):
        cut = f"[{rows.start}:{rows.stop},{columns.start}:{columns.stop}]"
        if not bad[rows, columns].any():
            assert (read(name, cut) == a[rows, columns]).all(), (name, cut)
E
  echo "$output"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  run "$TESSERAFS" --check "$TMP/source"
  [ "$status" -eq 2 ]
  grep -q 'adlerextra_strips.tif: tiff page 0, strip 1: its deflate stream: incorrect data check' <<<"$output"
  grep -q 'all_zerooffset.tif: tiff page 0, strip 0: there is no data for it (offset 0, 1200 bytes)' <<<"$output"
}

@test "TIFF: a last tile that ends with the image is as tifffile shows it" {
  mkdir "$TMP/source"
  python - "$TMP/source" <<'E'
import os, sys, zlib
import numpy, tifffile
import tiff_by_hand as by_hand
os.chdir(sys.argv[1])
a = numpy.random.default_rng(1).integers(1, 255, (40, 30), dtype="u1")
for codec in by_hand.NONE, by_hand.DEFLATE:
    def last_rows(at, data):
        data = zlib.decompress(data) if codec != by_hand.NONE else data
        return by_hand.COMPRESS[codec](data[: 8 * 16] if at >= 4 else data)
    by_hand.write(f"{codec}.tif", a, codec=codec, tile=(16, 16), change=last_rows)
    assert (tifffile.imread(f"{codec}.tif") == a).all()
    numpy.save(f"../{codec}.npy", a)
E
  mount_tree "$TMP/source/1.tif"
  cmp "$MNT/scans/1/image.npy" "$TMP/1.npy"
  mount_tree "$TMP/source/8.tif"
  cmp "$MNT/scans/8/image.npy" "$TMP/8.npy"
}

# Pyramids as their writers make them, one of each.
make_pyramids() { # directory
  python - "$1" <<'E'
import os, sys
import numpy
import tifffile
os.chdir(sys.argv[1])
rng = numpy.random.default_rng(1)
def levels(*shape, dtype="u2", n=3, axis=0):
    top = rng.integers(0, 255, shape).astype(dtype)
    step = [slice(None)] * len(shape)
    for level in range(n):
        step[axis] = step[axis + 1] = slice(None, None, 2**level)
        yield numpy.ascontiguousarray(top[tuple(step)])
grey = dict(photometric="minisblack")
# pages that say that they are smaller versions, as gdaladdo writes them; and pages that do not say it
for name, reduced in ("gdal", 1), ("pages", 0):
    with tifffile.TiffWriter(name + ".tif") as t:
        for i, a in enumerate(levels(200, 120)):
            t.write(a, metadata=None, compression="zlib", tile=(64, 64), subfiletype=reduced and i > 0, **grey)
# sub-IFDs: tifffile's own descriptions, none, and of every page of a stack
for name, metadata in ("shaped", {}), ("bare", None):
    with tifffile.TiffWriter(name + ".tif") as t:
        for i, a in enumerate(levels(200, 120)):
            t.write(a, subifds=2 * (not i), subfiletype=i > 0, metadata=metadata, compression="zlib", **grey)
with tifffile.TiffWriter("stack.tif") as t:
    for i, a in enumerate(levels(5, 64, 48, axis=1)):
        t.write(a, subifds=2 * (not i), subfiletype=i > 0, tile=(32, 32), **grey)
# two OME images, a volume and one in colour, each with levels
with tifffile.TiffWriter("ome.tif", ome=True) as t:
    for i, a in enumerate(levels(3, 64, 48, axis=1)):
        t.write(a, subifds=2 * (not i), subfiletype=i > 0, metadata={"axes": "ZYX"} if not i else None, **grey)
    for i, a in enumerate(levels(64, 48, 3, dtype="u1")):
        t.write(a, subifds=2 * (not i), subfiletype=i > 0, metadata={"axes": "YXS"} if not i else None,
                photometric="rgb", tile=(16, 16))
# a sub-IFD of another kind is a series of its own
with tifffile.TiffWriter("other.tif") as t:
    t.write(rng.integers(0, 255, (60, 40), dtype="u1"), subifds=1, **grey)
    t.write(rng.integers(0, 255, (17, 90), dtype="u2"), **grey)
# as a slide scanner: the image, a thumbnail, a level by 4, a label
with tifffile.TiffWriter("slide.tif") as t:
    a = rng.integers(0, 255, (256, 512, 3), dtype="u1")
    for b, how in (a, dict(tile=(64, 64))), (a[::5, ::5], {}), (a[::4, ::4], dict(tile=(64, 64))), (a[:50, :30], {}):
        t.write(numpy.ascontiguousarray(b), metadata=None, photometric="rgb", compression="zlib", **how)
E
}

# bats test_tags=sanitize
@test "TIFF: pyramid levels and further series are fields as tifffile shows them, in scans/ only unless a view names one alone" {
  mkdir "$TMP/source"
  make_pyramids "$TMP/source"
  mount_tree "$TMP/source"
  run python - "$TMP/source" "$MNT" <<'E'
import errno, glob, os, sys
import numpy
import tifffile
source, mount = sys.argv[1:]
seen = 0
for path in sorted(glob.glob(source + "/*.tif")):
    scan, names = os.path.basename(path)[:-4], []
    with tifffile.TiffFile(path) as file:
        for s, series in enumerate(file.series):
            for l, level in enumerate(series.levels):
                name = "image" + (f"_{s}" if s else "") + (f"_level{l}" if l else "")
                names.append(name)
                shown = numpy.load(f"{mount}/scans/{scan}/{name}.npy")
                wanted = level.asarray()
                assert shown.dtype == wanted.dtype and shown.shape == wanted.shape, (scan, name)
                assert (shown == wanted).all(), (scan, name)
    assert sorted(os.listdir(f"{mount}/scans/{scan}")) == sorted(name + ".npy" for name in names), (scan, names)
    assert len(names) > 1, scan
    seen += len(names)
    for kind in "slices", "patches":
        listed = os.listdir(f"{mount}/{kind}/default/{scan}")
        assert [name for name in listed if name.startswith("image")] == ["image"], (kind, scan, listed)
        listed = os.listdir(f"{mount}/{kind}/fields={names[1]}/{scan}")
        assert [name for name in listed if name.startswith("image")] == [names[1]], (kind, scan, listed)
    small = numpy.load(f"{mount}/scans/{scan}/{names[1]}.npy")
    space = 2 if small.shape[-1] == 3 else small.ndim
    place = "x".join("0" * space)
    first = numpy.load(f"{mount}/patches/fields={names[1]},size=2/{scan}/{names[1]}/at={place}.npy")
    assert (first == small[(slice(0, 2),) * space]).all(), scan
    try:
        os.listdir(f"{mount}/patches/fields=image+{names[1]}/{scan}/image")
        assert False, scan
    except OSError as error:
        assert error.errno == errno.EINVAL, (scan, error)
assert seen > 20, seen
E
  echo "$output"
  [ "$status" -eq 0 ]
  grep -q 'fields: image_level1 of scan bare is on a grid of its own' "$MNT/.tesserafs/errors.log"
  grep -q '"image_level1": {[^}]*"scans_only": true}' "$MNT/dataset.json"
  run "$TESSERAFS" --check "$TMP/source"
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "TIFF: levels beside labels, in a stack of slices, and a damaged one" {
  mkdir -p "$TMP"/{made,labelled/images,labelled/labels,slices/z,cut}
  make_pyramids "$TMP/made"
  cp "$TMP/made/gdal.tif" "$TMP/labelled/images/a.tif"
  cp "$TMP/made/pages.tif" "$TMP/labelled/labels/a.tif"
  cp "$TMP/made/gdal.tif" "$TMP/slices/z/1.tif"
  cp "$TMP/made/pages.tif" "$TMP/slices/z/2.tif"
  [ "$("$TESSERAFS" --ls "$TMP/labelled" scans/a)" = "image.npy
image_level1.npy
image_level2.npy
label.npy
label_level1.npy
label_level2.npy" ]
  [ "$("$TESSERAFS" --ls "$TMP/labelled" patches/default/a)" = "image/
items.csv
label/" ]
  # the slices are the images; their levels are left out
  [ "$("$TESSERAFS" --ls "$TMP/slices" scans/z)" = image.npy ]
  "$TESSERAFS" --cat "$TMP/slices" scans/z/image.npy >"$TMP/z.npy"
  python -c "
import numpy, tifffile
a = numpy.load('$TMP/z.npy')
assert a.shape == (2, 200, 120)
for i in 0, 1: assert (a[i] == tifffile.imread(f'$TMP/slices/z/{i + 1}.tif')).all()
# the last level lies past the end of the file
with tifffile.TiffWriter('$TMP/cut/a.tif') as t:
    for n in 64, 32:
        t.write(numpy.full((n, n), n, 'u2'), metadata=None, photometric='minisblack')
with tifffile.TiffFile('$TMP/cut/a.tif', mode='r+b') as t:
    t.pages[1].tags[273].overwrite(t.filehandle.size - 100)"
  mount_tree "$TMP/cut"
  [ "$(ls "$MNT/scans/a")" = image.npy ]
  cat "$MNT/scans/a/image.npy" >/dev/null
  grep -q '^a.tif:level1: tiff page 1: .* past the end of the file' "$MNT/.tesserafs/ignored.txt"
}
