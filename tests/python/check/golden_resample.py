"""golden_resample.py make DIRECTORY SOURCE | resize|zoom|pad DIRECTORY MOUNT: resize as DeepReg does it
(deepreg_resize.json) and PyTC's rescaling and padding (pytc_preprocess.json), bit for bit."""
import json
import sys

import numpy


def vectors(directory, name):
    with open("%s/%s.json" % (directory, name)) as file:
        return json.load(file)


def array(value):
    return numpy.array(value["data"], value["dtype"]).reshape(value["shape"])


def floats(text, shape):
    return numpy.frombuffer(bytes.fromhex(text), "<f4").reshape(shape)


def make(directory, source):
    for n, case in enumerate(vectors(directory, "deepreg_resize")["cases"]):
        numpy.save("%s/resize-%d.npy" % (source, n), floats(case["in"], case["in_shape"]))
    golden = vectors(directory, "pytc_preprocess")
    for name in "pad_input", "rescale_input":
        numpy.save("%s/%s.npy" % (source, name), array(golden[name]))
    # the input of pad_4d_reflect, (c, z, y, x): what is left when its padding is cut off
    numpy.save(source + "/pad_4d.npy", array(golden["pad_4d_reflect"])[:, 1:-1, 1:-1, 1:-1])
    scans = [{"id": "{s}", "fields": {"image": "{s}.npy"}},
             {"id": "4d", "channels": "first", "fields": {"image": "pad_4d.npy"}}]
    with open(source + "/tesserafs.json", "w") as file:
        json.dump({"scans": scans}, file)


def item(mount, transforms, scan):
    return numpy.load("%s/patches/size=:,transforms=%s/%s/image/0.npy" % (mount, transforms, scan))


def same(found, want, what):
    assert found.dtype == want.dtype and found.shape == want.shape and numpy.array_equal(found, want), what


def resize(directory, mount):
    golden = vectors(directory, "deepreg_resize")
    for n, case in enumerate(golden["cases"]):
        text = "resize:" + "x".join(map(str, case["out_shape"]))
        found = item(mount, text, "resize-%d" % n)
        assert found.tobytes() == floats(case["out"], case["out_shape"]).tobytes(), (n, case["in_shape"], text)


def zoom(directory, mount):
    golden, count = vectors(directory, "pytc_preprocess"), 0
    for name, value in golden.items():
        if not name.startswith("rescale_") or name == "rescale_input":
            continue
        factors, order = name[len("rescale_"):].split("_order")
        text = "zoom:%s:order=%s:compat" % (factors.replace("x", ":"), order)
        same(item(mount, text, "rescale_input"), array(value), name)
        count += 1
    assert count == 12, count


def pad(directory, mount):
    golden = vectors(directory, "pytc_preprocess")
    padded = array(golden["pad_input"])
    for name, text in (("pad_reflect", "pad:1:2:3"), ("pad_constant", "pad:1:2:3:mode=constant"),
                       ("pad_symmetric", "pad:1:2:3:mode=symmetric"), ("pad_edge", "pad:1:2:3:mode=edge")):
        same(item(mount, text, "pad_input"), array(golden[name]), name)
    # pad_constant_asym: the sides follow from where the input lies in it
    want = array(golden["pad_constant_asym"])
    corner = [int(numpy.argwhere(want == 1)[0][0]), int(numpy.argwhere(want == 4)[0][1]) - 1,
              int(numpy.argwhere(want == 1)[0][2]) - 1]
    sides = [n for a, m, e in zip(corner, want.shape, padded.shape) for n in (a, m - e - a)]
    same(item(mount, "pad:%s:mode=constant" % ":".join(map(str, sides)), "pad_input"), want, sides)
    same(item(mount, "pad:1", "4d"), array(golden["pad_4d_reflect"]), "4-D")


globals()[sys.argv[1]](*sys.argv[2:])
