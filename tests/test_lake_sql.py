"""What `lake sql` prints is SQL of the engine it is for, and gives a store's facts where it gives facts."""

import gzip
import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlglot
from conftest import Run
from snowflake_functions import for_duckdb, with_functions
from sqlglot import exp
from test_lake import ODD_JSON, ODD_TEXTS, ODD_TIMES

import trailtrace
from trailtrace.lake.engines import ENGINES, facts, statements
from trailtrace.library import statement

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"

UNKNOWN_TO_SQLGLOT = {
    "athena": ("unload",),
    "bigquery": ("create external table",),
    "databricks": ("set time zone",),
}
"""Statements that it hands on as text; of the select in one, if there is one, the engine's SQL is asked."""


def each_statement(text: str) -> list[str]:
    bare = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    return [part.strip() for part in bare.split(";\n") if part.strip()]


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_statement_is_the_engines_sql(dialect: str, run: Run) -> None:
    shown = run(["lake", "sql", "--dialect", dialect])
    assert shown.code == 0
    parts = each_statement(shown.stdout)
    assert len(parts) > 2
    for part in parts:
        parsed = sqlglot.parse_one(part, read=dialect)
        if isinstance(parsed, exp.Command):
            assert part.startswith(UNKNOWN_TO_SQLGLOT[dialect]), part
            if inner := re.search(r"\(\s*(select .*?)\n\)", part, re.DOTALL):
                assert isinstance(sqlglot.parse_one(inner[1], read=dialect), exp.Select)


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_engine_is_given_the_facts(dialect: str) -> None:
    assert "CREATE TABLE issuances" in statements(dialect)


def test_snowflakes_statements_say_that_they_were_never_run() -> None:
    printed = statements("snowflake")
    assert "ONLY PARSED. NONE OF IT HAS EVER BEEN RUN IN SNOWFLAKE" in printed
    assert "trailtrace loads the records, and never these facts" in printed


def test_athena_finds_days_by_their_names() -> None:
    table = statements("athena")
    for projected in ("account.type' = 'enum", "region.type' = 'enum", "day.type' = 'date"):
        assert f"'projection.{projected}'" in table
    assert "AWSLogs/${account}/CloudTrail/${region}/${day}" in table


def without_zone(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value
        for name, value in row.items()
    }


def told(uses: pl.DataFrame, issuances: pl.DataFrame) -> list[list[dict[str, Any]]]:
    """Facts to compare: records are known by their ids, since files are numbered by whoever reads them."""
    place = pl.element().struct.field("event_id")
    shown = issuances.with_columns(pl.col("evidence").list.eval(place))
    return [
        sorted(map(without_zone, table.to_dicts()), key=lambda row: str(row[key]))
        for table, key in ((uses, "use_id"), (shown, "issuance_id"))
    ]


needs_chdb = pytest.mark.skipif(importlib.util.find_spec("chdb") is None, reason="ClickHouse is run by chdb")


@pytest.fixture
def clickhouse() -> Iterator[Any]:
    from chdb.session import Session

    started: Any = Session
    with started() as session:
        yield session


ENGINE_NUMBERS = ('{"a":1.0}', '{"a":1e5}', '{"a":-0}', '{"a":1.50}')
"""Numbers that ClickHouse writes in another way, which docs/lake.md says."""


@needs_chdb
def test_clickhouse_reads_odd_values_as_duckdb_does(clickhouse: Any) -> None:
    from trailtrace.lake.translation import translated

    clickhouse.query(each_statement(statements("clickhouse"))[0])
    clickhouse.query("create table odd (t String) engine = Memory")
    texts = [*ODD_TIMES, *(text for text in ODD_JSON if text not in ENGINE_NUMBERS), *ODD_TEXTS]
    lines = "\n".join(json.dumps({"t": text}) for text in texts)
    clickhouse.query(f"insert into odd format JSONEachRow {lines}")
    sql = (
        "select t, plausible_time(parse_time(t)) as a,"
        " json_extract_string(t, '$.a') as b, json_extract_string(t, '$.a.b') as c,"
        " regexp_full_match(t, 'ASIA[A-Z0-9]{16}') as d, regexp_extract(t, '/([^/]+)$', 1) as e,"
        " regexp_extract(t, '(?:.*:function:)?([^:]+)', 1) as f, split_part(t, ':', 5) as g, md5(t) as h,"
        " regexp_matches(t, 'a.b') as i, substr(t, strpos(t, ':') + 1) as j,"
        " regexp_extract_all(t, '([a-z]+)', 1) as k, redact_tokens(t) as l from odd"
    )
    answered = clickhouse.query(translated(sql, "clickhouse"), "JSONCompactEachRow").bytes().decode()
    theirs = {
        row[0]: [row[1] and datetime.fromisoformat(row[1]), *row[2:]]
        for row in map(json.loads, answered.strip("\n").split("\n"))
    }
    with duckdb.connect() as connection:
        connection.execute(statement("store/macros"))
        connection.execute("create table odd (t varchar)")
        connection.executemany("insert into odd values (?)", [[text] for text in texts])
        # A text that is no JSON is an error there, and null in a store's views.
        ours = {
            row[0]: list(row[1:])
            for row in connection.execute(
                sql.replace(
                    "json_extract_string(t,", "json_extract_string(case when json_valid(t) then t end,"
                )
            ).fetchall()
        }
    assert theirs == ours


@needs_chdb
def test_clickhouse_gives_the_facts_of_a_store(clickhouse: Any, tmp_path: Path) -> None:
    bucket = re.escape("s3('https://BUCKET.s3.amazonaws.com/")
    printed = re.sub(rf"{bucket}trailtrace/", f"file('{tmp_path}/", statements("clickhouse"))
    printed = re.sub(rf"{bucket}AWSLogs/", f"file('{SAMPLES}/", printed)
    assert "s3(" not in re.sub("^--.*", "", printed, flags=re.MULTILINE)
    days = (
        ("2026/05/08' and '2026/05/14", "2026/05/05' and '2026/05/31"),
        ("2026/05/01' and '2026/05/07", "2026/05/01' and '2026/05/04"),
    )
    for printed_days, days_of_samples in days:
        printed = printed.replace(printed_days, days_of_samples)
    for part in each_statement(printed):
        clickhouse.query(part)
    uses, issuances = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("uses", "issuances"))
    with trailtrace.from_logs([str(SAMPLES)]) as store:
        expected = told(store.sql("from uses"), store.sql("from issuances"))
        assert told(uses, issuances) == expected
        booleans = {name for name, kind in store.sql("from issuances").schema.items() if kind == pl.Boolean}
    assert {name for name, kind in issuances.schema.items() if kind == pl.Boolean} == booleans
    with trailtrace.from_logs([str(tmp_path / "records.parquet")]) as brought:
        _, brought_issuances = told(brought.sql("from uses"), brought.sql("from issuances"))
        assert brought_issuances == expected[1]
        assert brought.sql("select count(*) from rejects").item() == 0


ODD_VALUES = [
    "true", "T", "Yes", "on", "0", "n", "3600.0", "3600.5", "1e3", "99999999999999999999",
    '{"sessionToken":"abc","x":1}', "4:  5", "2026-05-01T09:00:00+02", "Sept 1, 2023, 2:31:14 PM",
    "2026-05-01T9:00:00.1234567Z", "9999999999999",
]  # fmt: skip
"""Beyond those of `test_lake`."""


def as_velox_wants_it(expression: str, kind: str) -> str:
    """Velox has functions and no planner: what that would put in other words is put so here."""
    told = sqlglot.parse_one(expression, read="trino")

    def in_its_words(node: exp.Expr) -> exp.Expr:
        null = exp.cast(exp.null(), kind)
        match node:
            case exp.Nullif():
                equal = exp.EQ(this=node.this.copy(), expression=node.expression.copy())
                case = exp.Case(ifs=[exp.If(this=equal, true=exp.cast(exp.null(), "varchar"))])
                return case.else_(node.this).transform(in_its_words)
            case exp.Case() if node.args.get("default") is None:
                node.set("default", null)
            case exp.Null() if not isinstance(node.parent, exp.Is | exp.Cast):
                return null
            case exp.Mul(this=exp.TryCast()) if node.this.to.this == exp.DataType.Type.DOUBLE:
                node.set("expression", exp.Literal.number("1000000.0"))
            case exp.Anonymous() if node.name.upper() == "FROM_UNIXTIME_NANOS":
                # Milliseconds are all that its Presto has.
                milliseconds = f"cast({node.expressions[0].sql('trino')} as double) / 1000000000.0"
                found = f"cast(from_unixtime({milliseconds}) as timestamp with time zone)"
                return sqlglot.parse_one(found, read="trino").transform(in_its_words)
        return node

    return told.transform(in_its_words).sql("trino").replace("TIMESTAMP(6)", "TIMESTAMP")


@pytest.mark.skipif(
    importlib.util.find_spec("pyvelox") is None, reason="the functions of Trino are run by pyvelox"
)
@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("plausible_time(parse_time(t))", "timestamp"),
        ("json_extract_string(t, '$.a')", "varchar"),
        ("json_extract_string(t, '$.a.b')", "varchar"),
        ("regexp_full_match(t, 'ASIA[A-Z0-9]{16}')", "boolean"),
        ("regexp_extract(t, '/([^/]+)$', 1)", "varchar"),
        ("regexp_extract(t, '(?:.*:function:)?([^:]+)', 1)", "varchar"),
        ("regexp_matches(t, 'a.b')", "boolean"),
        ("split_part(t, ':', 5)", "varchar"),
        ("md5(t)", "varchar"),
        ("substr(t, strpos(t, ':') + 1)", "varchar"),
        ("redact_tokens(t)", "varchar"),
        ("parse_boolean(t)", "boolean"),
        ("try_cast(t as bigint)", "bigint"),
    ],
)
def test_trinos_functions_read_odd_values_as_duckdb_does(expression: str, kind: str) -> None:
    import pyvelox

    from trailtrace.lake.translation import translated

    pyvelox.register_presto_signatures()
    finer = "1777622400.123456"
    texts = sorted({*ODD_TIMES, *ODD_JSON, *ODD_TEXTS, *ODD_VALUES} - {*ENGINE_NUMBERS, finer})
    select = translated(f"select {expression}", "trino").removeprefix("SELECT ")
    run = pyvelox.Expression.from_string(as_velox_wants_it(select, kind))
    theirs = pyvelox.export_to_arrow(run.evaluate(["t"], [pyvelox.from_list(texts)])).to_pylist()
    # A text that is no JSON is an error in DuckDB, and null in a store's views.
    valid = "json_extract_string(case when json_valid(t) then t end"
    ours = []
    with duckdb.connect() as connection:
        connection.execute(statement("store/macros"))
        for text in texts:
            of_valid = expression.replace("json_extract_string(t", valid)
            asked = f"select {of_valid} from (select ? as t)"  # noqa: S608
            ours.append(connection.execute(asked, [text]).fetchall()[0][0])
    assert dict(zip(texts, theirs, strict=True)) == dict(zip(texts, ours, strict=True))


SECRETS = [
    'x-amz-security-token\\": \\"abc\\"def', '{"a":"session_token=\'abc\' secretAccessKey=xyz&b=1"}',
    '{"Session-Tokens" : [ "abc\\"d" ]}', "url?security-token=asdf\tnext SESSIONTOKEN=s\\\\x",
]  # fmt: skip

MORE_TIMES = [
    "2024-02-29T09:00:00Z", "2023-02-29T09:00:00Z", "2100-02-29T00:00:00Z", "2026-05-01T09:00:00+99:99",
    "Jul 10, 2023, 12:31:14 AM", "Jul 10, 2023 1:31:14 pm", "Foo 10, 2023 1:31:14 pm",
    "Jul 10, 2023, 0:31:14 PM", "9999999999", "999999999.9999999", "1" * 50, "1e300",
]  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        "plausible_time(parse_time(t))",
        "json_extract_string(t, '$.a')",
        "json_extract_string(t, '$.a.b')",
        "regexp_full_match(t, '(A(IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(:.*)?')",
        "regexp_full_match(t, 'ASIA[A-Z0-9]{16}')",
        "regexp_extract(t, '/([^/]+)$', 1)",
        "list_distinct(regexp_extract_all(t, '([a-z]+)', 1))",
        "regexp_matches(t, '(?i)SESSION_?token')",
        "split_part(t, ':', 5)",
        "substr(t, strpos(t, ':') + 1)",
        "redact_tokens(t)",
        "parse_boolean(t)",
        "try_cast(t as bigint)",
    ],
)
def test_what_is_printed_for_snowflake_says_what_duckdb_is_told(expression: str) -> None:
    from trailtrace.lake.translation import translated

    texts = sorted({*ODD_TIMES, *ODD_JSON, *ODD_TEXTS, *ODD_VALUES, *SECRETS, *MORE_TIMES})
    select = f"select t, {expression} from odd"  # noqa: S608
    with with_functions() as engine, duckdb.connect() as ours:
        ours.execute(statement("store/macros"))
        # A text that is no JSON is an error in DuckDB, and null in a store's views.
        valid = "json_extract_string(case when json_valid(t) then t end"
        asked = {
            engine: for_duckdb(translated(select, "snowflake")),
            ours: select.replace("json_extract_string(t", valid),
        }
        answers = []
        for connection, sql in asked.items():
            connection.execute("create table odd as select unnest(?) as t", [texts])
            found = dict(connection.execute(sql).fetchall())
            answers.append({text: sorted(v) if isinstance(v, list) else v for text, v in found.items()})
    assert answers[0] == answers[1]


def test_what_is_printed_for_snowflake_says_the_facts_of_a_store() -> None:
    """With Snowflake's functions as we read its documentation: what Snowflake makes of it nobody has seen."""
    texts = [
        json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        for file in sorted(SAMPLES.rglob("*.json.gz"))
        for record in json.loads(gzip.decompress(file.read_bytes())).get("Records", ())
    ]
    with with_functions() as engine:
        engine.execute("create table record_texts as select unnest(?) as record_text, '' as day", [texts])
        for made in facts("snowflake"):
            engine.execute(for_duckdb(made.removesuffix(";")))
        uses = engine.sql("from new_uses").pl()
        place = "list_transform(evidence, lambda place: {'event_id': place ->> 'event_id'})"
        issuances = engine.sql(f"select * replace ({place} as evidence) from issuances").pl()  # noqa: S608
    with trailtrace.from_logs([str(SAMPLES)]) as store:
        assert told(uses, issuances) == told(store.sql("from uses"), store.sql("from issuances"))
