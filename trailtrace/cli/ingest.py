"""`trailtrace ingest`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trailtrace.gzipped import Limits
    from trailtrace.remote.layout import Selection

DEFAULT_STORE = Path("trailtrace.duckdb")

LOOKUP_EVENTS = "lookup-events://"

StoreOption = Annotated[
    Path,
    typer.Option(
        "--store",
        envvar="TRAILTRACE_STORE",
        help="The store, one DuckDB file; to ask, also a lake: its folder, or s3://bucket/prefix.",
    ),
]

ProfileOption = Annotated[
    list[str] | None,
    typer.Option("--profile", help="Ask AWS with this profile; else as the environment says. Repeatable."),
]

MaxRatioOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1000,
        help="Refuse what unpacks to more than so many times its size: an attack (else 250).",
    ),
]

MaxObjectSizeOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=2048,
        metavar="MIB",
        help="Refuse files, objects and members of archives that hold more, unpacked (else 2048).",
    ),
]


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Files, folders, globs, .zip or .tar archives, - for standard input, buckets"
            " (s3://bucket/prefix, gs://…, az://…); or a lake; or lookup-events:// for the LookupEvents API.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Files read at the same time; else one for every three cores."),
    ] = None,
    profile: ProfileOption = None,
    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="ID", help="Of buckets: only this account's logs. Repeatable."),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region",
            metavar="NAME",
            help="Of buckets and lookup-events://: only this Region; else all of them. Repeatable.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Of buckets and lookup-events://: from this UTC time on: 2026-05-01, 7d. Of a lake: all"
            " records of the days from then on, not facts alone.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="TIME",
            help="Of buckets, lookup-events:// and a lake: before this UTC time; of buckets, delivered until"
            " a day after it.",
        ),
    ] = None,
    bucket_region: Annotated[
        str | None,
        typer.Option(
            "--bucket-region", metavar="NAME", help="Region of the bucket; else as AWS_REGION says."
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            metavar="URL",
            help="Of a bucket: a service that speaks the S3 API; else as AWS_ENDPOINT_URL says.",
        ),
    ] = None,
    requester_pays: Annotated[
        bool, typer.Option("--requester-pays", help="The bucket lets you pay for requests: do.")
    ] = False,
    max_ratio: MaxRatioOption = None,
    max_object_size: MaxObjectSizeOption = None,
) -> None:
    """Load CloudTrail logs into a store. Loading the same logs again adds nothing.

    A lake (docs/lake.md) brings the records that facts are made of, and with --since or --until all of
    those days. lookup-events:// needs no trail: the last 90 days of management events, asked of AWS.

    Example: trailtrace ingest AWSLogs/ --store incident.duckdb

    Example: trailtrace ingest s3://trail-bucket --account 111111111111 --since 7d
    """
    from trailtrace import load
    from trailtrace.cli.output import complain, progress_bar, summarise
    from trailtrace.errors import NoRecordsError, UsageError
    from trailtrace.remote.access import Access
    from trailtrace.remote.layout import Selection
    from trailtrace.remote.place import is_remote

    if any(path.startswith(LOOKUP_EVENTS) for path in paths):
        if account or bucket_region or endpoint or requester_pays or max_ratio or max_object_size:
            raise UsageError(
                f"{LOOKUP_EVENTS}: the accounts are those of --profile; leave out those of buckets and files"
            )
        _look_up(paths, store, profile or [], region or [], since, until)
        return
    if len(profile or ()) > 1:
        raise UsageError("--profile: buckets are read with one profile: give one")
    selection = _selection(account or [], region or [], since, until)
    access = Access(profile[0] if profile else None, bucket_region, endpoint, requester_pays)
    if access != Access() and not any(map(is_remote, paths)):
        raise UsageError(
            "--profile, --bucket-region, --endpoint and --requester-pays are for buckets: leave them out"
        )
    with progress_bar() as progress:
        summary = load(
            store,
            paths,
            selection=selection,
            access=access,
            limits=limits_of(max_ratio, max_object_size),
            jobs=jobs,
            progress=progress,
            waiting=complain,
        )
    summarise(summary)
    if not summary.kept and not summary.duplicate and not summary.known_files:
        asked = "" if selection == Selection() else ", or ask for more accounts, Regions or time"
        raise NoRecordsError(
            f"no CloudTrail event in the input: give the folder a trail writes to (AWSLogs/…){asked}"
        )


def limits_of(max_ratio: int | None, max_object_size: int | None) -> "Limits":
    """The limits that options name; the others are those of everybody."""
    from trailtrace.gzipped import LIMITS, Limits

    size = LIMITS.object_bytes if max_object_size is None else max_object_size * 1024**2
    return Limits(LIMITS.ratio if max_ratio is None else max_ratio, size)


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


def _selection(accounts: list[str], regions: list[str], since: str | None, until: str | None) -> "Selection":
    from trailtrace.cli.asking import present, utc
    from trailtrace.errors import UsageError
    from trailtrace.remote.layout import Selection

    for each in accounts:
        if not re.fullmatch(r"[0-9]{12}", each):
            raise UsageError(f"--account {each}: not an account: give its 12 digits")
    for each in regions:
        if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", each):
            raise UsageError(f"--region {each}: not a Region: write it as eu-west-1")
    now = present()
    return Selection(
        frozenset(accounts), frozenset(regions), utc(since, "--since", now), utc(until, "--until", now)
    )
