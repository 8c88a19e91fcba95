"""`trailtrace ingest`."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_STORE = Path("trailtrace.duckdb")

LOOKUP_EVENTS = "lookup-events://"

StoreOption = Annotated[
    Path, typer.Option("--store", envvar="TRAILTRACE_STORE", help="The store, one DuckDB file.")
]

ProfileOption = Annotated[
    list[str] | None,
    typer.Option("--profile", help="Ask AWS with this profile; else as the environment says. Repeatable."),
]


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Files, folders, globs, .zip or .tar archives, - for standard input; or lookup-events:// for"
            " the LookupEvents API.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Files read at the same time; else one for every three cores."),
    ] = None,
    profile: ProfileOption = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region", help="Of lookup-events://: only this Region; else all that are enabled. Repeatable."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="Of lookup-events://: from this UTC time on: 2026-05-01, 7d."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Of lookup-events://: before this UTC time."),
    ] = None,
) -> None:
    """Load CloudTrail logs into a store. Loading the same logs again adds nothing.

    lookup-events:// needs no trail: the last 90 days of management events, asked of AWS.

    Example: trailtrace ingest AWSLogs/ --store incident.duckdb
    """
    from trailtrace import load
    from trailtrace.cli.output import complain, progress_bar, summarise
    from trailtrace.errors import NoRecordsError, UsageError

    if any(path.startswith(LOOKUP_EVENTS) for path in paths):
        _look_up(paths, store, profile or [], region or [], since, until)
        return
    if profile or region or since or until:
        raise UsageError("--profile, --region, --since and --until choose among lookup-events://")
    with progress_bar() as progress:
        summary = load(store, paths, jobs=jobs, progress=progress, waiting=complain)
    summarise(summary)
    if not summary.kept and not summary.duplicate and not summary.known_files:
        raise NoRecordsError(
            "no CloudTrail event in the input: give the folder a trail writes to (AWSLogs/…)"
        )


def _look_up(
    paths: list[str],
    store: Path,
    profiles: list[str],
    regions: list[str],
    since: str | None,
    until: str | None,
) -> None:
    import trailtrace
    from trailtrace.cli.asking import present, utc
    from trailtrace.cli.output import complain, lookup_bar, summarise
    from trailtrace.errors import NoRecordsError, TrailtraceError, UsageError

    if paths != [LOOKUP_EVENTS]:
        raise UsageError(f"{LOOKUP_EVENTS}: give it alone, and choose with --profile and --region")
    now = present()
    with lookup_bar() as progress:
        found = trailtrace.lookup_events(
            store,
            profiles=profiles,
            regions=regions,
            since=utc(since, "--since", now),
            until=utc(until, "--until", now),
            now=now,
            progress=progress,
            telling=complain,
            waiting=complain,
        )
    summarise(found.loaded)
    for failure in found.failed:
        complain(failure)
    if found.failed:
        raise TrailtraceError(
            f"{len(found.failed):,} lookups ended early, see above: what was told is loaded; run it again to"
            " go on from there"
        )
    if found.loaded.first_event is None:
        raise NoRecordsError("no management event of that time in these accounts and Regions")
