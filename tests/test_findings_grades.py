"""A finding is never surer of its origin than the events that show it, as the views tell of them."""

from pathlib import Path

import pytest
from case_records import Record
from report_cases import logs, only
from test_findings import case, findings_of

import trailtrace
from trailtrace.detections import detection_names
from trailtrace.finding import Finding
from trailtrace.model import Grade

BESIDE_AN_IMPOSTOR: list[str | Record] = [
    "09:00 user/alice assumes role/RoleA as x -> K1",
    {
        "line": "09:01 K1 calls guardduty UpdateDetector",
        "set": {"requestParameters": {"enable": False}},
    },
    "(09:00 user/bob assumes role/RoleA as x -> K2)",
    {
        "line": "09:10 K2 calls guardduty UpdateDetector from 203.0.113.66",
        "set": {"userIdentity.accessKeyId": "REDACTED", "requestParameters": {"enable": False}},
        "unset": ["userIdentity.sessionContext"],
    },
]
"""Bob's session has the name of Alice's, and his record lacks all that would tell them apart."""

TOLD_BY_ANOTHER_ACCOUNT: list[str | Record] = [
    "09:00 user/alice assumes role/Deploy as ci -> K1",
    "09:06 K1 calls s3 ListBuckets",
    "09:08 222222222222/user/zoe calls s3 ListBuckets",
    {
        "line": "09:10 K1 calls guardduty DeleteDetector",
        "set": {
            "userIdentity": {
                "type": "AWSAccount",
                "principalId": "<id role/Deploy>:ci",
                "accountId": "111111111111",
            },
            "recipientAccountId": "222222222222",
        },
    },
]
"""Only the account that was called has a record of the last call."""


def found_in(records: list[str | Record], name: str, folder: Path) -> list[Finding]:
    with trailtrace.from_logs(logs(folder, records)) as investigation:
        return investigation.findings(settings=only(name))


def test_what_is_surely_somebodys_is_apart_from_what_is_perhaps(tmp_path: Path) -> None:
    found = found_in(BESIDE_AN_IMPOSTOR, "detection-switched-off", tmp_path)
    assert sorted(each.event_count for each in found) == [1, 1]
    sure, perhaps = sorted(found, key=lambda each: each.first_seen)
    assert sure.subject is not None and sure.subject.grade is Grade.PROOF
    assert sure.summary.startswith("IAM user alice called")
    assert perhaps.subject is not None and perhaps.subject.grade is Grade.WEAK
    assert perhaps.summary.startswith("Perhaps IAM user alice called")


def test_what_another_account_alone_tells_is_only_probable(tmp_path: Path) -> None:
    [found] = found_in(TOLD_BY_ANOTHER_ACCOUNT, "detection-switched-off", tmp_path)
    assert found.subject is not None and found.subject.grade is Grade.PROBABLE
    assert found.summary.startswith("Probably IAM user alice called")


def test_a_caller_that_was_searched_for_is_only_probable(tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "08:50 user/bob calls s3 ListBuckets",
        "09:00 user/alice assumes role/RoleA as ci -> K1",
        "09:01 K1 calls s3 ListBuckets",
        {"line": "09:05 K1 assumes 222222222222/role/Prod as bob -> K2", "only": "222222222222"},
        "09:06 K2 calls s3 ListBuckets",
    ]
    [found] = found_in(lines, "borrowed-session-name", tmp_path)
    assert found.subject is not None and found.subject.grade is Grade.PROBABLE
    assert found.summary.startswith("Probably IAM user alice")


@pytest.mark.parametrize("name", detection_names())
def test_no_finding_is_surer_than_its_events(name: str, tmp_path: Path) -> None:
    for found in findings_of(name, case(name)["fires"], tmp_path):
        if found.subject is None or not found.event_ids:
            continue
        ids = ", ".join(f"'{event_id}'" for event_id in found.event_ids)
        with trailtrace.from_logs([str(tmp_path)]) as investigation:
            rows = investigation.sql(
                "select origin_kind, coalesce(origin_id, origin_arn), origin_grade"  # noqa: S608
                f" from events_with_origin where event_id in ({ids}) and authenticated"
            ).rows()
        origin = found.subject.origin
        grades = [Grade(grade) for kind, id_, grade in rows if (kind, id_) == (origin.kind, origin.id)]
        order = list(Grade).index
        assert all(order(found.subject.grade) >= order(grade) for grade in grades)
