"""The invented organisation of `sample_logs/`: every story's question gets its story's answer."""

import gzip
import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import trailtrace
from trailtrace.investigation import Investigation

FOLDER = Path(__file__).parent.parent / "sample_logs"
QUESTIONS: list[dict[str, Any]] = json.loads((FOLDER / "answers.json").read_text())
OPEN: dict[str | None, Investigation] = {}


def investigation(account: str | None) -> Investigation:
    if account not in OPEN:
        folders = FOLDER.glob(f"AWSLogs/*/{account or ''}")
        OPEN[account] = trailtrace.from_logs([str(folder) for folder in folders])
    return OPEN[account]


@pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda question: f"{question['story']}-{question['target']}"
)
def test_each_story_has_its_answer(question: dict[str, Any]) -> None:
    at = question["at"] and datetime.fromisoformat(question["at"].removesuffix("Z"))
    answers = investigation(question["only_account"]).who_did(question["target"], at).answers
    told = [
        {
            "origin_kind": answer.origin.kind,
            "origin_id": answer.origin.id,
            "origin_name": answer.origin.name,
            "grade": str(answer.grade),
            "stop": str(answer.stop),
            "rules": [hop.rule for hop in answer.hops],
            "uses": answer.credential.uses,
        }
        for answer in answers
    ]
    assert sorted(told, key=str) == sorted(question["answers"], key=str)


def test_the_generator_writes_the_files_that_are_committed(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, FOLDER / "generate.py", "--out", tmp_path], check=True, capture_output=True
    )
    written = {path.relative_to(tmp_path): path for path in tmp_path.glob("AWSLogs/**/*.json.gz")}
    committed = {path.relative_to(FOLDER): path for path in FOLDER.glob("AWSLogs/**/*.json.gz")}
    assert written.keys() == committed.keys()
    for name, path in written.items():
        # The compressed bytes may differ between builds of zlib; the records may not.
        assert gzip.decompress(path.read_bytes()) == gzip.decompress(committed[name].read_bytes()), name
    assert (tmp_path / "answers.json").read_text() == (FOLDER / "answers.json").read_text()


def test_every_key_in_the_readme_has_an_answer() -> None:
    readme = (FOLDER / "README.md").read_text()
    keys = set(re.findall(r"`(A[SK]IA[A-Z2-7]{16})`", readme))
    assert keys
    assert keys <= {question["target"] for question in QUESTIONS}


def test_the_session_policies_are_on_the_hop() -> None:
    [target] = [question["target"] for question in QUESTIONS if question["story"] == "session_policies"]
    [answer] = investigation(None).who_did(target).answers
    [hop] = answer.hops
    assert json.loads(hop.session_policy or "")["Statement"]
    assert hop.policy_arns


@pytest.mark.parametrize(
    ("story", "relation", "person"),
    [
        ("ec2_instance", "launched", "tomas"),
        ("lambda_function", "changed", "priya"),
        ("made_access_key", "created", "priya"),
    ],
)
def test_who_made_or_changed_a_workload_is_context(story: str, relation: str, person: str) -> None:
    kinds = {"ec2_instance", "lambda_function", "iam_user"}
    [question, *_] = [
        question
        for question in QUESTIONS
        if question["story"] == story
        and question["answers"][0]["origin_kind"] in kinds
        and question["answers"][0]["origin_name"] != person
    ]
    [answer] = investigation(None).who_did(question["target"]).answers
    [context, *_] = [item for item in answer.context if item.relation == relation]
    event_id = context.evidence.event_id
    assert event_id is not None
    [made] = investigation(None).who_did(event_id).answers
    assert made.origin.name == person
    assert answer.origin.name != person


def test_a_spoofed_session_name_is_warned_of() -> None:
    [target] = [question["target"] for question in QUESTIONS if question["story"] == "borrowed_name"]
    [answer] = investigation(None).who_did(target).answers
    assert answer.origin.name == "bram"
    assert "session_name_resembles_principal" in {warn.code for warn in answer.warnings}


def test_an_unfinished_chain_names_the_logs_that_would_finish_it() -> None:
    [target] = [question["target"] for question in QUESTIONS if question["story"] == "no_issuance"]
    [answer] = investigation(None).who_did(target).answers
    [missing] = answer.missing
    assert missing.account_id == answer.credential.account_id
    assert missing.start is not None and answer.credential.created is not None
    assert missing.start < answer.credential.created
