"""Files that are none, that change or go away while they are read, archives without end."""

import gzip
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import NAMES, Load, Loaded, Run, changed, ledger_errors, trail, trail_records
from test_bad_input import archive

from trailtrace.ingest import ingest
from trailtrace.reading import open_source
from trailtrace.sources import SourceObject, expand
from trailtrace.store import memory_store
from trailtrace.unwrapped import Rejected

ONE, TWO, *_ = trail_records()
LATER = changed(TWO, "eventTime", "2026-13-45T09:05:00Z")
"""Python takes it for a record of a plain file, SQL does not: the file is read again."""


def gone() -> bytes:
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize(
    "second",
    [gone, lambda: trail([ONE]), lambda: b"", lambda: trail([ONE, LATER, TWO])],
    ids=["gone", "shorter", "empty", "longer"],
)
def test_a_file_that_changes_between_two_looks_is_told_and_loaded_again(second: Callable[[], bytes]) -> None:
    whole = trail([ONE, LATER])
    reads = iter([lambda: whole, second])
    with memory_store() as store:
        ingest(store, [SourceObject("log.json", len(whole), lambda: next(reads)())], jobs=1)
        rows = store._connection.execute
        assert rows("select record, reason from rejects").fetchall() == [(0, "changed_while_read")]
        assert ledger_errors(lambda sql: rows(sql).fetchall()) == []
        ingest(store, [SourceObject("log.json", len(whole), lambda: whole)], jobs=1)
        assert rows("select event_name from events").fetchall() == [(NAMES[0],)]
        assert ledger_errors(lambda sql: rows(sql).fetchall()) == []


def test_what_is_appended_while_a_file_is_read_comes_with_the_next_ingest(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(ONE) + "\n")
    look = os.fstat

    def appending(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        if log.stat().st_ino == status.st_ino:
            with log.open("a") as file:
                file.write(json.dumps(TWO) + "\n")
        return status

    [source] = expand([str(log)])
    with monkeypatch.context() as patched:
        patched.setattr("trailtrace.sources.os.fstat", appending)
        assert source.read() == (json.dumps(ONE) + "\n").encode()
    assert load(log).names == NAMES[:2]


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_log(device: str, load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "good.json").write_bytes(trail([ONE]))
    (folder / "device").symlink_to(device)
    loaded = load(folder, device)
    assert loaded.names == NAMES[:1]
    assert loaded.rejects == [(0, "unreadable"), (0, "unreadable")]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_of_too_many_members_gives_the_first_and_says_so(
    kind: str, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailtrace.sources.MAX_MEMBERS", 3)
    members = [(f"{number}.json", trail([changed(ONE, "eventID", str(number))])) for number in range(5)]
    loaded = load(archive(kind, members))
    assert loaded.rows("select count(*) from events") == [(3,)]
    assert loaded.rejects == [(0, "too_many_members")]


NOISE = random.Random(7).randbytes(60_000).hex()  # noqa: S311
"""It packs by half alone, so that the file has a ratio between those that may be allowed."""

PACKED = gzip.compress(trail([changed(ONE, "userAgent", NOISE)]) + b" " * 66 * 1024**2)


@pytest.mark.parametrize(
    ("log", "lower", "higher", "reason"),
    [
        (PACKED, ["--max-ratio", "300"], ["--max-ratio", "1000"], "compression_bomb"),
        (PACKED, ["--max-ratio", "1000", "--max-object-size", "50"], ["--max-ratio", "1000"], "too_large"),
        (trail([ONE]) + b" " * 1024**2, ["--max-object-size", "1"], ["--max-object-size", "2"], "too_large"),
    ],
)
def test_what_a_limit_stopped_is_told_once_and_loaded_with_a_higher_one(
    run: Run, tmp_path: Path, log: bytes, lower: list[str], higher: list[str], reason: str
) -> None:
    (tmp_path / "log").write_bytes(log)
    ingest_log = ["ingest", str(tmp_path / "log"), "--store", str(tmp_path / "store")]
    for _ in range(2):
        loaded = Loaded(run([*ingest_log, *lower]), tmp_path / "store")
        assert loaded.outcome.code == 3
        assert loaded.rejects == [(0, reason)]
        [(said,)] = loaded.rows("select detail from rejects")
        assert lower[-2] in said
    loaded = Loaded(run([*ingest_log, *higher]), tmp_path / "store")
    assert loaded.names == NAMES[:1]
    assert run([*ingest_log, *higher]).code == 0
    assert loaded.rows("select sum(kept), count(*) from files") == [(1, 2)]
    assert ledger_errors(loaded.rows) == []


@pytest.mark.parametrize("option", ["--max-ratio", "--max-object-size"])
@pytest.mark.parametrize("value", ["0", "-1", "none", "100000"])
def test_a_limit_cannot_be_taken_away(run: Run, tmp_path: Path, option: str, value: str) -> None:
    assert run(["ingest", str(tmp_path), "--store", str(tmp_path / "store"), option, value]).code == 2
    assert not (tmp_path / "store").exists()


def test_what_is_larger_than_allowed_is_not_read() -> None:
    [opened] = open_source(SourceObject("log.json", 3 * 1024**3, gone))
    assert [item.reason for item in opened.unwrapped if isinstance(item, Rejected)] == ["too_large"]
