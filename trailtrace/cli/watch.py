"""`trailtrace watch`."""

import signal
from threading import Event
from typing import Annotated

import typer

from trailtrace.cli.ingest import (
    DEFAULT_STORE,
    MaxObjectSizeOption,
    MaxRatioOption,
    StoreOption,
    limits_of,
)

SHOWN = 20
"""Most messages set aside that are listed at the end."""


def watch(
    queue: Annotated[
        str,
        typer.Argument(metavar="QUEUE", help="sqs://NAME, or sqs://ACCOUNT/NAME of another account."),
    ],
    store: StoreOption = DEFAULT_STORE,
    bucket: Annotated[
        list[str] | None,
        typer.Option(
            "--bucket",
            metavar="NAME",
            help="Load only objects of this bucket; set the rest aside. Repeatable.",
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="AWS profile; else as AWS_PROFILE says.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="NAME", help="Region of the queue; else as AWS_REGION says.")
    ] = None,
    max_ratio: MaxRatioOption = None,
    max_object_size: MaxObjectSizeOption = None,
) -> None:
    """Keep a store current: load each log file when S3 tells a queue of it. Ends at Ctrl-C or SIGTERM.

    Example: trailtrace watch sqs://trail-logs --bucket org-trail --store current.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain, summarise

    stop = Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        found = trailtrace.watch(
            store,
            queue,
            buckets=bucket or (),
            profile=profile,
            region=region,
            limits=limits_of(max_ratio, max_object_size),
            stop=stop,
            telling=complain,
            waiting=complain,
        )
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if found.loaded is not None:
        summarise(found.loaded)
    complain(f"stopped: {found.messages:,} messages done, {len(found.set_aside):,} set aside")
    for aside in found.set_aside[:SHOWN]:
        complain(f"  {aside.message_id}: {aside.why}")
    if len(found.set_aside) > SHOWN:
        complain(f"  and {len(found.set_aside) - SHOWN:,} more")
