"""Prints every entry below argv[1]: type, mode, inode, size, mtime, SHA-256 of the bytes (or the
link's target), path.  .tesserafs/ is left out: its files tell of the mount, not of the data."""
import hashlib
import os
import stat
import sys


def content(path, mode):
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    if not stat.S_ISREG(mode):
        return "-"
    with open(path, "rb") as file:
        data = file.read()
    assert len(data) == os.stat(path).st_size, path
    return hashlib.sha256(data).hexdigest()


def main(root):
    for directory, names, files in os.walk(root):
        if ".tesserafs" in names:
            names.remove(".tesserafs")
        names.sort()
        listed = {entry.name: entry.inode() for entry in os.scandir(directory)}
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            info = os.lstat(path)
            assert listed[name] == info.st_ino, path
            print("%o %d %d %d %s %s" % (info.st_mode, info.st_ino, info.st_size, info.st_mtime_ns,
                                         content(path, info.st_mode), os.path.relpath(path, root)))


main(sys.argv[1])
