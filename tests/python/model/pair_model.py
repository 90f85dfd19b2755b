#!/usr/bin/python3
"""The training orders of core/sampler/pair_order.h once more, in Python on numpy's Philox:
what a reader in another language would write to know the pairs beforehand.

Prints, for test_pair_order.c, one case a line:
  type n p option sampled seed stream epoch  ngroups sizes...  pairs skipped  mg m fg f ...
"""
import math
import random

import numpy as np

ORDER, PAIR = 1, 2
ROUNDS, FEW = 8, 64
MASK = 2**64 - 1


def word(use, seed, stream, epoch, item, k):
    counter = k // 4 | item << 64 | (epoch & MASK) << 128 | stream << 192
    bits = np.random.Philox(key=seed | use << 64, counter=(counter - 1) % 2**256)
    return int(bits.random_raw(4)[k % 4])


def mixed_below(x, key, n):
    x = (x + key) & MASK
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD & MASK
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return (x ^ x >> 33) * n >> 64


def shuffle(n, *place):
    """All of it, as a list."""
    if n <= FEW:
        few = []
        for i in range(n):
            j = word(ORDER, *place, 0, i) * (i + 1) >> 64
            few.append(i)
            few[i] = few[j]
            few[j] = i
        return few
    keys = [word(ORDER, *place, 0, i) for i in range(ROUNDS)]
    columns = math.isqrt(n - 1) + 1
    rows = -(-n // columns)
    out = []
    for cell in range(n):
        while True:
            row, column = divmod(cell, columns)
            for i in range(0, ROUNDS, 2):
                column = (column + mixed_below(row, keys[i], columns)) % columns
                row = (row + mixed_below(column, keys[i + 1], rows)) % rows
            cell = row * columns + column
            if cell < n:
                break
        out.append(cell)
    return out


def drawn(sizes, p, option, g, *place):
    def below(k, n):
        return word(PAIR, *place, g, k) * n >> 64

    def other(k, n, but):
        i = below(k, n - 1)
        return i + (i >= but)

    if (word(PAIR, *place, g, 0) >> 11) * 2.0**-53 < p:
        if sizes[g] == 1:
            return None
        i = below(1, sizes[g])
        j = other(2, sizes[g], i)
        if option != 0 and (i > j) == (option == 1):
            i, j = j, i
        return (g, i, g, j)
    fixed = other(3, len(sizes), g)
    return (g, below(1, sizes[g]), fixed, below(2, sizes[fixed]))


def table(sizes, p, option):
    rows = []
    groups = range(len(sizes))
    if p == 0:
        return [(a, i, b, j) for a in groups for b in groups if b != a for i in range(sizes[a]) for j in range(sizes[b])]
    for g in groups:
        for i in range(sizes[g]):
            for j in range(i):
                if option != 2:
                    rows.append((g, j, g, i))
                if option != 1:
                    rows.append((g, i, g, j))
    return rows


def order(kind, n, p, option, sampled, sizes, *place):
    """(pairs, skipped groups)"""
    if kind == 0:
        return [(0, i, 0, i) for i in shuffle(n, *place)], 0
    if kind == 1:
        x = shuffle(n, *place)
        return [(0, x[2 * t], 0, x[2 * t + 1]) for t in range(n // 2)], 0
    if sampled:
        every = [drawn(sizes, p, option, g, *place) for g in range(len(sizes))]
        kept = [pair for pair in every if pair]
        return [kept[t] for t in shuffle(len(kept), *place)], len(sizes) - len(kept)
    rows = table(sizes, p, option)
    return [rows[t] for t in shuffle(len(rows), *place)], sizes.count(1) if p == 1 else 0


def case(draw, kind, sizes, p=1.0, option=0, sampled=True):
    n = sum(sizes)
    place = (draw.getrandbits(64), draw.getrandbits(64), draw.choice([0, 1, 10**6, -4]))
    pairs, skipped = order(kind, n, p, option, sampled, sizes, *place)
    numbers = [x for pair in pairs for x in pair]
    print(kind, n, p, option, int(sampled), *place, len(sizes), *sizes, len(pairs), skipped, *numbers)


def main():
    draw = random.Random(11)
    for n in [0, 1, 2, 3, 25, 64, 65, 66, 100, 777]:
        case(draw, 0, [n])
        case(draw, 1, [n])
    for _ in range(25):
        sizes = [draw.choice([1, 1, 2, 3, draw.randint(1, 9)]) for _ in range(draw.choice([2, 3, 7, 70]))]
        for option in range(3):
            for p in [0, 0.25, 0.7, 1]:
                case(draw, 2, sizes, p, option)
            if len(sizes) < 10:
                case(draw, 2, sizes, 0, option, False)
                case(draw, 2, sizes, 1, option, False)


if __name__ == "__main__":
    main()
