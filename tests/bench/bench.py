"""tesserafs, what a user would do instead, and the ceiling, side by side.

Prints a table as the rows are done and writes everything measured to build/bench.json.  Run
by scripts/bench, which builds what is needed."""
import argparse
import io
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
import zlib

import h5py
import nibabel
import numpy
import PIL

import data as bench_data
import measure
import mounts
import rows_formats
import rows_names
import rows_patches
import rows_volume

ROWS = {**rows_volume.ROWS, **rows_patches.ROWS, **rows_formats.ROWS, **rows_names.ROWS}
OPTIONAL = ("indexed_gzip", "zarr", "torch", "torchio", "monai")
TITLE_WIDTH = 58
MEMORY_GOAL_MIB = 128  # above the cache


# --- versions ---

def output_of(*words):
    done = subprocess.run(words, cwd=mounts.ROOT, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL)
    return done.stdout.strip()


def optional_version(name):
    try:
        return __import__(name).__version__
    except ImportError:
        return "not installed"


def cpu_model():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def versions():
    tool = lambda name: output_of(os.path.join(mounts.TOOLS, name), "--version")
    found = {
        "tesserafs": output_of(mounts.TESSERAFS, "--version").split()[-1],
        "program": mounts.TESSERAFS,
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "cpu": "%d x %s" % (os.cpu_count(), cpu_model()),
        "kernel": platform.release(),
        "libfuse": tool("ceiling"),
        "libdeflate": tool("inflate_rate"),
        "libhdf5": h5py.version.hdf5_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "h5py": h5py.__version__,
        "nibabel": nibabel.__version__,
        "Pillow": PIL.__version__,
    }
    found.update({name: optional_version(name) for name in OPTIONAL})
    return found


# --- the table ---

def amount_text(rate, unit):
    if unit == "B":
        return "%.0f MB/s" % (rate / 1e6)
    if unit == "s":
        return "%.1f ms" % (1e3 / rate)
    return "%s/s" % (format(round(rate), ",") if rate >= 100 else "%.1f" % rate)


def line(what, side, amount, ratio, cpu, goal, met):
    words = "%-17s %17s  %-22s %6s  %-13s %s" % (side, amount, ratio, cpu, goal, met)
    if len(what) > TITLE_WIDTH:
        print(what)
        what = ""
    print(("%-*s %s" % (TITLE_WIDTH, what, words)).rstrip(), flush=True)


def comparisons(row, goals, rates, busy):
    """One dict per group that tesserafs is compared with, goals first."""
    ours, told = rates["tesserafs"], []
    groups = {goal.group: goal for goal in goals}
    groups.update({side.group: None for side in row.sides if side.group not in groups})
    for group, goal in groups.items():
        if group == "tesserafs":
            seconds = 1 / statistics.median(ours)
            if goal:
                told.append({"goal": goal.text(), "met": goal.met(seconds)})
            continue
        best = measure.best_of(row, rates, group)
        if best is None:
            told.append({"against": group, "goal": goal.text(), "met": None})
            continue
        ratio, least, most = measure.compare(ours, rates[best])
        others = {side.name: statistics.median(rates[side.name]) for side in row.sides
                  if side.group == group and side.name != best}
        told.append({"against": best, "others": others, "rate": statistics.median(rates[best]),
                     "cpu": measure.cpu_ratio(busy["tesserafs"], busy[best]),
                     "spread": measure.spread(rates[best]), "ratio": ratio,
                     "ratio_least": least, "ratio_most": most,
                     "goal": goal.text() if goal else None,
                     "met": goal.met(ratio) if goal else None})
    return told


def with_spread(rates, unit):
    return "%s ±%.0f%%" % (amount_text(statistics.median(rates), unit),
                           100 * measure.spread(rates))


def verdict(told):
    if told.get("goal") is None:
        return ""
    return {True: "met", False: "MISSED", None: "not run"}[told["met"]]


def print_row(row, processes, result):
    title = row.title + (", %d processes" % processes if processes > 1 else "")
    told = result["comparisons"]
    own = next((each for each in told if "against" not in each), {})
    line(title, "tesserafs", with_spread(result["rates"]["tesserafs"], row.unit), "", "",
         own.get("goal", ""), verdict(own))
    for each in (each for each in told if "against" in each):
        if "ratio" not in each:
            line("", each["against"], "", "", "", each["goal"], verdict(each))
            continue
        ratio = "%.2f x (%.2f - %.2f)" % (each["ratio"], each["ratio_least"],
                                          each["ratio_most"])
        line("", each["against"], with_spread(result["rates"][each["against"]], row.unit), ratio,
             "" if each["cpu"] is None else "%.2f" % each["cpu"], each["goal"] or "",
             verdict(each))
        for name, rate in each["others"].items():
            line("", name, amount_text(rate, row.unit) + "     ", "", "", "", "")


# --- the sides read the same bytes ---

def cat(source, path):
    done = subprocess.run([mounts.TESSERAFS, "--cat", source, path], check=True,
                          stdout=subprocess.PIPE)
    return numpy.load(io.BytesIO(done.stdout))


def check_same(data):
    """A patch of each source, by tesserafs and by its usual reader."""
    box = (slice(3, 67), slice(5, 69), slice(7, 71))
    with h5py.File(data.chunked(), "r") as file:
        pairs = [(data.chunked(), "chunked", file["image"][box])]
    with h5py.File(data.contiguous(), "r") as file:
        pairs.append((data.contiguous(), "contiguous", file["image"][box]))
    pairs.append((data.nifti(), "brain", nibabel.load(data.nifti()).dataobj[box]))
    for source, scan, expected in pairs:
        got = cat(source, "patches/size=64x64x64/%s/image/at=3x5x7.npy" % scan)
        if got.dtype != expected.dtype or not numpy.array_equal(got, expected):
            raise SystemExit("bench: %s: tesserafs reads other values than its usual reader"
                             % source)


# --- running ---

def goals_for(row, processes):
    return row.goals.get(processes, []) if isinstance(row.goals, dict) else row.goals


def run(row, processes, quick, sources):
    """Every turn finds the sources in the page cache, and memory to be had: a kernel that
    takes back what was not used for some seconds would else let the disk be measured, a
    host that takes back what its guest does not use would let the host be."""
    def load():
        bench_data.touch_free_memory()
        for source in sources:
            bench_data.load_into_page_cache(source)
    started, load_before = time.monotonic(), os.getloadavg()[0]
    rates, busy = measure.run_row(row, processes,
                                  min(row.repeat, 3) if quick else row.repeat, load)
    result = {"name": row.name, "title": row.title, "unit": row.unit, "processes": processes,
              "rates": rates, "cpu": busy, "load_before": load_before,
              "took": time.monotonic() - started,
              "comparisons": comparisons(row, goals_for(row, processes), rates, busy)}
    print_row(row, processes, result)
    return result


def run_named(name, data, quick):
    mounts.row[0] = name
    row = ROWS[name](data)
    if row.skipped:
        line(row.title, "", "", "", "", "", "skipped: " + row.skipped)
        return [{"name": name, "title": row.title, "skipped": row.skipped}]
    sources = data.used()
    return [run(row, processes, quick, sources) for processes in row.processes]


def memory_row():
    """The mount that exceeded its cache the most, or came nearest to it."""
    if not mounts.peaks:
        return None
    worst = max(mounts.peaks, key=lambda peak: peak["mib"] - peak["cache_mib"])
    over = worst["mib"] - worst["cache_mib"]
    line("resident memory (VmHWM), the largest of all mounts",
         "%.0f MiB" % max(peak["mib"] for peak in mounts.peaks),
         "cache %d MiB" % worst["cache_mib"], "cache %+.0f MiB (%s)" % (over, worst["row"]), "",
         "<= +%d MiB" % MEMORY_GOAL_MIB, "met" if over <= MEMORY_GOAL_MIB else "MISSED")
    return {"worst": worst, "over_mib": over, "met": over <= MEMORY_GOAL_MIB}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="smaller data, fewer turns")
    parser.add_argument("--output", default=os.path.join(mounts.ROOT, "build", "bench.json"))
    args = parser.parse_args()
    unknown = set(args.rows) - set(ROWS)
    if unknown:
        parser.error("no such row: %s; rows: %s" % (", ".join(sorted(unknown)),
                                                    ", ".join(ROWS)))
    return args


def write_report(args, about, results, memory=None):
    report = {"versions": about, "quick": args.quick, "rows": results, "memory": memory,
              "peaks": mounts.peaks}
    with open(args.output, "w") as file:
        json.dump(report, file, indent=1)


def end_by_signal():
    """A bench in the background ignores ^C; whatever ends it must take its mounts down."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def main():
    args = arguments()
    end_by_signal()
    data = bench_data.Data(args.quick)
    about = versions()
    check_same(data)
    print(", ".join("%s %s" % item for item in about.items()))
    print("CPU: CPU time of tesserafs and its readers over that of the side and its readers")
    line("work", "side", "median ±spread", "tesserafs / side", "CPU", "goal", "")
    results = []
    for name in args.rows or ROWS:
        results += run_named(name, data, args.quick)
        write_report(args, about, results)
    write_report(args, about, results, memory_row())
    return 0


if __name__ == "__main__":
    sys.exit(main())
