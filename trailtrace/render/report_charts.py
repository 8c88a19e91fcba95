"""The charts of a report: what each row shows, and what it is called."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from trailtrace.model import Origin
from trailtrace.render.charts import Chart, Row, chart
from trailtrace.render.origins import kind_text
from trailtrace.report import Coverage, Report, ReportedSession
from trailtrace.status import Place

ORIGINS = 25
SESSIONS = 40
PLACES = 40
"""Rows of a chart; more cannot be read."""

EPOCH = datetime(1970, 1, 1)
CROSSED_DAYS = 62
"""A cross needs room: calendars of more days have colour alone, and the table beneath them."""

_STATES = {"events": "records", "gap": "no record", "pruned": "pruned"}


def activity_chart(report: Report) -> Chart | None:
    """Calls of each origin by what became of them; None where there is none."""
    rows: list[Row] = []
    shown = report.activity[:ORIGINS]
    for number, item in enumerate(shown):
        read = item.calls - item.writes - item.denied - item.failed
        kinds = (
            ("changed something", item.writes),
            ("read", read),
            ("denied", item.denied),
            ("failed", item.failed),
        )
        rows += [
            {"row": number, "kind": kind, "calls": calls, "order": order}
            for order, (kind, calls) in enumerate(kinds)
            if calls > 0
        ]
    if not rows:
        return None
    labels = [_origin_label(item.origin) for item in shown]
    about = f"Bars of calls by origin: the {len(shown)} with the most calls, of {report.origin_count:,}."
    return chart("activity", labels, rows, about)


def _origin_label(origin: Origin) -> str:
    """The name first: on a telephone the end is cut."""
    name = origin.name or origin.id or origin.arn
    return (
        f"{name} · {kind_text(origin)}"
        if name and origin.kind not in ("unknown", "anonymous")
        else origin.kind
    )


def timeline_chart(report: Report) -> Chart | None:
    """When the listed sessions were alive and used; None where there is none."""
    shown = sorted(report.sessions[:SESSIONS], key=lambda item: (item.first_seen, item.use_id))
    if not shown:
        return None
    rows = [_session(number, item, report) for number, item in enumerate(shown)]
    about = (
        f"Bars from the first to the last call of {len(shown)} credentials worth a look, on thin lines for"
        f" their lives, of {report.session_count:,} that were used."
    )
    return chart("timeline", [_session_label(item) for item in shown], rows, about)


def _session(number: int, item: ReportedSession, report: Report) -> Row:
    since = report.window.since or report.totals.first_event or item.first_seen
    until = report.window.until or report.totals.last_event or item.last_seen
    flag = None if not item.findings else f"{item.findings} finding{'s' if item.findings > 1 else ''}"
    return {
        "row": number,
        "begin": _milliseconds(min(max(item.issued_at or item.first_seen, since), item.first_seen)),
        "stop": _milliseconds(max(min(item.expires or item.last_seen, until), item.last_seen)),
        "start": _milliseconds(item.first_seen),
        "end": _milliseconds(item.last_seen),
        "grade": str(item.grade),
        "flag": flag,
    }


def _session_label(item: ReportedSession) -> str:
    by = item.role_arn.rpartition("/")[2] if item.role_arn else item.access_key_id
    name = item.origin.name or item.origin.id or "unknown"
    return f"{name} · {by}" if by else name


def coverage_chart(coverage: Coverage) -> Chart | None:
    """Which days are held; None where nothing is."""
    if coverage.first_day is None or coverage.last_day is None or not coverage.places:
        return None
    by_region = len(coverage.places) <= PLACES
    labelled = list(_rows(coverage.places, by_region))[:PLACES]
    crossed = (coverage.last_day - coverage.first_day).days < CROSSED_DAYS
    rows: list[Row] = []
    for number, (_, states) in enumerate(labelled):
        for state, days in groupby(sorted(states), key=itemgetter(1)):
            first, *_, last = [day for day, _ in days] * 2  # days that are alike are one bar
            start = datetime(first.year, first.month, first.day)
            end = datetime(last.year, last.month, last.day) + timedelta(days=1)
            rows.append(
                {
                    "row": number,
                    "start": _milliseconds(start),
                    "middle": _milliseconds(start + (end - start) / 2),
                    "end": _milliseconds(end),
                    "state": _STATES.get(state, "before the first or after the last"),
                    "cross": "×" if crossed and state == "gap" else None,
                }
            )
    what = "account and Region" if by_region else "account"
    about = f"A calendar of the days with records and of the gaps between them, a row for each {what}."
    return chart("coverage", [label for label, _ in labelled], rows, about)


def _rows(places: Iterable[Place], by_region: bool) -> Iterable[tuple[str, list[tuple[date, str]]]]:
    """Each row's label, and its days with their state."""
    key: Callable[[Place], str] = lambda place: place.account_id or "no account"  # noqa: E731
    if by_region:
        for place in places:
            yield f"{key(place)} {place.region or 'no Region'}", [(day.day, day.state) for day in place.days]
        return
    for account, members in groupby(sorted(places, key=key), key=key):
        days: dict[date, set[str]] = {}
        for place in members:
            for day in place.days:
                days.setdefault(day.day, set()).add(day.state)
        yield account, [(day, _best(states)) for day, states in days.items()]


def _best(states: set[str]) -> str:
    return next((state for state in ("events", "pruned", "gap") if state in states), min(states))


def _milliseconds(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(milliseconds=1))
