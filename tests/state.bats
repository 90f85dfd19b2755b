#!/usr/bin/env bats
# The state directory: made for its owner alone, refused where others could have prepared it.

load helpers

# A .nii.gz larger than the cache, so that its index is kept: $TMP/src/v.nii.gz.
make_source() {
  mkdir "$TMP/src"
  chmod 755 "$TMP"
  "$PYTHON" - "$TMP/src/v.nii.gz" <<'PY'
import sys, nibabel, numpy
voxels = numpy.random.default_rng(1).integers(0, 900, (100, 100, 150)).astype("i2")
nibabel.save(nibabel.Nifti1Image(voxels, numpy.eye(4)), sys.argv[1])
PY
  CUT='scans/v/image[0:5,0:5,3].npy'
}

# Files of somebody else that a careless trimming would remove: older than all, over 1 GiB, one of
# them with a name like ours.
make_foreign() { # directory
  local name
  mkdir "$1"
  for name in precious letters 0123456789abcdef; do
    truncate -s 600M "$1/$name"
    touch -d 2020-01-01 "$1/$name"
  done
}

foreign() { # what make_foreign made in $TMP/foreign
  echo "$TMP"/foreign/{0123456789abcdef,letters,precious}
}

cat_with() { # state
  run "$TESSERAFS" --cat -o "cache=1M,state=$1" "$TMP/src" "$CUT"
}

@test "a gzindex that is a symbolic link is refused, and what it leads to stays" {
  make_source
  make_foreign "$TMP/foreign"
  mkdir "$TMP/mine"
  ln -s ../foreign "$TMP/mine/gzindex"
  cat_with "$TMP/mine"
  [ "$status" -eq 1 ]
  [[ "$output" == *"state: $TMP/mine/gzindex: "*"symbolic link"* ]]
  [ "$(echo "$TMP"/foreign/*)" = "$(foreign)" ]
}

@test "a state directory of another user, or that others can write, is refused" {
  make_source
  mkdir -m 777 "$TMP/open"
  cat_with "$TMP/open"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$TMP/open: "*"only its owner can write"* ]]
  [ -z "$(ls -A "$TMP/open")" ]
  chmod 775 "$TMP/open"
  cat_with "$TMP/open"
  [ "$status" -eq 1 ]
  chmod 1777 "$TMP/open" # as /tmp is: nobody else can rename or remove what is ours
  cat_with "$TMP/open"
  [ "$status" -eq 0 ]
  [ "$(stat -c %a "$TMP/open/gzindex")" = 700 ]
  chmod 777 "$TMP/open/gzindex"
  cat_with "$TMP/open"
  [ "$status" -eq 1 ]
  echo >"$TMP/file"
  cat_with "$TMP/file"
  [ "$status" -eq 1 ]
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  mkdir -p "$TMP"/{theirs,mine/gzindex}
  chown nobody "$TMP/theirs" "$TMP/mine/gzindex"
  cat_with "$TMP/theirs"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$TMP/theirs: expected a directory of user 0"* ]]
  cat_with "$TMP/mine"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$TMP/mine/gzindex: expected a directory of user 0"* ]]
}

@test "what is made is its owner's alone, whatever the umask, also above the state directory" {
  make_source
  local mask
  for mask in 0000 0777; do
    (umask "$mask" && "$TESSERAFS" --cat -o "cache=1M,state=$TMP/made$mask/a/b" "$TMP/src" "$CUT" >/dev/null)
    [ "$(stat -c %a "$TMP/made$mask"{,/a,/a/b,/a/b/gzindex} | sort -u)" = 700 ]
    [ "$(stat -c %a "$TMP/made$mask"/a/b/gzindex/*)" = 600 ]
  done
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  install -d -o nobody "$TMP/home" # a user to whom modes matter
  run su nobody -s /bin/sh -c "umask 0777; '$TESSERAFS' --cat -o 'cache=1M,state=$TMP/home/a/b' '$TMP/src' '$CUT' | wc -c"
  [ "$output" -gt 128 ]
  [ "$(stat -c %a:%U "$TMP"/home/{a,a/b,a/b/gzindex} | sort -u)" = 700:nobody ]
  [ "$(stat -c %a "$TMP"/home/a/b/gzindex/*)" = 600 ]
}

@test "a default state directory that is not ours alone is not used; the mount works and says so once" {
  make_source
  mount_tree "$TMP/src" -o cache=1M
  cat "$MNT/$CUT" >/dev/null
  [ ! -s "$MNT/.tesserafs/errors.log" ]
  unmount "$MNT"
  local place
  place=$(echo "$XDG_STATE_HOME"/tesserafs/*)
  rm "$place"/gzindex/*
  chmod 777 "$place"
  mount_tree "$TMP/src" -o cache=1M 2>"$TMP/said"
  cat "$MNT/$CUT" "$MNT/scans/v/image[7:9,0:5,100].npy" >/dev/null
  grep -q "the state directory $place: .*not used" "$TMP/said"
  [ "$(grep -c "the state directory $place: .*not used" "$MNT/.tesserafs/errors.log")" -eq 1 ]
  [ "$(wc -l <"$MNT/.tesserafs/errors.log")" -eq 1 ]
  grep -q '"state": ""' "$MNT/.tesserafs/config.json"
  [ -z "$(ls -A "$place/gzindex")" ]
}

@test "a state directory that is swapped while mounted is neither written nor trimmed" {
  make_source
  make_foreign "$TMP/foreign"
  mkdir "$TMP/mine"
  mount_tree "$TMP/src" -o "cache=1M,state=$TMP/mine" 2>/dev/null
  ln -s ../foreign "$TMP/mine/gzindex"
  cat "$MNT/$CUT" >/dev/null
  [ "$(echo "$TMP"/foreign/*)" = "$(foreign)" ]
  [ "$(grep -c "$TMP/mine/gzindex: .*symbolic link" "$MNT/.tesserafs/errors.log")" -eq 1 ]
}

@test "an index file that others can write is not believed" {
  make_source
  mount_tree "$TMP/src" -o "cache=1M,state=$TMP/mine"
  cat "$MNT/$CUT" >/dev/null
  unmount "$MNT"
  mount_tree "$TMP/src" -o "cache=1M,state=$TMP/mine"
  cat "$MNT/$CUT" >/dev/null
  [ "$(stat_of bytes_decoded)" -lt 1500000 ] # of 3,000,000: it was kept
  unmount "$MNT"
  chmod 666 "$TMP"/mine/gzindex/*
  mount_tree "$TMP/src" -o "cache=1M,state=$TMP/mine"
  cat "$MNT/$CUT" >/dev/null
  [ "$(stat_of bytes_decoded)" -ge 3000000 ]
  [ "$(stat -c %a "$TMP"/mine/gzindex/*)" = 600 ] # made again
}
