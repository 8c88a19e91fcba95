"""Ask a store while logs are loaded into it.

Run as: python benchmarks/readers.py DIR --more DIR2 [DIR3 …]

All are folders of `make_logs.py`, with another --seed each. The folders of --more are loaded into a store
of DIR, one after the other and again from the beginning, until all questions have been asked; every load
and every question (`who-did KEY`) is a process of its own. Before, a quarter of the questions is asked
while the same is loaded into another store, which tells what the machine alone makes of it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from itertools import cycle
from pathlib import Path

import duckdb
from measure import run

TRAILTRACE = (sys.executable, "-m", "trailtrace")

KEYS = """
select distinct access_key_id from uses where join_key is not null order by access_key_id limit 1000
"""


class Loads(threading.Thread):
    """Loads folders into a store, again and again, until it is told to stop."""

    def __init__(self, base: Path, store: Path, folders: list[Path]) -> None:
        super().__init__()
        self.done = 0
        self.failures: list[str] = []
        self._base = base
        self._store = store
        self._folders = folders
        self._ended = threading.Event()

    def run(self) -> None:
        for number, folder in cycle(enumerate(self._folders)):
            if not number:  # a rename, so that questions find a store at any time
                shutil.copy(self._base, self._store.with_suffix(".new"))
                self._store.with_suffix(".new").replace(self._store)
            arguments = [*TRAILTRACE, "ingest", str(folder), "--store", str(self._store)]
            with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
                while process.poll() is None:
                    if self._ended.wait(0.05):
                        process.kill()
                        return
                assert process.stderr is not None
                if process.returncode:
                    self.failures.append(process.stderr.read().strip().splitlines()[-1])
            self.done += 1

    def stop(self) -> None:
        self._ended.set()
        self.join()


def ask(store: Path, keys: list[str], questions: int) -> tuple[list[float], list[str]]:
    """Seconds of each question, and what those that were not answered said."""
    chance = random.Random(1)
    seconds, failures = [], []
    for _ in range(questions):
        cost = run([*TRAILTRACE, "who-did", chance.choice(keys), "--store", str(store), "--format", "json"])
        seconds.append(cost.wall)
        if cost.failure or '"answers"' not in cost.output:
            failures.append(cost.failure)
    return seconds, failures


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask a store while logs are loaded into it.")
    parser.add_argument("logs", type=Path)
    parser.add_argument("--more", type=Path, nargs="+", required=True)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base, store, other = (Path(folder) / name for name in ("base.duckdb", "store.duckdb", "other.duckdb"))
        first = run([*TRAILTRACE, "ingest", str(given.logs), "--store", str(base)])
        if first.failure:
            raise SystemExit(first.failure)
        with duckdb.connect(base, read_only=True) as connection:
            keys = [key for (key,) in connection.execute(KEYS).fetchall()]
        shutil.copy(base, store)
        print("| loading into | loads ended | asked | answered | median s | 95 % s | slowest s |")
        print("|---|--:|--:|--:|--:|--:|--:|", flush=True)
        rounds = (
            ("another store", other, base, given.questions // 4),
            ("the store", store, store, given.questions),
        )
        for name, loaded, asked, questions in rounds:
            loads = Loads(base, loaded, given.more)
            loads.start()
            try:
                seconds, failures = ask(asked, keys, questions)
            finally:
                loads.stop()
            spread = statistics.quantiles(seconds, n=20)
            print(
                f"| {name} | {loads.done} | {len(seconds)} | {len(seconds) - len(failures)} |"
                f" {statistics.median(seconds):.2f} | {spread[-1]:.2f} | {max(seconds):.2f} |",
                flush=True,
            )
            for failure in (*failures, *loads.failures):
                print(failure, file=sys.stderr)


if __name__ == "__main__":
    main()
