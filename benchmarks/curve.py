"""Measure loads of logs that grow: time, memory and the size of the store.

Run as: python benchmarks/curve.py DIR [DIR2 …] [--keep FOLDER]

All are folders of logs, such as `make_logs.py` and `shapes.py` write. Every load is a process of its own,
into a store of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb
from measure import run


def loaded(logs: Path, store: Path) -> str:
    """What a load took, as a row of a table."""
    cost = run([sys.executable, "-m", "trailtrace", "ingest", str(logs), "--store", str(store)])
    if cost.failure:
        raise SystemExit(cost.failure)
    with duckdb.connect(store, read_only=True) as connection:
        [(events, files)] = connection.execute("select sum(kept), count(*) from files").fetchall()
    size = store.stat().st_size
    return (
        f"| {events:,} | {files:,} | {cost.wall:.2f} | {cost.cpu:.1f} | {cost.peak_mb:,.0f}"
        f" | {events / cost.wall:,.0f} | {1e6 * cost.wall / events:.2f} | {size / events:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure loads of logs that grow.")
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, help="folder for the stores, which are then kept")
    given = parser.parse_args()
    print("| events | files | wall s | CPU s | peak MB | events a second | µs an event | bytes an event |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for logs in given.logs:
            store = Path(given.keep or folder) / f"{logs.name}.duckdb"
            store.unlink(missing_ok=True)
            print(loaded(logs, store), flush=True)


if __name__ == "__main__":
    main()
