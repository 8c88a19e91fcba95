"""Reads the headers of `queries/findings/`: what is looked for, and what a reader must know of it."""

import re
from dataclasses import dataclass
from functools import cache

from trailtrace.errors import TrailtraceError
from trailtrace.finding import Confidence, Severity
from trailtrace.library import Query, queries_folder, read_header, statement

FOLDER = "findings"

COLUMNS = (
    ("key", "varchar[]"),
    ("summary", "varchar"),
    ("account_id", "varchar"),
    ("use_id", "varchar"),
    ("first_seen", "timestamp"),
    ("last_seen", "timestamp"),
    ("event_count", "bigint"),
    ("event_ids", "varchar[]"),
)
"""What every detection returns first; `key` tells the finding from others of the same detection."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One file of `queries/findings/`."""

    query: Query
    severity: Severity
    confidence: Confidence
    cannot_see: tuple[str, ...]
    false_positives: tuple[str, ...]
    what_to_do: tuple[str, ...]
    sequence: str | None
    """Name of the function of `audit/sequences.py` that makes findings of the rows; None: they are."""

    needs: str | None
    """What a store need not hold, and without which nothing can be asked: `places` of addresses."""

    @property
    def name(self) -> str:
        return self.query.name


@cache
def detection_names() -> tuple[str, ...]:
    """The names of all detections, in order."""
    return tuple(sorted(path.stem for path in (queries_folder() / FOLDER).glob("*.sql")))


@cache
def said_words() -> frozenset[str]:
    """The words that detections themselves may put into the summary of a finding."""
    texts = [statement("audit/macros"), *(detection(name).query.sql for name in detection_names())]
    literals = (literal for text in texts for literal in _LITERAL.findall(text))
    return frozenset(word for literal in literals for word in _WORD.findall(literal))


_LITERAL = re.compile(r"'([^']*)'")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")


@cache
def detection(name: str) -> Detection:
    """The detection of that name. Raises TrailtraceError where its header is not complete."""
    return read_detection(name, statement(f"{FOLDER}/{name}"))


def read_detection(name: str, sql: str) -> Detection:
    """Reads the header of a detection. Raises TrailtraceError where it is not one."""
    query, more = read_header(name, sql, more=_MORE)
    for key in _MORE - {"needs", "sequence"}:
        if not more.get(key):
            raise TrailtraceError(f"finding {name}: its header has no `-- {key}:`")
    try:
        severity, confidence = Severity(*more["severity"]), Confidence(*more["confidence"])
    except (ValueError, TypeError):
        raise TrailtraceError(f"finding {name}: its severity or confidence is none") from None
    return Detection(
        query,
        severity,
        confidence,
        cannot_see=tuple(more["cannot see"]),
        false_positives=tuple(more["false positives"]),
        what_to_do=tuple(more["what to do"]),
        sequence=next(iter(more.get("sequence", [])), None),
        needs=next(iter(more.get("needs", [])), None),
    )


_MORE = frozenset(
    {"severity", "confidence", "cannot see", "false positives", "what to do", "sequence", "needs"}
)
