"""Measure how fast the events of one origin and one day are read from a large store.

Run as: python benchmarks/by_origin.py STORE

Of all origins that are people, the one in the middle by events is asked for, on its busiest day. Each
statement is timed as a whole process (`trailtrace sql`) and inside an open DuckDB.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import duckdb
from measure import run

STATEMENTS = {
    "how many": "select count(*), min(event_time), max(event_time) from events_with_origin where {where}",
    "calls by service": (
        "select event_source, event_name, count(*) from events_with_origin where {where}"
        " group by all order by all"
    ),
    "a timeline": (
        "select event_time, recipient_account_id, aws_region, event_source, event_name, error_code,"
        " source_ip_address, arn, resources, event_id from events_with_origin where {where}"
        " order by event_time, file_id, record"
    ),
    "every column": "select * from events_with_origin where {where}",
}


def one_origin_and_day(store: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """A person in the middle by events, and the day on which most of these were."""
    people = store.execute(
        "select origin_id, count(*) as events from events_with_origin"
        " where origin_kind in ('iam_user', 'identity_center_user')"
        " group by origin_id order by events, origin_id"
    ).fetchall()
    origin = people[len(people) // 2][0]
    [(day,)] = store.execute(
        "select cast(event_time as date) as day from events_with_origin where origin_id = $origin"
        " group by day order by count(*) desc, day limit 1",
        {"origin": origin},
    ).fetchall()
    return origin, str(day)


def median(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Read one origin's events of one day.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with duckdb.connect(given.store, read_only=True) as store:
        origin, day = one_origin_and_day(store)
    where = (
        f"origin_id = '{origin}' and event_time >= timestamp '{day}'"
        f" and event_time < timestamp '{day}' + interval 1 day"
    )
    print(f"{origin} on {day}\n")
    print("| statement | rows | whole process s | inside DuckDB s |")
    print("|---|--:|--:|--:|")
    for name, statement in STATEMENTS.items():
        sql = statement.format(where=where)
        whole, inside, rows = [], [], 0
        for _ in range(given.runs):
            cost = run([
                sys.executable, "-m", "trailtrace", "sql", sql, "--store", str(given.store),
                "--format", "csv",
            ])  # fmt: skip
            if cost.failure:
                raise SystemExit(cost.failure)
            whole.append(cost.wall)
        with duckdb.connect(given.store, read_only=True) as store:
            for _ in range(given.runs):
                start = time.perf_counter()
                rows = len(store.execute(sql).fetchall())
                inside.append(time.perf_counter() - start)
        print(f"| {name} | {rows:,} | {median(whole)} | {median(inside)} |")


if __name__ == "__main__":
    main()
