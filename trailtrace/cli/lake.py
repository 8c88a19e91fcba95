"""`trailtrace lake`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trailtrace.cli.asking import utc


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class Dialect(StrEnum):
    ATHENA = "athena"
    TRINO = "trino"
    DATABRICKS = "databricks"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    CLICKHOUSE = "clickhouse"
    SPARK = "spark"


lake = typer.Typer(
    help="Make a lake: the tables of a store as Parquet, built by Spark, for what one machine cannot hold.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="Example: trailtrace lake build AWSLogs/ --out lake/",
)


@lake.command("build")
def build(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE…", help="Files, folders, globs or archives that all workers can read."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="LAKE", help="The folder of the lake; all workers can write to it."),
    ],
    master: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The cluster: spark://host:7077, yarn, k8s://…; else this machine's cores."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only files delivered from this UTC time on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="TIME", help="Only files delivered before this UTC time or a day later."
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print what was done.")] = Format.TEXT,
) -> None:
    """Load what a lake does not have yet, and derive again the days that it touches.

    Needs Java 17 or later, and pip install 'trailtrace[spark]'. Every command with --store reads the lake.

    Example: trailtrace lake build AWSLogs/ --out lake/ --master spark://head:7077
    """
    import trailtrace
    from trailtrace.cli.output import complain, show, show_rich
    from trailtrace.errors import NoRecordsError
    from trailtrace.render.upkeep import lake_built_json, lake_built_text

    built = trailtrace.build_lake(
        paths,
        out,
        master=master,
        since=utc(since, "--since"),
        until=utc(until, "--until"),
        told=complain,
    )
    if format is Format.JSON:
        show(lake_built_json(built))
    else:
        show_rich(lake_built_text(built))
    if not built.kept and not built.duplicate and not built.known_sources:
        raise NoRecordsError(
            "no CloudTrail event in the input: give the folder a trail writes to (AWSLogs/…)"
        )


@lake.command("copy")
def copy(
    source: Annotated[Path, typer.Argument(metavar="LAKE", help="The folder of a lake.")],
    to: Annotated[str, typer.Argument(metavar="BUCKET", help="Where its copy is: s3://bucket/prefix.")],
    profile: Annotated[
        str | None, typer.Option("--profile", help="Ask AWS with this profile; else as the environment says.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print what was done.")] = Format.TEXT,
) -> None:
    """Bring the copy of a lake in a bucket up to date: the files it lacks, and at last the manifest.

    Every command with --store reads the copy where it is. Needs pip install 'trailtrace[s3]'.

    Example: trailtrace lake copy lake/ s3://security-lake/trailtrace
    """
    import trailtrace
    from trailtrace.cli.output import complain, show, show_rich
    from trailtrace.remote.access import Access
    from trailtrace.render.upkeep import lake_copied_json, lake_copied_text

    copied = trailtrace.copy_lake(source, to, access=Access(profile), told=complain)
    if format is Format.JSON:
        show(lake_copied_json(copied))
    else:
        show_rich(lake_copied_text(copied))


@lake.command("sql")
def sql(
    dialect: Annotated[Dialect, typer.Option(help="The engine that is to run the statements.")],
) -> None:
    """Print SQL that reads a trail's files in an engine of yours, and brings what trailtrace needs of them.

    A table of the files, a view of their records, an export that `trailtrace ingest` reads, and the facts
    where they have been seen to be right. Nothing is sent anywhere. Needs pip install 'trailtrace[spark]'.

    Example: trailtrace lake sql --dialect athena > trail.sql
    """
    from trailtrace.cli.output import show
    from trailtrace.lake.engines import statements

    show(statements(dialect.value))
