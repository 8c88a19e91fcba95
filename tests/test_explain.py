"""`who-did --explain`: which issuances were considered, bounded, and without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords, Record
from conftest import TOKEN, Run, trail

from trailtrace.investigate.considered import CONSIDERED_LIMIT, CONSIDERED_STEPS, NEAR_MISSES

Step = dict[str, Any]


def considered(
    run: Run, folder: Path, lines: list[str | Record], target: str = "<key K1>"
) -> tuple[list[Step], str]:
    """The steps of the one answer, and its text."""
    case = CaseRecords(lines)
    path = folder / "log.json"
    path.write_bytes(trail(case.records))
    arguments = ["who-did", case.resolve(target), "--logs", str(path), "--explain"]
    [answer] = json.loads(run([*arguments, "--format", "json"]).stdout)["answers"]
    return answer["considered"], run(arguments).stdout


def test_nothing_is_explained_unasked(run: Run, tmp_path: Path) -> None:
    case = CaseRecords(["09:00 user/alice calls s3 ListBuckets"])
    path = tmp_path / "log.json"
    path.write_bytes(trail(case.records))
    outcome = run(["who-did", case.resolve("<key user/alice>"), "--logs", str(path), "--format", "json"])
    [answer] = json.loads(outcome.stdout)["answers"]
    assert "considered" not in answer
    assert "Considered" not in run(["who-did", case.resolve("<key user/alice>"), "--logs", str(path)]).stdout


def test_every_hop_shows_what_was_kept(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "09:00 user/alice assumes role/A as a -> K0",
        "09:10 K0 assumes role/B as b -> K1",
        "09:15 K1 calls s3 GetObject",
    ]
    steps, text = considered(run, tmp_path, lines)
    assert [step["step"] for step in steps] == [0, 1, 2]
    assert [[c["verdict"] for c in step["candidates"]] for step in steps] == [["kept"], ["kept"], []]
    assert [c["rule"] for step in steps for c in step["candidates"]] == ["L01", "L01"]
    assert "Considered issuances" in text and "for the caller of hop 1" in text


def test_a_refused_issuance_is_shown_with_its_rule(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
        {
            "line": "09:05 K1 calls s3 GetObject",
            "set": {"userIdentity.sessionContext.attributes.creationDate": "<time 08:00>"},
        },
    ]
    case = CaseRecords(lines)
    path = tmp_path / "log.json"
    path.write_bytes(trail(case.records))
    arguments = ["who-did", case.resolve("<event 2>"), "--logs", str(path), "--explain", "--format", "json"]
    [answer] = json.loads(run(arguments).stdout)["answers"]
    [refused] = answer["considered"][0]["candidates"]
    assert (refused["verdict"], refused["rule"], refused["grade"]) == ("refused", "L04", "none")
    assert refused["why"] == "the creation date differs"
    assert refused["evidence"][0]["record"] == 1


def test_a_near_miss_says_what_keeps_it_apart(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "07:00 user/bob assumes role/Deploy as ci-42 for 900 -> K0 from 203.0.113.77",
        "(09:00 user/alice assumes role/Deploy as ci-42 -> K1)",
        "09:05 K1 calls s3 GetObject",
        "10:00 user/carol assumes role/Deploy as other -> K2",
    ]
    [step], text = considered(run, tmp_path, lines)
    before, after = step["candidates"]
    assert {before["verdict"], after["verdict"]} == {"near_miss"}
    assert (before["rule"], before["grade"]) == (None, "none")
    for part in ("issued 2 h before", "expired at 2026-05-01T07:15:00Z", "another key", "203.0.113.77"):
        assert part in before["why"]
    for part in ("another session name", "issued 1 h after", "issued after the first use"):
        assert part in after["why"]
    assert "near miss" in text


def test_a_linked_use_lists_no_near_misses(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "08:00 user/bob assumes role/Deploy as ci-42 -> K0",
        "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
        "09:05 K1 calls s3 GetObject",
    ]
    [step, _], _ = considered(run, tmp_path, lines)
    assert [candidate["verdict"] for candidate in step["candidates"]] == ["kept"]


def test_near_misses_are_bounded_and_the_rest_is_counted(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        f"0{hour}:{minute:02} user/bob assumes role/Deploy as ci-42 -> B{hour}{minute}"
        for hour in (8, 9)
        for minute in range(1, 10)
    ]
    lines += ["(09:00 user/alice assumes role/Deploy as ci-42 -> K1)", "09:30 K1 calls s3 GetObject"]
    [step], text = considered(run, tmp_path, lines)
    assert len(step["candidates"]) == 2 * NEAR_MISSES
    assert step["more"] == 18 - 2 * NEAR_MISSES
    assert "and 8 more" in text
    times = [candidate["event_time"][11:16] for candidate in step["candidates"]]
    assert times == ["08:05", "08:06", "08:07", "08:08", "08:09", "09:01", "09:02", "09:03", "09:04", "09:05"]


def test_refused_issuances_are_bounded(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        f"08:{number:02} user/bob assumes role/R{number} as s -> K1{chr(39) * number}"
        for number in range(CONSIDERED_LIMIT + 5)
    ]
    use = "09:05 K1 calls s3 GetObject"
    attributes = "userIdentity.sessionContext.attributes.creationDate"
    lines.append({"line": use, "set": {attributes: "2026-05-01T03:00:00Z"}})
    case = CaseRecords(lines)
    path = tmp_path / "log.json"
    path.write_bytes(trail(case.records))
    event = case.records[-1]["eventID"]
    arguments = ["who-did", event, "--logs", str(path), "--explain", "--format", "json"]
    [answer] = json.loads(run(arguments).stdout)["answers"]
    [step] = answer["considered"]
    asked = [candidate for candidate in step["candidates"] if candidate["rule"] is not None]
    assert len(asked) == CONSIDERED_LIMIT
    assert step["more"] == 5


def test_a_long_chain_is_explained_up_to_a_limit(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = ["09:00 user/alice assumes role/R0 as s -> H0"]
    lines += [f"09:{n:02} H{n - 1} assumes role/R{n} as s -> H{n}" for n in range(1, CONSIDERED_STEPS + 6)]
    last = CONSIDERED_STEPS + 5
    lines.append(f"09:{last + 1:02} H{last} calls s3 GetObject")
    steps, text = considered(run, tmp_path, lines, f"<key H{last}>")
    assert len(steps) == CONSIDERED_STEPS
    assert "and those of 6 more hops" in text


def test_a_key_never_used_is_explained_from_its_issuance(run: Run, tmp_path: Path) -> None:
    steps, _ = considered(run, tmp_path, ["09:00 user/alice assumes role/Deploy as ci-42 -> K1"])
    assert steps[0]["candidates"][0]["rule"] == "issued"


def test_a_long_term_key_has_nothing_to_consider(run: Run, tmp_path: Path) -> None:
    lines: list[str | Record] = [
        "09:00 user/alice signs into the console -> C1",
        "09:05 user/alice calls s3 ListBuckets",
    ]
    [step], _ = considered(run, tmp_path, lines, "<key user/alice>")
    assert step["candidates"] == []


@pytest.mark.parametrize("agent", [TOKEN, f"[{TOKEN}]", f"aws-cli/2 x-amz-security-token={TOKEN}"])
@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_session_token_in_an_agent_or_a_request_is_never_printed(
    run: Run, tmp_path: Path, agent: str, shape: str
) -> None:
    lines: list[str | Record] = [
        {
            "line": "08:00 user/bob assumes role/Deploy as ci-42 -> K0",
            "set": {
                "userAgent": agent,
                "requestParameters.sessionToken": TOKEN,
                "requestParameters.policy": json.dumps({"sessionToken": TOKEN}),
                "responseElements.credentials.sessionToken": TOKEN,
            },
        },
        "(09:00 user/alice assumes role/Deploy as ci-42 -> K1)",
        "09:05 K1 calls s3 GetObject",
    ]
    case = CaseRecords(lines)
    path = tmp_path / "log.json"
    path.write_bytes(trail(case.records))
    arguments = ["who-did", case.resolve("<key K1>"), "--logs", str(path), "--explain", "--format", shape]
    outcome = run(arguments)
    shown = (outcome.stdout + outcome.stderr).replace("\n", "").replace(" ", "")
    pieces = [TOKEN[start : start + 16] for start in range(0, len(TOKEN) - 16, 16)]
    assert [piece for piece in pieces if piece in shown] == []


def test_hostile_text_in_a_near_miss_is_shown_as_escapes(run: Run, tmp_path: Path) -> None:
    hostile = "\x1b[2J\u202e[red]"
    lines: list[str | Record] = [
        {
            "line": "08:00 user/bob assumes role/Deploy as ci-42 -> K0",
            "set": {"sourceIPAddress": hostile, "userAgent": hostile, "eventName": "AssumeRole"},
        },
        "(09:00 user/alice assumes role/Deploy as ci-42 -> K1)",
        "09:05 K1 calls s3 GetObject",
    ]
    _, text = considered(run, tmp_path, lines)
    assert not set(text) & set("\x1b\u202e")
    assert r"\x1b[2J" in text and "[red]" in text
