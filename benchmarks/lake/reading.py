"""How much of a lake a question reads, and how long it takes.

Run as: python -m benchmarks.lake.reading LAKE [--keys 20] [--cold]

Asks for session keys, long-term keys, event ids, ARNs, principals and instances, each of a lake that was just
opened. Bytes are what this process reads from then on (`rchar` of /proc/self/io, Linux: every read, from disk
or from the cache of the system), the opening and footers among them, against all files of the lake; the
benchmark fails if a file of the lake is mapped into memory, which that would not count. Whole processes are
`trailtrace who-did` from start to end. With `--cold`, the system forgets the lake's files before each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import trailtrace

TARGETS = {
    "session key": "select distinct access_key_id from uses where starts_with(join_key, 'ASIA')",
    "long-term key": "select distinct access_key_id from uses where starts_with(join_key, 'AKIA')",
    "event id": "select event_id from records where event_time between (select min(first_event) from held)"
    " + interval 36 hour and (select min(first_event) from held) + interval 37 hour",
    "session ARN": "select distinct arn from uses where user_identity_type = 'AssumedRole'",
    "principal id": "select distinct principal_id from uses where user_identity_type = 'AssumedRole'",
    "instance": "select distinct session_name from uses where starts_with(session_name, 'i-')",
}


@dataclass(frozen=True, slots=True)
class Asked:
    read: int
    opening: float
    question: float
    process: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.reading", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--keys", type=int, default=20, help="targets of each kind")
    parser.add_argument("--cold", action="store_true")
    given = parser.parse_args()
    files = [path for path in given.lake.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    with trailtrace.open(given.lake) as lake:
        events = int(lake.sql("select sum(events) as events from held").item())
        targets = {
            kind: lake.sql(f"select * from ({sql}) as t (name) order by md5(name) limit {given.keys}")[  # noqa: S608
                "name"
            ].to_list()
            for kind, sql in TARGETS.items()
        }
    print(f"{events:,} events, {len(files):,} files, {size / 1e6:,.0f} MB")
    print(f"{'':14} {'of the bytes':>20} {'question':>15} {'and opening':>15} {'whole process':>15}")

    def before() -> None:
        for file in files if given.cold else ():
            _forget(file)

    for kind, names in targets.items():
        asked = [_ask(given.lake, name, before) for name in names]
        shares = [each.read / size for each in asked]
        columns = (
            [each.question for each in asked],
            [each.opening + each.question for each in asked],
            [each.process for each in asked],
        )
        seconds = " ".join(
            f"{statistics.median(each):.2f} s, {max(each):.2f} s".rjust(15) for each in columns
        )
        print(f"{kind:14} {statistics.median(shares):9.3%}, {max(shares):9.3%} {seconds}", flush=True)
    print("each: the median, the most")


def _ask(lake: Path, target: str, before: Callable[[], None]) -> Asked:
    before()
    begun, started = _read_bytes(), time.perf_counter()
    with trailtrace.open(lake) as opened:
        opening = time.perf_counter() - started
        assert opened.who_did(target).answers
        question = time.perf_counter() - started - opening
        read = _read_bytes() - begun
        if str(lake.resolve()) in Path("/proc/self/maps").read_text():
            raise SystemExit(f"{lake}: mapped into memory: what is read of it cannot be counted")
    before()
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "trailtrace",
        "who-did",
        target,
        "--store",
        str(lake),
        "--format",
        "json",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return Asked(read, opening, question, time.perf_counter() - started)


def _forget(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def _read_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise SystemExit("no rchar here")


if __name__ == "__main__":
    main()
