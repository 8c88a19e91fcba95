"""Rows for people: a table that fits the width, or a block for each row where none would."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trailtrace.names import NO_NAMES, Names
from trailtrace.render.names import account_text
from trailtrace.render.rows import Row, cell
from trailtrace.render.visible import visible

LEAST_WIDTH = 14
"""A column is not folded narrower than this."""

GAP = 2

_NUMBERS = (int, float)
_ACCOUNTS = re.compile(r"(?:\w+_)?account_id")


def rows_table(
    names: Sequence[str], rows: Sequence[Row], width: int, known: Names = NO_NAMES
) -> RenderableType:
    """The rows in at most `width` columns of the terminal; log text is made visible.

    In columns named `account_id` or `…_account_id`, accounts stand with the names that are `known`.
    """
    of_accounts = [bool(known.accounts) and _ACCOUNTS.fullmatch(name) is not None for name in names]
    shown = [
        [
            account_text(value, known) if of_account and isinstance(value, str) else _shown(value)
            for value, of_account in zip(row, of_accounts, strict=True)
        ]
        for row in rows
    ]
    heads = [visible(name) for name in names]
    widest = [
        max(len(head), *(len(row[number]) for row in shown), 1) if shown else len(head)
        for number, head in enumerate(heads)
    ]
    if sum(min(columns, LEAST_WIDTH) + GAP for columns in widest) - GAP > width:
        return _blocks(heads, shown)
    return _table(heads, shown, [_numeric(rows, number) for number in range(len(heads))])


def _table(heads: list[str], shown: list[list[str]], numeric: list[bool]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for head, number in zip(heads, numeric, strict=True):
        table.add_column(Text(head), overflow="fold", justify="right" if number else "left")
    for row in shown:
        table.add_row(*map(Text, row))
    return table


def _blocks(heads: list[str], shown: list[list[str]]) -> RenderableType:
    parts: list[RenderableType] = []
    for number, row in enumerate(shown, 1):
        parts.append(Text(f"row {number}", "bold"))
        grid = Table.grid(padding=(0, GAP, 0, 0))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for head, text in zip(heads, row, strict=True):
            grid.add_row(Text(head), Text(text))
        parts.append(grid)
    return Group(*parts)


def _numeric(rows: Sequence[Row], number: int) -> bool:
    values = [row[number] for row in rows if row[number] is not None]
    return bool(values) and all(
        isinstance(value, _NUMBERS) and not isinstance(value, bool) for value in values
    )


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(' ')}Z"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(visible(item) for item in value) or "-"
    return visible(cell(value))


def plan_text(plans: Sequence[object]) -> str:
    """DuckDB's drawing of a plan, line by line."""
    return "".join(visible(line, 1000) + "\n" for plan in plans for line in str(plan).splitlines())
