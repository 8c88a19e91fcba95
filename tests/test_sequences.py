"""The functions behind sequence questions, on frames of a few rows."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from trailtrace.audit.sequences import after_many, many_within
from trailtrace.detections import COLUMNS

NINE = datetime(2026, 5, 1, 9)

ATTEMPTS = pl.Schema(
    {
        "group": pl.String(),
        "failed": pl.Boolean(),
        "subject": pl.String(),
        "event_time": pl.Datetime("us"),
        "event_id": pl.String(),
        "use_id": pl.String(),
        "account_id": pl.String(),
        "whose": pl.String(),
        "key": pl.List(pl.String()),
        "deed": pl.String(),
        "least": pl.Int32(),
        "minutes": pl.Int32(),
    }
)
READS = pl.Schema(
    {
        "group": pl.String(),
        "event_time": pl.Datetime("us"),
        "event_id": pl.String(),
        "use_id": pl.String(),
        "account_id": pl.String(),
        "key": pl.List(pl.String()),
        "who": pl.String(),
        "what": pl.String(),
        "least": pl.Int32(),
        "minutes": pl.Int32(),
    }
)


def attempt(minute: float, *, failed: bool, group: str = "g", event_id: str | None = None) -> dict[str, Any]:
    return {
        "group": group,
        "failed": failed,
        "subject": "s",
        "event_time": NINE + timedelta(minutes=minute),
        "event_id": event_id or f"{group} {minute}",
        "use_id": "use",
        "account_id": "111111111111",
        "key": ["s"],
        "deed": "Somebody got in",
        "least": 3,
        "minutes": 60,
    }


def read(minute: float, what: str, group: str = "g") -> dict[str, Any]:
    return {
        "group": group,
        "event_time": NINE + timedelta(minutes=minute),
        "event_id": f"{group} {what}",
        "use_id": "use",
        "account_id": "111111111111",
        "key": [group],
        "who": "Somebody",
        "what": what,
        "least": 3,
        "minutes": 10,
    }


def attempts(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return after_many(pl.LazyFrame(rows, schema=ATTEMPTS)).collect().to_dicts()


def reads(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return many_within(pl.LazyFrame(rows, schema=READS)).collect().to_dicts()


@pytest.mark.parametrize(("question", "schema"), [(after_many, ATTEMPTS), (many_within, READS)])
def test_nothing_is_found_in_nothing(question: Any, schema: Any) -> None:
    found = question(pl.LazyFrame(schema=schema)).collect()
    assert found.columns[: len(COLUMNS)] == [name for name, _ in COLUMNS]
    assert found.is_empty()


def test_failures_of_the_very_second_count_and_those_an_hour_old_do_not() -> None:
    at_once = [attempt(0, failed=True, event_id=str(number)) for number in range(3)]
    [found] = attempts(*at_once, attempt(0, failed=False, event_id="in"))
    assert (found["failures"], found["event_count"]) == (3, 4)
    assert sorted(found["event_ids"]) == ["0", "1", "2", "in"]
    assert attempts(*at_once, attempt(60, failed=False)) == []
    assert len(attempts(*at_once, attempt(59.9, failed=False))) == 1


def test_it_says_whose_attempts_failed() -> None:
    tried = [attempt(number, failed=True) | {"whose": name} for number, name in enumerate("cbaabfedg")]
    [found] = attempts(*tried, attempt(9, failed=False, event_id="in"))
    assert found["summary"].endswith(
        "after 9 attempts that failed within 60 minutes, as a, b, c, d, e and 2 more"
    )
    [found] = attempts(*(each | {"whose": None} for each in tried), attempt(9, failed=False))
    assert found["summary"].endswith("within 60 minutes")


def test_groups_are_counted_apart_and_a_subject_is_found_once() -> None:
    mixed = [attempt(n, failed=True, group=group) for n, group in enumerate("ggh")]
    assert attempts(*mixed, attempt(5, failed=False), attempt(5, failed=False, group="h")) == []
    both = [attempt(n, failed=True, group=group) for group in "gh" for n in range(3)]
    [found] = attempts(*both, attempt(5, failed=False), attempt(5, failed=False, group="h"))
    assert found["summary"] == "Somebody got in after 3 attempts that failed within 60 minutes"


def test_the_first_success_is_shown_with_the_failures_before_it() -> None:
    rows = [attempt(n, failed=True) for n in range(40)]
    [found] = attempts(*rows, attempt(41, failed=False), attempt(50, failed=False))
    assert found["last_seen"] == NINE + timedelta(minutes=41)
    assert len(found["event_ids"]) == 20
    assert found["event_ids"][-1] == "g 41"


def test_order_of_rows_changes_nothing() -> None:
    rows = [attempt(n, failed=n < 4) for n in range(6)]
    assert attempts(*rows) == attempts(*reversed(rows))
    many = [read(n, f"secret {n}") for n in range(5)]
    assert reads(*many) == reads(*reversed(many))


def test_rows_that_lie_apart_are_no_burst() -> None:
    assert reads(read(0, "a"), read(5, "b"), read(10, "c")) == []
    [found] = reads(read(0, "a"), read(5, "b"), read(9.9, "c"), read(60, "d"))
    assert found["event_ids"] == ["g a", "g b", "g c"]
    assert found["different"] == 3


def test_bursts_of_two_groups_are_two_findings() -> None:
    found = reads(*(read(n, f"secret {n}", group) for group in "gh" for n in range(3)))
    assert [row["key"] for row in found] == [["g"], ["h"]]
