"""Mounts for the bench: of tesserafs and of the ceiling, always fresh, always taken down.

A fresh mount is what "cold" means: the daemon has decoded nothing and the kernel has cached
nothing of it, while the source stays in the page cache.  Every daemon's peak memory is noted
in `peaks` before it goes."""
import contextlib
import os
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESSERAFS = os.environ.get("TESSERAFS", os.path.join(ROOT, "build", "tesserafs"))
TOOLS = os.path.join(ROOT, "build", "tests", "bench")
MIB = 1 << 20
CACHE_MIB = 1024  # where a row does not say otherwise

peaks = []  # one dict per mount of tesserafs: row, mib (daemon), processes (all), cache
daemons = {}  # by mountpoint
row = [""]  # the row that is at work, for peaks


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _status(pid):
    """(last argument, parent) of a process."""
    words = _read("/proc/%d/cmdline" % pid).split(b"\0")
    parent = int(_read("/proc/%d/stat" % pid).rsplit(b")", 1)[1].split()[1])
    return words[-2] if len(words) > 1 else b"", parent


def daemon_of(mountpoint):
    """The pid of the process whose last argument is the mountpoint.  (The process for
    libhdf5 has the same arguments; its parent is the daemon.)"""
    parents = {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(OSError, IndexError):
            last, parent = _status(pid)
            if last == mountpoint.encode():
                parents[pid] = parent
    return next((pid for pid, parent in parents.items() if parent not in parents), None)


def _children(pid):
    for other in map(int, filter(str.isdigit, os.listdir("/proc"))):
        with contextlib.suppress(OSError, IndexError):
            if _status(other)[1] == pid:
                yield other


def peak_mib(pid):
    """VmHWM of one process."""
    with contextlib.suppress(OSError):
        for line in _read("/proc/%d/status" % pid).splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def note_peak(pid, noted):
    daemon = peak_mib(pid)
    peaks.append(dict(noted, row=row[0], mib=daemon,
                      processes=daemon + sum(map(peak_mib, _children(pid)))))


def cpu_seconds(place):
    """What the daemon of a mount has used until now; 0 for no mount."""
    if place not in daemons:
        return 0.0
    words = _read("/proc/%d/stat" % daemons[place]).rsplit(b")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _gone(pid):
    try:
        return b"State:\tZ" in _read("/proc/%d/status" % pid)
    except OSError:
        return True


def _unmount(mountpoint, pid):
    for command in (["fusermount3", "-u"], ["fusermount3", "-u", "-z"]):
        if subprocess.run(command + [mountpoint], capture_output=True).returncode == 0:
            break
        time.sleep(0.1)
    while pid and not _gone(pid):
        time.sleep(0.002)


@contextlib.contextmanager
def mounted(command, noted=None):
    """Runs command + [mountpoint], which returns when the tree can be read."""
    with tempfile.TemporaryDirectory(prefix="tesserafs-bench.") as place:
        subprocess.run(command + [place], check=True)
        pid = daemons[place] = daemon_of(place)
        try:
            yield place
        finally:
            if noted and pid:
                note_peak(pid, noted)
            _unmount(place, pid)
            del daemons[place]


def tesserafs_command(source, cache_mib=CACHE_MIB, options=()):
    return [TESSERAFS, "-o", ",".join(["cache=%dM" % cache_mib, *options]), source]


def tesserafs(source, cache_mib=CACHE_MIB, options=()):
    return mounted(tesserafs_command(source, cache_mib, options), {"cache_mib": cache_mib})


def set_readahead(mountpoint, kib):
    """As root only: the kernel's window for this mount."""
    dev = os.stat(mountpoint).st_dev
    path = "/sys/class/bdi/%d:%d/read_ahead_kb" % (os.major(dev), os.minor(dev))
    with open(path, "w") as file:
        file.write(str(kib))


# What the ceiling is run with.  "keep": the page cache, as most files of tesserafs; "keep-1M":
# the same with a readahead of 1 MiB (root).  "direct" (direct_io) is what only boxes of more
# than a request use, for their first reader (fs/kernel/serve_mode.c says why): it is shown
# beside the ceiling, not as one.
POLICIES = ("keep", "keep-1M")


def policy_reason(policy):
    """Why a policy cannot be run here; None: it can."""
    if policy == "keep-1M" and os.geteuid() != 0:
        return "needs root"
    return None


def ceiling_command(name, directory, size, count=0, suffix="", memory=MIB, npy=False, source=None):
    """Files of `size` bytes in `directory`; see ceiling.c."""
    return [os.path.join(TOOLS, "ceiling"), "--policy=" + name, "--dir=" + directory,
            "--size=%d" % size, "--count=%d" % count, "--suffix=" + suffix,
            "--memory=%d" % memory, *(["--npy"] if npy else []),
            *(["--source=" + source] if source else []), "-o", "fsname=ceiling,default_permissions,ro"]


@contextlib.contextmanager
def ceiling(policy, directory, size, **shape):
    name, _, readahead = policy.partition("-")
    with mounted(ceiling_command(name, directory, size, **shape)) as place:
        if readahead:
            set_readahead(place, 1024)
        yield place


def first_byte(command, path):
    """(1, seconds from the command to the first byte of the file; path None: until it is
    mounted)"""
    with tempfile.TemporaryDirectory(prefix="tesserafs-bench.") as place:
        start = time.monotonic()
        subprocess.run(command + [place], check=True)
        try:
            if path:
                with open(os.path.join(place, path), "rb", buffering=0) as file:
                    file.read(1)
            seconds = time.monotonic() - start
        finally:
            pid = daemon_of(place)
            if pid and command[0] == TESSERAFS:
                note_peak(pid, {"cache_mib": CACHE_MIB})
            _unmount(place, pid)
    return 1, seconds
