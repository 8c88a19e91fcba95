"""The prompt of `trailtrace sql`: what is typed is answered, and nothing typed ends it but leaving."""

import os
import signal
import threading
from pathlib import Path

import pytest
from case_records import CaseRecords
from conftest import Load, trail
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import trailtrace
from trailtrace.cli.prompt import NameCompleter, prompt
from trailtrace.cli.rows import RowFormat


@pytest.fixture
def store(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return load(trail(CaseRecords(["09:00 user/alice calls s3 GetObject"]).records)).store


def typed(store: Path, text: str, timeout: float = 60) -> None:
    with create_pipe_input() as keyboard:
        keyboard.send_text(text + "\\q\r")
        prompt(
            lambda: trailtrace.open(store), RowFormat.CSV, 200, timeout, terminal=(keyboard, DummyOutput())
        )


def test_statements_are_answered_with_their_time(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(store, "select event_name\rfrom events;\rselect 2 as two;\r")
    output = capsys.readouterr()
    assert output.out == "event_name\nGetObject\ntwo\n2\n"
    assert output.err.count("1 rows in 0.") == 2


def test_a_mistake_keeps_the_prompt(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(store, "selec 1;\rattach 'x';\r\\nosuch\r\\d nosuch\rselect 2 as two;\r")
    output = capsys.readouterr()
    assert output.out == "two\n2\n"
    assert "syntax error" in output.err
    assert "attach statements are refused" in output.err
    assert "no such table or view" in output.err


def test_ctrl_c_stops_the_query_and_keeps_the_prompt(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threading.Timer(3, os.kill, (os.getpid(), signal.SIGINT)).start()
    typed(store, "select count(*) from range(100000000000) a, range(1000) b;\rselect 2 as two;\r")
    output = capsys.readouterr()
    assert output.out == "two\n2\n"
    assert "stopped" in output.err


def test_ctrl_c_clears_what_was_typed(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(store, "select 1\x03select 2 as two;\r")
    assert capsys.readouterr().out == "two\n2\n"


def test_tables_and_columns_are_told(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(store, "\\d\r\\d coverage\r")
    shown = capsys.readouterr().out
    assert "events_with_origin" in shown
    assert "longest_gap_hours" in shown


def test_an_open_prompt_keeps_no_ingest_waiting(
    store: Path, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = 0

    def open_() -> trailtrace.Investigation:
        nonlocal opened
        opened += 1
        if opened == 2:  # the first statement: the prompt has been open since the first
            more = trail(CaseRecords(["10:00 user/bob calls s3 PutObject"]).records)
            assert load({"more.json": more}).outcome.code == 0
        return trailtrace.open(store)

    with create_pipe_input() as keyboard:
        keyboard.send_text("select count(*) as n from events;\r\\q\r")
        prompt(open_, RowFormat.CSV, 200, 60, terminal=(keyboard, DummyOutput()))
    assert capsys.readouterr().out == "n\n2\n"


def test_history_is_kept_for_its_owner_alone(store: Path, tmp_path: Path) -> None:
    typed(store, "select 42;\r")
    history = tmp_path / "state" / "trailtrace" / "sql_history"
    assert "select 42;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from even", ["events", "events_with_origin"]),
        ("select longest_g", ["longest_gap_hours"]),
        ("select coverage.long", ["longest_gap_hours"]),
        ("select count(longe", ["longest_gap_hours"]),
        ("selec", ["select"]),
    ],
)
def test_names_are_completed(text: str, expected: list[str], store: Path) -> None:
    with trailtrace.open(store) as investigation:
        completer = NameCompleter(investigation.columns())
    found = completer.get_completions(Document(text), CompleteEvent())
    assert [completion.text for completion in found][: len(expected)] == expected
