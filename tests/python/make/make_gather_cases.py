#!/usr/bin/python3
"""Writes gather_cases.h: grids of pieces, and what numpy joins them to.  The header is
kept in the repository.

    /usr/bin/python3 tests/python/make/make_gather_cases.py

Voxel i (C order) of piece number p is p * 1000 + i + 1; what no piece gives is 7.
"""
import os
import random
import subprocess

import numpy as np

UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../unit")
draw = random.Random(11)
FILL = 7
CASES = 48
CELLS = 4


def make_case(pitched):
    """A random grid: names, lengths of cells per piece axis, holes, and the result."""
    nd = draw.randint(1, 3)
    while True:
        names = []
        stacks = draw.randint(0, 2)
        for _ in range(draw.randint(1, 4)):
            if stacks and sum(not c for c, _, _ in names) < stacks and draw.random() < 0.6:
                names.append([False, None, draw.randint(1, 3)])
            else:
                names.append([True, draw.randrange(nd), draw.randint(1, 3)])
        stacks = sum(not c for c, _, _ in names)
        places = draw.sample(range(nd + stacks), stacks)
        for name in names:
            if not name[0]:
                name[1] = places.pop()
        cells = [1] * nd
        for concat, axis, n in names:
            if concat:
                cells[axis] *= n
        if max(cells) <= CELLS and np.prod([n for _, _, n in names]) <= 24:
            break
    joined = [any(c and a == d for c, a, _ in names) for d in range(nd)]
    lengths = [[draw.randint(1, 3) for _ in range(c)] if j else [draw.randint(1, 3)]
               for c, j in zip(cells, joined)]
    pitch, extent = [0] * nd, [0] * nd
    if pitched:
        for d in range(nd):
            if joined[d]:
                pitch[d] = draw.randint(1, 3)
                extent[d] = draw.randint((cells[d] - 1) * pitch[d] + 1, cells[d] * pitch[d])
    return names, joined, lengths, pitch, extent, nd


def piece(number, shape):
    return number * 1000 + 1 + np.arange(np.prod(shape)).reshape(shape)


def solve(case):
    names, joined, lengths, pitch, extent, nd = case
    holes, shapes = [], []
    stacks = [i for i, (concat, _, _) in enumerate(names) if not concat]

    def build(depth, cell, number):
        if depth == len(names):
            hole = draw.random() < 0.1
            shape = [lengths[d][cell[d]] if joined[d] else lengths[d][0] for d in range(nd)]
            need = list(shape)
            for d in range(nd):
                if joined[d] and pitch[d]:
                    shape[d] = draw.randint(1, 4)
                    need[d] = min(pitch[d], extent[d] - cell[d] * pitch[d])
            holes.append(hole)
            shapes.append(shape)
            out = np.full(need, FILL)
            if not hole:
                both = tuple(slice(0, min(a, b)) for a, b in zip(need, shape))
                out[both] = piece(number, shape)[both]
            return out
        concat, axis, n = names[depth]
        parts = []
        for p in range(n):
            below = list(cell)
            if concat:
                below[axis] = below[axis] * n + p
            parts.append(build(depth + 1, below, number * n + p))
        if not concat:
            return np.stack(parts, 0)
        return np.concatenate(parts, axis + sum(i > depth for i in stacks))

    whole = build(0, [0] * nd, 0)
    whole = np.moveaxis(whole, range(len(stacks)), [names[i][1] for i in stacks])
    return holes, shapes, whole


def braces(values):
    return "{" + ", ".join(str(int(v)) for v in values) + "}"


def main():
    out = ["/* Made by make_gather_cases.py: numpy's answers. */", ""]
    rows = []
    for c in range(CASES):
        case = make_case(c % 3 == 2)
        names, joined, lengths, pitch, extent, nd = case
        holes, shapes, whole = solve(case)
        bounds = [braces(np.concatenate([[0], np.cumsum(l)])) if j else "{0}"
                  for l, j in zip(lengths, joined)]
        shape = [0 if j else l[0] for l, j in zip(lengths, joined)]
        out.append(f"static const short gather_voxels_{c}[] = {braces(whole.ravel())};")
        out.append(f"static const char gather_holes_{c}[] = {braces(holes)};")
        flat = [v for s in shapes for v in s]
        out.append(f"static const char gather_shapes_{c}[] = {braces(flat)};")
        axes = ", ".join(f"{{{'true' if k else 'false'}, {a}, {n}}}" for k, a, n in names)
        rows.append(f"{{{nd}, {braces(shape)}, {len(names)}, {{{axes}}}, {{{', '.join(bounds)}}}, "
                    f"{braces(pitch)}, {braces(extent)}, {whole.ndim}, {braces(whole.shape)}, "
                    f"gather_voxels_{c}, gather_holes_{c}, gather_shapes_{c}}},")
    out += ["", "static const struct gather_case {",
            "  int nd; int64_t shape[3]; int naxes; struct view_gather_axis axes[4];",
            f"  int64_t bounds[3][{CELLS + 1}]; int64_t pitch[3], extent[3];",
            "  int result_nd; int64_t result[5];",
            "  const short *voxels; const char *holes, *shapes; /* of the pieces */",
            "} gather_cases[] = {", *rows, "};", ""]
    path = os.path.join(UNIT, "gather_cases.h")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out))
    subprocess.run(["clang-format", "-i", path], check=True)


main()
