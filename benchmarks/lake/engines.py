"""Whether `lake sql` gives a store's facts. Run as: python -m benchmarks.lake.engines LOGS [--dialect …]

LOGS is a folder of trail files, AWSLogs/. Prints a row a table, and ends with 1 if anything differs. Where
evidence lies is left out. What is printed for Spark is run as a whole; of that for BigQuery the facts, in
GoogleSQL's reference implementation (`pip install zetasql`). ClickHouse's is run by tests/test_lake_sql.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import trailtrace
from trailtrace.lake.engines import facts, statements
from trailtrace.lake.spark import session

from .googlesql import GoogleSql

FACTS = {
    "uses": "from uses",
    "issuances": "select * replace (list_transform(evidence, lambda place: place.event_id) as evidence)"
    " from issuances",
}

PLACES = (
    ("s3a://BUCKET/AWSLogs/*/CloudTrail/", "{logs}"),
    ("s3a://BUCKET/trailtrace/", "{work}/out/"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.engines", description=__doc__)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--dialect", choices=("spark", "bigquery"), default="spark")
    given = parser.parse_args()
    run = _in_spark if given.dialect == "spark" else _in_googlesql
    with tempfile.TemporaryDirectory() as work, trailtrace.from_logs([str(given.logs)]) as store:
        started = time.perf_counter()
        found = run(given.logs.resolve(), work)
        print(f"{time.perf_counter() - started:.0f} s")
        same = [_same(table, found[table], store.sql(sql).to_dicts()) for table, sql in FACTS.items()]
    raise SystemExit(not all(same))


def _in_googlesql(logs: Path, _: str) -> dict[str, list[dict[str, Any]]]:
    engine = GoogleSql()
    engine.put_texts(
        "record_texts",
        "record_text",
        [
            json.dumps(record, separators=(",", ":"), ensure_ascii=False)
            for file in sorted(logs.rglob("*.json.gz"))
            for record in json.loads(gzip.decompress(file.read_bytes())).get("Records", ())
        ],
    )
    for made in facts("bigquery"):
        name, select = re.fullmatch(r"CREATE (?:TABLE|VIEW) (\w+) AS\s(.*);", made, re.DOTALL).groups()  # type: ignore[union-attr]
        engine.make(name, select)
    issuances = engine.rows("issuances")
    for row in issuances:
        row["evidence"] = [{"event_id": place[0]} for place in row["evidence"]]
    return {"uses": engine.rows("new_uses"), "issuances": issuances}


def _in_spark(logs: Path, work: str) -> dict[str, list[dict[str, Any]]]:
    printed = statements("spark")
    for there, here in PLACES:
        printed = printed.replace(there, here.format(logs=logs, work=work))
    return _run(printed, work)


def _run(printed: str, work: str) -> dict[str, list[dict[str, Any]]]:
    with session("local[2]") as spark:
        spark.conf.set("spark.sql.shuffle.partitions", 2)
        spark.sql(f"create database engines location '{work}/tables'")
        spark.sql("use engines")
        bare = re.sub(r"^--.*\n", "", printed, flags=re.MULTILINE)
        for part in bare.split(";\n"):
            if part.strip():
                spark.sql(part)
        return {
            table: [row.asDict(recursive=True) for row in spark.table(f"trailtrace_{table}").collect()]
            for table in FACTS
        }


def _same(table: str, found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    for row in found:
        if "evidence" in row:
            row["evidence"] = [place["event_id"] for place in row["evidence"]]
    same = sorted(found, key=str) == sorted(expected, key=str)
    print(f"{table:12} {len(expected):10,} {'same' if same else 'DIFFERENT'}")
    return same


if __name__ == "__main__":
    main()
