"""A report says what happened in a window, by whom, what is new and what is missing."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords
from conftest import trail

import trailtrace
from trailtrace.render.report_json import report_json
from trailtrace.report import Report

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
SINCE = datetime(2026, 5, 8)
NOW = datetime(2026, 5, 10, 23)
FIRST_DAY = "2026-05-01"


@pytest.fixture(scope="module")
def samples() -> Iterator[trailtrace.Investigation]:
    with trailtrace.from_logs([str(SAMPLES)]) as investigation:
        yield investigation


def report_of(lines: list[str], folder: Path, **asked: Any) -> Report:
    """The report of records in the notation of cases, which begin on FIRST_DAY."""
    (folder / "log.json").write_bytes(trail(CaseRecords(lines).records))
    with trailtrace.from_logs([str(folder / "log.json")]) as investigation:
        return investigation.report(**asked)


def test_the_same_store_window_and_clock_give_the_same_bytes(samples: trailtrace.Investigation) -> None:
    texts = {report_json(samples.report(SINCE, now=NOW)) for _ in range(2)}
    with trailtrace.from_logs([str(SAMPLES)]) as again:
        texts.add(report_json(again.report(SINCE, now=NOW)))
    assert len(texts) == 1
    assert report_json(samples.report(SINCE, now=NOW + timedelta(seconds=1))) not in texts


def test_calls_are_those_of_the_view(samples: trailtrace.Investigation) -> None:
    report = samples.report(SINCE, now=NOW)
    [counted] = samples.sql(
        "select count(*) as calls, count(*) filter (where error_code is null and not read_only) as writes,"
        " count(*) filter (where coalesce(origin_kind, 'unknown') = 'unknown') as unresolved,"
        " count(*) filter (where origin_grade in ('proof', 'strong')) as attributed,"
        " count(distinct recipient_account_id) as accounts"
        " from calls where event_time >= '2026-05-08' and event_time < '2026-05-10 23:00'"
    ).to_dicts()
    assert counted["unresolved"] > 0
    for name, value in counted.items():
        assert getattr(report.totals, name) == value, name
    assert sum(each.calls for each in report.activity) == counted["calls"]
    assert all(sum(n for _, n in each.grades) == each.calls for each in report.activity)
    assert all(sum(n for _, n in each.calls_by_day) == each.calls for each in report.activity)


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


def test_its_json_is_an_object_of_ascii(samples: trailtrace.Investigation) -> None:
    text = report_json(samples.report(SINCE, now=NOW))
    assert text.isascii()
    value = json.loads(text)
    assert value["window"] == {"since": "2026-05-08T00:00:00Z", "until": "2026-05-10T23:00:00Z"}
    assert value["totals"]["calls"] == 779
    assert value["queries"]["activity"] == ["audit/window_calls", "audit/activity"]
