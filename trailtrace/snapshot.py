"""What the next report must know of this one: bounded, and part of its JSON.

`trailtrace report --previous FILE` reads it back. Other readers have no use for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trailtrace.errors import UsageError
from trailtrace.model import Grade, Origin

FORMAT = 1

KEYS = 20_000
"""Most origins, ways into roles, account edges and findings that are kept; of more, none is."""

ANSWERS = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a report said that a credential belongs to."""

    use_id: str
    origin: Origin
    grade: Grade


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one report knew. None in place of keys: there were too many."""

    generated_at: datetime
    until: datetime | None
    """End of the time that it looked at; None in a report that did not tell it yet."""
    origins: tuple[str, ...] | None
    pairs: tuple[str, ...] | None
    edges: tuple[str, ...] | None
    findings: tuple[str, ...] | None
    answers: tuple[Told, ...]


def snapshot_value(snapshot: Snapshot) -> dict[str, Any]:
    """As JSON holds it: keys side by side in one text, each origin once."""
    origins = list(dict.fromkeys(told.origin for told in snapshot.answers))
    numbers = {origin: number for number, origin in enumerate(origins)}
    return {
        "format": FORMAT,
        "generated_at": snapshot.generated_at.isoformat(),
        "until": None if snapshot.until is None else snapshot.until.isoformat(),
        "origins": _joined(snapshot.origins),
        "pairs": _joined(snapshot.pairs),
        "edges": _joined(snapshot.edges),
        "findings": _joined(snapshot.findings),
        "named": [[origin.kind, origin.id, origin.arn, origin.account_id, origin.name] for origin in origins],
        "answers": _joined(
            tuple(f"{told.use_id}:{numbers[told.origin]}:{told.grade}" for told in snapshot.answers)
        ),
    }


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the JSON of a report. Raises UsageError where there is none."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"--previous {path}: {error.strerror or error}") from None
    except ValueError:
        value = None
    advice = "give what `trailtrace report --format json` wrote"
    if not isinstance(value, dict) or "snapshot" not in value:
        raise UsageError(f"--previous {path}: not the JSON of a report: {advice}")
    if value["snapshot"] is None:
        raise UsageError(f"--previous {path}: a redacted report does not tell what it knew: {advice}")
    try:
        return _snapshot(value["snapshot"])
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        raise UsageError(
            f"--previous {path}: damaged, or made by another version of trailtrace: {advice}"
        ) from None


def _snapshot(value: dict[str, Any]) -> Snapshot:
    if value["format"] != FORMAT:
        raise ValueError
    named = [Origin(*origin) for origin in value["named"] if _texts(origin)]
    answers = []
    for text in value["answers"].split():
        use_id, number, grade = text.split(":")
        answers.append(Told(use_id, named[int(number)], Grade(grade)))
    return Snapshot(
        generated_at=datetime.fromisoformat(value["generated_at"]),
        until=None if value.get("until") is None else datetime.fromisoformat(value["until"]),
        origins=_parted(value["origins"]),
        pairs=_parted(value["pairs"]),
        edges=_parted(value["edges"]),
        findings=_parted(value["findings"]),
        answers=tuple(answers),
    )


def _texts(values: list[Any]) -> bool:
    if not all(value is None or isinstance(value, str) for value in values):
        raise ValueError
    return True


def _joined(texts: tuple[str, ...] | None) -> str | None:
    return None if texts is None else " ".join(texts)


def _parted(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(text.split())
