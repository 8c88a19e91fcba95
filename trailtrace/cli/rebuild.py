"""`trailtrace rebuild`."""

from typing import Annotated

import typer

from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption
from trailtrace.cli.who_did import Format


def rebuild(
    store: StoreOption = DEFAULT_STORE,
    format: Annotated[Format, typer.Option(help="How to print what was found.")] = Format.TEXT,
) -> None:
    """Derive everything in a store again from its records, and tell what differed.

    A store that an older trailtrace made is brought up to date.

    Example: trailtrace rebuild --store incident.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain, not_labelled, show, show_rich, table_width
    from trailtrace.errors import ContradictionError
    from trailtrace.render.table import rows_table
    from trailtrace.render.upkeep import REBUILT_COLUMNS, rebuilt_json, rebuilt_rows

    rebuilt = trailtrace.rebuild(store, waiting=complain)
    if rebuilt.upgraded_from is not None:
        complain(f"{store} had schema version {rebuilt.upgraded_from} and is up to date now")
    if rebuilt.unlabelled:
        complain(not_labelled(rebuilt.unlabelled))
    if format is Format.JSON:
        show(rebuilt_json(rebuilt))
    else:
        show_rich(rows_table(REBUILT_COLUMNS, rebuilt_rows(rebuilt), table_width()))
    if rebuilt.differing:
        raise ContradictionError(
            f"{store}: {rebuilt.differing:,} rows did not follow from the records: they do now; ask again"
            " what was asked before"
        )
