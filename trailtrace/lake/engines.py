"""The statements that do in another engine what a lake's build does: `trailtrace lake sql`.

Tables and exports are written in each engine's SQL, in `queries/lake/engines/`; the facts are the files of
`queries/facts/`, translated. Nothing here runs a statement.
"""

from __future__ import annotations

from dataclasses import dataclass

from trailtrace.errors import extra
from trailtrace.library import statement


@dataclass(frozen=True, slots=True)
class Engine:
    """What is printed for one engine, as names of files below `queries/`."""

    title: str
    reads: str
    """The trail's files as a table, and their records as texts: `record_texts`."""
    records: str
    """What brings records to trailtrace."""
    facts: str
    """What brings the facts."""


ENGINES = {
    "athena": Engine(
        "Amazon Athena", "lake/engines/athena", "lake/engines/athena_records", "lake/engines/athena_facts"
    ),
    "trino": Engine("Trino", "lake/engines/trino", "lake/engines/trino_records", "lake/engines/trino_facts"),
    "databricks": Engine(
        "Databricks",
        "lake/engines/databricks",
        "lake/engines/databricks_records",
        "lake/engines/databricks_facts",
    ),
    "snowflake": Engine(
        "Snowflake",
        "lake/engines/snowflake",
        "lake/engines/snowflake_records",
        "lake/engines/snowflake_facts",
    ),
    "bigquery": Engine(
        "BigQuery", "lake/engines/bigquery", "lake/engines/bigquery_records", "lake/engines/bigquery_facts"
    ),
    "clickhouse": Engine(
        "ClickHouse",
        "lake/engines/clickhouse",
        "lake/engines/clickhouse_records",
        "lake/engines/clickhouse_facts",
    ),
    "spark": Engine(
        "Apache Spark", "lake/engines/spark", "lake/engines/spark_records", "lake/engines/spark_facts"
    ),
}

_FACTS = (
    "lake/read_texts",
    "facts/named_identities",
    "facts/records_apart",
    "facts/new_calls",
    "facts/issuing_calls",
    "facts/new_uses",
    "facts/issued_again",
    "facts/issuances",
)

_ALL = {"first_file_id": 0, "first_identity_id": ""}
"""Nothing is known before: all records are new."""


def statements(dialect: str) -> str:
    """All statements for one engine of `ENGINES`, with comments. Raises MissingExtraError without sqlglot."""
    engine = ENGINES[dialect]
    parts = [
        *map(statement, ("lake/engines/about", engine.reads, engine.records, "lake/engines/facts")),
        *facts(dialect),
        *map(statement, ("lake/engines/counts", engine.facts)),
    ]
    return "\n".join(part.strip() + "\n" for part in parts)


def facts(dialect: str) -> list[str]:
    """The statements that make `uses` and `issuances` of `record_texts`, each a table or a view."""
    with extra("spark"):
        from trailtrace.lake.translation import tables
    found: list[str] = []
    columns: dict[str, list[str]] = {}
    for name in _FACTS:
        found += tables(name, dialect, _ALL, columns)
        if name == "lake/read_texts":
            found += tables("store/schema", dialect, _ALL, columns, only_view="events")
    return [f"{text};" for text in found]
