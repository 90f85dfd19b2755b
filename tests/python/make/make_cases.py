#!/usr/bin/python3
"""Writes cut_cases.h and patches_cases.h: what numpy and plain Python say that cuts and
grids of boxes are.  The headers are kept in the repository.

    /usr/bin/python3 tests/python/make/make_cases.py
"""
import os
import random
import subprocess

import numpy as np

UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../unit")
draw = random.Random(5)


def number(extent):
    """Around the ends, on both sides of them, or absent."""
    return draw.choice(["", draw.randint(-extent - 3, extent + 3), draw.randint(0, extent), -1, 0])


def random_index(extent):
    kind = draw.randrange(6)
    if kind == 0 and extent:
        return str(draw.randint(-extent, extent - 1))
    if kind == 1:
        return ":"
    text = f"{number(extent)}:{number(extent)}"
    return text + (f":{draw.choice([1, 2, 3, -1, -2, -3, 7, -9])}" if kind > 3 else "")


def cut_texts(shape):
    fixed = ["...", ":", "0", "-1", "::-1", "1:", ":-1", "...,0", "0,...", "::2", "9223372036854775807:", ":99999999999999999999",
             "-99999999999999999999:", "::9223372036854775807", "::-9223372036854775808", "2:2", "3:1"]
    texts = list(fixed) if shape else ["..."]
    for _ in range(60 if shape else 0):
        n = draw.randint(1, len(shape))
        parts = [random_index(shape[d]) for d in range(n)]
        if draw.randrange(4) == 0:
            where = draw.randint(0, n)
            parts = [random_index(shape[d]) for d in range(where)] + ["..."] + [
                random_index(shape[len(shape) - (n - where) + d]) for d in range(n - where)]
        texts.append(",".join(parts))
    return texts


def to_index(text):
    index = []
    for part in text.split(","):
        if part == "...":
            index.append(Ellipsis)
        elif ":" in part:
            index.append(slice(*[int(number) if number else None for number in part.split(":")]))
        else:
            index.append(int(part))
    return tuple(index)


def cut_cases():
    for shape in [(5, 6, 7), (9,), (2, 3, 1, 4), (), (4, 0, 3)]:
        array = np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
        for text in cut_texts(shape):
            try:
                cut = array[to_index(text)]
            except IndexError:
                yield shape, text, -1, (), 0
                continue
            flat = np.asarray(cut).ravel(order="C")
            total = int(((flat + 1) * np.arange(1, flat.size + 1)).sum())
            yield shape, text, np.ndim(cut), np.shape(cut), total


def braces(values):
    return "{" + (", ".join(map(str, values)) or "0") + "}"


def starts_of(extent, size, stride, pad, remainder):
    """MedSegPy's compute_patches along one axis, and what becomes of the remainder."""
    starts = list(range(-pad, extent + pad - size + 1, stride))
    if not starts:
        return [-pad]
    end = starts[-1] + size
    if end < extent + pad:
        if remainder == "shift":
            starts.append(extent + pad - size)
        elif remainder == "pad":
            starts.append(starts[-1] + stride)
    return starts


def patches_cases():
    for _ in range(150):
        extent = draw.randint(1, 40)
        size = draw.randint(1, 45)
        stride = draw.randint(1, size + 5)
        pad = draw.randint(0, size - 1) if draw.randrange(2) else 0
        remainder = draw.choice(["shift", "drop", "pad"])
        starts = starts_of(extent, size, stride, pad, remainder)
        yield extent, f"size={size},stride={stride},pad={pad},remainder={remainder}", starts


def write(name, lines):
    path = os.path.join(UNIT, name)
    guard = "TESSERAFS_" + name.upper().replace(".", "_")
    with open(path, "w") as file:
        file.write("/* Written by make_cases.py: the values are numpy's and Python's. */\n")
        file.write(f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n")
        file.write("\n".join(lines) + "\n\n#endif\n")
    subprocess.run(["clang-format", "-i", path], check=True)


write("cut_cases.h",
      ["/* arange(prod(shape)).reshape(shape)[text]: its shape (nd -1: IndexError), and the",
       " * sum of (value + 1) * (position + 1) over its voxels in C order. */",
       "static const struct cut_case {", "int nd;", "int64_t shape[4];", "const char *text;", "int out_nd;",
       "int64_t out_shape[4];", "int64_t total;", "} cut_cases[] = {"]
      + [f"{{{len(shape)}, {braces(shape)}, \"{text}\", {nd}, {braces(out)}, {total}}}," for shape, text, nd, out, total in cut_cases()]
      + ["};"])
write("patches_cases.h",
      ["/* One axis: the starts of the boxes. */", "static const struct patches_case {", "int64_t extent;", "const char *params;",
       "int n;", "int64_t start[48];", "} patches_cases[] = {"]
      + [f"{{{extent}, \"{params}\", {len(starts)}, {braces(starts)}}}," for extent, params, starts in patches_cases() if len(starts) <= 48]
      + ["};"])
