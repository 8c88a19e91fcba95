"""Public CloudTrail records that nobody here wrote, read where they lie.

They are not part of this repository. The folder is `$TRAILTRACE_REAL_LOGS`, or `shared/real_logs`
beside the checkout; without it these tests are skipped. Expected answers are read from the tables
of the folder's README and of `docs/real-logs.md`, not written here.
"""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from test_export import VALIDATOR

import trailtrace
from trailtrace.detections import detection_names
from trailtrace.investigation import Investigation
from trailtrace.model import Answer

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("TRAILTRACE_REAL_LOGS") or ROOT.parent / "shared" / "real_logs")
LEDGER = ROOT / "docs" / "real-logs.md"
NOISE = ROOT / "docs" / "findings-noise.md"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "README.md").is_file(),
    reason="the public records are not here: set TRAILTRACE_REAL_LOGS to their folder",
)
OPEN: dict[str, Investigation] = {}


def investigation(name: str) -> Investigation:
    if name not in OPEN:
        OPEN[name] = trailtrace.from_logs([str(FOLDER / name)])
    return OPEN[name]


def table(path: Path, heading: str) -> list[list[str]]:
    """The cells of the Markdown table below a heading, without its head."""
    if not path.is_file():
        return []
    _, _, rest = path.read_text().partition(heading)
    rows = re.findall(r"^\|(.*)\|$", rest.partition("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


def expected_roots() -> list[tuple[str, str, int, str, str]]:
    """Set, key, number of uses, how it was issued, and its root, one for each key in the README."""
    found = []
    for name, keys, issued_by, root in table(FOLDER / "README.md", "## Expected roots"):
        for key, uses in re.findall(r"\b(A[SK]IA[A-Z0-9]{16}) \((\d+)", keys):
            found.append((name, key, int(uses), issued_by, root.strip("`")))
    return found


@pytest.mark.parametrize(
    ("name", "key", "uses", "issued_by", "root"),
    expected_roots(),
    ids=[f"{name}-{key}" for name, key, *_ in expected_roots()],
)
def test_every_expected_root_is_found(name: str, key: str, uses: int, issued_by: str, root: str) -> None:
    [answer] = investigation(name).who_did(key).answers
    duplicates = 1 if name == "sans504" and key.startswith("ASIA") else 0
    assert answer.credential.uses == uses - duplicates
    assert answer.grade == "proof"
    if root.startswith("`") or root.startswith("arn:"):
        arn = re.findall(r"arn:aws:iam::\d+:user/[\w-]+", root)[0]
        maker = [context.by_arn for context in answer.context if context.relation == "created"]
        assert arn in ([answer.origin.arn] if "created it" not in root else maker)
    else:
        service = re.findall(r"[\w-]+\.amazonaws\.com", root)[0]
        assert answer.hops[-1].caller.type == "AWSService"
        assert answer.hops[-1].caller.invoked_by == service
    used_key = re.findall(r"with (AKIA[A-Z0-9]{16})", issued_by)
    if used_key and answer.hops:
        assert answer.hops[-1].caller.access_key_id == used_key[0]


def temporary_keys(asked: Investigation) -> set[str]:
    uses = asked._store.records("facts/all_uses")
    return {use["access_key_id"] for use in uses if (use["access_key_id"] or "").startswith("ASIA")}


@pytest.mark.parametrize(
    ("name", "others"),
    [("invictus", 122), ("sans504", 29)],
)
def test_every_other_temporary_key_is_the_principal_in_its_record(name: str, others: int) -> None:
    listed = {key for set_name, key, *_ in expected_roots() if set_name == name}
    asked = investigation(name)
    keys = temporary_keys(asked) - listed
    assert len(keys) == others
    for key in keys:
        for answer in asked.who_did(key).answers:
            assert answer.origin.kind in ("iam_user", "root")
            assert answer.origin.arn == answer.credential.arn
            assert answer.grade == "strong"


def test_the_three_orphans_of_stratus_have_no_issuance() -> None:
    asked = investigation("stratus")
    open_ends: dict[str, Answer] = {}
    for key in temporary_keys(asked):
        for answer in asked.who_did(key).answers:
            if answer.origin.kind == "unknown":
                open_ends[key] = answer
    assert len(open_ends) == 3
    for answer in open_ends.values():
        assert answer.stop == "no_issuance"
        assert answer.grade == "none"
        assert answer.missing


@pytest.mark.parametrize("name", ["invictus", "stratus", "flaws2"])
def test_only_missing_issuances_stay_open(name: str) -> None:
    asked = investigation(name)
    for key in temporary_keys(asked):
        for answer in asked.who_did(key).answers:
            assert answer.origin.kind != "unknown" or answer.stop == "no_issuance"


@pytest.mark.parametrize("row", table(LEDGER, "## Ledger"), ids=lambda row: row[0].strip("`"))
def test_no_record_of_any_set_is_lost(row: list[str]) -> None:
    name, *figures = [cell.strip("`") for cell in row]
    files, read, kept, duplicate, rejected, not_events = (int(cell.replace(",", "")) for cell in figures)
    summary = investigation(name).summary
    assert summary is not None
    assert summary.files == files
    assert summary.read == read == kept + duplicate + rejected + not_events
    assert (summary.kept, summary.duplicate) == (kept, duplicate)
    assert sum(summary.rejected.values()) == rejected
    assert summary.not_events == not_events


def test_every_set_is_in_the_ledger() -> None:
    sets = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert {row[0].strip("`") for row in table(LEDGER, "## Ledger")} == sets


@pytest.mark.parametrize("export_format", ["ndjson", "parquet", "ocsf"])
def test_every_record_that_was_kept_is_exported(export_format: str, tmp_path: Path) -> None:
    for name in sorted({row[0].strip("`") for row in table(LEDGER, "## Ledger")}):
        asked = investigation(name)
        assert asked.summary is not None
        summary = asked.export(tmp_path / name, export_format)
        assert summary.events == asked.summary.kept
        if export_format == "ocsf":
            for line in (tmp_path / name).read_text().splitlines()[::25]:
                VALIDATOR.validate(json.loads(line))
        else:
            with trailtrace.from_logs([str(tmp_path / name)]) as again:
                assert again.summary is not None
                assert again.summary.kept == again.summary.read == summary.events, name


@pytest.mark.parametrize(
    ("name", "key", "issuing_key"),
    [
        (name, key, issuing_key)
        for name, key, _, issued_by, _ in expected_roots()
        for issuing_key in re.findall(r"with (AKIA[A-Z0-9]{16})", issued_by)
        if key.startswith("ASIA")
    ],
)
def test_what_came_out_of_a_key_is_found_from_it(name: str, key: str, issuing_key: str) -> None:
    scope = investigation(name).what_did(issuing_key)
    [session] = [session for session in scope.sessions if key in session.access_key_ids]
    assert (session.hop, session.grade) == (1, "proof")
    assert session.calls == investigation(name).who_did(key).answers[0].credential.uses


@pytest.mark.parametrize("name", [row[0].strip("`") for row in table(LEDGER, "## Ledger")])
def test_every_key_of_every_set_is_answered_forwards(name: str) -> None:
    asked = investigation(name)
    uses = asked._store.records("facts/all_uses")
    keys = {use["access_key_id"] for use in uses if use["join_key"] and use["authenticated"]}
    for key in sorted(keys)[:20]:
        scope = asked.what_did(key)
        assert scope.sessions or scope.possibly
        assert all(session.grade not in ("weak", "none") for session in scope.sessions)


def noise(name: str) -> dict[str, int]:
    """The findings of one set by detection, as the page states them."""
    head, *rows = re.findall(r"^\| (.*) \|$", NOISE.read_text(encoding="utf-8"), re.MULTILINE)
    column = head.split(" | ").index(name)
    cells = [row.split(" | ") for row in rows]
    return {re.findall(r"`(.+?)`", row[0])[0]: int(row[column]) for row in cells}


@pytest.mark.parametrize("name", sorted(row[0].strip("`") for row in table(LEDGER, "## Ledger")))
def test_the_noise_of_every_finding_is_stated(name: str) -> None:
    found = Counter(finding.name for finding in investigation(name).findings())
    assert noise(name) == {each: found[each] for each in detection_names()}
