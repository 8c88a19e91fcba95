"""A report in a few plain sentences, for whoever reads no further."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trailtrace.audit.activity import counted
from trailtrace.finding import Severity, Window
from trailtrace.report import Accepted, Gap, Report

GAPS_TOLD = 3
NAMES_TOLD = 5


def summary(report: Report) -> tuple[str, ...]:
    """Sentences, the most important first. They hold log text as far as the report does."""
    return (
        *_found(report),
        *_happened(report),
        *_new(report),
        *_skipped(report),
        *_missing(report),
        *_unread(report),
        *_hidden(report.accepted),
        *_tuned(report),
    )


def span_text(window: Window) -> str:
    """`from … to …`, or what is open of it."""
    parts = []
    if window.since is not None:
        parts.append(f"from {moment_text(window.since)}")
    if window.until is not None:
        parts.append(f"until {moment_text(window.until)}")
    return " ".join(parts) or "in all that is held"


def moment_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _found(report: Report) -> Iterator[str]:
    if not report.findings:
        yield "No finding needs a look."
        return
    listed = ", ".join(f"{n:,} {severity}" for severity, n in report.findings_by_severity if n)
    verb = "needs" if report.finding_count == 1 else "need"
    yield f"{counted(report.finding_count, 'finding')} {verb} a look: {listed}."
    first = report.findings[0].finding
    if first.severity.rank >= Severity.HIGH.rank:
        yield f"The first: {first.title}: {first.summary}."


def _happened(report: Report) -> Iterator[str]:
    window, totals = report.window, report.totals
    if not totals.events:
        if report.coverage.complete:
            yield f"No activity {span_text(window)}: logs complete by day; single hours may be missing."
        return
    if not totals.calls:
        yield f"No call {span_text(window)}, only copies of calls that others recorded."
        return
    yield (
        f"{counted(totals.calls, 'call')} {span_text(window)}, in {counted(totals.accounts, 'account')} and"
        f" {counted(totals.regions, 'Region')}: {totals.writes:,} changed something,"
        f" {totals.denied:,} were denied."
    )
    share = 100 * totals.attributed / totals.calls
    have = "has" if totals.unresolved == 1 else "have"
    yield (
        f"{counted(totals.origins, 'origin')} stood behind them,"
        f" through {counted(totals.role_sessions, 'role session')};"
        f" {_percent(share)} of the calls are traced with proof or strong support,"
        f" {totals.unresolved:,} {have} no known origin."
    )


def _percent(share: float) -> str:
    """Never rounded up to all."""
    return f"{int(share * 10) / 10:g} %"


def _new(report: Report) -> Iterator[str]:
    news = report.news
    if not report.totals.events:
        return
    if news.previous is not None:
        base = f"since the report of {moment_text(news.previous)}"
    elif news.history_from is not None:
        base = f"that the logs from {moment_text(news.history_from)} on did not show before"
    else:
        if report.window.since is not None:
            yield "Nothing is held from before, so nothing can be called new."
        return
    counts = [
        (news.findings, "finding"),
        (news.origins, "origin"),
        (news.pairs, "way into a role"),
        (news.edges, "account crossing"),
    ]
    listed = [_plural(n, noun) for n, noun in counts if n]
    yield f"New {base}: {', '.join(listed)}." if listed else f"Nothing is new {base}."
    if news.previous_until is not None and (report.window.until or report.generated_at) < news.previous_until:
        yield (
            f"That report looked at a later time too, until {moment_text(news.previous_until)}: what it"
            " knew is not called new here, even if it came first in this time."
        )
    if news.changed_count:
        verb = "answer is" if news.changed_count == 1 else "answers are"
        yield f"{news.changed_count:,} {verb} another than in that report: later logs told more."


def _plural(number: int, noun: str) -> str:
    return (
        counted(number, noun) if noun != "way into a role" or number == 1 else f"{number:,} ways into roles"
    )


def _skipped(report: Report) -> Iterator[str]:
    if report.news.skipped is not None:
        yield f"No report looks at the time {span_text(report.news.skipped)}: make one of it with --since."


def _missing(report: Report) -> Iterator[str]:
    coverage, totals = report.coverage, report.totals
    if coverage.complete:
        if totals.events:
            yield "No account lacks a day of logs; single hours may still be missing."
        return
    large = [gap for gap in coverage.gaps if gap.region is None]
    if not large:
        yield "No activity: no logs are held at all."
        return
    names = {account.account_id: account.name for account in report.accounts}
    listed = "; ".join(gap_text(gap, names) for gap in large[:GAPS_TOLD])
    more = len(large) - GAPS_TOLD
    least = "at least " if len(large) == len(coverage.gaps) < coverage.gap_count else ""
    told = listed + (f"; and {least}{more:,} more times" if more > 0 else "")
    if totals.events:
        yield f"Nothing is held of {told}: quiet, or logs are missing."
    else:
        yield f"No activity: logs missing for {told}."


def gap_text(gap: Gap, names: Mapping[str, str | None]) -> str:
    """Of which account logs are missing, and when."""
    where = "all accounts" if gap.account_id is None else f"account {gap.account_id}"
    if name := names.get(gap.account_id or ""):
        where += f" ({name})"
    pruned = ", which were pruned" if gap.state == "pruned" else ""
    return f"{where} from {moment_text(gap.start)} to {moment_text(gap.end)}{pruned}"


def _unread(report: Report) -> Iterator[str]:
    if report.store.rejected:
        it_is = "it is" if report.store.rejected == 1 else "they are"
        yield (
            f"{counted(report.store.rejected, 'record')} or file{'s' * (report.store.rejected != 1)} of this"
            f" store could not be read: {it_is} in no number here, see trailtrace status --rejects."
        )


def _tuned(report: Report) -> Iterator[str]:
    """What somebody chose not to see, or to see as less."""
    off = [tuned.name for tuned in report.tuned if not tuned.enabled]
    lowered = [f"{each.name} to {each.set_severity}" for each in report.tuned if each.lowered]
    other = [tuned.name for tuned in report.tuned if tuned.enabled and tuned.thresholds]
    for names, does in (
        (off, "switches off"),
        (lowered, "lowers"),
        (other, "sets other thresholds for"),
    ):
        if names:
            yield f"The configuration {does} {counted(len(names), 'detection')}: {_few(names)}."


def _few(names: list[str]) -> str:
    more = len(names) - NAMES_TOLD
    return ", ".join(names[:NAMES_TOLD]) + (f" and {more:,} more" if more > 0 else "")


def _hidden(accepted: Accepted | None) -> Iterator[str]:
    if accepted is None:
        return
    if accepted.hidden:
        yield f"{counted(accepted.hidden, 'accepted finding')} not shown: see {accepted.file}."
    if accepted.expired:
        yield f"{counted(accepted.expired, 'finding')} shown again: the acceptance has expired."
    if accepted.changed:
        yield f"{counted(accepted.changed, 'finding')} shown again: origin or grade changed since acceptance."
    if accepted.again:
        yield f"{counted(accepted.again, 'finding')} shown again: accepted before, happened again since."
    if accepted.unknown_count:
        yield (
            f"{accepted.file} names {counted(accepted.unknown_count, 'id')}"
            f" that no finding of this report has: {', '.join(accepted.unknown)}."
        )
