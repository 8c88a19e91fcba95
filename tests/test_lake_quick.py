"""What `ingest LAKE` takes, and what it refuses, shown on lakes that are written without Spark."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from case_records import CaseRecords
from conftest import Run, changed, trail

import trailtrace
from trailtrace import library
from trailtrace.errors import StoreError
from trailtrace.lake.manifest import DAY_TABLES, NAME, Manifest, build_folder, with_files, write_manifest
from trailtrace.lake.opened import lake_store
from trailtrace.lake.reading import FILE_BITS
from trailtrace.remote.layout import Selection
from trailtrace.store import Needed, connection

OF_A_DAY = ("records", "identities", "records_apart", "issuing_calls", "resource_events")

OF_BUILDS = ("files", "rejects", "conflicts")

COUNTS = (
    "select (select sum(event_count) from uses), (select count(*) from issuing_calls),"
    " (select sum(len(evidence)) from issuances), (select count(*) from records)"
)


def made_lake(lake: Path, logs: Sequence[Path]) -> Path:
    """A lake as far as a store takes from one: the tables of a store of these logs."""
    file = (pl.col("file_id").cast(pl.Int64) * 2**FILE_BITS).alias("file_id")
    day = pl.col("event_time").dt.strftime("%Y-%m-%d").alias("day")
    with trailtrace.from_logs([str(log) for log in logs]) as store:
        tables = {name: store.sql(f"from {name}") for name in (*OF_A_DAY, *OF_BUILDS)}
    records = tables["records"].with_columns(day)
    files = tables["files"]
    days = records.select("day", "identity_id").unique()
    tables["identities"] = tables["identities"].join(days, "identity_id")
    tables["arrivals"] = records.select("day", "file_id").unique()
    tables["sources"] = files.select(pl.col("file_id").alias("number"), "uri", "size_bytes", stamp=pl.lit(""))
    tables["files"] = files.drop("pruned", "unnamed")
    manifest = Manifest(id=lake.name).after(1, days["day"].to_list(), files.height)
    for table, rows in tables.items():
        if table in DAY_TABLES:
            rows = rows if "day" in rows.columns else rows.with_columns(day)
            if "identity_id" in rows.columns:
                rows = rows.with_columns(identity_id=pl.format("{}/{}", "day", "identity_id"))
        rows = rows.with_columns(file) if "file_id" in rows.columns else rows
        parts = (
            rows.partition_by("day", as_dict=True, include_key=False) if table in DAY_TABLES else {(): rows}
        )
        for key, part in parts.items():
            folder = lake / build_folder(table, 1) / "".join(f"day={each}" for each in key)
            folder.mkdir(parents=True)
            part.write_parquet(folder / "part.parquet")
    write_manifest(lake, with_files(lake, manifest))
    return lake


def records() -> list[Any]:
    """Of K1's calls the second is in no fact."""
    return CaseRecords(
        [
            "09:00 user/alice assumes role/Deploy as ci-42 for 3600 -> K1",
            "09:05 K1 calls s3 GetObject",
            "09:10 K1 calls ec2 DescribeInstances",
            "09:15 K1 calls s3 GetObject",
        ]
    ).records


def counts(store: Path) -> Any:
    with trailtrace.open(store) as asked:
        assert not asked.status().unaccounted
        return asked.sql(COUNTS).row(0)


def test_files_without_events_change_no_fact(tmp_path: Path) -> None:
    store, log, other = tmp_path / "store.duckdb", tmp_path / "log.json", tmp_path / "other.json"
    log.write_bytes(trail(records()))
    other.write_bytes(trail([{"no": "event"}]))
    trailtrace.load(store, [str(made_lake(tmp_path / "lake", [log]))])
    before = counts(store)
    added = trailtrace.load(store, [str(made_lake(tmp_path / "later", [log, other]))])
    assert (added.files, added.rejected, counts(store)) == (1, {"no_event_name": 1}, before)


def test_a_day_is_not_whole_while_records_of_it_are_in_another_lake(tmp_path: Path) -> None:
    store, log, other = tmp_path / "store.duckdb", tmp_path / "log.json", tmp_path / "other.json"
    log.write_bytes(trail(records()))
    other.write_bytes(trail(CaseRecords(["09:00 user/bob calls iam ListUsers"]).records))
    day = Selection(since=datetime(2026, 5, 1), until=datetime(2026, 5, 2))
    lake, another = made_lake(tmp_path / "lake", [log]), made_lake(tmp_path / "another", [other])
    trailtrace.load(store, [str(lake)])
    before = counts(store)
    with pytest.raises(
        StoreError, match=r"1 of its files are partly in another lake, .*: load .* into another"
    ):
        trailtrace.load(store, [str(another)], selection=day)
    assert counts(store) == before
    trailtrace.load(store, [str(lake)], selection=day)
    trailtrace.load(store, [str(another)])
    with trailtrace.open(store) as asked:
        assert asked.sql("from lake_days").rows() == [(datetime(2026, 5, 1).date(), True)]
        assert asked.sql("select count(*) from records").item() == 5


def forged() -> list[Any]:
    """An issuance under the event id of a call that no fact is made of, and a call of its session."""
    issued, used = CaseRecords(
        [
            "09:10 user/alice assumes role/Forged as x for 3600 -> K9",
            "09:11 K9 calls s3 GetObject",
        ]
    ).records
    return [changed(issued, "eventID", records()[2]["eventID"]), used]


def test_what_contradicts_a_record_that_stays_in_the_lake_is_never_proof(tmp_path: Path) -> None:
    log, other = tmp_path / "log.json", tmp_path / "other.json"
    log.write_bytes(trail(records()))
    other.write_bytes(trail(forged()))
    key = forged()[1]["userIdentity"]["accessKeyId"]
    lake = str(made_lake(tmp_path / "lake", [log]))
    with trailtrace.from_logs([str(log), str(other)]) as store:
        expected = store.who_did(key).answers[0]
    assert expected.grade == "weak"
    before = tmp_path / "before.duckdb"
    trailtrace.load(before, [str(other)])
    trailtrace.load(before, [lake])
    with trailtrace.open(before) as store:
        answer = store.who_did(key).answers[0]
        assert (answer.grade, answer.stop) == (expected.grade, expected.stop)
    later = tmp_path / "later.duckdb"
    trailtrace.load(later, [lake])
    loaded = counts(later)
    with trailtrace.open(later) as store:
        warnings = store.who_did(records()[2]["userIdentity"]["accessKeyId"]).answers[0].warnings
        [said] = [warn.text for warn in warnings if warn.code == "facts_only"]
        assert "--since 2026-05-01 --until 2026-05-02" in said
    with pytest.raises(
        StoreError, match=r"of 2026-05-01, of which .* --since 2026-05-01 --until 2026-05-02`"
    ):
        trailtrace.load(later, [str(other)])
    assert counts(later) == loaded
    trailtrace.load(later, [lake], selection=Selection(since=datetime(2026, 5, 1)))
    trailtrace.load(later, [str(other)])
    with trailtrace.open(later) as store:
        answer = store.who_did(key).answers[0]
        assert (answer.grade, answer.stop) == (expected.grade, expected.stop)


def test_a_manifest_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(records()))
    lake = made_lake(tmp_path / "lake", [tmp_path / "log.json"])
    sound = json.loads((lake / NAME).read_text())
    [folder, *_] = sound["files"]
    changes: list[dict[str, Any]] = [
        {"days": {"abc": 1}},
        {"days": {"20260501": 1}},
        {"days": {"2026-05-01/../../x": 1}},
        {"days": ["2026-05-01"]},
        {"days": {"2026-05-01": "1"}},
        {"days": {"2026-05-01": 2}},
        {"days": {}},
        {"build": "x"},
        {"build": -1, "whole": -1, "builds": [-1]},
        {"build": True},
        {"builds": []},
        {"builds": ["/etc"]},
        {"whole": None},
        {"last_source": 1.5},
        {"layout": "2"},
        {"schema_version": "\x1b[2J"},
        {"id": 1},
        {"files": []},
        {"files": {folder: "part.parquet"}},
        {"files": {folder: ["../../../x.parquet"]}},
        {"files": {folder: [1]}},
        {"files": {"/etc": []}},
        {"more": 1},
    ]
    for change in changes:
        (lake / NAME).write_text(json.dumps(sound | change))
        with pytest.raises(StoreError, match="not a manifest of a lake: build the lake again in another"):
            trailtrace.load(tmp_path / "store.duckdb", [str(lake)])
    (lake / NAME).write_text("[" * 100_000)
    with pytest.raises(StoreError, match="not a manifest of a lake"):
        trailtrace.open(lake)


def test_a_damaged_file_of_a_lake_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(records()))
    lake = made_lake(tmp_path / "lake", [tmp_path / "log.json"])
    [file] = (lake / "records").rglob("*.parquet")
    whole = file.read_bytes()
    for damaged in (b"no Parquet", whole[:-9], whole[:20] + bytes(120) + whole[140:]):
        file.write_bytes(damaged)
        for ask in (
            lambda: trailtrace.load(tmp_path / "store.duckdb", [str(lake)]),
            lambda: trailtrace.open(lake).sql("from records"),
        ):
            with pytest.raises(StoreError, match="a file of a lake is damaged") as refused:
                ask()
            assert "\n" not in str(refused.value)


def test_what_is_for_logs_is_refused_with_a_lake(tmp_path: Path, run: Run) -> None:
    (tmp_path / "log.json").write_bytes(trail(records()))
    lake = made_lake(tmp_path / "lake", [tmp_path / "log.json"])
    for option in ("--jobs", "--max-ratio", "--max-object-size"):
        outcome = run(["ingest", str(lake), "--store", str(tmp_path / "store.duckdb"), option, "7"])
        assert outcome.code == 2
        assert "leave out --jobs, --max-ratio" in " ".join(outcome.stderr.split())


def test_what_reads_records_by_a_macro_that_was_made_since_sees_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.json"
    log.write_bytes(trail(records()))
    texts = {
        "ours/count": "-- Counts\nselect count(*) from records",
        "ours/define": "-- Defines\ncreate or replace temp macro every_record() as table from records",
        "ours/by_macro": "-- Counts\nselect count(*) from every_record()",
    }
    monkeypatch.setattr(connection, "statement", lambda name: texts.get(name) or library.statement(name))
    with lake_store(made_lake(tmp_path / "lake", [log])) as store:
        at = datetime(2020, 1, 1)
        assert store.records("ours/count", {}, Needed(((at, at),))) == [{"count_star()": 0}]
        store.run("ours/define")
        store.records("ours/count", {}, Needed(((at, at),)))
        assert store.run("ours/by_macro") == store.run("ours/count") != [(0,)]
