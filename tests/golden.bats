#!/usr/bin/env bats
# The vectors of golden/ are as they were recorded: none was edited to suit us.

load helpers

@test "every recorded vector has the checksum that it was recorded with" {
  cd "$GOLDEN"
  sha256sum --quiet --check SHA256SUMS
}

@test "every vector is listed, but for those that our own scripts wrote" {
  cd "$GOLDEN"
  diff <(cut -d ' ' -f 3- SHA256SUMS | sort) \
    <(find . -type f -printf '%P\n' | grep -vxE 'README.md|SHA256SUMS|augment_numpy.json' | sort)
}
