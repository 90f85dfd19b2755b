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
ignored = open(f"{sys.argv[2]}/.tesserafs/ignored.txt").read()
for name in files:
    which, *_, layout = name.split("_")
    try:
        read(name)
        print("no error:", name)
    except FileNotFoundError:
        assert f"{name}.tif: its samples are more than a file of this size can hold" in ignored, name
        continue
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
