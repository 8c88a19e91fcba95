"""`trailtrace networks`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailtrace.cli.accounts import ListFormat
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from trailtrace.networks import Labelled

networks = typer.Typer(no_args_is_help=False, rich_markup_mode=None)


@networks.callback(invoke_without_command=True)
def show_networks(
    context: typer.Context,
    store: StoreOption = DEFAULT_STORE,
    format: Annotated[ListFormat, typer.Option(help="How to print the lists.")] = ListFormat.TEXT,
) -> None:
    """List what the store labels addresses by.

    Example: trailtrace networks --store incident.duckdb
    """
    if context.invoked_subcommand is not None:
        return
    import trailtrace
    from trailtrace.cli.output import complain, show, show_pieces, show_rich, table_width
    from trailtrace.render.names import NETWORK_COLUMNS, network_list_rows, network_lists_json
    from trailtrace.render.rows import csv_rows
    from trailtrace.render.table import rows_table

    with trailtrace.open(store, complain) as investigation:
        found = investigation.networks()
    match format:
        case ListFormat.JSON:
            show(network_lists_json(found))
        case ListFormat.CSV:
            show_pieces(csv_rows(NETWORK_COLUMNS, network_list_rows(found), escape=sys.stdout.isatty()))
        case ListFormat.TEXT:
            show_rich(rows_table(NETWORK_COLUMNS, network_list_rows(found), table_width()))


@networks.command("import")
def import_networks(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="AWS's ip-ranges.json, a MaxMind .mmdb (trailtrace[geo]), a CSV with network and name, or a"
            " trailtrace.toml.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Label addresses by lists of networks. A file takes the place of the earlier list of its kind.

    Example: trailtrace networks import ip-ranges.json GeoLite2-City.mmdb offices.csv --store org.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain

    _tell(trailtrace.import_networks(store, files, waiting=complain))


@networks.command("forget")
def forget_networks(
    name: Annotated[str, typer.Argument(help="own, aws, or the kind of a database, as the list shows it.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Take a list of networks out of the store again.

    Example: trailtrace networks forget GeoLite2-City --store org.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain

    _tell(trailtrace.forget_networks(store, name, waiting=complain))


def _tell(labelled: "Labelled") -> None:
    from trailtrace.cli.output import complain, not_labelled

    lists = ", ".join(labelled.lists) or "no list"
    complain(f"labels by {lists}: {labelled.labelled:,} of {labelled.addresses:,} addresses have one")
    if labelled.unlabelled:
        complain(not_labelled(labelled.unlabelled))
