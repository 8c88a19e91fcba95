"""What was done to a store, as text and JSON."""

import json
from dataclasses import asdict

from rich.table import Table

from trailtrace.model import LakeBuilt, LakeCopied, Pruned, Rebuilt
from trailtrace.render.json import time_value
from trailtrace.render.layout import labelled
from trailtrace.render.places import time_text
from trailtrace.render.rows import Row
from trailtrace.render.status_text import bytes_text
from trailtrace.render.visible import visible


def rebuilt_json(rebuilt: Rebuilt) -> str:
    """One JSON object with the fields of `Rebuilt`."""
    return json.dumps({**asdict(rebuilt), "differing": rebuilt.differing}, indent=2)


REBUILT_COLUMNS = ("table", "rows", "lacking", "surplus")


def rebuilt_rows(rebuilt: Rebuilt) -> list[Row]:
    """A row a table, for `REBUILT_COLUMNS`."""
    return [(table.name, table.rows, table.lacking, table.surplus) for table in rebuilt.tables]


def pruned_json(pruned: Pruned) -> str:
    """One JSON object with the fields of `Pruned`."""
    return json.dumps({**asdict(pruned), "before": time_value(pruned.before)}, indent=2)


def pruned_text(pruned: Pruned) -> Table:
    """What left, what stayed, and the size of the store."""
    why = "every credential ever seen is kept" if pruned.all_facts else "later chains need them"
    return labelled(
        [
            ("removed", f"{pruned.records:,} records of {pruned.files:,} files"),
            ("before", time_text(pruned.before)),
            ("left", f"{pruned.left:,} records from before then: {why}"),
            ("store", f"{bytes_text(pruned.bytes_before)} → {bytes_text(pruned.bytes_after)}"),
        ]
    )


def lake_built_json(built: LakeBuilt) -> str:
    """One JSON object with the fields of `LakeBuilt`."""
    return json.dumps(asdict(built), indent=2)


def lake_built_text(built: LakeBuilt) -> Table:
    """What was read, what became of it, and what the lake holds now."""
    days = f"{built.days[0]} to {built.days[-1]}" if built.days else "none"
    rejected = ", ".join(f"{count:,} {reason}" for reason, count in built.rejected.items())
    return labelled(
        [
            ("files", f"{built.files:,} ({built.known_sources:,} sources were there already)"),
            ("records", f"{built.read:,}"),
            ("kept", f"{built.kept:,}"),
            ("duplicate", f"{built.duplicate:,}"),
            ("not events", f"{built.not_events:,}"),
            ("rejected", rejected or "0"),
            ("days built", f"{len(built.days):,}: {days}"),
            (
                "the lake",
                f"{built.uses:,} uses, {built.issuances:,} issuances, {built.conflicts:,} conflicts",
            ),
        ]
    )


def lake_copied_json(copied: LakeCopied) -> str:
    """One JSON object with the fields of `LakeCopied`."""
    return json.dumps(asdict(copied), indent=2)


def lake_copied_text(copied: LakeCopied) -> Table:
    """What was sent, and what left."""
    return labelled(
        [
            ("copied", f"{copied.files:,} files, {bytes_text(copied.bytes)}, to {visible(copied.to)}"),
            ("there already", f"{copied.known_files:,} files"),
            ("removed", f"{copied.removed:,} files of earlier builds"),
        ]
    )
