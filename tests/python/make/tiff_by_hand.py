"""A writer of TIFF files for what no library writes: pieces that hold more than their rows,
odd bit depths, any mixture of compression, predictor, byte order, fill order and planes."""
import lzma
import struct
import zlib

import numpy

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def lzw(data):
    """Codes of 9 bits: the table is cleared before it outgrows them."""
    bits, held, out = 0, 0, bytearray()

    def put(code):
        nonlocal bits, held
        held = held << 9 | code
        bits += 9
        while bits >= 8:
            bits -= 8
            out.append(held >> bits & 255)
            held &= (1 << bits) - 1

    for at, byte in enumerate(data):
        if at % 250 == 0:
            put(256)
        put(byte)
    put(257)
    return bytes(out) + (bytes([held << 8 - bits & 255]) if bits else b"")


def packbits(data):
    """A literal run and a repeated byte where there is one."""
    out, at = bytearray(), 0
    while at < len(data):
        same = 1
        while same < 128 and data[at : at + same + 1] == data[at : at + 1] * (same + 1):
            same += 1
        if same > 2:
            out += bytes([257 - same, data[at]])
            at += same
        else:
            part = data[at : at + 100]
            out += bytes([len(part) - 1]) + part
            at += len(part)
    return bytes(out)


def zstd(data):
    """One frame of raw blocks, which no compressor is needed for."""
    out = struct.pack("<IBB", 0xFD2FB528, 0, 0x70)  # a window of 16 MiB, no checksum
    for at in range(0, max(len(data), 1), 1 << 16):
        part = data[at : at + (1 << 16)]
        last = at + (1 << 16) >= len(data)
        out += struct.pack("<I", len(part) << 3 | last)[:3] + part
    return out


COMPRESS = {
    NONE: bytes,
    LZW: lzw,
    DEFLATE: zlib.compress,
    OLD_DEFLATE: lambda data: zlib.compress(data, 9),
    LZMA: lambda data: lzma.compress(data, lzma.FORMAT_XZ, preset=1),
    ZSTD: zstd,
}


def pack(piece, bits, order):
    """The bytes of rows of samples: whole bytes in the file's order, else most significant bit first,
    each row beginning on a byte."""
    if piece.dtype != bool and bits == 8 * piece.dtype.itemsize:
        return piece.astype(piece.dtype.newbyteorder(order)).tobytes()
    rows = piece.reshape(len(piece), -1).astype("i8").view("u8")
    if bits % 8 == 0:
        whole = rows.astype(order + "u8").view("u1").reshape(*rows.shape, 8)
        return (whole[:, :, : bits // 8] if order == "<" else whole[:, :, 8 - bits // 8 :]).tobytes()
    single = rows[:, :, None] >> numpy.arange(bits, dtype="u8")[::-1] & numpy.uint64(1)
    return numpy.packbits(single.reshape(len(rows), -1).astype("u1"), axis=1).tobytes()


def predict(piece, predictor, bits, order):
    """The bytes of (rows, columns, samples) after a predictor."""
    if predictor == 3:
        size = piece.dtype.itemsize
        planes = piece.astype(piece.dtype.newbyteorder(">")).reshape(len(piece), -1, 1).view("u1")
        rows = planes.transpose(0, 2, 1).reshape(len(piece), -1)
        step = piece.shape[2]
        rows[:, step:] = rows[:, step:] - rows[:, :-step]
        return rows.tobytes()
    if predictor == 2:
        kind = "u1" if piece.dtype == bool else f"u{piece.dtype.itemsize}"
        values = (piece.view(kind) if piece.dtype.kind != "b" else piece.astype(kind)).copy()
        values[:, 1:] -= values[:, :-1].copy()
        if bits < 8 * values.dtype.itemsize:
            values &= values.dtype.type((1 << bits) - 1)
        piece = values
    return pack(piece, bits, order)


def write(path, array, *, bits=None, codec=NONE, predictor=1, tile=None, rows=None, pad=False, extra=b"",
          trailing=b"", order="<", planar=False, fill=1, junk=1, change=None, tags=()):
    """pad: the last strip has all its rows; extra: bytes after the last row, before compression;
    trailing: bytes after compression.  change(piece number, bytes): the last word."""
    image = array if array.ndim == 3 else array[:, :, None]
    height, width, samples = image.shape
    bits = bits or (1 if array.dtype == bool else 8 * array.dtype.itemsize)
    rows = rows or height
    tall, wide = tile or (rows, width)
    pieces = []
    for plane in [image[:, :, s : s + 1] for s in range(samples)] if planar else [image]:
        for y in range(0, height, tall):
            for x in range(0, width, wide):
                part = plane[y : y + tall, x : x + wide]
                if tile or pad:
                    room = ((0, tall - part.shape[0]), (0, wide - part.shape[1]), (0, 0))
                    part = numpy.pad(part, room, constant_values=junk)
                part = numpy.ascontiguousarray(part)
                data = predict(part, predictor, bits, order) + extra
                if codec == PACKBITS:  # packs each row for itself
                    length = (part[0].size * bits + 7) // 8
                    data = b"".join(packbits(data[at : at + length]) for at in range(0, len(data), length))
                else:
                    data = COMPRESS[codec](data)
                data += trailing
                if fill == 2:
                    data = data.translate(REVERSED)
                pieces.append(change(len(pieces), data) if change else data)
    form = {"u": 1, "b": 1, "i": 2, "f": 3, "c": 6}[array.dtype.kind]
    out, offsets = bytearray(8), []
    for data in pieces:
        offsets.append(len(out) if data is not None else 0)
        out += (data or b"") + bytes(len(data or b"") % 2)
    counts = [len(data or b"") for data in pieces]
    entries = {256: [width], 257: [height], 258: [bits] * samples, 259: [codec], 262: [1], 266: [fill],
               277: [samples], 284: [2 if planar else 1], 317: [predictor], 339: [form] * samples}
    if tile:
        entries.update({322: [wide], 323: [tall], 324: offsets, 325: counts})
    else:
        entries.update({278: [rows], 273: offsets, 279: counts})
    if samples > 1:
        entries[338] = [0] * (samples - 1)
    entries.update(tags)
    directory = b""
    for code, values in sorted(entries.items()):
        short = code in (258, 259, 262, 266, 277, 284, 317, 338, 339)
        data = struct.pack(order + ("H" if short else "I") * len(values), *values)
        if len(data) > 4:
            at = len(out)
            out += data + bytes(len(data) % 2)
            data = struct.pack(order + "I", at)
        directory += struct.pack(order + "HHI", code, 3 if short else 4, len(values)) + data.ljust(4, b"\0")
    struct.pack_into(order + "2sHI", out, 0, b"II" if order == "<" else b"MM", 42, len(out))
    out += struct.pack(order + "H", len(entries)) + directory + bytes(4)
    with open(path, "wb") as file:
        file.write(out)
