"""The prompt of `trailtrace sql`: history, completion, timing. Runs each statement on its own.

The store is opened for each statement and closed after it, so that a prompt left open keeps no
ingest waiting and always sees what was loaded last.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from trailtrace.cli.output import complain, show_rich, table_width
from trailtrace.cli.rows import RowFormat, write_rows
from trailtrace.errors import TrailtraceError
from trailtrace.render.table import rows_table

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from trailtrace.investigation import Investigation

HELP = r"""End a statement with ; and Enter. Ctrl-C stops it, Ctrl-D leaves.
\d          tables and views
\d NAME     columns of one
\q          leave"""

KEYWORDS = [
    "select", "from", "where", "group by", "order by", "having", "limit", "join", "left join", "using", "and",
    "or", "not", "in", "is null", "like", "ilike", "between", "case", "when", "then", "else", "end", "as",
    "distinct", "with", "recursive", "union all", "count", "sum", "min", "max", "describe", "summarize",
    "explain",
]  # fmt: skip


def prompt(
    opened: Callable[[], AbstractContextManager[Investigation]],
    format: RowFormat,
    rows: int,
    timeout: float,
    terminal: tuple[Input, Output] | None = None,
) -> None:
    """Reads statements until the end of input. `terminal` stands in for the real one."""
    with opened() as investigation:
        columns = investigation.columns()
    session: PromptSession[str] = PromptSession(
        "trailtrace> ",
        multiline=True,
        prompt_continuation=lambda width, *_: "." * (width - 1) + " ",
        history=_history(),
        completer=NameCompleter(columns),
        complete_while_typing=False,
        key_bindings=_keys(),
        input=terminal[0] if terminal else None,
        output=terminal[1] if terminal else None,
    )
    complain(r"\? for help, Ctrl-D to leave")
    while True:
        try:
            text = session.prompt().strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text in ("\\q", "exit", "quit", "exit;", "quit;"):
            return
        try:
            if text.startswith("\\"):
                _command(text, columns)
            elif text:
                _run(opened, text, format, rows, timeout)
        except TrailtraceError as error:
            complain(f"error: {error}")
        except KeyboardInterrupt:
            complain("stopped")


def _run(
    opened: Callable[[], AbstractContextManager[Investigation]],
    text: str,
    format: RowFormat,
    rows: int,
    timeout: float,
) -> None:
    begun = time.monotonic()
    with opened() as investigation, investigation.sql_results(text, timeout) as results:
        count = write_rows(results, format, None, rows)
    complain(f"{count:,} rows in {time.monotonic() - begun:.3f} s")


def _command(text: str, columns: dict[str, list[tuple[str, str, str | None]]]) -> None:
    name, _, argument = text.rstrip("; ").partition(" ")
    if name == "\\d" and not argument:
        show_rich(rows_table(["name", "columns"], [(n, len(c)) for n, c in columns.items()], table_width()))
    elif name == "\\d" and argument in columns:
        show_rich(rows_table(["column", "type", "meaning"], columns[argument], table_width()))
    elif name == "\\d":
        complain(f"error: {argument}: no such table or view: \\d lists them")
    else:
        complain(HELP)


def _history() -> History:
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "trailtrace"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "sql_history"
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    from prompt_toolkit.application import get_app

    keys = KeyBindings()

    @Condition
    def complete() -> bool:
        text = get_app().current_buffer.text.strip()
        return not text or text.endswith(";") or text.startswith("\\") or text in ("exit", "quit")

    @keys.add("enter", filter=complete)
    def accept(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys


class NameCompleter(Completer):
    """Completes keywords, and the names of tables, views and columns."""

    def __init__(self, columns: dict[str, list[tuple[str, str, str | None]]]) -> None:
        self._columns = columns

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        table, word = self._place(document)
        seen = set()
        for name, meaning in self._names(document.text, table):
            if name.startswith(word.lower()) and name not in seen:
                seen.add(name)
                yield Completion(name, -len(word), display_meta=meaning)

    def _place(self, document: Document) -> tuple[str | None, str]:
        word = document.get_word_before_cursor(WORD=True).split("(")[-1].split(",")[-1]
        table, dot, column = word.rpartition(".")
        return (table.lower(), column) if dot else (None, word)

    def _names(self, text: str, table: str | None) -> Iterable[tuple[str, str]]:
        lowered = text.lower()
        mentioned = [name for name in self._columns if name in lowered]
        if table is None:
            yield from ((name, f"{len(columns)} columns") for name, columns in self._columns.items())
            yield from ((word, "") for word in KEYWORDS)
        tables = [table] if table in self._columns else mentioned or list(self._columns)
        for name in tables:
            yield from ((column, f"{name} {kind}") for column, kind, _ in self._columns[name])
