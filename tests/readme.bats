#!/usr/bin/env bats
# README.md is true: its examples run as they stand on the demo's dataset, and scripts/demo does
# what it says.  A block marked ```sh, ```python, ... is run; one marked ```console is not.

load helpers

setup_file() {
  /usr/bin/python3 "$BATS_TEST_DIRNAME/../scripts/demo_data.py" "$BATS_FILE_TMPDIR/data"
}

# The README's blocks of a language in $TMP/blocks, for the demo's dataset mounted on $MNT.
blocks_of() { # language
  mkdir -p "$TMP/demo" "$TMP/blocks"
  cp -r "$BATS_FILE_TMPDIR/data" "$TMP/demo/data"
  mount_tree "$TMP/demo/data"
  python "$BATS_TEST_DIRNAME/python/make/readme_blocks.py" "$ROOT/README.md" "$1" "$TMP/blocks"
  sed -i "s,/tmp/demo/mnt,$MNT,g; s,/tmp/demo,$TMP/demo,g; s,build/tesserafs,$TESSERAFS,g" \
    "$TMP"/blocks/*
}

need() { # command
  command -v "$1" >/dev/null || skip "no $1"
}

# The voxel that the examples print, as nibabel reads it from the dataset itself.
voxel() {
  python -c "import nibabel
print(nibabel.load('$TMP/demo/data/images/head.nii.gz').dataobj[20, 41, 18])"
}

# Runs each block with a command and compares the last word on stdout.
prints_voxel() { # command...
  local block
  for block in "$TMP"/blocks/*; do
    "$@" "$block" >"$TMP/out"
    cat "$TMP/out"
    [ "$(tail -n 1 "$TMP/out" | awk '{ print $NF }')" = "$(voxel)" ]
  done
}

@test "README: Python" {
  blocks_of python
  [ -e "$TMP/blocks/2.python" ]
  prints_voxel "$PYTHON"
}

@test "README: C" {
  blocks_of c
  compile_and_run() {
    gcc -Wall -Wextra -Werror -x c -o "$TMP/a.out" "$1" && "$TMP/a.out"
  }
  prints_voxel compile_and_run
}

@test "README: Octave" {
  need octave
  blocks_of octave
  prints_voxel env HOME="$TMP" octave --quiet --no-gui --no-init-file
}

@test "README: R" {
  need Rscript
  blocks_of r
  prints_voxel Rscript --vanilla
}

@test "README: Julia" {
  need julia
  blocks_of julia
  prints_voxel julia
}

@test "README: every shell example succeeds, one prints the voxel" {
  local block printed=''
  blocks_of sh
  MOUNTS+=("$TMP/demo/other")
  cd "$ROOT"
  for block in "$TMP"/blocks/*; do
    run bash -euo pipefail "$block"
    echo "$block: $output"
    [ "$status" -eq 0 ]
    [ "${output##* }" != "$(voxel)" ] || printed=yes
  done
  [ "$printed" = yes ]
}

@test "README: the description is accepted, and agrees with the schema" {
  mkdir "$TMP/blocks"
  python "$BATS_TEST_DIRNAME/python/make/readme_blocks.py" "$ROOT/README.md" json "$TMP/blocks"
  "$TESSERAFS" --schema >"$TMP/schema.json"
  python - "$TMP/schema.json" "$TMP/blocks/1.json" <<'PY'
import json, jsonschema, sys
schema, description = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(description, schema)
PY
  run "$TESSERAFS" -o "config=$TMP/blocks/1.json,root=$BATS_FILE_TMPDIR/data" \
    --ls "$BATS_FILE_TMPDIR/data" patches
  [ "$output" = "default/
p32/" ]
}

@test "README: each encoding has its row, and none has that does not exist" {
  local table
  table=$(sed -n '/^| suffix/,/^$/p' "$ROOT/README.md" | tail -n +3 | cut -d'|' -f2 |
          grep -oE '[a-z0-9.]+' | sort)
  [ "$table" = "$("$TESSERAFS" --help | sed -n 's/^formats: //p' | tr ' ' '\n' | sort)" ]
}

@test "README: the files and tables it names exist" {
  local name
  grep -oE '\b(source_probe|source_format|encoding|transform|discover|kind)\.[ch]\b' "$ROOT/README.md" |
    sort -u | while read -r name; do
      find "$ROOT/core" -name "$name" | grep -q . || fail "$name"
    done
  for name in source_formats encodings transforms layouts kinds option_params view_params; do
    grep -q "\`$name\[\]\`" "$ROOT/README.md"
    grep -rqE "\b$name\[\] = " "$ROOT/core" "$ROOT/mountopts"
  done
}

@test "scripts/demo: all comparisons equal, nothing left behind" {
  need_fuse
  TMPDIR=$TMP run "$ROOT/scripts/demo"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "${lines[-1]}" =~ ^([0-9]+)\ of\ ([0-9]+)\ comparisons\ equal$ ]]
  [ "${BASH_REMATCH[1]}" -gt 0 ]
  [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
  [ -z "$(ls -A "$TMP")" ]
}

@test "scripts/demo --no-mount compares as much, by --cat" {
  TMPDIR=$TMP run "$ROOT/scripts/demo" --no-mount
  [ "$status" -eq 0 ]
  [[ "${lines[-1]}" =~ ^([0-9]+)\ of\ [0-9]+\ comparisons\ equal$ ]]
  [ -z "$(ls -A "$TMP")" ]
}

@test "scripts/demo --keep leaves the mount, and takes no directory that exists" {
  need_fuse
  MOUNTS+=("$TMP/kept/mnt")
  run "$ROOT/scripts/demo" --keep "$TMP/kept"
  [ "$status" -eq 0 ]
  mountpoint -q "$TMP/kept/mnt"
  [ -s "$TMP/kept/mnt/scans/head/image.npy" ]
  run "$ROOT/scripts/demo" --keep "$TMP/kept"
  [ "$status" -eq 1 ]
  [ -s "$TMP/kept/mnt/scans/head/image.npy" ]
}
