"""Kills a tesserafs while eight processes read from it, and mounts again at once; so many times.

By hand: kill_under_load.py build/tesserafs SOURCE MOUNTPOINT 100
"""
import glob, os, signal, subprocess, sys, time

READER = """
import os, random, sys
mount = sys.argv[1]
while True:
    try:
        for scan in os.listdir(mount + "/scans"):
            for at in range(6):
                name = "/patches/size=8x8x8/%s/image/at=%dx%dx0.npy" % (scan, at, random.randrange(20))
                with open(mount + name, "rb") as file:
                    file.read()
            with open(mount + "/scans/%s/image.npy" % scan, "rb") as file:
                while file.read(1 << 17):
                    pass
        os.statvfs(mount)
    except OSError:
        pass
"""


def daemons(program, mount):
    """The processes that serve the mount: the daemon and its HDF5 server."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[0] == program and mount in words:
            found.append(int(path.split("/")[2]))
    return found


def main(program, source, mount, kills):
    command = [program, source, mount]
    readers = [subprocess.Popen([sys.executable, "-c", READER, mount]) for _ in range(8)]
    failures = []
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        for _ in range(kills):
            time.sleep(0.2)
            serving = daemons(program, mount)
            assert serving, "nobody serves the mount"
            for pid in serving:
                os.kill(pid, signal.SIGKILL)
            again = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            if again.returncode:
                failures.append(again.stderr.strip())
                time.sleep(1)
                subprocess.run(["fusermount3", "-u", "-z", mount], stderr=subprocess.DEVNULL)
                subprocess.run(command, check=True)
            with open(mount + "/.tesserafs/version") as file:
                assert file.read()
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    print("%d kills, %d remounts failed" % (kills, len(failures)))
    return failures


if __name__ == "__main__":
    failures = main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    sys.exit("\n".join(sorted(set(failures))) if failures else 0)
