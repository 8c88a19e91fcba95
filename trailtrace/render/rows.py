"""Rows as CSV, JSON, NDJSON and Markdown: batches in, pieces of text out, without holding them all."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from trailtrace.errors import UsageError
from trailtrace.render.visible import visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


Batches = Iterable[Any]
"""Arrow record batches; what is read here are their columns."""

Row = tuple[Any, ...]


def rows_of(batches: Batches) -> Iterator[Row]:
    """Every row as Python values; columns may share a name."""
    for batch in batches:
        try:
            columns = [column.to_pylist() for column in batch.columns]
        except (OverflowError, ValueError) as error:
            raise UsageError(f"sql: a value cannot be shown ({error}): cast it to varchar") from error
        yield from zip(*columns, strict=True)


def plain(value: Any) -> Any:
    """A value as JSON has it: text, number, boolean, null, list or object; times in UTC with a Z."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.replace(tzinfo=None).isoformat() + "Z"
        case bytes():
            return value.hex()
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case tuple() if hasattr(value, "nanoseconds"):
            months, days, nanoseconds = value
            return f"{months} months {days} days {nanoseconds / 1e9:g} seconds"
        case tuple():
            return [plain(item) for item in value]
        case _:
            return str(value)


def cell(value: Any) -> str | None:
    """A value as one text; None if there is none."""
    shown = plain(value)
    if shown is None or isinstance(shown, str):
        return shown
    if isinstance(shown, bool | list | dict):
        return json.dumps(shown, ensure_ascii=False)
    return str(shown)


def csv_text(names: Sequence[str], batches: Batches, escape: bool) -> Iterator[str]:
    """CSV, a header first. With `escape`, fit for a terminal.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    return csv_rows(names, rows_of(batches), escape)


def csv_rows(names: Sequence[str], rows: Iterable[Row], escape: bool) -> Iterator[str]:
    """As `csv_text`, of rows of Python values."""
    show: Callable[[str], str] = _shown if escape else _same
    yield _csv_line([show(_guarded(name)) for name in names])
    for row in rows:
        yield _csv_line(
            [
                show(_guarded(text) if isinstance(value, str | list | dict) else text)
                for value, text in ((value, cell(value) or "") for value in row)
            ]
        )


def _same(text: str) -> str:
    return text


def _shown(text: str) -> str:
    return visible(text, len(text))


def _guarded(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _csv_line(cells: list[str]) -> str:
    # Python's csv module leaves a carriage return unquoted, and a spreadsheet begins a row there.
    return ",".join(map(_quoted, cells)) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text


def ndjson_text(names: Sequence[str], batches: Batches) -> Iterator[str]:
    """One JSON object a line, ASCII only."""
    keys = distinct(names)
    for row in rows_of(batches):
        yield json.dumps(dict(zip(keys, map(plain, row), strict=True))) + "\n"


def json_text(names: Sequence[str], batches: Batches) -> Iterator[str]:
    """One JSON array of objects, ASCII only."""
    yield "["
    separator = "\n"
    for line in ndjson_text(names, batches):
        yield separator + line.rstrip("\n")
        separator = ",\n"
    yield "\n]\n"


def markdown_text(names: Sequence[str], batches: Batches) -> Iterator[str]:
    """A Markdown table; what Markdown or HTML would read as its own is escaped."""
    yield _markdown_line(names)
    yield "|" + "---|" * len(names) + "\n"
    for row in rows_of(batches):
        yield _markdown_line(cell(value) for value in row)


def _markdown_line(cells: Iterable[str | None]) -> str:
    return "".join(chain("|", (f" {_markdown(text)} |" for text in cells), "\n"))


_MARKDOWN = str.maketrans(
    {character: f"\\{character}" for character in "\\`*[]|!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def _markdown(text: str | None) -> str:
    return "" if text is None else visible(text, len(text)).translate(_MARKDOWN)


def distinct(names: Sequence[str]) -> list[str]:
    """The names, the later of two equal ones with a number: `n`, `n_2`."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
