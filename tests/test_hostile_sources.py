"""Files that are none, that change or go away while they are read, archives without end."""

import base64
import gzip
import io
import json
import os
import random
import tarfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import NAMES, Load, Loaded, Run, changed, ledger_errors, trail, trail_records
from test_bad_input import archive

import trailtrace
from trailtrace.gzipped import LIMITS, Limits
from trailtrace.ingest import ingest
from trailtrace.loading import load_sources
from trailtrace.model import IngestSummary
from trailtrace.reading import open_source
from trailtrace.sources import SourceObject, Version, expand, limited
from trailtrace.store import memory_store
from trailtrace.unwrapped import Rejected
from trailtrace.writing import writing

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


LONG = [changed(changed(TWO, "eventID", f"{number}"), "userAgent", "ab" * 200_000) for number in range(6)]
"""Of the first two, 1 MiB has room; of five, 2 MiB; and they pack well."""


def rows(records: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"eventjson": list(map(json.dumps, records))}), file, compression="zstd")
    return file.getvalue()


def packed_again(records: list[dict[str, object]]) -> bytes:
    """Beside a record that is not packed, all of them in one `awslogs.data`."""
    events = [{"id": "1", "timestamp": 1, "message": json.dumps(record)} for record in records]
    message = {"messageType": "DATA_MESSAGE", "logEvents": events}
    data = base64.b64encode(gzip.compress(json.dumps(message).encode(), 9)).decode()
    return b"\n".join(json.dumps(line).encode() for line in (ONE, {"awslogs": {"data": data}}))


@pytest.mark.parametrize(
    ("log", "kept", "said"),
    [
        (rows(LONG), 2, "it holds more than 1 MiB of text, of which the rest is not read: split it, or "),
        (packed_again(LONG), 1, "awslogs.data, of which nothing is read: it holds more than 1 MiB: "),
    ],
    ids=["parquet", "awslogs"],
)
def test_what_a_limit_stopped_inside_a_file_is_loaded_with_a_higher_one(
    log: bytes, kept: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(log)
    store = tmp_path / "store"

    def load_with(mebibytes: int) -> IngestSummary:
        limits = Limits(object_bytes=mebibytes * 1024**2)
        return trailtrace.load(store, [str(tmp_path / "log")], limits=limits)

    first, again, more, known = map(load_with, (1, 1, 100, 100))
    assert (first.kept, first.rejected) == (kept, {"too_large": 1})
    assert (again.read, again.known_files) == (0, 1)
    assert (more.kept + more.duplicate, more.duplicate, more.rejected) == (more.read, kept, {})
    assert first.kept + more.kept == more.read >= len(LONG)
    assert (known.read, known.known_files) == (0, 1)
    with duckdb.connect(store, read_only=True) as connection:
        told = connection.execute
        assert ledger_errors(lambda sql: told(sql).fetchall()) == []
        [(detail,)] = told("select detail from rejects").fetchall()
        assert detail.startswith(said)
        assert detail.endswith("allow more with --max-object-size")
        # Without it, `verify` could not tell that what was kept comes from a file that was changed.
        hashes = {(sha256(log).hexdigest(),)}
        assert set(told("select sha256 from files").fetchall()) == hashes
    with trailtrace.open(store) as opened:
        assert not opened.status().unaccounted


def test_a_limit_that_is_raised_twice_lets_more_in_each_time() -> None:
    log = rows(LONG)
    source = SourceObject("log", len(log), lambda: log)
    with memory_store() as store:
        kept = [
            ingest(store, [replace(source, limits=Limits(object_bytes=size * 1024**2))]).kept
            for size in (1, 2, 2, 100)
        ]
    assert kept == [2, 3, 0, len(LONG) - 5]


def test_an_object_of_which_a_limit_stopped_a_member_is_fetched_again(tmp_path: Path) -> None:
    log = archive("zip", [("small.json", trail([ONE])), ("large.json.gz", gzip.compress(trail(LONG)))])
    source = SourceObject("s3://logs/log.zip", len(log), lambda: log, Version('"1"', len(log)))
    summaries = []
    for limits in (Limits(object_bytes=1024**2), LIMITS, LIMITS):
        with writing(tmp_path / "store") as writer:
            summaries.append(load_sources(writer, limited([source], limits)))
    assert [each.kept for each in summaries] == [1, len(LONG), 0]
    assert [each.known_files for each in summaries] == [0, 1, 2]


def test_a_file_with_more_in_a_lake_than_a_limit_let_in_is_taken_from_there() -> None:
    log = rows(LONG)
    whole = SourceObject("s3://logs/log", len(log), lambda: log)
    stopped = replace(whole, limits=Limits(object_bytes=1024**2))
    for ours, theirs, new, noted in (
        (whole, whole, 0, 1),
        (stopped, stopped, 0, 0),
        (stopped, whole, 1, 1),
        (whole, stopped, 1, 0),
    ):
        with memory_store() as store, memory_store() as lake:
            ingest(store, [ours])
            ingest(lake, [theirs])
            store.fill("from_lake/number_files", lake.frame("from_lake/lake_files").to_arrow())
            assert len(store.run("from_lake/new_files")) == new
            lake._connection.execute("create table sources as select 0 as number, '1' as stamp, * from files")
            lake._connection.execute("create table wanted_files as select file_id from files")
            assert len(lake.run("from_lake/lake_objects", {"file_bits": 24})) == noted


def test_a_sparse_member_that_is_stopped_may_be_read_with_a_higher_ratio() -> None:
    # 66 MiB, of which the archive holds the last 128 KiB: some 530 times as much.
    size, held = 66 * 1024**2, trail([ONE]).rjust(128 * 1024)
    info = tarfile.TarInfo("log.json")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, len(held)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for place, number in ((386, size - len(held)), (398, len(held)), (483, size)):
        header[place : place + 12] = b"%011o\0" % number
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    log = bytes(header) + held + bytes(1024)

    def reject(ratio: int) -> Rejected:
        [opened] = open_source(SourceObject("log.tar", len(log), lambda: log, limits=Limits(ratio)))
        [found] = [item for item in opened.unwrapped if isinstance(item, Rejected)]
        return found

    stopped = reject(300)
    assert stopped.reason == "compression_bomb"
    assert "300 times" in stopped.detail and "--max-ratio" in stopped.detail
    assert reject(1000).reason == "not_json"  # what a hole holds is zeros


@pytest.mark.parametrize("option", ["--max-ratio", "--max-object-size"])
@pytest.mark.parametrize("value", ["0", "-1", "none", "100000"])
def test_a_limit_cannot_be_taken_away(run: Run, tmp_path: Path, option: str, value: str) -> None:
    assert run(["ingest", str(tmp_path), "--store", str(tmp_path / "store"), option, value]).code == 2
    assert not (tmp_path / "store").exists()


def test_what_is_larger_than_allowed_is_not_read() -> None:
    [opened] = open_source(SourceObject("log.json", 3 * 1024**3, gone))
    assert [item.reason for item in opened.unwrapped if isinstance(item, Rejected)] == ["too_large"]
