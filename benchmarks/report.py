"""Measure a report of a week from a large store: time and memory of the whole process, each format.

Run as: python benchmarks/report.py STORE [--days 7]

The week is the last one that the store holds, and the report is made at its end.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from measure import run

FORMATS = ("html", "md", "json", "csv", "sarif")


def last_event(store: Path) -> datetime:
    """Asked of another process, since this one must not grow: a child begins with its parent's peak."""
    script = (
        "import sys, duckdb;"
        "print(duckdb.connect(sys.argv[1], read_only=True)"
        ".execute('select max(event_time) from records').fetchone()[0].isoformat())"
    )
    asked = run([sys.executable, "-c", script, str(store)])
    if asked.failure:
        raise SystemExit(asked.failure)
    return datetime.fromisoformat(asked.output.strip())


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a report of a large store.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--format", action="append", choices=FORMATS, dest="formats")
    given = parser.parse_args()
    end = last_event(given.store) + timedelta(seconds=1)
    since = end - timedelta(days=given.days)
    print(f"{given.store}: {since.isoformat()} to {end.isoformat()}")
    print("| format | s | CPU s | peak MB | report MB |")
    print("|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for format_ in given.formats or FORMATS:
            out = Path(folder) / f"report.{format_}"
            argv = [sys.executable, "-m", "trailtrace", "report", "--store", str(given.store)]
            argv += ["--since", since.isoformat(), "--now", end.isoformat(), "--out", str(out)]
            costs = [run(argv) for _ in range(given.runs)]
            failures = {cost.failure for cost in costs if cost.failure}
            if failures:
                raise SystemExit("; ".join(sorted(failures)))
            walls = [cost.wall for cost in costs]
            print(
                f"| {format_} | {statistics.median(walls):.1f} ({min(walls):.1f}-{max(walls):.1f})"
                f" | {max(cost.cpu for cost in costs):.1f} | {max(cost.peak_mb for cost in costs):,.0f}"
                f" | {out.stat().st_size / 1e6:.2f} |"
            )


if __name__ == "__main__":
    main()
