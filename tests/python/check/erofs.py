"""Every system call that would change the tree below the directory argv[1] fails with EROFS."""
import errno
import os
import stat
import sys

os.chdir(sys.argv[1])
IMAGE = "scans/vol/image.npy"
LINK = "splits/all/vol"


def opens(path, flags):
    return lambda: os.close(os.open(path, flags))


ATTEMPTS = {
    "open O_WRONLY": opens(IMAGE, os.O_WRONLY),
    "open O_RDWR": opens(IMAGE, os.O_RDWR),
    "open O_RDONLY|O_TRUNC": opens(IMAGE, os.O_RDONLY | os.O_TRUNC),
    "open O_APPEND": opens(IMAGE, os.O_WRONLY | os.O_APPEND),
    "open O_CREAT, there": opens(IMAGE, os.O_WRONLY | os.O_CREAT),
    "open O_CREAT, new": opens("scans/new", os.O_WRONLY | os.O_CREAT),
    "open O_CREAT|O_RDONLY, new": opens("scans/new", os.O_CREAT),
    "open O_CREAT in the root": opens("new", os.O_WRONLY | os.O_CREAT),
    "open O_CREAT in .tesserafs": opens(".tesserafs/new", os.O_WRONLY | os.O_CREAT),
    "open O_TMPFILE": opens("scans", os.O_TMPFILE | os.O_RDWR),
    "open of a status file": opens(".tesserafs/errors.log", os.O_WRONLY),
    "truncate": lambda: os.truncate(IMAGE, 0),
    "mkdir": lambda: os.mkdir("scans/new"),
    "mknod": lambda: os.mknod("scans/new", stat.S_IFREG | 0o644),
    "mkfifo": lambda: os.mkfifo("scans/new"),
    "symlink": lambda: os.symlink("x", "scans/new"),
    "link": lambda: os.link(IMAGE, "scans/new"),
    "unlink": lambda: os.unlink(IMAGE),
    "unlink of a link": lambda: os.unlink(LINK),
    "unlink of prefetch": lambda: os.unlink(".tesserafs/prefetch"),
    "rmdir": lambda: os.rmdir("scans/vol"),
    "rename": lambda: os.rename(IMAGE, "scans/new"),
    "rename of prefetch": lambda: os.rename(".tesserafs/prefetch", ".tesserafs/new"),
    "rename onto another": lambda: os.rename("README.txt", "dataset.json"),
    "chmod": lambda: os.chmod(IMAGE, 0o600),
    "chmod of a directory": lambda: os.chmod("scans", 0o700),
    "chmod of prefetch": lambda: os.chmod(".tesserafs/prefetch", 0o666),
    "chown": lambda: os.chown(IMAGE, os.getuid(), os.getgid()),
    "lchown": lambda: os.lchown(LINK, os.getuid(), os.getgid()),
    "utimens, now": lambda: os.utime(IMAGE),
    "utimens": lambda: os.utime(IMAGE, (1, 1)),
    "utimens of a directory": lambda: os.utime("scans", (1, 1)),
    "setxattr": lambda: os.setxattr(IMAGE, "user.x", b"y"),
    "removexattr": lambda: os.removexattr(IMAGE, "user.x"),
}
if "ro" in sys.argv[2:]:
    ATTEMPTS["prefetch"] = opens(".tesserafs/prefetch", os.O_WRONLY)
# a kernel that knows O_TMPFILE, and a file system that does not
ALSO = {"open O_TMPFILE": (errno.EOPNOTSUPP,)}

failed = 0
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        print(name + ": succeeded")
        failed += 1
    except OSError as error:
        if error.errno not in (errno.EROFS, *ALSO.get(name, ())):
            print(name + ":", error)
            failed += 1
for path, mode, expected in [(IMAGE, os.W_OK, False), ("scans", os.W_OK, False),
                             (IMAGE, os.R_OK, True), ("scans", os.R_OK | os.X_OK, True),
                             (IMAGE, os.X_OK, False),
                             (".tesserafs/prefetch", os.W_OK, "ro" not in sys.argv[2:] and os.getuid() == 0)]:
    if os.access(path, mode) != expected:
        print("access", path, mode)
        failed += 1
sys.exit(failed > 0)
