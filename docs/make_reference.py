"""Writes docs/queries.md, docs/findings.md and docs/schema.md from headers of SQL files and an empty store.

Run it with `make docs` after changing these; tests hold the pages to what it would write.
"""

from pathlib import Path

from trailtrace.detections import Detection, detection, detection_names
from trailtrace.library import Query, named_query, query_names
from trailtrace.store import memory_store

DOCS = Path(__file__).parent

VIEWS = ("events_with_origin", "calls", "sessions", "chains", "coverage")
"""In the order of the page."""

QUERIES_INTRO = """\
# Named queries

`trailtrace query` lists these, and `trailtrace query NAME` runs one on a store:

```console
$ trailtrace query roles-of-origin --set origin=tomas --store demo.duckdb
```

`--set PARAM=VALUE` gives a parameter its value; one without a default must be given.
Times are UTC, `2026-05-01T09:00:00Z` or `2026-05-01`.
With `--logs PATH` instead of `--store` it answers straight from log files.
`--sql` prints the statement, to be changed and run with `trailtrace sql`.
`--format` is `table`, `csv`, `json`, `ndjson`, `parquet` or `markdown`.
`--out FILE` writes a file, whose ending chooses the format.
A table shows the first 200 rows unless `--rows` says otherwise; the other formats have all.

An origin with a grade below `strong` is a lead, not an answer.
A call that two accounts recorded counts once, where the caller's own record is held.

This page is made from the headers of `queries/library/`.
"""

SCHEMA_INTRO = """\
# Views

What ad-hoc SQL is written against: `trailtrace sql`, the DuckDB command line, or any client of DuckDB 2.0 or later that opens the store read-only.
Their names and columns are stable: columns may be added.
All times are UTC timestamps with no zone.
The tables below them are described in [store.md](store.md).

```console
$ trailtrace sql "select origin_name, count(*) as calls from calls where error_code is not null group by all order by calls desc" --store demo.duckdb
```

`hops_of(credential)` is a table macro: every hop from a credential, given by `use_id` or access key id, back to where its chain stops, nearest first.
It has the columns of `chains` and `from_use_id`, where the walk began, and `hop`, counted from 1.

```console
$ trailtrace sql "select hop, rule, grade, issued_at, role_arn, caller_arn from hops_of('ASIA3KF6UTOHSVAMMEK6')" --store demo.duckdb
```

This page is made from the comments on the views, which every client can read too: `select column_name, comment from duckdb_columns()`.
"""


FINDINGS_INTRO = """\
# Findings

What `trailtrace report` looks for, and what a reader must know of each finding.
A finding names the origin behind it, with the grade of its chain: below `strong` it is a lead, not an answer.
Severity says how bad it is if it is what it looks like, confidence how likely it is that.
The id of a finding is the same in every report, so that it can be accepted once.

This page is made from the headers of `queries/findings/`.
"""


def queries_page() -> str:
    """The text of docs/queries.md."""
    queries = [named_query(name) for name in query_names()]
    rows = [f"| [`{query.name}`](#{query.name}) | {query.title} |" for query in queries]
    index = "\n".join(["| query | what it shows |", "|---|---|", *rows])
    return "\n".join([QUERIES_INTRO, index, "", *map(_query_section, queries)])


def _query_section(query: Query) -> str:
    parts = [f"## {query.name}", "", f"{query.title}.", "", *query.about, ""]
    if query.params:
        parts += ["| parameter | type | default | |", "|---|---|---|---|"]
        for param in query.params:
            default = {None: "must be given", "null": "none"}.get(param.default, param.default)
            parts.append(f"| `{param.name}` | {param.type} | {default} | {_cell(param.about)} |")
        parts.append("")
    parts += ["| column | type | |", "|---|---|---|"]
    parts += [f"| `{column.name}` | {column.type} | {_cell(column.about)} |" for column in query.columns]
    return "\n".join([*parts, ""])


def findings_page() -> str:
    """The text of docs/findings.md."""
    found = sorted(map(detection, detection_names()), key=lambda each: (-each.severity.rank, each.name))
    rows = [
        f"| [`{each.name}`](#{each.name}) | {each.severity} | {each.confidence} | {each.query.title} |"
        for each in found
    ]
    index = "\n".join(["| finding | severity | confidence | |", "|---|---|---|---|", *rows])
    return "\n".join([FINDINGS_INTRO, index, "", *map(_finding_section, found)])


def _finding_section(found: Detection) -> str:
    parts = [
        f"## {found.name}",
        "",
        f"{found.query.title}: severity {found.severity}, confidence {found.confidence}.",
        "",
    ]
    parts += [*found.query.about, ""]
    for heading, sentences in (
        ("It cannot see", found.cannot_see),
        ("False positives", found.false_positives),
        ("What to do", found.what_to_do),
    ):
        parts += [f"**{heading}**", "", *sentences, ""]
    params = [param for param in found.query.params if param.name not in ("since", "until")]
    if params:
        parts += ["| parameter | type | default | |", "|---|---|---|---|"]
        for param in params:
            default = "none" if param.default == "null" else param.default
            parts.append(f"| `{param.name}` | {param.type} | {default} | {_cell(param.about)} |")
        parts.append("")
    return "\n".join(parts)


def schema_page() -> str:
    """The text of docs/schema.md."""
    with memory_store() as store:
        rows = store.records("answers/columns")
    parts = [SCHEMA_INTRO]
    for view in VIEWS:
        columns = [row for row in rows if row["table_name"] == view]
        parts += [f"## {view}", "", columns[0]["view_comment"], ""]
        if view == "calls":
            continue
        parts += ["| column | type | |", "|---|---|---|"]
        parts += [
            f"| `{row['column_name']}` | {row['data_type']} | {_cell(row['comment'] or '')} |"
            for row in columns
        ]
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    (DOCS / "queries.md").write_text(queries_page(), encoding="utf-8")
    (DOCS / "findings.md").write_text(findings_page(), encoding="utf-8")
    (DOCS / "schema.md").write_text(schema_page(), encoding="utf-8")
