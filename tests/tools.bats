#!/usr/bin/env bats
# The tools that people already have, each on a real mount: the tree is ordinary files to them.

load helpers

ALL=formats=npy+raw+h5+nii+nii.gz+tif+png

# A mount of three scans in every encoding: "volume" (int16 24x20x16 = its own index), "head"
# (NIfTI, float32, with an affine) and "picture" (PNG).
mount_sample() { # [tesserafs options...]
  mkdir -p "$TMP/source"
  python - "$TMP/source" <<'PY'
import sys, numpy, nibabel, PIL.Image
source = sys.argv[1]
numpy.save(source + "/volume.npy", numpy.arange(24 * 20 * 16, dtype="int16").reshape(24, 20, 16))
head = numpy.random.default_rng(3).normal(size=(12, 14, 10)).astype("float32")
nibabel.save(nibabel.Nifti1Image(head, numpy.diag([2, 3, 4, 1.0])), source + "/head.nii.gz")
rgb = numpy.random.default_rng(4).integers(0, 256, (40, 30, 3), "uint8")
PIL.Image.fromarray(rgb).save(source + "/picture.png")
PY
  mount_tree "$TMP/source" "$@"
}

# Everything but the status files, which change while they are looked at.
compare_trees() { # directory
  diff -r --no-dereference -x .tesserafs "$MNT" "$1"
}

need() { # command
  command -v "$1" >/dev/null || skip "$1 is not installed"
}

# bats test_tags=sanitize
@test "numpy.load with mmap_mode maps a whole scan and reads parts of it" {
  mount_sample
  python - "$MNT/scans/volume/image.npy" <<'PY'
import sys, numpy
mapped = numpy.load(sys.argv[1], mmap_mode="r")
want = numpy.arange(24 * 20 * 16).reshape(24, 20, 16)
assert isinstance(mapped, numpy.memmap) and mapped.dtype == numpy.int16
assert (mapped[7, 3:9, ::5] == want[7, 3:9, ::5]).all()
assert (mapped[-1] == want[-1]).all() and (mapped == want).all()
PY
}

# bats test_tags=sanitize
@test "cp -r copies the whole tree" {
  mount_sample -o "$ALL"
  mkdir "$TMP/copy"
  cp -r "$MNT"/* "$TMP/copy"
  compare_trees "$TMP/copy"
  [ "$(find "$TMP/copy" -type f | wc -l)" -gt 50 ]
}

@test "rsync -a: the second run transfers nothing" {
  need rsync
  mount_sample -o "$ALL"
  rsync -a --exclude /.tesserafs "$MNT/" "$TMP/copy"
  compare_trees "$TMP/copy"
  run rsync -a --itemize-changes --exclude /.tesserafs "$MNT/" "$TMP/copy"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "rsync -a: nothing either after a remount" {
  need rsync
  mount_sample -o "$ALL"
  rsync -a --exclude /.tesserafs "$MNT/" "$TMP/copy"
  unmount "$MNT"
  mount_tree "$TMP/source" -o "$ALL"
  run rsync -a --itemize-changes --exclude /.tesserafs "$MNT/" "$TMP/copy"
  [ -z "$output" ]
}

@test "tar archives the tree and extracts the same bytes" {
  mount_sample -o "$ALL"
  mkdir "$TMP/copy"
  tar -C "$MNT" --exclude ./.tesserafs -cf "$TMP/a.tar" .
  tar -C "$TMP/copy" -xf "$TMP/a.tar"
  compare_trees "$TMP/copy"
}

@test "tar -S finds no holes where there are bytes" {
  mount_sample -o "$ALL"
  mkdir "$TMP/copy"
  tar -S -C "$MNT" --exclude ./.tesserafs -cf "$TMP/a.tar" .
  tar -C "$TMP/copy" -xf "$TMP/a.tar"
  compare_trees "$TMP/copy"
}

@test "sha256sum: the same sums through the mount, of a copy, by --cat and after a remount" {
  mount_sample -o "$ALL"
  (cd "$MNT" && find scans -type f -exec sha256sum {} + | sort) >"$TMP/sums"
  [ "$(wc -l <"$TMP/sums")" -eq 19 ] # 6 encodings of two volumes, 7 of the picture
  cp -r "$MNT/scans" "$TMP"
  (cd "$TMP" && sha256sum --quiet -c sums)
  local sum file
  while read -r sum file; do
    [ "$("$TESSERAFS" --cat "$TMP/source" "$file" | sha256sum)" = "$sum  -" ]
  done <"$TMP/sums"
  unmount "$MNT"
  mount_tree "$TMP/source" -o "$ALL"
  (cd "$MNT" && sha256sum --quiet -c "$TMP/sums")
}

# bats test_tags=sanitize
@test "find -size knows the exact size of what nobody has read" {
  mount_sample -o "$ALL"
  local voxels=$((24 * 20 * 16 * 2))
  [ "$(find "$MNT/scans/volume" -size "${voxels}c")" = "$MNT/scans/volume/image.raw" ]
  [ "$(find "$MNT/scans/volume" -size "$((voxels + 128))c")" = "$MNT/scans/volume/image.npy" ]
  [ "$(find "$MNT/scans/volume" -size "$((voxels + 352))c")" = "$MNT/scans/volume/image.nii" ]
  [ -z "$(find "$MNT/scans" -type f -size 0)" ]
  [ "$(stat_of bytes_decoded)" -eq 0 ]
}

@test "find -size agrees with the bytes that can be read, for every file" {
  mount_sample -o "$ALL"
  local size file n=0
  while read -r size file; do
    [ "$(wc -c <"$file")" -eq "$size" ] || fail "$file: stat says $size"
    n=$((n + 1))
  done < <(find "$MNT" -path "$MNT/.tesserafs" -prune -o -type f -printf '%s %p\n')
  [ "$n" -gt 50 ]
}

@test "h5dump prints the voxels of an h5" {
  need h5dump
  mount_sample
  h5dump -d /image -y -w 1 "$MNT/scans/volume/image.h5" | tr -cs '0-9\n' ' ' |
    sed -n '/^ *[0-9][0-9]* *$/p' | tr -d ' ' >"$TMP/values"
  seq 0 7679 | diff - "$TMP/values"
  h5dump -H "$MNT/scans/volume/image.h5" | grep -q 'H5T_STD_I16LE'
}

# bats test_tags=sanitize
@test "gzip -t accepts a nii.gz, gunzip gives the nii" {
  mount_sample
  gzip -t "$MNT/scans/head/image.nii.gz"
  gunzip -c "$MNT/scans/head/image.nii.gz" | cmp - "$MNT/scans/head/image.nii"
}

@test "nifti_tool finds a good header with the right dimensions" {
  need nifti_tool
  mount_sample
  local file
  for file in "$MNT/scans/head/image.nii" "$MNT/scans/head/image.nii.gz"; do
    nifti_tool -check_hdr -infiles "$file" | grep -q 'header IS GOOD'
    nifti_tool -check_nim -infiles "$file" | grep -q 'nifti_image IS GOOD'
    nifti_tool -quiet -disp_hdr -field dim -infiles "$file" | grep -q '^3 12 14 10 1'
    nifti_tool -quiet -disp_hdr -field srow_y -infiles "$file" | grep -q '^0.0 3.0 0.0 0.0'
  done
}

@test "nifti_tool reads the same voxels from a nii and a nii.gz" {
  need nifti_tool
  mount_sample
  local file
  for file in image.nii image.nii.gz; do
    nifti_tool -quiet -disp_ci 5 -1 3 0 0 0 0 -infiles "$MNT/scans/head/$file" >"$TMP/$file"
  done
  [ -s "$TMP/image.nii" ]
  cmp "$TMP/image.nii" "$TMP/image.nii.gz"
  python - "$TMP/source/head.nii.gz" "$TMP/image.nii" <<'PY'
import sys, numpy, nibabel
want = nibabel.load(sys.argv[1]).dataobj[5, :, 3]
got = numpy.array(open(sys.argv[2]).read().split(), float)
assert numpy.allclose(got, want, atol=1e-5), (got, want)
PY
}

# bats test_tags=sanitize
@test "pngcheck finds nothing to complain about" {
  need pngcheck
  mount_sample
  run pngcheck -v "$MNT/scans/picture/image.png"
  [ "$status" -eq 0 ]
  [[ "$output" == *"30 x 40 image, 24-bit RGB"* ]]
  [[ "$output" == *"No errors detected"* ]]
}

@test "tiffinfo reads every page without a warning" {
  need tiffinfo
  mount_sample
  run tiffinfo -D "$MNT/scans/volume/image.tif"
  [ "$status" -eq 0 ]
  [ "$(grep -c 'Image Width: 16 Image Length: 20' <<<"$output")" -eq 24 ]
  [[ "${output,,}" != *warning* && "${output,,}" != *error* ]]
}

@test "octave reads a raw file, and a cut of an npy past its header" {
  need octave
  mount_sample
  run octave --quiet --no-gui --no-init-file --eval "
    f = fopen('$MNT/scans/volume/image.raw', 'r', 'ieee-le');
    x = permute(reshape(fread(f, Inf, 'int16=>int16'), [16 20 24]), [3 2 1]);
    assert(isequal(x(:, :, 1)(2, 3), int16(1 * 320 + 2 * 16)));
    f = fopen('$MNT/scans/volume/image[7,2:5].npy', 'r', 'ieee-le');
    fseek(f, 128, 'bof');
    y = reshape(fread(f, Inf, 'int16=>int16'), [16 3])';
    assert(isequal(y, squeeze(x(8, 3:5, :))));
    disp('as expected')"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"as expected"* ]]
}

@test "octave reads a png and a tif" {
  need octave
  mount_sample
  run octave --quiet --no-gui --no-init-file --eval "
    a = imread('$TMP/source/picture.png');
    assert(isequal(size(a), [40 30 3]));
    assert(isequal(imread('$MNT/scans/picture/image.png'), a));
    assert(isequal(imread('$MNT/scans/picture/image.tif'), a));
    disp('as expected')"
  echo "$output"
  [[ "$output" == *"as expected"* ]]
}
