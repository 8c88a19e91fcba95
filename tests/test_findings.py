"""Every detection keeps what its header promises, fires on its case and not on its near miss.

A file of `findings/` has the stem of its detection. `fires` and `near_miss` are records in the notation
of `case_records.py`; `finds` states fields of the findings of `fires`, all of them in order, of which
`events` are the numbers of the lines whose records show it. `since` and `until` narrow the window,
`params` are settings of the detection, with
`places: true` the places of `geography.py` are known. A near miss may be a list of several.
"""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import geography
import make_reference
import pytest
import yaml
from case_records import CaseRecords, Record, in_disorder, moment

import trailtrace
from trailtrace.audit.findings import prepare
from trailtrace.detections import COLUMNS, detection, detection_names, read_detection
from trailtrace.errors import TrailtraceError
from trailtrace.finding import EVENT_IDS, Finding
from trailtrace.library import statement
from trailtrace.settings import DetectionSettings, Settings
from trailtrace.store import memory_store

CASES = Path(__file__).parent / "findings"
DOCS = Path(__file__).parent.parent / "docs"
ARRIVALS = ["as written", "in disorder"]


@cache
def case(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yml").read_text(encoding="utf-8"))
    return content


def near_misses(name: str) -> list[Record]:
    found = case(name)["near_miss"]
    return found if isinstance(found, list) else [found]


def findings_of(name: str, written: Record, folder: Path, arrival: str = "as written") -> list[Finding]:
    """The findings of one detection in the records of a case."""
    records = CaseRecords(written["records"])
    files = in_disorder(records.records) if arrival == "in disorder" else [records.records]
    for number, content in enumerate(files):
        data = json.dumps({"Records": content}).encode()
        (folder / f"{number:04}.json.gz").write_bytes(gzip.compress(data, mtime=0))
    others = {other: DetectionSettings(enabled=False) for other in detection_names()}
    settings = Settings(detections=others | {name: DetectionSettings(params=written.get("params", {}))})
    window = {end: moment(str(written[end])) for end in ("since", "until") if end in written}
    with investigation_of(folder, with_places=written.get("places", False)) as investigation:
        return [found for found in investigation.findings(**window, settings=settings) if found.name == name]


def investigation_of(folder: Path, *, with_places: bool) -> trailtrace.Investigation:
    if not with_places:
        return trailtrace.from_logs([str(folder)])
    store = folder / "store.duckdb"
    # As often before the logs as after them: it makes no difference.
    trailtrace.import_networks(store, [geography.city_database(folder / "places.mmdb")])
    trailtrace.load(store, [str(path) for path in sorted(folder.glob("*.json.gz"))])
    return trailtrace.open(store)


def stated(found: Finding, expected: Record) -> dict[str, Any]:
    """The fields of a finding that a case states, in its form."""
    subject = found.subject
    fields: dict[str, Any] = {
        "summary": found.summary,
        "account_id": found.account_id,
        "grade": subject and str(subject.grade),
        "stop": subject and str(subject.stop),
        "access_key_id": subject and subject.access_key_id,
        "event_count": found.event_count,
        "severity": str(found.severity),
        "events": sorted(found.event_ids),
        "details": dict(found.details),
    }
    if expected.get("origin") is not None:
        assert subject is not None
        fields["origin"] = {name: getattr(subject.origin, name) for name in expected["origin"]}
    else:
        fields["origin"] = None if subject is None else subject.origin
    if "details" in expected:
        fields["details"] = {name: fields["details"][name] for name in expected["details"]}
    return {name: fields[name] for name in expected}


@pytest.fixture(scope="module")
def empty() -> Iterator[trailtrace.Investigation]:
    with trailtrace.Investigation(memory_store()) as investigation:
        yield investigation


def test_each_detection_has_a_case_and_each_case_a_detection() -> None:
    assert sorted(path.stem for path in CASES.glob("*.yml")) == list(detection_names())


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize("name", detection_names())
def test_it_fires(name: str, arrival: str, tmp_path: Path) -> None:
    written = case(name)["fires"]
    records = CaseRecords(written["records"])
    wanted = [records.resolve(expected) for expected in written["finds"]]
    for expected in wanted:
        if "events" in expected:
            expected["events"] = sorted(records.resolve(f"<event {line}>") for line in expected["events"])
    found = findings_of(name, written, tmp_path, arrival)
    assert [stated(finding, expected) for finding, expected in zip(found, wanted, strict=True)] == wanted
    for finding, expected in zip(found, wanted, strict=True):
        assert "origin" in expected, "a case states the origin, null where there is none"
        assert len(finding.event_ids) <= EVENT_IDS


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, number) for name in detection_names() for number in range(len(near_misses(name)))],
)
def test_it_does_not_fire_on_a_near_miss(name: str, number: int, tmp_path: Path) -> None:
    assert findings_of(name, near_misses(name)[number], tmp_path) == []


@pytest.mark.parametrize("name", detection_names())
def test_a_detection_is_one_select_with_what_its_header_declares(name: str) -> None:
    query = detection(name).query
    [statement] = duckdb.extract_statements(query.sql)
    assert statement.type == duckdb.StatementType.SELECT
    declared = {param.name for param in query.params}
    assert statement.named_parameters == declared
    assert {"since", "until"} <= declared
    assert all(param.default is not None for param in query.params), "a report asks for no parameter"
    assert "order by" in query.sql


@pytest.mark.parametrize("name", detection_names())
def test_a_detection_returns_the_declared_columns(name: str, empty: trailtrace.Investigation) -> None:
    found = detection(name)
    values = {param.name: None if param.default == "null" else param.default for param in found.query.params}
    prepare(empty._store)
    with empty._store._failures():
        relation = empty._store._connection.sql(found.query.sql, params=values)
    columns = list(zip(relation.columns, [str(type_).lower() for type_ in relation.types], strict=True))
    assert columns == [(column.name, column.type) for column in found.query.columns]
    if found.sequence is None:
        assert tuple(columns[: len(COLUMNS)]) == COLUMNS


@pytest.mark.parametrize("name", detection_names())
def test_a_window_without_its_events_finds_nothing(name: str, tmp_path: Path) -> None:
    written = {**case(name)["fires"], "since": "d300 00:00"}
    written.pop("until", None)
    assert findings_of(name, written, tmp_path) == []


def test_every_call_that_a_detection_names_is_noted() -> None:
    """What is not in the list of noted calls is not there for `deeds`, and would never be found."""
    listed = set(_CALL.findall(statement("audit/noted_calls"))) - {"AssumeRole"}
    named = set()
    for name in detection_names():
        sql = detection(name).query.sql
        if re.search(r"\b(noted_calls|calls_with_origin|deeds)\b", sql):
            compared = re.findall(r"event_name\s*(?:=\s*('\w+')|in\s*\(([^)]*)\))", sql)
            named |= {call for one, several in compared for call in _CALL.findall(one + several)}
    # The first is told by issuances, the others by the records of CloudTrail's own calls.
    assert named - {"AssumeRole", "CreateTrail", "GetBucketAcl", "PutObject"} == listed


_CALL = re.compile(r"'([A-Z]\w+)'")


def test_an_id_is_the_same_in_every_report(tmp_path: Path) -> None:
    name = "used-after-expiry"
    ids = []
    for arrival in ARRIVALS:
        (folder := tmp_path / arrival.replace(" ", "-")).mkdir()
        ids.append([found.id for found in findings_of(name, case(name)["fires"], folder, arrival)])
    assert ids[0]
    assert all(other == ids[0] for other in ids)


def test_a_header_that_lacks_something_is_refused() -> None:
    sql = detection("used-after-expiry").query.sql
    for line in sql.splitlines():
        if line.startswith(("-- severity", "-- confidence", "-- cannot see", "-- what to do", "-- false")):
            with pytest.raises(TrailtraceError, match="finding x: "):
                read_detection("x", sql.replace(line + "\n", ""))
    with pytest.raises(TrailtraceError, match="severity or confidence is none"):
        read_detection("x", sql.replace("-- severity: high", "-- severity: terrible"))


def test_the_reference_is_current() -> None:
    assert (DOCS / "findings.md").read_text(encoding="utf-8") == make_reference.findings_page(), (
        "run `make docs`"
    )


def test_the_calls_of_some_uses_are_those_of_all_calls() -> None:
    samples = str(Path(__file__).parent.parent / "sample_logs" / "AWSLogs")
    columns = "use_id, event_time, event_id, recipient_account_id, error_code"
    with trailtrace.from_logs([samples]) as investigation:
        store = investigation._store
        store.run("audit/macros")
        rows = [
            store._connection.execute(sql).fetchall()
            for sql in (
                f"select {columns} from told_calls('2026-05-05', '2026-05-09') order by all",  # noqa: S608
                f"select {columns} from calls_of_uses("  # noqa: S608
                "(select list(use_id) from uses), '2026-05-05', '2026-05-09') order by all",
            )
        ]
        [(apart,)] = store._connection.execute("select count(*) from copies").fetchall()
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1000
    assert apart > 0


def test_a_session_that_only_another_account_saw_is_a_subject_of_a_report(tmp_path: Path) -> None:
    """It has an origin by its issuance, and no use of its own: one such record must not end a report."""
    caller = {"type": "AWSAccount", "principalId": "<id role/Deploy>:ci", "accountId": "111111111111"}
    seen = {"userIdentity": caller, "recipientAccountId": "222222222222"}
    written: Record = {
        "records": [
            "09:00 user/alice assumes role/Deploy as ci -> K1",
            "09:08 222222222222/user/zoe calls s3 ListBuckets",
            {"line": "09:10 K1 calls guardduty DeleteDetector", "set": seen},
        ]
    }
    [found] = findings_of("detection-switched-off", written, tmp_path)
    assert found.subject is not None
    assert found.subject.origin.name == "alice"
    assert found.subject.arn == "arn:aws:sts::111111111111:assumed-role/Deploy/ci"
    with trailtrace.from_logs([str(tmp_path)]) as investigation:
        assert found.id in {each.finding.id for each in investigation.report().findings}


@pytest.mark.parametrize("name", ["new-cross-account-edge", "trust-widened-then-used"])
def test_a_summary_does_not_say_that_a_person_is_of_the_account_of_their_session(
    name: str, tmp_path: Path
) -> None:
    policy = '{"Statement":[{"Principal":{"AWS":"arn:aws:iam::222222222222:role/Mid"}}]}'
    change = {"requestParameters": {"roleName": "End", "policyDocument": policy}}
    written: Record = {
        "records": [
            "09:00 333333333333/user/zoe calls s3 ListBuckets",
            "09:00 222222222222/user/alice calls s3 ListBuckets",
            {"line": "d20 09:00 333333333333/user/zoe calls iam UpdateAssumeRolePolicy", "set": change},
            "d20 09:10 user/alice assumes 222222222222/role/Mid as x -> K1",
            "d20 09:15 K1 assumes 333333333333/role/End as x -> K2",
            "d20 09:20 K2 calls s3 ListBuckets",
        ],
        "since": "d19 00:00",
    }
    summaries = [found.summary for found in findings_of(name, written, tmp_path)]
    assert any("alice" in summary and "from account 222222222222" in summary for summary in summaries)
    assert not any("alice of account 222222222222" in summary for summary in summaries)
