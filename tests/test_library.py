"""Every named query keeps what its header promises, on an empty store and on the sample logs."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import make_reference
import pytest

import trailtrace
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.library import Query, named_query, query_names, read_query, values_for
from trailtrace.store import memory_store

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
DOCS = Path(__file__).parent.parent / "docs"

GIVEN: dict[str, object] = {
    "address": "192.0.2.115",
    "at": "2026-05-05T15:10:00Z",
    "credential": "ASIA3KF6UTOHSVAMMEK6",
    "origin": "tomas",
    "resource": "wrenfield",
    "role": "CatalogueWriter",
    "since": "2026-05-06",
    "workload": "i-068f37b14ff77c2d5",
}
"""A value for every parameter that must be given, with rows in the sample logs."""

QUIET = {
    "anonymous-calls",
    "contradicting-records",
    "detection-changes",
    "external-accounts",
    "failed-sign-ins",
    "logging-changes",
    "rejected-records",
    "root-use",
    "sessions-from-several-addresses",
    "trust-changes",
    "used-after-expiry",
}
"""Queries that find nothing in the sample logs; asserted exactly, so that no other falls silent."""


@pytest.fixture(scope="module")
def samples() -> Iterator[trailtrace.Investigation]:
    with trailtrace.from_logs([str(SAMPLES)]) as investigation:
        yield investigation


@pytest.fixture(scope="module")
def empty() -> Iterator[trailtrace.Investigation]:
    with trailtrace.Investigation(memory_store()) as investigation:
        yield investigation


def given_for(query: Query) -> dict[str, object]:
    return {param.name: GIVEN[param.name] for param in query.params if param.default is None}


def declared(query: Query) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in query.columns]


def test_there_are_enough_to_choose_from() -> None:
    assert len(query_names()) >= 30


@pytest.mark.parametrize("name", query_names())
def test_a_query_is_one_select_with_the_declared_parameters(name: str) -> None:
    query = named_query(name)
    [statement] = duckdb.extract_statements(query.sql)
    assert statement.type == duckdb.StatementType.SELECT
    assert statement.named_parameters == {param.name for param in query.params}


@pytest.mark.parametrize("name", query_names())
def test_a_query_says_what_it_shows(name: str) -> None:
    query = named_query(name)
    assert len(query.about) >= 2
    assert query.about[0].startswith("A row is one ")
    assert "order by" in query.sql


@pytest.mark.parametrize("name", query_names())
def test_an_empty_store_gives_no_rows_of_the_declared_columns(
    name: str, empty: trailtrace.Investigation
) -> None:
    query = named_query(name)
    with empty.query_results(name, given_for(query)) as results:
        assert list(zip(results.schema.names, results.types, strict=True)) == declared(query)
        assert sum(batch.num_rows for batch in results.batches) == 0


@pytest.mark.parametrize("name", query_names())
def test_the_sample_logs_give_rows(name: str, samples: trailtrace.Investigation) -> None:
    query = named_query(name)
    rows = samples.query(name, **given_for(query))
    assert rows.columns == [column.name for column in query.columns]
    assert (rows.height == 0) == (name in QUIET)
    # Parallel work must not change what is shown.
    assert rows.equals(samples.query(name, **given_for(query)))


@pytest.mark.parametrize(
    "name", [name for name in query_names() if "since" in {param.name for param in named_query(name).params}]
)
def test_a_span_narrows(name: str, samples: trailtrace.Investigation) -> None:
    query = named_query(name)
    after = {**given_for(query), "since": datetime(2030, 1, 1)}
    assert samples.query(name, **after).height == 0


def test_every_origin_is_found_under_its_name_id_and_arn(samples: trailtrace.Investigation) -> None:
    by_name, by_id, by_arn = (
        samples.query("timeline-of-person", origin=origin)
        for origin in ("Tomas", "AIDARTX3GSDS3DDYOAZI3", "arn:aws:iam::111122223333:user/tomas")
    )
    assert by_name.height > 100
    assert by_name.equals(by_id)
    assert by_name.equals(by_arn)


def test_a_call_that_two_accounts_recorded_counts_once(samples: trailtrace.Investigation) -> None:
    shared = samples.sql("select shared_event_id from calls where shared_event_id is not null")
    assert shared.height == shared.unique().height
    assert samples.query("external-accounts").height == 0
    [(unresolved,)] = samples.query("unresolved-credentials").select("access_key_id").rows()
    assert unresolved == "ASIA3KF6UTOH7AKI4FB3"


def test_a_borrowed_name_is_shown_with_who_borrowed_it(samples: trailtrace.Investigation) -> None:
    rows = samples.query("borrowed-names").select("session_name", "origin_name").rows()
    assert rows == [("ingrid@wrenfield.example", "bram")]


def test_a_mistyped_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean roles-of-origin"):
        named_query("roles-of-orign")
    with pytest.raises(UsageError, match="did you mean kms-changes"):
        named_query("kms")
    with pytest.raises(UsageError, match="lists all"):
        named_query("xyzzy")


def test_a_name_is_no_path() -> None:
    with pytest.raises(UsageError):
        named_query("../store/schema")


HEADER = "-- title: T\n-- about: A row is one x.\n"


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.replace("-- title: T\n", "") + "-- column a: integer  -- a\n",
        HEADER + "-- column a: integer\n",
        HEADER + "-- parameter a: integer  -- a\n",
    ],
)
def test_a_header_that_says_too_little_is_refused(header: str) -> None:
    with pytest.raises(TrailtraceError):
        read_query("q", header + "select 1 as a")


def test_values_are_read_as_their_declared_types() -> None:
    query = read_query(
        "q",
        HEADER
        + "-- param at: timestamp         -- when\n"
        + "-- param day: date = null      -- day\n"
        + "-- param limit: integer = 100  -- most\n"
        + "-- param all: boolean = false  -- all\n"
        + "-- column a: integer           -- a\n",
    )
    values = values_for(query, {"at": "2026-05-01T11:00:00+02:00"})
    assert values == {"at": datetime(2026, 5, 1, 9), "day": None, "limit": 100, "all": False}
    for given, message in (
        ({}, "--set at=… is missing: when"),
        ({"at": "yesterday"}, "write it as 2026-05-01T09:00:00Z"),
        ({"at": "2026-05-01", "limit": "many"}, "not a whole number"),
        ({"at": "2026-05-01", "all": "maybe"}, "not true or false"),
        ({"at": "2026-05-01", "nosuch": "1"}, "no parameter nosuch: it takes at, day, limit, all"),
    ):
        with pytest.raises(UsageError, match=message):
            values_for(query, given)


@pytest.mark.parametrize(
    ("page", "text"), [("queries.md", make_reference.queries_page), ("schema.md", make_reference.schema_page)]
)
def test_the_reference_is_current(page: str, text: object) -> None:
    assert callable(text)
    assert (DOCS / page).read_text(encoding="utf-8") == text(), "run `make docs`"
