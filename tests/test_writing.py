"""Writing to a store beside its readers and other writers, and what is left when it goes wrong."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from conftest import Row, Run, trail, trail_records

import trailtrace
from trailtrace import upkeep
from trailtrace.errors import StoreError
from trailtrace.store import open_store
from trailtrace.writing import replaced, writing

BOTH_MODES = pytest.mark.parametrize("in_place", [True, False], ids=["in place", "on a copy"])


def names(store: Path) -> list[str]:
    with duckdb.connect(store, read_only=True) as connection:
        return [
            name for (name,) in connection.execute("select event_name from events order by all").fetchall()
        ]


def beside(store: Path) -> list[str]:
    """What is in the folder of the store, but for the logs and the store itself."""
    return sorted(path.name for path in store.parent.iterdir() if not path.is_dir() and path != store)


@pytest.fixture
def two_logs(tmp_path: Path) -> tuple[Path, Path]:
    """The halves of a trail."""
    first, second = tmp_path / "logs" / "first.json", tmp_path / "logs" / "second.json"
    first.parent.mkdir()
    first.write_bytes(trail(trail_records()[:2]))
    second.write_bytes(trail(trail_records()[2:]))
    return first, second


@pytest.fixture
def store(tmp_path: Path, two_logs: tuple[Path, Path]) -> Path:
    """A store with the first half in it."""
    path = tmp_path / "store.duckdb"
    trailtrace.load(path, [str(two_logs[0])])
    return path


HALF = ["AssumeRole", "GetObject"]
WHOLE = ["AssumeRole", "DescribeInstances", "GetObject", "ListUsers"]


def set_mode(monkeypatch: pytest.MonkeyPatch, in_place: bool) -> None:
    monkeypatch.setattr(upkeep, "IN_PLACE_BYTES", 10**9 if in_place else -1)


class Other:
    """Another process that does something with a store until it is told to stop."""

    def __init__(self, code: str, *arguments: str | Path) -> None:
        code += "\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys\n" + code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self) -> "Other":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


READER = "import duckdb; c = duckdb.connect(sys.argv[1], read_only=True)"


# One writer at a time


def test_two_ingests_take_turns_and_lose_nothing(store: Path, two_logs: tuple[Path, Path]) -> None:
    said: list[str] = []
    waits = threading.Event()

    def waiting(text: str) -> None:
        said.append(text)
        waits.set()

    second = threading.Thread(
        target=lambda: trailtrace.load(store, [str(two_logs[1])], waiting=waiting), daemon=True
    )
    with writing(store) as writer:
        second.start()
        assert waits.wait(60)
        with writer.in_place() as opened:
            opened._connection.execute("create table first as select 1")
    second.join(60)
    assert names(store) == WHOLE
    with duckdb.connect(store, read_only=True) as connection:
        assert connection.execute("select * from first").fetchall() == [(1,)]
    [line] = said
    assert f"process {os.getpid()} on {socket.gethostname()} since 2" in line
    assert "remove" not in line
    assert beside(store) == []


def test_a_lock_file_of_a_killed_writer_locks_nothing(
    store: Path, two_logs: tuple[Path, Path], run: Run
) -> None:
    killed = Other(
        "from pathlib import Path; from trailtrace.writing import writing\n"
        "w = writing(Path(sys.argv[1])); w.__enter__()",
        store,
    )
    with killed:
        assert beside(store) == ["store.duckdb.lock"]
    assert beside(store) == ["store.duckdb.lock"]
    outcome = run(["ingest", str(two_logs[1]), "--store", str(store)])
    assert (outcome.code, "waiting" in outcome.stderr) == (0, False)
    assert (names(store), beside(store)) == (WHOLE, [])


def test_the_lock_of_another_host_says_what_to_do(store: Path) -> None:
    lock = store.with_name("store.duckdb.lock")
    said: list[str] = []

    def gone_for_good(text: str) -> None:
        said.append(text)
        lock.unlink()

    with (
        Other(
            "import fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX)\n"
            "f.write('process 7 on elsewhere since 2026-01-01 00:00:00Z'); f.flush()",
            lock,
        ),
        writing(store, gone_for_good),
    ):
        pass
    [line] = said
    assert "process 7 on elsewhere since 2026-01-01 00:00:00Z is writing to it: waiting" in line
    assert f"if that host is gone for good, remove {lock}" in line


def test_who_lost_the_lock_changes_nothing(store: Path) -> None:
    before = store.read_bytes()
    refused = pytest.raises(StoreError, match=r"removed its lock meanwhile: nothing was changed")
    with refused, replaced(store) as opened:
        opened._connection.execute("delete from records")
        store.with_name("store.duckdb.lock").unlink()
    assert store.read_bytes() == before
    assert beside(store) == []


def test_what_another_program_wrote_is_not_lost(store: Path) -> None:
    with pytest.raises(StoreError, match=r"somebody else wrote to it"), replaced(store):
        connection = duckdb.connect(store)
        connection.execute("create table mine as select 1")
        connection.close()
    with duckdb.connect(store, read_only=True) as connection:
        assert connection.execute("select * from mine").fetchall() == [(1,)]
    assert beside(store) == []


# Readers


def test_a_question_is_answered_while_a_copy_is_written(store: Path, run: Run) -> None:
    with replaced(store) as opened:
        opened._connection.execute("delete from records")
        assert run(["query", "coverage-gaps", "--store", str(store)]).code == 0
        assert names(store) == HALF
    assert names(store) == []


def test_a_question_waits_for_what_is_written_in_place(store: Path) -> None:
    said: list[str] = []
    waits = threading.Event()
    found: list[list[Row]] = []

    def waiting(text: str) -> None:
        said.append(text)
        waits.set()

    def ask() -> None:
        with open_store(store, waiting=waiting) as opened:
            found.append(opened._connection.execute("select * from added").fetchall())

    reader = threading.Thread(target=ask, daemon=True)
    with writing(store) as writer, writer.in_place() as opened:
        reader.start()
        assert waits.wait(60)
        opened._connection.execute("create table added as select 7")
    reader.join(60)
    assert found == [[(7,)]]
    assert said == [f"{store}: a process has it open: waiting"]


def test_who_has_the_store_open_keeps_reading_it_as_it_was(store: Path) -> None:
    with trailtrace.open(store) as reader:
        with replaced(store) as opened:
            opened._connection.execute("delete from records")
        assert len(reader.sql("select * from events")) == len(HALF)
    assert names(store) == []


@pytest.mark.parametrize("same_process", [True, False])
def test_a_reader_that_stays_keeps_no_writer_waiting(
    same_process: bool, store: Path, two_logs: tuple[Path, Path], run: Run
) -> None:
    with trailtrace.open(store) if same_process else Other(READER, store):
        outcome = run(["ingest", str(two_logs[1]), "--store", str(store)])
        assert outcome.code == 0
    assert names(store) == WHOLE
    assert beside(store) == []
