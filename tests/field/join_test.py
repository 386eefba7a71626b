#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Waits of two tools are joined by what they are, whatever one of them missed."""
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from join import SPIN, Wait, join  # noqa: E402

CLOCKS = 7_000_000_000_000


def seen(ends_and_waits, tid=1):
    """The same waits as both tools have them: later by some 100 ns in one."""
    ours = [{"end_ns": end, "wait_ns": wait, "tid": tid, "kind": "spin"} for end, wait in ends_and_waits]
    theirs = [Wait(end + CLOCKS + 120, wait + 80, tid, tid, SPIN, 0, 0) for end, wait in ends_and_waits]
    return ours, theirs


def expected(ours, theirs, lost_by_us=(), lost_by_them=()):
    """What join() has to give, and what it is given."""
    pairs = [(row, None if i in lost_by_them else theirs[i]) for i, row in enumerate(ours) if i not in lost_by_us]
    return pairs, [row for row, _ in pairs], [wait for i, wait in enumerate(theirs) if i not in lost_by_them]


class Join(unittest.TestCase):
    def check(self, waits, guess=CLOCKS, **lost):
        pairs, ours, theirs = expected(*seen(waits), **lost)
        joined, _ = join(ours, theirs, guess)
        self.assertEqual(joined, pairs)

    # As a host had it that was stolen from: the witness lost the first of waits that ended 74 and 25 us apart.
    LATER = [(1_000_000 * i, 50_000 + 777 * i) for i in range(10, 60)]
    CLOSE = [(1_332_967, 3_044), (1_406_951, 3_295), (1_431_838, 701), (1_452_000, 2_900)]

    def test_one_that_the_witness_lost(self):
        self.check(self.CLOSE + self.LATER, lost_by_them={0})

    def test_one_that_we_lost(self):
        self.check(self.CLOSE + self.LATER, lost_by_us={1})

    @staticmethod
    def thick(longest):
        """400 waits, and which of them are lost, none near another."""
        numbers = random.Random(1)
        end, waits = 0, []
        for _ in range(400):
            end += numbers.randrange(2_000, 90_000)
            waits.append((end, numbers.randrange(300, longest)))
        return waits, range(5, 400, 22)

    def test_any_of_many_that_come_thick(self):
        waits, lost = self.thick(60_000)
        self.check(waits, lost_by_them=lost[::2], lost_by_us=lost[1::2])

    # Whoever reads two clocks may lose its CPU between them.
    def test_clocks_that_are_hardly_known(self):
        waits, lost = self.thick(9_000)
        self.check(waits, guess=CLOCKS + 7_000_000, lost_by_them=lost[::2], lost_by_us=lost[1::2])

    def test_nothing_of_another_thread(self):
        ours, theirs = seen(self.CLOSE)
        joined, _ = join(ours, [wait._replace(tid=2) for wait in theirs], CLOCKS)
        self.assertEqual([wait for _, wait in joined], [None] * 4)


if __name__ == "__main__":
    unittest.main()
