"""Kill ingests at random moments and look at what they leave.

Run as: python benchmarks/crash.py DIR --more DIR2

Both are folders of `make_logs.py`, with another --seed each; DIR2 is added to a store of DIR. For each
kill: the store must be as it was before or as it is after, readable beside nothing but DuckDB; the same
ingest is then run again, and the store must equal that of an undisturbed run, row for row in any order,
with nothing left beside it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb

from trailtrace import loading, upkeep, writing

Content = dict[str, tuple[int, int]]

INGEST = """
import sys
from trailtrace import loading, upkeep, writing
loading.IN_PLACE_BYTES, writing.IN_PLACE_SECONDS = int(sys.argv[1]), float(sys.argv[2])
upkeep.load(sys.argv[3], [sys.argv[4]])
"""

MODES = {
    "in place": (10**12, float("inf")),
    "given up": (10**12, 0.3),
    "on a copy": (-1, 0.0),
    "a new store": (-1, 0.0),
}
"""How the store is written: the most bytes that are loaded in place, and for how many seconds."""

TABLES = "select table_name from duckdb_tables() where not temporary order by all"


def content(store: Path) -> Content | None:
    """The rows of each table and a sum of their hashes, which knows no order; None without a store."""
    if not store.exists():
        return None
    with duckdb.connect(store, read_only=True) as connection:
        tables = [name for (name,) in connection.execute(TABLES).fetchall()]
        found = {}
        for name in tables:
            rows = connection.table(name).set_alias("rows")
            [(count, total)] = rows.aggregate("count(*), coalesce(sum(hash(rows)), 0)").fetchall()
            found[name] = (count, int(total))
        return found


def killed(mode: str, store: Path, logs: Path, seconds: float) -> bool:
    """Whether an ingest was still running after the time; it counts from when it holds the lock."""
    lock = store.with_name(store.name + ".lock")
    arguments = [sys.executable, "-c", INGEST, *map(str, (*MODES[mode], store, logs))]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    while not lock.exists() and process.poll() is None:
        time.sleep(0.001)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    if process.returncode:
        raise SystemExit(f"the ingest itself failed: exit {process.returncode}")
    return False


def beside(store: Path) -> list[str]:
    return sorted(path.name for path in store.parent.iterdir() if path != store)


def put(store: Path, base: Path | None) -> None:
    """A folder with nothing but a copy of the base."""
    shutil.rmtree(store.parent, ignore_errors=True)
    store.parent.mkdir()
    if base is not None:
        shutil.copy(base, store)


def round_of_kills(
    mode: str, base: Path | None, more: Path, store: Path, kills: int, chance: random.Random
) -> None:
    put(store, base)
    before = content(store)
    loading.IN_PLACE_BYTES, writing.IN_PLACE_SECONDS = MODES[mode]
    upkeep.load(store, [str(more)])
    after = content(store)
    put(store, base)
    start = time.monotonic()
    if killed(mode, store, more, 600) or content(store) != after:
        raise SystemExit("two undisturbed runs differ")
    longest = time.monotonic() - start
    left: Counter[str] = Counter()
    done = ended = 0
    while done < kills:
        put(store, base)
        if not killed(mode, store, more, chance.uniform(0, longest)):
            ended += 1
            continue
        done += 1
        found = content(store)
        if found not in (before, after):
            raise SystemExit(f"{mode}, kill {done}: the store is neither as before nor as after")
        left["as after" if found == after else "as before"] += 1
        left.update({_kind(name, store): 1 for name in beside(store)})
        upkeep.load(store, [str(more)])
        if content(store) != after or beside(store):
            raise SystemExit(f"{mode}, kill {done}: run again, the store differs or {beside(store)} is left")
    found_beside = ", ".join(
        f"{left[kind]} with {kind}" for kind in ("a log", "a private copy") if left[kind]
    )
    print(
        f"| {mode} | {kills} | {left['as before']} | {left['as after']} | {found_beside or '—'} | {kills} |"
        f" {ended} |",
        flush=True,
    )


def _kind(name: str, store: Path) -> str:
    if name == f"{store.name}.wal":
        return "a log"
    return "a private copy" if ".loading-" in name else name


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill ingests and look at what they leave.")
    parser.add_argument("logs", type=Path)
    parser.add_argument("--more", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=200, help="in each mode")
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.duckdb"
        upkeep.load(base, [str(given.logs)])
        print("| written | kills | left as before | left as after | beside it | then equal | ended first |")
        print("|---|--:|--:|--:|---|--:|--:|", flush=True)
        for mode in given.modes:
            start = None if mode == "a new store" else base
            store = Path(folder) / "store" / "store.duckdb"
            round_of_kills(mode, start, given.more, store, given.kills, chance)


if __name__ == "__main__":
    main()
