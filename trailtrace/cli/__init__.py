"""The command line: turns arguments into one library call and hands the value to output."""

import sys
from typing import Annotated

import typer

from trailtrace.cli.accounts import accounts
from trailtrace.cli.export import export
from trailtrace.cli.ingest import ingest
from trailtrace.cli.lake import lake
from trailtrace.cli.networks import networks
from trailtrace.cli.prune import prune
from trailtrace.cli.query import query
from trailtrace.cli.rebuild import rebuild
from trailtrace.cli.report import report
from trailtrace.cli.rules import rules
from trailtrace.cli.sql import sql
from trailtrace.cli.status import status
from trailtrace.cli.verify import verify
from trailtrace.cli.watch import watch
from trailtrace.cli.what_did import what_did
from trailtrace.cli.who_did import who_did
from trailtrace.errors import TrailtraceError
from trailtrace.version import __version__

app = typer.Typer(
    name="trailtrace",
    help="Answer who really did something in AWS, from CloudTrail logs.",
    epilog="Example: trailtrace ingest logs/ && trailtrace who-did ASIA…",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("ingest")(ingest)
app.command("watch")(watch)
app.command("who-did")(who_did)
app.command("what-did")(what_did)
app.command("report")(report)
app.command("rules")(rules)
app.command("query")(query)
app.command("sql")(sql)
app.command("export")(export)
app.command("status")(status)
app.command("verify")(verify)
app.add_typer(accounts, name="accounts")
app.add_typer(networks, name="networks")
app.command("rebuild")(rebuild)
app.command("prune")(prune)
app.add_typer(lake, name="lake")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trailtrace {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass


def main(argv: list[str] | None = None) -> None:
    """Runs the command line; always ends in SystemExit with a code of `docs/exit-codes.md`."""
    try:
        app(args=argv, prog_name="trailtrace")
    except TrailtraceError as error:
        from trailtrace.cli.output import complain

        complain(f"error: {error}")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, but nothing more to say.
        sys.stderr.close()
        raise SystemExit(0) from None
