"""Findings that somebody accepted: which, why, until when, and what they were then."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from trailtrace.errors import UsageError
from trailtrace.finding import Finding

ID = re.compile(r"[0-9a-f]{16}")


class Standing(StrEnum):
    """Why an acceptance does not hide a finding."""

    EXPIRED = "expired"
    CHANGED = "changed"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One finding that need not be shown for a time."""

    id: str
    reason: str
    until: date
    """The last day."""
    origin: str | None = None
    """Kind and id of the origin behind it when it was accepted; None: whoever it is."""
    grade: str | None = None
    """Of the chain then; None: whatever it is."""
    last_seen: datetime | None = None
    """Last event that was accepted, UTC without offset; None: later ones are accepted too."""
    events: int | None = None
    """How many were; None: however many."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file of acceptances; of several for one finding the last one counts."""

    path: str
    acceptances: Mapping[str, Acceptance]

    def standing(self, finding: Finding, today: date) -> Standing | None:
        """Why an accepted finding is shown all the same; None: it is hidden. Raises KeyError."""
        accepted = self.acceptances[finding.id]
        if today > accepted.until:
            return Standing.EXPIRED
        origin, grade = origin_and_grade(finding)
        if accepted.origin not in (None, origin) or accepted.grade not in (None, grade):
            return Standing.CHANGED
        later = accepted.last_seen is not None and finding.last_seen > accepted.last_seen
        more = accepted.events is not None and finding.event_count > accepted.events
        return Standing.AGAIN if later or more else None


def origin_and_grade(finding: Finding) -> tuple[str, str]:
    """What a finding's acceptance is tied to."""
    if finding.subject is None:
        return "none", "none"
    subject = finding.subject
    # Two that nobody knows may be two people: only the same credential is accepted.
    who = subject.use_id if subject.origin.kind == "unknown" else subject.origin.id
    return " ".join(filter(None, (subject.origin.kind, who))), str(subject.grade)


def read_baseline(path: Path) -> Baseline:
    """Reads a file of acceptances. Raises UsageError where it is none, with the entry at fault."""
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--baseline {path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--baseline {path}: not TOML: {error}") from None
    for key in value:
        if key != "accepted":
            raise UsageError(f"--baseline {path}: unknown key {key}: it holds [[accepted]] alone")
    entries = value.get("accepted", [])
    if not isinstance(entries, list):
        raise UsageError(f"--baseline {path}: accepted is written as [[accepted]]")
    read = [_acceptance(path, number, entry) for number, entry in enumerate(entries, 1)]
    return Baseline(str(path), {each.id: each for each in read})


def _acceptance(path: Path, number: int, entry: dict[str, Any]) -> Acceptance:
    where = f"--baseline {path}: [[accepted]] number {number}"
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: not a table")
    for key in entry:
        if key not in _KEYS:
            [nearest] = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.0)
            raise UsageError(f"{where}: unknown key {key}: did you mean {nearest}?")
    for key, kind in _KEYS.items():
        if key in entry and type(entry[key]) is not kind:
            raise UsageError(f"{where}: {key} is not {_FORMS[kind]}")
    for key in ("id", "reason", "until"):
        if not entry.get(key):
            raise UsageError(f"{where}: {key} is missing")
    if not ID.fullmatch(entry["id"]):
        raise UsageError(f"{where}: id {entry['id']} is not one of a finding: 16 of 0-9 and a-f")
    last_seen = entry.get("last_seen")
    if last_seen is not None and last_seen.tzinfo is not None:
        last_seen = last_seen.astimezone(UTC).replace(tzinfo=None)
    return Acceptance(**(entry | {"last_seen": last_seen}))


_KEYS: dict[str, type] = {
    "id": str,
    "reason": str,
    "until": date,
    "origin": str,
    "grade": str,
    "last_seen": datetime,
    "events": int,
}
_FORMS = {
    str: "text in quotes",
    date: "a day: until = 2027-01-31",
    datetime: "a time: last_seen = 2026-12-31T09:00:00Z",
    int: "a whole number",
}


def acceptance_text(
    findings: Iterable[tuple[Finding, str]], reason: str, until: date, *, repeats: bool = False
) -> str:
    """Entries for a file of acceptances; each finding comes with a line that tells what it is.

    With `repeats`, later events of the same finding are accepted too.
    """
    parts = []
    for finding, told in findings:
        origin, grade = origin_and_grade(finding)
        parts.append(
            f"\n# {told}\n[[accepted]]\nid = {_quoted(finding.id)}\nreason = {_quoted(reason)}\n"
            f"until = {until.isoformat()}\norigin = {_quoted(origin)}\ngrade = {_quoted(grade)}\n"
        )
        if not repeats:
            parts.append(f"last_seen = {finding.last_seen.isoformat()}Z\nevents = {finding.event_count}\n")
    return "".join(parts)


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, but TOML wants DEL escaped too and knows no half pairs."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
