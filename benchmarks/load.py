"""Load the same logs with trailtrace and with its peers, in turns, and print a table of the costs.

Run as: python benchmarks/load.py LOGS --runs 3
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from measure import Cost, run, size_mb

PEERS = Path(__file__).parent / "peers"
COUNT = (
    "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True)"
    ".execute('select count(*) from events').fetchone()[0])"
)
VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


@dataclass(slots=True)
class Contestant:
    """A command of the comparison, and what its runs cost.

    `argv` is None where it is not installed. `against` names the contestant that it is a ratio of.
    """

    name: str
    argv: list[str] | None
    against: str
    target: Path | None = None
    stdin: Path | None = None
    accept: tuple[int, ...] = (0,)
    count: Callable[[Cost], str] = lambda cost: "—"
    keeps_target: bool = False
    costs: list[Cost] = field(default_factory=list)
    events: str = "—"
    disk: str = "—"

    def play(self) -> None:
        """One run, from nothing."""
        if self.argv is None:
            return
        if self.target:
            remove(self.target)
        cost = run(self.argv, self.stdin, self.accept)
        self.costs.append(cost)
        if not cost.failure:
            self.events = self.count(cost)
            if self.target:
                self.disk = f"{size_mb(self.target):.0f}"
        if self.target and not self.keeps_target:
            remove(self.target)

    @property
    def failure(self) -> str:
        if self.argv is None:
            return "not installed"
        return next((f"failed ({cost.failure})" for cost in self.costs if cost.failure), "")


def remove(target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    # A database may have left its write-ahead log beside itself.
    for path in target.parent.glob(f"{target.name}*"):
        path.unlink()


def reported_events(cost: Cost) -> str:
    return f"{json.loads(cost.output)['events']:,}"


def stored_events(store: Path) -> Callable[[Cost], str]:
    def count(cost: Cost) -> str:
        command = [sys.executable, "-c", COUNT, str(store)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"{int(done.stdout):,}" if done.returncode == 0 else "not counted"

    return count


def answer(cost: Cost) -> str:
    answers = json.loads(cost.output)["answers"]
    return f"{len(answers)} answer, {len(answers[0]['hops'])} hops" if answers else "no answer"


def peer_python(path: str | None, package: str) -> tuple[str | None, str]:
    """The interpreter if it has the package, and the package's version."""
    if path and shutil.which(path):
        command = [path, "-c", VERSION, package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return path, done.stdout.strip()
    return None, "not installed"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def warm(files: list[Path]) -> None:
    """Read every file once: the comparison is of programs, not of who finds the disk cold."""
    for path in files:
        path.read_bytes()


def pick_key(files: list[Path]) -> str:
    """A key of a role session that another role session assumed, so that there is a way to go."""
    middle = len(files) // 2
    found = ""
    for path in [*files[middle:], *files[:middle]]:
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            if record["eventName"] == "AssumeRole" and record["responseElements"]:
                found = str(record["responseElements"]["credentials"]["accessKeyId"])
                if record["userIdentity"]["type"] == "AssumedRole":
                    return found
    return found


def contestants(
    logs: Path, files: list[Path], key: str, work: Path, pythons: dict[str, str | None]
) -> list[Contestant]:
    store = work / "trailtrace.duckdb"
    listing = work / "files"
    listing.write_bytes(b"\0".join(os.fsencode(path) for path in files))
    trailtrace = [sys.executable, "-m", "trailtrace"]
    ingest, who_did = "trailtrace ingest", "trailtrace who-did KEY"

    def peer(script: str, python: str | None, *arguments: Path) -> list[str] | None:
        return [python, str(PEERS / script), *map(str, (logs, *arguments))] if python else None

    def load(name: str, script: str, python: str | None, target: str) -> Contestant:
        place = work / target
        argv = peer(script, python, place)
        return Contestant(name, argv, ingest, target=place, count=reported_events)

    here = sys.executable
    zgrep = ["xargs", "-0", "zgrep", "-l", key]
    return [
        Contestant(
            ingest,
            [*trailtrace, "ingest", str(logs), "--store", str(store)],
            ingest,
            target=store,
            count=stored_events(store),
            keeps_target=True,  # the question below is asked of it
        ),
        Contestant(
            who_did,
            [*trailtrace, "who-did", key, "--store", str(store), "--format", "json"],
            who_did,
            count=answer,
        ),
        Contestant(
            "gunzip only (isal, 2 threads)",
            peer("gunzip.py", here if installed("isal") != "not installed" else None),
            ingest,
        ),
        load(f"DuckDB {installed('duckdb')} read_json", "duckdb_read_json.py", here, "here.duckdb"),
        load("DuckDB 1.5 read_json", "duckdb_read_json.py", pythons["duckdb"], "old.duckdb"),
        load("chDB MergeTree", "chdb_mergetree.py", pythons["chdb"], "chdb"),
        load("Spark local[2] Parquet", "spark_parquet.py", pythons["pyspark"], "spark"),
        Contestant(
            "zgrep -l KEY (one process)",
            zgrep if shutil.which("zgrep") else None,
            ingest,
            stdin=listing,
            accept=(0, 123),  # xargs says 123 when a batch had no match
            count=lambda cost: f"{len(cost.output.splitlines())} files named",
        ),
    ]


def table(all_of_them: list[Contestant]) -> str:
    """Markdown: medians over the runs, and how they compare with trailtrace."""
    walls = {
        each.name: median(cost.wall for cost in each.costs)
        for each in all_of_them
        if each.costs and not each.failure
    }
    lines = [
        "| command | wall s, median (min-max) | CPU s | peak MB | disk MB | events | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for each in all_of_them:
        if each.failure:
            lines.append(f"| {each.name} | {each.failure.replace('|', '/')} | | | | | |")
            continue
        wall = [cost.wall for cost in each.costs]
        base = walls.get(each.against)
        cells = (
            each.name,
            f"{walls[each.name]:.2f} ({min(wall):.2f}-{max(wall):.2f})",
            f"{median(cost.cpu for cost in each.costs):.2f}",
            f"{median(cost.peak_mb for cost in each.costs):.0f}",
            each.disk,
            each.events,
            f"{walls[each.name] / base:.2f}" if base else "—",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def machine(peers: dict[str, str]) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("trailtrace", "duckdb", "polars", "pyarrow", "isal")
    libraries = ", ".join(f"{name} {installed(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, {libraries};"
        f" peers: {', '.join(f'{name} {peer}' for name, peer in peers.items())}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("logs", type=Path, help="a folder of .json.gz log files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--key", help="the access key to ask about; default: one from the logs")
    parser.add_argument("--duckdb15-python", metavar="PATH", help="a Python that has DuckDB 1.5")
    parser.add_argument("--chdb-python", metavar="PATH", help="a Python that has chDB")
    parser.add_argument("--spark-python", metavar="PATH", help="a Python that has pyspark; it needs Java")
    parser.add_argument("--work", type=Path, help="where databases are written; default: temporary")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    logs: Path = options.logs.resolve()
    files = sorted(logs.rglob("*.json.gz"))
    if not files:
        parser.error(f"{logs} holds no .json.gz files")
    given = {
        "duckdb": options.duckdb15_python,
        "chdb": options.chdb_python,
        "pyspark": options.spark_python,
    }
    found = {package: peer_python(path, package) for package, path in given.items()}
    pythons = {package: python for package, (python, _) in found.items()}
    versions = {package: number for package, (_, number) in found.items()}
    warm(files)
    key = options.key or pick_key(files)
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        entered = contestants(logs, files, key, Path(work), pythons)
        for number in range(options.runs):
            for each in entered:
                each.play()
                state = each.failure or f"{each.costs[-1].wall:.2f} s"
                sys.stderr.write(f"run {number + 1}: {each.name}: {state}\n")
    size = sum(path.stat().st_size for path in files) / 1e6
    sys.stdout.write(
        f"{table(entered)}\n\n{len(files):,} files, {size:.0f} MB compressed; KEY = {key};"
        f" {options.runs} rounds in turns.\n{machine(versions)}\n"
    )


if __name__ == "__main__":
    main()
