"""pairs/ of a mount against what DeepReg's own loaders yielded.

    golden_pairs.py describe VECTORS NUMBER DATA      the description of a recorded case, for its data
    golden_pairs.py samples  VECTORS NUMBER MNT       its samples: deepreg_real_samples.json
    golden_pairs.py make     DIRECTORY TYPE SIZES     tiny images, whose voxel (0, 0, 1) is the
                                                      number of the image, in groups of these sizes
    golden_pairs.py order    TESSERAFS DIRECTORY PAIRED_UNPAIRED GROUPED    recorded orders
"""
import csv
import hashlib
import io
import itertools
import json
import os
import struct
import subprocess
import sys

import nibabel
import numpy

ROLES = {"moving_image": "moving_images", "fixed_image": "fixed_images",
         "moving_label": "moving_labels", "fixed_label": "fixed_labels"}


def load(path):
    with open(path) as file:
        return json.load(file)


def sha(array):
    return hashlib.sha256(numpy.ascontiguousarray(array, "<f4").tobytes()).hexdigest()


# --- DeepReg's real test data ---------------------------------------------------------

SHAPES = ["moving_image_shape", "fixed_image_shape", "image_shape"]


def describe(vectors, number, data):
    config = load(vectors)["cases"][int(number)]["config"]
    for split in ("train", "valid", "test"):
        config[split]["dir"] = config[split]["dir"].replace("data/test", data + "/test")
    raw = {key: value for key, value in config.items()
           if key.startswith("intra") or key.startswith("sample")}
    print(json.dumps({"deepreg": config, "views": {"pairs": {"raw": raw}}}))


def read(root, view, split, role, item):
    """As DeepReg's NIfTI loader does: every voxel, in the order that nibabel shows it."""
    directory = os.path.join(root, "pairs", view, split, "epoch-0", role)
    name = sorted(os.listdir(directory))[item]
    if role == "indices":
        return numpy.load(os.path.join(directory, name))
    image = nibabel.load(os.path.join(directory, name))
    return image.get_fdata(dtype=numpy.float32)


def samples(vectors, number, mnt):
    case = load(vectors)["cases"][int(number)]
    split = case["split"]
    top = os.path.join(mnt, "pairs", "deepreg", split, "epoch-0")
    roles = [role for key, role in ROLES.items() if key in case["samples"][0]]
    assert sorted(os.listdir(top)) == sorted(roles + ["indices", "items.csv"]), os.listdir(top)
    with open(os.path.join(top, "items.csv"), newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(case["samples"]), (len(table), len(case["samples"]))
    for item, sample in enumerate(case["samples"]):
        indices = read(mnt, "deepreg", split, "indices", item)
        assert indices.dtype == numpy.float32 and indices.tolist() == sample["indices"], item
        row = table[item]
        assert row["split"] == split, row
        listed = [int(row["index_%d" % i]) for i in range(len(indices))]
        assert listed == sample["indices"] and int(row["label"]) == sample["indices"][-1], row
        for key, role in ROLES.items():
            if key not in sample:
                continue
            want = sample[key]
            raw = read(mnt, "raw", split, role, item)
            assert list(raw.shape) == want["shape"], (item, key, raw.shape)
            assert sha(raw) == want["raw"], (item, key, "before the resize")
            resized = read(mnt, "deepreg", split, role, item)
            assert list(resized.shape) == want["resized_shape"], (item, key, resized.shape)
            assert sha(resized) == want["resized"], (item, key, "after the resize")


# --- recorded orders ------------------------------------------------------------------

def tiny(path, number):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    array = numpy.zeros((1, 1, 2), "f4")
    array[0, 0, 1] = number
    nibabel.save(nibabel.Nifti1Image(array, numpy.eye(4)), path)


def make(directory, kind, sizes):
    """Splits train, valid and test of the same images."""
    sizes = [int(n) for n in sizes.split("+")]
    for split in ("train", "valid", "test"):
        for group, size in enumerate(sizes):
            for i in range(size):
                below = "group%03d/" % group if kind == "grouped" else ""
                stores = ["moving_images", "fixed_images"] if kind == "paired" else ["images"]
                for store in stores:
                    tiny("%s/%s/%s/%scase%05d.nii" % (directory, split, store, below, i), i)
    section = {"type": kind}
    for split in ("train", "valid", "test"):
        section[split] = {"dir": split, "format": "nifti", "labeled": False}
    with open(os.path.join(directory, "set.json"), "w") as file:
        json.dump({"deepreg": section}, file)


def items(tesserafs, source, view, split="test", epoch=0):
    """The index vectors without the label, or the message."""
    result = subprocess.run([tesserafs, "--cat", source, "pairs/%s/%s/epoch-%d/items.csv"
                             % (view, split, epoch)], capture_output=True, text=True)
    if result.returncode:
        return result.stderr
    rows = list(csv.reader(io.StringIO(result.stdout)))
    first, last = rows[0].index("index_0"), rows[0].index("label") - 1
    return [[int(n) for n in row[first:last]] for row in rows[1:]]


def order(tesserafs, directory, paired_unpaired, grouped):
    vectors = load(paired_unpaired)
    for kind in ("paired", "unpaired"):
        for n, want in vectors[kind].items():
            top = os.path.join(directory, kind + n)
            make(top, kind, n)
            for split, epoch in (("test", 0), ("valid", 0), ("test", 12)):
                got = items(tesserafs, top + "/set.json", "default", split, epoch)
                assert got == want["indices"], (kind, n, got)
            train = items(tesserafs, top + "/set.json", "order=deepreg", "train", 3)
            assert train == want["indices"], (kind, n, train)
    section = load(os.path.join(directory, "paired10", "set.json"))
    section["deepreg"]["seed"] = 0
    with open(os.path.join(directory, "paired10", "seed.json"), "w") as file:
        json.dump(section, file)
    train = items(tesserafs, file.name, "deepreg", "train", 5)
    assert train == vectors["paired"]["10"]["indices"], train
    cases = load(grouped)["cases"]
    for number, case in enumerate(cases):
        sizes = "+".join(map(str, case["groups"]))
        top = os.path.join(directory, "grouped" + sizes)
        if not os.path.exists(top):
            make(top, "grouped", sizes)
        view = "intra_group_prob=%g,intra_group_option=%s,sample_image_in_group=%s" % (
            case["intra_group_prob"], case["intra_group_option"],
            "on" if case["sample_image_in_group"] else "off")
        got = items(tesserafs, top + "/set.json", view)
        if "error" in case:
            assert isinstance(got, str), (number, case, got)
        else:
            want = case["seed0"] if "seed0" in case else case["indices"]
            assert got == want, (number, case, got)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
