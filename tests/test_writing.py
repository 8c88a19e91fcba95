"""Writing to a store beside its readers and other writers, and what is left when it goes wrong."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import Row, Run, trail, trail_records

import trailtrace
from trailtrace import loading
from trailtrace.errors import StoreBusyError, StoreError
from trailtrace.locking import write_lock
from trailtrace.store import TooLongError, memory_store, open_store
from trailtrace.writing import replaced, writing

ROOT = sys.platform != "win32" and os.geteuid() == 0

BOTH_MODES = pytest.mark.parametrize("in_place", [True, False], ids=["in place", "on a copy"])


def names(store: Path) -> list[str]:
    with duckdb.connect(store, read_only=True) as connection:
        return [
            name for (name,) in connection.execute("select event_name from events order by all").fetchall()
        ]


def content(store: Path) -> dict[str, Row]:
    """The rows of each table and a sum of their hashes, which knows no order."""
    tables = "select table_name from duckdb_tables() where not temporary order by all"
    with duckdb.connect(store, read_only=True) as connection:
        found = {}
        for (name,) in connection.execute(tables).fetchall():
            rows = connection.table(name).set_alias("rows")
            [found[name]] = rows.aggregate("count(*), sum(hash(rows))").fetchall()
        return found


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with 24 MB on a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not ROOT or shutil.which("mount") is None:
        pytest.skip("a small disk needs root and mount")
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written in the folder; root needs a mount for that."""
    if not ROOT:
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    for options in (["--bind", str(folder), str(folder)], ["-o", "remount,bind,ro", str(folder)]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("no folder can be mounted read-only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


HALF = ["AssumeRole", "GetObject"]
WHOLE = ["AssumeRole", "DescribeInstances", "GetObject", "ListUsers"]


def set_mode(monkeypatch: pytest.MonkeyPatch, in_place: bool) -> None:
    monkeypatch.setattr(loading, "IN_PLACE_BYTES", 10**9 if in_place else -1)


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


def test_what_takes_too_long_in_place_is_given_up_and_loaded_on_a_copy(
    tmp_path: Path, store: Path, two_logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = tmp_path / "undisturbed.duckdb"
    shutil.copy(store, undisturbed)
    inode = store.stat().st_ino
    for path, seconds in ((undisturbed, float("inf")), (store, 0.0)):
        monkeypatch.setattr("trailtrace.writing.IN_PLACE_SECONDS", seconds)
        assert trailtrace.load(path, [str(two_logs[1])]).files == 1
    assert store.stat().st_ino != inode
    assert content(store) == content(undisturbed)
    undisturbed.unlink()
    assert beside(store) == []


def test_what_was_committed_is_not_given_up() -> None:
    with memory_store() as opened:
        opened.hurry(0)
        with pytest.raises(TooLongError):
            opened.run("store/last_file")
        with opened.transaction():
            pass
        assert opened.run("store/last_file") == [(0,)]


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


# What is known


def test_nothing_new_writes_nothing(store: Path, two_logs: tuple[Path, Path], run: Run) -> None:
    before = store.stat()
    with Other(READER, store):
        outcome = run(["ingest", str(two_logs[0]), "--store", str(store)])
    assert outcome.code == 0
    assert "1 more were loaded before" in outcome.stderr
    after = store.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_rewritten_under_its_name_and_size_is_loaded(store: Path, two_logs: tuple[Path, Path]) -> None:
    first = two_logs[0]
    times = first.stat()
    first.write_bytes(first.read_bytes().replace(b"GetObject", b"PutObject"))
    os.utime(first, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert first.stat().st_size == times.st_size
    assert trailtrace.load(store, [str(first)]).files == 1
    assert "PutObject" in names(store)


def test_an_archive_is_known_by_all_its_members(store: Path, two_logs: tuple[Path, Path]) -> None:
    archive = two_logs[0].with_name("logs!1.zip")
    with zipfile.ZipFile(archive, "w") as writer:
        writer.write(two_logs[0], "a.json")
        writer.write(two_logs[1], "b.json")
    first = trailtrace.load(store, [str(archive)])
    again = trailtrace.load(store, [str(archive), str(two_logs[0])])
    assert (first.files, first.known_files) == (2, 0)
    assert (again.files, again.known_files) == (0, 3)
    with zipfile.ZipFile(archive, "a") as writer:
        writer.writestr("c.json", trail([{**trail_records()[0], "eventID": "c"}]))
    more = trailtrace.load(store, [str(archive)])
    assert (more.files, more.known_files, more.kept) == (1, 2, 1)


# What is kept of the store that was there


def test_the_new_store_has_the_mode_of_the_old_one_and_a_link_stays_a_link(
    store: Path, two_logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.chmod(0o640)
    inode = store.stat().st_ino
    link = store.parent / "logs" / "link.duckdb"
    link.symlink_to(store)
    set_mode(monkeypatch, in_place=False)
    trailtrace.load(link, [str(two_logs[1])])
    assert link.readlink() == store
    assert names(store) == WHOLE
    assert stat.S_IMODE(store.stat().st_mode) == 0o640
    assert store.stat().st_ino != inode
    assert not list(link.parent.glob("link.duckdb.*"))


@pytest.mark.skipif(not ROOT, reason="only root may give files away")
def test_the_new_store_has_the_owner_of_the_old_one(store: Path) -> None:
    os.chown(store, 1234, 2345)
    with replaced(store):
        pass
    assert (store.stat().st_uid, store.stat().st_gid) == (1234, 2345)


# What goes wrong


def test_what_a_killed_writer_left_is_removed_by_the_next(store: Path) -> None:
    store.with_name("store.duckdb.loading-01234567").write_bytes(b"half")
    store.with_name("store.duckdb.loading-01234567.wal").write_bytes(b"half")
    store.with_name("store.duckdb.loading-01234567.tmp").mkdir()
    (store.with_name("store.duckdb.loading-01234567.tmp") / "x").write_bytes(b"half")
    other = store.with_name("other.duckdb.loading-01234567")
    other.write_bytes(b"of another store")
    with writing(store):
        pass
    assert beside(store) == [other.name]
    assert not store.with_name("store.duckdb.loading-01234567.tmp").exists()


def test_what_was_committed_before_a_kill_is_read_and_kept(store: Path) -> None:
    with Other(
        "import duckdb; c = duckdb.connect(sys.argv[1]); c.execute('create table t as select 1')", store
    ):
        pass
    assert beside(store) == ["store.duckdb.wal"]
    with open_store(store) as opened:
        assert opened._connection.execute("select * from t").fetchall() == [(1,)]
    with replaced(store) as opened:
        assert opened._connection.execute("select * from t").fetchall() == [(1,)]
    assert beside(store) == []


def test_a_log_without_its_store_is_not_taken_for_the_log_of_a_new_one(
    store: Path, two_logs: tuple[Path, Path], run: Run
) -> None:
    store.rename(store.with_name("store.duckdb.wal"))
    outcome = run(["ingest", str(two_logs[0]), "--store", str(store)])
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "left from a store that is gone: remove it" in outcome.stderr
    assert beside(store) == ["store.duckdb.wal"]


@BOTH_MODES
def test_ctrl_c_leaves_the_store_as_it_was(
    in_place: bool, store: Path, two_logs: tuple[Path, Path], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_mode(monkeypatch, in_place)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("trailtrace.derive.derive", interrupted)
        outcome = run(["ingest", str(two_logs[1]), "--store", str(store)])
    assert (outcome.code, outcome.stdout) == (130, "")
    assert (names(store), beside(store)) == (HALF, [])


@BOTH_MODES
def test_a_full_disk_leaves_the_store_as_it_was(
    in_place: bool, small_disk: Path, store: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Path(shutil.copy(store, small_disk))
    before = content(store)
    free = shutil.disk_usage(small_disk).free
    # Enough to begin with: the copy, and half of what comes to it.
    (small_disk / "other").write_bytes(bytes(free - 300_000 - (0 if in_place else store.stat().st_size)))
    more = small_disk.parent / "more.json"
    more.write_bytes(trail([{**trail_records()[0], "eventID": f"{n:032x}"} for n in range(1500)]))
    set_mode(monkeypatch, in_place)
    outcome = run(["ingest", str(more), "--store", str(store)])
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "No space left on device" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert (content(store), beside(store)) == (before, ["other"])
    (small_disk / "other").unlink()
    assert run(["ingest", str(more), "--store", str(store)]).code == 0
    assert beside(store) == []


def test_a_folder_that_cannot_be_written_says_so(store: Path, two_logs: tuple[Path, Path], run: Run) -> None:
    with read_only(store.parent):
        outcome = run(["ingest", str(two_logs[1]), "--store", str(store)])
        assert run(["query", "coverage-gaps", "--store", str(store)]).code == 0
    assert (outcome.code, outcome.stdout) == (1, "")
    [line] = outcome.stderr.splitlines()
    assert "may not write to it" in line or "needs a folder that you may write to" in line
    assert names(store) == HALF


def test_a_place_where_no_store_can_be_says_so(
    tmp_path: Path, store: Path, two_logs: tuple[Path, Path], run: Run
) -> None:
    text = tmp_path / "text.duckdb"
    text.write_text("no store")
    somebody_elses = tmp_path / "else.duckdb"
    duckdb.connect(somebody_elses).execute("create table t as select 1").close()
    for path, reason in (
        (tmp_path / "logs", "not a file: a store is one DuckDB file"),
        (tmp_path / "none" / "store.duckdb", "make it, or choose another --store"),
        (store / "store.duckdb", "make it, or choose another --store"),
        (text, "not a valid DuckDB database file"),
        (somebody_elses, "not a trailtrace store"),
        (tmp_path / ("n" * 245), "the name is too long"),
        (tmp_path / ("n" * 300), "the name is too long"),
    ):
        outcome = run(["ingest", str(two_logs[1]), "--store", str(path)])
        assert (outcome.code, outcome.stdout) == (1, "")
        [line] = outcome.stderr.splitlines()
        assert line.startswith(f"trailtrace: error: {path}: ")
        assert reason in line
    assert text.read_text() == "no store"
    assert beside(store) == ["else.duckdb", "text.duckdb"]


def test_a_name_of_the_greatest_length_can_be_written_anew(
    tmp_path: Path, two_logs: tuple[Path, Path], run: Run
) -> None:
    path = tmp_path / ("n" * 229)
    for logs in two_logs:
        assert run(["ingest", str(logs), "--store", str(path)]).code == 0
    assert run(["rebuild", "--store", str(path)]).code == 0
    for command in ("status", "rebuild"):
        outcome = run([command, "--store", str(tmp_path / ("n" * 300))])
        assert (outcome.code, outcome.stdout) == (1, "")
        assert len(outcome.stderr.splitlines()) == 1


def test_a_reader_that_finds_the_store_held_says_by_whom(
    store: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Other("import duckdb; c = duckdb.connect(sys.argv[1])", store) as other:
        with pytest.raises(StoreBusyError) as refused:
            open_store(store, patience=0.2)
        assert f"process {other.process.pid} is writing to it, for more than 0 s" in str(refused.value)


KILLED = """
import os, pkgutil, signal, sys
from trailtrace import loading, upkeep
place, name, when = sys.argv[4:]
owner = pkgutil.resolve_name(place)
real = getattr(owner, name)
def killing(*arguments):
    if when == "behind":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killing)
loading.IN_PLACE_BYTES = int(sys.argv[1])
upkeep.load(sys.argv[2], [sys.argv[3]])
"""
"""An ingest that ends before or behind the first call of a function."""


@BOTH_MODES
def test_a_killed_ingest_run_again_gives_the_store_of_an_undisturbed_one(
    in_place: bool, tmp_path: Path, store: Path, two_logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(store)
    set_mode(monkeypatch, in_place)
    undisturbed = tmp_path / "undisturbed.duckdb"
    shutil.copy(store, undisturbed)
    trailtrace.load(undisturbed, [str(two_logs[1])])
    after = content(undisturbed)
    undisturbed.unlink()
    base = store.read_bytes()
    moments = [("trailtrace.store:Store", "fill", "behind")]
    if in_place:
        moments += [("trailtrace.ingest:_Loader", "summary", "before")]
    else:
        moments += [("trailtrace.writing", "_rename", "before"), ("trailtrace.writing", "_rename", "behind")]
    for moment in moments:
        arguments = [str(loading.IN_PLACE_BYTES), str(store), str(two_logs[1]), *moment]
        killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert content(store) in (before, after)
        trailtrace.load(store, [str(two_logs[1])])
        assert (content(store), beside(store)) == (after, [])
        store.write_bytes(base)


def test_what_was_pruned_stays_away_after_a_kill(store: Path, tmp_path: Path) -> None:
    call = trail_records()[0] | {"eventName": "ListBuckets", "responseElements": None}
    logs = tmp_path / "calls.json"
    logs.write_bytes(trail([call | {"eventID": f"{number:032x}"} for number in range(9)]))
    trailtrace.prune(store, datetime(2026, 6, 1))
    before = content(store)
    arguments = [str(10**9), str(store), str(logs), "trailtrace.pruning", "prune_again", "before"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert content(store) == before
    trailtrace.load(store, [str(logs)])
    with duckdb.connect(store, read_only=True) as connection:
        # Of one credential the first and the last record stay.
        assert connection.execute(
            "select count(*) <= 2 from records where event_name = 'ListBuckets'"
        ).fetchall() == [(True,)]
        assert connection.execute("select kept, pruned >= 7 from files order by file_id").fetchall()[-1] == (
            9,
            True,
        )


def test_a_link_in_the_place_of_the_lock_is_not_followed(
    store: Path, two_logs: tuple[Path, Path], run: Run, tmp_path: Path
) -> None:
    important = tmp_path / "important"
    important.write_text("important")
    store.with_name(store.name + ".lock").symlink_to(important)
    outcome = run(["ingest", str(two_logs[1]), "--store", str(store)])
    assert outcome.code == 1
    assert "cannot lock it" in outcome.stderr
    assert important.read_text() == "important"


def test_only_private_copies_are_tidied_away(store: Path, two_logs: tuple[Path, Path], run: Run) -> None:
    backup = store.with_name(store.name + ".loading-backup")
    notes = store.with_name(store.name + ".loading-notes")
    backup.write_bytes(b"backup")
    notes.mkdir()
    assert run(["ingest", str(two_logs[1]), "--store", str(store)]).code == 0
    assert backup.read_bytes() == b"backup"
    assert notes.is_dir()


def test_a_commit_of_another_program_beside_the_file_is_not_lost(store: Path) -> None:
    content = store.read_bytes()
    log = store.with_name(store.name + ".wal")
    with pytest.raises(StoreError, match="somebody else wrote"), replaced(store):
        log.write_bytes(b"committed")
    assert store.read_bytes() == content
    assert log.read_bytes() == b"committed"


def test_a_folder_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="cannot lock it"),
        write_lock(tmp_path / "gone" / "store.duckdb", lambda _: None),
    ):
        pass
