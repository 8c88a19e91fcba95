"""What `trailtrace export` writes is whole, is read by others, and gives the same origins again."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from case_records import CaseRecords, Record
from conftest import Run, changed, trail, trail_records
from test_cases import CASE_NAMES, case

import trailtrace
from trailtrace.columnar import ColumnarError, record_texts
from trailtrace.containers import unwrap
from trailtrace.documents import Document
from trailtrace.export import ExportFormat, Selection, export
from trailtrace.gzipped import Limits
from trailtrace.investigation import Investigation
from trailtrace.render.ocsf import STATED_GRADES
from trailtrace.store import open_store

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "AWSLogs"
SCHEMA = json.loads((ROOT / "tests" / "schemas" / "ocsf_api_activity.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
FORMATS = ["ndjson", "parquet"]
ORIGINS = "select * exclude (file_id, record, session_token_sha256, extra) from events_with_origin"
BATCH = CASE_NAMES[::20]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "store.duckdb"
    trailtrace.load(path, [str(SAMPLES)])
    return path


def origins(asked: Investigation) -> list[tuple[Any, ...]]:
    """Every event with its origin, without where it was read."""
    return sorted(asked.sql(ORIGINS).rows(), key=repr)


def ocsf_events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_and_loaded_again_has_the_same_origins(
    format: str, store: Path, tmp_path: Path
) -> None:
    target = tmp_path / format
    with trailtrace.open(store) as asked:
        summary = asked.export(target, format)
        before = origins(asked)
    assert summary.events == len(before) > 2000
    with trailtrace.from_logs([str(target)]) as again:
        assert again.summary is not None and again.summary.kept == summary.events
        assert origins(again) == before


@pytest.mark.parametrize("name", BATCH)
def test_a_case_exported_and_loaded_again_has_the_same_origins(name: str, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(case(name)["records"]).records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        before = origins(asked)
        for name in FORMATS:
            asked.export(tmp_path / name, name)
        asked.export(tmp_path / "ocsf", "ocsf")
    for name in FORMATS:
        with trailtrace.from_logs([str(tmp_path / name)]) as again:
            assert origins(again) == before
    for event in ocsf_events(tmp_path / "ocsf"):
        VALIDATOR.validate(event)


def test_members_of_every_kind_survive(run: Run, tmp_path: Path) -> None:
    record = trail_records()[0]
    odd: Record = record | {
        "eventTime": "2026-05-01T09:00:00.250Z",
        "notInAnySchema": {"a": [1, None, "ü\u2028"], "Records": [{"eventName": "Fake"}]},
        "userAgent": 'quote " backslash \\ bell \x07',
        "requestParameters": record["requestParameters"] | {"nothing": None, "empty": ""},
        "detail": {"eventName": "Wrapped"},
        "detail-type": "x",
    }
    odd["userIdentity"] = record["userIdentity"] | {"newMember": {"deep": None, "kept": 1}}
    (tmp_path / "log.json").write_bytes(trail([odd]))
    rows = "select * exclude (identity_id, file_id, record, session_token_sha256) from events"
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        asked.export(tmp_path / "out.ndjson")
        before = asked.sql(rows).rows()
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")]) as again:
        assert again.sql(rows).rows() == before


def test_what_stands_for_a_token_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(trail_records()))
    hashes = "select session_token_sha256 from events where event_name = 'AssumeRole'"
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        asked.export(tmp_path / "out.ndjson")
        [(before,)] = asked.sql(hashes).rows()
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")]) as again:
        [(after,)] = again.sql(hashes).rows()
    assert (len(before), after) == (64, None)


def test_a_session_token_is_in_no_export(store: Path, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(trail_records()))
    token = trail_records()[0]["responseElements"]["credentials"]["sessionToken"]
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        for name in ("ndjson", "ocsf"):
            asked.export(tmp_path / name, name)
            assert token not in (tmp_path / name).read_text()
        asked.export(tmp_path / "parquet", "parquet")
    frame = pl.read_parquet(tmp_path / "parquet")
    assert token not in str(frame.to_dicts())


def test_ocsf_holds_to_its_schema(store: Path, tmp_path: Path) -> None:
    with trailtrace.open(store) as asked:
        summary = asked.export(tmp_path / "out.ndjson", "ocsf")
    events = ocsf_events(tmp_path / "out.ndjson")
    assert len(events) == summary.events
    for event in events:
        VALIDATOR.validate(event)
    assert {event["activity_id"] for event in events} >= {1, 2, 3, 4}
    assert {event["status_id"] for event in events} == {1, 2}


@pytest.mark.parametrize(
    ("path", "value"),
    [("class_uid", 6001), ("metadata.version", "1.2.0"), ("actor.user.nickname", "x"), ("time", "today")],
)
def test_the_schema_refuses_what_is_wrong(path: str, value: object, store: Path, tmp_path: Path) -> None:
    with trailtrace.open(store) as asked:
        asked.export(tmp_path / "out.ndjson", "ocsf", accounts=["123456789012"])
    event = ocsf_events(tmp_path / "out.ndjson")[0]
    VALIDATOR.validate(event)
    assert not VALIDATOR.is_valid(changed(event, path, value))


def test_the_actor_of_ocsf_is_the_origin_behind_the_session(store: Path, tmp_path: Path) -> None:
    with trailtrace.open(store) as asked:
        asked.export(tmp_path / "out.ndjson", "ocsf")
    found = [
        event["actor"]
        for event in ocsf_events(tmp_path / "out.ndjson")
        if event["actor"].get("session", {}).get("credential_uid") == "ASIARZPUZDIKCTGHB5T7"
    ]
    assert found
    for actor in found:
        assert (actor["user"]["name"], actor["user"]["type"]) == ("wil", "iam_user")
        assert ":assumed-role/" in actor["session"]["uid_alt"]


def test_an_unsure_origin_is_never_the_actor(tmp_path: Path) -> None:
    lines = case("l08_arn_alone")["records"]
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(lines).records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        asked.export(tmp_path / "out.ndjson", "ocsf")
    unsure = 0
    for event in ocsf_events(tmp_path / "out.ndjson"):
        [enrichment] = event["enrichments"]
        data = enrichment["data"]
        if data["grade"] not in STATED_GRADES and data["arn"] is not None:
            unsure += 1
            assert event["actor"]["user"].get("uid") != data["arn"]
    assert unsure


def test_parquet_has_plain_types_and_hive_folders(store: Path, tmp_path: Path) -> None:
    with trailtrace.open(store) as asked:
        summary = asked.export(tmp_path / "events", "parquet")
        counts = asked.sql(
            "select cast(event_time as date)::varchar as day, recipient_account_id as account, count(*)"
            " from events group by all order by all"
        ).rows()
    files = sorted((tmp_path / "events").rglob("*.parquet"))
    assert summary.files == len(files) == len(counts)
    plain = {pa.string(), pa.bool_(), pa.int64(), pa.timestamp("us", tz="UTC")}
    for path in files:
        schema = pq.read_schema(path)
        assert set(schema.types) <= plain
        assert not {"day", "account"} & set(schema.names)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select day::varchar, account, count(*)"
            " from read_parquet($files, hive_partitioning = true, hive_types_autocast = false)"
            " group by all order by all",
            {"files": str(tmp_path / "events" / "**" / "*.parquet")},
        ).fetchall()
    assert rows == counts
    lazy = pl.scan_parquet(tmp_path / "events" / "**" / "*.parquet", hive_partitioning=True)
    assert lazy.filter(pl.col("origin_name") == "wil").select(pl.len()).collect().item() > 0


@pytest.mark.parametrize(
    "account", ["../../evil", ".", "", "a" * 5000, "x/y=z\n", None, "１２３４５６７８９０１２"]
)
def test_no_account_leads_out_of_the_folder(account: str | None, tmp_path: Path) -> None:
    records = [changed(record, "recipientAccountId", account) for record in trail_records()]
    (tmp_path / "log.json").write_bytes(trail(records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        summary = asked.export(tmp_path / "events", "parquet")
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.parquet")]
    assert summary.events == len(records)
    assert [path.parts[:2] for path in written] == [("events", "day=2026-05-01")]
    assert written[0].parts[2].startswith("account=")


def test_time_and_account_select_events(store: Path, run: Run) -> None:
    selected = run(
        [
            *("export", "-", "--store", str(store), "--since", "2026-05-05T12:00:00Z"),
            *("--until", "2026-05-06", "--account", "444455556666", "--account", "777788889999"),
        ]
    )
    with trailtrace.open(store) as asked:
        expected = asked.sql(
            "select event_id from events where event_time >= '2026-05-05 12:00' and event_time < '2026-05-06'"
            " and recipient_account_id in ('444455556666', '777788889999')"
            " order by event_time, file_id, record"
        ).rows()
    ids = [(json.loads(line)["eventID"],) for line in selected.stdout.splitlines()]
    assert ids == expected
    assert ids
    assert selected.stderr == f"trailtrace: {len(ids)} events written\n"


def test_a_packed_export_is_the_same_bytes_every_time(store: Path, tmp_path: Path) -> None:
    with trailtrace.open(store) as asked:
        for name in ("a.ndjson.gz", "b.ndjson.gz", "c.ndjson"):
            asked.export(tmp_path / name)
    packed = (tmp_path / "a.ndjson.gz").read_bytes()
    assert packed == (tmp_path / "b.ndjson.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "c.ndjson").read_bytes()


@pytest.mark.parametrize("format", ["ndjson", "parquet"])
def test_nothing_is_replaced_without_force(format: str, store: Path, run: Run, tmp_path: Path) -> None:
    command = ["export", str(tmp_path / "out"), "--format", format, "--store", str(store)]
    assert run(command).code == 0
    before = sorted(tmp_path.rglob("*"))
    refused = run(command)
    assert (refused.code, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert run([*command, "--force", "--until", "2026-05-05"]).code == 0
    after = sorted(tmp_path.rglob("*"))
    assert after == before if format == "ndjson" else set(after) < set(before)


def test_force_removes_nothing_that_is_no_export(store: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "day=1").mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    for name in FORMATS:
        refused = run(["export", str(tmp_path), "--format", name, "--store", str(store), "--force"])
        assert refused.code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("format", list(ExportFormat))
def test_what_breaks_off_leaves_nothing(format: ExportFormat, store: Path, tmp_path: Path) -> None:
    def batches() -> Iterator[None]:
        yield from (None, None)
        raise KeyboardInterrupt

    steps = batches()

    def change(batch: pa.RecordBatch) -> pa.RecordBatch:
        next(steps)
        return batch

    with open_store(store) as opened, pytest.raises(KeyboardInterrupt):
        export(opened, tmp_path / "out", format, Selection(), change=change)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_export_is_put_back_if_the_new_one_cannot_have_its_name(
    store: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["export", str(tmp_path / "out"), "--format", "parquet", "--store", str(store)]
    assert run(command).code == 0
    before = sorted(tmp_path.rglob("*"))
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.suffix == ".part":
            raise PermissionError(1, "Operation not permitted")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    failed = run([*command, "--force", "--until", "2026-05-05"])
    assert (failed.code, failed.stdout) == (1, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_export_that_cannot_be_written_says_so_in_a_line(store: Path, run: Run, tmp_path: Path) -> None:
    failed = run(["export", str(tmp_path / "none" / "out"), "--store", str(store)])
    assert (failed.code, failed.stdout) == (2, "")
    assert re.fullmatch(r"trailtrace: error: .*there is no folder.*\n", failed.stderr)


def test_a_damaged_parquet_file_is_a_reject(tmp_path: Path) -> None:
    table = pa.table({"cloudtrail_record": ["{}"] * 100})
    pq.write_table(table, tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    pq.write_table(pa.table({"other": ["x"]}), tmp_path / "other.parquet")
    other = (tmp_path / "other.parquet").read_bytes()
    pq.write_table(pa.table({"cloudtrail_record": [1]}), tmp_path / "number.parquet")
    number = (tmp_path / "number.parquet").read_bytes()
    for broken in (data[:-20], data[:40], b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", data[:4] + data[40:]):
        [reject] = unwrap(broken)[1]
        assert getattr(reject, "reason", None) == "damaged_parquet"
    for wrong in (other, number):
        [reject] = unwrap(wrong)[1]
        assert getattr(reject, "reason", None) == "no_original_record"
    container, found = unwrap(data)
    assert (container, sum(len(item) for item in found if isinstance(item, Document))) == ("parquet", 100)


def test_repeated_text_in_parquet_cannot_fill_the_memory(tmp_path: Path) -> None:
    pq.write_table(pa.table({"cloudtrail_record": ["x" * 10_000] * 10_000}), tmp_path / "bomb.parquet")
    data = (tmp_path / "bomb.parquet").read_bytes()
    assert len(data) < 100_000
    with pytest.raises(ColumnarError) as refused:
        list(record_texts(data, Limits(object_bytes=1_000_000)))
    assert refused.value.reason == "too_large"
