"""All that is printed: data to stdout, talk to stderr."""

import io
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from trailtrace.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType

    from trailtrace.ingest import Progress
    from trailtrace.lookups import LookupProgress
    from trailtrace.model import IngestSummary

PIPE_WIDTH = 120
"""Columns when stdout is no terminal, so that output does not depend on who reads it."""


def show(text: str) -> None:
    """Data, as it is."""
    sys.stdout.write(text + "\n")


def show_pieces(pieces: "Iterable[str]") -> None:
    """Data in pieces, as it is."""
    with reader_may_leave():
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Ends the program well if the reader of stdout goes away (`| head`)."""
    try:
        yield
    except BrokenPipeError:
        # What is still buffered has nowhere to go; without this, Python complains about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def show_rich(renderable: "RenderableType") -> None:
    """Data laid out for the terminal: its width, and colour only there."""
    sys.stdout.write(rich_text(renderable, table_width()))


def table_width(*, terminal: bool = True) -> int:
    """Columns to lay data out in."""
    width = shutil.get_terminal_size().columns if terminal and sys.stdout.isatty() else PIPE_WIDTH
    if "COLUMNS" in os.environ and os.environ["COLUMNS"].isdigit():
        width = int(os.environ["COLUMNS"])
    return max(width, 40)


def rich_text(renderable: "RenderableType", width: int, *, terminal: bool = True) -> str:
    """The text of something laid out; coloured only for a terminal."""
    from rich.console import Console

    console = Console(
        file=sys.stdout if terminal else io.StringIO(),
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    with console.capture() as capture:
        console.print(renderable)
    # Rich pads lines to the width; what is piped should not end in spaces.
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())


def complain(text: str) -> None:
    """Talk: one line to stderr; log text in it is made visible."""
    sys.stderr.write(f"trailtrace: {visible(text, 2000)}\n")


@contextmanager
def progress_bar() -> "Iterator[Callable[[Progress], None]]":
    """A progress bar on a terminal's stderr; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        DownloadColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        files = bar.add_task("reading", rate="", total=None)

        def report(progress: "Progress") -> None:
            task = bar.tasks[files]
            rate = progress.records / task.elapsed if task.elapsed else 0
            shown = f"{rate:,.0f} events/s" if rate else ""
            bar.update(files, completed=progress.files, total=progress.total_files, rate=shown)

        yield report


@contextmanager
def counting_bar(what: str) -> "Iterator[Callable[[int, int], None]]":
    """A bar of things done and to do on a terminal's stderr; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


EVERY_SECONDS = 60.0
"""How often long work that waits for AWS says how far it is, where there is no bar."""


@contextmanager
def lookup_bar() -> "Iterator[Callable[[LookupProgress], None]]":
    """How much of the time was looked up, and the time left: a bar, or where there is no terminal, lines."""
    if not sys.stderr.isatty():
        said = time.monotonic()

        def say(progress: "LookupProgress") -> None:
            nonlocal said
            if time.monotonic() - said >= EVERY_SECONDS:
                said = time.monotonic()
                complain(_so_far(progress))

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("asking", total=1)
        yield lambda progress: bar.update(task, completed=progress.share, description=_so_far(progress))


def _so_far(progress: "LookupProgress") -> str:
    left = ""
    if progress.seconds_left is not None:
        left = f", about {timedelta(seconds=round(progress.seconds_left))} left"
    return (
        f"looked up {progress.share:.0%} of the time, {progress.events:,} events,"
        f" {progress.done:,} of {progress.lookups:,} Regions done{left}"
    )


def summarise(summary: "IngestSummary") -> None:
    """What an ingest did, on stderr."""
    write = sys.stderr.write
    known = f" ({summary.known_files:,} more were loaded before)" if summary.known_files else ""
    write(f"files        {summary.files:,}{known}\n")
    if summary.unreadable:
        write(f"             {summary.unreadable:,} could not be read, as before: see status --rejects\n")
    write(f"records      {summary.read:,}\n")
    write(f"  kept       {summary.kept:,}\n")
    if summary.pruned:
        write(f"             {summary.pruned:,} left again: from before the time the store was pruned to\n")
    if summary.left_in_lake:
        write(f"             {summary.left_in_lake:,} stay in the lake: no fact is made of them\n")
    write(f"  duplicate  {summary.duplicate:,}\n")
    write(f"  not events {summary.not_events:,}\n")
    write(f"  rejected   {sum(summary.rejected.values()):,}\n")
    for reason, count in summary.rejected.items():
        write(f"             {count:,} {reason}\n")
    if summary.conflicts:
        write(f"warning      {summary.conflicts:,} event ids name records of different content\n")
    if summary.unlabelled:
        write(f"{not_labelled(summary.unlabelled).replace(': ', '      ', 1)}\n")
    if summary.first_event is not None and summary.last_event is not None:
        write(f"the store    {summary.accounts:,} accounts, {summary.regions:,} Regions,")
        write(f" {summary.first_event:%Y-%m-%dT%H:%M:%SZ} to {summary.last_event:%Y-%m-%dT%H:%M:%SZ}\n")


def not_labelled(addresses: int) -> str:
    """A warning: a list of networks is a .mmdb file, and nothing here reads it."""
    return (
        f"warning: {addresses:,} addresses were not labelled and keep what labels they had: nothing here"
        " reads .mmdb files: pip install 'trailtrace[geo]', then `trailtrace rebuild`"
    )
