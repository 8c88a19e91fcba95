"""The command `what-did`: the tree of sessions, what each did, what is alive, and what weakens it."""

import csv
import io
import json
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_records import CaseRecords
from conftest import Load, Outcome, Run, trail

import trailtrace
from trailtrace.investigate.chain import GRADE_ORDER
from trailtrace.render.graph.mermaid import mermaid_text
from trailtrace.render.graph.scope import scope_graph
from trailtrace.scope import Scope, Session

SAMPLES = str(Path(__file__).parent.parent / "sample_logs" / "AWSLogs")
CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))
NOW = "2026-05-01T09:30:00Z"

LINES: list[Any] = [
    "09:00 user/alice assumes role/Deploy as ci-42 for 3600 -> K1",
    "09:05 K1 calls s3 GetObject from 203.0.113.9",
    "09:06 K1 calls s3 DeleteBucket from 203.0.113.10",
    "09:10 K1 assumes 222222222222/role/Prod as ci for 900 -> K2",
    "09:12 K2 calls dynamodb PutItem",
    "09:15 user/bob assumes role/Deploy as bob -> K3",
    "09:16 K3 calls s3 GetObject",
]


def logs_of(folder: Path, lines: list[Any]) -> tuple[str, CaseRecords]:
    case = CaseRecords(lines)
    (folder / "log.json").write_bytes(trail(case.records))
    return str(folder / "log.json"), case


def scope_of(folder: Path, lines: list[Any], target: str, **options: Any) -> Scope:
    logs, case = logs_of(folder, lines)
    options = {"now": datetime(2026, 5, 1, 9, 30)} | options
    with trailtrace.from_logs([logs]) as investigation:
        return investigation.what_did(case.resolve(target), **options)


def names(sessions: list[Session]) -> list[str]:
    return [f"{'.' * session.hop}{(session.arn or '').rpartition('/')[2]}" for session in sessions]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("<key user/alice>", ["alice", ".ci-42", "..ci"]),
        ("<arn user/alice>", ["alice", ".ci-42", "..ci"]),
        ("<id user/alice>", ["alice", ".ci-42", "..ci"]),
        ("alice", ["alice", ".ci-42", "..ci"]),
        ("<key K1>", ["ci-42", ".ci"]),
        ("<arn role/Deploy as ci-42>", ["ci-42", ".ci"]),
        ("<event 2>", ["ci-42", ".ci"]),
        ("<id role/Deploy>", ["ci-42", ".ci", "bob"]),
        ("<arn role/Deploy>", ["ci-42", ".ci", "bob"]),
        ("<arn 222222222222/role/Prod>", ["ci"]),
        ("<key K2>", ["ci"]),
    ],
)
def test_a_target_is_followed_to_all_that_came_out_of_it(
    target: str, expected: list[str], tmp_path: Path
) -> None:
    scope = scope_of(tmp_path, LINES, target)
    assert names(scope.sessions) == expected
    assert scope.possibly == []
    assert {session.grade for session in scope.sessions} == {"proof"}


def test_each_edge_has_its_rule_and_its_record(tmp_path: Path) -> None:
    alice, first, second = scope_of(tmp_path, LINES, "<key user/alice>").sessions
    assert alice.issued is None and alice.kind == "long_term_key"
    assert first.issued is not None and first.issued.rule == "L01"
    assert [record.record for record in first.issued.evidence] == [1]
    assert second.issued is not None and second.cross_account
    assert (second.parent, second.hop, second.account_id) == (first.number, 2, "222222222222")
    assert {record.recipient_account_id for record in second.issued.evidence} == {
        "111111111111",
        "222222222222",
    }


def test_writes_come_first_and_refusals_are_told_apart(tmp_path: Path) -> None:
    lines = [*LINES, {"line": "09:20 K1 calls iam CreateUser", "set": {"errorCode": "AccessDenied"}}]
    lines.append({"line": "09:21 K1 calls s3 PutObject", "set": {"errorCode": "NoSuchBucket"}})
    session = scope_of(tmp_path, lines, "<key K1>").sessions[0]
    assert session.deeds[0].event_name == "DeleteBucket" and session.deeds[0].write
    told = {deed.event_name: (deed.done, deed.denied, deed.failed) for deed in session.deeds}
    assert told["CreateUser"] == (0, 1, 0)
    assert told["PutObject"] == (0, 0, 1)
    assert told["AssumeRole"] == (1, 0, 0)
    assert session.calls == 5
    assert set(session.addresses) == {"203.0.113.9", "203.0.113.10", "198.51.100.10"}


def test_what_can_still_be_alive_depends_on_now(tmp_path: Path) -> None:
    def alive(now: datetime) -> list[str]:
        scope = scope_of(tmp_path, LINES, "<key user/alice>", now=now)
        return names([session for session in scope.sessions if session.alive])

    assert alive(datetime(2026, 5, 1, 9, 20)) == ["alice", ".ci-42", "..ci"]
    assert alive(datetime(2026, 5, 1, 9, 25)) == ["alice", ".ci-42"]
    assert alive(datetime(2026, 5, 1, 10, 0)) == ["alice"]
    assert alive(datetime(2026, 5, 1, 8, 59)) == ["alice"]


@pytest.mark.parametrize(
    ("call", "parameters", "alive"),
    [
        ("DeleteAccessKey", {}, False),
        ("UpdateAccessKey", {"status": "Inactive"}, False),
        ("UpdateAccessKey", {"status": "Active"}, True),
    ],
)
def test_a_key_that_was_deleted_or_made_inactive_is_not_alive(
    call: str, parameters: dict[str, str], alive: bool, tmp_path: Path
) -> None:
    asked_for = {"userName": "alice", "accessKeyId": "<key user/alice>"} | parameters
    line = {"line": f"09:40 user/bob calls iam {call}", "set": {"requestParameters": asked_for}}
    scope = scope_of(tmp_path, [*LINES, line], "<key user/alice>")
    assert scope.sessions[0].alive is alive
    assert any("update-access-key" in (item.command or []) for item in scope.revocations) is alive


@pytest.mark.parametrize("teller", ["222222222222/user/mallory", "user/bob"])
def test_a_key_does_not_die_because_another_account_says_so(teller: str, tmp_path: Path) -> None:
    line = {
        "line": f"09:40 {teller} calls iam DeleteAccessKey",
        "set": {
            "requestParameters": {"userName": "alice", "accessKeyId": "<key user/alice>"},
            "recipientAccountId": "222222222222",
        },
    }
    scope = scope_of(tmp_path, [*LINES, line], "<key user/alice>")
    assert scope.sessions[0].alive
    assert any("update-access-key" in (item.command or []) for item in scope.revocations)


def test_commands_end_the_key_and_the_roles_that_are_alive(tmp_path: Path) -> None:
    scope = scope_of(tmp_path, LINES, "<key user/alice>", now=datetime(2026, 5, 1, 9, 20))
    found = [(item.account_id, item.command) for item in scope.revocations]
    assert [command[2] for _, command in found if command] == [
        "update-access-key",
        "put-role-policy",
        "put-role-policy",
    ]
    assert [account for account, _ in found] == ["111111111111", "111111111111", "222222222222"]
    [_, (_, deploy), _] = found
    assert deploy is not None
    assert "--role-name=Deploy" in deploy
    policy = json.loads(deploy[-1].partition("=")[2])
    [statement] = policy["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T09:20:00Z"}}


@pytest.mark.parametrize(
    "name",
    ["x; rm -rf ~", "$(reboot)", "a'b", "--profile", "a\nb", "`id`", "x" * 65, "\u202eevil"],
)
def test_a_name_that_an_attacker_chose_cannot_become_a_command(name: str, run: Run, tmp_path: Path) -> None:
    made = {"accessKey": {"accessKeyId": "AKIA" + "A" * 16, "userName": name}}
    line = {
        "line": "09:20 K1 calls iam CreateAccessKey",
        "set": {"requestParameters": {"userName": name}, "responseElements": made},
    }
    logs, case = logs_of(tmp_path, [*LINES, line])
    outcome = run(["what-did", case.resolve("<key K1>"), "--logs", logs, "--now", NOW])
    assert outcome.code == 0
    _, _, commands = outcome.stdout.partition("Commands that would end")
    for command in commands.splitlines()[1:]:
        words = shlex.split(command, comments=True)
        assert not words or words[:2] == ["aws", "iam"]
        users = [word for word in words if word.startswith("--user-name=")]
        assert all(user == "--user-name=--profile" for user in users)
    assert not set(outcome.stdout) & set("\x1b\u202e")


def test_a_command_is_never_folded(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    logs, case = logs_of(tmp_path, LINES)
    outcome = run(["what-did", case.resolve("<key K1>"), "--logs", logs, "--now", NOW])
    [line] = [line for line in outcome.stdout.splitlines() if "put-role-policy" in line]
    assert json.loads(shlex.split(line)[-1].partition("=")[2])["Version"] == "2012-10-17"


def test_roles_that_cannot_be_changed_get_words_instead_of_a_command(tmp_path: Path) -> None:
    role = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    lines = [
        f"09:00 saml/alice@corp.com assumes {role} as alice@corp.com -> X1",
        "09:05 X1 calls s3 ListBuckets",
    ]
    [revocation] = scope_of(tmp_path, lines, "<key X1>").revocations
    assert revocation.command is None and "Identity Center" in revocation.text


def test_a_made_key_is_listed_with_its_use_and_revoked(tmp_path: Path) -> None:
    made = {"accessKey": {"accessKeyId": "<key user/eve>", "userName": "eve"}}
    line = {
        "line": "09:20 K1 calls iam CreateAccessKey",
        "set": {"requestParameters": {"userName": "eve"}, "responseElements": made},
    }
    lines = [*LINES, line, "09:40 user/eve calls s3 ListBuckets"]
    scope = scope_of(tmp_path, lines, "<key user/alice>")
    [grant] = [grant for session in scope.sessions for grant in session.grants]
    assert (grant.kind, grant.named, grant.key_calls) == ("access_key", ["eve"], 1)
    assert "eve" not in names(scope.sessions), "whoever made a key need not be who uses it"
    assert [
        word for item in scope.revocations for word in item.command or [] if word == "--user-name=eve"
    ] == ["--user-name=eve"]


def test_policies_and_trust_are_access_and_reading_them_is_not(tmp_path: Path) -> None:
    lines = [
        *LINES,
        {
            "line": "09:20 K1 calls iam UpdateAssumeRolePolicy",
            "set": {"requestParameters": {"roleName": "Prod"}},
        },
        {"line": "09:21 K1 calls iam AttachUserPolicy", "set": {"requestParameters": {"userName": "eve"}}},
        {"line": "09:22 K1 calls iam CreateLoginProfile", "set": {"requestParameters": {"userName": "eve"}}},
        {"line": "09:23 K1 calls s3 PutBucketPolicy", "set": {"requestParameters": {"bucketName": "b"}}},
        {"line": "09:24 K1 calls iam CreateUser", "set": {"errorCode": "AccessDenied"}},
        "09:25 K1 calls iam GetUserPolicy",
    ]
    [session, _] = scope_of(tmp_path, lines, "<key K1>").sessions
    assert [(grant.kind, grant.named) for grant in session.grants] == [
        ("trust", ["Prod"]),
        ("policy", ["eve"]),
        ("login_profile", ["eve"]),
        ("resource_policy", ["b"]),
    ]


def test_what_several_callers_may_have_begun_is_only_possible(tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice assumes role/Deploy as ci -> K1",
        "09:00 user/bob assumes role/Deploy as ci -> K2",
        "09:05 K1 calls s3 ListBuckets with U1",
        "09:06 K1 calls iam CreateUser with U1",
    ]
    scope = scope_of(tmp_path, lines, "<key user/alice>")
    # The key that alice's own call issued is sure, and was never used.
    assert [(session.hop, session.calls) for session in scope.sessions] == [(0, 1), (1, 0)]
    assert [session.grade for session in scope.possibly] == ["weak"]
    assert scope.possibly[0].calls == 2
    assert scope.possibly[0].issued is not None
    assert not any("role" in (item.command or []) for item in scope.revocations)


def test_a_link_keeps_its_grade_and_the_path_has_the_least(run: Run, tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice signs into the console -> C1",
        "09:01 C1 assumes role/Deploy as ci with X1 -> K1",
        "09:05 K1 calls s3 ListBuckets",
    ]
    scope = scope_of(tmp_path, lines, "<arn user/alice>")
    deploy = scope.sessions[-1]
    assert deploy.issued is not None
    assert (deploy.hop, deploy.issued.rule, deploy.issued.grade, deploy.grade) == (
        2,
        "L01",
        "proof",
        "strong",
    )
    logs, case = logs_of(tmp_path, lines)
    text = run(["what-did", case.resolve("<arn user/alice>"), "--logs", logs, "--now", NOW]).stdout
    assert "L01 proof, in all strong" in " ".join(text.split())


def test_the_grade_of_a_root_is_that_of_its_link(run: Run, tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice assumes role/Deploy as ci -> K1",
        "09:00 user/bob assumes role/Deploy as ci -> K2",
        "09:05 K1 calls s3 ListBuckets with U1",
    ]
    logs, case = logs_of(tmp_path, lines)
    text = run(["what-did", case.resolve("<key U1>"), "--logs", logs, "--now", NOW]).stdout
    assert "L05 weak" in text
    assert "L05 proof" not in text


def test_a_session_says_how_many_calls_may_have_begun_it(tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice assumes role/Deploy as ci -> K1",
        "09:00 user/alice assumes role/Deploy as ci -> K2",
        "09:05 K1 calls s3 ListBuckets with U1",
    ]
    scope = scope_of(tmp_path, lines, "<key user/alice>")
    issued = [session.issued for session in [*scope.sessions, *scope.possibly] if session.hop == 1]
    assert [call.candidates for call in issued if call is not None] == [1, 1, 2]


def test_the_keys_of_a_console_session_are_one_session(tmp_path: Path) -> None:
    lines = ["09:00 user/alice signs into the console -> C1"]
    lines += [f"09:0{n} C1 calls s3 ListBuckets with K{n}" for n in range(1, 6)]
    scope = scope_of(tmp_path, lines, "<arn user/alice>")
    assert [(session.kind, len(session.access_key_ids), session.calls) for session in scope.sessions] == [
        ("sign_in", 0, 1),
        ("session", 5, 5),
    ]
    one = scope_of(tmp_path, lines, "<key K1>")
    assert [session.calls for session in one.sessions] == [1]
    assert [warn.code for warn in one.warnings] == ["more_keys"]


def test_claims_under_a_key_are_not_its_deeds(tmp_path: Path) -> None:
    line = {"line": "09:20 user/alice calls iam CreateUser", "set": {"errorCode": "SignatureDoesNotMatch"}}
    scope = scope_of(tmp_path, [*LINES, line], "<key user/alice>")
    assert "CreateUser" not in [deed.event_name for deed in scope.sessions[0].deeds]
    assert [warn.code for warn in scope.warnings] == ["not_authenticated"]


def test_events_after_the_end_of_a_session_are_not_its_deeds(tmp_path: Path) -> None:
    lines = [*LINES, "09:40 K2 calls dynamodb DeleteTable"]
    [session] = scope_of(tmp_path, lines, "<key K2>").sessions
    assert session.calls + session.uncovered == 2
    assert session.uncovered == 1
    assert [deed.event_name for deed in session.deeds] == ["PutItem"]


def test_a_depth_cuts_and_says_so(run: Run, tmp_path: Path) -> None:
    logs, case = logs_of(tmp_path, LINES)
    key = case.resolve("<key user/alice>")
    outcome = run(["what-did", key, "--logs", logs, "--depth", "1", "--format", "json"])
    value = json.loads(outcome.stdout)
    assert [session["hop"] for session in value["sessions"]] == [0, 1]
    assert value["left_out"] == {"deeper": 1, "outside_time": 0}
    assert "--depth" in run(["what-did", key, "--logs", logs, "--depth", "1"]).stdout


def test_a_window_counts_only_what_was_in_it_and_says_what_was_not(tmp_path: Path) -> None:
    scope = scope_of(
        tmp_path,
        LINES,
        "<id role/Deploy>",
        since=datetime(2026, 5, 1, 9, 6),
        until=datetime(2026, 5, 1, 9, 12),
    )
    assert names(scope.sessions) == ["ci-42", ".ci"]
    assert [session.calls for session in scope.sessions] == [2, 0]
    assert scope.left_out.outside_time == 1


def test_relative_times_count_back_from_now(run: Run, tmp_path: Path) -> None:
    logs, case = logs_of(tmp_path, LINES)
    key = case.resolve("<key user/bob>")
    arguments = ["what-did", key, "--logs", logs, "--now", NOW, "--format", "json", "--since"]
    value = json.loads(run([*arguments, "14m"]).stdout)
    assert value["since"] == "2026-05-01T09:16:00Z"
    assert [session["calls"] for session in value["sessions"]] == [0, 1]
    assert run([*arguments, "soon"]).code == 2


def test_logs_that_could_enlarge_the_scope_are_named(tmp_path: Path) -> None:
    lines = [{"line": line, "only": "111111111111"} for line in LINES]
    scope = scope_of(tmp_path, lines, "<key user/alice>")
    reasons = {(missing.account_id, str(missing.reason)) for missing in scope.missing}
    assert ("222222222222", "account_not_held") in reasons
    assert ("111111111111", "end_of_data") in reasons


def test_a_feed_without_reads_or_days_is_named(tmp_path: Path) -> None:
    call = "09:00 user/alice calls ec2 RunInstances in eu-west-1"
    scope = scope_of(tmp_path, [call, f"d4 {call}"], "<key user/alice>", now=datetime(2026, 5, 5))
    found = {str(missing.reason): missing for missing in scope.missing}
    assert found.keys() == {
        "reads_not_held",
        "region_not_held",
        "data_events_not_held",
        "hours_not_held",
    }
    assert found["hours_not_held"].why.startswith("2 whole days")


def test_logs_that_hold_everything_are_not_asked_for_again(tmp_path: Path) -> None:
    lines: list[Any] = [
        "09:00 user/alice calls iam ListUsers",
        {
            "line": "09:01 user/alice calls s3 GetObject",
            "set": {"managementEvent": False, "eventCategory": "Data"},
        },
    ]
    assert scope_of(tmp_path, lines, "<key user/alice>").missing == []


def test_a_mistyped_target_gets_the_nearest(run: Run, tmp_path: Path) -> None:
    logs, case = logs_of(tmp_path, LINES)
    arn = case.resolve("<arn role/Deploy>")
    outcome = run(["what-did", arn + "s", "--logs", logs])
    assert (outcome.code, outcome.stdout) == (4, "")
    assert f"nearest: {arn}" in outcome.stderr
    as_json = run(["what-did", arn + "s", "--logs", logs, "--format", "json"])
    assert as_json.code == 4
    assert json.loads(as_json.stdout)["sessions"] == []


def test_hostile_text_reaches_no_output_raw(run: Run, tmp_path: Path) -> None:
    hostile = 'x\x1b[2J\u202e"]; end\n-->|`<script>` =cmd'
    lines: list[Any] = [
        {"line": LINES[0], "set": {"requestParameters.roleSessionName": hostile}},
        {
            "line": LINES[1],
            "set": {
                "userIdentity.arn": f"arn:aws:sts::111111111111:assumed-role/Deploy/{hostile}",
                "userAgent": hostile,
                "sourceIPAddress": hostile,
                "eventName": "GetX" + hostile,
                "requestParameters": {"bucketName": "=" + hostile},
            },
        },
    ]
    logs, case = logs_of(tmp_path, lines)
    outputs: dict[str, Outcome] = {
        shape: run(["what-did", case.resolve("<key K1>"), "--logs", logs, "--all", "--format", shape])
        for shape in ("text", "json", "csv", "mermaid", "dot", "svg", "html")
    }
    for shape in ("text", "json", "mermaid", "dot", "svg", "html"):
        assert outputs[shape].code == 0
        assert not set(outputs[shape].stdout) & set("\x1b\u202e"), shape
    for line in outputs["mermaid"].stdout.splitlines():
        assert "script" not in line or "<script" not in line
        assert line.count('"') in (0, 2), line
    rows = list(csv.DictReader(io.StringIO(outputs["csv"].stdout)))
    assert len(rows) == 1 and not rows[0]["arn"].startswith("=")


def test_the_csv_has_a_row_for_every_session(run: Run) -> None:
    key = "AKIARTX3GSDS5XVHCRKW"
    outcome = run(["what-did", key, "--logs", SAMPLES, "--now", NOW, "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    value = json.loads(run(["what-did", key, "--logs", SAMPLES, "--now", NOW, "--format", "json"]).stdout)
    assert [int(row["number"]) for row in rows] == [session["number"] for session in value["sessions"]]
    assert [int(row["calls"]) for row in rows] == [session["calls"] for session in value["sessions"]]


def test_lists_are_cut_and_say_what_shows_the_rest(run: Run, tmp_path: Path) -> None:
    lines = [f"09:{n // 60 + 10}:{n % 60:02d} user/alice assumes role/R{n} as s -> S{n}" for n in range(61)]
    lines += [f"10:00 user/alice calls s3 Call{n}" for n in range(20)]
    logs, case = logs_of(tmp_path, lines)
    arguments = ["what-did", case.resolve("<key user/alice>"), "--logs", logs, "--now", NOW]
    text = run(arguments).stdout
    assert "and 22 more keys and sessions: --all shows them" in text
    assert "other calls (--all)" in text
    whole = run([*arguments, "--all"]).stdout
    assert "--all" not in whole
    assert whole.count("AssumeRole → ") == 61
    assert len(json.loads(run([*arguments, "--format", "json"]).stdout)["sessions"]) == 62
    chart = run([*arguments, "--format", "mermaid"]).stdout
    assert "and 2 more keys and sessions" in chart


def test_the_chart_draws_each_session_once_below_its_parent(tmp_path: Path) -> None:
    chart = "".join(mermaid_text(scope_graph(scope_of(tmp_path, LINES, "<key user/alice>"))))
    assert chart.startswith("flowchart LR\n")
    assert 's1 -->|"AssumeRole L01 proof<br>2026-05-01 09:00:00Z"| s2' in chart
    assert 's2 -->|"AssumeRole L01 proof<br>2026-05-01 09:10:00Z"| s3' in chart
    assert "class s1,s2 marked" in chart


def test_the_order_of_arrival_does_not_change_the_answer(tmp_path: Path) -> None:
    logs, case = logs_of(tmp_path, LINES)
    (tmp_path / "back.json").write_bytes(trail([*reversed(case.records), *case.records]))
    found = []
    for path in (logs, str(tmp_path / "back.json")):
        with trailtrace.from_logs([path]) as investigation:
            scope = investigation.what_did(case.resolve("<id role/Deploy>"), now=datetime(2026, 5, 1, 9, 30))
            found.append([(session.arn, session.parent, session.deeds) for session in scope.sessions])
    assert found[0] == found[1]


def test_records_that_form_a_circle_end(load: Load, tmp_path: Path) -> None:
    lines: list[Any] = [
        "09:00 user/alice assumes role/A as a -> K1",
        "09:00 K1 assumes role/B as b -> K2",
        "09:00 K2 assumes role/A as a -> K3",
    ]
    case = CaseRecords(lines)
    k1, k3 = case.resolve("<key K1>"), case.resolve("<key K3>")
    records = json.loads(json.dumps(case.records[1:]).replace(k3, k1))
    (tmp_path / "log.json").write_bytes(trail(records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as investigation:
        scope = investigation.what_did(k1, now=datetime(2026, 5, 1, 9, 30))
    assert scope.sessions == [] and scope.possibly


@pytest.mark.parametrize("start", range(0, len(CASES), 6))
def test_what_did_never_claims_more_than_who_did(start: int, tmp_path: Path) -> None:
    """Whatever comes out of a user's key has that user as its origin, with at least that grade."""
    # The cases share users and keys, so those loaded together also disturb each other.
    some = [CaseRecords(yaml.safe_load(path.read_text())["records"]) for path in CASES[start : start + 6]]
    (tmp_path / "log.json").write_bytes(trail([record for case in some for record in case.records]))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as investigation:
        uses = investigation._store.records("facts/all_uses")
        keys = {
            use["access_key_id"]
            for use in uses
            if (use["access_key_id"] or "").startswith("AKIA") and use["authenticated"]
        }
        for key in sorted(keys):
            scope = investigation.what_did(key, now=datetime(2026, 5, 1, 9, 30))
            [root, *begun] = [*scope.sessions, *scope.possibly]
            behind = {item.origin.id for item in scope.behind if item.grade != "none"}
            for session in begun if behind else []:
                if session.grade in ("weak", "none"):
                    assert session in scope.possibly
                    continue
                for issued in session.access_key_ids:
                    answers = [
                        answer
                        for answer in investigation.who_did(issued).answers
                        if None in (session.principal_id, answer.credential.principal_id)
                        or session.principal_id == answer.credential.principal_id
                    ]
                    assert any(
                        answer.origin.id in behind
                        and GRADE_ORDER.index(answer.grade) >= GRADE_ORDER.index(session.grade)
                        for answer in answers
                    ), (root.arn, issued, session.grade, answers)
