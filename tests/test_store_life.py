"""A store through the years: brought up to date by newer versions, derived again, found the same."""

import json
from pathlib import Path

import duckdb
import pytest
from conftest import Load, Row, Run, trail, trail_records

import trailtrace
from trailtrace.errors import StoreError
from trailtrace.store import FIRST_SCHEMA_VERSION, SCHEMA_VERSION, memory_store

STORES = Path(__file__).parent / "stores"
"""The statements and rows (`export database`) of a store of each released schema that has gone since."""

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"

ANSWERS = "select use_id, kind, id, name, grade, stop, hops from origins order by all"

SHAPE = "select table_name, column_name, data_type, is_nullable, column_default from duckdb_columns()"


def store_of_schema(version: int, path: Path) -> Path:
    """A store as trailtrace left it when that was its schema."""
    folder = STORES / f"schema_{version}"
    with duckdb.connect(path) as connection:
        connection.execute((folder / "schema.sql").read_text(encoding="utf-8"))
        connection.execute(
            (folder / "load.sql").read_text(encoding="utf-8").replace(f"'{folder.name}/", f"'{folder}/")
        )
    return path


def rows(store: Path, sql: str) -> list[Row]:
    with duckdb.connect(store, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def with_version(path: Path, version: int | None) -> Path:
    with duckdb.connect(path) as connection:
        connection.execute("update meta set schema_version = ?", [version])
    return path


OLDER = range(FIRST_SCHEMA_VERSION, SCHEMA_VERSION)


def test_every_schema_since_the_first_released_has_a_step_to_the_next() -> None:
    folder = Path(__file__).parent.parent / "queries" / "migrations"
    steps = {path.stem for path in folder.iterdir()}
    assert steps == {str(version + 1) for version in OLDER}


def test_an_older_store_is_brought_up_to_date_and_answers_the_same(tmp_path: Path, run: Run) -> None:
    store = store_of_schema(FIRST_SCHEMA_VERSION, tmp_path / "old.duckdb")
    records = rows(store, "select * from records order by all")
    answers = rows(store, ANSWERS)
    assert "alice" in str(answers)
    outcome = run(["rebuild", "--store", str(store), "--format", "json"])
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["upgraded_from"] == FIRST_SCHEMA_VERSION
    assert rows(store, "select * from records order by all") == records
    assert rows(store, ANSWERS) == answers
    assert run(["who-did", "AKIA0000", "--store", str(store)]).code == 4
    with trailtrace.open(store) as opened:
        [answer] = opened.who_did("arn:aws:sts::222222222222:assumed-role/Prod/ci-42").answers
    assert (answer.origin.name, answer.grade, len(answer.hops)) == ("alice", "proof", 2)


def test_an_older_store_gets_the_schema_of_a_new_one(tmp_path: Path) -> None:
    store = store_of_schema(FIRST_SCHEMA_VERSION, tmp_path / "old.duckdb")
    trailtrace.rebuild(store)
    with memory_store() as new:
        assert set(rows(store, SHAPE)) == set(new._connection.execute(SHAPE).fetchall())
    assert rows(store, "select schema_version from meta") == [(SCHEMA_VERSION,)]


def test_loading_more_logs_brings_an_older_store_up_to_date(tmp_path: Path, run: Run) -> None:
    store = store_of_schema(FIRST_SCHEMA_VERSION, tmp_path / "old.duckdb")
    (tmp_path / "more.json").write_bytes(trail(trail_records()[3:]))
    outcome = run(["ingest", str(tmp_path / "more.json"), "--store", str(store)])
    assert outcome.code == 0
    assert rows(store, "select count(*) from files") == [(3,)]
    assert trailtrace.rebuild(store).differing == 0


def test_a_failed_step_leaves_the_older_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of_schema(FIRST_SCHEMA_VERSION, tmp_path / "old.duckdb")
    before = rows(store, SHAPE + " order by all")
    with monkeypatch.context() as patched:
        patched.setattr("trailtrace.migration.derive_all", lambda store: store.run("no such file"))
        with pytest.raises(FileNotFoundError):
            trailtrace.rebuild(store)
    assert rows(store, SHAPE + " order by all") == before
    assert trailtrace.rebuild(store).upgraded_from == FIRST_SCHEMA_VERSION


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (FIRST_SCHEMA_VERSION, "`trailtrace rebuild --store "),
        (FIRST_SCHEMA_VERSION - 1, "ingest the logs into a new store"),
        (SCHEMA_VERSION + 1, "use the newer trailtrace that made it"),
    ],
)
def test_a_store_of_another_schema_says_what_to_do(version: int, advice: str, load: Load, run: Run) -> None:
    store = with_version(load(trail(trail_records())).store, version)
    outcome = run(["who-did", "ASIA", "--store", str(store)])
    assert (outcome.code, outcome.stdout) == (1, "")
    assert advice in outcome.stderr
    if version not in OLDER:
        with pytest.raises(StoreError, match=r"schema version"):
            trailtrace.rebuild(store)


def test_a_rebuild_finds_what_many_ingests_derived(tmp_path: Path, run: Run) -> None:
    store = tmp_path / "store.duckdb"
    own = tmp_path / "own.csv"
    own.write_text("network,name\n192.0.2.0/24,office\n")
    trailtrace.import_networks(store, [own])
    for account in sorted(SAMPLES.iterdir()):
        trailtrace.load(store, [str(account)])
    before = rows(store, ANSWERS)
    outcome = run(["rebuild", "--store", str(store), "--format", "json"])
    assert outcome.code == 0
    found = json.loads(outcome.stdout)
    assert found["differing"] == 0
    stored = rows(store, "select table_name, estimated_size from duckdb_tables()")
    loaded = {"accounts", "files", "identities", "loaded_objects", "meta", "prunes", "records", "rejects"}
    loaded |= {"conflicts", "geography", "lake_days", "lookups", "network_lists", "networks"}
    assert {table["name"] for table in found["tables"]} == {name for name, _ in stored} - loaded
    assert all(table["rows"] for table in found["tables"])
    assert rows(store, ANSWERS) == before


@pytest.mark.parametrize(
    ("damage", "table", "lacking", "surplus"),
    [
        ("delete from origins where name = 'alice' and hops = 1", "origins", 1, 0),
        ("insert into links select * from links limit 1", "links", 0, 1),
        ("update issuances set conflicting = true", "issuances", 1, 1),
    ],
)
def test_a_rebuild_tells_what_differed_and_puts_it_right(
    damage: str, table: str, lacking: int, surplus: int, load: Load, run: Run
) -> None:
    store = load(trail(trail_records())).store
    before = rows(store, ANSWERS)
    with duckdb.connect(store) as connection:
        connection.execute(damage)
    outcome = run(["rebuild", "--store", str(store), "--format", "json"])
    assert outcome.code == 5
    assert f"{lacking + surplus} rows did not follow from the records" in outcome.stderr
    found = {each["name"]: each for each in json.loads(outcome.stdout)["tables"]}
    assert (found[table]["lacking"], found[table]["surplus"]) == (lacking, surplus)
    assert rows(store, ANSWERS) == before
    assert run(["rebuild", "--store", str(store)]).code == 0


def test_there_must_be_a_store_to_rebuild(tmp_path: Path, run: Run) -> None:
    outcome = run(["rebuild", "--store", str(tmp_path / "none.duckdb")])
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "no store here" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_name_of_a_store_is_more_than_a_file(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "logs.json"
    logs.write_bytes(trail(trail_records()))
    assert run(["status", "--store", ":memory:"]).code == 1
    assert run(["ingest", str(logs), "--store", ":memory:"]).code == 0
    assert run(["status", "--store", ":memory:"]).code == 0
