#!/usr/bin/env bats
# make install into a DESTDIR: the program, and the texts it prints from its tables: the manual
# page, bash's completion, the JSON schema.

load helpers

setup_file() {
  make -s -C "$BATS_TEST_DIRNAME/.." install DESTDIR="$BATS_FILE_TMPDIR/root" prefix=/usr
}

installed() { # path below the prefix
  echo "$BATS_FILE_TMPDIR/root/usr/$1"
}

make_source() {
  mkdir "$TMP/data"
  python - "$TMP/data/em.npy" <<'PY'
import numpy, sys
numpy.save(sys.argv[1], (numpy.arange(1000) % 251).astype("uint8").reshape(10, 10, 10))
PY
}

@test "what is installed, and where; uninstall removes it all" {
  local destdir=$TMP/destdir
  make -s -C "$ROOT" install DESTDIR="$destdir" prefix=/opt/x
  [ "$(cd "$destdir" && find . -type f -printf '%m %P\n' | sort -k 2)" = "\
755 opt/x/bin/tesserafs
644 opt/x/share/bash-completion/completions/tesserafs
644 opt/x/share/doc/tesserafs/LICENSE
644 opt/x/share/doc/tesserafs/README.md
644 opt/x/share/man/man1/tesserafs.1
644 opt/x/share/tesserafs/tesserafs.schema.json" ]
  make -s -C "$ROOT" uninstall DESTDIR="$destdir" prefix=/opt/x
  [ -z "$(find "$destdir" -type f)" ]
}

@test "the installed program lists, writes and mounts" {
  make_source
  TESSERAFS=$(installed bin/tesserafs)
  [ "$("$TESSERAFS" --ls "$TMP/data" scans/em)" = image.npy ]
  mount_tree "$TMP/data"
  cmp "$TMP/data/em.npy" "$MNT/scans/em/image.npy"
  "$TESSERAFS" --cat "$TMP/data" scans/em/image.npy | cmp - "$MNT/scans/em/image.npy"
}

@test "mount.fuse3, which mount(8) calls for a line of fstab, runs the installed program" {
  need_fuse
  make_source
  mkdir "$TMP/mnt"
  MOUNTS+=("$TMP/mnt")
  PATH=$(installed bin):$PATH:/sbin \
    mount.fuse3 "$TMP/data" "$TMP/mnt" -t fuse.tesserafs -o ro,nofail 3>&-
  cmp "$TMP/data/em.npy" "$TMP/mnt/scans/em/image.npy"
}

@test "the manual page renders without a warning" {
  run groff -man -ww -Tutf8 -z "$(installed share/man/man1/tesserafs.1)"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "the manual page has every option, parameter and transform of --help" {
  local name page
  page=$(groff -man -Tascii -P-c "$(installed share/man/man1/tesserafs.1)" | sed 's/.\x08//g')
  "$TESSERAFS" --help | sed -nE 's/^  ([^ ]+).*/\1/p' | sort -u >"$TMP/names"
  [ "$(wc -l <"$TMP/names")" -gt 30 ]
  while read -r name; do
    grep -qF -- "$name" <<<"$page" || fail "$name"
  done <"$TMP/names"
}

@test "the schema accepts what the program accepts, and refuses what it refuses" {
  local schema
  schema=$(installed share/tesserafs/tesserafs.schema.json)
  make_source
  agree() { # accepted|refused description
    local by_program=refused by_schema
    echo "$2" >"$TMP/tesserafs.json"
    "$TESSERAFS" -o "config=$TMP/tesserafs.json,root=$TMP/data" --ls "$TMP/data" >"$TMP/out" 2>&1 &&
      by_program=accepted
    by_schema=$(python - "$schema" "$TMP/tesserafs.json" <<'PY'
import json, jsonschema, sys
schema, description = (json.load(open(name)) for name in sys.argv[1:])
valid = jsonschema.Draft7Validator(schema).is_valid(description)
print("accepted" if valid else "refused")
PY
    )
    echo "$2: the program $by_program, the schema $by_schema"
    [ "$by_program $by_schema" = "$1 $1" ]
  }
  agree accepted '{"scans": [{"id": "a", "fields": {"image": "em.npy"}}]}'
  agree accepted '{"scans": [{"id": "{s}", "fields": {"image": {"path": "{s}.npy"}}}], "seed": 3}'
  agree accepted '{"views": {"patches": {"p": {"size": [5, 5, 5], "pad_mode": "edge"}}}}'
  agree accepted '{"views": {"slices": {"s": {"transforms": [{"window": [0, 9]}, "minmax"]}}}}'
  agree accepted '{"views": {"chunks": {"c": {"num": 3, "range": [[0, 5], null, [2, 4]], "only": [3, 1]}}}}'
  agree accepted '{"views": {"chunks": {"c": {"range": [0, 5, 0, 9, 2, 4], "only": 3, "overlap": true}}}}'
  agree refused '{"views": {"chunks": {"c": {"range": [[0, 5], [3]]}}}}'
  agree refused '{"views": {"chunks": {"c": {"range": "0:5"}}}}'
  agree refused '{"views": {"chunks": {"c": {"only": [1, 1]}}}}'
  agree refused '{"scans": [{"id": "a", "fields": {"image": "em.npy"}, "splitt": "train"}]}'
  agree refused '{"scans": [{"id": "a", "fields": {}}]}'
  agree refused '{"scans": []}'
  agree refused '{"views": {"patches": {"p": {"size": [5, 0, 5]}}}}'
  agree refused '{"views": {"patches": {"p": {"sise": 5}}}}'
  agree refused '{"views": {"patches": {"p": {"pad_mode": "mirror"}}}}'
  agree refused '{"views": {"patches": {"p": {"formats": ["jpg"]}}}}'
  agree refused '{"views": {"slices": {"s": {"size": 5}}}}'
  agree refused '{"views": {"cubes": {}}}'
  agree refused '{"seed": -1}'
  agree refused '{"seeds": 1}'
}

# The completion's answers to a line with the cursor at its end, sorted, on one line.
complete_line() { # line
  cat >"$TMP/complete" <<'BASH'
compopt() { :; }
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
_tesserafs
printf '%s\n' "${COMPREPLY[@]}" | sort | paste -s -d ' '
BASH
  bash "$TMP/complete" "$(installed share/bash-completion/completions/tesserafs)" "$1"
}

@test "completion: options, words of -o, their values" {
  PATH=$(installed bin):$PATH
  shellcheck "$(installed share/bash-completion/completions/tesserafs)"
  [ "$(complete_line 'tesserafs --c')" = "--cat --check --completion" ]
  [ "$(complete_line 'tesserafs -o pre')" = "prefetch=" ]
  [ "$(complete_line 'tesserafs -o seed=3,allow_o')" = "3,allow_other" ]
  [ "$(complete_line 'tesserafs -o prefetch=o')" = "off on" ]
  [ "$(complete_line 'tesserafs -o formats=npy+ni')" = "npy+nii npy+nii.gz" ]
}

@test "completion: paths of the tree and view parameters, without a mount" {
  PATH=$(installed bin):$PATH
  make_source
  [ "$(complete_line "tesserafs --ls $TMP/data sc")" = "scans/" ]
  [ "$(complete_line "tesserafs --cat $TMP/data scans/em/")" = "scans/em/image.npy" ]
  [ "$(complete_line "tesserafs --cat $TMP/data patches/st")" = "patches/stride=" ]
  [ "$(complete_line "tesserafs --cat $TMP/data patches/size=5,pad_mode=e")" = "edge" ]
  [ "$(complete_line "tesserafs --cat $TMP/data patches/size=5/em/i")" = "5/em/image/ 5/em/items.csv" ]
}

@test "a text that cannot be written whole is an error" {
  run bash -c "'$TESSERAFS' --man >/dev/full"
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write"* ]]
}
