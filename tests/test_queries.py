"""Every SQL file is one that the program runs, says what it does, and holds one kind of thing."""

import re
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parent.parent
QUERIES = ROOT / "queries"
FILES = sorted(QUERIES.rglob("*.sql"))
NAMED = [path for path in FILES if path.parent.name in ("library", "findings")]
"""What is run by name: tests/test_library.py and tests/test_findings.py hold them to their headers."""


def name(path: Path) -> str:
    return str(path.relative_to(QUERIES).with_suffix(""))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_statement_says_what_it_is_for(path: Path) -> None:
    assert path.read_text().startswith("-- ")


@pytest.mark.parametrize(
    "path", [path for path in FILES if path not in NAMED and path.parent.name != "migrations"], ids=name
)
def test_a_statement_is_used(path: Path) -> None:
    code = "".join(source.read_text() for source in (ROOT / "trailtrace").rglob("*.py"))
    assert f'"{name(path)}"' in code


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "answers"], ids=name)
def test_an_answer_is_one_select(path: Path) -> None:
    [statement] = duckdb.extract_statements(path.read_text())
    assert statement.type == duckdb.StatementType.SELECT


def test_no_sql_is_assembled_in_python() -> None:
    for source in (ROOT / "trailtrace").rglob("*.py"):
        assert not re.search(r"""f["'].*\b(select|insert|delete|update)\b .*\{""", source.read_text()), source
