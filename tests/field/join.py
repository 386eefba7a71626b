# SPDX-License-Identifier: GPL-2.0-or-later
"""Which wait of the recorder's is which of the witness's."""
import bisect
import collections
import statistics

SPIN, MUTEX = 1, 32  # include/trace/events/lock.h
FAR_NS = 100_000  # ends of one wait are never further apart than this
UNSURE_NS = 30_000_000  # how far off the clocks' guessed shift may be
NEAR_NS = 3_000  # how much two tools differ in the end and the length of most waits
ALONE_NS = 60_000  # what it takes to believe that a wait was seen by one tool only

Wait = collections.namedtuple("Wait", "end wait tid pid flags port stack")


def spins(wait):
    return bool(wait.flags & SPIN and not wait.flags & MUTEX)


def clock_shift(ours, theirs, guess):
    """What to add to our times to have the witness's. Long waits are looked for by their length alone, since the clocks
    are known no better than whoever read them could do so undisturbed; most of those found have the same shift."""
    by_tid = collections.defaultdict(list)
    for wait in sorted(theirs):
        by_tid[wait.tid].append(wait)
    shifts = []
    for row in sorted(ours, key=lambda row: -row["wait_ns"])[:500]:
        waits, end = by_tid[row["tid"]], row["end_ns"]
        first, last = (bisect.bisect_left(waits, (end + guess + side * UNSURE_NS,)) for side in (-1, 1))
        shifts += [wait.end - end for wait in waits[first:last] if abs(wait.wait - row["wait_ns"]) < NEAR_NS]
    shifts.sort()
    within = [bisect.bisect_right(shifts, shift + NEAR_NS) - i for i, shift in enumerate(shifts)]
    if not within:
        return guess
    most = within.index(max(within))
    return statistics.median(shifts[most:most + within[most]])


def best_pairs(rows, waits, shift):
    """Of one thread, both in order: {index of ours: index of theirs}, in order too, so that what the pairs differ by in
    end and length, and what is alone, is least in all. A tool that missed one wait has not all that follow shifted."""
    ends = [wait.end for wait in waits]
    best = [(0, None)]  # [j]: the most that is gained by pairs among theirs before j, and the last of them
    for i, row in enumerate(rows):
        end = row["end_ns"] + shift
        first, last = bisect.bisect_left(ends, end - FAR_NS), bisect.bisect_right(ends, end + FAR_NS)
        best.extend(best[-1:] * (last + 1 - len(best)))
        for j in reversed(range(first, last)):  # so that a pair continues with those of earlier rows
            apart = abs(ends[j] - end) + min(abs(waits[j].wait - row["wait_ns"]), FAR_NS)
            gained = best[j][0] + 2 * ALONE_NS - apart
            chain = gained, (i, j, best[j][1])
            for k in range(j + 1, len(best)):
                if best[k][0] >= gained:
                    break
                best[k] = chain
    pairs, chain = {}, best[-1][1]
    while chain:
        i, j, chain = chain
        pairs[i] = j
    return pairs


def join(ours, theirs, guess):
    """(our row, the witness's wait or None) for each of ours, in order of time; and the shift of the clocks.
    Spinning apart from sleeping: a thread that waits for a rwsem ends a wait for the spinlock in it at nearly the same
    time."""
    shift = clock_shift(ours, theirs, guess)
    rows, waits = collections.defaultdict(list), collections.defaultdict(list)
    for row in sorted(ours, key=lambda row: row["end_ns"]):
        rows[row["tid"], row["kind"].startswith(("spin", "rwlock"))].append(row)
    for wait in sorted(theirs):
        waits[wait.tid, spins(wait)].append(wait)
    joined = []
    for thread, own in rows.items():
        pairs = best_pairs(own, waits[thread], shift)
        joined += [(row, waits[thread][pairs[i]] if i in pairs else None) for i, row in enumerate(own)]
    return sorted(joined, key=lambda pair: pair[0]["end_ns"]), shift
