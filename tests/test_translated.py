"""Records that were put together again from OCSF: the same chains, strong at most, wherever one looks."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords, Record
from conftest import Load, Run, changed, trail, trail_records
from ocsf_events import VERSIONS, as_parquet, security_lake
from report_cases import only
from test_cases import CASE_NAMES, case

import trailtrace
from trailtrace.containers import unwrap
from trailtrace.documents import MixedDocument, PlainDocument
from trailtrace.investigation import Investigation
from trailtrace.unwrapped import Rejected

GRADES = ["none", "weak", "probable", "strong", "proof"]
BATCH = CASE_NAMES[7::50]
OF_CLOUDTRAIL = """
    select event_id, recipient_account_id, origin_kind, origin_id, origin_stop, origin_hops, origin_grade
    from events_with_origin where translated_from is null order by all
"""
ORIGINS = """
    select event_id, recipient_account_id, origin_kind, origin_id, origin_stop, origin_hops, origin_grade
    from events_with_origin order by all
"""


def lines(values: Iterable[Any]) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def as_json(records: Iterable[Record], version: int = 2) -> bytes:
    return lines(security_lake(record, version) for record in records)


def as_rows(records: Iterable[Record], version: int) -> bytes:
    return as_parquet(security_lake(record, version) for record in records)


FORMS: dict[str, Callable[[list[Record]], bytes]] = {
    f"{name} {VERSIONS[number]}": partial(write, version=number)
    for name, write, numbers in (("JSON", as_json, (2, 3)), ("Parquet", as_rows, (1, 2)))
    for number in numbers
}


def asked(data: bytes | list[bytes], folder: Path) -> Investigation:
    folder.mkdir(exist_ok=True)
    for number, each in enumerate([data] if isinstance(data, bytes) else data):
        (folder / f"{number}.log").write_bytes(each)
    return trailtrace.from_logs([str(folder)])


def capped(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*rest, grade and GRADES[min(GRADES.index(grade), 3)]) for *rest, grade in rows]


CONTENT = """
    select event_id, event_time, event_name, access_key_id, principal_id, arn, account_id, user_name,
        creation_date, session_issuer_arn, session_issuer_principal_id, source_identity, mfa_authenticated,
        event_version, event_source, event_type, aws_region, recipient_account_id, source_ip_address,
        user_agent, request_id, read_only, management_event, request_parameters, response_elements,
        json(resources)->>'$[0].ARN'
    from events_with_origin order by event_time
"""
NAMES = "select distinct origin_name, origin_grade from events_with_origin order by 1"


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Investigation]:
    with asked(trail(trail_records()), tmp_path_factory.mktemp("native")) as found:
        yield found


@pytest.mark.parametrize("form", FORMS)
def test_what_is_proof_natively_is_strong_through_ocsf(
    native: Investigation, form: str, tmp_path: Path
) -> None:
    assert native.sql(NAMES).rows() == [("alice", "proof"), ("bob", "proof")]
    with asked(FORMS[form](trail_records()), tmp_path / "logs") as loaded:
        summary = loaded.summary
        assert summary is not None
        assert (summary.read, summary.kept, summary.containers) == (4, 4, {"ocsf": 1})
        assert loaded.sql(CONTENT).rows() == native.sql(CONTENT).rows()
        assert loaded.sql("select rule, grade from chains").rows() == [("L01", "strong")]
        assert loaded.sql(NAMES).rows() == [("alice", "strong"), ("bob", "strong")]
        forms = loaded.sql("select distinct translated_from from events_with_origin").rows()
    assert forms == [(f"OCSF {form.split()[1]}",)]


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Investigation]:
    with asked(as_json(trail_records()), tmp_path_factory.mktemp("translated")) as found:
        yield found


def test_an_answer_tells_why_it_is_no_proof(translated: Investigation) -> None:
    [key] = translated.sql("select issued_access_key_id from chains").to_series()
    [answer] = translated.who_did(key).answers
    assert (answer.origin.name, answer.grade, answer.hops[0].grade) == ("alice", "strong", "strong")
    assert [warn.code for warn in answer.warnings] == ["translated_records"]
    scope = translated.what_did(key)
    assert {session.grade for session in scope.sessions} == {"strong"}
    assert "translated_records" in {warn.code for warn in scope.warnings}
    [event] = translated.sql("select event_id from events where event_name = 'ListUsers'").to_series()
    [answer] = translated.who_did(event).answers
    assert (answer.origin.name, answer.grade) == ("bob", "strong")
    assert [warn.code for warn in answer.warnings] == ["translated_records"]


def test_a_finding_by_translated_records_is_no_surer_than_they_are(tmp_path: Path) -> None:
    records = CaseRecords(["09:30 user/bob calls guardduty DeleteDetector"]).records
    for write, grade in ((trail, "proof"), (as_json, "strong")):
        with asked(write(records), tmp_path / grade) as logs:
            [found] = logs.findings(settings=only("detection-switched-off"))
            report = logs.report(now=datetime(2026, 5, 2))
        assert found.subject is not None
        assert (found.subject.grade, report.activity[0].grades) == (grade, ((grade, 1),))


def test_status_and_report_count_what_was_translated(load: Load, run: Run) -> None:
    loaded = load(as_json(trail_records()))
    for command in (["status"], ["report", "--format", "md"]):
        told = run([*command, "--store", str(loaded.store)]).stdout
        assert "translated" in told
        assert "strong at most" in " ".join(told.split())


@pytest.mark.parametrize("format", ["ndjson", "parquet", "ocsf"])
def test_no_export_makes_proof_of_a_translation(
    translated: Investigation, format: str, tmp_path: Path
) -> None:
    before = translated.sql(ORIGINS).rows()
    assert "proof" not in str(before)
    translated.export(tmp_path / "out", format)
    with trailtrace.from_logs([str(tmp_path / "out")]) as again:
        assert again.sql(ORIGINS).rows() == before


@pytest.mark.parametrize("name", BATCH)
def test_a_case_written_as_ocsf_and_read_again_has_the_same_origins(name: str, tmp_path: Path) -> None:
    records = CaseRecords(case(name)["records"]).records
    with asked(trail(records), tmp_path / "native") as native:
        before = native.sql(ORIGINS).rows()
        native.export(tmp_path / "out.ndjson", "ocsf")
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")]) as again:
        assert again.summary is not None
        assert not again.summary.rejected
        assert again.sql(ORIGINS).rows() == capped(before)


def test_a_redacted_export_still_says_what_was_translated(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(as_json(trail_records()))
    with trailtrace.from_logs([str(tmp_path / "log.json")], redact="a secret of many letters") as found:
        found.export(tmp_path / "out.ndjson")
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")]) as again:
        forms = again.sql("select distinct translated_from, origin_grade from events_with_origin").rows()
    assert forms == [("OCSF 1.1.0", "strong")]


MIXTURES: dict[str, list[str]] = {
    "native first": ["native", "ocsf"],
    "native last": ["ocsf", "native"],
    "between two translations": ["ocsf 1", "native", "ocsf"],
    "translations first": ["ocsf", "ocsf 1", "native"],
}


LEFT = "select * exclude (file_id, record) from events_with_origin order by event_time"


@pytest.mark.parametrize("name", MIXTURES)
def test_cloudtrails_own_records_keep_their_proof(native: Investigation, name: str, tmp_path: Path) -> None:
    records = trail_records()
    made = {"native": trail(records), "ocsf": as_json(records), "ocsf 1": as_json(records, 1)}
    with asked([made[form] for form in MIXTURES[name]], tmp_path / "logs") as mixed:
        assert mixed.sql(LEFT).rows() == native.sql(LEFT).rows()
        assert mixed.sql("from chains").rows(named=True)[0]["grade"] == "proof"
        assert mixed.sql("from conflicts").rows() == []
        ledger = mixed.sql("select kept, duplicate from files order by uri").rows()
    assert ledger == [(4, 0) if form == "native" else (0, 4) for form in MIXTURES[name]]


@pytest.mark.parametrize("order", [1, -1])
def test_an_ingest_each_gives_the_same(load: Load, order: int) -> None:
    records = trail_records()
    for file, data in list({"0.log": as_json(records), "1.log": trail(records)}.items())[::order]:
        mixed = load({file: data}, store="mixed")
    assert mixed.rows("select uri[-5:], kept, duplicate from files order by 1") == [
        ("0.log", 0, 4),
        ("1.log", 4, 0),
    ]
    assert mixed.rows("from conflicts") == []
    assert mixed.rows("select use_id, form_grade from uses where form_grade < 4") == []
    assert mixed.rows("select rule, grade from links") == [("L01", "proof")]


@pytest.mark.parametrize("order", [1, -1])
def test_translations_alone_are_one_record_each(order: int, tmp_path: Path) -> None:
    both = [as_json(trail_records()), as_json(trail_records(), 1)][::order]
    with asked(both, tmp_path / "logs") as mixed:
        forms = "select translated_from, count(*) from events_with_origin group by all"
        assert mixed.sql(forms).rows() == [("OCSF 1.0.0-rc.2", 4)]
        assert mixed.sql("select distinct grade from origins").rows() == [("strong",)]


def test_a_translation_that_says_otherwise_is_a_contradiction(load: Load) -> None:
    records = trail_records()
    other = changed(records[0], "userIdentity.arn", "arn:aws:iam::111111111111:user/mallory")
    mixed = load({"a.log": trail(records), "b.log": as_json([other])})
    assert mixed.rows("select count(*) from conflicts") == [(1,)]
    assert mixed.rows("select grade from links") == [("weak",)]


OTHERWISE: dict[str, tuple[int, str, Any]] = {
    "key": (1, "userIdentity.accessKeyId", "ASIAOTHER00000000001"),
    "issued key": (0, "responseElements.credentials.accessKeyId", "ASIAOTHER00000000001"),
    "role": (0, "requestParameters.roleArn", "arn:aws:iam::111111111111:role/Other"),
    "assumed principal": (0, "responseElements.assumedRoleUser.assumedRoleId", "AROAOTHER00000000001:x"),
    "principal": (1, "userIdentity.principalId", "AROAOTHER00000000001:x"),
    "creation": (1, "userIdentity.sessionContext.attributes.creationDate", "2026-05-01T08:00:00Z"),
    "error": (0, "errorCode", "AccessDenied"),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_whatever_a_translation_says_otherwise_is_a_contradiction(load: Load, what: str) -> None:
    number, path, value = OTHERWISE[what]
    records = trail_records()
    other = changed(records[number], path, value)
    mixed = load({"a.log": trail(records), "b.log": as_json([other])})
    assert mixed.rows("select kept, duplicate from files order by uri") == [(4, 0), (1, 0)]
    assert mixed.rows("select event_id from conflicts") == [(other["eventID"],)]


def test_no_order_of_translations_hides_a_contradiction(load: Load) -> None:
    record = CaseRecords(["09:00 user/alice calls iam CreateUser"]).records[0]
    nobody = security_lake(record)
    nobody["actor"] = {}
    other = elastic_document(CaseRecords(["09:00 user/bob calls iam CreateUser"]).records[0])
    other["event"]["id"] = record["eventID"]
    made = {"native": trail([record]), "nobody": lines([nobody]), "other": lines([{"_source": other}])}
    for order in permutations(made):
        for name in order:
            mixed = load({f"{name}.log": made[name]}, store=" ".join(order))
        left = mixed.rows("select user_name, (select count(*) from conflicts) from events order by 1")
        assert left == [("alice", 1), ("bob", 1)], order


def test_a_translation_of_another_call_for_the_same_key_is_a_contradiction(load: Load) -> None:
    records = trail_records()
    other = changed(records[0], "userIdentity.principalId", "AIDAMALLORY0000000001") | {"eventID": "other"}
    mixed = load({"a.log": trail(records), "b.log": as_json([other])})
    origins = (
        "select distinct origin_kind, origin_stop from events_with_origin where event_name = 'GetObject'"
    )
    assert mixed.rows(origins) == [("unknown", "contradiction")]


@pytest.mark.parametrize("issued_natively", [True, False])
def test_a_link_is_as_good_as_its_worse_side(load: Load, issued_natively: bool) -> None:
    issuing, *uses = trail_records()
    native, other = ([issuing], uses) if issued_natively else (uses, [issuing])
    mixed = load({"a.log": trail(native), "b.log": as_json(other)})
    assert mixed.rows("select rule, grade from links") == [("L01", "strong")]
    [(name, grade)] = mixed.rows(
        "select origin_name, origin_grade from events_with_origin where event_name = 'GetObject'"
    )
    assert (name, grade) == ("alice", "strong")
    # What only CloudTrail itself tells stays proof.
    assert mixed.rows("select distinct origin_grade from events_with_origin where origin_name = 'bob'") == [
        ("proof" if not issued_natively else "strong",)
    ]


@pytest.mark.parametrize("name", BATCH)
def test_no_answer_is_surer_or_another_for_half_of_it_being_translated(name: str, tmp_path: Path) -> None:
    records = CaseRecords(case(name)["records"]).records
    with asked(trail(records), tmp_path / "native") as native:
        before = {tuple(row[:2]): row[2:] for row in native.sql(ORIGINS).rows()}
    halves = [trail(records[::2]), as_json(records[1::2])]
    with asked(halves, tmp_path / "mixed") as mixed:
        for event, account, kind, id_, *_, grade in mixed.sql(ORIGINS).rows():
            was_kind, was_id, *_, was_grade = before[event, account]
            assert GRADES.index(grade or "none") <= GRADES.index(was_grade or "none")
            assert (kind, id_) == (was_kind, was_id) or grade in (None, "none", "weak", "probable")


def aside(line: str, **members: Any) -> dict[str, Any]:
    """A line of a case that a translation alone tells."""
    return {"line": line, "set": {"userAgent": "aside", **members.pop("set", {})}, **members}


SSO = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
ELSEWHERE = {"only": "222222222222"}
RUNNER = {
    "userIdentity": {
        "type": "AWSAccount",
        "principalId": "<id role/Runner>:ci",
        "accountId": "111111111111",
    },
    "recipientAccountId": "222222222222",
}
BOB = {**RUNNER, "userIdentity": {**RUNNER["userIdentity"], "principalId": "<id user/bob>"}}  # type: ignore[dict-item]
MALLORY = "09:06 K1 calls s3 ListBuckets on behalf of person/mallory"
SHARED = {"sharedEventID": "shared-1"}
SIGN_IN = {
    "userIdentity.sessionContext.signInSessionArn": "arn:aws:signin:us-east-1:111111111111:session/one"
}
LATER = {"userIdentity.sessionContext.attributes.creationDate": "<time 09:15>"}
RESIZE = {
    "issuerType": "AWS::Lambda::Function",
    "credentialsIssuedTo": "arn:aws:lambda:us-east-1:111111111111:function:resize",
}
ASIDE: dict[str, list[Any]] = {
    "L11": [
        "(09:00 user/bob signs into the console -> C1)",
        "09:58 user/bob calls s3 ListBuckets",
        "10:00 C1 switches to role/Admin as bob -> S1",
        aside("10:02 user/bob calls iam GetUser", unset=["userIdentity.principalId"]),
        "10:09 user/bob calls s3 ListBuckets",
    ],
    "L11 by translations": [
        "(09:00 user/bob signs into the console -> C1)",
        aside("09:59 user/bob calls iam GetUser"),
        "10:00 C1 switches to role/Admin as bob -> S1",
        aside("10:01 user/bob calls iam GetUser"),
    ],
    "L13b": [
        "09:00 user/bob assumes role/Agent as a -> K1",
        aside("09:05 K1 calls s3 ListBuckets", set=SIGN_IN),
        {"line": "09:20 K1 calls s3 ListBuckets with U1", "set": SIGN_IN | LATER},
    ],
    "L15": [
        "(08:50 user/bob assumes role/Runner as ci -> K1)",
        aside("09:00 K1 calls s3 GetObject", set=SHARED),
        {"line": "09:00 K1 calls s3 GetObject", "set": RUNNER | SHARED},
    ],
    "L17 of a record": [
        aside("08:50 user/bob assumes role/Runner as ci -> K1"),
        {"line": "09:00 K1 calls s3 GetObject", "set": RUNNER},
    ],
    "L17 of a user's record": [
        {"line": "09:10 user/bob calls s3 GetObject", "set": BOB},
        aside("09:20 user/bob calls s3 ListBuckets"),
    ],
    "L17 of a user of two names": [
        {"line": "09:10 user/bob calls s3 GetObject", "set": BOB},
        "09:20 user/bob calls s3 ListBuckets",
        aside(
            "09:30 user/bob calls s3 ListBuckets",
            set={"userIdentity.arn": "arn:aws:iam::111111111111:user/mallory"},
        ),
    ],
    "L17 of a user": [
        aside("08:55 user/bob calls s3 ListBuckets"),
        {"line": "09:00 user/bob assumes 222222222222/role/Prod as deploy -> K1", **ELSEWHERE},
        "09:05 K1 calls s3 GetObject",
    ],
    "L17 of a session": [
        aside("08:50 user/bob assumes role/Runner as ci -> K0"),
        aside("08:55 K0 calls s3 ListBuckets"),
        {"line": "09:00 K0 assumes 222222222222/role/Prod as deploy -> K1", **ELSEWHERE},
        "09:05 K1 calls s3 GetObject",
    ],
    "L19": [f"(09:00 saml/bob assumes {SSO} as bob -> K1)", "09:05 K1 calls s3 ListBuckets", aside(MALLORY)],
    "L19 of two people": [
        f"(09:00 saml/bob assumes {SSO} as bob -> K1)",
        "09:05 K1 calls s3 ListBuckets on behalf of person/bob",
        aside(MALLORY),
    ],
    "L19b": [
        f"09:00 saml/bob assumes {SSO} as bob -> K1",
        aside(MALLORY),
        f"10:00 saml/bob assumes {SSO} as bob -> K2",
        "10:01 K2 calls s3 ListBuckets",
        f"11:00 saml/bob assumes {SSO} as bob -> K3",
        aside("11:06 K3 calls s3 ListBuckets on behalf of person/mallory"),
    ],
    "L21": [
        "(09:00 service/lambda.amazonaws.com assumes role/Resize as resize -> K1)",
        "09:05 K1 calls s3 GetObject via athena.amazonaws.com",
        aside("09:06 K1 calls s3 GetObject", set={"userIdentity.inScopeOf": RESIZE}),
    ],
}
"""By the rule that would read it: what a translation tells beside CloudTrail's own records."""


@pytest.mark.parametrize("name", ASIDE)
def test_a_translation_lends_nothing_to_what_cloudtrail_wrote(load: Load, name: str) -> None:
    records = CaseRecords(ASIDE[name]).records
    told = [record for record in records if record["userAgent"] == "aside"]
    assert told
    native = load(trail([record for record in records if record not in told]))
    before = native.rows(OF_CLOUDTRAIL)
    mixed = load({"aside.log": as_json(told)})
    assert mixed.rows("select count(*) from events where translated_from is not null") == [(len(told),)]
    assert mixed.rows(OF_CLOUDTRAIL) == before


def test_a_session_stays_known_whose_key_a_translation_alone_shows(load: Load) -> None:
    issuing, told, *later = CaseRecords(
        [
            "08:50 user/bob assumes role/Runner as ci -> K0",
            "08:55 K0 calls s3 ListBuckets",
            {"line": "09:00 K0 assumes 222222222222/role/Prod as deploy -> K1", **ELSEWHERE},
            "09:05 K1 calls s3 GetObject",
        ]
    ).records
    native = load(trail([issuing, *later]))
    names = (
        "select origin_kind, origin_name, origin_grade from events_with_origin where event_name = 'GetObject'"
    )
    assert native.rows(names) == [("iam_user", "bob", "probable")]
    assert load({"aside.log": as_json([told])}).rows(names) == [("iam_user", "bob", "probable")]


def test_ocsf_that_is_not_cloudtrails_is_refused_once_a_file(load: Load) -> None:
    flow = security_lake(trail_records()[0])
    flow["metadata"] = {**flow["metadata"], "product": {"name": "Amazon VPC"}}
    loaded = load({"flow.parquet": as_parquet([flow] * 3), "flow.json": lines([flow, flow])})
    assert loaded.rows("select reason, count(*) from rejects group by all") == [("unrecognised", 3)]


@pytest.mark.parametrize("place", [0, 1, 4])
def test_rows_of_another_product_cost_cloudtrails_rows_nothing(place: int) -> None:
    events = [security_lake(record) for record in trail_records()]
    flow = {**events[0], "metadata": {**events[0]["metadata"], "product": {"name": "Amazon VPC"}}}
    _, found = unwrap(as_parquet([*events[:place], flow, flow, *events[place:]]))
    rejected = [(item.record, item.reason) for item in found if isinstance(item, Rejected)]
    assert rejected == [(place + 1, "unrecognised"), (place + 2, "unrecognised")]
    assert sum(len(item) for item in found if isinstance(item, PlainDocument | MixedDocument)) == 4


def test_our_own_ocsf_without_the_identity_is_refused_with_the_fix(tmp_path: Path) -> None:
    with asked(trail(trail_records()), tmp_path / "logs") as native:
        native.export(tmp_path / "out.ndjson", "ocsf")
    events = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    for event in events:
        del event["unmapped"]["userIdentity"]
    container, found = unwrap(lines(events))
    assert container == "ocsf"
    assert {item.reason for item in found} == {"no_original_record"}  # type: ignore[union-attr]
    assert "export NDJSON" in found[0].detail  # type: ignore[union-attr]


ODD: dict[str, dict[str, Any]] = {
    "no members": {},
    "texts": dict.fromkeys(("metadata", "api", "actor", "cloud", "unmapped", "time"), "x"),
    "lists": {name: [1] for name in ("metadata", "api", "actor", "cloud", "unmapped", "time")},
    "a time out of all bounds": {"time": 10**30},
    "a time that is none": {"time": True},
    "a number that no column holds": {"unmapped": {"readOnly": 10**400}},
    "deep paths": {"unmapped": {".".join("a" * 500): "x", "userIdentity.arn.x.y": "z", "..": "q"}},
    "no such product": {"metadata": {"product": ["CloudTrail"]}},
}


def test_odd_events_are_counted(load: Load) -> None:
    event = security_lake(trail_records()[0])
    loaded = load({name: lines([{**event, **odd}, {"class_uid": 1}, 1]) for name, odd in ODD.items()})
    kept = {"no members", "deep paths", "a number that no column holds"}
    for uri, read, stayed, rejected in loaded.rows("select uri, read, kept + duplicate, rejected from files"):
        assert read == stayed + rejected == 3
        assert stayed == (Path(uri).name in kept)


def elastic_document(record: Record) -> dict[str, Any]:
    """What Elastic's AWS integration keeps of a record if it is not told to keep the record itself."""
    identity = record["userIdentity"]
    session = identity.get("sessionContext", {})
    issuer = session.get("sessionIssuer", {})
    context = {
        "creation_date": session.get("attributes", {}).get("creationDate"),
        "mfa_authenticated": session.get("attributes", {}).get("mfaAuthenticated"),
        "session_issuer": {
            "type": issuer.get("type"),
            "principal_id": issuer.get("principalId"),
            "arn": issuer.get("arn"),
            "account_id": issuer.get("accountId"),
        },
    }
    trail_members = {
        "event_version": record["eventVersion"],
        "event_type": record["eventType"],
        "recipient_account_id": record["recipientAccountId"],
        "request_id": record["requestID"],
        "read_only": record["readOnly"],
        "request_parameters": "{roleArn=arn:aws:iam::1:role/x, y}",
        "flattened": {
            "request_parameters": record["requestParameters"],
            "response_elements": record["responseElements"],
        },
        "resources": [{"arn": "arn:aws:iam::1:role/x", "type": "AWS::IAM::Role"}],
        "user_identity": {
            "type": identity["type"],
            "arn": identity["arn"],
            "access_key_id": identity["accessKeyId"],
            **({"session_context": context} if session else {}),
        },
    }
    return {
        "@timestamp": record["eventTime"],
        "aws": {"cloudtrail": trail_members},
        "cloud": {"account": {"id": identity["accountId"]}, "region": record["awsRegion"]},
        "event": {
            "action": record["eventName"],
            "id": record["eventID"],
            "provider": record["eventSource"],
            "outcome": "success",
        },
        "source": {"address": record["sourceIPAddress"]},
        "user": {
            "id": identity["principalId"],
            "name": identity.get("userName") or issuer.get("userName"),
        },
        "user_agent": {"original": record["userAgent"]},
    }


def test_elastic_documents_that_lost_the_record_are_probable_at_most(load: Load) -> None:
    records = trail_records()
    documents = [{"_source": elastic_document(record)} for record in records]
    loaded = load(lines(documents))
    assert loaded.rows("select container, read, kept from files") == [("elastic", 4, 4)]
    assert loaded.rows("select rule, grade from links") == [("L01", "probable")]
    names = "select distinct origin_name, origin_grade, translated_from from events_with_origin order by 1"
    assert loaded.rows(names) == [("alice", "probable", "Elastic"), ("bob", "probable", "Elastic")]
    for document in documents:
        del document["_source"]["aws"]["cloudtrail"]["flattened"]
    # Without the answers, no issued key is known: less is said, and nothing else.
    flat = load(lines(documents), store="flat")
    said = {("alice", "probable"), ("bob", "probable"), (None, "none")}
    assert {(name, grade) for name, grade, _ in flat.rows(names)} == said
    assert flat.rows("select count(*) from events where request_parameters is not null") == [(0,)]


@pytest.mark.parametrize("way", ["ocsf", "lower case"])
def test_no_way_round_makes_more_of_a_translation(load: Load, way: str, tmp_path: Path) -> None:
    documents = load(lines({"_source": elastic_document(record)} for record in trail_records()))
    with trailtrace.open(documents.store) as asked:
        asked.export(tmp_path / "out", "ocsf" if way == "ocsf" else "ndjson")
    exported = (tmp_path / "out").read_bytes()
    if way == "lower case":  # as some pipelines write it
        exported = re.sub(rb'"\w+":', lambda name: name[0].lower(), exported)
    again = load(exported, store="again")
    forms = "select distinct translated_from from events"
    assert again.rows(forms) == documents.rows(forms) == [("Elastic",)]
    assert again.rows("select max(grade) from origins") == documents.rows("select max(grade) from origins")


def test_an_elastic_document_of_something_else_is_refused(load: Load) -> None:
    sources = [[], {}, {"event": {"action": "x"}, "aws": {"cloudtrail": 1}}, {"event": 1}]
    loaded = load({"a": lines([{"_source": source} for source in sources]), "b": trail(trail_records())})
    assert loaded.rejects == [(number, "no_original_record") for number in (1, 2, 3, 4)]


def test_elastic_originals_are_found_however_they_are_named(load: Load) -> None:
    records = trail_records()
    texts = [json.dumps(record) for record in records]
    without = elastic_document(records[3])
    without["event"]["original"] = None
    hits = [
        {"_index": "x", "_source": {"event.original": texts[0]}},
        {"_index": "x", "fields": {"event.original": texts[1:2], "event.action": ["x"]}},
        {"_index": "x", "fields": {"event.action": ["x"]}},
        {"_index": "x", "_source": {"event": {"original": texts[2]}}},
        {"_index": "x", "_source": without},
    ]
    loaded = load(json.dumps({"hits": {"hits": hits}}).encode())
    assert loaded.rejects == [(3, "no_original_record")]
    assert loaded.rows("select record, translated_from from events order by 1") == [
        (1, None), (2, None), (4, None), (5, "Elastic")
    ]  # fmt: skip
