"""`trailtrace prune`: old records leave, and nothing about later ones is answered otherwise."""

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from case_records import CaseRecords, Record
from conftest import Load, Row, Run, ledger_errors, trail

import trailtrace
from trailtrace.errors import StoreError
from trailtrace.ingest import ingest
from trailtrace.pruning import prune
from trailtrace.rebuilding import rebuild
from trailtrace.sources import SourceObject, expand
from trailtrace.store import Store, memory_store

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))
SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
NOW = datetime(2026, 6, 1)

LATER = """
    select file_id, record, origin_kind, origin_id, origin_arn, origin_account_id, origin_name, origin_grade,
        origin_stop, origin_hops
    from events_with_origin
    where event_time >= $before
    order by all
"""

ORIGIN = """
    select origin_kind, origin_id, origin_grade, origin_stop
    from events_with_origin
    where event_name = 'GetObject'
"""

TOLD = "select use_id, kind, id, arn, account_id, name, grade, stop from origins"

LINES = [
    "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
    *(f"09:{minute:02} K1 calls s3 GetObject" for minute in range(1, 20)),
    "09:30 K1 assumes 222222222222/role/Prod as ci-42 -> K2",
    "09:50 user/bob assumes role/Other as b -> K3",
    *(f"09:5{second} K3 calls s3 PutObject" for second in range(1, 4)),
    "d2 09:00 user/alice assumes role/Late as l -> K4",
    "d2 09:10 K4 calls s3 GetObject",
    "10:10 K2 calls s3 DeleteObject",
]


def rows(store: Store, sql: str, **values: object) -> list[Row]:
    return store._connection.execute(sql, values or None).fetchall()


def check_pruned(store: Store, before: datetime) -> int:
    """Prunes; what is said of later records, the ledger and a rebuild must be as before.

    Of what is older, answers may leave, but none may be another or new.
    """
    later = rows(store, LATER, before=before)
    told = set(rows(store, TOLD))
    read = rows(store, "select sum(read), sum(kept) from files")
    pruned = prune(store, before, NOW)
    assert rows(store, LATER, before=before) == later
    assert set(rows(store, TOLD)) <= told
    assert rows(store, "select sum(read), sum(kept) from files") == read
    assert rows(store, "select count(*) from records") == rows(store, "select sum(kept - pruned) from files")
    assert rebuild(store).differing == 0
    assert rows(store, LATER, before=before) == later
    return pruned.records


def source(records: list[Record]) -> SourceObject:
    content = trail(records)
    return SourceObject("log.json", len(content), lambda: content)


@pytest.mark.parametrize("day", [5, 6, 7, 8, 9, 10])
def test_samples_pruned_at_any_day_answer_the_same_of_later_events(day: int) -> None:
    with memory_store() as store:
        ingest(store, expand([str(SAMPLES)]))
        assert check_pruned(store, datetime(2026, 5, day)) > 0


@pytest.mark.parametrize("part", range(3))
def test_all_cases_pruned_at_any_moment_answer_the_same_of_later_events(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Together they also share keys, names and roles, and disturb each other. They are of one day, so
    # only what later chains are made of may be kept.
    monkeypatch.setattr("trailtrace.pruning.LONGEST_LIFE", timedelta(0))
    records = [
        record
        for path in CASES[part::3]
        for record in CaseRecords(yaml.safe_load(path.read_text(encoding="utf-8"))["records"]).records
    ]
    with memory_store() as store:
        ingest(store, [source(records)])
        times = [time for (time,) in rows(store, "select distinct event_time from records order by 1")]
        removed = 0
        for before in times[len(times) // 4 :: len(times) // 4]:
            removed += check_pruned(store, before + timedelta(seconds=1))
        assert removed >= 5


@pytest.fixture
def store(load: Load) -> Path:
    return load(trail(CaseRecords(LINES).records)).store


def test_what_a_later_use_needs_stays_and_the_rest_leaves(store: Path, run: Run) -> None:
    outcome = run(["prune", "--before", "2026-05-01T10:00:00Z", "--store", str(store), "--format", "json"])
    assert outcome.code == 0
    with duckdb.connect(store, read_only=True) as connection:
        held = connection.execute(
            "select event_name, strftime(event_time, '%H:%M') from events"
            " where event_time < '2026-05-01 10:00' order by all"
        ).fetchall()
    # The issuances of K1 and K2, with both accounts' copies, and the first and last call of K1.
    assert ("AssumeRole", "09:00") in held
    assert ("AssumeRole", "09:30") in held
    assert ("GetObject", "09:01") in held
    assert ("GetObject", "09:10") not in held
    found = json.loads(outcome.stdout)
    assert found["left"] == len(held)
    assert found["left"] + found["records"] == len(CaseRecords(LINES).records) - 3
    with trailtrace.open(store) as opened:
        [answer] = opened.who_did("arn:aws:sts::222222222222:assumed-role/Prod/ci-42").answers
    assert (answer.origin.name, answer.grade, [hop.rule for hop in answer.hops]) == (
        "alice",
        "proof",
        ["L01", "L01"],
    )
    assert all(hop.evidence for hop in answer.hops)
    assert "pruned" in [warning.code for warning in answer.warnings]


def test_the_ledger_tells_what_was_pruned(store: Path, run: Run) -> None:
    before = json.loads(run(["status", "--store", str(store), "--format", "json"]).stdout)
    run(["prune", "--before", "2026-05-02", "--store", str(store)])
    outcome = run(["status", "--store", str(store), "--format", "json"])
    assert outcome.code == 0
    after = json.loads(outcome.stdout)
    assert after["adds_up"]
    assert [after[name] for name in ("read", "kept", "duplicate")] == [
        before[name] for name in ("read", "kept", "duplicate")
    ]
    assert after["events"] == after["kept"] - after["pruned"] < before["events"]
    assert after["pruned_before"] == "2026-05-02T00:00:00Z"
    days = [day for place in after["coverage"] for day in place["days"]]
    assert {day["state"] for day in days if day["day"] == "2026-05-01"} == {"pruned"}
    assert {day["state"] for day in days if day["day"] == "2026-05-02"} == {"events", "after"}
    assert "pruned" in run(["status", "--store", str(store)]).stdout
    assert run(["rebuild", "--store", str(store)]).code == 0


def test_what_was_pruned_stays_away_when_its_logs_are_loaded_again(
    store: Path, run: Run, tmp_path: Path
) -> None:
    run(["prune", "--before", "2026-05-01T10:00:00Z", "--store", str(store)])
    events = "select count(*) from records"
    with duckdb.connect(store, read_only=True) as connection:
        [(held,)] = connection.execute(events).fetchall()
    [folder] = [path for path in tmp_path.iterdir() if path.is_dir()]
    again = ["ingest", str(folder), "--store", str(store)]
    assert run(again).code == 0
    other = tmp_path / "other.json"
    shutil.copy(folder / "log.json", other)
    assert run(["ingest", str(other), "--store", str(store)]).code == 0
    with duckdb.connect(store, read_only=True) as connection:
        assert connection.execute(events).fetchall() == [(held,)]
    found = json.loads(run(["status", "--store", str(store), "--format", "json"]).stdout)
    assert found["adds_up"]
    assert found["files"] == 2


def test_room_is_given_back_and_the_store_is_whole(tmp_path: Path, run: Run) -> None:
    records = CaseRecords(
        ["09:00 user/alice calls s3 GetObject", "d9 09:00 user/alice calls s3 GetObject"]
    ).records
    many = [
        records[0]
        | {"eventID": f"id-{number}", "requestParameters": {"key": f"{number * 7919 % 10007} " * 20}}
        for number in range(30_000)
    ]
    (tmp_path / "log.json").write_bytes(trail([*many, records[1]]))
    store = tmp_path / "store.duckdb"
    trailtrace.load(store, [str(tmp_path / "log.json")])
    size = store.stat().st_size
    pruned = trailtrace.prune(store, datetime(2026, 5, 5), now=NOW)
    assert pruned.records > 29_990
    assert (pruned.bytes_before, pruned.bytes_after) == (size, store.stat().st_size)
    assert store.stat().st_size < size
    assert {path.name for path in tmp_path.iterdir()} == {"log.json", "store.duckdb"}
    with duckdb.connect(store, read_only=True) as connection:
        assert (
            ledger_errors(
                lambda sql: connection.execute(sql.replace("kept <>", "kept - pruned <>")).fetchall()
            )
            == []
        )
        [(comments,)] = connection.execute(
            "select count(*) from duckdb_columns() where comment is not null"
        ).fetchall()
        assert comments > 100
        assert connection.execute("select count(*) from calls").fetchall() == [(30_001 - pruned.records,)]
    assert run(["query", "coverage-gaps", "--store", str(store)]).code == 0


def test_missing_evidence_is_said_to_be_pruned(load: Load, run: Run) -> None:
    records = CaseRecords(
        [*LINES, "(09:40 user/eve assumes role/Eve as e -> K9)", "10:20 K9 calls s3 GetObject"]
    ).records
    store = load(trail(records)).store
    key = records[-1]["userIdentity"]["accessKeyId"]
    run(["prune", "--before", "2026-05-01T10:00:00Z", "--store", str(store)])
    [answer] = json.loads(run(["who-did", key, "--store", str(store), "--format", "json"]).stdout)["answers"]
    assert (answer["origin"]["kind"], answer["stop"]) == ("unknown", "no_issuance")
    assert [missing["reason"] for missing in answer["missing"]] == ["pruned"]
    assert "were pruned" in run(["who-did", "ASIAAAAAAAAAAAAAAAAA", "--store", str(store)]).stderr


def test_what_did_says_that_earlier_deeds_are_not_counted(store: Path, run: Run) -> None:
    run(["prune", "--before", "2026-05-01T10:00:00Z", "--store", str(store)])
    arguments = ["what-did", "alice", "--store", str(store), "--now", "2026-05-03", "--format", "json"]
    assert "pruned" in str(json.loads(run(arguments).stdout)["warnings"])
    later = json.loads(run([*arguments, "--since", "2026-05-02"]).stdout)
    assert "pruned" not in str(later["warnings"])


def test_more_is_kept_where_an_answer_would_change(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_store() as store:
        ingest(store, [source(CaseRecords(LINES).records)])
        changed = iter([[(1,)], [(0,)]])
        run = Store.run
        monkeypatch.setattr(
            Store,
            "run",
            lambda self, name, values=None: (
                next(changed) if name == "prune/changed" else run(self, name, values)
            ),
        )
        assert prune(store, datetime(2026, 5, 1, 10), NOW).all_facts


def test_nothing_is_removed_where_an_answer_would_change_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_store() as store:
        ingest(store, [source(CaseRecords(LINES).records)])
        held = rows(store, "select count(*) from records")
        run = Store.run
        monkeypatch.setattr(
            Store,
            "run",
            lambda self, name, values=None: [(1,)] if name == "prune/changed" else run(self, name, values),
        )
        with pytest.raises(StoreError, match="nothing was removed"):
            prune(store, datetime(2026, 5, 1, 10), NOW)
        assert rows(store, "select count(*) from records") == held
        assert rows(store, "select * from prunes") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--before", "yesterday"], 2), ([], 2), (["--before", "2026-05-01", "--store", "none.duckdb"], 1)],
)
def test_a_prune_that_cannot_be_changes_nothing(
    arguments: list[str], code: int, store: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILTRACE_STORE", str(store))
    content = store.read_bytes()
    outcome = run(["prune", *arguments])
    assert (outcome.code, outcome.stdout) == (code, "")
    assert store.read_bytes() == content


def test_the_text_says_what_left_and_why_the_rest_stayed(store: Path, run: Run) -> None:
    text = run(["prune", "--before", "2026-05-01T10:00:00Z", "--store", str(store)]).stdout
    assert re.search(r"removed +\d+ records of 1 files", text)
    assert "later chains need them" in text
    assert "→" in text


def test_a_contradiction_does_not_become_a_proof() -> None:
    """One half of it would stay as the first or last record of its caller."""
    case = CaseRecords(
        [
            "08:00 user/bob calls s3 ListBuckets",
            "09:00 user/alice assumes role/Deploy as ci -> K1",
            "09:00 user/bob assumes role/Deploy as ci -> K2",
            "09:05 K1 calls s3 GetObject",
            "10:00 user/bob calls s3 ListBuckets",
            "d9 09:00 user/alice calls s3 GetObject",
        ]
    )
    alice, bob = (record for record in case.records if record["eventName"] == "AssumeRole")
    bob["responseElements"] = alice["responseElements"]
    with memory_store() as store:
        ingest(store, [source(case.records)])
        check_pruned(store, datetime(2026, 5, 5))


def test_a_credential_does_not_seem_unused_because_its_uses_left(tmp_path: Path, run: Run) -> None:
    case = CaseRecords(
        [
            "09:00 user/alice assumes role/Deploy as ci -> K1",
            "09:05 K1 calls s3 GetObject",
            "12:00 K1 calls s3 GetObject",
            "d9 09:00 user/alice calls s3 GetObject",
        ]
    )
    logs, path = tmp_path / "logs.json", tmp_path / "store.duckdb"
    logs.write_bytes(trail(case.records))
    asked = ["who-did", case.resolve("<key K1>"), "--store", str(path), "--format", "json"]
    run(["ingest", str(logs), "--store", str(path)])
    [before] = json.loads(run(asked).stdout)["answers"]
    run(["prune", "--before", "2026-05-05", "--store", str(path)])
    [after] = json.loads(run(asked).stdout)["answers"]
    assert (before["grade"], after["grade"]) == ("strong", "strong")
    assert after["credential"]["uses"] == 2
    assert "pruned" in [warning["code"] for warning in after["warnings"]]


def test_a_session_that_outlives_its_call_keeps_its_rivals() -> None:
    """A portal call of an hour begins a console session of twelve (L05)."""
    portal = "assumes role/aws-reserved/sso.amazonaws.com/Admin as"
    lines = [
        f"08:00 saml/bob {portal} other for 3600 -> Y1",
        f"09:00 saml/alice {portal} shared for 43200 -> K1",
        f"09:00:00 saml/bob {portal} shared for 3600 -> K2",
        f"09:30 saml/bob {portal} other for 3600 -> Y2",
        "13:00 K2 calls s3 GetObject with X1",
    ]
    records = CaseRecords(lines).records
    with memory_store() as whole, memory_store() as pruned:
        ingest(whole, [source(records)])
        ingest(pruned, [source(records[:-1])])
        prune(pruned, datetime(2026, 5, 1, 12), NOW)
        ingest(pruned, [source(records[-1:])])
        [one], [other] = rows(pruned, ORIGIN), rows(whole, ORIGIN)
        assert one == other


def test_a_time_to_come_is_refused(store: Path, run: Run) -> None:
    outcome = run(["prune", "--before", "2226-05-01", "--store", str(store)])
    assert outcome.code == 2
    assert "in the future" in outcome.stderr


def old_calls(tmp_path: Path) -> Path:
    """Calls of one credential, older than what LINES are pruned to."""
    logs = tmp_path / "old.json"
    logs.write_bytes(trail(CaseRecords([f"08:0{n} user/zoe calls s3 ListBuckets" for n in range(9)]).records))
    return logs


def test_an_ingest_says_what_left_again(store: Path, run: Run, tmp_path: Path) -> None:
    run(["prune", "--before", "2026-05-02T00:00:00Z", "--store", str(store)])
    outcome = run(["ingest", str(old_calls(tmp_path)), "--store", str(store)])
    assert "  kept       9\n" in outcome.stderr
    assert "7 left again" in outcome.stderr


def test_an_ingest_is_not_refused_because_old_records_cannot_leave(
    store: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["prune", "--before", "2026-05-02T00:00:00Z", "--store", str(store)])
    sql = Store.run
    monkeypatch.setattr(
        Store,
        "run",
        lambda self, name, values=None: [(1,)] if name == "prune/changed" else sql(self, name, values),
    )
    outcome = run(["ingest", str(old_calls(tmp_path)), "--store", str(store)])
    assert outcome.code == 0
    assert "left again" not in outcome.stderr
    with duckdb.connect(store, read_only=True) as connection:
        assert connection.execute(
            "select count(*) from records where event_name = 'ListBuckets'"
        ).fetchall() == [(9,)]
