"""Load logs in many slices, and all at once: do links, origins and copies come out the same?

Run as: python benchmarks/arrivals.py DIR --slices 20 --order shuffled

Slices are of files. Every one but the first is resolved in part wherever that is possible, so that it is
the following of what is touched that is tried, and not the resolving of everything.
"""

from __future__ import annotations

import argparse
import random
import time

import polars as pl

from trailtrace import derive
from trailtrace.ingest import ingest
from trailtrace.sources import SourceObject, expand
from trailtrace.store import Store, memory_store

TABLES = ("links", "origins", "caller_origins")

COPIES = """
select records.event_id, records.recipient_account_id, copies.use_id, copies.rule
from copies
join records on records.file_id = copies.file_id and records.record = copies.record
"""


def told(store: Store) -> dict[str, pl.DataFrame]:
    """What a store says, whatever files it came from."""
    connection = store._connection
    tables = {table: connection.table(table).pl() for table in TABLES}
    return tables | {"copies": connection.sql(COPIES).pl()}


def differences(some: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that only one of them has, and those that one has more often."""
    columns = some.columns
    counted: list[pl.DataFrame] = [each.group_by(columns).len() for each in (some, others.select(columns))]
    sliced, whole = counted
    return pl.concat(
        one.join(other, on=[*columns, "len"], how="anti", nulls_equal=True).with_columns(where=pl.lit(where))
        for one, other, where in ((sliced, whole, "slices"), (whole, sliced, "one load"))
    )


def slices(sources: list[SourceObject], count: int, order: str, seed: int) -> list[list[SourceObject]]:
    files = sorted(sources, key=lambda source: source.uri.rpartition("/")[2])
    if order == "shuffled":
        random.Random(seed).shuffle(files)
    elif order == "backward":
        files.reverse()
    size = -(-len(files) // count)
    return [files[first : first + size] for first in range(0, len(files), size)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare loads in slices with one load.")
    parser.add_argument("logs", nargs="+")
    parser.add_argument("--slices", type=int, default=20)
    parser.add_argument("--order", choices=("forward", "backward", "shuffled"), default="shuffled")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="most differing rows to print of a table")
    given = parser.parse_args()
    sources = expand(given.logs)
    with memory_store() as whole, memory_store() as parts:
        ingest(whole, sources)
        derive.WHOLE_SHARE = float("inf")
        in_part = derive.resolve_touched
        done: list[bool] = []

        def counted(store: Store) -> bool:
            done.append(in_part(store))
            return done[-1]

        derive.resolve_touched = counted
        started = time.perf_counter()
        for some in slices(sources, given.slices, given.order, given.seed):
            ingest(parts, some)
        seconds = time.perf_counter() - started
        one, many = told(whole), told(parts)
    print(f"{len(done)} ingests, {sum(done)} of them resolved in part, {seconds:.1f} s")
    for table, rows in one.items():
        other = differences(many[table], rows)
        print(f"{table}: {rows.height:,} rows, {other.height} differences")
        if other.height:
            print(other.head(given.show).write_json())
    raise SystemExit(any(differences(many[table], rows).height for table, rows in one.items()))


if __name__ == "__main__":
    main()
