"""augment_vectors.py > tests/golden/augment_numpy.json: warps by dense fields, by affines with the
border kept and by several steps, and spacing, written down anew in numpy from DeepReg's description:
what deepreg_augment.json, recorded from its code, has no cases of.  Numbers are little-endian hex."""
import json
import statistics
import sys

import numpy

F = numpy.float32


def resize(array, shape):
    """DeepReg's linear resize of the first axes, float32 throughout: the last axis first."""
    array = array.astype(F)
    for axis in reversed(range(len(shape))):
        n, m = array.shape[axis], shape[axis]
        if n == m:
            continue
        x = (numpy.arange(m, dtype=F) + F(0.5)) * (F(n) / F(m)) - F(0.5)
        floor = numpy.floor(x)
        low = numpy.maximum(floor, 0).astype(int)
        high = numpy.minimum(numpy.ceil(x), n - 1).astype(int)
        t = (x - floor).reshape([-1 if d == axis else 1 for d in range(array.ndim)])
        a, b = array.take(low, axis), array.take(high, axis)
        array = a + (b - a) * t
    assert array.dtype == F
    return array


def grid(shape):
    return numpy.stack(numpy.meshgrid(*[numpy.arange(n, dtype=F) for n in shape], indexing="ij"), -1)


def locations(step, shape):
    at = grid(shape)
    if "theta" in step:
        theta = step["theta"]
        return at[..., :1] * theta[0] + at[..., 1:2] * theta[1] + at[..., 2:] * theta[2] + theta[3]
    return at + resize(step["low"], shape)


def sample(volume, loc, kept):
    last = numpy.array(volume.shape, F) - 1
    inside = ((loc >= 0) if kept else (loc > 0)).all(-1) & (loc <= last).all(-1)
    high = numpy.ceil(loc)
    low = high - 1
    loc, low, high = [numpy.clip(x, 0, last).astype(F) for x in (loc, low, high)]
    weight = [high - loc, loc - low]
    if kept:
        weight[1] = numpy.where(loc == 0, F(1), weight[1])
    at = [low.astype(int), high.astype(int)]
    planes = []
    for k in 0, 1:
        rows = []
        for j in 0, 1:
            v = [volume[at[i][..., 0], at[j][..., 1], at[k][..., 2]] for i in (0, 1)]
            rows.append(v[0] * weight[0][..., 0] + v[1] * weight[1][..., 0])
        planes.append(rows[0] * weight[0][..., 1] + rows[1] * weight[1][..., 1])
    out = planes[0] * weight[0][..., 2] + planes[1] * weight[1][..., 2]
    assert out.dtype == F
    return numpy.where(inside, out, F(0))


def text(array):
    return array.astype("<f4").tobytes().hex()


def case(name, shape, kept, *steps, low=0):
    volume = numpy.random.default_rng(len(name)).random(shape, F) - F(low)
    out = volume
    for step in steps:
        out = sample(out, locations(step, shape), kept)
    said = [{"theta": text(s["theta"])} if "theta" in s else
            {"low": text(s["low"]), "low_shape": list(s["low"].shape), "ddf": text(resize(s["low"], shape))}
            for s in steps]
    return {"name": name, "shape": list(shape), "border": "kept" if kept else "compatible",
            "in": text(volume), "steps": said, "out": text(out)}


def field(seed, size, strength):
    rng = numpy.random.default_rng(seed)
    return {"low": (rng.uniform(0, strength, 3) * rng.standard_normal((*size, 3))).astype(F)}


def theta(seed, scale):
    rng = numpy.random.default_rng(seed)
    return {"theta": (numpy.eye(4, 3) + rng.uniform(-scale, scale, (4, 3))).astype(F)}


def cases():
    shift = {"low": numpy.array([[[[0.3, -1.2, 0.7]]]], F)}
    for kept in False, True:
        yield case("shift", (5, 6, 7), kept, shift)
        yield case("whole shift", (5, 6, 7), kept, {"low": numpy.array([[[[1, -2, 0]]]], F)})
        yield case("coarse field", (6, 7, 8), kept, field(1, (2, 3, 2), 2))
        yield case("one number a voxel", (5, 4, 6), kept, field(2, (5, 4, 6), 3), low=0.5)
        yield case("affine", (7, 5, 9), kept, theta(3, 0.3), low=0.5)
        yield case("affine, field, affine", (7, 8, 5), kept, theta(4, 0.1), field(5, (3, 2, 2), 1), theta(6, 0.1))
        yield case("identity of flat arrays", (1, 4, 5), kept, theta(0, 0))
    yield case("kept identity", (4, 5, 6), True, theta(0, 0), low=0.5)


def spacing(target, columns, unit_mm=1):
    """A volume whose axes are `columns`, resampled to `target` mm: its new extents and affine."""
    shape = (4, 5, 6)
    volume = numpy.random.default_rng(9).random(shape, F)
    affine = numpy.column_stack([columns[0], columns[1], columns[2], (10, 20, 30)]).astype(float)
    size = numpy.linalg.norm(affine[:, :3], axis=0) * unit_mm
    # none of them lies halfway between two whole numbers
    extents = [max(1, round(n * mm / t)) for n, mm, t in zip(shape, size, target)]
    step = numpy.array(shape) / extents
    into = numpy.eye(4)
    into[:3, :3] = numpy.diag(step)
    into[:3, 3] = step / 2 - 0.5
    return {"target": target, "affine": affine.tolist(), "unit_mm": unit_mm, "in": text(volume),
            "shape": extents, "out": text(resize(volume, extents)), "out_affine": (affine @ into).tolist()}


def spacings():
    tilted = (0.3, 0.4, 0), (-0.8, 0.6, 0), (0, 0, 2)
    straight = (0.4, 0, 0), (0, -0.4, 0), (0, 0, 0.4)
    yield spacing((0.7, 0.7, 0.7), tilted)
    yield spacing((1, 0.3, 5), tilted)
    yield spacing((0.4, 0.4, 0.4), straight)
    yield spacing((0.15, 0.15, 0.15), straight)
    yield spacing((100, 100, 100), straight)
    yield spacing((300, 300, 300), straight, 1000)
    yield spacing((0.0003, 0.0003, 0.0003), straight, 0.001)


def minmax_eps():
    rng = numpy.random.default_rng(10)
    ramp, noise = numpy.arange(7, dtype=F), (rng.standard_normal(50) * 1000).astype(F)
    for eps in 1e-6, 0.25:
        for x in ramp, noise, numpy.full(3, 5, F), numpy.full(2, -7, F):
            out = (x - x.min() + F(eps)) / (x.max() - x.min() + F(eps))
            assert out.dtype == F
            yield {"eps": eps, "in": text(x), "out": text(out)}


def quantiles():
    chances = [0.5, 0.1, 0.075, 0.0749, 0.925, 0.9251, 0.001, 0.999999, 1e-10, 1e-12, 2.0**-53, 1 - 2.0**-53]
    return [[p.hex(), statistics.NormalDist().inv_cdf(p).hex()] for p in chances]


if __name__ == "__main__":
    json.dump({"note": "by tests/python/model/augment_vectors.py, numpy and CPython's statistics.NormalDist",
               "cases": list(cases()), "spacing": list(spacings()), "minmax_eps": list(minmax_eps()),
               "quantiles": quantiles()}, sys.stdout, indent=1)
    print()
