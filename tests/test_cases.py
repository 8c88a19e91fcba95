"""Attribution cases as data: each file of `cases/` is records in, answers of `who-did` out.

Only the fields that a case states are compared. A list as an expected value means any of its
members. `warnings` must be there and others may be; `not_warnings` must not. The same holds for
`context` and `not_context` (events around the chain), `logs` (what is missing) and `considered` (of
`--explain`, for the credential asked for), whose members are compared by the fields they state.
"""

import gzip
import itertools
import json
import re
import uuid
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_records import CaseRecords, Record, in_disorder

import trailtrace
from trailtrace.errors import TargetNotFoundError
from trailtrace.render.json import answers_json

Answer = dict[str, Any]

CASES = Path(__file__).parent / "cases"
CASE_NAMES = sorted(path.stem for path in CASES.glob("*.yml"))
RULES = {f"L{number:02}" for number in range(1, 28) if number != 9} | {"L13b", "L19b"}

# Case 7 is the arrival test below.
CASES_WITHOUT_A_FILE = {7}

GRADES = ["none", "weak", "probable", "strong", "proof"]
STOPS_AT_A_KNOWN_PRINCIPAL = {"origin", "service", "external_account", "missing_log"}
WHERE_EVIDENCE_WAS_READ = {"source", "record", "sha256", "integrity"}


@cache
def case(name: str) -> Record:
    text = (CASES / f"{name}.yml").read_text(encoding="utf-8")
    content: Record = yaml.safe_load(text)
    return content


def logs(files: list[list[Record]], folder: Path) -> Path:
    folder.mkdir()
    for number, records in enumerate(files):
        data = json.dumps({"Records": records}).encode()
        (folder / f"{number:04}.json.gz").write_bytes(gzip.compress(data, mtime=0))
    return folder


def all_answers(records: CaseRecords, questions: list[Record], folder: Path) -> list[list[Answer]]:
    """The answers to every question of a case, from one loading."""
    found: list[list[Answer]] = []
    with trailtrace.from_logs([str(folder)]) as held:
        for question in questions:
            at = records.resolve(f"<time {question['at']}>") if "at" in question else None
            moment = at and datetime.fromisoformat(at.removesuffix("Z"))
            try:
                answers = held.who_did(records.resolve(question["target"]), moment, explain=True)
            except TargetNotFoundError:
                found.append([])
            else:
                found.append(json.loads(answers_json(answers))["answers"])
    return found


def members(answer: Answer, field: str) -> list[Record]:
    """The objects of an answer that a case names by some of their fields, each with its one event."""
    if field == "logs":
        return list(answer["missing"])
    considered = answer["considered"][0]["candidates"] if answer["considered"] else []
    found = considered if field == "considered" else answer["context"]
    evidence = [item["evidence"] if field != "considered" else item["evidence"][0] for item in found]
    return [item | {"event": of["event_id"]} for item, of in zip(found, evidence, strict=True)]


def is_member(wanted: Record, found: Record) -> bool:
    """`why` may be a part of the text; a list means any of its members."""
    why = wanted.get("why", "")
    rest = {name: value for name, value in wanted.items() if name != "why"}
    return why in found["why"] and all(
        found[name] in (value if isinstance(value, list) else [value]) for name, value in rest.items()
    )


def differences(expected: Record, answer: Answer) -> list[str]:
    """What the case states about an answer and the answer does not keep."""
    hops = answer["hops"]
    warnings = {warning["code"] for warning in answer["warnings"]}
    evidence = {item["event_id"] for hop in hops for item in hop["evidence"]}
    actual = {
        "grade": answer["grade"],
        "stop": answer["stop"],
        "uses": answer["credential"]["uses"],
        "hops": len(hops),
        "candidates": len(answer["candidates"]),
    }
    exact = {
        "rules": [hop["rule"] for hop in hops],
        "caller_keys": [hop["caller"]["access_key_id"] for hop in hops],
    }
    included = {
        "evidence": evidence,
        "warnings": warnings,
        "missing": {item["account_id"] for item in answer["missing"]},
    }
    found = []
    for field, value in expected.items():
        match field:
            case "origin":
                for member, wanted in value.items():
                    given = answer["origin"][member]
                    if given not in (wanted if isinstance(wanted, list) else [wanted]):
                        found.append(f"origin.{member} is {given!r}, not {wanted!r}")
            case "rules" | "caller_keys":
                if exact[field] != value:
                    found.append(f"{field} are {exact[field]}, not {value}")
            case "evidence" | "warnings" | "missing":
                if absent := set(value) - included[field]:
                    found.append(f"{field} lack {sorted(absent)}")
            case "context" | "logs" | "considered":
                held = members(answer, field)
                lacking = [wanted for wanted in value if not any(is_member(wanted, item) for item in held)]
                found += [f"{field} lacks {wanted}" for wanted in lacking]
            case "not_context":
                held = members(answer, "context")
                found += [f"unwanted {item}" for item in held for wanted in value if is_member(wanted, item)]
            case "not_warnings":
                if unwanted := set(value) & warnings:
                    found.append(f"unwanted warnings {sorted(unwanted)}")
            case _:
                if actual[field] not in (value if isinstance(value, list) else [value]):
                    found.append(f"{field} is {actual[field]!r}, not {value!r}")
    return found


def broken_promises(answer: Answer) -> list[str]:
    """What must hold for every answer, whatever the case."""
    hops = answer["hops"]
    broken = []
    if any(GRADES.index(answer["grade"]) > GRADES.index(hop["grade"]) for hop in hops):
        broken.append("graded better than its weakest hop")
    if answer["origin"]["kind"] == "unknown" and answer["grade"] not in {"none", "weak"}:
        broken.append("an unknown origin with a grade")
    if answer["stop"] in {"no_issuance", "cycle"} and answer["origin"]["kind"] != "unknown":
        broken.append("an origin behind a broken chain")
    if answer["stop"] not in STOPS_AT_A_KNOWN_PRINCIPAL and answer["grade"] == "proof":
        broken.append("a proof without an origin")
    if not all(hop["evidence"] for hop in hops):
        broken.append("a hop without evidence")
    return broken


def without_places(value: Any) -> Any:
    """The answers as they must be, however the records arrived."""
    if isinstance(value, dict):
        kept = value.keys() - WHERE_EVIDENCE_WAS_READ
        plain = {name: without_places(value[name]) for name in sorted(kept)}
        if "evidence" in plain:
            plain["evidence"] = sorted({json.dumps(item) for item in plain["evidence"]})
        return plain
    return [without_places(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASE_NAMES)
def test_the_case_is_answered_as_expected_however_its_records_arrive(name: str, tmp_path: Path) -> None:
    records, questions = CaseRecords(case(name)["records"]), case(name)["expect"]
    answers = all_answers(records, questions, logs([records.records], tmp_path / "as written"))
    for question, answered in zip(questions, answers, strict=True):
        assert_as_expected(answered, records.resolve(question["answers"]))
    disorder = logs(in_disorder(records.records), tmp_path / "in disorder")
    assert without_places(all_answers(records, questions, disorder)) == without_places(answers)


def assert_as_expected(answers: list[Answer], expected: list[Record]) -> None:
    """Every answer is one that the case expects, in any order."""
    assert [broken_promises(answer) for answer in answers] == [[] for _ in answers]
    assert len(answers) == len(expected), json.dumps(answers, indent=1)
    misfits = [
        [differences(wanted, answer) for wanted, answer in zip(expected, order, strict=True)]
        for order in itertools.permutations(answers)
    ]
    best = min(misfits, key=lambda found: sum(map(len, found)))
    assert best == [[] for _ in expected], json.dumps(answers, indent=1)


def test_every_rule_has_a_case_that_fires_and_a_near_miss() -> None:
    for role in ("covers", "near_miss"):
        claimed = {rule for name in CASE_NAMES for rule in case(name).get(role, [])}
        assert claimed == RULES, role


def test_a_case_that_claims_to_fire_a_linking_rule_expects_its_hop() -> None:
    # The others name no hop: L04 refuses, L15 to L17 pair or find callers, L19 and L21 are stamps.
    hop_rules = {
        *("L01", "L02", "L03", "L05", "L06", "L07", "L08", "L10", "L11", "L12", "L13", "L13b", "L25")
    }
    for name in CASE_NAMES:
        answers = [answer for question in case(name)["expect"] for answer in question["answers"]]
        hops = {rule for answer in answers for rule in answer.get("rules", [])}
        claimed = hop_rules & set(case(name).get("covers", []))
        assert claimed <= hops or any("hops" in answer for answer in answers), name


def test_every_numbered_case_of_the_reference_has_a_file_or_a_reason() -> None:
    numbers = {int(name[1:3]) for name in CASE_NAMES if name.startswith("c")}
    assert numbers == set(range(1, 51)) - CASES_WITHOUT_A_FILE


@pytest.mark.parametrize("name", CASE_NAMES)
def test_a_case_is_well_formed(name: str) -> None:
    content = case(name)
    assert re.fullmatch(r"(c\d\d|l\d\db?)(_[a-z0-9]+)+", name)
    assert content.keys() <= {"about", "covers", "near_miss", "records", "expect"}
    assert content["expect"]
    expanded = CaseRecords(content["records"])
    assert "<" not in json.dumps(expanded.records)
    for question in content["expect"]:
        assert "<" not in json.dumps(expanded.resolve(question))


def test_expanded_ids_have_the_form_and_the_account_of_real_ones() -> None:
    # Decoded as AWS documents it for ids minted since 2019: characters 5 to 13 hold the account.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    expanded = CaseRecords(["09:00 222222222223/user/a assumes 222222222223/role/R as s -> K1"])
    for text in ("<key K1>", "<id 222222222223/role/R>", "<id 222222222223/user/a>"):
        name = expanded.resolve(text)
        assert re.fullmatch(r"ASIA[A-Z2-7]{16}|(AROA|AIDA)[A-Z2-7]{17}", name)
        number = 0
        for letter in name[4:12]:
            number = number * 32 + letters.index(letter)
        assert (number - (1 << 39)) * 2 + (letters.index(name[12]) >= 16) == 222222222223


def test_a_call_across_accounts_leaves_two_copies_of_one_call() -> None:
    line = "09:00 user/alice assumes 222222222222/role/ops/Prod as s -> K1"
    own, copy = CaseRecords([line]).records
    assert copy["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": own["userIdentity"]["principalId"],
        "accountId": "111111111111",
    }
    assert {name for name in own if own[name] != copy[name]} == {
        "userIdentity",
        "eventID",
        "recipientAccountId",
    }
    assert own["responseElements"]["assumedRoleUser"]["arn"] == (
        "arn:aws:sts::222222222222:assumed-role/Prod/s"
    )


def test_a_use_matches_its_issuance_field_by_field() -> None:
    issuance, use = CaseRecords(
        ["09:00 user/alice assumes role/Deploy as ci for 900 -> K1", "09:05 K1 calls s3 GetObject"]
    ).records
    issued, identity = issuance["responseElements"], use["userIdentity"]
    assert identity["accessKeyId"] == issued["credentials"]["accessKeyId"]
    assert identity["principalId"] == issued["assumedRoleUser"]["assumedRoleId"]
    assert identity["arn"] == issued["assumedRoleUser"]["arn"]
    assert identity["sessionContext"]["attributes"]["creationDate"] == issuance["eventTime"]
    assert issued["credentials"]["expiration"] == "May 1, 2026, 9:15:00 AM"


@pytest.mark.parametrize("name", CASE_NAMES)
def test_expanded_event_ids_are_unique_unless_a_case_repeats_one(name: str) -> None:
    records = CaseRecords(case(name)["records"]).records
    ids = [record["eventID"] for record in records]
    repeated = {
        "c37_contradictory_duplicates": 1,
        "c37_event_id_of_two_signers": 1,
        "c38_same_event_from_two_trails": 2,
    }
    assert len(ids) - len(set(ids)) == repeated.get(name, 0)
    assert all(uuid.UUID(event_id) for event_id in ids)
