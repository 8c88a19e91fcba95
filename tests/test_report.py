"""A report says what happened in a window, by whom, what is new and what is missing."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords
from conftest import trail
from report_cases import FOUND, LINES, logs, only

import trailtrace
from trailtrace.detections import detection
from trailtrace.errors import UsageError
from trailtrace.finding import Severity, Window
from trailtrace.model import Grade
from trailtrace.render.report_json import report_json
from trailtrace.render.report_md import report_md
from trailtrace.report import Gap, Report
from trailtrace.settings import DetectionSettings, Settings
from trailtrace.snapshot import Snapshot, read_snapshot

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
SINCE = datetime(2026, 5, 8)
NOW = datetime(2026, 5, 10, 23)
DAY_2 = datetime(2026, 5, 2)
DAY_3 = datetime(2026, 5, 3)


@pytest.fixture(scope="module")
def samples() -> Iterator[trailtrace.Investigation]:
    with trailtrace.from_logs([str(SAMPLES)]) as investigation:
        yield investigation


def report_of(lines: list[str], folder: Path, **asked: Any) -> Report:
    with trailtrace.from_logs(logs(folder, lines)) as investigation:
        return investigation.report(**{"settings": only(), "now": DAY_3, **asked})


def test_the_same_store_window_and_clock_give_the_same_bytes(samples: trailtrace.Investigation) -> None:
    texts = {report_json(samples.report(SINCE, now=NOW)) for _ in range(2)}
    with trailtrace.from_logs([str(SAMPLES)]) as again:
        texts.add(report_json(again.report(SINCE, now=NOW)))
    assert len(texts) == 1
    assert report_json(samples.report(SINCE, now=NOW + timedelta(seconds=1))) not in texts


def test_the_order_of_arrival_changes_nothing_but_the_inputs(tmp_path: Path) -> None:
    records = CaseRecords(LINES).records
    values = []
    for number, order in enumerate((records, records[::-1], [*records, *records])):
        path = tmp_path / f"{number}.json"
        path.write_bytes(trail(order))
        with trailtrace.from_logs([str(path)]) as investigation:
            report = investigation.report(DAY_2, now=DAY_3, settings=only())
        value = json.loads(report_json(report).replace(path.name, ""))
        for differing in ("inputs", "store"):
            value.pop(differing)
        # Where the evidence lies is another place in each file.
        text = json.dumps(value)
        for record in range(2 * len(records) + 1):
            text = text.replace(f'"record": {record}, ', "")
        digests = {evidence["sha256"] for evidence in _evidence(value)}
        for digest in digests:
            text = text.replace(digest, "")
        values.append(text)
    assert values[0] == values[1] == values[2]


def _evidence(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "sha256" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _evidence(item)


def test_calls_are_those_of_the_view(samples: trailtrace.Investigation) -> None:
    report = samples.report(SINCE, now=NOW)
    [counted] = samples.sql(
        "select count(*) as calls, count(*) filter (where error_code is null and not read_only) as writes,"
        " count(*) filter (where coalesce(origin_kind, 'unknown') = 'unknown') as unresolved,"
        " count(*) filter (where origin_grade in ('proof', 'strong')) as attributed,"
        " count(distinct origin_kind || origin_id) as origins,"
        " count(distinct recipient_account_id) as accounts"
        " from calls where event_time >= '2026-05-08' and event_time < '2026-05-10 23:00'"
    ).to_dicts()
    assert counted["unresolved"] > 0
    for name, value in counted.items():
        assert getattr(report.totals, name) == value, name
    assert sum(each.calls for each in report.activity) == counted["calls"]
    assert all(sum(n for _, n in each.grades) == each.calls for each in report.activity)
    assert all(sum(n for _, n in each.calls_by_day) == each.calls for each in report.activity)


def test_a_call_outside_the_life_of_its_credential_has_no_origin(tmp_path: Path) -> None:
    report = report_of(LINES[:3], tmp_path)
    calls = {each.origin.name or each.origin.kind: (each.calls, each.stop) for each in report.activity}
    assert calls == {"alice": (2, "origin"), "unknown": (1, "contradiction")}


def test_what_was_not_held_before_is_new(samples: trailtrace.Investigation) -> None:
    report = samples.report(SINCE, now=NOW)
    assert report.news.history_from == datetime(2026, 5, 4, 0, 4, 31)
    [new] = [each for each in report.activity if each.is_new]
    firsts = samples.sql("select origin_id, min(event_time) as first_seen from calls group by all").to_dicts()
    late = {row["origin_id"] for row in firsts if row["first_seen"] >= SINCE and row["origin_id"]}
    assert late == {new.origin.id}
    ways = {(pair.from_role_arn, pair.role_arn) for pair in report.pairs if pair.is_new}
    assert report.news.pairs == len(ways) == 3


def test_nothing_is_new_where_nothing_is_held_from_before(samples: trailtrace.Investigation) -> None:
    for report in (samples.report(now=NOW), samples.report(datetime(2026, 5, 1), now=NOW)):
        assert report.news.history_from is None
        assert {each.is_new for each in report.activity} == {None}
        assert (report.news.origins, report.news.pairs, report.news.edges) == (0, 0, 0)


def test_roles_are_taken_directly_and_from_roles(tmp_path: Path) -> None:
    report = report_of(LINES, tmp_path, since=DAY_2)
    pairs = {(pair.from_role_arn, pair.role_arn, pair.origin.name, pair.is_new) for pair in report.pairs}
    prod, admin = "arn:aws:iam::222222222222:role/Prod", "arn:aws:iam::222222222222:role/ops/Admin"
    assert pairs == {(None, prod, "alice", True), (prod, admin, "alice", True)}
    [edge] = report.edges
    assert (edge.from_account_id, edge.to_account_id, edge.roles) == ("111111111111", "222222222222", (prod,))
    assert (edge.is_new, report.news.edges, report.news.pairs) == (True, 1, 2)
    names = {each.origin.name: each.is_new for each in report.activity}
    assert names == {"alice": False, "bob": True}


def test_a_way_already_taken_is_not_new(tmp_path: Path) -> None:
    lines = [*LINES, "d3 09:00 user/alice assumes 222222222222/role/Prod as again -> K4"]
    report = report_of(lines, tmp_path, since=DAY_3, until=DAY_3 + timedelta(days=1))
    assert [(pair.issuances, pair.is_new) for pair in report.pairs] == [(1, False)]


def test_findings_are_counted_and_chains_are_told(tmp_path: Path) -> None:
    report = report_of(LINES, tmp_path)
    [reported] = report.findings
    assert reported.finding.name == FOUND
    # Nobody is named for calls that the chain does not cover.
    assert (reported.finding.subject, reported.chain) == (None, ())
    assert report.finding_count == 1
    assert report.findings_by_severity[1] == ("high", 1)
    [longest] = [each for each in report.sessions if each.hops == 2]
    assert [hop.role_arn for hop in longest.chain] == [
        "arn:aws:iam::222222222222:role/ops/Admin",
        "arn:aws:iam::222222222222:role/Prod",
    ]
    assert longest.why == ("2 hops", "from another account", "1 changing call")


# What the report before knew


def snapshot_of(folder: Path, lines: list[str], **asked: Any) -> Snapshot:
    (folder / "before").mkdir()
    report = report_of(lines, folder / "before", **asked)
    (folder / "before.json").write_text(report_json(report))
    return read_snapshot(folder / "before.json")


def test_new_is_what_the_report_before_did_not_know(tmp_path: Path) -> None:
    before = snapshot_of(tmp_path, LINES[:5], now=DAY_2)
    report = report_of(LINES, tmp_path, previous=before)
    assert report.news.previous == DAY_2
    assert [each.origin.name for each in report.activity if each.is_new] == ["bob"]
    assert [pair.role_arn[-5:] for pair in report.pairs if pair.is_new] == ["Admin"]
    assert (report.news.origins, report.news.pairs, report.news.edges, report.news.findings) == (1, 1, 0, 0)
    assert [reported.is_new for reported in report.findings] == [False]


def test_a_finding_that_the_report_before_did_not_have_is_new(tmp_path: Path) -> None:
    before = snapshot_of(tmp_path, LINES[:2], now=DAY_2)
    report = report_of(LINES, tmp_path, previous=before)
    assert ([reported.is_new for reported in report.findings], report.news.findings) == ([True], 1)


def test_an_answer_that_late_logs_changed_is_told(tmp_path: Path) -> None:
    before = snapshot_of(tmp_path, [f"({LINES[0]})", *LINES[1:3]])
    report = report_of(LINES[:3], tmp_path, previous=before)
    [changed] = report.news.changed
    assert (changed.was.kind, changed.was_grade) == ("unknown", Grade.NONE)
    assert (changed.now.name, changed.now_grade) == ("alice", Grade.STRONG)
    assert any("1 answer is another than in that report" in each for each in report.summary)
    same = snapshot_of_again(tmp_path, LINES[:3])
    assert report_of(LINES[:3], tmp_path, previous=same).news.changed == ()


def snapshot_of_again(folder: Path, lines: list[str]) -> Snapshot:
    (folder / "again").mkdir()
    return snapshot_of(folder / "again", lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"snapshot": {}}',
        '{"snapshot": {"format": 2}}',
        '{"snapshot": {"format": 1, "generated_at": "x", "named": [], "answers": ""}}',
        '{"snapshot": {"format": 1, "named": [[1, 2, 3, 4, 5]], "answers": "a:0:proof"}}',
        '{"snapshot": {"format": 1, "named": [], "answers": "a:0:proof"}}',
        '{"snapshot": null}',
    ],
)
def test_what_is_no_report_is_refused_as_previous(text: str, tmp_path: Path) -> None:
    (tmp_path / "last.json").write_text(text)
    with pytest.raises(UsageError, match="--previous"):
        read_snapshot(tmp_path / "last.json")


# Coverage, and how an empty report is said


def test_quiet_is_told_from_missing(tmp_path: Path) -> None:
    lines = ["08:30 user/alice calls s3 GetObject", "12:30 user/alice calls s3 GetObject"]
    hour = {"since": datetime(2026, 5, 1, 10), "until": datetime(2026, 5, 1, 11)}
    quiet = report_of(lines, tmp_path, **hour)
    assert quiet.is_empty
    assert quiet.coverage.complete
    assert (
        "No activity from 2026-05-01T10:00:00Z until 2026-05-01T11:00:00Z:"
        " logs complete by day; single hours may be missing." in quiet.summary
    )
    missing = report_of(lines, tmp_path, since=DAY_2, until=DAY_3)
    assert missing.is_empty
    assert not missing.coverage.complete
    assert (
        "No activity: logs missing for all accounts from 2026-05-02T00:00:00Z to 2026-05-03T00:00:00Z."
        in missing.summary
    )


def test_a_day_that_an_account_lacks_is_a_gap(tmp_path: Path) -> None:
    lines = [
        "09:00 user/alice calls s3 GetObject",
        "09:00 222222222222/user/bob calls s3 GetObject",
        "d2 09:00 user/alice calls s3 GetObject",
        "d3 09:00 user/alice calls s3 GetObject",
        "d3 09:00 222222222222/user/bob calls s3 GetObject",
    ]
    report = report_of(lines, tmp_path, since=datetime(2026, 5, 1), until=datetime(2026, 5, 3, 9, 30))
    gap = Gap("222222222222", None, DAY_2, DAY_3, "gap")
    assert report.coverage.gaps[0] == Gap(None, None, datetime(2026, 5, 1), datetime(2026, 5, 1, 9), "before")
    assert gap in report.coverage.gaps
    assert not report.coverage.complete
    assert (report.coverage.first_day, report.coverage.last_day) == (date(2026, 5, 1), date(2026, 5, 3))
    # Of a day that is only partly in the window a quiet account may be silent.
    part = report_of(lines, tmp_path, since=datetime(2026, 5, 2, 8, 30), until=datetime(2026, 5, 3, 9, 30))
    assert part.coverage.complete
    # But not if it is silent in all of the window.
    whole = report_of(lines, tmp_path, since=datetime(2026, 5, 2, 8, 30), until=datetime(2026, 5, 2, 9, 30))
    assert [each.account_id for each in whole.coverage.gaps] == ["222222222222"]


def test_a_day_that_is_only_partly_in_the_window_is_held_by_that_part(tmp_path: Path) -> None:
    lines = ["09:00 user/alice calls s3 GetObject", "d2 09:00 user/alice calls s3 GetObject"]
    lines += ["d3 09:00 user/alice calls s3 GetObject", "05:00 222222222222/user/bob calls s3 GetObject"]
    lines += ["d3 08:00 222222222222/user/bob calls s3 GetObject"]
    window = {"since": datetime(2026, 5, 1, 6), "until": datetime(2026, 5, 2, 9, 30)}
    report = report_of(lines, tmp_path, **window)
    assert report.coverage.gaps == (Gap("222222222222", None, window["since"], window["until"], "gap"),)
    assert not report.coverage.complete
    states = {place.account_id: [day.state for day in place.days] for place in report.coverage.places}
    assert states == {"111111111111": ["events", "events"], "222222222222": ["gap", "gap"]}
    # Some hours of silence are none to be told of.
    lines += ["d2 09:00 222222222222/user/bob calls s3 GetObject", "d2 12:00 user/alice calls s3 GetObject"]
    window = {"since": datetime(2026, 5, 2, 10), "until": datetime(2026, 5, 3, 7)}
    hours = report_of(lines, tmp_path, **window)
    assert hours.coverage.complete


def test_what_could_not_be_read_is_told_first_of_all(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(trail([*CaseRecords(LINES).records, {"eventName": "NoTime"}]))
    with trailtrace.from_logs([str(path)]) as investigation:
        report = investigation.report(now=DAY_3, settings=only())
    assert report.store.rejected == 1
    assert any(each.startswith("1 record or file of this store could not be read") for each in report.summary)


def test_a_time_between_two_reports_is_told(tmp_path: Path) -> None:
    with trailtrace.from_logs(logs(tmp_path, LINES)) as investigation:

        def made(since: datetime | None, until: datetime, before: Snapshot | None = None) -> Report:
            return investigation.report(since, until, now=DAY_3, previous=before, settings=only())

        (tmp_path / "before.json").write_text(report_json(made(None, datetime(2026, 5, 1, 12))))
        kept = read_snapshot(tmp_path / "before.json")
        late, next_to = (made(since, DAY_3, kept) for since in (DAY_2, datetime(2026, 5, 1, 12)))
    assert late.news.skipped == Window(datetime(2026, 5, 1, 12), DAY_2)
    told = "No report looks at the time from 2026-05-01T12:00:00Z until 2026-05-02T00:00:00Z"
    assert any(each.startswith(told) for each in late.summary)
    assert next_to.news.skipped is None
    assert not any("No report looks" in each for each in next_to.summary)


def test_a_report_before_has_not_looked_at_what_came_after_it(tmp_path: Path) -> None:
    with trailtrace.from_logs(logs(tmp_path, LINES)) as investigation:
        before = investigation.report(until=DAY_3 + timedelta(days=30), now=DAY_2, settings=only())
        (tmp_path / "before.json").write_text(report_json(before))
        kept = read_snapshot(tmp_path / "before.json")
        since, now = DAY_3, DAY_3 + timedelta(days=1)
        after = investigation.report(since, now=now, previous=kept, settings=only())
        assert after.news.skipped == Window(DAY_2, DAY_3)

        until = datetime(2026, 5, 1, 12)
        earlier = investigation.report(None, until, now=now, previous=kept, settings=only())
        again = investigation.report(None, DAY_2, now=now, previous=kept, settings=only())
    told = "That report looked at a later time too, until 2026-05-02T00:00:00Z"
    assert any(each.startswith(told) for each in earlier.summary)
    assert not any(each.startswith("That report") for each in again.summary)


def test_what_the_configuration_keeps_out_is_told(tmp_path: Path) -> None:
    settings = Settings(
        detections={
            "assume-root": DetectionSettings(enabled=False),
            FOUND: DetectionSettings(severity=Severity.LOW, params={"grace_minutes": 30}),
            "root-access-key": DetectionSettings(severity=detection("root-access-key").severity),
        }
    )
    with trailtrace.from_logs(logs(tmp_path, LINES)) as investigation:
        report = investigation.report(now=DAY_3, settings=settings)
    assert report.summary[-3:] == (
        "The configuration switches off 1 detection: assume-root.",
        f"The configuration lowers 1 detection: {FOUND} to low.",
        f"The configuration sets other thresholds for 1 detection: {FOUND}.",
    )
    markdown = report_md(report)
    assert "- detection `assume-root`: `switched off`" in markdown
    assert f"- detection `{FOUND}`: `low instead of high; grace_minutes = 30`" in markdown
    [off, lowered] = json.loads(report_json(report))["tuned"]
    assert (off["enabled"], lowered["thresholds"]) == (False, {"grace_minutes": 30})


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    from trailtrace.store import memory_store

    with trailtrace.Investigation(memory_store()) as empty:
        report = empty.report(DAY_2, now=DAY_3)
    assert report.is_empty
    assert not report.coverage.complete
    assert report.coverage.places == ()
    assert any(each.startswith("No activity: logs missing for all accounts") for each in report.summary)
    assert json.loads(report_json(report))["totals"]["calls"] == 0


def test_its_json_is_an_object_of_ascii(samples: trailtrace.Investigation) -> None:
    text = report_json(samples.report(SINCE, now=NOW))
    assert text.isascii()
    value = json.loads(text)
    assert value["window"] == {"since": "2026-05-08T00:00:00Z", "until": "2026-05-10T23:00:00Z"}
    assert value["totals"]["calls"] == 779
    assert value["queries"]["activity"] == ["audit/window_calls", "audit/activity"]


def test_every_query_behind_a_number_is_there(samples: trailtrace.Investigation) -> None:
    from trailtrace.library import statement

    for source in samples.report(SINCE, now=NOW).sources:
        assert statement(source.query)
        assert hasattr(Report, source.section) or source.section in Report.__dataclass_fields__
