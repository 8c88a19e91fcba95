"""`trailtrace report`."""

import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailtrace.cli.asking import LogsOption, RedactKeyOption, RedactOption, asked, present, redaction, utc
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trailtrace.baseline import Baseline
    from trailtrace.finding import Finding
    from trailtrace.names import Account, Relation
    from trailtrace.report import Report
    from trailtrace.settings import Settings

FINDINGS_EXIT = 10

ACCEPTED_FOR = timedelta(days=90)

NAMED = 10
"""Accounts in one warning."""


class ReportFormat(StrEnum):
    HTML = "html"
    MD = "md"
    JSON = "json"
    CSV = "csv"
    SARIF = "sarif"


class FailOn(StrEnum):
    """As `trailtrace.finding.Severity`, which is imported late."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_SUFFIXES = {f".{each}": each for each in ReportFormat} | {
    ".htm": ReportFormat.HTML,
    ".markdown": ReportFormat.MD,
    ".txt": ReportFormat.MD,
}


def report(
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Begin, UTC: 2026-05-01, 24h, 7d; without it, all that is held."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="End, itself excluded; with --since, else when the report is made."
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When the report is made; else the present."),
    ] = None,
    format: Annotated[
        ReportFormat | None,
        typer.Option(
            help="How to write it; else by the ending of --out, else md. csv, sarif: findings only."
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Write it to a file, by its ending. Repeatable: one report, several formats."
        ),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 10 if a finding is shown that is so severe, or more."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON of the report before: tells what is new since then."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Configuration; else trailtrace.toml beside the store, if it is there."
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Accepted findings, which are counted, not shown.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Add a finding of this report to --baseline, or `all`. Repeatable."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why --accept.")] = None,
    accept_until: Annotated[
        str | None, typer.Option(metavar="DAY", help="Last day of --accept; else 90 days from now.")
    ] = None,
    accept_repeats: Annotated[
        bool,
        typer.Option("--accept-repeats", help="With --accept: later events of the finding too, until then."),
    ] = False,
    notify: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send a short summary: an address of apprise, as json://host/path."),
    ] = None,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Report what happened, by whom, what is new and what needs a look.

    Example: trailtrace report --since 7d --store org.duckdb --out monday.html --fail-on high
    """
    from trailtrace.cli.output import complain
    from trailtrace.finding import Severity
    from trailtrace.notify import check_notify
    from trailtrace.notify import notify as send
    from trailtrace.render.filled import check_drawing
    from trailtrace.render.report_notice import notice
    from trailtrace.snapshot import read_snapshot

    moment = utc(now, "--now", present()) or present()
    window = (utc(since, "--since", moment), utc(until, "--until", moment))
    outs = _outs(format, out or [], store)
    _check_kept(outs, baseline, _configuration(config, store), previous, redacted=redact)
    _check_window(*window, moment)
    acceptance = _acceptance(
        accept, reason, accept_until, baseline, moment.date(), repeats=accept_repeats, redacted=redact
    )
    settings = _settings(config, store)
    accepted = _baseline(baseline, may_be_new=acceptance is not None)
    before = None if previous is None else read_snapshot(previous)
    if any(wanted is ReportFormat.HTML for _, wanted in outs):
        check_drawing()  # before anything is run
    if notify is not None:
        check_notify(notify)
    with asked(store, logs, redaction(redact, redact_key_file)) as investigation:
        if settings is not None and (unlike := investigation.not_noted(settings)):
            complain(_unlike(settings, unlike))
        made = investigation.report(
            *window, now=moment, settings=settings, previous=before, baseline=accepted
        )
    chosen = [] if acceptance is None else acceptance.chosen(made)
    for path, wanted in outs:
        _write(made, wanted, path)
    if acceptance is not None and baseline is not None:
        # Last: what is accepted is not shown again, so the report must have been written.
        acceptance.add(chosen, baseline)
    if notify is not None:
        send(notify, *notice(made, [path for path, _ in outs if path is not None]))
    if fail_on is not None:
        least = Severity(fail_on)
        bad = sum(n for severity, n in made.findings_by_severity if severity.rank >= least.rank)
        if bad:
            complain(f"findings of severity {fail_on} or more: {bad:,}")
            raise SystemExit(FINDINGS_EXIT)


def _outs(
    format: ReportFormat | None, outs: list[Path], store: Path
) -> list[tuple[Path | None, ReportFormat]]:
    """Where to write and how; None is stdout. Raises UsageError where that could not or should not be."""
    from trailtrace.cli.rows import check_file
    from trailtrace.errors import UsageError

    if format is not None and len(outs) > 1:
        raise UsageError("--format goes with one --out: the endings of several choose their formats")
    for path in outs:
        check_file(path, store)
    if not outs:
        if format is ReportFormat.HTML and sys.stdout.isatty():
            raise UsageError("--format html: a page is not for a terminal: give --out FILE")
        return [(None, format or ReportFormat.MD)]
    return [(path, format or _format_of(path)) for path in outs]


def _check_kept(
    outs: list[tuple[Path | None, ReportFormat]],
    baseline: Path | None,
    config: Path,
    previous: Path | None,
    *,
    redacted: bool,
) -> None:
    """Raises UsageError where a report would take the place of a file that the next one is to read."""
    from trailtrace.errors import UsageError

    for path, wanted in outs:
        if path is None:
            continue
        for name, kept in (("--baseline", baseline), ("configuration", config)):
            if kept is not None and _same(path, kept):
                raise UsageError(f"--out {path}: that is the {name} itself: choose another name")
        readable = wanted is ReportFormat.JSON and not redacted
        if previous is not None and not readable and _same(path, previous):
            raise UsageError(
                f"--out {path}: that is the --previous itself, whose place only JSON without --redact can"
                " take: choose another name"
            )


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _format_of(path: Path) -> ReportFormat:
    """By its ending; Markdown without one. Raises UsageError where no format has it."""
    from trailtrace.errors import UsageError

    ending = path.suffix.lower()
    if ending and ending not in _SUFFIXES:
        raise UsageError(
            f"--out {path}: no report ends in {ending}: name it {', '.join(sorted(_SUFFIXES))},"
            " or say --format too"
        )
    return _SUFFIXES.get(ending, ReportFormat.MD)


def _check_window(since: datetime | None, until: datetime | None, moment: datetime) -> None:
    from trailtrace.errors import UsageError

    end = until if until is not None or since is None else moment
    if since is not None and end is not None and since >= end:
        raise UsageError(f"--since {since:%Y-%m-%dT%H:%M:%SZ}: not before the end, {end:%Y-%m-%dT%H:%M:%SZ}")


def _configuration(config: Path | None, store: Path) -> Path:
    from trailtrace.configuration import FILE_NAME

    return store.parent / FILE_NAME if config is None else config


def _settings(config: Path | None, store: Path) -> "Settings | None":
    from trailtrace.cli.output import complain
    from trailtrace.configuration import read_settings

    path = _configuration(config, store)
    if config is None and not path.is_file():
        return None
    settings = read_settings(path)
    complain(f"configuration {path}")
    return settings


def _unlike(settings: "Settings", accounts: "Sequence[tuple[Account, Relation | None]]") -> str:
    told = [f"{each.account_id} ({each.relation} there, {held or 'unknown'} here)" for each, held in accounts]
    more = f" and {len(told) - NAMED:,} more" if len(told) > NAMED else ""
    return (
        f"warning: {settings.path} and the store differ over whose accounts are outside:"
        f" {', '.join(told[:NAMED])}{more}: chains end where the store says; if the file is right,"
        f" `trailtrace accounts import {settings.path}`, if the store is, take the relation out of the file"
    )


def _baseline(path: Path | None, *, may_be_new: bool) -> "Baseline | None":
    from trailtrace.baseline import read_baseline

    if path is None or (may_be_new and not path.exists()):
        return None
    return read_baseline(path)


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """Findings to be accepted from the next report on."""

    ids: tuple[str, ...]
    """`all` stands for every finding that is shown."""
    reason: str
    until: date
    repeats: bool
    """What happens later is accepted too."""

    def chosen(self, made: "Report") -> "list[Finding]":
        """The findings of the report that are meant. Raises UsageError where it shows no such finding."""
        from trailtrace.errors import UsageError

        shown = {reported.finding.id: reported.finding for reported in made.findings}
        for each in self.ids:
            if each != "all" and each not in shown:
                raise UsageError(f"--accept {each}: this report shows no such finding")
        return [found for id_, found in shown.items() if id_ in self.ids or "all" in self.ids]

    def add(self, chosen: "list[Finding]", path: Path) -> None:
        """Adds the findings to the file, which changes as a whole or not at all."""
        from trailtrace.baseline import acceptance_text
        from trailtrace.cli.output import complain
        from trailtrace.cli.rows import replacing
        from trailtrace.render.visible import visible

        told = [
            (found, visible(f"{found.severity}: {found.title}: {found.summary}", 2000)) for found in chosen
        ]
        before = path.read_bytes() if path.exists() else b""
        with replacing(path, "--baseline") as file:
            entries = acceptance_text(told, self.reason, self.until, repeats=self.repeats)
            file.write(before + entries.encode("utf-8"))
        complain(f"accepted in {path}: {len(chosen):,}: from the next report on not shown")


def _acceptance(
    ids: list[str] | None,
    reason: str | None,
    until: str | None,
    baseline: Path | None,
    today: date,
    *,
    repeats: bool,
    redacted: bool,
) -> _Acceptance | None:
    from trailtrace.errors import UsageError

    if not ids:
        if reason is not None or until is not None or repeats:
            raise UsageError("--reason, --accept-until and --accept-repeats go with --accept ID")
        return None
    if redacted:
        raise UsageError("--accept: not with --redact, which shows other ids")
    if baseline is None or not reason:
        raise UsageError("--accept: give --baseline FILE to write to, and --reason TEXT")
    try:
        last = today + ACCEPTED_FOR if until is None else date.fromisoformat(until)
    except ValueError:
        raise UsageError(f"--accept-until {until}: not a day: write it as 2026-12-31") from None
    if last < today:
        raise UsageError(f"--accept-until {until}: past already: nothing would be accepted")
    return _Acceptance(tuple(ids), reason, last, repeats)


def _write(made: "Report", format: ReportFormat, out: Path | None) -> None:
    """To the file, which is whole or is not there, or to stdout."""
    from trailtrace.cli.output import complain, show_pieces
    from trailtrace.cli.rows import replacing

    pieces = _drawn(made, format)
    if out is None:
        show_pieces(pieces)
        return
    with replacing(out) as file:
        file.writelines(piece.encode("utf-8", "backslashreplace") for piece in pieces)
    complain(f"report written to {out}")


def _drawn(made: "Report", format: ReportFormat) -> "Iterable[str]":
    match format:
        case ReportFormat.HTML:
            from trailtrace.render.report_html import report_html

            return [report_html(made)]
        case ReportFormat.MD:
            from trailtrace.render.report_md import report_md

            return [report_md(made)]
        case ReportFormat.JSON:
            from trailtrace.render.report_json import report_json

            return [report_json(made)]
        case ReportFormat.CSV:
            from trailtrace.render.report_csv import report_csv

            return report_csv(made)
        case ReportFormat.SARIF:
            from trailtrace.render.report_sarif import report_sarif

            return [report_sarif(made)]
