"""What an unfinished chain asks for: the account, Region and hours, and why they are not here."""

import json
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords, Record
from conftest import Run, trail

Answer = dict[str, Any]
HIDDEN = "(09:00 user/alice assumes role/Deploy as ci-42 -> K1)"
USE = "09:05 K1 calls ec2 DescribeInstances"


def answer(run: Run, folder: Path, lines: list[str | Record], target: str = "<key K1>") -> Answer:
    case = CaseRecords(lines)
    path = folder / "log.json"
    path.write_bytes(trail(case.records))
    outcome = run(["who-did", case.resolve(target), "--logs", str(path), "--format", "json"])
    [found] = json.loads(outcome.stdout)["answers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("others", "reason", "text"),
    [
        ([], "before_first_event", "2026-05-01T09:05:00Z"),
        (["08:00 user/bob calls iam ListUsers"], "end_of_data", "provisional"),
        (["08:00 user/bob calls iam ListUsers", "12:00 user/bob calls iam ListUsers"], "call_not_held", ""),
        (["12:00 user/bob calls iam ListUsers in eu-west-1"], "before_first_event", "first event held"),
    ],
)
def test_a_missing_issuance_is_put_down_to_what_is_held(
    run: Run, tmp_path: Path, others: list[str | Record], reason: str, text: str
) -> None:
    [missing] = answer(run, tmp_path, [HIDDEN, USE, *others])["missing"]
    assert (missing["account_id"], missing["reason"]) == ("111111111111", reason)
    assert (missing["from"], missing["to"]) == ("2026-05-01T08:59:00Z", "2026-05-01T09:15:00Z")
    assert text in missing["why"]


def test_hours_without_a_record_are_told_apart_from_hours_with_some(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "06:00 user/bob calls iam ListUsers",
        HIDDEN,
        "10:00 K1 calls ec2 DescribeInstances",
        "15:00 user/bob calls iam ListUsers",
    ]
    [missing] = answer(run, tmp_path, lines)["missing"]
    assert missing["reason"] == "hours_not_held"
    assert "no record of those hours" in missing["why"]


def test_a_partition_without_a_global_endpoint_is_not_sent_to_its_region(run: Run, tmp_path: Path) -> None:
    use: Record = {
        "line": "09:05 K1 calls ec2 DescribeInstances in cn-north-1",
        "set": {"userIdentity.arn": "arn:aws-cn:sts::111111111111:assumed-role/Deploy/ci-42"},
    }
    [missing] = answer(run, tmp_path, [HIDDEN, use])["missing"]
    assert missing["region"] is None
    assert "us-east-1" not in missing["why"]


def test_a_use_without_a_creation_date_asks_for_the_life_of_a_session(run: Run, tmp_path: Path) -> None:
    use: Record = {"line": USE, "unset": ["userIdentity.sessionContext.attributes.creationDate"]}
    [missing] = answer(run, tmp_path, [HIDDEN, use])["missing"]
    assert (missing["from"], missing["to"]) == ("2026-04-30T21:05:00Z", "2026-05-01T09:05:00Z")
    assert "may lie before the first event" in missing["why"]


def test_a_foreign_session_is_asked_for_with_how_it_began(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "(08:50 999900001111/user/carol assumes 999900001111/role/Runner as ci-42 -> K0)",
        {"line": "09:00 K0 assumes 222222222222/role/Prod as deploy -> K1", "only": "222222222222"},
        USE,
    ]
    call, began = answer(run, tmp_path, lines)["missing"]
    assert {call["account_id"], began["account_id"]} == {"999900001111"}
    assert (call["region"], call["from"], call["to"]) == (
        "us-east-1",
        "2026-05-01T08:59:00Z",
        "2026-05-01T09:15:00Z",
    )
    assert (began["region"], began["from"], began["to"]) == (
        None,
        "2026-04-30T21:00:00Z",
        "2026-05-01T09:00:00Z",
    )


def test_an_instance_session_without_its_issuance_says_where_to_look(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "(09:00 service/ec2.amazonaws.com assumes role/Web as i-0aaa1111bbbb2222c -> K1)",
        USE,
    ]
    [missing] = answer(run, tmp_path, lines)["missing"]
    assert "AssumeRole call by ec2.amazonaws.com" in missing["why"]
    assert missing["account_id"] == "111111111111"
    assert missing["from"] == "2026-05-01T08:59:00Z"


def test_an_ambiguity_that_no_log_settles_asks_for_none(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "09:00 oidc/idp.example.com#app assumes role/CI as run -> K1",
        "09:00 oidc/idp.example.com#site assumes role/CI as run -> K2",
        {"line": "09:05 K1 calls s3 ListBuckets", "unset": ["userIdentity.accessKeyId"]},
    ]
    found = answer(run, tmp_path, lines, "<event 3>")
    assert (found["stop"], len(found["candidates"])) == ("ambiguous", 2)
    assert found["missing"] == []


def test_an_ambiguity_between_unfinished_chains_asks_for_what_finishes_them(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        {"line": "09:00 222222222222/user/alice assumes role/CI as run -> K1", "only": "111111111111"},
        {"line": "09:00 333333333333/user/bob assumes role/CI as run -> K2", "only": "111111111111"},
        {"line": "09:05 K1 calls s3 ListBuckets", "unset": ["userIdentity.accessKeyId"]},
    ]
    found = answer(run, tmp_path, lines, "<event 3>")
    assert (found["stop"], len(found["candidates"])) == ("ambiguous", 2)
    assert [each["account_id"] for each in found["missing"]] == ["222222222222", "333333333333"]


def test_a_finished_chain_asks_for_nothing(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = ["09:00 user/alice assumes role/Deploy as ci-42 -> K1", USE]
    assert answer(run, tmp_path, lines)["missing"] == []


def test_records_that_name_different_callers_are_warned_of_in_words(run: Run, tmp_path: Path) -> None:
    case = CaseRecords(["09:00 user/alice assumes role/Deploy as ci-42 -> K1", USE])
    other = CaseRecords(["09:00 user/mallory assumes role/Deploy as ci-42 -> K1"]).records[0]
    other |= {"requestID": case.records[0]["requestID"]}
    other["responseElements"] = case.records[0]["responseElements"]
    path = tmp_path / "log.json"
    path.write_bytes(trail([*case.records, other]))
    outcome = run(["who-did", case.resolve("<key K1>"), "--logs", str(path), "--format", "json"])
    [found] = json.loads(outcome.stdout)["answers"]
    assert found["stop"] == "contradiction"
    assert any("different callers" in warning["text"] for warning in found["warnings"])


def test_a_likely_caller_is_asked_for_though_the_chain_is_finished(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "08:50 999900001111/user/carol assumes 999900001111/role/Runner as ci-42 -> K0",
        "08:55 K0 calls s3 ListBuckets",
        {"line": "09:00 K0 assumes 222222222222/role/Prod as deploy -> K1", "only": "222222222222"},
        USE,
    ]
    found = answer(run, tmp_path, lines)
    assert (found["origin"]["name"], found["grade"]) == ("carol", "probable")
    [missing] = found["missing"]
    assert (missing["account_id"], missing["from"]) == ("999900001111", "2026-05-01T08:59:00Z")
