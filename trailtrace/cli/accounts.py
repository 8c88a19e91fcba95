"""`trailtrace accounts`."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trailtrace.cli.asking import RedactKeyOption, RedactOption, redaction
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from trailtrace.accounts import Noted

accounts = typer.Typer(no_args_is_help=False, rich_markup_mode=None)


class ListFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class Whose(StrEnum):
    """As `trailtrace.names.Relation`, which need not be said."""

    OURS = "ours"
    PARTNER = "partner"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@accounts.callback(invoke_without_command=True)
def show_accounts(
    context: typer.Context,
    store: StoreOption = DEFAULT_STORE,
    format: Annotated[ListFormat, typer.Option(help="How to print the list.")] = ListFormat.TEXT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """List what the store says of accounts: their names, and whose they are.

    Example: trailtrace accounts --store incident.duckdb
    """
    if context.invoked_subcommand is not None:
        return
    import trailtrace
    from trailtrace.cli.output import complain, show, show_pieces, show_rich, table_width
    from trailtrace.render.names import ACCOUNT_COLUMNS, account_rows, accounts_json
    from trailtrace.render.rows import csv_rows
    from trailtrace.render.table import rows_table

    with trailtrace.open(store, complain, redact=redaction(redact, redact_key_file)) as investigation:
        found = investigation.accounts()
    match format:
        case ListFormat.JSON:
            show(accounts_json(found))
        case ListFormat.CSV:
            show_pieces(csv_rows(ACCOUNT_COLUMNS, account_rows(found), escape=sys.stdout.isatty()))
        case ListFormat.TEXT:
            show_rich(rows_table(ACCOUNT_COLUMNS, account_rows(found), table_width()))


@accounts.command("import")
def import_accounts(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="What `aws organizations list-accounts` printed, a CSV with account_id, name and relation,"
            " a trailtrace.toml, or - for standard input.",
        ),
    ] = None,
    api: Annotated[
        bool, typer.Option("--api", help="Ask AWS instead: organizations:ListAccounts (trailtrace[aws]).")
    ] = False,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Profile of --api; else the usual AWS settings.")
    ] = None,
    whose: Annotated[
        Whose | None,
        typer.Option(
            "--relation", help="Whose accounts are of which the file does not say it; unknown claims nothing."
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Take names of accounts, and whose they are, from a list. What it does not say stays as it was.

    Example: aws organizations list-accounts | trailtrace accounts import - --store incident.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain
    from trailtrace.errors import UsageError

    if api == (file is not None):
        raise UsageError("accounts import: give a file or --api, one of them")
    if profile is not None and not api:
        raise UsageError("--profile goes with --api")
    if api and whose is not None:
        raise UsageError("--relation: the accounts of an organisation are ours")
    relation = None if whose is None else str(whose)
    noted = trailtrace.import_accounts(
        store, None if api else file, profile=profile, relation=relation, waiting=complain
    )
    complain(_told(noted))


@accounts.command("mark")
def mark_accounts(
    whose: Annotated[Whose, typer.Argument(help="Whose they are; unknown takes back what was said.")],
    account_ids: Annotated[list[str], typer.Argument(metavar="ACCOUNT…", help="Their 12 digits.")],
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What the account is called.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say whose accounts are. Where chains lead to an outside account, they end there.

    Example: trailtrace accounts mark outside 999988887777 --name "Backup vendor"
    """
    import trailtrace
    from trailtrace.cli.output import complain
    from trailtrace.errors import UsageError

    if name is not None and len(set(account_ids)) > 1:
        raise UsageError("--name goes with one account")
    relation = None if whose is Whose.UNKNOWN else str(whose)
    complain(_told(trailtrace.mark_accounts(store, account_ids, relation, name=name, waiting=complain)))


def _told(noted: "Noted") -> str:
    again = "; where chains end was found again" if noted.resolved_again else ""
    return (
        f"{noted.read:,} accounts read: {noted.new:,} new, {noted.changed:,} changed;"
        f" {noted.total:,} are known{again}"
    )
