"""Whether a store and a lake of the same logs hold the same. Run as: python -m benchmarks.lake.roads LOGS…

Prints a row a table, and how many of the credentials asked for get another answer; ends with 1 if anything
differs. Where evidence lies is left out: two loads may number files differently.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import trailtrace
from trailtrace.errors import TrailtraceError
from trailtrace.investigation import Investigation

TABLES = {
    "events": "select * exclude (identity_id, file_id, record) from events",
    "files": "select * exclude (file_id, kept, duplicate), kept + duplicate as kd from files",
    "rejects": "select * exclude (file_id) from rejects",
    "conflicts": "from conflicts",
    "issuing_calls": "select * exclude (file_id, record) from issuing_calls",
    "resource_events": "select * exclude (file_id, record) from resource_events",
    "uses": "from uses",
    "issuances": "select * exclude (evidence), len(evidence) as evidence from issuances",
    "links": "from links",
    "origins": "from origins",
    "caller_origins": "from caller_origins",
    "copies": "select event_id, recipient_account_id, use_id, rule"
    " from copies join records using (file_id, record)",
    "records_apart": "select * exclude (file_id, record) from records_apart",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.roads", description=__doc__)
    parser.add_argument("logs", nargs="+")
    parser.add_argument("--master", default=None)
    parser.add_argument("--ask", type=int, default=200, help="credentials to ask who-did about")
    parser.add_argument("--work", type=Path, help="keep store and lake in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        started = time.perf_counter()
        trailtrace.load(work / "roads.duckdb", given.logs)
        loaded = time.perf_counter()
        trailtrace.build_lake(given.logs, work / "lake", master=given.master, told=print)
        built = time.perf_counter()
        print(f"store {loaded - started:.1f} s, lake {built - loaded:.1f} s")
        with trailtrace.open(work / "roads.duckdb") as store, trailtrace.open(work / "lake") as lake:
            differ = [_differ(store, lake, table) for table in TABLES]
            differ.append(_answers_differ(store, lake, given.ask))
    raise SystemExit(int(any(differ)))


def _differ(store: Investigation, lake: Investigation, table: str) -> bool:
    first, second = (hashes(asked, table) for asked in (store, lake))
    print(f"{table:20} {sum(first.values()):12,} {'same' if first == second else 'DIFFERENT'}")
    return first != second


def hashes(asked: Investigation, table: str) -> dict[Any, int]:
    """How often each row is there, by its hash."""
    counted = f"select md5(to_json(r)) as content, count(*) as times from ({TABLES[table]}) as r group by all"  # noqa: S608
    return dict(asked.sql(counted).iter_rows())


def _answers_differ(store: Investigation, lake: Investigation, ask: int) -> bool:
    keys = store.sql(
        "select distinct access_key_id as key from uses where join_key is not null order by md5(key)"
    )
    asked = keys["key"].to_list()[:ask]
    different = [key for key in asked if _answer(store, key) != _answer(lake, key)]
    print(f"{'who-did':20} {len(asked):12,} {'same' if not different else f'DIFFERENT: {different[:3]}'}")
    return bool(different)


def _answer(asked: Investigation, key: str) -> Any:
    try:
        return _without_places(asdict(asked.who_did(key)))
    except TrailtraceError as error:
        return str(error)


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_places(member)
            for name, member in value.items()
            if name not in ("source", "record", "sha256")
        }
    return [_without_places(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main()
