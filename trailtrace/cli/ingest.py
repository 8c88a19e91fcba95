"""`trailtrace ingest`."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_STORE = Path("trailtrace.duckdb")

StoreOption = Annotated[
    Path, typer.Option("--store", envvar="TRAILTRACE_STORE", help="The store, one DuckDB file.")
]


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Files, folders, globs, .zip or .tar archives, or - for standard input.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Files read at the same time; else one for every three cores."),
    ] = None,
) -> None:
    """Load CloudTrail logs into a store. Loading the same logs again adds nothing.

    Example: trailtrace ingest AWSLogs/ --store incident.duckdb
    """
    from trailtrace import load
    from trailtrace.cli.output import complain, progress_bar, summarise
    from trailtrace.errors import NoRecordsError

    with progress_bar() as progress:
        summary = load(store, paths, jobs=jobs, progress=progress, waiting=complain)
    summarise(summary)
    if not summary.kept and not summary.duplicate and not summary.known_files:
        raise NoRecordsError(
            "no CloudTrail event in the input: give the folder a trail writes to (AWSLogs/…)"
        )
