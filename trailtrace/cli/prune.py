"""`trailtrace prune`."""

from typing import Annotated

import typer

from trailtrace.cli.asking import present, utc
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption
from trailtrace.cli.who_did import Format


def prune(
    before: Annotated[
        str,
        typer.Option(
            "--before",
            metavar="TIME",
            help="Remove records before this UTC time: 2026-05-01, 90d ago as 90d.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    format: Annotated[Format, typer.Option(help="How to print what was done.")] = Format.TEXT,
) -> None:
    """Remove old records, but those that chains of later ones need, and give their room back.

    Example: trailtrace prune --before 400d --store incident.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain, show, show_rich
    from trailtrace.render.upkeep import pruned_json, pruned_text

    now = present()
    moment = utc(before, "--before", now)
    assert moment is not None
    pruned = trailtrace.prune(store, moment, waiting=complain, now=now)
    if format is Format.JSON:
        show(pruned_json(pruned))
    else:
        show_rich(pruned_text(pruned))
