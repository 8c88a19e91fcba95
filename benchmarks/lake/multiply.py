"""A large lake made of a small one.

Run as: python -m benchmarks.lake.multiply LAKE OUT --times 10 --accounts 10

Spark needs hours for what this writes in minutes. Each copy of the lake has its days moved or its accounts
renamed, and event ids, keys, principals, instances and files of its own. Tables are in the folders, order,
row groups, pages and codec of a build; PyArrow writes them. JSON texts stay as they are, since no file of
records holds two copies of one of them. A long-term key lives in one copy, so for as many days as the small
lake has. Copies of a key differ in three letters: tables in their order are smaller than real ones. Tables
that only builds read are left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from trailtrace.lake.manifest import (
    DAY_TABLES,
    LOOKUPS,
    WHOLE_TABLES,
    Manifest,
    build_folder,
    parquet_files,
    read_manifest,
    with_files,
    write_manifest,
)

TIMES = {
    "event_time",
    "creation_date",
    "first_seen",
    "last_seen",
    "expiration",
    "caller_creation_date",
    "covers_from",
    "covers_until",
    "first_event",
    "last_event",
}
EVENT_IDS = {"event_id", "request_id", "shared_event_id"}
IDS = {
    "use_id",
    "issuance_id",
    "parent_use_id",
    "caller_use_id",
    "authenticated_use_id",
    "unauthenticated_use_id",
}
NAMES = {
    "recipient_account_id",
    "principal_id",
    "arn",
    "account_id",
    "access_key_id",
    "join_key",
    "session_name",
    "unsure_arn",
    "session_issuer_principal_id",
    "session_issuer_arn",
    "session_issuer_account_id",
    "credentials_issued_to",
    "delegate_account_id",
    "invoked_by_delegate_account_id",
    "role_arn",
    "issued_key",
    "session_principal_id",
    "session_arn",
    "caller_principal_id",
    "caller_arn",
    "caller_account_id",
    "caller_access_key_id",
    "resource_id",
    "id",
    "name",
    "account",
    "issued_session_name",
    "switched_from",
    "sign_in_session_arn",
    "instance_id",
}

ORDERS = {
    "records": "event_time",
    "identities": "identity_id",
    "named_identities": "identity_id",
    "resource_events": "resource_id",
    "event_places": "event_id_begin",
    "uses": "use_id",
    "issuances": "issuance_id",
    "links": "use_id, issuance_id, parent_use_id",
    "origins": "use_id",
    "caller_origins": "issuance_id",
    "key_places": "access_key_id, day, account",
    "files": "file_id",
    "copies": "file_id, record",
} | {table: ", ".join(columns) for table, columns in LOOKUPS.items() if columns}

MERGED = {
    "held": "select recipient_account_id, aws_region, management, read_only, min(first_event) as first_event,"
    " max(last_event) as last_event, cast(sum(events) as bigint) as events from rows group by all",
    "keys_of_accounts": "select account_id, cast(sum(sessions) as bigint) as sessions,"
    " cast(sum(with_key) as bigint) as with_key, cast(sum(keys) as bigint) as keys,"
    " max(principals) as principals from rows group by all",
    "people": "select distinct name from rows",
}
"""Of which several copies tell the same."""

MACROS = """
create macro renamed(text, copy, accounts) as regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    text,
    '\\b(\\d{10})\\d{2}\\b', '\\1' || printf('%02d', accounts), 'g'),
    '\\b(A[SK]IA[A-Z0-9]{13})[A-Z0-9]{3}\\b', '\\1' || translate(printf('%03d', copy), '0189', 'WXYZ'), 'g'),
    '\\b(A(?:ROA|IDA)[A-Z0-9]{15})[A-Z0-9]{2}\\b',
        '\\1' || translate(printf('%02d', accounts), '0189', 'WXYZ'), 'g'),
    '\\b(i-[0-9a-f]{14})[0-9a-f]{3}\\b', '\\1' || printf('%03d', copy), 'g');
create macro renamed_event(id, copy) as cast(cast(md5(id || copy) as uuid) as varchar);
create macro moved_day(day, days) as strftime(cast(day as date) + cast(days as integer), '%Y-%m-%d');
"""


ACCOUNT = """case
    when regexp_full_match(base.recipient_account_id, '[0-9]{12}')
        then renamed(base.recipient_account_id, copies.number, copies.accounts)
    else 'other'
end as account"""
"""As a build names the folders of records."""


@dataclass(frozen=True, slots=True)
class Copy:
    number: int
    days: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Work:
    base: Path
    out: Path
    manifest: Manifest
    copies: tuple[Copy, ...]
    row_group_bytes: int
    facts_row_group_bytes: int
    page_rows: int
    facts_page_rows: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.multiply", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--times", type=int, default=10, help="copies one after the other")
    parser.add_argument("--accounts", type=int, default=10, help="copies beside each other, at most 100")
    given = parser.parse_args()
    from trailtrace.lake.folders import FACTS_PAGE_ROWS, FACTS_ROW_GROUP_BYTES
    from trailtrace.lake.spark import PAGE_ROWS, ROW_GROUP_BYTES

    manifest = read_manifest(given.lake)
    days = list(manifest.days)
    length = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1
    copies = tuple(
        Copy(late * given.accounts + beside, late * length, beside)
        for late in range(given.times)
        for beside in range(given.accounts)
    )
    work = Work(
        given.lake,
        given.out,
        manifest,
        copies,
        ROW_GROUP_BYTES,
        FACTS_ROW_GROUP_BYTES,
        PAGE_ROWS,
        FACTS_PAGE_ROWS,
    )
    given.out.mkdir(parents=True)
    started = time.perf_counter()
    tasks = [(work, day, late * length) for day in days for late in range(given.times)]
    with Pool(2) as pool:
        for done, _ in enumerate(pool.imap_unordered(_write_day, tasks), 1):
            print(f"\r{done} of {len(tasks)} days, {time.perf_counter() - started:.0f} s", end="", flush=True)
    print()
    for table in (*WHOLE_TABLES, "files", "rejects"):
        _write_whole(work, table)
        print(f"{table}, {time.perf_counter() - started:.0f} s")
    moved = [_moved(day, late * length) for late in range(given.times) for day in days]
    made = replace(manifest, build=1, days=dict.fromkeys(sorted(moved), 1), builds=(1,), whole=1, files={})
    write_manifest(given.out, with_files(given.out, made))


def _write_day(given: tuple[Work, str, int]) -> None:
    work, day, days = given
    copies = [copy for copy in work.copies if copy.days == days]
    connection = _connection()
    for table in DAY_TABLES:
        if table in ("new_uses", "event_places"):
            continue  # the one is for builds, the other is made with the records
        folder = work.base / build_folder(table, work.manifest.days[day]) / f"day={day}"
        files = [str(path) for path in folder.rglob("*.parquet")]
        if not files:
            continue
        connection.read_parquet(files, hive_partitioning=False).create("base")
        out = work.out / build_folder(table, 1) / f"day={_moved(day, days)}"
        columns = _columns(connection)
        if table != "records":
            _write(work, out, table, _rows(connection, columns, copies, ORDERS.get(table)))
        else:
            begun = []
            for copy in copies:
                rows = _rows(connection, f"{columns}, {ACCOUNT}", [copy], "account, event_time").read_all()
                begun.append(rows.select(["event_id", "account"]))
                _write_accounts(work, out, rows.combine_chunks())
            connection.register("begun", pa.concat_tables(begun))
            places = connection.sql(
                f"select left(event_id, 8) as event_id_begin, '{_moved(day, days)}' as on_day, account"  # noqa: S608
                " from begun where event_id is not null order by event_id_begin"
            )
            out = work.out / build_folder("event_places", 1) / f"day={_moved(day, days)}"
            _write(work, out, "event_places", places.to_arrow_reader(50_000))
            connection.unregister("begun")
        connection.execute("drop table base")
    connection.close()


def _write_accounts(work: Work, out: Path, table: pa.Table) -> None:
    accounts = table.column("account").combine_chunks()
    starts = [0, *(at + 1 for at in _changes(accounts)), len(accounts)]
    plain = table.drop_columns(["account"])
    for first, end in pairwise(starts):
        account = accounts[first].as_py()
        _write(work, out / f"account={account}", "records", plain.slice(first, end - first).to_reader())


def _changes(values: pa.Array) -> list[int]:
    import pyarrow.compute as pc

    differs = pc.not_equal(values[1:], values[:-1])
    found: list[int] = pc.indices_nonzero(differs).to_pylist()
    return found


def _write_whole(work: Work, table: str) -> None:
    connection = _connection()
    builds = build_folder(table, 1)
    files = [str(path) for path in parquet_files(work.base, work.manifest, table)]
    if not files:
        return
    connection.read_parquet(files, hive_partitioning=False).create("base")
    rows = _rows(connection, _columns(connection), work.copies, ORDERS.get(table), MERGED.get(table))
    _write(work, work.out / builds, table, rows)
    connection.close()


def _rows(
    connection: duckdb.DuckDBPyConnection,
    columns: str,
    copies: Sequence[Copy],
    order: str | None,
    merged: str | None = None,
) -> pa.RecordBatchReader:
    connection.execute("create or replace temp table copies (number integer, days integer, accounts integer)")
    connection.executemany(
        "insert into copies values (?, ?, ?)", [(copy.number, copy.days, copy.accounts) for copy in copies]
    )
    sql = f"select {columns} from base cross join copies"  # noqa: S608
    if merged:
        sql = f"with rows as ({sql}) {merged}"
    if order:
        sql += f" order by {order}"
    return connection.sql(sql).to_arrow_reader(50_000)


def _columns(connection: duckdb.DuckDBPyConnection) -> str:
    return ", ".join(
        f"{_changed(name, kind)} as {name}"
        for name, kind, *_ in connection.execute("describe base").fetchall()
    )


def _changed(name: str, kind: str) -> str:
    if name in TIMES:
        return f"base.{name} + to_days(copies.days)"
    if name in EVENT_IDS:
        return f"renamed_event(base.{name}, copies.number)"
    if name in IDS:
        return f"md5(base.{name} || copies.number)"
    if name in NAMES:
        return f"renamed(base.{name}, copies.number, copies.accounts)"
    if name == "identity_id":
        return (
            "moved_day(left(base.identity_id, 10), copies.days) || '/'"
            " || sha256(base.identity_id || copies.number)"
        )
    if name in ("day", "on_day"):
        return f"moved_day(base.{name}, copies.days)"
    if name == "file_id":
        return "base.file_id + (cast(copies.number as bigint) << 40)"
    if name == "uri":
        return "base.uri || '.' || copies.number"
    if name == "sha256":
        return "sha256(base.sha256 || copies.number)"
    if name == "evidence":
        return (
            "list_transform(base.evidence, lambda place: {'event_id': renamed_event(place.event_id,"
            " copies.number), 'recipient_account_id': renamed(place.recipient_account_id, copies.number,"
            " copies.accounts), 'file_id': place.file_id + (cast(copies.number as bigint) << 40),"
            " 'record': place.record})"
        )
    return f"base.{name}"


def _write(work: Work, folder: Path, table: str, rows: pa.RecordBatchReader) -> None:
    """As Spark does: a row group ends when it has its bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = table in ORDERS and table not in ("records", "identities", "named_identities")
    wanted = work.facts_row_group_bytes if facts else work.row_group_bytes
    options = {
        "compression": "zstd",
        "write_page_index": True,
        "max_rows_per_page": work.facts_page_rows if facts else work.page_rows,
        "use_deprecated_int96_timestamps": False,
    }
    with pq.ParquetWriter(folder / "part-00000.zstd.parquet", rows.schema, **options) as writer:
        for group in _groups(rows, wanted):
            writer.write_table(group, row_group_size=len(group))


def _groups(rows: pa.RecordBatchReader, wanted: int) -> Iterator[pa.Table]:
    """Rows whose encoded bytes are about as many as wanted, measured on the first that come."""
    size: int | None = None
    held: pa.Table | None = None
    for batch in rows:
        table = pa.Table.from_batches([batch])
        held = table if held is None else pa.concat_tables([held, table])
        if size is None and len(held):
            size = max(1000, int(wanted / _encoded_bytes(held)))
        while size is not None and len(held) >= size:
            yield held.slice(0, size)
            held = held.slice(size)
    if held is not None:
        yield held


def _encoded_bytes(table: pa.Table) -> float:
    """Of a row, in a file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return float(sink.tell() / len(table))


def _moved(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": "1", "memory_limit": "4GB"})
    connection.execute("set timezone = 'UTC'")
    connection.execute(MACROS)
    return connection


if __name__ == "__main__":
    main()
