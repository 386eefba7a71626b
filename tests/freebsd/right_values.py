# SPDX-License-Identifier: GPL-2.0-or-later
"""What recordings of FreeBSD's tools say, added up by a reader that shares nothing with the importers."""
import collections
import gzip
import re


def lines_of(path):
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")


class Sums:
    """Waits and ns by lock, and by lock and function that follows the lock functions in the stack."""

    def __init__(self):
        self.by_lock = collections.defaultdict(lambda: [0, 0])
        self.by_stack = collections.defaultdict(lambda: [0, 0])
        self.untimed = 0

    def add(self, lock, stack, waits, wait_ns):
        for sums in (self.by_lock[lock], self.by_stack[lock, stack]):
            sums[0] += waits
            sums[1] += wait_ns

    def total(self):
        return [sum(sums[i] for sums in self.by_lock.values()) for i in (0, 1)]


def function(frame):
    """As the analyzer shows it: without module kernel and offset; addresses have no name."""
    module, _, symbol = frame.rpartition("`")
    symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol)
    if symbol.startswith("0x"):
        return "[unnamed]"
    return symbol if module in ("", "kernel") else f"{symbol} [{module}]"


def dtrace_lines(path):
    """The last values of each W line: probe, reader, address, length, lock, stack -> contentions, sum, min, max; the
    last S line; A and C lines; drops."""
    waits, stack, open_wait = {}, [], None
    last, counts, drops, release = {}, {}, collections.Counter(), ""
    for line in lines_of(path) + ["Z"]:
        if not line or (len(line) > 1 and line[1] == "\t") or line == "Z":
            if open_wait:
                waits[(*open_wait[1:6], tuple(stack))] = tuple(map(int, open_wait[6:10]))
            open_wait, stack = None, []
        if line.startswith("W\t"):
            open_wait = line.split("\t")
        elif line[:2] in ("A\t", "C\t"):
            fields = line.split("\t")
            counts[tuple(fields[:-1])] = int(fields[-1])
        elif line[:2] in ("S\t", "T\t"):
            last[line[0]] = list(map(int, line.split("\t")[1:]))
        elif line.startswith("socklock-dtrace\t"):
            release = line.split("\t")[2]
        elif re.match(r"dtrace: \d+ ", line):
            drops["variable" if "dynamic variable" in line else "record"] += int(line.split()[1])
        elif open_wait and line and not line.startswith("dtrace:"):
            stack.append(line.strip())
    return waits, last, counts, drops, release


def dtrace(path):
    waits, last, counts, drops, release = dtrace_lines(path)
    sums = Sums()
    loops = tuple(map(int, re.match(r"(\d+)\.(\d+)", release).groups())) < (10, 3)
    for (probe, _, _, _, lock, stack), (contentions, wait_ns, low, _) in waits.items():
        functions = tuple(function(frame) for frame in stack)
        if loops and probe.endswith("-spin"):
            # Loops, not ns. Of rw-spin, a line whose every record has one loop is of reads that nothing hindered, and
            # what is mixed is not known.
            if probe == "rw-spin" and low <= 1:
                continue
            sums.untimed += contentions
            sums.add(lock, functions, contentions, 0)
        else:
            sums.add(lock, functions, contentions, wait_ns)
    printed = [sum(values[i] for values in waits.values()) for i in (0, 1)]
    return sums, last, printed, counts, drops


EVENTS = 20  # contention events of lockstat


def lockstat_p(path):
    sums = Sums()
    for line in lines_of(path):
        match = re.match(r"(\d+) (\d+) (.+) (\S+) \d+\.\d{6} (\d+)((?: \d+){64})?((?: \S+)*)$", line.rstrip())
        if match and int(match[1]) < EVENTS:
            stack = (match[4], *match[7].split())
            sums.add(match[3], tuple(function(frame) for frame in stack), int(match[2]), int(match[5]))
    return sums


def lockstat_tables(path):
    sums, seconds, announced = Sums(), 0, 0
    row = None
    for line in lines_of(path) + ["-----"]:
        title = re.match(r"(.+): (\d+) events in ([\d.]+) seconds", line)
        if title:
            announced += int(title[2])
            seconds = max(seconds, float(title[3]))
        match = re.match(r"\s*(\d+)\s+\d+%\s+\d+%\s+[\d.]+\s+(\d+) (.{22}) (\S+)", line)
        if (match or line.startswith("-----") or title) and row:
            sums.add(row[0], tuple(function(frame) for frame in row[1]), row[2], row[3])
            row = None
        if match:
            row = [match[3].strip(), [match[4]], int(match[1]), int(match[1]) * int(match[2])]
        elif row:
            frame = re.search(r"(?:\|@* +\d+ +| {40,})(\S+) *$", line)
            if frame:
                row[1].append(frame[1])
    return sums, seconds, announced


def lock_prof(path):
    """Waits by lock and line; acquisitions by lock."""
    sums, acquired = Sums(), collections.Counter()
    for line in lines_of(path):
        match = re.match(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+\d+\s+\d+\s+(\d+) (\S+) \(([^:]+):(.*)\)$", line)
        if match:
            lock, place = match[9], match[7].rpartition("/")[2]
            acquired[lock] += int(match[5])
            if int(match[6]):
                sums.add(lock, (place,), int(match[6]), int(match[4]) * 1000)
    return sums, acquired


def unsure(path):
    """By lock, on releases that count loops: records of rw-spin that may have been contentions."""
    waits, _, _, _, release = dtrace_lines(path)
    may_be = collections.Counter()
    if tuple(map(int, re.match(r"(\d+)\.(\d+)", release).groups())) < (10, 3):
        for (probe, _, _, _, lock, _), (records, loops, low, _) in waits.items():
            if probe == "rw-spin" and low <= 1:
                may_be[lock] += min(records, loops - records)
    return may_be
