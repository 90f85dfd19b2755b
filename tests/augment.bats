#!/usr/bin/env bats
# Augmented pairs: the numbers beside a sample explain it (tests/python/model/augment_model.py).

load helpers

mount_pairs() {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/model/augment_model.py" make "$TMP/source"
  mount_tree "$TMP/source"
}

# bats test_tags=sanitize
@test "images and labels are warped by the theta and the ddf beside them, bit for bit" {
  mount_pairs
  python "$BATS_TEST_DIRNAME/python/model/augment_model.py" samples "$MNT"
}

@test "an augmented file has the same bytes wherever it is cut" {
  mount_pairs
  python "$BATS_TEST_DIRNAME/python/model/augment_model.py" cuts "$MNT"
}

@test "the seed decides, and nothing else: two mounts give the same, another seed does not" {
  mount_pairs
  local role=pairs/augment=affine+ddf:2:2x2x2,moving_image_shape=8/train/epoch-3/moving_images/1.npy first again
  first=$(md5sum <"$MNT/$role")
  mount_tree "$TMP/source" -o cache=8M,threads=1
  again=$(md5sum <"$MNT/$role")
  [ "$first" = "$again" ]
  mount_tree "$TMP/source" -o seed=1
  [ "$first" != "$(md5sum <"$MNT/$role")" ]
}

@test "spacing: as the transform of that name has it, labels linear too; one voxel at least" {
  mount_pairs
  local none=$MNT/pairs/normalize=none item
  for item in 0.7 1.5; do
    cmp "$none,spacing=$item/train/epoch-0/moving_images/1.npy" \
      "$none,transforms=spacing:$item/train/epoch-0/moving_images/1.npy"
    cmp "$none,spacing=$item/train/epoch-0/fixed_labels/1.npy" \
      "$none,transforms=spacing:$item:mask_order=1/train/epoch-0/fixed_labels/1.npy"
  done
  [ "$(stat -c %s "$none,spacing=1e30/train/epoch-0/moving_images/1.npy")" -eq 132 ]
}

@test "a wrong augmentation: EINVAL, what was expected and found" {
  mount_pairs
  local path pattern
  while read -r path pattern; do
    run env LC_ALL=C stat "$MNT/pairs/$path"
    [[ "$output" == *"Invalid argument" ]] || fail "$path: $output"
    grep -qF "$pattern" "$MNT/.tesserafs/errors.log" || fail "$path: no reason with '$pattern'"
  done <<'END'
augment=afine unknown augmentation 'afine'; did you mean 'affine'?
augment=affine:2 affine: scale: expected a number from 0 to 1, found '2'
augment=ddf:strength=1 ddf: unknown parameter 'strength'
augment=ddf:-1 ddf: field_strength: expected a number of 0 or more, found '-1'
augment=ddf:1:4x4 ddf: low_res_size: expected 3 positive integers like 4x4x4, found '4x4'
augment=ddf:1:1x99x1/train/epoch-0/moving_ddf/0.npy low_res_size: expected at most 14x12x15, found 1x99x1
END
}
