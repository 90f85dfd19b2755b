#!/usr/bin/env bats
# The command line without a mount: --ls, --cat, --check, messages and exit statuses.
# bats file_tags=sanitize

load helpers

make_scan() { # path
  "$PYTHON" -c "import numpy, sys; numpy.save(sys.argv[1], numpy.arange(24, dtype='uint8').reshape(2, 3, 4))" "$1"
}

@test "--version prints one line" {
  run "$TESSERAFS" --version
  [ "$status" -eq 0 ]
  [[ "$output" =~ ^tesserafs\ [0-9]+\.[0-9]+ ]]
}

@test "no arguments: usage, exit status 1" {
  run "$TESSERAFS"
  [ "$status" -eq 1 ]
  [[ "$output" == *tesserafs:* ]]
}

@test "a source that does not exist: its name and exit status 2" {
  run "$TESSERAFS" --ls "$TMP/nothing"
  [ "$status" -eq 2 ]
  [[ "$output" == *"$TMP/nothing"*"No such file"* ]]
}

@test "all wrong options are reported at once, the unknown one with the nearest known" {
  run "$TESSERAFS" -o chache=1G,threads=no --ls "$TMP"
  [ "$status" -eq 1 ]
  [[ "$output" == *"chache"*"cache"* ]]
  [[ "$output" == *"threads"*"'no'"* ]]
}

@test "--ls lists one level as ls -1Ap does" {
  make_scan "$TMP/a.npy"
  run "$TESSERAFS" --ls "$TMP"
  [ "$status" -eq 0 ]
  [ "$(LC_ALL=C sort <<<"$output")" = ".tesserafs/
README.txt
chunks/
dataset.json
patches/
scans/
slices/
splits/" ]
  run "$TESSERAFS" --ls "$TMP" scans/a
  [ "$output" = image.npy ]
}

@test "--cat gives the file that numpy saved, a cut of it, and ENOENT with status 2" {
  make_scan "$TMP/a.npy"
  "$TESSERAFS" --cat "$TMP" scans/a/image.npy >"$TMP/out"
  cmp "$TMP/a.npy" "$TMP/out"
  "$TESSERAFS" --cat "$TMP" 'scans/a/image[1,::-1,2:].npy' >"$TMP/cut.npy"
  "$PYTHON" - "$TMP" <<'PY'
import numpy, sys
a, b = numpy.load(sys.argv[1] + "/a.npy"), numpy.load(sys.argv[1] + "/cut.npy")
assert numpy.array_equal(a[1, ::-1, 2:], b), b
PY
  run "$TESSERAFS" --cat "$TMP" scans/a/image.jpg
  [ "$status" -eq 2 ]
  [[ "$output" == *image.jpg* ]]
}

@test "--check: silent status 0 on good data; one line per problem and status 2 on bad" {
  make_scan "$TMP/a.npy"
  run "$TESSERAFS" --check "$TMP"
  [ "$status" -eq 0 ]
  printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0' >"$TMP/b.png"
  run "$TESSERAFS" --check "$TMP"
  [ "$status" -eq 2 ]
  [[ "$output" == *b.png* ]]
}
