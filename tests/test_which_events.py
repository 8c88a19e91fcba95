"""`who-did` with a question instead of a target: which events match, and who is behind each."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords
from conftest import Run, trail

import trailtrace
from trailtrace.cli.asking import utc
from trailtrace.errors import UsageError
from trailtrace.question import Matches, Question

LINES: list[Any] = [
    "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
    {
        "line": "09:05 K1 calls s3 DeleteBucket in eu-west-1 from 203.0.113.9",
        "set": {"requestParameters": {"bucketName": "songs"}, "userAgent": "Boto3/1.40"},
    },
    {
        "line": "09:06 K1 calls s3 DeleteBucket from 2001:db8::7",
        "set": {"requestParameters": {"bucketName": "songs-old"}, "errorCode": "AccessDenied"},
    },
    "09:10 K1 assumes 222222222222/role/Prod as ci -> K2",
    "09:12 K2 calls ec2 RunInstances from 203.0.113.200",
    "09:15 user/bob calls s3 ListBuckets",
]


@pytest.fixture
def logs(tmp_path: Path) -> str:
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(LINES).records))
    return str(tmp_path / "log.json")


def found_in(logs: str, question: Question, limit: int | None = 50) -> Matches:
    with trailtrace.from_logs([logs]) as investigation:
        return investigation.which_events(question, limit)


@pytest.mark.parametrize(
    ("question", "times"),
    [
        (Question(call="DeleteBucket"), ["09:06", "09:05"]),
        (Question(call="deletebucket"), ["09:06", "09:05"]),
        (Question(call="s3:Delete*"), ["09:06", "09:05"]),
        (Question(call="s3:*"), ["09:15", "09:06", "09:05"]),
        (Question(call="ec2:*"), ["09:12"]),
        (Question(resource="songs"), ["09:05"]),
        (Question(resource="songs-old"), ["09:06"]),
        (Question(call="DeleteBucket", resource="songs"), ["09:05"]),
        (Question(ip="203.0.113.9"), ["09:05"]),
        (Question(ip="203.0.113.0/24"), ["09:12", "09:05"]),
        (Question(ip="2001:db8:0::/48"), ["09:06"]),
        (Question(ip="2001:0db8::7"), ["09:06"]),
        (Question(agent="boto3"), ["09:05"]),
        (Question(error="denied"), ["09:06"]),
        (Question(account="222222222222"), ["09:12"]),
        (Question(region="eu-west-1"), ["09:05"]),
        (Question(since=datetime(2026, 5, 1, 9, 12)), ["09:15", "09:12"]),
        (Question(until=datetime(2026, 5, 1, 9, 5)), ["09:00"]),
    ],
)
def test_all_that_is_asked_must_hold_newest_first(question: Question, times: list[str], logs: str) -> None:
    found = found_in(logs, question)
    assert [f"{match.event_time:%H:%M}" for match in found.matches] == times
    assert found.more == 0


def test_each_event_has_its_origin_grade_and_record(logs: str) -> None:
    [match] = found_in(logs, Question(call="RunInstances")).matches
    assert (match.origin.kind, match.origin.name, match.grade, match.stop) == (
        "iam_user",
        "alice",
        "proof",
        "origin",
    )
    assert (match.evidence.record, match.evidence.event_id) == (6, match.event_id)


def test_a_call_that_two_accounts_recorded_is_one_event(logs: str) -> None:
    found = found_in(logs, Question(call="AssumeRole"))
    assert [f"{match.event_time:%H:%M}" for match in found.matches] == ["09:10", "09:00"]


def test_an_event_and_its_id_have_one_answer(logs: str) -> None:
    with trailtrace.from_logs([logs]) as investigation:
        for match in investigation.which_events(Question(call="*")).matches:
            assert match.event_id is not None
            [answer] = investigation.who_did(match.event_id).answers
            assert (match.origin, match.grade, match.stop) == (answer.origin, answer.grade, answer.stop)


def test_an_event_outside_the_life_of_its_credential_has_no_origin(tmp_path: Path) -> None:
    lines = ["09:00 user/alice assumes role/Deploy as ci for 900 -> K1", "09:05 K1 calls s3 ListBuckets"]
    lines.append("09:40 K1 calls s3 DeleteBucket")
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(lines).records))
    [match] = found_in(str(tmp_path / "log.json"), Question(call="DeleteBucket")).matches
    assert (match.origin.kind, match.grade) == ("unknown", "none")


def test_records_that_contradict_each_other_prove_little(tmp_path: Path) -> None:
    [record] = CaseRecords(["09:00 user/alice calls s3 DeleteBucket"]).records
    other = record | {"sourceIPAddress": "203.0.113.66"}
    (tmp_path / "log.json").write_bytes(trail([record, other]))
    found = found_in(str(tmp_path / "log.json"), Question(call="DeleteBucket"))
    assert [match.grade for match in found.matches] == ["weak", "weak"]


def test_a_limit_says_how_many_more_match(run: Run, logs: str) -> None:
    found = found_in(logs, Question(call="*"), 2)
    assert (len(found.matches), found.more) == (2, 4)
    arguments = ["who-did", "--call", "*", "--logs", logs, "--limit", "2"]
    assert "4 older events match too" in run(arguments).stdout
    as_csv = run([*arguments, "--format", "csv"])
    assert len(list(csv.DictReader(io.StringIO(as_csv.stdout)))) == 2
    assert "4 older events match too" in as_csv.stderr
    assert json.loads(run([*arguments, "--format", "json"]).stdout)["more"] == 4
    whole = json.loads(run([*arguments, "--format", "json", "--limit", "0"]).stdout)
    assert (len(whole["matches"]), whole["more"]) == (6, 0)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_of_the_table_is_cropped(
    width: int, run: Run, logs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = run(["who-did", "--call", "RunInstances", "--logs", logs]).stdout
    assert max(len(line) for line in text.splitlines()) <= width
    [match] = found_in(logs, Question(call="RunInstances")).matches
    assert match.event_id is not None and match.event_id[-8:] in text
    assert match.caller.access_key_id is not None
    assert "alice" in text and "proof" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give a TARGET"),
        (["ASIAIOSFODNN7EXAMPLE", "--call", "X"], "not both"),
        (["--call", "X", "--explain"], "--explain"),
        (["--call", "drop table; --"], "--call"),
        (["--ip", "10.0.0.0/99"], "--ip"),
        (["--since", "yesterday"], "--since"),
        (["ASIAIOSFODNN7EXAMPLE", "--format", "csv"], "csv"),
    ],
)
def test_a_question_that_cannot_be_one_is_refused(
    arguments: list[str], told: str, run: Run, logs: str
) -> None:
    outcome = run(["who-did", *arguments, "--logs", logs])
    assert (outcome.code, outcome.stdout) == (2, "")
    assert told in outcome.stderr


def test_no_match_says_so_and_names_the_nearest_calls(run: Run, logs: str) -> None:
    outcome = run(["who-did", "--call", "DeleteBuckets", "--logs", logs])
    assert (outcome.code, outcome.stdout) == (4, "")
    assert "DeleteBucket" in outcome.stderr
    as_json = run(["who-did", "--resource", "nowhere", "--logs", logs, "--format", "json"])
    assert as_json.code == 4
    assert json.loads(as_json.stdout)["matches"] == []


def test_hostile_text_in_an_event_stays_text(run: Run, tmp_path: Path) -> None:
    hostile = "=x\x1b[2J\u202e"
    line = {"line": LINES[0], "set": {"userAgent": hostile, "errorCode": None, "awsRegion": hostile}}
    (tmp_path / "log.json").write_bytes(trail(CaseRecords([line]).records))
    for shape in ("text", "json"):
        logs = str(tmp_path / "log.json")
        outcome = run(["who-did", "--call", "AssumeRole", "--logs", logs, "--format", shape])
        assert outcome.code == 0
        assert not set(outcome.stdout) & set("\x1b\u202e")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2d", datetime(2026, 5, 8, 12)),
        ("6h", datetime(2026, 5, 10, 6)),
        ("90m", datetime(2026, 5, 10, 10, 30)),
        ("1w", datetime(2026, 5, 3, 12)),
        ("2026-05-01", datetime(2026, 5, 1)),
        ("2026-05-01T09:00:00+02:00", datetime(2026, 5, 1, 7)),
    ],
)
def test_times_are_absolute_or_so_long_ago(text: str, moment: datetime) -> None:
    assert utc(text, "--since", datetime(2026, 5, 10, 12)) == moment


@pytest.mark.parametrize("text", ["999999w", "2 d", "-2d", "d", ""])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        utc(text, "--since", datetime(2026, 5, 10, 12))
