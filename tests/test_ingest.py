"""Loading: once, all or nothing, and the same whatever the order, the split and the wrapping."""

import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords, Record
from conftest import NAMES, Load, Row, Run, changed, ledger_errors, trail, trail_records
from hypothesis import given, settings
from hypothesis import strategies as st

from trailtrace.cli import main
from trailtrace.ingest import ingest
from trailtrace.sources import SourceObject
from trailtrace.store import Store, memory_store
from trailtrace.store.opening import THREAD_MEMORY, _bytes

RECORDS = trail_records()


def test_loading_the_same_files_again_adds_nothing(load: Load) -> None:
    files = {"a.json": trail(RECORDS[:2]), "b.json.gz": gzip.compress(trail(RECORDS[2:]))}
    first = load(files)
    before = [first.rows(f"from {table} order by all") for table in ("files", "events", "links", "origins")]
    again = load(files)
    assert again.outcome.code == 0
    assert "2 more were loaded before" in again.outcome.stderr
    assert [
        again.rows(f"from {table} order by all") for table in ("files", "events", "links", "origins")
    ] == before


def test_exact_duplicates_collapse_and_are_counted(load: Load) -> None:
    load({"first.json": trail([*RECORDS, RECORDS[0]])})
    loaded = load({"copy.json": trail(RECORDS), "more.json": trail([RECORDS[1], RECORDS[1]])})
    assert loaded.names == NAMES
    assert loaded.rows("select read, kept, duplicate from files order by file_id") == [
        (5, 4, 1),
        (4, 0, 4),
        (2, 0, 2),
    ]
    assert loaded.rows("select count(*) from conflicts") == [(0,)]


def test_the_order_of_members_does_not_make_another_record(load: Load) -> None:
    reordered = dict(reversed(list(RECORDS[1].items())))
    loaded = load({"a.json": trail([RECORDS[1]]), "b.json": trail([reordered])})
    assert loaded.rows("select sum(kept), sum(duplicate) from files") == [(1, 1)]


def test_one_event_id_with_other_content_keeps_both_and_is_flagged(load: Load) -> None:
    other = changed(RECORDS[1], "sourceIPAddress", "192.0.2.99")
    load(trail(RECORDS))
    loaded = load({"late.json": trail([other, other])})
    assert loaded.rows("select count(*) from events") == [(5,)]
    assert loaded.rows("select event_id from conflicts") == [(other["eventID"],)]
    assert "1 event ids name records of different content" in loaded.outcome.stderr
    again = load({"later.json": trail([changed(other, "sourceIPAddress", "192.0.2.100")])})
    assert again.rows("select count(*) from events") == [(6,)]
    assert again.rows("select event_id from conflicts") == [(other["eventID"],)]


def test_the_copies_of_two_accounts_are_neither_duplicates_nor_conflicts(load: Load) -> None:
    copies = CaseRecords(["09:00 user/alice assumes 222222222222/role/Deploy as ci -> K1"]).records
    for record in copies:
        record["eventID"] = copies[0]["eventID"]
    loaded = load(trail(copies))
    assert loaded.rows("select kept, duplicate from files") == [(2, 0)]
    assert loaded.rows("select count(*) from conflicts") == [(0,)]


def test_records_without_an_event_id_collapse_by_content(load: Load) -> None:
    nameless = [{name: value for name, value in record.items() if name != "eventID"} for record in RECORDS]
    loaded = load({"a.json": trail(nameless), "b.json": trail(nameless)})
    assert loaded.names == NAMES
    assert loaded.rows("select kept, duplicate from files order by file_id") == [(4, 0), (0, 4)]


def test_a_file_with_new_content_under_an_old_name_is_loaded(load: Load) -> None:
    load({"log.json": trail(RECORDS[:2])})
    loaded = load({"log.json": trail(RECORDS)})
    assert loaded.names == NAMES
    assert loaded.rows("select kept, duplicate from files order by file_id") == [(2, 0), (2, 2)]


def test_unknown_fields_survive(load: Load) -> None:
    record = RECORDS[1] | {"eventContext": {"requestContext": {"aws:userid": "x"}}, "annotation": "note"}
    [(extra,)] = load(trail([record])).rows("select extra from events")
    assert json.loads(extra) == {name: record[name] for name in ("eventContext", "annotation")}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_dash_reads_standard_input(load: Load, monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    late = RECORDS[3] | {"eventTime": "not a time"}  # makes the loader look at the file twice
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(trail([*RECORDS[:3], late])))))
    loaded = load("-")
    assert loaded.names == NAMES[:3]
    assert loaded.rejects == [(4, "bad_event_time")]
    assert loaded.rows("select uri from files") == [("-",)]


def test_a_glob_finds_files_at_any_depth(load: Load, tmp_path: Path) -> None:
    for name in ("AWSLogs/1/a.json.gz", "AWSLogs/2/sub/b.json.gz", "AWSLogs/2/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "AWSLogs/1/a.json.gz").write_bytes(gzip.compress(trail(RECORDS[:2])))
    (tmp_path / "AWSLogs/2/sub/b.json.gz").write_bytes(gzip.compress(trail(RECORDS[2:])))
    (tmp_path / "AWSLogs/2/notes.txt").write_text("not matched")
    loaded = load(f"{tmp_path}/AWSLogs/**/*.json.gz")
    assert loaded.names == NAMES
    assert loaded.rejects == []


def test_a_file_whose_name_is_a_glob_pattern_is_that_file(load: Load) -> None:
    assert load({"log[1]*.json": trail(RECORDS)}).names == NAMES


def test_a_path_given_twice_is_read_once(load: Load, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(RECORDS))
    loaded = load(tmp_path / "log.json", tmp_path / "log.json")
    assert loaded.rows("select read, duplicate from files") == [(4, 0)]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_in_the_middle_leaves_the_store_as_it_was(
    load: Load, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    before = load(trail(RECORDS[:2]))
    tables = ("files", "events", "rejects", "conflicts", "uses", "issuances", "links", "origins")
    kept = [before.rows(f"from {table} order by all") for table in tables]
    (tmp_path / "more.json").write_bytes(trail([*RECORDS[2:], None]))
    arguments = ["ingest", str(tmp_path / "more.json"), "--store", str(before.store)]

    def fail(store: Store, _: int) -> None:
        store.run("facts/clear")
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr("trailtrace.derive.derive", fail)
        if failure is KeyboardInterrupt:
            assert run(arguments).code == 130
        else:
            with pytest.raises(RuntimeError):
                main(arguments)
    assert [before.rows(f"from {table} order by all") for table in tables] == kept
    assert run(arguments).code == 0
    assert before.names == NAMES


def test_ctrl_c_while_documents_are_read_ends_quietly(
    load: Load, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load(trail(RECORDS[:2]))
    (tmp_path / "more.json").write_bytes(trail(RECORDS[2:]))

    def interrupted(*_: object) -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("trailtrace.ingest.plain_batches", interrupted)
    done = run(["ingest", str(tmp_path / "more.json"), "--store", str(before.store)])
    assert (done.code, done.stderr) == (130, "")
    assert before.rows("select count(*) from files") == [(1,)]


ARRIVING = CaseRecords(
    [
        "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
        "09:05 K1 calls s3 GetObject",
        "09:06 K1 assumes 222222222222/role/Prod as ci-42 -> K2",
        "09:07 K2 calls s3 DeleteObject",
        "09:08 user/bob signs into the console -> K3",
        {"line": "09:09 K3 calls iam ListUsers", "set": {"newField": {"a": [1]}}},
    ]
).records

TABLES = """
    select table_name from duckdb_tables() where not temporary
    and table_name not in ('files', 'meta', 'records', 'identities', 'named_identities')
    union all select 'events'
"""

WITHOUT_PLACES = """
    select columns(lambda name: name not in ('file_id', 'record', 'identity_id', 'evidence'))
    from ?
    order by all
"""


def contents(files: list[bytes]) -> dict[str, list[Row]]:
    """All that was found, without where it was read."""
    sources = [
        SourceObject(str(number), len(data), io.BytesIO(data).getvalue) for number, data in enumerate(files)
    ]
    with memory_store() as store:
        ingest(store, sources, jobs=1)

        def rows(sql: str) -> list[Row]:
            return store._connection.execute(sql).fetchall()

        assert ledger_errors(rows) == []
        return {table: rows(WITHOUT_PLACES.replace("?", table)) for (table,) in rows(TABLES)}


@st.composite
def arrivals(draw: st.DrawFn) -> list[bytes]:
    """The records in any order, some of them repeated, in any number of files of any wrapping."""
    repeated = draw(st.lists(st.sampled_from(ARRIVING), max_size=3))
    records: list[Record] = draw(st.permutations([*ARRIVING, *repeated]))
    cuts = sorted(draw(st.sets(st.integers(1, len(records) - 1), max_size=3)))
    files = []
    for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        part = records[start:end]
        texts = [json.dumps(record).encode() for record in part]
        data = draw(st.sampled_from([trail(part), b"\n".join(texts), b"".join(texts)]))
        files.append(gzip.compress(data, mtime=0) if draw(st.booleans()) else data)
    return files


@given(arrivals())
@settings(max_examples=10, deadline=None)
def test_order_split_wrapping_and_repetition_change_nothing(files: list[bytes]) -> None:
    assert contents(files) == contents([trail(ARRIVING)])


def test_the_same_record_in_another_writing_is_a_duplicate(load: Load) -> None:
    """Exports sort members and add empty ones; that is no contradiction."""
    records = trail_records()
    rewritten = json.loads(json.dumps(records, sort_keys=True))
    for record in rewritten:
        if record.get("requestParameters"):
            record["requestParameters"]["nothing"] = None
    loaded = load(trail(records), trail(rewritten))
    assert loaded.rows("select sum(kept), sum(duplicate) from files") == [(4, 4)]
    assert loaded.rows("select * from conflicts") == []


def test_files_of_a_trail_are_loaded_by_delivery_time(load: Load) -> None:
    first, second, *_ = trail_records()
    later = "AWSLogs/1/CloudTrail/a/1_CloudTrail_a_20260501T0905Z_abc.json"
    sooner = "AWSLogs/1/CloudTrail/b/1_CloudTrail_b_20260501T0900Z_abc.json"
    loaded = load({later: trail([second]), sooner: trail([first])})
    assert loaded.names == NAMES[:2]


def test_every_thread_of_duckdb_has_the_memory_to_load() -> None:
    with memory_store() as store:
        [(threads, memory)] = store._connection.execute(
            "select current_setting('threads'), current_setting('memory_limit')"
        ).fetchall()
    assert _bytes(memory) >= 0.99 * threads * THREAD_MEMORY


@pytest.mark.parametrize(("text", "size"), [("95.3 MiB", 99_929_292), ("1.5 TiB", 1_649_267_441_664)])
def test_sizes_are_read_as_duckdb_writes_them(text: str, size: int) -> None:
    assert _bytes(text) == size
