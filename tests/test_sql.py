"""`trailtrace query` and `trailtrace sql`: what they print, what they refuse, and that they stop."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from case_records import CaseRecords
from conftest import Load, Outcome, Run, trail

import trailtrace
from trailtrace.errors import StoreError, UsageError

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
ENDLESS = "select count(*) from range(100000000000) a, range(1000) b"
HOSTILE = "\x1b]0;owned\x07=HYPERLINK(1)\u202e"

Ask = Callable[..., Outcome]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql") / "store.duckdb"
    trailtrace.load(path, [str(SAMPLES)])
    return path


@pytest.fixture
def ask(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("TRAILTRACE_STORE", str(store))
    return lambda *arguments: run(arguments)


READS = [
    "select 1",
    "SELECT 1;",
    "from calls limit 1",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 3) select * from n",
    "select * from hops_of('ASIA3KF6UTOHSVAMMEK6')",
    "describe events",
    "show tables",
    "summarize files",
    "explain select count(*) from events",
    "explain analyze select count(*) from files",
    "values (1)",
    "select unnest([1, 2])",
    "pivot files on integrity in ('unchecked') using count(*)",
    "select column_name, comment from duckdb_columns()",
    "select json_extract_string(request_parameters, '$.roleArn') from events limit 1",
    "select 'a; drop table events' as text -- ; drop table events",
]


@pytest.mark.parametrize("text", READS)
def test_what_only_reads_is_run(text: str, ask: Ask) -> None:
    asked = ask("sql", text, "--format", "ndjson")
    assert (asked.code, asked.stderr) == (0, "")
    assert asked.stdout


REFUSED = [
    # files and the network
    "select * from read_csv('{folder}/secret.csv')",
    "select * from read_csv_auto('{folder}/secret.csv')",
    "select * from read_text('{folder}/secret.csv')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_json('{folder}/secret.csv')",
    "select * from read_parquet('{folder}/secret.parquet')",
    "select * from parquet_metadata('{folder}/secret.parquet')",
    "select * from sniff_csv('{folder}/secret.csv')",
    "select * from read_duckdb('{folder}/other.duckdb')",
    "select * from glob('/etc/*')",
    "select * from '{folder}/secret.csv'",
    "select * from '{folder}/secret.parquet'",
    'from "{folder}/secret.csv"',
    "select * from 'http://127.0.0.1:1/secret.csv'",
    "select * from read_csv('s3://bucket/secret.csv')",
    "select (select max(content) from read_text('/etc/passwd'))",
    "with t as (select * from glob('*')) select * from t",
    "select * from query('select * from read_text(''/etc/passwd'')')",
    "select * from query_table('{folder}/secret.csv')",
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "explain analyze select * from read_text('/etc/passwd')",
    "describe select * from read_csv('{folder}/secret.csv')",
    "summarize '{folder}/secret.csv'",
    # writing
    "copy events to '{folder}/out.csv'",
    "copy (select 1) to '{folder}/out.csv'",
    "copy files from '{folder}/secret.csv'",
    "export database '{folder}/out'",
    "import database '{folder}/out'",
    "insert into meta values (1, 'x')",
    "update meta set schema_version = 9",
    "delete from records",
    "truncate records",
    "drop table records",
    "alter table records add column x integer",
    "create table t (a integer)",
    "create temp table t (a integer)",
    "create or replace temp view events as select 1",
    "create macro m() as 1",
    "comment on table records is 'x'",
    "with t as (delete from records returning *) select * from t",
    "explain analyze delete from records",
    "select nextval('file_ids')",
    "select * from checkpoint()",
    "select * from force_checkpoint()",
    "checkpoint",
    "vacuum",
    # settings, extensions, other databases
    "attach '{folder}/other.duckdb' as other",
    "attach ':memory:' as other",
    "detach store",
    "use memory",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '100GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset memory_limit",
    "set variable a = 1",
    "pragma enable_profiling",
    "pragma memory_limit = '100GB'",
    "call pragma_table_info('events')",
    "select * from enable_logging()",
    "select * from enable_profiling(save_location = '{folder}/out.json')",
    "call enable_logging(storage = 'file', storage_path = '{folder}/logs')",
    "select write_log('x')",
    "create secret (type s3)",
    "select * from duckdb_secrets()",
    "select * from duckdb_extensions()",
    # the program around it
    "select getenv('HOME')",
    "select * from python_arrow_scan(1)",
    "select * from arrow_scan(1, 2, 3)",
    "select * from secret_frame",
    "select sleep_ms(1)",
    # more than one statement
    "select 1; select 2",
    "select 1; drop table records",
    "select 1;; delete from records;",
    "select 1 /* */; set threads = 8",
    "begin; select 1",
    "prepare p as select 1",
    "execute p",
    "pivot files on integrity",
    "",
    ";",
    "/* nothing */",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_more_is_refused(text: str, ask: Ask, store: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("canary\n1\n")
    pl.DataFrame({"canary": [1]}).write_parquet(tmp_path / "secret.parquet")
    secret_frame = pl.DataFrame({"canary": [1]})
    before = store.read_bytes(), sorted(tmp_path.iterdir())
    asked = ask("sql", text.replace("{folder}", str(tmp_path)))
    assert asked.stdout == ""
    assert asked.code == 2, asked.stderr
    assert asked.stderr.startswith("trailtrace: error: sql: ")
    assert asked.stderr.count("\n") == 1
    assert "canary" not in asked.stderr
    assert (store.read_bytes(), sorted(tmp_path.iterdir())) == before
    assert secret_frame.height == 1


def test_the_connection_itself_is_locked(store: Path, tmp_path: Path) -> None:
    """Without the look at the statement, DuckDB's own switches still hold."""
    (tmp_path / "secret.csv").write_text("canary\n1\n")
    with trailtrace.open(store) as investigation:
        inner = investigation._store
        for text in (
            f"from read_csv('{tmp_path}/secret.csv')",
            f"copy (select 1) to '{tmp_path}/out.csv'",
            f"attach '{tmp_path}/other.duckdb'",
            "set memory_limit = '100GB'",
            "set lock_configuration = false",
            "delete from records",
        ):
            with pytest.raises(UsageError):
                inner.stream(text, {})
        # A failed statement leaves the store usable.
        assert investigation.sql("select 1 as one").rows() == [(1,)]
    assert not (tmp_path / "out.csv").exists()


def test_logs_in_memory_are_locked_too(tmp_path: Path) -> None:
    with trailtrace.from_logs([str(SAMPLES)]) as investigation:
        with pytest.raises(UsageError):
            investigation._store.stream("set enable_external_access = true", {})
        assert investigation.sql("select count(*) from calls").rows() == [(2509,)]


def test_a_statement_stops_when_its_time_is_over(ask: Ask) -> None:
    begun = time.monotonic()
    asked = ask("sql", ENDLESS, "--timeout", "0.5")
    assert time.monotonic() - begun < 10
    assert (asked.code, asked.stdout) == (1, "")
    assert "stopped after 0.5 seconds" in asked.stderr


def test_the_time_counts_while_rows_are_written(ask: Ask) -> None:
    asked = ask("sql", "select range from range(100000000000)", "--timeout", "1", "--format", "csv")
    assert asked.code == 1
    assert "stopped after 1 seconds" in asked.stderr


def test_a_statement_that_needs_too_much_memory_fails_and_says_so(store: Path) -> None:
    with trailtrace.open(store) as investigation:
        with pytest.raises(StoreError, match="Out of Memory"):
            investigation.sql("select list(repeat('x', 1000) || range) from range(100000000)", seconds=60)
        assert investigation.sql("select 1 as one").rows() == [(1,)]


def test_ctrl_c_stops_a_statement(store: Path) -> None:
    asked = subprocess.Popen(
        [sys.executable, "-m", "trailtrace", "sql", ENDLESS, "--store", store],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(2)
    asked.send_signal(signal.SIGINT)
    stdout, _ = asked.communicate(timeout=20)
    assert (asked.returncode, stdout) == (130, b"")


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_after_ctrl_c_the_store_answers_again(store: Path) -> None:
    import threading

    with trailtrace.open(store) as investigation:
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            investigation.sql(ENDLESS)
        assert investigation.sql("select 1 as one").rows() == [(1,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selec 1", "syntax error"),
        ("select nosuch from files", "nosuch"),
        ("select * from evnts", 'Did you mean "'),
        ("select cast('a' as integer)", "Could not convert"),
        ("select $a", "parameters"),
        ("select 'infinity'::timestamp", "cast it to varchar"),
        ("select 1" + "+1" * 900, "nested too deeply"),
        ("select 1" + "+1" * 5000, "depth"),
        ("select 'a\udcff'", "no text"),
        ("select 'a\0'", "no text"),
    ],
)
def test_a_mistake_is_one_line_on_stderr(text: str, message: str, ask: Ask) -> None:
    asked = ask("sql", text)
    assert (asked.code, asked.stdout, asked.stderr.count("\n")) == (2, "", 1)
    assert message in asked.stderr


def test_a_statement_comes_from_standard_input(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 1 as one;\n"))
    assert ask("sql", "--format", "csv").stdout == "one\n1\n"


# Formats


def test_csv_is_safe_for_spreadsheets_and_keeps_numbers(ask: Ask) -> None:
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1", 'a"b,c', "x=1"]
    values = ", ".join(f"('{text}', -1, ['=x'])" for text in cells)
    asked = ask("sql", f'from (values {values}) as t("=name", n, l)', "--format", "csv")
    head, *rows = list(csv.reader(io.StringIO(asked.stdout, newline="")))
    assert head == ["'=name", "n", "l"]
    assert [row[0] for row in rows] == ["'" + text for text in cells[:8]] + cells[8:]
    assert {(row[1], row[2]) for row in rows} == {("-1", '["=x"]')}


def hostile_store(load: Load) -> Path:
    records = CaseRecords(["09:00 user/alice calls s3 GetObject"]).records
    records[0]["userAgent"] = HOSTILE
    return load(trail(records)).store


@pytest.mark.parametrize("format", ["table", "markdown", "json", "ndjson"])
def test_log_text_is_shown_without_control_characters(format: str, load: Load, run: Run) -> None:
    store = hostile_store(load)
    asked = run(["sql", "select user_agent from events", "--format", format, "--store", str(store)])
    assert "owned" in asked.stdout
    assert not set(asked.stdout) & {"\x1b", "\x07", "\u202e"}


def test_csv_for_a_terminal_is_escaped_and_for_a_file_exact(
    load: Load, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = hostile_store(load)
    out = tmp_path / "out.csv"
    assert run(["sql", "select user_agent from events", "--out", str(out), "--store", str(store)]).code == 0
    assert out.read_text(encoding="utf-8") == f"user_agent\n{HOSTILE}\n"
    import pyarrow as pa

    from trailtrace.render.rows import csv_text

    batch = pa.record_batch({"user_agent": [HOSTILE]})
    assert "\x1b" not in "".join(csv_text(["user_agent"], [batch], escape=True))


def test_markdown_cannot_be_broken_out_of(ask: Ask) -> None:
    asked = ask("sql", r"select 'a|b<img src=x>![x](y)' as t", "--format", "markdown")
    assert asked.stdout.splitlines()[2] == r"| a\|b&lt;img src=x&gt;\!\[x\](y) |"


def test_json_has_every_kind_of_value(ask: Ask) -> None:
    text = (
        "select null as n, true as b, 10::hugeint as h, 1.5::decimal(5, 2) as d, 'nan'::double as nan,"
        " timestamp '2026-05-01 09:00:00' as t, date '2026-05-01' as day, [1, 2] as l, {'a': 'é'} as s,"
        " interval 90 minute as i, 'ab'::blob as x, 1 as h"
    )
    [row] = json.loads(ask("sql", text, "--format", "json").stdout)
    assert row == {
        "n": None, "b": True, "h": 10, "d": 1.5, "nan": None, "t": "2026-05-01T09:00:00Z",
        "day": "2026-05-01", "l": [1, 2], "s": {"a": "é"}, "i": "0 months 0 days 5400 seconds", "x": "6162",
        "h_2": 1,
    }  # fmt: skip


def test_no_rows_are_an_answer(ask: Ask) -> None:
    nothing = "select 1 as one where false"
    assert json.loads(ask("sql", nothing, "--format", "json").stdout) == []
    assert ask("sql", nothing, "--format", "csv").stdout == "one\n"
    assert ask("sql", nothing, "--format", "ndjson").stdout == ""
    assert ask("sql", nothing).stdout == "one\n"


@pytest.mark.parametrize("width", ["60", "120", "200"])
def test_a_table_fits(width: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for text in ("from events limit 3", "select event_name, user_agent, arn from events limit 20"):
        lines = ask("sql", text).stdout.splitlines()
        assert max(map(len, lines)) <= int(width)


def test_a_table_says_what_it_leaves_out(ask: Ask) -> None:
    cut = ask("sql", "select range as n from range(300)")
    assert (len(cut.stdout.splitlines()), cut.code) == (201, 0)
    assert "only the first 200 rows: --rows 0 shows all" in cut.stderr
    whole = ask("sql", "select range as n from range(300)", "--rows", "0")
    assert (len(whole.stdout.splitlines()), whole.stderr) == (301, "")
    exact = ask("sql", "select range as n from range(200)")
    assert exact.stderr == ""


@pytest.mark.parametrize("ending", ["csv", "json", "ndjson", "parquet", "md"])
def test_the_ending_of_the_file_chooses_the_format(ending: str, ask: Ask, tmp_path: Path) -> None:
    out = tmp_path / f"out.{ending}"
    asked = ask("query", "roles-of-origin", "--set", "origin=tomas", "--out", str(out))
    assert (asked.code, asked.stdout) == (0, "")
    assert asked.stderr == f"trailtrace: 3 rows written to {out}\n"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    if ending == "parquet":
        assert pl.read_parquet(out).height == 3
    if ending == "csv":
        assert pl.read_csv(out).height == 3


def test_a_failure_leaves_the_old_file(ask: Ask, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    slow = ask("sql", "select range from range(100000000000)", "--timeout", "1", "--out", str(out))
    assert (slow.code, out.read_text()) == (1, "old")
    assert list(tmp_path.iterdir()) == [out]


def test_the_store_is_never_written_over(ask: Ask, store: Path, tmp_path: Path) -> None:
    before = store.read_bytes()
    assert ask("sql", "select 1", "--format", "csv", "--out", str(store)).code == 2
    assert store.read_bytes() == before
    assert ask("sql", "select 1", "--out", str(tmp_path / "no" / "out.csv")).code == 2
    assert ask("sql", "select 1", "--out", str(tmp_path)).code == 2


# query


def test_query_lists_names_and_titles(ask: Ask) -> None:
    listed = ask("query").stdout
    assert "roles-of-origin" in listed
    assert "The roles one person or workload reached" in listed
    assert {"name": "grades", "title": "How much of the logs is attributed, and how well"} in json.loads(
        ask("query", "--format", "json").stdout
    )


def test_query_prints_its_statement(ask: Ask) -> None:
    shown = ask("query", "coverage-gaps", "--sql").stdout
    assert shown == (Path(__file__).parent.parent / "queries/library/coverage-gaps.sql").read_text()


def test_a_query_runs_with_its_values(ask: Ask) -> None:
    asked = ask("query", "roles-of-origin", "--set", "origin=tomas", "--format", "csv")
    assert asked.stdout.splitlines()[1].startswith(
        "arn:aws:iam::444455556666:role/ci/Deploy,444455556666,1,6,"
    )
    none = ask("query", "roles-of-origin", "--set", "origin=x' or 'a'='a", "--format", "ndjson")
    assert (none.code, none.stdout) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["roles-of-orign"], "did you mean roles-of-origin"),
        (["roles-of-origin"], "--set origin=… is missing"),
        (["grades", "--set", "since"], "write it as --set PARAM=VALUE"),
        (["grades", "--set", "sinc=2026-05-01"], "no parameter sinc: it takes since, until"),
        (["grades", "--set", "since=yesterday"], "not a time"),
        (["roles-of-origin", "--set", "origin=\udcff"], "not text"),
    ],
)
def test_a_wrong_query_is_one_line_and_code_2(arguments: list[str], message: str, ask: Ask) -> None:
    asked = ask("query", *arguments)
    assert (asked.code, asked.stdout, asked.stderr.count("\n")) == (2, "", 1)
    assert message in asked.stderr


def test_query_names_are_completed(store: Path) -> None:
    completed = subprocess.run(
        [sys.executable, "-m", "trailtrace"],
        env={
            **os.environ,
            "_TRAILTRACE_COMPLETE": "complete_bash",
            "COMP_WORDS": "trailtrace query roles",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.stdout.split() == ["roles-of-origin"]


@pytest.mark.parametrize("command", ["query", "sql"])
def test_help_has_an_example(command: str, ask: Ask) -> None:
    assert f"Example: trailtrace {command} " in ask(command, "--help").stdout


def test_no_store_is_one_line(run: Run, tmp_path: Path) -> None:
    asked = run(["sql", "select 1", "--store", str(tmp_path / "none.duckdb")])
    assert (asked.code, asked.stdout, asked.stderr.count("\n")) == (1, "", 1)


def test_the_reader_of_the_output_may_go_away(store: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "trailtrace", "sql", "from range(9999999)", "--format=csv", "--store", store],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as asked:
        assert asked.stdout is not None and asked.stderr is not None
        assert asked.stdout.readline() == b"range\n"
        asked.stdout.close()
        assert asked.stderr.read() == b""
        assert asked.wait(20) == 0


@pytest.mark.parametrize(
    "asked",
    [
        ["sql", "select count(*) as records from events_with_origin"],
        ["query", "calls-by-origin", "--set", "origin=tomas"],
    ],
)
def test_logs_answer_as_their_store_does(
    asked: list[str], ask: Ask, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stored = ask(*asked)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAILTRACE_STORE")
    straight = run([*asked, "--logs", str(SAMPLES)])
    assert straight == stored
    assert stored.stdout
    assert list(tmp_path.iterdir()) == []


def test_logs_without_an_event_are_no_answer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    refused = run(["sql", "select 1", "--logs", str(tmp_path)])
    assert (refused.code, refused.stdout) == (3, "")
