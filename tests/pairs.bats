#!/usr/bin/env bats
# pairs/: DeepReg's loaders as directories.  Its own recorded samples and orders; what holds for
# every epoch of training; parameters that do not fit.

load helpers

VECTORS=$BATS_TEST_DIRNAME/golden

golden() { # what arguments...
  python "$BATS_TEST_DIRNAME/python/pairs_golden.py" "$@"
}

need_deepreg() {
  need_data
  [ -d "$DATA/deepreg/test" ] || skip "no deepreg data"
}

@test "the vectors are those of ../shared/golden" {
  need_golden
  cmp "$GOLDEN/deepreg_real_samples.json" "$VECTORS/deepreg_real_samples.json"
}

@test "DeepReg's real data: indices, shapes and every voxel before and after the resize" {
  need_deepreg
  local vectors=$VECTORS/deepreg_real_samples.json i
  for i in 0 1 2 3 4 5 6; do
    golden describe "$vectors" $i "$DATA/deepreg" >"$TMP/$i.json"
    mount_tree "$TMP/$i.json"
    golden samples "$vectors" $i "$MNT"
    unmount "$MNT"
  done
}

# bats test_tags=sanitize
@test "validation and test in DeepReg's recorded orders, every epoch; training on demand" {
  golden order "$TESSERAFS" "$TMP" "$VECTORS/deepreg_paired_unpaired_order.json" \
    "$VECTORS/deepreg_grouped_order.json"
}
