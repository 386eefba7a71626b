# SPDX-License-Identifier: GPL-2.0-or-later
"""What check_kills and check_signals share: what they import, and whether what is left is a trace."""
import gzip
import os
import shutil
import subprocess


def perf_text(folder):
    """A large text of perf in this folder, to be imported; its path."""
    path = os.path.join(folder, "perf.txt")
    with gzip.open("tests/data/perf/shared.txt.gz", "rb") as packed, open(path, "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    return path


def assert_readable(programs, path, what):
    looked = subprocess.run([f"{programs}/socklock", "info", path], capture_output=True, check=False)
    assert looked.returncode == 0, (what, os.path.basename(path), os.path.getsize(path), looked.stderr)
