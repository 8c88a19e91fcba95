"""The command `who-did`: targets, formats, errors, and text that log writers cannot abuse."""

import io
import json
import sys
from pathlib import Path

import pytest
from case_records import CaseRecords
from conftest import Load, Run, trail, trail_records

import trailtrace
from trailtrace.render.visible import visible

LINES = [
    "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
    "09:05 K1 calls s3 GetObject",
    "09:10 K1 assumes 222222222222/role/Prod as ci -> K2",
    "09:15 K2 calls s3 PutObject",
]
CASE = CaseRecords(LINES)
KEY = CASE.resolve("<key K2>")


@pytest.fixture
def logs(tmp_path: Path) -> str:
    path = tmp_path / "log.json"
    path.write_bytes(trail(CASE.records))
    return str(path)


@pytest.mark.parametrize(
    "target",
    ["<key K2>", "<event 4>", "<arn 222222222222/role/Prod as ci>", "<id 222222222222/role/Prod>"],
)
def test_every_kind_of_target_reaches_the_same_person(run: Run, logs: str, target: str) -> None:
    outcome = run(["who-did", CASE.resolve(target), "--logs", logs, "--format", "json"])
    [answer] = json.loads(outcome.stdout)["answers"]
    assert answer["origin"]["name"] == "alice"
    assert [hop["rule"] for hop in answer["hops"]] == ["L01", "L01"]


def test_an_event_is_shown_with_its_call_and_its_person(run: Run, logs: str) -> None:
    outcome = run(["who-did", CASE.resolve("<event 4>"), "--logs", logs])
    assert outcome.stdout.startswith("IAM user alice ")
    assert "s3.amazonaws.com PutObject at 2026-05-01 09:15:00Z" in outcome.stdout


def test_a_user_arn_names_each_of_the_users_keys(run: Run, logs: str) -> None:
    outcome = run(["who-did", CASE.resolve("<arn user/alice>"), "--logs", logs, "--format", "json"])
    [answer] = json.loads(outcome.stdout)["answers"]
    assert (answer["grade"], answer["hops"]) == ("proof", [])


def test_a_store_and_the_files_give_the_same_answer(run: Run, load: Load, logs: str) -> None:
    loaded = load(logs)
    from_store = run(["who-did", KEY, "--store", str(loaded.store), "--format", "json"])
    from_files = run(["who-did", KEY, "--logs", logs, "--format", "json"])
    assert from_store.stdout == from_files.stdout


def test_the_store_can_be_named_by_the_environment(
    run: Run, load: Load, logs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILTRACE_STORE", str(load(logs).store))
    assert run(["who-did", KEY]).code == 0


def test_a_target_that_is_not_there_is_told_with_what_is_held(run: Run, logs: str) -> None:
    outcome = run(["who-did", KEY[:-1] + "7", "--logs", logs, "--format", "json"])
    assert outcome.code == 4
    assert json.loads(outcome.stdout)["answers"] == []
    assert KEY in outcome.stderr
    assert "events of 2 accounts" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["who-did", "ASIAQQQQQQQQQQQQQQQQ", "--store", "nowhere.duckdb"], 1, "trailtrace ingest"),
        (["who-did", "ASIAQQQQQQQQQQQQQQQQ", "--logs", "nowhere"], 1, "no such file"),
        (["who-did", "arn:aws:iam::111111111111:role/Deploy", "--store", "x"], 1, "no store here"),
        (["who-did", "ASIAQQQQQQQQQQQQQQQQ", "--at", "yesterday"], 2, "2026-05-01T09:00:00Z"),
        (["who-did"], 2, "TARGET"),
    ],
)
def test_an_error_is_one_line_and_leaves_stdout_empty(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert words in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_not_touched(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database")
    assert run(["who-did", KEY, "--store", str(path)]).code == 1
    assert path.read_text() == "not a database"


def test_a_role_is_not_a_target(run: Run, logs: str) -> None:
    outcome = run(["who-did", "arn:aws:iam::111111111111:role/Deploy", "--logs", logs])
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "session" in outcome.stderr and "what-did" in outcome.stderr


def test_text_written_by_an_attacker_cannot_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    hostile = "x\x1b[2J\x07\u202eevil\u2028[red]<script>"
    records = trail_records()
    records[0]["requestParameters"]["roleSessionName"] = hostile
    records[0]["userAgent"] = hostile
    for record in records[1:3]:
        record["sourceIPAddress"] = hostile
        record["errorCode"] = hostile
        record["eventName"] = hostile
        record["userIdentity"]["arn"] = f"arn:aws:sts::111111111111:assumed-role/Deploy/{hostile}"
    path = tmp_path / "a\x1b[31m.json"
    path.write_bytes(trail(records))
    key = records[0]["responseElements"]["credentials"]["accessKeyId"]
    outcome = run(["who-did", key, "--logs", str(path)])
    assert outcome.code == 0
    for text in (outcome.stdout, outcome.stderr):
        assert not set(text) & set("\x1b\x07\u202e\u2028")
    assert r"\x1b[2J" in outcome.stdout
    assert "[red]" in outcome.stdout
    as_json = run(["who-did", key, "--logs", str(path), "--format", "json"]).stdout
    assert "\x1b" not in as_json


def test_the_session_token_is_nowhere_in_the_answer(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(trail(trail_records()))
    key = CaseRecords(["09:00 user/alice assumes role/Deploy as ci-42 -> K1"]).resolve("<key K1>")
    for shape in ("text", "json"):
        outcome = run(["who-did", key, "--logs", str(path), "--format", shape])
        token = trail_records()[0]["responseElements"]["credentials"]["sessionToken"]
        assert token[:16] not in outcome.stdout + outcome.stderr


def test_piped_output_has_no_colour_and_no_trailing_spaces(run: Run, logs: str) -> None:
    outcome = run(["who-did", KEY, "--logs", logs])
    assert "\x1b" not in outcome.stdout
    assert all(line == line.rstrip() for line in outcome.stdout.splitlines())


def test_a_terminal_gets_colour_and_its_width(run: Run, logs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(["who-did", KEY, "--logs", logs])
    assert "\x1b[" in screen.getvalue()


def test_the_credentials_of_one_console_session_are_shown_once(run: Run, tmp_path: Path) -> None:
    lines = ["09:00 user/alice signs into the console -> C1"]
    lines += [f"09:0{n} C1 calls s3 ListBuckets with K{n}" for n in range(1, 6)]
    case = CaseRecords(lines)
    path = tmp_path / "log.json"
    path.write_bytes(trail(case.records))
    outcome = run(["who-did", case.resolve("<arn user/alice>"), "--logs", str(path)])
    assert outcome.stdout.count("ConsoleLogin  L10") == 1
    assert "5 keys" in outcome.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, "-"),
        ("plain José 鳥", "plain José 鳥"),
        ("\x1b]8;;x\x07", r"\x1b]8;;x\x07"),
        ("a\u200bb\u202ec", r"a\u200bb\u202ec"),
        ("line\nbreak\ttab", r"line\nbreak\ttab"),
        ("\ud800", r"\ud800"),
        ("y" * 301, "y" * 300 + "… (1 characters more)"),
    ],
)
def test_log_text_is_shown_as_it_is_or_as_escapes(text: str | None, shown: str) -> None:
    assert visible(text) == shown


def test_many_credentials_are_cut_in_text_and_say_so(run: Run, tmp_path: Path) -> None:
    lines = [f"09:00:{n:02d} user/alice assumes role/Deploy as s{n} -> K{n}" for n in range(5)]
    lines += [f"09:05:{n:02d} K{n} calls s3 ListBuckets" for n in range(5)]
    case = CaseRecords(lines)
    (tmp_path / "log.json").write_bytes(trail(case.records))
    arguments = ["who-did", case.resolve("<id role/Deploy>"), "--logs", str(tmp_path / "log.json")]
    text = run([*arguments, "--limit", "2"]).stdout
    assert text.count("grade: ") == 2
    assert "and 3 more credentials: --limit 0 shows all" in text
    whole = run([*arguments, "--limit", "0"]).stdout
    assert whole.count("grade: ") == 5 and "more credentials" not in whole
    as_json = json.loads(run([*arguments, "--limit", "2", "--format", "json"]).stdout)
    assert len(as_json["answers"]) == 5


def test_each_of_many_credentials_has_its_own_calls_and_addresses(run: Run, tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice assumes role/Deploy as a -> K1",
        "09:00 user/bob assumes role/Deploy as b -> K2",
    ]
    lines += [
        "09:05 K1 calls s3 GetObject from 203.0.113.1",
        "09:06 K2 calls ec2 RunInstances from 203.0.113.2",
    ]
    case = CaseRecords(lines)
    (tmp_path / "log.json").write_bytes(trail(case.records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as investigation:
        answers = investigation.who_did(case.resolve("<id role/Deploy>")).answers
    assert [(answer.origin.name, answer.activity[0].event_name, answer.addresses) for answer in answers] == [
        ("alice", "GetObject", ["203.0.113.1"]),
        ("bob", "RunInstances", ["203.0.113.2"]),
    ]
