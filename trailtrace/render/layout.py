"""Parts that every answer for people is laid out from: labelled rows, warnings, logs that are needed."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trailtrace.model import Missing, Warn
from trailtrace.names import NO_NAMES, Names
from trailtrace.render.names import account_text
from trailtrace.render.places import time_text
from trailtrace.render.visible import visible

WHY_CHARACTERS = 600
"""Our own sentences, with log text in them."""


def hanging(label: str, style: str, text: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"{label}:", style), Text(text))
    return grid


def labelled(rows: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(Text(label), Text(text))
    return grid


def warning_line(warn: Warn) -> RenderableType:
    return hanging("Warning", "yellow", f"{visible(warn.text, WHY_CHARACTERS)} [{warn.code}]")


def missing_line(missing: Missing, names: Names = NO_NAMES) -> RenderableType:
    where = (
        f"account {account_text(missing.account_id, names)}" if missing.account_id else "account not known"
    )
    region = f", {visible(missing.region)}" if missing.region else ", all Regions"
    span = f", {time_text(missing.start)} to {time_text(missing.end)}" if missing.start else ""
    text = f"{where}{region}{span}: {visible(missing.why, WHY_CHARACTERS)} [{missing.reason}]"
    return hanging("Logs needed", "cyan", text)
