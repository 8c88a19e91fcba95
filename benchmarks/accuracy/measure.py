"""Run trailtrace over generated logs and hold every answer against the truth."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from .generate import Generated, generate
from .habits import Habits

SQL = Path(__file__).parent / "sql"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Options:
    events: int
    gaps: float
    habits: Habits
    ask: int
    keep: bool


@dataclass(slots=True)
class Measured:
    """What one seed gave."""

    seed: int
    generated: dict[str, Any]
    ingest_seconds: float
    totals: Rows
    grades: Rows
    kinds: Rows
    wrong: Rows
    not_answered: Rows
    removed: Rows = field(default_factory=list)
    not_loaded: int = 0
    unexpected: int = 0


def ingest(logs: Path, store: Path) -> float:
    """`trailtrace ingest`, as a user runs it."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "trailtrace", "ingest", str(logs), "--store", str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"trailtrace ingest failed:\n{done.stderr}")
    return time.perf_counter() - started


def rows(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> Rows:
    result = connection.execute((SQL / f"{name}.sql").read_text(), parameters)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def judge(store: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the table `verdicts`."""
    connection = duckdb.connect()
    quoted = str(store).replace("'", "''")
    connection.execute(f"attach '{quoted}' as store (read_only)")
    # The store's view names its tables without their database.
    connection.execute("use store")
    for statement in duckdb.extract_statements((SQL / "baselines.sql").read_text()):
        connection.execute(statement)
    parameters = {
        "events": str(truth / "events-*.parquet"),
        "credentials": str(truth / "credentials-*.parquet"),
    }
    for statement in duckdb.extract_statements((SQL / "judge.sql").read_text()):
        wanted = {name: parameters[name] for name in statement.named_parameters}
        connection.execute(statement, wanted)
    return connection


def names_removed(missing: Any, gone: dict[str, Any]) -> bool:
    """Whether an answer's `missing` entry is about a log that was removed."""
    if missing.account_id != gone["account_id"]:
        return False
    if None not in (missing.region, gone["region"]) and missing.region != gone["region"]:
        return False
    start, end = gone["from"], gone["to"]
    if start is None or missing.start is None or missing.end is None:
        return True
    return bool(_naive(missing.start) <= end and _naive(missing.end) >= start)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def ask_about_removed(store: Path, gone: Rows) -> Rows:
    """For each event: does `who-did` name a log whose absence breaks the chain?"""
    import trailtrace

    asked: Rows = []
    with trailtrace.open(store) as logs:
        for row in gone:
            answers = logs.who_did(row["event_id"]).answers
            missing = [each for answer in answers for each in answer.missing]
            named = any(names_removed(each, log) for each in missing for log in row["removed"])
            asked.append({**row, "named": named, "says": [str(each) for each in missing]})
    return asked


def measure(work: Path, seed: int, options: Options) -> Measured:
    """Make one organisation's logs, load them, judge every answer."""
    folder = work / f"seed-{seed}"
    if folder.exists():
        shutil.rmtree(folder)
    made: Generated = generate(folder, options.events, seed, gaps=options.gaps, habits=options.habits)
    store = folder / "store.duckdb"
    seconds = ingest(made.logs, store)
    with judge(store, made.truth) as connection:
        [loaded] = rows(connection, "not_loaded")
        measured = Measured(
            seed=seed,
            generated={key: value for key, value in asdict(made).items() if not isinstance(value, Path)},
            ingest_seconds=seconds,
            totals=rows(connection, "totals"),
            grades=rows(connection, "by_grade"),
            kinds=rows(connection, "by_kind"),
            wrong=rows(connection, "wrong"),
            not_answered=rows(connection, "not_answered"),
            not_loaded=loaded["not_loaded"],
            unexpected=loaded["unexpected"],
        )
        gone = rows(connection, "removed", limit=options.ask)
    measured.removed = ask_about_removed(store, gone) if gone else []
    if not options.keep:
        shutil.rmtree(folder)
    return measured
