#!/usr/bin/python3
"""What Python's random and numpy's Philox draw, for test_rng.c: one case a line.

python: seed u32 random below... sample2... u32(after a refill)   (see python_line)
numpy:  key[2] counter[4] words[4] unit
"""
import random
import sys

import numpy as np

BELOW = [1, 2, 10, 2**32 - 1, 2**32, 2**32 + 1, 2**40 + 7, 2**63 - 1]
SAMPLED = [2, 3, 5, 20, 21, 22, 23, 1000, 2**33]


def python_line(seed, given):
    r = random.Random(given)
    out = [seed, r.getrandbits(32), r.random().hex()]
    out += [r.randrange(n) for n in BELOW]
    for n in SAMPLED:
        out += r.sample(range(n), 2)
    numbers = list(range(40))
    r.shuffle(numbers)
    out += numbers + [numbers.index(r.choice(numbers))]
    for _ in range(700):
        r.getrandbits(32)
    print(*out, r.getrandbits(32))


def numpy_line(draw):
    """numpy counts up before it draws."""
    key = [draw.getrandbits(64), draw.choice([1, 2, draw.getrandbits(64)])]
    counter = [draw.choice([0, 1, 2**64 - 1, draw.getrandbits(61)]) for _ in range(4)]
    before = (sum(c << 64 * i for i, c in enumerate(counter)) - 1) % 2**256
    whole = key[0] | key[1] << 64
    words = np.random.Philox(key=whole, counter=before).random_raw(4)
    unit = np.random.Generator(np.random.Philox(key=whole, counter=before)).random()
    print(*key, *counter, *words, float(unit).hex())


if sys.argv[1] == "python":
    for s in list(range(1001)) + [2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 5, 2**63, 2**64 - 1]:
        python_line(s, s)
    for s in [1, 42, 2**40]:
        python_line(s, -s)
else:
    d = random.Random(3)
    for _ in range(500):
        numpy_line(d)
