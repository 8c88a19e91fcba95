"""Measure what a few new logs cost in a store that holds many.

Run as: python benchmarks/adding.py DIR --more DIR2

Both are folders of `make_logs.py`, with another --seed each. Every run is a whole process; the store is
copied before each, so that all add to the same.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measure import Cost, run


def ingest(logs: Path, store: Path) -> Cost:
    cost = run([sys.executable, "-m", "trailtrace", "ingest", str(logs), "--store", str(store)])
    if cost.failure:
        raise SystemExit(cost.failure)
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description="Add a few logs to many.")
    parser.add_argument("logs", type=Path)
    parser.add_argument("--more", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, copy = Path(folder) / "all.duckdb", Path(folder) / "copy.duckdb"
        first = ingest(given.logs, store)
        added = []
        for _ in range(given.runs):
            shutil.copy(store, copy)
            added.append(ingest(given.more, copy))
    print("| load | wall s | CPU s | peak MB |")
    print("|---|--:|--:|--:|")
    for name, runs in (("all", [first]), ("more", added)):
        middle = [
            statistics.median(getattr(one, field) for one in runs) for field in ("wall", "cpu", "peak_mb")
        ]
        print(f"| {name} | {middle[0]:.2f} | {middle[1]:.2f} | {middle[2]:,.0f} |")


if __name__ == "__main__":
    main()
