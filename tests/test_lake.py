"""A lake that Spark made answers as a store does, whatever came when.

The sample logs go through both roads once: all but one file first, then all, and what differs between
engines (times, JSON texts, nulls, case) would show in the tables. Skipped where there is no Java.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Run, ledger_errors, trail, trail_records
from s3_server import S3Server, serve
from s3_server import answers as says

import trailtrace
from trailtrace.errors import (
    MissingExtraError,
    StoreError,
    TargetNotFoundError,
    TrailtraceError,
    UsageError,
)
from trailtrace.investigation import Investigation
from trailtrace.lake.manifest import (
    LOOKUPS,
    NAME,
    Manifest,
    parquet_files,
    read_manifest,
    write_manifest,
)
from trailtrace.lake.remote import RemoteLake
from trailtrace.lake.sources import SCHEMA, new_sources
from trailtrace.model import LakeBuilt
from trailtrace.places import Found
from trailtrace.remote import access
from trailtrace.remote.layout import Selection
from trailtrace.store import SCHEMA_VERSION

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"

needs_java = pytest.mark.skipif(
    shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="Spark needs Java 17"
)

TABLES = {
    "events": "select * exclude (identity_id, file_id, record) from events",
    "files": "select * exclude (file_id, kept, duplicate), kept + duplicate from files",
    "rejects": "select * exclude (file_id) from rejects",
    "conflicts": "from conflicts",
    "records_apart": "select * exclude (file_id, record) from records_apart",
    "issuing_calls": "select * exclude (file_id, record) from issuing_calls",
    "resource_events": "select * exclude (file_id, record) from resource_events",
    "uses": "from uses",
    "issuances": (
        "select * exclude (evidence), list_transform(evidence, lambda place:"
        " {'id': place.event_id, 'account': place.recipient_account_id}) from issuances"
    ),
    "links": "from links",
    "origins": "from origins",
    "caller_origins": "from caller_origins",
    "copies": (
        "select event_id, recipient_account_id, use_id, rule from copies join records using (file_id, record)"
    ),
    "events_with_origin": "select * exclude (file_id, record) from events_with_origin",
    **{name: f"from {name}" for name in LOOKUPS},
}
"""What must be the same, places in files aside."""


@pytest.fixture(scope="session")
def _spark() -> Iterator[None]:
    """One Spark for all tests. Each statement runs but twice: plans are neither compiled nor made anew."""
    from trailtrace.lake.spark import session

    settings = {
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    options = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"{options} pyspark-shell")
        with session("local[2]", small=True):
            yield


@dataclass(frozen=True, slots=True)
class Made:
    """A lake made in two builds."""

    lake: Path
    logs: Path
    late: Path
    """The file that came with the second."""
    builds: tuple[LakeBuilt, LakeBuilt]


@pytest.fixture(scope="session")
def made(_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The sample logs, a record in another writing, one that contradicts and one that is none."""
    folder = tmp_path_factory.mktemp("lake [1]")
    logs = folder / "AWSLogs"
    shutil.copytree(SAMPLES, logs)
    records = trail_records()
    contradicting = {**records[3], "sourceIPAddress": "198.51.100.77"}
    other_writing = dict(reversed(records[1].items()))
    (logs / "more.json").write_bytes(trail([*records, {"no": "event"}]))
    (logs / "other.json").write_bytes(trail([other_writing, contradicting, b'"text"']))
    late = sorted(logs.rglob("*.gz"))[5]
    away = folder / late.name
    late.rename(away)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        first = trailtrace.build_lake(["AWSLogs"], "lake")
        away.rename(late)
        second = trailtrace.build_lake(["AWSLogs"], "lake")
    return Made(folder / "lake", logs, late, (first, second))


@pytest.fixture(scope="session")
def roads(made: Made) -> Iterator[tuple[Investigation, Investigation]]:
    """The same logs in a store and in the lake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.logs.parent)
        store = trailtrace.from_logs(["AWSLogs"])
    with store, trailtrace.open(made.lake) as lake:
        yield store, lake


def rows(asked: Investigation, sql: str) -> list[dict[str, Any]]:
    return sorted(asked.sql(sql).to_dicts(), key=str)


@needs_java
@pytest.mark.parametrize("table", TABLES)
def test_both_roads_lead_to_the_same_tables(table: str, roads: tuple[Investigation, Investigation]) -> None:
    store, lake = roads
    assert rows(lake, TABLES[table]) == rows(store, TABLES[table])


def without_places(value: Any) -> Any:
    """An answer without where its evidence lies."""
    if isinstance(value, dict):
        return {
            name: without_places(member)
            for name, member in value.items()
            if name not in ("source", "record", "sha256")
        }
    return [without_places(each) for each in value] if isinstance(value, list | tuple) else value


@needs_java
def test_both_roads_answer_alike(roads: tuple[Investigation, Investigation]) -> None:
    store, _ = roads
    keys = store.sql("select distinct access_key_id from uses where join_key is not null order by all")
    assert len(keys) > 100
    for key in keys["access_key_id"].gather_every(8):
        expected, answered = (without_places(asdict(asked.who_did(key))) for asked in roads)
        assert answered == expected, key
    [key] = store.sql("select max_by(access_key_id, event_count) from uses where join_key is not null").row(0)
    now = datetime(2026, 6, 1)
    expected, answered = (without_places(asdict(asked.what_did(key, now=now))) for asked in roads)
    assert answered == expected


ODD_TIMES = [
    "2026-05-01T09:00:00Z", "2026-05-01T09:00:00.1Z", "2026-05-01T09:00:00.123456Z",
    "2026-05-01T09:00:00.123456789Z", "2026-05-01 09:00:00", "2026-05-01 09:00:00.5",
    "2026-05-01T09:00:00+02:00", "2026-05-01T09:00:00+0200", "2026-05-01T09:00:00.25-0530",
    "2026-05-01 09:00:00-05:30", "20260501T090000Z", "Jul 10, 2023, 12:31:14 PM",
    "jul 1, 2023 2:31:14 pm", "July 1, 2023, 02:31:14 AM", "1777622400", "1777622400.123456",
    "1777622400123", "177762240012", "2026-5-1T9:00:00Z", "2026-02-30T09:00:00Z", "2026-05-01T24:00:00Z",
    "", "never", "0000-01-01T00:00:00Z", "2026-05-01T09:00:00z", "  2026-05-01 09:00:00 ",
    "2026-05-01T09:00:60Z", "2026-05-01T09:00", "12026-05-01T09:00:00Z", "2026-05-01T09:00:00Zx",
    "999999999", "9999999999999", "2026-05-01T09:00:00.Z", "+2026-05-01T09:00:00Z",
]  # fmt: skip

ODD_JSON = [
    '{"a":"x"}', '{"a":null}', '{"a":1.0}', '{"a":1e5}', '{"a":12345678901234567890123}', '{"a":true}',
    '{"a":{"b":"c"}}', '{"a":["x",1]}', '{"a":""}', "{}", "[]", '"x"', "null", '{"a":"\\u00e9\\n\\"/"}',
    '{"a":"\\/"}', '{"a":{"b":"\\u00e9\\u0001"}}', '{"a":"x","a":"y"}', '{"A":"x"}', '{"a":-0}', '{"a":1.50}',
]  # fmt: skip

ODD_TEXTS = [
    "ASIA0123456789ABCDEF", "ASIA0123456789ABCDEF\n", "xASIA0123456789ABCDEF", "a/b", "a/b\n", "a/b\r", "/x",
    "a\nb/c", "arn:aws:lambda:x:function:f:1", "f\n:g", "fun\u2028ction", "A\u0085:function:f",
]  # fmt: skip


@needs_java
@pytest.mark.parametrize(
    ("texts", "sql"),
    [
        (ODD_TIMES, "select t, plausible_time(parse_time(t)) as a from odd"),
        (
            ODD_JSON,
            "select t, json_extract_string(t, '$.a') as a, json_extract_string(t, '$.a.b') as b from odd",
        ),
        (
            ODD_TEXTS,
            "select t, regexp_full_match(t, 'ASIA[A-Z0-9]{16}') as a, regexp_extract(t, '/([^/]+)$', 1) as b,"
            " regexp_extract(t, '(?:.*:function:)?([^:]+)', 1) as c, split_part(t, ':', 5) as d, md5(t) as e,"
            " regexp_matches(t, 'a.b') as f, substr(t, strpos(t, ':') + 1) as g,"
            " regexp_extract_all(t, '([a-z]+)', 1) as h, list_distinct([nullif(t, '/x')]) as i from odd",
        ),
    ],
    ids=["times", "json", "texts"],
)
def test_engines_read_odd_values_alike(_spark: None, texts: list[str], sql: str) -> None:
    import duckdb
    from pyspark.sql import SparkSession

    from trailtrace.lake.translation import translated
    from trailtrace.library import statement

    spark = SparkSession.getActiveSession()
    assert spark is not None
    spark.createDataFrame([(text,) for text in texts], "t string").createOrReplaceTempView("odd")
    theirs = {row[0]: tuple(row)[1:] for row in spark.sql(translated(sql, "spark")).collect()}
    with duckdb.connect() as connection:
        connection.execute(statement("store/macros"))
        connection.execute("create table odd (t varchar)")
        connection.executemany("insert into odd values (?)", [[text] for text in texts])
        ours = {row[0]: row[1:] for row in connection.execute(sql).fetchall()}
    assert theirs == ours


@needs_java
def test_the_ledger_of_a_lake_is_exact(made: Made, roads: tuple[Investigation, Investigation]) -> None:
    _, lake = roads
    assert ledger_errors(lambda sql: lake.sql(sql).rows()) == []
    for built in made.builds:
        rejected = sum(built.rejected.values())
        assert built.read == built.kept + built.duplicate + rejected + built.not_events
    first, second = made.builds
    assert second.files == 1
    assert second.known_sources == first.files
    assert first.kept + second.kept == lake.sql("select count(*) from records").item()
    assert first.rejected == {"no_event_name": 1, "not_an_object": 1}
    assert (first.conflicts, second.conflicts) == (1, 1)


@needs_java
def test_a_late_file_builds_its_days_and_no_others(made: Made) -> None:
    _, second = made.builds
    days = read_manifest(made.lake).days
    assert second.days
    assert {day for day, build in days.items() if build == 2} == set(second.days)
    assert {day for day, build in days.items() if build == 1}
    assert all(day in made.late.name or day.replace("-", "") in made.late.name for day in second.days)


@needs_java
def test_nothing_new_builds_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_manifest(made.lake)
    monkeypatch.chdir(made.logs.parent)
    built = trailtrace.build_lake(["AWSLogs"], "lake")
    assert (built.files, built.read, built.days) == (0, 0, ())
    assert built.known_sources == made.builds[0].files + 1
    assert read_manifest(made.lake) == before


@needs_java
def test_what_holds_no_event_is_noted_and_what_cannot_be_read_is_tried_again(
    _spark: None, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "text.json").write_bytes(b"no log")
    gone = tmp_path / "logs" / "gone.json"
    gone.symlink_to(tmp_path / "nowhere")
    said: list[str] = []
    built = trailtrace.build_lake([str(tmp_path / "logs")], tmp_path / "lake", told=said.append)
    assert built.rejected["unreadable"] == 1
    assert "1 sources could not be read: the next build tries them again" in said
    assert (built.files, built.kept, built.days, built.uses) == (2, 0, (), 0)
    again = trailtrace.build_lake([str(tmp_path / "logs")], tmp_path / "lake")
    assert (again.files, again.known_sources, again.rejected) == (1, 1, {"unreadable": 1})
    with trailtrace.open(tmp_path / "lake") as lake:
        assert lake.sql("select count(*) from files").item() == 3
        assert lake.sql("select count(*) from events_with_origin").item() == 0


@needs_java
def test_a_build_that_fails_leaves_the_lake_as_it_was(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise TrailtraceError("no room")

    before = read_manifest(made.lake)
    (tmp_path / "new.json").write_bytes(trail(trail_records()[:1]))
    monkeypatch.setattr("trailtrace.lake.build._Build._derive_days", fail)
    with pytest.raises(TrailtraceError, match="no room"):
        trailtrace.build_lake([str(tmp_path)], made.lake)
    assert read_manifest(made.lake) == before
    with trailtrace.open(made.lake) as lake:
        assert lake.sql("select count(*) from records").item() == sum(built.kept for built in made.builds)


@needs_java
def test_a_first_build_that_fails_in_a_task_says_why_and_can_be_run_again(
    _spark: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(_: Any) -> Any:
        raise TrailtraceError("s3://logs/: objects cannot be read")

    def fail(build: Any, _: object) -> None:
        build.folders.write_rows("sources", [], SCHEMA)
        build.spark.range(1).mapInArrow(refuse, "id bigint").collect()

    (tmp_path / "log.json").write_bytes(trail(trail_records()[:1]))
    lake = tmp_path / "lake"
    monkeypatch.setattr("trailtrace.lake.build._Build._read", fail)
    for _ in range(2):
        with pytest.raises(StoreError) as failed:
            trailtrace.build_lake([str(tmp_path / "log.json")], lake)
        assert (
            str(failed.value)
            == f"{lake}: not built, and as it was before: s3://logs/: objects cannot be read"
        )
    with pytest.raises(StoreError, match="its first build did not end"):
        trailtrace.open(lake)


def test_what_spark_cannot_write_is_one_line(tmp_path: Path) -> None:
    from py4j.protocol import Py4JError

    from trailtrace.lake.spark import one_line

    text = (
        "An error occurred\n: SparkException: aborted\n\tat x\nCaused by: IOException: No space left\n\t..."
    )
    with (
        pytest.raises(StoreError, match=r"as it was before: IOException: No space left$"),
        one_line(tmp_path),
    ):
        raise Py4JError(text)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_while_links_are_written_is_one_line(tmp_path: Path) -> None:
    import polars as pl

    from trailtrace.lake.spark import one_line

    with pytest.raises(StoreError, match=r"as it was before: .*No space left"), one_line(tmp_path):
        pl.DataFrame({"use_id": ["a"]}).write_parquet("/dev/full")


def test_a_master_that_is_none_or_lacks_its_configuration_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from py4j.protocol import Py4JError
    from pyspark.sql import SparkSession

    from trailtrace.lake.spark import session

    def refuse(_: object) -> None:
        raise Py4JError("calling None.JavaSparkContext\n: SparkException: Could not parse Master URL\n\tat x")

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", refuse)
    monkeypatch.setattr("shutil.which", lambda *_, **__: "java")
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)
    said = r"^local\[x\]: Spark did not start: SparkException: Could not parse Master URL$"
    with pytest.raises(TrailtraceError, match=said), session("local[x]"):
        pass
    with pytest.raises(TrailtraceError, match=r"^yarn: set HADOOP_CONF_DIR"), session("yarn"):
        pass


def test_a_time_to_the_second_keeps_the_minute_it_is_in(tmp_path: Path) -> None:
    for minute in ("0859", "0900", "0901"):
        name = f"111111111111_CloudTrail_us-east-1_20260501T{minute}Z_a.json.gz"
        (tmp_path / name).write_bytes(trail(trail_records()[:1]))
    since = datetime(2026, 5, 1, 9, 0, 30)
    new, _ = new_sources([str(tmp_path)], tmp_path / "lake", Manifest(), since, datetime.max, print)
    assert [item.uri[-16:-10] for item in new] == ["T0900Z", "T0901Z"]


def test_what_of_a_bucket_is_not_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "trailtrace.lake.sources.find", lambda *_: Found([], ["s3://logs/: not read: Config/"])
    )
    said: list[str] = []
    built = trailtrace.build_lake(["s3://logs"], tmp_path / "lake", told=said.append)
    assert built.files == 0
    assert "s3://logs/: not read: Config/" in said


@needs_java
def test_commands_read_a_lake_as_they_read_a_store(made: Made, run: Run) -> None:
    key = "ASIA3KF6UTOHSVAMMEK6"
    answered = run(["who-did", key, "--store", str(made.lake), "--format", "json"])
    assert json.loads(answered.stdout)["answers"][0]["origin"]["kind"] == "ec2_instance"
    for command in (["query", "grades"], ["status"], ["report", "--format", "json"], ["sql", "from links"]):
        assert run([*command, "--store", str(made.lake)]).code in (0, 10), command
    refused = run(["sql", "from read_text('/etc/hostname')", "--store", str(made.lake)])
    assert refused.code == 2


@needs_java
def test_a_question_opens_the_days_and_accounts_of_its_records_alone(made: Made, tmp_path: Path) -> None:
    with trailtrace.open(made.lake) as lake:
        [(key, day, account, event)] = lake.sql(
            "select access_key_id, min(event_time)::date::varchar, min(recipient_account_id), min(event_id)"
            " from events where starts_with(access_key_id, 'ASIA') and invoked_by is null"
            " group by access_key_id having count(distinct (event_time::date, recipient_account_id)) = 1"
            " order by all limit 1"
        ).rows()
        answers = {target: asdict(lake.who_did(target)) for target in (key, event)}
    shutil.copytree(made.lake, tmp_path / "lake")
    manifest, spoilt = read_manifest(made.lake), 0
    for table in ("records", "identities", "named_identities", "records_apart"):
        # The first file of a table tells its columns.
        for file in parquet_files(tmp_path / "lake", manifest, table)[1:]:
            in_account = table != "records" or file.parent.name == f"account={account}"
            if not (f"/day={day}/" in str(file) and in_account):
                file.write_bytes(b"spoilt")
                spoilt += 1
    assert spoilt
    with trailtrace.open(tmp_path / "lake") as lake:
        assert {target: asdict(lake.who_did(target)) for target in answers} == answers


@needs_java
def test_the_manifest_names_every_file(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {str(path.relative_to(made.lake)) for path in made.lake.rglob("*.parquet")}
    manifest = read_manifest(made.lake)
    named = {f"{folder}/{name}" for folder, names in manifest.files.items() for name in names}
    assert named <= found
    # What only the build before had stays for its readers.
    assert all(f"build={manifest.build:06}" not in path for path in found - named)
    monkeypatch.setattr(Path, "rglob", lambda *_: pytest.fail("no folder is listed"))
    with trailtrace.open(made.lake) as lake:
        assert lake.sql("select count(*) from records").item()


@needs_java
def test_no_secret_reaches_a_lake(made: Made) -> None:
    from conftest import TOKEN

    with trailtrace.open(made.lake) as lake:
        found = lake.sql("select count(*) from events where contains(response_elements, '[redacted]')").item()
    assert found
    texts = str([(path.name, path.read_bytes()) for path in made.lake.rglob("*") if path.is_file()])
    assert TOKEN[:16] not in texts


def test_without_java_one_line_names_it(monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path) -> None:
    from pyspark.sql import SparkSession

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (tmp_path / "log.json").write_bytes(trail(trail_records()))
    said = run(["lake", "build", str(tmp_path / "log.json"), "--out", str(tmp_path / "lake")])
    assert said.code == 1
    assert "Java 17" in said.stderr.splitlines()[-1]


def test_without_pyspark_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.errors", None)
    (tmp_path / "log.json").write_bytes(trail(trail_records()))
    with pytest.raises(MissingExtraError, match=r"trailtrace\[spark\]"):
        trailtrace.build_lake([str(tmp_path / "log.json")], tmp_path / "lake")


def test_a_lake_without_a_column_of_today_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "uses" / "build=000001"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"use_id": ["a"]}), folder / "part.parquet")
    write_manifest(tmp_path, Manifest().after(1, ["2026-05-01"], 1))
    with pytest.raises(StoreError, match=r"made by another version of trailtrace \(Binder Error: .*anew"):
        trailtrace.open(tmp_path)


def test_what_is_no_lake_is_said(tmp_path: Path) -> None:
    (tmp_path / "trailtrace-lake.json").write_text("[]")
    with pytest.raises(StoreError, match="not a manifest"):
        trailtrace.open(tmp_path)
    (tmp_path / "trailtrace-lake.json").write_text(
        json.dumps({"schema_version": SCHEMA_VERSION, "builds": []})
    )
    with pytest.raises(StoreError, match="made by another version"):
        trailtrace.open(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "trailtrace-lake.json").unlink()
    with pytest.raises(StoreError, match="no lake"):
        trailtrace.build_lake([str(SAMPLES)], tmp_path)
    with pytest.raises(UsageError, match="standard input"):
        trailtrace.build_lake(["-"], tmp_path / "lake")
    with pytest.raises(UsageError, match="a lake is built in a folder"):
        trailtrace.build_lake([str(SAMPLES)], "s3://logs/lake")


FACTS = ("issuing_calls", "resource_events", "issuances", "links", "origins", "caller_origins", "conflicts")

UNCOUNTED = ("credential", "warnings", "activity", "addresses", "address_count", "context")
"""What an answer says of single records."""


def answers(asked: Investigation, keys: Sequence[str]) -> list[Any]:
    """Who did it, with evidence, without what is counted."""
    found = [asdict(answer) for key in keys for answer in asked.who_did(key).answers]
    return [{name: value for name, value in each.items() if name not in UNCOUNTED} for each in found]


@needs_java
def test_a_store_takes_facts_from_a_lake_and_days_when_they_are_asked_for(
    made: Made, roads: tuple[Investigation, Investigation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, lake = roads
    store = tmp_path / "facts.duckdb"
    first = trailtrace.load(store, [str(made.lake)])
    kept = sum(built.kept for built in made.builds)
    assert (first.kept, first.read) == (kept, sum(built.read for built in made.builds))
    assert kept / 2 < first.left_in_lake < kept
    again = trailtrace.load(store, [str(made.lake)])
    assert (again.files, again.known_files, again.left_in_lake) == (0, first.files, first.left_in_lake)
    named = lake.sql("select distinct access_key_id from uses where join_key is not null order by all")
    keys = named["access_key_id"].gather_every(20).to_list()
    with trailtrace.open(store) as facts:
        for table in FACTS:
            assert rows(facts, TABLES[table]) == rows(lake, TABLES[table]), table
        uses = "select * exclude (event_count) from uses"
        assert rows(facts, uses) == rows(lake, uses)
        assert answers(facts, keys) == answers(lake, keys)
        assert all(
            "facts_only" in {warn.code for warn in facts.who_did(key).answers[0].warnings} for key in keys
        )
        status = facts.status()
        days = len(read_manifest(made.lake).days)
        assert (status.days_in_lake, status.pruned) == (days, first.left_in_lake)
        assert not status.unaccounted
        with pytest.raises(
            TargetNotFoundError, match=r"of \d days .* only what chains are made of was loaded"
        ):
            facts.who_did("ASIA0000000000000000")
    assert not any(table.lacking or table.surplus for table in trailtrace.rebuild(store).tables)
    day = Selection(since=datetime(2026, 5, 6, 12), until=datetime(2026, 5, 7))
    trailtrace.load(store, [str(made.lake)], selection=day)
    with trailtrace.open(store) as asked:
        one = (
            "select * exclude (file_id, record) from events_with_origin where event_time::date = '2026-05-06'"
        )
        assert rows(asked, one) == rows(lake, one)
        assert asked.status().days_in_lake == days - 1
        assert not asked.status().unaccounted
    monkeypatch.chdir(made.logs.parent)
    loaded = trailtrace.load(store, ["AWSLogs"])
    assert (loaded.files, loaded.read) == (0, 0)


@needs_java
def test_a_store_with_events_of_its_own_takes_a_lake_as_it_takes_all_logs(
    made: Made, roads: tuple[Investigation, Investigation], tmp_path: Path
) -> None:
    expected, _ = roads
    own = tmp_path / "own"
    own.mkdir()
    for file in sorted(made.logs.rglob("*.gz"))[::3]:
        shutil.copy(file, own)
    store = tmp_path / "store.duckdb"
    trailtrace.load(store, [str(own)])
    for since in (None, datetime(2026, 1, 1)):
        trailtrace.load(store, [str(made.lake)], selection=Selection(since=since))
        with trailtrace.open(store) as asked:
            assert not asked.status().unaccounted
    with trailtrace.open(store) as asked:
        assert asked.status().days_in_lake == 0
        assert ledger_errors(lambda sql: asked.sql(sql).rows()) == []
        for table in (*FACTS, "uses", "copies", "rejects", "events_with_origin"):
            assert rows(asked, TABLES[table]) == rows(expected, TABLES[table]), table


@needs_java
def test_a_lake_is_loaded_by_itself_and_not_into_a_pruned_store(made: Made, tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    with pytest.raises(UsageError, match="a lake is loaded by itself"):
        trailtrace.load(store, [str(made.lake), str(made.logs)])
    with pytest.raises(UsageError, match="leave out --account"):
        trailtrace.load(store, [str(made.lake)], selection=Selection(frozenset(["111111111111"])))
    trailtrace.load(store, [str(made.logs)])
    trailtrace.prune(store, datetime(2026, 5, 6))
    with pytest.raises(StoreError, match="records were pruned from it: load the lake into another"):
        trailtrace.load(store, [str(made.lake)])


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    yield from serve()


@pytest.fixture(scope="module")
def copied(made: Made, server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The copy of the lake in a bucket, and beside it an object that is none of it."""
    nothing = str(tmp_path_factory.mktemp("aws") / "none")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, nothing)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHISTEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret+of/this+test")
        patch.setenv("AWS_ENDPOINT_URL", server.endpoint)
        patch.setattr(access, "FIRST_PAUSE_SECONDS", 0.001)
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lakes")
        client.put_object(
            Bucket="lakes", Key="a [1]/mine.parquet", Body=(next(made.lake.rglob("*.parquet"))).read_bytes()
        )
        client.put_object(Bucket="lakes", Key="a [1]/records/build=000009/old.parquet", Body=b"x")
        done = trailtrace.copy_lake(made.lake, "s3://lakes/a [1]/")
        assert (done.files, done.removed) == (len(read_manifest(made.lake).names()), 1)
        yield "s3://lakes/a [1]"


@needs_java
def test_a_lake_in_a_bucket_answers_as_its_folder(
    copied: str, made: Made, roads: tuple[Investigation, Investigation], server: S3Server, run: Run
) -> None:
    _, lake = roads
    named = lake.sql(
        "select distinct access_key_id from uses where join_key is not null and first_seen >= '2026-05-08'"
        " and last_seen < '2026-05-09' order by all"
    )
    keys = named["access_key_id"].gather_every(15).to_list()
    with trailtrace.open(Path(copied)) as bucket:
        for key in keys:
            assert asdict(bucket.who_did(key)) == asdict(lake.who_did(key))
        assert asdict(bucket.what_did(keys[0], now=datetime(2026, 6, 1))) == asdict(
            lake.what_did(keys[0], now=datetime(2026, 6, 1))
        )
        assert bucket.status().files == lake.status().files
    server.forget()
    outcome = run(["who-did", keys[0], "--store", copied, "--format", "json"])
    assert outcome.code == 0
    assert json.loads(outcome.stdout) == json.loads(
        run(["who-did", keys[0], "--store", str(made.lake), "--format", "json"]).stdout
    )
    assert server.listed() == []
    asked = {key for key in server.fetched() if key.endswith(".parquet")}
    assert all(each.headers.get("range") for each in server.requests if each.key in asked)
    # Of records the key's own file, that of the call which issued it, and one that tells the columns.
    manifest = read_manifest(made.lake)
    assert sum("/records/" in key for key in asked) <= 3 < len(manifest.names(["records"]))
    assert len(server.requests) < 60 < len(manifest.names())


@needs_java
@pytest.mark.parametrize(
    "sql",
    [
        "from read_parquet('lake://a [1]/mine.parquet')",
        "from read_parquet('s3://lakes/a [1]/mine.parquet')",
        "from read_parquet('lake://a [1]/*.parquet')",
        "from read_text('/etc/hostname')",
        "from read_text('lake://../../etc/hostname')",
    ],
)
def test_sql_reads_nothing_beside_the_lake(copied: str, sql: str, server: S3Server) -> None:
    with trailtrace.open(copied) as lake:
        server.forget()
        with pytest.raises(UsageError) as refused:
            lake.sql(sql)
        assert "\n" not in str(refused.value)
        assert server.fetched() == server.listed() == []
        assert lake.sql("select count(*) from records").item() > 0


@needs_java
def test_a_copy_is_brought_up_to_date_and_no_other_lake_takes_its_place(
    copied: str, made: Made, server: S3Server, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(made.lake, lake)
    manifest = read_manifest(lake)
    again = trailtrace.copy_lake(lake, copied)
    assert (again.files, again.known_files, again.removed) == (0, len(set(manifest.names())), 0)
    [first, *_] = manifest.files
    [old, *_] = manifest.files[first]
    shutil.copy(lake / first / old, lake / first / "new.parquet")
    later = replace(manifest, build=manifest.build + 1, files=manifest.files | {first: ["new.parquet"]})
    write_manifest(lake, later)
    server.faults[f"PUT a [1]/{first}/new.parquet"] = [says("403 Forbidden", "AccessDenied")]
    with pytest.raises(
        StoreError, match=r"new\.parquet: cannot be written: access denied .*what was there counts"
    ):
        trailtrace.copy_lake(lake, copied)
    assert RemoteLake(copied).manifest() == manifest
    assert trailtrace.copy_lake(lake, copied).files == 1
    assert RemoteLake(copied).manifest() == later
    with pytest.raises(StoreError, match="a later build is there"):
        trailtrace.copy_lake(made.lake, copied)
    write_manifest(lake, replace(later, id="another"))
    with pytest.raises(StoreError, match="another lake is there"):
        trailtrace.copy_lake(lake, copied)
    with pytest.raises(UsageError, match="not a bucket"):
        trailtrace.copy_lake(lake, str(tmp_path))
    write_manifest(lake, replace(manifest, build=later.build + 1))
    trailtrace.copy_lake(lake, copied)


@needs_java
@pytest.mark.parametrize(
    ("store", "place", "answer", "words"),
    [
        ("s3://lakes/none", "", "", "no lake here"),
        ("s3://lakes/a [1]", "trailtrace-lake.json", "AccessDenied", "access denied"),
        ("s3://lakes/a [1]", ".parquet", "AccessDenied", "access denied"),
        ("s3://user:pass@lakes/a", "", "", "URL with credentials"),
    ],
)
def test_a_lake_that_is_not_given_is_one_line(
    copied: str, store: str, place: str, answer: str, words: str, server: S3Server, run: Run
) -> None:
    names = [NAME, *RemoteLake(copied).manifest().names()]
    if answer:
        server.faults = {
            f"a [1]/{name}": [says("403 Forbidden", answer)] * 9 for name in names if name.endswith(place)
        }
    outcome = run(["who-did", "ASIA0000000000000000", "--store", store])
    server.forget()
    assert outcome.code == (2 if "@" in store else 1)
    assert outcome.stdout == ""
    assert words in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert "pass" not in outcome.stderr


@needs_java
def test_a_store_takes_a_lake_from_a_bucket(
    copied: str, roads: tuple[Investigation, Investigation], run: Run, tmp_path: Path
) -> None:
    _, lake = roads
    store = tmp_path / "store.duckdb"
    assert run(["ingest", copied, "--store", str(store), "--since", "2026-05-10"]).code == 0
    with trailtrace.open(store) as asked:
        for table in (*FACTS, "rejects"):
            assert rows(asked, TABLES[table]) == rows(lake, TABLES[table]), table
        [(days, left)] = asked.sql("select count(*), count(*) filter (not whole) from lake_days").rows()
        assert (days, left) == (len(RemoteLake(copied).manifest().days), days - 1)
