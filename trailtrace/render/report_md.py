"""A report as Markdown for people; whatever comes from logs stands in code spans, where nothing runs."""

import re
from collections.abc import Iterable, Iterator

from trailtrace.model import Hop
from trailtrace.render.places import time_text
from trailtrace.render.report_words import AccountNames, hop_text, standing_text, tuned_text
from trailtrace.render.visible import visible
from trailtrace.report import Report, ReportedFinding, RolePair
from trailtrace.status import Place

ROWS = 50
"""Most rows of a table; JSON has more."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d,]*(?:\.\d+)?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|%")
_WORD = re.compile(r"(.*?)([,.:;]*)", re.S)


def report_md(report: Report) -> str:
    """The whole report, one document."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    names = AccountNames(report)
    window = report.window
    yield "# trailtrace report"
    yield ""
    yield f"From {_time(window.since)} until {_time(window.until)}, made {_time(report.generated_at)}."
    yield from _section("Summary", (f"- {sentence(each)}" for each in report.summary))
    yield from _findings(report, names)
    yield from _news(report, names)
    yield from _activity(report, names)
    yield from _edges(report, names)
    yield from _sessions(report, names)
    yield from _coverage(report, names)
    yield from _inputs(report)


def code(text: str | None) -> str:
    """Log text as a code span, also inside a table: nothing in it is markup, a link or a mention."""
    if not text:
        return "-"
    shown = visible(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def sentence(text: str) -> str:
    """A sentence that may hold log text: each word that is no plain word becomes a code span."""
    return " ".join(map(_in_sentence, visible(text, 2000).split(" ")))


def _in_sentence(word: str) -> str:
    found = _WORD.fullmatch(word)
    assert found is not None
    bare, mark = found.groups()
    return word if not bare or _PLAIN.fullmatch(bare) else code(bare) + mark


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield from lines


def _table(
    columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], count: int | None = None
) -> Iterator[str]:
    """A table of rows whose cells are escaped already; `count` is how many rows there are in all."""
    shown = list(rows)
    if not shown:
        yield "None."
        return
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in shown[:ROWS]:
        yield f"| {' | '.join(row)} |"
    more = (len(shown) if count is None else count) - min(len(shown), ROWS)
    if more:
        yield ""
        yield f"{more:,} more."


def _time(moment: object) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _findings(report: Report, names: AccountNames) -> Iterator[str]:
    yield from _section("Findings", ())
    if not report.findings:
        yield "None."
    for reported in report.findings:
        yield from _finding(reported, names)
    more = report.finding_count - len(report.findings)
    if more:
        yield f"{more:,} more findings: narrow the time."


def _finding(reported: ReportedFinding, names: AccountNames) -> Iterator[str]:
    found = reported.finding
    standing = standing_text(reported)
    yield f"### {found.severity}: {found.title}" + (f" ({standing})" if standing else "")
    yield ""
    yield sentence(found.summary) + "."
    yield ""
    for name, value in _facts(reported, names):
        yield f"- {name}: {value}"
    yield from (f"- {line}" for line in _chain(reported.chain, reported.hops))
    yield ""


def _facts(reported: ReportedFinding, names: AccountNames) -> Iterator[tuple[str, str]]:
    found = reported.finding
    subject = found.subject
    if subject is not None:
        yield "origin", f"{code(names.origin(subject.origin))}, grade {subject.grade}"
        yield "credential", code(subject.arn or subject.access_key_id)
    yield "account", code(names.text(found.account_id))
    yield "when", f"{_time(found.first_seen)} to {_time(found.last_seen)}"
    listed = ", ".join(map(code, found.event_ids))
    more = found.event_count - len(found.event_ids)
    if listed:
        yield "events", listed + (f" and {more:,} more" if more > 0 else "")
    if reported.addresses:
        yield "from", ", ".join(code(names.address(each)) for each in reported.addresses)
    yield "confidence", str(found.confidence)
    yield "finding", f"{code(found.id)} of {code(found.name)}"


def _chain(chain: tuple[Hop, ...], hops: int) -> Iterator[str]:
    for number, hop in enumerate(chain, 1):
        yield f"hop {number}: {code(hop_text(hop))}"
    if hops > len(chain):
        yield f"{hops - len(chain):,} more hops"


def _news(report: Report, names: AccountNames) -> Iterator[str]:
    news = report.news
    yield from _section("New", ())
    if news.previous is not None:
        yield f"Since the report of {_time(news.previous)}."
    elif news.history_from is not None:
        yield f"What the logs from {_time(news.history_from)} on did not show before."
    else:
        yield "Nothing is held from before, so nothing can be called new."
        return
    yield ""
    lines = [f"- origin {code(names.origin(each.origin))}" for each in report.activity if each.is_new]
    lines += [
        f"- way into a role: {code(pair.role_arn)}{_from(pair)} by {code(names.origin(pair.origin))}"
        for pair in report.pairs
        if pair.is_new
    ]
    lines += [
        f"- account crossing: {code(names.text(edge.from_account_id))}"
        f" to {code(names.text(edge.to_account_id))}"
        for edge in report.edges
        if edge.is_new
    ]
    lines += [
        f"- other answer: {code(each.arn or each.access_key_id)} is {code(names.origin(each.now))}"
        f" ({each.now_grade}), was {code(names.origin(each.was))} ({each.was_grade})"
        for each in news.changed
    ]
    yield from lines[:ROWS] or ["Nothing."]
    if len(lines) > ROWS:
        yield ""
        yield f"{len(lines) - ROWS:,} more."


def _from(pair: RolePair) -> str:
    return "" if pair.from_role_arn is None else f" from {code(pair.from_role_arn)}"


def _activity(report: Report, names: AccountNames) -> Iterator[str]:
    rows = (
        (
            code(names.origin(each.origin)),
            f"{each.calls:,}",
            f"{each.writes:,}",
            f"{each.denied:,}",
            f"{each.sessions:,}",
            _few(map(names.text, each.accounts), each.account_count),
            _few(each.regions, each.region_count),
            _time(each.first_seen),
            _time(each.last_seen),
        )
        for each in report.activity
    )
    columns = ("origin", "calls", "changes", "denied", "sessions", "accounts", "Regions", "first", "last")
    yield from _section("Activity by origin", _table(columns, rows, report.origin_count))


def _few(texts: Iterable[str], count: int) -> str:
    listed = list(texts)[:3]
    more = count - len(listed)
    return ", ".join(map(code, listed)) + (f" and {more:,} more" if more > 0 else "")


def _edges(report: Report, names: AccountNames) -> Iterator[str]:
    rows = (
        (
            code(names.text(edge.from_account_id)),
            code(names.text(edge.to_account_id)),
            f"{edge.issuances:,}",
            _few(edge.roles, edge.role_count),
            _few(map(names.origin, edge.origins), edge.origin_count),
        )
        for edge in report.edges
    )
    columns = ("from account", "to account", "times", "roles", "origins")
    yield from _section("Across accounts", _table(columns, rows, report.edge_count))


def _sessions(report: Report, names: AccountNames) -> Iterator[str]:
    rows = (
        (
            code(session.arn or session.access_key_id),
            f"{code(names.origin(session.origin))} ({session.grade})",
            f"{session.hops}",
            f"{session.calls:,}",
            _time(session.first_seen),
            "; ".join(session.why) or "-",
        )
        for session in report.sessions
    )
    columns = ("credential", "origin", "hops", "calls", "first", "why")
    yield from _section("Sessions and chains", _table(columns, rows, report.session_count))


def _coverage(report: Report, names: AccountNames) -> Iterator[str]:
    coverage = report.coverage
    yield from _section("Coverage", ())
    if coverage.complete:
        yield "No account lacks a day of the window; single hours may still be missing."
    for gap in coverage.gaps[:ROWS]:
        where = "all accounts" if gap.account_id is None else code(names.text(gap.account_id))
        region = "" if gap.region is None else f" in {code(gap.region)}"
        pruned = ", pruned" if gap.state == "pruned" else ""
        yield f"- nothing held of {where}{region} from {_time(gap.start)} to {_time(gap.end)}{pruned}"
    more = coverage.gap_count - len(coverage.gaps[:ROWS])
    if more:
        yield f"- {more:,} more gaps"
    yield ""
    rows = (
        (
            code(names.text(place.account_id)),
            code(place.region),
            f"{place.events:,}",
            f"{_held(place)} of {len(place.days)}",
        )
        for place in coverage.places
    )
    yield from _table(("account", "Region", "records", "days held"), rows, coverage.place_count)


def _held(place: Place) -> int:
    return sum(day.events > 0 for day in place.days)


def _inputs(report: Report) -> Iterator[str]:
    store, inputs, versions = report.store, report.inputs, report.versions
    lines = [
        f"- store {code(store.store)}: {store.events:,} records,"
        f" {time_text(store.first_event)} to {time_text(store.last_event)}",
        f"- {inputs.file_count:,} files; hash of all their hashes {code(inputs.sha256)}",
        *(
            [
                f"- integrity of the files: {store.verified:,} verified, {store.unverified:,} unverified"
                f"{f' ({store.unnamed:,} that no digest names)' if store.unnamed else ''},"
                f" {store.failed:,} failed, {store.unchecked:,} unchecked"
            ]
            if store.unchecked < store.files
            else []
        ),
        f"- read {store.read:,}, kept {store.kept:,}, duplicate {store.duplicate:,},"
        f" rejected {store.rejected:,}, not events {store.not_events:,}",
        *(
            [f"- translated {store.translated:,}: not CloudTrail's own records, so strong at most"]
            if store.translated
            else []
        ),
        *(f"- rejected for {code(reason.reason)}: {reason.rejected:,}" for reason in store.reasons),
        f"- trailtrace {versions.trailtrace}, schema {versions.schema}, DuckDB {versions.duckdb}",
        f"- configuration {code(report.configuration)}",
        *(f"- detection {code(tuned.name)}: {code(tuned_text(tuned))}" for tuned in report.tuned),
        *(f"- {source.section}: {code(f'queries/{source.query}.sql')}" for source in report.sources),
        *(
            f"- {code(each.name)} was not asked: {each.not_asked}"
            for each in report.detections
            if each.not_asked
        ),
        f"- each finding: {code('queries/findings/NAME.sql')}",
    ]
    yield from _section("Inputs", lines)
