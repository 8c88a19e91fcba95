"""The findings of a report as CSV: a row a finding, formulas of spreadsheets disarmed."""

from collections.abc import Iterator
from typing import Any

from trailtrace.render.rows import csv_rows
from trailtrace.report import Report, ReportedFinding

COLUMNS = (
    "id",
    "severity",
    "confidence",
    "finding",
    "title",
    "summary",
    "account_id",
    "account_name",
    "origin_kind",
    "origin_id",
    "origin_arn",
    "origin_account_id",
    "origin_name",
    "grade",
    "stop",
    "access_key_id",
    "arn",
    "hops",
    "first_seen",
    "last_seen",
    "event_count",
    "event_ids",
    "is_new",
)


def report_csv(report: Report) -> Iterator[str]:
    """Pieces of text, a header first; control characters as escapes, whoever shows the file."""
    names = {account.account_id: account.name for account in report.accounts}
    rows = (_row(reported, names) for reported in report.findings)
    return csv_rows(COLUMNS, rows, escape=True)


def _row(reported: ReportedFinding, names: dict[str, str | None]) -> tuple[Any, ...]:
    found = reported.finding
    subject = found.subject
    origin = subject and subject.origin
    return (
        found.id,
        str(found.severity),
        str(found.confidence),
        found.name,
        found.title,
        found.summary,
        found.account_id,
        names.get(found.account_id or ""),
        origin and origin.kind,
        origin and origin.id,
        origin and origin.arn,
        origin and origin.account_id,
        origin and origin.name,
        subject and str(subject.grade),
        subject and str(subject.stop),
        subject and subject.access_key_id,
        subject and subject.arn,
        reported.hops,
        found.first_seen,
        found.last_seen,
        found.event_count,
        " ".join(found.event_ids),
        reported.is_new,
    )
