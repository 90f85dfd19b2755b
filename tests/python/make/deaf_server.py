"""A FUSE server of the plain files of one directory, which after SIGUSR1 takes requests and answers none:
what a program asks of it then, no signal ends.  argv: DIRECTORY MOUNTPOINT"""
import ctypes, errno, os, signal, struct, sys
directory, mount = sys.argv[1:]
fd = os.open("/dev/fuse", os.O_RDWR)
options = "fd=%d,rootmode=40000,user_id=%d,group_id=%d" % (fd, os.getuid(), os.getgid())
if ctypes.CDLL(None, use_errno=True).mount(b"deaf", mount.encode(), b"fuse", 0, options.encode()):
    sys.exit(os.strerror(ctypes.get_errno()))
names = sorted(os.listdir(directory))
deaf = False
def be_deaf(*_):
    global deaf
    deaf = True
signal.signal(signal.SIGUSR1, be_deaf)
def attr(node):
    if node == 1:
        size, mode = 0, 0o40755
    else:
        size, mode = os.stat(directory + "/" + names[node - 2]).st_size, 0o100644
    return struct.pack("<QQQQQQIIIIIIIIII", node, size, 0, 1, 1, 1, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
while True:
    request = os.read(fd, 1 << 18)
    _, op, unique, node = struct.unpack_from("<IIQQ", request)
    body = request[40:]
    if deaf or op in (2, 36, 42):
        continue
    error, reply = 0, b""
    if op == 26:
        reply = struct.pack("<IIIIHHI", 7, 31, 0, 0, 0, 0, 4096) + bytes(40)
    elif op == 1:
        name = body.rstrip(b"\0").decode()
        if name in names:
            node = names.index(name) + 2
            reply = struct.pack("<QQQQII", node, 0, 0, 0, 0, 0) + attr(node)
        else:
            error = -errno.ENOENT
    elif op == 3:
        reply = struct.pack("<QII", 0, 0, 0) + attr(node)
    elif op == 14:
        reply = struct.pack("<QII", 0, 1, 0)  # direct_io
    elif op == 15:
        offset, size = struct.unpack_from("<QI", body, 8)
        with open(directory + "/" + names[node - 2], "rb") as file:
            reply = os.pread(file.fileno(), size, offset)
    elif op != 18:
        error = -errno.ENOSYS
    os.write(fd, struct.pack("<IiQ", 16 + len(reply), error, unique) + reply)
