"""`trailtrace verify`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trailtrace.cli.asking import present, utc


class VerifyFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def verify(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…", help="Files, folders, globs, buckets: the logs and their digest files."
        ),
    ],
    keys: Annotated[
        list[Path] | None,
        typer.Option(
            "--keys",
            metavar="PATH",
            help="CloudTrail's public keys: what `aws cloudtrail list-public-keys` printed, a file for each"
            " Region, or a folder of them. Repeatable.",
        ),
    ] = None,
    keys_from_aws: Annotated[
        bool, typer.Option("--keys-from-aws", help="Ask AWS for the keys, by its ListPublicKeys API.")
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="AWS profile of --keys-from-aws and buckets; else as AWS_PROFILE says."
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", help="Mark the files of this store, so that answers tell what was found."),
    ] = None,
    bucket: Annotated[
        list[str] | None,
        typer.Option("--bucket", help="Digests must have been written to this bucket. Repeatable."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Every chain must begin by this UTC time: 2026-05-01, 90d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Every chain must go on until this UTC time.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="A file that could not be verified fails, too.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Files read at the same time; else one a core.")
    ] = None,
    format: Annotated[
        VerifyFormat, typer.Option(help="How to print what was found. csv: a row a file.")
    ] = VerifyFormat.TEXT,
) -> None:
    """Verify log files by the digest files that CloudTrail signed. Exit code 6: something failed.

    Example: trailtrace verify AWSLogs/ --keys keys/ --store incident.duckdb
    """
    import trailtrace
    from trailtrace.cli.output import complain, counting_bar, show, show_pieces, show_rich
    from trailtrace.errors import NoRecordsError, VerificationError
    from trailtrace.render.rows import csv_rows
    from trailtrace.render.verification import (
        FILE_COLUMNS,
        file_rows,
        marked_text,
        verification_json,
        verification_text,
    )
    from trailtrace.verification import Kind

    now = present()
    with counting_bar("verifying") as progress:
        found = trailtrace.verify(
            paths,
            keys or (),
            ask=keys_from_aws,
            profile=profile,
            telling=complain,
            besides=[] if store is None else [store],
            buckets=bucket or (),
            since=utc(since, "--since", now),
            until=utc(until, "--until", now),
            jobs=jobs,
            progress=progress,
        )
    if not found.files:
        raise NoRecordsError("no file in the input: give the folder a trail writes to (AWSLogs/…)")
    if not any(each.kind is Kind.DIGEST for each in found.files):
        complain("warning: no digest file in the input: fetch CloudTrail-Digest/ too, or nothing is verified")
    _warn_of_keys(paths, keys or [])
    match format:
        case VerifyFormat.JSON:
            show(verification_json(found))
        case VerifyFormat.CSV:
            show_pieces(csv_rows(FILE_COLUMNS, file_rows(found), escape=sys.stdout.isatty()))
        case VerifyFormat.TEXT:
            show_rich(verification_text(found))
    if store is not None:
        complain(marked_text(store, trailtrace.mark(store, found, waiting=complain)))
    if found.failed:
        raise VerificationError(
            f"{len(found.failed):,} of {len(found.files):,} files failed verification: see above"
        )
    if strict and found.unverified:
        raise VerificationError(
            f"{len(found.unverified):,} of {len(found.files):,} files could not be verified: see above"
        )


def _warn_of_keys(paths: list[str], keys: list[Path]) -> None:
    from trailtrace.cli.output import complain

    roots = [Path(path).resolve() for path in paths]
    for key in keys:
        if any(key.resolve().is_relative_to(root) for root in roots):
            complain(
                f"warning: {key}: the keys lie among the logs: whoever changed the logs may have brought"
                " their own; get them from AWS again"
            )
