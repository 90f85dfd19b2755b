"""DeepReg's layouts: generated trees against what was recorded from its own loaders.

    deepreg_layouts.py order  TESSERAFS DIR golden/deepreg_file_order.json
    deepreg_layouts.py errors TESSERAFS DIR golden/deepreg_errors.json
    deepreg_layouts.py real   MOUNT SOURCE     a mount of its test data against nibabel and h5py
"""
import json
import os
import subprocess
import sys

import h5py
import nibabel
import numpy


def nifti(path, array):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(numpy.asarray(array, "float32"), numpy.eye(4)), path)


def ramp(*shape):
    return (numpy.arange(numpy.prod(shape)) % 7 / 7).reshape(shape)


def ones(*shape):
    return numpy.ones(shape)


def h5(path, **arrays):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as file:
        for key, array in arrays.items():
            file[key] = numpy.asarray(array, "float32")


def run(tesserafs, description, *arguments):
    return subprocess.run([tesserafs, *arguments[:1], description, *arguments[1:]],
                          capture_output=True, text=True)


def describe(top, **section):
    with open(os.path.join(top, "set.json"), "w") as file:
        json.dump({"deepreg": section}, file)
    return file.name


# --- order ------------------------------------------------------------------------

def listed(tesserafs, top, kind, form, dirs):
    """The entry of each image in order, by its source; the groups' numbers."""
    path = describe(top, type=kind, train={"dir": dirs, "format": form, "labeled": False})
    result = run(tesserafs, path, "--cat", "dataset.json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    fields = {scan["id"]: scan["fields"]["image"] for scan in told["scans"]}
    groups = told["pairs"]["train"]["groups"]
    found, structure = [], []
    for group in groups:
        structure.append(list(range(len(found), len(found) + len(group["images"]))))
        found += [fields[scan] for scan in group["images"]]
    return found, structure


def nifti_entry(top, field, grouped):
    where, _, path = os.path.relpath(field["source"], top).partition("/images/")
    suffix = "nii.gz" if path.endswith(".nii.gz") else "nii"
    path = path[:-len(suffix) - 1]
    return [where, os.path.dirname(path), os.path.basename(path), suffix] if grouped else [where, path, suffix]


def h5_entry(top, field, grouped):
    where = os.path.dirname(os.path.relpath(field["source"], top))
    return [where, *field["key"].split("-")[1:]] if grouped else [where, field["key"]]


def by_structure(entries, structure):
    """DeepReg keeps the keys in one list and lists the groups' places in it."""
    return [[entries[i] for i in group] for group in structure]


def order(tesserafs, top, golden):
    dirs = ["z_second", "a_first"]
    image = os.path.join(top, "one.nii")
    nifti(image, ramp(2, 3, 4))
    nifti(image + ".gz", ramp(2, 3, 4))
    for where in dirs:
        for name in golden["files"]:
            path = os.path.join(top, where, "images", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.link(image + ".gz" if name.endswith(".gz") else image, path)
        h5(os.path.join(top, where, "images.h5"), **{key: ramp(2, 3, 4) for key in golden["h5_keys"]})
    found, _ = listed(tesserafs, top, "unpaired", "nifti", dirs)
    assert [nifti_entry(top, field, False) for field in found] == golden["nifti_ungrouped"], found
    found, structure = listed(tesserafs, top, "grouped", "nifti", dirs)
    assert [nifti_entry(top, field, True) for field in found] == golden["nifti_grouped"], found
    assert structure == golden["nifti_group_struct"], structure
    found, _ = listed(tesserafs, top, "unpaired", "h5", dirs)
    assert [h5_entry(top, field, False) for field in found] == golden["h5_ungrouped"], found
    found, structure = listed(tesserafs, top, "grouped", "h5", dirs)
    entries = [h5_entry(top, field, True) for field in found]
    assert by_structure(entries, structure) == by_structure(golden["h5_grouped"], golden["h5_group_struct"])


# --- errors -----------------------------------------------------------------------

IMAGE = (2, 3, 4)


def pair(top, moving_image=IMAGE, fixed_image=IMAGE, moving_label=IMAGE, fixed_label=IMAGE, suffix="nii",
         label_suffix="nii"):
    """A paired split with one case "a"; a shape None leaves the store out."""
    shapes = {"moving_images": moving_image, "fixed_images": fixed_image, "moving_labels": moving_label,
              "fixed_labels": fixed_label}
    for store, shape in shapes.items():
        if shape:
            end = label_suffix if store.endswith("labels") else suffix
            nifti("%s/%s/a.%s" % (top, store, end), ramp(*shape))
    return {"type": "paired", "test": {"dir": "s", "format": "nifti", "labeled": True}}


def nifti_case(change=None, /, **shapes):
    def build(top):
        section = pair(top, **shapes)
        if change:
            change(top, section)
        return section
    return build


def h5_case(kind, keys, change=None):
    def build(top):
        h5(top + "/images.h5", **{key: ramp(*IMAGE) if shape is None else ones(*shape) for key, shape in keys.items()})
        section = {"type": kind, "test": {"dir": "s", "format": "h5", "labeled": False}}
        if change:
            change(top, section)
        return section
    return build


def split_is(**said):
    return lambda top, section: section["test"].update(said)


def both_too(value):
    """The same split once more, as train: one that is left out must not be all there is."""
    def change(top, section):
        section["train"] = dict(section["test"])
        section["test"] = value
    return change


def nested(top, section):
    with h5py.File(top + "/images.h5", "w") as file:
        file["g/x"] = file["g/y"] = ones(*IMAGE)


def rename(old, new):
    return lambda top, section: os.rename(os.path.join(top, old), os.path.join(top, new))


def add_fixed(top, section):
    nifti(top + "/fixed_images/b.nii", ramp(*IMAGE))
    section["test"]["labeled"] = False


def empty_store(top, section):
    os.remove(top + "/moving_images/a.nii")


# Each recorded case that a mount can tell: how to make it, and what the message names.
CASES = {
    "ok_3d": (nifti_case(), []),
    "ok_4d1": (nifti_case(moving_label=(2, 3, 4, 1), fixed_label=(2, 3, 4, 1)), []),
    "ok_4d3": (nifti_case(moving_label=(2, 3, 4, 3), fixed_label=(2, 3, 4, 3)), []),
    "img_4d2": (nifti_case(moving_image=(2, 3, 4, 2)), ["s/moving_images/a.nii", "2x3x4x2"]),
    "img_2d": (nifti_case(moving_image=(2, 3)), ["s/moving_images/a.nii", "2x3"]),
    "lab_2d": (nifti_case(moving_label=(2, 3)), ["s/moving_labels/a.nii", "2x3"]),
    "lab_count": (nifti_case(moving_label=(2, 3, 4, 2), fixed_label=(2, 3, 4, 3)),
                  ["s/moving_labels/a.nii", "s/fixed_labels/a.nii", "(3), found 2"]),
    "lab_count2": (nifti_case(fixed_label=(2, 3, 4, 2)), ["s/fixed_labels/a.nii", "(2), found 1"]),
    "lab_shape": (nifti_case(moving_label=(5, 5, 5)), []),
    "suffix_mix": (nifti_case(label_suffix="nii.gz"), []),
    "missing_dir": (nifti_case(split_is(dir="nope")), ["/nope", "test"]),
    "missing_top": (nifti_case(moving_label=None), ["s/moving_labels: expected a directory"]),
    "unlabeled": (nifti_case(split_is(labeled=False), moving_label=None), []),
    "empty_top": (nifti_case(empty_store), ["s/moving_images: expected at least one"]),
    "name_diff_lab": (nifti_case(rename("moving_labels/a.nii", "moving_labels/b.nii")),
                      ["s/moving_images/a.nii", "s/moving_labels/b.nii"]),
    "extra": (nifti_case(add_fixed), ["s/fixed_images/b.nii", "in moving_images"]),
    "dup_dir": (nifti_case(split_is(dir=["s", "s"])), ["/s: ", "twice"]),
    "bad_split": (nifti_case(lambda top, section: section.update(val=section.pop("test"))), ["'val'"]),
    "split_absent": (nifti_case(lambda top, section: section.update(train=section.pop("test"))), []),
    "split_null": (nifti_case(both_too(None)), []),
    "dir_none": (nifti_case(both_too({"dir": None, "format": "nifti", "labeled": True})), []),
    "bad_format": (nifti_case(split_is(format="Nifti")), ["deepreg.test.format", "nifti|h5", "Nifti"]),
    "bad_type": (nifti_case(lambda top, section: section.update(type="pair")), ["deepreg.type", "\"pair\""]),
    "labeled_str": (nifti_case(split_is(labeled="yes")), ["deepreg.test.labeled", "\"yes\""]),
    "h5_missing": (nifti_case(split_is(format="h5")), ["s/moving_images.h5: expected an HDF5 file"]),
    "h5_one": (h5_case("unpaired", {"a": None}), []),
    "h5_nested": (h5_case("unpaired", {}, nested), ["s/images.h5:g", "found a group"]),
    "h5_badkey": (h5_case("grouped", {"a-1": None}), ["s/images.h5", "'a-1'", "group-X-Y"]),
    "h5_nonint": (h5_case("grouped", {"group-a-b": None, "group-a-c": None}), []),
    "grp_1": (h5_case("grouped", {"group-1-1": None, "group-2-1": None}), []),
    "unp_diffshape": (h5_case("unpaired", {"a": (2, 3, 4), "b": (5, 5, 5)}), []),
    "zero_dim": (h5_case("unpaired", {"a": (0, 3, 4)}), ["s/images.h5:a"]),
}

# Where a null split is an error in DeepReg's code and absent by ours.
ALSO_GOOD = {"split_null"}


def errors(tesserafs, top, golden):
    rows = {row["case"]: row["result"] for row in golden["rows"]}
    assert CASES.keys() <= rows.keys(), CASES.keys() - rows.keys()
    wrong = []
    for name, (build, texts) in CASES.items():
        where = os.path.join(top, name)
        section = build(os.path.join(where, "s"))
        result = run(tesserafs, describe(where, **section), "--ls", "scans")
        good = rows[name] == "ok" or name in ALSO_GOOD
        missing = [text for text in texts if text not in result.stderr]
        if result.returncode != (0 if good else 2) or missing or good == bool(texts):
            wrong.append("%s: %d, missing %s: %s" % (name, result.returncode, missing, result.stderr))
    assert not wrong, "\n".join(wrong)


# --- its real data ----------------------------------------------------------------

STORES = {"moving_images": ("moving", "image"), "fixed_images": ("fixed", "image"),
          "moving_labels": ("moving", "label"), "fixed_labels": ("fixed", "label"),
          "images": ("", "image"), "labels": ("", "label")}


def sources(split, store):
    """(case, array) of a store, read as its users do."""
    path = os.path.join(split, store)
    if path.endswith(".h5"):
        with h5py.File(path, "r") as file:
            for key in sorted(file.keys()):
                yield key, file[key][()]
        return
    for where, _, names in sorted(os.walk(path)):
        for name in sorted(names):
            full = os.path.join(where, name)
            case = os.path.relpath(full, path).removesuffix(".gz").removesuffix(".nii")
            yield case, numpy.asarray(nibabel.load(full).dataobj)


def real(mount, source):
    compared = 0
    for split in sorted(os.listdir(source)):
        for store in sorted(os.listdir(os.path.join(source, split))):
            role, field = STORES[store.replace(".h5", "")]
            for case, expected in sources(os.path.join(source, split), store):
                path = os.path.join(mount, "scans", split, case, role, field)
                found = numpy.load(path + ".npy")
                assert found.dtype == expected.dtype and numpy.array_equal(found, expected), path
                assert nibabel.load(path + ".nii.gz").shape == expected.shape, path
                compared += 1
    assert compared
    print(compared, "arrays")


def main():
    what, first, second = sys.argv[1:4]
    if what == "real":
        real(first, second)
        return
    with open(sys.argv[4]) as file:
        {"order": order, "errors": errors}[what](first, second, json.load(file))


main()
