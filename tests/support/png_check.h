/* PNG files for the tests: an encoder written from the PNG specification, in Python, so
 * that every bit depth, colour type, interlacing, filter and cut into chunks can be
 * made. */
#ifndef TESSERAFS_PNG_CHECK_H
#define TESSERAFS_PNG_CHECK_H

#include "tests/support/source_check.h"

/* filters: of the rows in turn; idats: lengths of the first IDAT chunks, the rest in one
 * more; extra, between, after: chunks before, after the first of and after all IDAT. */
static const char png_encoder[] =
    "import zlib\n"
    "from PIL import Image\n"
    "def chunk(kind, data):\n"
    "  return (struct.pack('>I', len(data)) + kind + data +\n"
    "          struct.pack('>I', zlib.crc32(kind + data)))\n"
    "def paeth(a, b, c):\n"
    "  pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)\n"
    "  return np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))\n"
    "def packed(row, bits):\n"
    "  if bits == 16: return np.frombuffer(row.astype('>u2').tobytes(), 'u1')\n"
    "  b = np.unpackbits(row.astype('u1')[:, None], axis=1)[:, 8 - bits:]\n"
    "  return np.packbits(b.ravel())\n"
    "def rows(a, bits, filters=(0,)):\n"
    "  out = []\n"
    "  if 0 in a.shape: return b''\n"
    "  pixel = max(1, a.shape[2] * bits // 8); up = None\n"
    "  for row, kind in zip(a.reshape(a.shape[0], -1), itertools.cycle(filters)):\n"
    "    line = packed(row, bits).astype('i4')\n"
    "    if up is None: up = 0 * line\n"
    "    shift = lambda b: np.concatenate([np.zeros(pixel, 'i4'), b[:-pixel]])\n"
    "    left, corner = shift(line), shift(up)\n"
    "    guess = (lambda: 0, lambda: left, lambda: up, lambda: (left + up) // 2,\n"
    "             lambda: paeth(left, up, corner))[kind]()\n"
    "    out.append(bytes([kind]) + (line - guess & 255).astype('u1').tobytes())\n"
    "    up = line\n"
    "  return b''.join(out)\n"
    "ADAM7 = [(0,0,8,8),(0,4,8,8),(4,0,8,4),(0,2,4,4),(2,0,4,2),(0,1,2,2),(1,0,2,1)]\n"
    "def png(path, a, bits, colour, interlace=0, extra=b'', idat=None, filters=(0,),\n"
    "        idats=None, between=b'', after=chunk(b'tEXt', b'a\\0b'), colours=None,\n"
    "        end=chunk(b'IEND', b'')):\n"
    "  if idat is not None: z = idat\n"
    "  elif not interlace: z = zlib.compress(rows(a, bits, filters))\n"
    "  else: z = zlib.compress(b''.join(rows(a[y::h, x::w], bits, filters)\n"
    "                                   for y, x, h, w in ADAM7))\n"
    "  head = struct.pack('>IIBBBBB', a.shape[1], a.shape[0], bits, colour, 0, 0,\n"
    "                     interlace)\n"
    "  used = bytes(i * 7 % 256 for i in range(3 * (colours or 1 << bits)))\n"
    "  palette = chunk(b'PLTE', used) if colour == 3 else b''\n"
    "  cuts = [0, *np.cumsum([len(z) // 2] if idats is None else idats), len(z)]\n"
    "  data = [chunk(b'IDAT', z[i:j]) for i, j in zip(cuts, cuts[1:])]\n"
    "  open(path, 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', head) +\n"
    "    palette + extra + data[0] + between + b''.join(data[1:]) + after + end)\n"
    "def pillow(path):\n"
    "  a = np.asarray(Image.open(path))\n"
    "  return a != 0 if a.dtype == bool else a.astype('u2') if a.dtype == 'i4' else a\n"
    "rng = np.random.default_rng(1)\n";

#endif
