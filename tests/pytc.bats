#!/usr/bin/env bats
# PyTC's tiles: what its own code made of them (golden/pytc_*.json, golden/pytc_tiles), its real
# descriptions, whose pixels nobody has, and descriptions that are wrong.

load helpers

golden() { # what directory
  python "$BATS_TEST_DIRNAME/python/check/golden_pytc.py" "$1" "$GOLDEN" "$2"
}

mount_golden() {
  mkdir "$TMP/source"
  golden make "$TMP/source"
  mount_tree "$TMP/source" -o root="$GOLDEN,config=$TMP/source/tesserafs.json"
}

# bats test_tags=sanitize
@test "boxes of tiles as PyTC assembles them: colours, zoom, offsets, ragged, short, mirrored" {
  mount_golden
  golden assembly "$MNT"
}

@test "TileDataset's chunks of a tile JSON that is mounted as it is" {
  mount_tree "$GOLDEN/pytc_tiles/im.json" -o root="$GOLDEN"
  golden dataset "$MNT"
}

@test "positions of windows, of small volumes and of those with channels too; VAST's ids, ranges" {
  mount_golden
  golden positions "$MNT"
  golden values "$MNT"
}

# --- tiles that are not there ---

mitoem() { # name field
  mount_tree "$GOLDEN/pytc_mitoem_$1.json"
  local scan=pytc_mitoem_$1
  [ "$(ls "$MNT/scans")" = "$scan" ]
  [ "$(ls "$MNT/scans/$scan")" = "$2.npy" ]
  [ "$(stat -c %s "$MNT/scans/$scan/$2.npy")" -eq "$3" ]
  run cat "$MNT/chunks/num=2x4x4/$scan/items.csv"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 33 ]
  run cat "$MNT/patches/size=1x64x64/$scan/$2/at=7x4000x100.npy"
  [ "$status" -ne 0 ]
  grep -q "patches/size=1x64x64/$scan/$2/at=7x4000x100.npy: $4: no such file" "$MNT/.tesserafs/errors.log"
  python -c "import numpy
filled = numpy.load('$MNT/patches/size=2x9x9,preset=pytc/$scan/$2/at=7x4000x100.npy')
assert filled.shape == (2, 9, 9) and (filled == 128).all(), filled"
}

@test "MitoEM's descriptions mount: names, sizes, boxes; what is read names its file, preset=pytc fills" {
  mitoem im_train image $((128 + 400 * 4096 * 4096)) /path/to/MitoEM-R/im/im0007.png
  mitoem im_val image $((128 + 100 * 4096 * 4096)) /path/to/MitoEM-R/im/im0407.png
  mitoem mito_train label $((128 + 4 * 400 * 4096 * 4096)) /path/to/MitoEM-R/mito_train/seg0007.tif
}

@test "--check says in one line that all of MitoEM is missing" {
  run "$TESSERAFS" --check "$GOLDEN/pytc_mitoem_im_train.json"
  [ "$status" -eq 2 ]
  [ "$(grep -c missing <<<"$output")" -eq 1 ]
  [[ $output == *"400 of 400 pieces missing"*"im0000.png"* ]]
}

# bats test_tags=sanitize
@test "a missing tile is an error of who reads it, 128 with preset=pytc, or what fill says; and it may come" {
  mkdir "$TMP/source"
  cp -r "$GOLDEN/pytc_tiles" "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_missing.py" describe "$TMP/source"
  mount_tree "$TMP/source" -o root="$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_missing.py" missing "$TMP/source" "$MNT"
  python "$BATS_TEST_DIRNAME/python/check/pytc_missing.py" repair "$TMP/source" "$MNT"
}

@test "16-bit tiles stay so, whatever the JSON says of an image's dtype" {
  python "$BATS_TEST_DIRNAME/python/check/pytc_missing.py" sixteen "$GOLDEN" "$TMP/wide.json"
  mount_tree "$TMP/wide.json" -o root="$GOLDEN"
  python "$BATS_TEST_DIRNAME/python/check/pytc_missing.py" sixteen_read "$GOLDEN" "$MNT"
}

@test "a tile of another dtype, or an id that its dtype cannot hold, is an error that names the file" {
  mkdir "$TMP/source"
  cp -r "$GOLDEN/pytc_tiles" "$TMP/source"
  local tiles=$TMP/source/pytc_tiles
  cp "$tiles/im_u16/0001/1_0.png" "$tiles/t57/0002/1_0.png"
  sed 's/uint32/uint16/' "$tiles/lab.json" >"$tiles/narrow.json"
  describe '{"image": {"tiles": "pytc_tiles/im.json"}, "label": {"tiles": "pytc_tiles/narrow.json"}}'
  run "$TESSERAFS" --check -o root="$TMP/source" "$TMP/tesserafs.json"
  [ "$status" -eq 2 ]
  echo "$output"
  [[ $output == *"scans/em/image: $tiles/t57/0002/1_0.png: expected 5x7 of uint8 as $tiles/t57/0000/0_0.png has, found 5x7 of uint16"* ]]
  [[ $output == *"scans/em/label: $tiles/lab_rgb/000"*".png: expected ids that uint16 holds, found one that it does not"* ]]
  mount_tree "$TMP/tesserafs.json" -o root="$TMP/source"
  run cat "$MNT/scans/em/image.npy"
  [ "$status" -ne 0 ]
  grep -q "0002/1_0.png: expected 5x7 of uint8" "$MNT/.tesserafs/errors.log"
  cat "$MNT/scans/em/image[2,:5].npy" "$MNT/scans/em/image[3].npy" >"$TMP/out"
}

describe() { # fields as JSON
  printf '{"scans": [{"id": "em", "fields": %s}]}' "$1" >"$TMP/tesserafs.json"
}

# --- descriptions that are wrong ---

wrong() { # the JSON's changes in Python, what is said
  python - "$GOLDEN/pytc_tiles/im.json" "$TMP/wrong.json" "$1" <<'PY'
import json, sys
tiles = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(tiles, open(sys.argv[2], "w"))
PY
  run "$TESSERAFS" --ls "$TMP/wrong.json"
  [ "$status" -eq 2 ]
  [[ $output == *"$2"* ]] || fail "expected '$2', found '$output'"
}

@test "a tile JSON that contradicts itself is refused, and says where" {
  wrong 'tiles["depth"] = 5' 'wrong.json: image: expected 5 paths, one for each slice of "depth", found 4'
  wrong 'tiles["height"] = 0' 'wrong.json: height: expected a positive integer (voxels), found 0'
  wrong 'tiles["tile_size"] = [5, 7, 1]' 'wrong.json: tile_size: expected a positive integer, or [height, width]'
  wrong 'tiles["tile_size"] = 0' 'wrong.json: tile_size: expected a positive integer'
  wrong 'tiles["tile_st"] = 1' 'wrong.json: tile_st: expected [row, column] of the first tile, found 1'
  wrong 'tiles["tile_ratio"] = -1' 'wrong.json: tile_ratio: expected a number greater than 0, found -1'
  wrong 'tiles["dtype"] = "float32"' 'wrong.json: dtype: expected a dtype of integers'
  wrong 'tiles["image"][2] = 7' 'wrong.json: image[2]: expected the path of a slice'
  wrong 'tiles["tile_rato"] = tiles.pop("tile_ratio")' "unknown key 'tile_rato'; did you mean 'tile_ratio'?"
  wrong 'tiles["height"] = tiles["width"] = 10**12' 'tile_size: expected at most 16777216 tiles'
}

@test "all that is wrong is said at once" {
  wrong 'tiles.update(height="x", width=-3, tile_size="y", tile_st=[1])' 'wrong.json: height'
  [[ $output == *"wrong.json: width"*"wrong.json: tile_size"*"wrong.json: tile_st"* ]]
  wrong 'tiles.update(depth=9, image=["a", 5], tile_ratio=0, dtype="float32")' 'image: expected 9 paths'
  [[ $output == *"image[1]: expected"*"tile_ratio: expected"*"dtype: expected"* ]]
}

@test "keys that nobody reads may be wrong or unknown: ignored.txt says what counts" {
  python - "$GOLDEN/pytc_tiles/im.json" "$TMP/im.json" <<'PY'
import json, sys
tiles = json.load(open(sys.argv[1]))
tiles.update(n_rows=3, ndim=7, resolution=[30, 8, 8])
json.dump(tiles, open(sys.argv[2], "w"))
PY
  mount_tree "$TMP/im.json" -o root="$GOLDEN"
  [ "$(stat -c %s "$MNT/scans/im/image.npy")" -eq $((128 + 4 * 10 * 14)) ]
  grep -q 'im.json: "n_rows" is 3, but extent and tile_size make 2' "$MNT/.tesserafs/ignored.txt"
}

@test "image, label and mask are one scan; a label of another extent is refused" {
  sed 's/"height": 10/"height": 12/' "$GOLDEN/pytc_tiles/lab.json" >"$TMP/taller.json"
  describe '{"image": {"tiles": "pytc_tiles/im.json"}, "label": {"tiles": "pytc_tiles/lab.json"},
    "valid_mask": {"tiles": "pytc_tiles/im.json"}}'
  mount_tree "$TMP/tesserafs.json" -o root="$GOLDEN"
  [ "$(ls "$MNT/scans/em")" = "image.npy
label.npy
valid_mask.npy" ]
  python -c "import numpy
image, mask, label = (numpy.load('$MNT/scans/em/%s.npy' % n) for n in ('image', 'valid_mask', 'label'))
assert (image == mask).all() and image.dtype == mask.dtype == 'u1' and label.dtype == 'u4'
assert label.shape == (4, 10, 14) and label.max() > 65535"
  describe "{\"image\": {\"tiles\": \"pytc_tiles/im.json\"}, \"label\": {\"tiles\": \"$TMP/taller.json\"}}"
  run "$TESSERAFS" --ls "$TMP/tesserafs.json" -o root="$GOLDEN"
  [ "$status" -eq 2 ]
  [[ $output == *"scans[0].fields.label: expected 4 x 10 x 14 voxels as the tiles of 'image' make, found 4 x 12 x 14"* ]]
}

@test "{\"tiles\"} of a file that is none, or is no tile JSON" {
  describe '{"image": {"tiles": "none.json"}}'
  run "$TESSERAFS" --ls "$TMP/tesserafs.json"
  [ "$status" -eq 2 ]
  [[ $output == *"scans[0].fields.image.tiles: $TMP/none.json: "* ]]
  echo '{"image": "x"}' >"$TMP/none.json"
  run "$TESSERAFS" --ls "$TMP/tesserafs.json"
  [ "$status" -eq 2 ]
  [[ $output == *"scans[0].fields.image.tiles: $TMP/none.json: expected PyTC's tile JSON"* ]]
  echo '{"image": ' >"$TMP/none.json"
  run "$TESSERAFS" --ls "$TMP/tesserafs.json"
  [ "$status" -eq 2 ]
  [[ $output == *"none.json: line 2, column 0: expected JSON"* ]]
  describe '{"image": {"tiles": "none.json", "dtype": "uint8", "shape": [1]}}'
  run "$TESSERAFS" --ls "$TMP/tesserafs.json"
  [ "$status" -eq 2 ]
  [[ $output == *'fields.image.dtype: does not go with "tiles"'* ]]
}

@test "a tile JSON found inside SOURCE cannot point outside of it" {
  mkdir -p "$TMP/inside/sub"
  sed "s|pytc_tiles/|$GOLDEN/pytc_tiles/|g" "$GOLDEN/pytc_tiles/im.json" >"$TMP/inside/sub/im.json"
  describe '{"image": {"tiles": "sub/im.json"}}'
  mv "$TMP/tesserafs.json" "$TMP/inside"
  run "$TESSERAFS" --ls "$TMP/inside"
  [ "$status" -eq 2 ]
  [[ $output == *"image[0]: '$GOLDEN/pytc_tiles/t57/0000/{row}_{column}.png' points outside"* ]]
  run "$TESSERAFS" --ls "$TMP/inside/tesserafs.json" scans/em
  [ "$status" -eq 0 ]
}

@test "paths start at the tile JSON" {
  mkdir -p "$TMP/sub"
  cp -r "$GOLDEN/pytc_tiles" "$TMP/sub"
  cp "$GOLDEN/pytc_tiles/im.json" "$TMP/sub"
  describe '{"image": {"tiles": "sub/im.json"}}'
  "$TESSERAFS" --cat "$TMP/tesserafs.json" scans/em/image.npy >"$TMP/a.npy"
  "$TESSERAFS" --cat "$TMP/sub/im.json" scans/im/image.npy >"$TMP/b.npy"
  "$TESSERAFS" --cat -o root="$GOLDEN" "$GOLDEN/pytc_tiles/im.json" scans/im/image.npy >"$TMP/c.npy"
  cmp "$TMP/a.npy" "$TMP/b.npy"
  cmp "$TMP/a.npy" "$TMP/c.npy"
}

# --- images without tiles: its LOAD_2D and DO_SINGLY ---

@test "files of a list, of a glob, or of a directory: one scan each, of any size, read one by one" {
  mkdir -p "$TMP/source/deep/er"
  python "$BATS_TEST_DIRNAME/python/check/pytc_images.py" make "$TMP/source"
  mount_tree "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_images.py" directory "$TMP/source" "$MNT"
  describe '{"image": {"list": "images.txt"}, "label": {"list": "labels.txt", "transforms": "vast"}}'
  sed -i 's/"em"/"{name}"/' "$TMP/tesserafs.json"
  mount_tree "$TMP/tesserafs.json" -o root="$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_images.py" listed "$TMP/source" "$MNT"
  describe '{"image": "im_{name}.png", "label": {"path": "lab_{name}.png", "transforms": "vast+binary"}}'
  sed -i 's/"em"/"{name}"/' "$TMP/tesserafs.json"
  mount_tree "$TMP/tesserafs.json" -o root="$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_images.py" globbed "$TMP/source" "$MNT"
}

# --- more tiles than can be open, more voxels than any memory holds ---

@test "2000 x 6400 x 6400 in 200,000 tiles: listed, in chunks, read where chunks meet, within cache= and 128 MiB" {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/pytc_large.py" make "$TMP/source"
  mount_tree "$TMP/source/em.json" -o cache=16M
  python "$BATS_TEST_DIRNAME/python/check/pytc_large.py" patch "$MNT"
  echo "$(stat_of chunks_decoded) tiles"
  # the cache holds 40 of them: those under two requests may be decoded for each
  [ "$(stat_of chunks_decoded)" -ge $((64 * 4)) ]
  [ "$(stat_of chunks_decoded)" -lt $((64 * 4 * 3 / 2)) ]
  python "$BATS_TEST_DIRNAME/python/check/pytc_large.py" chunks "$MNT"
  local pid kib=0
  for pid in $(daemon_of "$MNT"); do
    kib=$((kib + $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")))
  done
  echo "$kib KiB"
  [ "$kib" -gt 0 ]
  [ "$kib" -lt $(((16 + 128) << 10)) ]
}
