"""What a verification found, as text, JSON and rows."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trailtrace.render.json import time_value
from trailtrace.render.layout import WHY_CHARACTERS, labelled
from trailtrace.render.places import time_text
from trailtrace.render.rows import Row
from trailtrace.render.visible import visible
from trailtrace.verification import Chain, Checked, Integrity, Kind, Marked, SpanState, Verification

MOST_LISTED = 50
"""Files that text lists of each kind of trouble; CSV and JSON have all."""

FILE_COLUMNS = (
    "kind",
    "integrity",
    "reason",
    "detail",
    "source",
    "sha256",
    "s3_object",
    "account_id",
    "region",
    "trail",
)

_STYLE = {Integrity.FAILED: "bold red", Integrity.UNVERIFIED: "yellow"}
_SPAN = {
    SpanState.VERIFIED: "verified",
    SpanState.UNVERIFIED: "not verified",
    SpanState.FAILED: "failed",
    SpanState.MISSING: "digests missing",
    SpanState.NOT_LOGGING: "no digests: logging or validation was off, or the last ones were removed",
}


def file_rows(found: Verification) -> list[Row]:
    """A row a file, for `FILE_COLUMNS`."""
    return [tuple(getattr(each, name) for name in FILE_COLUMNS) for each in found.files]


def verification_json(found: Verification) -> str:
    """One JSON object, ASCII; times `2026-05-01T09:00:00Z`; what is absent is null."""
    value = {
        "logs": found.counts(Kind.LOG),
        "digests": found.counts(Kind.DIGEST),
        "chains": [_chain(chain) for chain in found.chains],
        "files": [_file(each) for each in found.files],
    }
    return json.dumps(value, indent=2, ensure_ascii=True)


def _file(checked: Checked) -> dict[str, Any]:
    return {name: value for name, value in asdict(checked).items() if name != "members"}


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "account_id": chain.account_id,
        "region": chain.region,
        "trail": chain.trail,
        "home_region": chain.home_region,
        "backfill": chain.backfill,
        "place": chain.place,
        "digests": chain.digests,
        "begins": chain.begins,
        "spans": [
            {"from": time_value(span.start), "to": time_value(span.end), "state": span.state}
            for span in chain.spans
        ],
    }


def verification_text(found: Verification) -> RenderableType:
    """Counts first, then what each chain covers, then every file with which something is wrong."""
    parts: list[RenderableType] = [
        labelled([("log files", _counts(found, Kind.LOG)), ("digests", _counts(found, Kind.DIGEST))])
    ]
    alike = Counter(map(_name, found.chains))
    for chain in found.chains:
        parts += _chain_text(chain, alike[_name(chain)] > 1)
    for title, integrity in (("Failed", Integrity.FAILED), ("Not verified", Integrity.UNVERIFIED)):
        listed = [each for each in found.files if each.integrity is integrity]
        parts += _listed(title, _STYLE[integrity], listed)
    renamed = [each for each in found.files if each.integrity is Integrity.VERIFIED and each.reason]
    return Group(*parts, *_listed("Verified under another name", "bold", renamed))


def _counts(found: Verification, kind: Kind) -> str:
    return ", ".join(f"{count:,} {integrity}" for integrity, count in found.counts(kind).items())


def _name(chain: Chain) -> tuple[object, ...]:
    return chain.account_id, chain.region, chain.trail, chain.home_region, chain.backfill


def _chain_text(chain: Chain, with_place: bool) -> list[RenderableType]:
    head = Text()
    head.append(f"{visible(chain.account_id)} {visible(chain.region)} {visible(chain.trail)}", "bold")
    head.append(f" of {visible(chain.home_region)}" if chain.home_region != chain.region else "")
    head.append(f" in {visible(chain.place)}" if with_place else "")
    head.append(", backfill" if chain.backfill else "")
    head.append(": 1 digest" if chain.digests == 1 else f": {chain.digests:,} digests")
    head.append("" if chain.begins else ", earlier ones are not here")
    rows = [
        (f"{time_text(span.start)} to {time_text(span.end)}", _SPAN[span.state])
        for span in chain.spans[:MOST_LISTED]
    ]
    more = len(chain.spans) - len(rows)
    if more:
        rows.append(("", f"and {more:,} more: --format json has all"))
    return [head, Padding(labelled(rows), (0, 0, 0, 2))]


def _listed(title: str, style: str, files: list[Checked]) -> list[RenderableType]:
    if not files:
        return []
    parts: list[RenderableType] = [Text(f"{title}: {len(files):,}", style)]
    for each in files[:MOST_LISTED]:
        parts.append(Padding(Text(visible(each.source or each.s3_object, WHY_CHARACTERS)), (0, 0, 0, 2)))
        parts.append(Padding(Text(f"{each.reason}: {visible(each.detail, WHY_CHARACTERS)}"), (0, 0, 0, 4)))
    if len(files) > MOST_LISTED:
        parts.append(Text(f"  and {len(files) - MOST_LISTED:,} more: --format csv lists all"))
    return parts


def marked_text(store: Path, marked: Marked) -> str:
    """What was noted in a store, as a sentence."""
    text = f"{store}: {marked.files:,} files checked, {marked.changed:,} newly marked"
    return f"{text}; {marked.unseen:,} others were not in this input" if marked.unseen else text
