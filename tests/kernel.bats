#!/usr/bin/env bats
# What is agreed with the kernel: parallel look-ups, the size of its reads ahead.

load helpers

# One volume of 64 x 64 x 64 in $TMP/src, mounted on $MNT; MINOR is the mount's number.
mount_volume() { # [tesserafs options...]
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src/vol.npy" <<'PY'
import numpy, sys
numpy.save(sys.argv[1], numpy.arange(64**3, dtype="u4").reshape(64, 64, 64))
PY
  mount_tree "$TMP/src" "$@"
  local device
  device=$(awk -v mnt="$MNT" '$5 == mnt { print $3 }' /proc/self/mountinfo)
  MINOR=${device#*:}
}

@test "look-ups in one directory do not wait for each other" {
  mount_volume
  local dir=$MNT/patches/size=8x8x8/vol/image waiting=/sys/fs/fuse/connections/$MINOR/waiting
  local i pids=()
  [ -r "$waiting" ] || skip "no fusectl at /sys/fs/fuse/connections"
  stat "$dir" >/dev/null
  DAEMON=$(daemon_of "$MNT" | head -n 1)
  kill -STOP "$DAEMON"
  for i in 1 2 3 4 5 6 7 8; do
    stat "$dir/at=0x0x$i.npy" >/dev/null 3>&- &
    pids+=($!)
  done
  for ((i = 0; i < 200; i++)); do
    [ "$(<"$waiting")" -lt 8 ] || break
    sleep 0.05
  done
  i=$(<"$waiting")
  kill -CONT "$DAEMON"
  wait "${pids[@]}"
  [ "$i" -eq 8 ] || fail "$i of 8 look-ups reached the daemon"
}

@test "the kernel reads a megabyte ahead, where we may say so" {
  mount_volume
  local setting=/sys/class/bdi/0:$MINOR/read_ahead_kb
  [ -w "$setting" ] || skip "$setting cannot be written"
  [ "$(<"$setting")" -eq 1024 ]
}
