"""Timing: sides of a row, processes, repetitions, medians and their spread.

The sides of a row take turns, repetition by repetition, so that whatever else the machine does
falls on all of them; a ratio is that of the medians, its spread the smallest and the largest
ratio of one turn.  Beside its time each turn has its CPU time, the readers' and the daemon's: on
a machine that is not quiet it says more.  Every timed piece runs in forked processes that know nothing yet: an HDF5
file is opened by whoever reads it, modules are loaded before."""
import os
import pickle
import statistics
import time
import traceback

import mounts


class Side:
    """One way to do a row's work.

    setup(): a context manager, not timed, whose value is handed to work.
    work(place, rank, processes): does this process's part, returns how much (bytes, items).
    warm(place): done before, not timed.  own_clock: work returns (amount, seconds) instead.
    group: who competes: tesserafs, ceiling, h5py, ...; a group's best side counts.
    turns: at most so many repetitions.  forked: in processes of its own."""

    def __init__(self, name, setup, work, group=None, warm=None, own_clock=False, turns=None,
                 forked=True):
        self.name, self.setup, self.work, self.warm = name, setup, work, warm
        self.group, self.own_clock = group or name, own_clock
        self.turns, self.forked = turns, forked


class Goal:
    """tesserafs against a group.  at_least: its rate over the group's; at_most: its time over
    the group's; seconds: its own time."""

    def __init__(self, group, at_least=None, at_most=None, seconds=None):
        self.group, self.at_least, self.at_most, self.seconds = group, at_least, at_most, seconds

    def text(self):
        if self.seconds is not None:
            return "<= %g ms" % (self.seconds * 1000)
        return ">= %g x" % self.at_least if self.at_least else "time <= %g x" % self.at_most

    def met(self, ratio):
        """ratio: of rates, or seconds."""
        if self.seconds is not None:
            return ratio <= self.seconds
        return ratio >= self.at_least if self.at_least else ratio >= 1 / self.at_most


class Row:
    """unit: "B" (shown as MB/s), "/s" (items), "s" (the time of one).  skipped: why not."""

    def __init__(self, name, title, sides, goals=(), unit="/s", processes=(1,), repeat=5,
                 skipped=None):
        self.name, self.title, self.sides, self.goals = name, title, sides, goals
        self.unit, self.processes, self.repeat, self.skipped = unit, processes, repeat, skipped


def _child(side, place, rank, processes, ready, go, out):
    try:
        os.write(ready, b".")
        os.read(go, 1)
        busy, start = sum(os.times()[:4]), time.monotonic()
        amount = side.work(place, rank, processes)
        end, busy = time.monotonic(), sum(os.times()[:4]) - busy
        if side.own_clock:
            amount, start = amount[0], end - amount[1]
        reply = (start, end, busy, amount)
    except BaseException:  # told to the parent, which stops the bench
        reply = traceback.format_exc()
    with os.fdopen(out, "wb") as file:
        pickle.dump(reply, file)


def _start(side, place, rank, processes, ready, go):
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _child(side, place, rank, processes, ready, go, write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    return pid, read_end


def _collect(pid, read_end):
    with os.fdopen(read_end, "rb") as file:
        reply = pickle.load(file)
    os.waitpid(pid, 0)
    if isinstance(reply, str):
        raise RuntimeError(reply)
    return reply


def run_processes(side, place, processes):
    """(rate of all together, from the first start to the last end; CPU seconds per unit)"""
    busy = -mounts.cpu_seconds(place)
    ready, ready_child = os.pipe()
    go_child, go = os.pipe()
    children = [_start(side, place, rank, processes, ready_child, go_child)
                for rank in range(processes)]
    for _ in children:
        os.read(ready, 1)
    os.write(go, b"!" * processes)
    replies = [_collect(*child) for child in children]
    for fd in (ready, ready_child, go_child, go):
        os.close(fd)
    starts, ends, readers, amounts = zip(*replies)
    busy += mounts.cpu_seconds(place) + sum(readers)
    return sum(amounts) / (max(ends) - min(starts)), busy / sum(amounts)


def run_side(side, processes):
    with side.setup() as place:
        if side.warm:
            side.warm(place)
        if not side.forked:
            amount, seconds = side.work(place, 0, 1)
            return amount / seconds, None
        return run_processes(side, place, processes)


def run_row(row, processes, repeat, before):
    """({side name: [rates]}, {side name: [CPU seconds per unit, or None]}); before(): called
    ahead of every turn of every side."""
    rates = {side.name: [] for side in row.sides}
    busy = {side.name: [] for side in row.sides}
    for turn in range(repeat):
        for side in row.sides:
            if side.turns is None or turn < side.turns:
                before()
                rate, cpu = run_side(side, processes)
                rates[side.name].append(rate)
                busy[side.name].append(cpu)
    return rates, busy


def best_of(row, rates, group):
    """The group's side with the highest median."""
    names = [side.name for side in row.sides if side.group == group]
    return max(names, key=lambda name: statistics.median(rates[name]), default=None)


def compare(ours, theirs):
    """(ratio of medians, smallest, largest ratio of one turn)"""
    turns = [a / b for a, b in zip(ours, theirs)]
    return statistics.median(ours) / statistics.median(theirs), min(turns), max(turns)


def cpu_ratio(ours, theirs):
    """Of the medians, our CPU time over theirs; None where it was not taken."""
    if None in ours or None in theirs or not statistics.median(theirs):
        return None
    return statistics.median(ours) / statistics.median(theirs)


def spread(rates):
    """Half the range, as a part of the median."""
    return (max(rates) - min(rates)) / 2 / statistics.median(rates)
