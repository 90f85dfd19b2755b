"""data_oracle.py SOURCE MOUNT [SKIPPED...]: every array below SOURCE, as its usual reader opens
it, equals what MOUNT shows, in every encoding; MOUNT shows nothing else.  Directories named in
SKIPPED are left out.  Prints how many files, arrays and encodings were compared."""
import json
import os
import sys

import numpy

import readers
from dataset_model import Model


def shown(mount, skip):
    """{(scan, field): its entry} of dataset.json, without the scans below `skip`."""
    with open(os.path.join(mount, "dataset.json")) as file:
        scans = json.load(file)["scans"]
    return {(scan["id"], name): entry for scan in scans for name, entry in scan["fields"].items()
            if not any(scan["id"].startswith(s + "/") for s in skip)}


def compare(mount, scan, field, array, entry):
    want = readers.native(array.read())
    assert entry["shape"] == list(want.shape), "dataset.json: %s" % entry["shape"]
    assert entry["dtype"] == want.dtype.name, "dataset.json: %s" % entry["dtype"]
    if array.affine is not None:
        assert numpy.allclose(entry["affine"], array.affine, rtol=1e-6, atol=1e-5)
    directory = os.path.join(mount, "scans", scan)
    return readers.check(directory, field, want, affine=array.affine)


def ignored(mount):
    with open(os.path.join(mount, ".tesserafs", "ignored.txt")) as file:
        return [line.rstrip("\n") for line in file]


def main(source, mount, *skip):
    model, entries = Model(source, skip), shown(mount, skip)
    problems = ["%s/%s: not in the mount" % k for k in sorted(model.fields.keys() - entries.keys())]
    problems += ["%s/%s: in the mount only" % k for k in sorted(entries.keys() - model.fields.keys())]
    compared = 0
    for key in sorted(model.fields.keys() & entries.keys()):
        try:
            compared += compare(mount, *key, model.fields[key], entries[key])
        except AssertionError as problem:
            problems.append("%s/%s: %s" % (*key, problem))
    lines = ignored(mount)
    for rel in model.refused:
        if not any(line.startswith(rel + ":") for line in lines):
            problems.append("%s: no reader opens it, but ignored.txt does not say so" % rel)
    print("\n".join(problems), file=sys.stderr)
    print("files=%d refused=%d arrays=%d encodings=%d" % (
        len(model.files), len(model.refused), len(model.fields), compared))
    return 1 if problems else 0


sys.exit(main(*sys.argv[1:]))
