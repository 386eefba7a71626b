# SPDX-License-Identifier: GPL-2.0-or-later
"""What socklock prints of a fixed set of traces of every origin, byte for byte: what users see of a change.

Traces that are not in the repository are made here of what is. Everything runs in a folder that looks like the
repository's and has them in made/, so that paths are relative and short; what depends on version, compression library
or chance is replaced by a word.
"""
import gzip
import os
import re
import subprocess
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
EXPECTED = os.path.join(ROOT, "tests/golden/expected")
CHURN = "examples/listener-per-thread"
GUEST = "examples/inet-hash-connect/ordinary"
MADE = "made"

# Trace made: format, text it is imported from, seconds that sums are of.
IMPORTS = {
    "perf-shared": ("perf-script", "tests/data/perf/shared.txt.gz", 1),
    "perf-own": ("perf-script", "tests/data/perf/own.txt.gz", 1),
    "length-unknown": ("perf-script", "tests/data/perf/own.txt.gz", None),
    "perf-csv": ("perf-lock-csv", "tests/golden/inputs/perf_lock_csv.txt", 5),
    "lock-stat": ("lock-stat", "tests/golden/inputs/lock_stat.txt", 5),
    "lock-prof": ("lock-prof", "tests/golden/inputs/lock_prof.txt", 5),
    "lock-prof-slower": ("lock-prof", "tests/golden/inputs/lock_prof.txt", 9),
    "lockstat": ("lockstat", "tests/golden/inputs/lockstat.txt", 5),
    "dtrace-before": ("dtrace", "tests/data/freebsd/before-mutex.txt", None),
    "dtrace-after": ("dtrace", "tests/data/freebsd/after-rwlock.txt", None),
}

# Names that mean something to a terminal, a spreadsheet, a browser or a forge.
HOSTILE = "=cmd<b onclick='x'>|*\x1b[31m@you&amp;\"`#1`"

# One run each: by name what is reported.
RUNS = {
    "level1": f"{CHURN}/before-1.slk",
    "level2": f"{GUEST}/6.1/1.slk",
    "one-wait": "tests/data/real/churn-same/01.slk",
    "idle": "tests/fuzz/corpus/idle.slk",
    "killed": "tests/fuzz/corpus/killed.slk",
    "format-example": "tests/fuzz/corpus/format_example.slk",
    "hostile": f"{MADE}/hostile.slk",
    "torn": f"{MADE}/torn.slk",
    "flipped": f"{MADE}/flipped.slk",
    **{name: f"{MADE}/{name}.slk" for name in IMPORTS if name not in ("lock-prof-slower", "perf-own", "dtrace-after")},
}


def traces(folder, numbers):
    return [folder.format(number) for number in numbers]


# Two sides each.
COMPARISONS = {
    "many-runs": (traces(CHURN + "/before-{}.slk", range(1, 7)), traces(CHURN + "/after-{}.slk", range(1, 7))),
    "one-run-a-side": (traces(CHURN + "/before-{}.slk", [1]), traces(CHURN + "/after-{}.slk", [1])),
    "level2": (traces(GUEST + "/6.1/{}.slk", range(1, 8)), traces(GUEST + "/7.2/{}.slk", range(1, 8))),
    "level1-and-2": (traces(CHURN + "/before-{}.slk", range(1, 5)), traces(GUEST + "/7.2/{}.slk", range(1, 5))),
    "perf": ([f"{MADE}/perf-shared.slk"], [f"{MADE}/perf-own.slk"]),
    "lock-prof": ([f"{MADE}/lock-prof.slk"], [f"{MADE}/lock-prof-slower.slk"]),
    "dtrace": ([f"{MADE}/dtrace-before.slk"], [f"{MADE}/dtrace-after.slk"]),
    "hostile": ([f"{MADE}/perf-shared.slk"], [f"{MADE}/hostile.slk"]),
    "damaged": ([f"{MADE}/torn.slk"], [f"{MADE}/flipped.slk"]),
    "sums-and-distribution": ([f"{MADE}/perf-shared.slk"], [f"{MADE}/lock-stat.slk"]),
}

DIVISIONS = ("function", "context", "instance", "process")
QUERIES = {
    "runs": "SELECT file, label, started_ns, duration_ns, host, kernel, cpus, spinlock_mode, level, origin, workload, "
            "exit_status, contentions, wait_ns, events, lost, recorder_cpu_ns FROM runs",
    "classes": "SELECT lock_class, sum(contentions), sum(wait_ns) FROM totals GROUP BY 1 ORDER BY 3 DESC, 1",
    "waits": "SELECT * FROM totals ORDER BY wait_ns DESC, lock_class LIMIT 20",
}


def ending(form):
    return {"text": "txt", "table": "txt"}.get(form, form)


def report_formats(program):
    """Those that the program's help names, but for PDF, which another program makes."""
    help_text = " ".join(run(program, ["report", "--help"]).decode().split())
    names = re.search(r"of the output: ([a-z, ]+) \(", help_text)[1].split(", ")
    return [name for name in names if name != "pdf"]


def commands(formats):
    """By name of the file with its output: words of the command line behind the program."""
    result = {"query-tables.txt": ["query", "--tables"]}
    for name, file in RUNS.items():
        result[f"{name}/info.txt"] = ["info", file]
        result[f"{name}/info.json"] = ["info", "--json", file]
        for form in formats:
            result[f"{name}/report.{ending(form)}"] = ["report", "--format", form, file]
    for by in DIVISIONS:
        result[f"level1/by-{by}.txt"] = ["report", "--from-events", "--by", by, RUNS["level1"]]
        result[f"level2/by-{by}.csv"] = ["report", "--from-events", "--by", by, "--format", "csv", RUNS["level2"]]
    for name in ("level1", "level2", "lock-prof"):
        for form in formats:
            result[f"{name}/redacted.{ending(form)}"] = ["report", "--redact", "--format", form, RUNS[name]]
        for query, sql in QUERIES.items():
            for form in ("table", "csv", "json"):
                result[f"{name}/{query}.query.{ending(form)}"] = ["query", "--format", form, RUNS[name], sql]
    for name, (before, after) in COMPARISONS.items():
        for form in formats:
            result[f"compare-{name}/compare.{ending(form)}"] = ["compare", "--format", form, *before, "--", *after]
    before, after = COMPARISONS["many-runs"]
    result["compare-many-runs/seconds.txt"] = ["compare", "--unit", "seconds", "--limit", "3", *before, "--", *after]
    result["compare-many-runs/redacted.txt"] = ["compare", "--redact", *before, "--", *after]
    result["compare-many-runs/null.txt"] = ["compare", "--aa", *before, *after]
    result["compare-many-runs/null.json"] = ["compare", "--aa", "--json", *before, *after]
    return result


def environment():
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "80", "NO_COLOR": "1"}


def run(program, words):
    # 3: damaged, and what could be read is shown.
    ran = subprocess.run([program, *words], capture_output=True, check=False, timeout=120, env=environment())
    if ran.returncode not in (0, 3) or words[0] == "import" and ran.returncode:
        raise SystemExit(f"{' '.join(words)}: exit code {ran.returncode}\n{ran.stderr.decode()}")
    return ran.stdout


def version_of(program):
    return run(program, ["--version"]).decode().split()[1]


def make_trace(program, name, form, text, seconds=None):
    words = ["import", form, text, "-o", f"{MADE}/{name}.slk", "-l", HOSTILE if name == "hostile" else name]
    run(program, words + (["-d", str(seconds)] if seconds else []))


def make_traces(program):
    os.makedirs(MADE)
    for name, what in IMPORTS.items():
        make_trace(program, name, *what)
    with gzip.open("tests/data/perf/own.txt.gz", "rt") as file:
        text = file.read()
    for name in ("inet_csk_accept", "rcu_core", "try_to_wake_up", "connchurn", "hostname : host"):
        assert name in text, name
        text = text.replace(name, name + HOSTILE.replace(" ", "_"))
    with open(f"{MADE}/hostile.txt", "w", encoding="utf-8") as file:
        file.write(text)
    make_trace(program, "hostile", "perf-script", f"{MADE}/hostile.txt", 1)
    with open(f"{CHURN}/before-1.slk", "rb") as file:
        whole = file.read()
    with open(f"{MADE}/torn.slk", "wb") as file:
        file.write(whole[:len(whole) * 3 // 4])
    middle = len(whole) // 2
    with open(f"{MADE}/flipped.slk", "wb") as file:
        file.write(whole[:middle] + bytes(255 - byte for byte in whole[middle:middle + 4]) + whole[middle + 4:])


def steady(output, version, words):
    """The output without what differs from build to build, machine to machine and call to call."""
    # The last digits of a logarithm are the C library's choice.
    text = re.sub(r"\b\d+\.\d{10,}(e[+-]?\d+)?", lambda found: f"{float(found[0]):.10g}", output.decode())
    if words[0] in ("info", "query") and any(word.startswith(MADE) for word in words):
        text = text.replace(version, "VERSION")  # of the importer
        text = re.sub(r"(made/\S+), [\d.,]+ (B|KiB)$", r"\1, SIZE", text, flags=re.M)  # zstd decides
        text = re.sub(r'("bytes"): \d+', r"\1: 0", text)
        text = re.sub(r'("run_id"): "[0-9a-f]+"', r'\1: "RANDOM"', text)
    return re.sub(r"\b(host|thread)-[0-9a-f]{8}\b", r"\1-PSEUDONYM", text)


def outputs(program):
    """By name of the file what it is to hold."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "tests"):
            os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        os.chdir(folder)
        make_traces(program)
        version = version_of(program)
        printed = {name: steady(run(program, words), version, words) for name, words in commands(report_formats(program)).items()}
        os.chdir(ROOT)
    return printed
