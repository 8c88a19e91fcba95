"""How much of a lake a question reads, and how long it takes.

Run as: python -m benchmarks.lake.reading LAKE [--keys 20] [--cold]

Asks for session keys, long-term keys, event ids, instances, ARNs and principals, each of a lake that was just
opened; an ARN or a principal is one question for each of its sessions. Bytes are what this process reads
(`rchar` of /proc/self/io, Linux: every read, from disk or from the cache of the system), the opening and
footers among them, against all files of the lake; the benchmark fails if a file of the lake is mapped into
memory, which that would not count. Whole processes are `trailtrace who-did` from start to end. With `--cold`,
the system forgets the lake's files before each.
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
from trailtrace.investigation import Investigation

TARGETS = {
    "session key": "select distinct access_key_id from uses where starts_with(join_key, 'ASIA')",
    "long-term key": "select distinct access_key_id from uses where starts_with(join_key, 'AKIA')",
    "event id": "select event_id from records where event_time between timestamp '{middle}'"
    " and timestamp '{middle}' + interval 10 minute",
    "instance": "select distinct session_name from uses where starts_with(session_name, 'i-')",
    "session ARN": "select distinct arn from uses where user_identity_type = 'AssumedRole'",
    "principal id": "select distinct principal_id from uses where user_identity_type = 'AssumedRole'",
}


@dataclass(frozen=True, slots=True)
class Seconds:
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Asked:
    read: int
    question: Seconds
    opened: Seconds
    """The question and the opening before it."""
    process: Seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.reading", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--keys", type=int, default=20, help="targets of each kind")
    parser.add_argument("--cold", action="store_true")
    given = parser.parse_args()
    files = [path for path in given.lake.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    with trailtrace.open(given.lake) as lake:
        [(events, first, last)] = lake.sql(
            "select sum(events)::bigint, min(first_event), max(last_event) from held"
        ).rows()
        middle = first + (last - first) / 2
        targets = {kind: _some(lake, sql.format(middle=middle), given.keys) for kind, sql in TARGETS.items()}
    print(f"{events:,} events, {len(files):,} files, {size / 1e6:,.0f} MB")
    print("each the median and the most; seconds as wall time, and of all cores")
    print(f"{'':14} {'of the bytes':>20} {'question':>28} {'with opening':>28} {'whole process':>28}")

    def before() -> None:
        for file in files if given.cold else ():
            _forget(file)

    for kind, names in targets.items():
        asked = [_ask(given.lake, name, before) for name in names]
        shares = [each.read / size for each in asked]
        columns = (
            [each.question for each in asked],
            [each.opened for each in asked],
            [each.process for each in asked],
        )
        seconds = " ".join(_said(column) for column in columns)
        print(f"{kind:14} {statistics.median(shares):9.3%}, {max(shares):8.3%} {seconds}", flush=True)


def _some(lake: Investigation, sql: str, many: int) -> list[str]:
    chosen = f"select * from ({sql}) as found (name) order by md5(name) limit {many}"  # noqa: S608
    names: list[str] = lake.sql(chosen)["name"].to_list()
    return names


def _said(column: list[Seconds]) -> str:
    parts = [[each.wall for each in column], [each.cpu for each in column]]
    return "; ".join(f"{statistics.median(part):.2f}, {max(part):.2f} s" for part in parts).rjust(28)


def _ask(lake: Path, target: str, before: Callable[[], None]) -> Asked:
    before()
    begun, started = _read_bytes(), _now()
    with trailtrace.open(lake) as opened:
        open_at = _now()
        assert opened.who_did(target).answers
        answered = _now()
        read = _read_bytes() - begun
        if str(lake.resolve()) in Path("/proc/self/maps").read_text():
            raise SystemExit(f"{lake}: mapped into memory: what is read of it cannot be counted")
    before()
    begin = _now()
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
    end = _now()
    return Asked(read, _between(open_at, answered), _between(started, answered), _between(begin, end))


def _now() -> tuple[float, float]:
    """Seconds of the clock, and those that the cores gave to this process and its children."""
    times = os.times()
    return time.perf_counter(), sum(times[:4])


def _between(first: tuple[float, float], last: tuple[float, float]) -> Seconds:
    return Seconds(last[0] - first[0], last[1] - first[1])


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
