"""What every test of loading needs: the command line, a store looked at from outside, a trail.

`load` also checks what holds for every ingest: the ledger is exact and no session token is left
anywhere in the store or on the terminal.
"""

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from case_records import CaseRecords, Record

from trailtrace.cli import main

Row = tuple[Any, ...]

TOKEN = base64.b64encode(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(12))).decode()
"""The session token in the trail: long, as AWS's are, and with slashes in it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A finished `trailtrace ingest` and the store it left."""

    outcome: Outcome
    store: Path

    def rows(self, sql: str) -> list[Row]:
        with duckdb.connect(self.store, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def names(self) -> list[str]:
        """The names of the events, in the order of their files and records."""
        return [name for (name,) in self.rows("select event_name from events order by file_id, record")]

    @property
    def rejects(self) -> list[tuple[int, str]]:
        """Record number and reason."""
        return [(n, why) for n, why in self.rows("select record, reason from rejects order by all")]

    def events(self) -> list[Row]:
        """Every event without where it was read."""
        return self.rows("select * exclude (identity_id, file_id, record) from events order by all")

    def identities(self) -> list[Row]:
        """The columns that say who did what."""
        return self.rows(
            "select event_id, event_time, event_name, access_key_id, principal_id, creation_date,"
            " session_issuer_arn, source_identity, resources from events order by all"
        )


Run = Callable[[Sequence[str]], Outcome]
Load = Callable[..., Loaded]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process, 80 columns wide wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(arguments: Sequence[str]) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main(list(arguments))
        output = capsys.readouterr()
        code = exit_.value.code
        assert code is None or isinstance(code, int)
        return Outcome(code or 0, output.out, output.err)

    return run


@pytest.fixture
def load(run: Run, tmp_path: Path) -> Load:
    """Ingests paths; bytes and mappings of name to bytes are written to files before."""

    def load(*logs: bytes | dict[str, bytes] | str | Path, store: str = "store") -> Loaded:
        paths = []
        for number, log in enumerate(logs):
            if isinstance(log, str | Path):
                paths.append(str(log))
                continue
            folder = tmp_path / f"{store} {number}"
            folder.mkdir(exist_ok=True)
            paths.append(str(folder))
            for name, data in ({"log.json": log} if isinstance(log, bytes) else log).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
        path = tmp_path / f"{store}.duckdb"
        loaded = Loaded(run(["ingest", *paths, "--store", str(path)]), path)
        assert loaded.outcome.stdout == ""
        assert ledger_errors(loaded.rows) == []
        assert leaked_tokens(loaded) == []
        return loaded

    return load


def ledger_errors(rows: Callable[[str], list[Row]]) -> list[Row]:
    """Files whose ledger does not add up or disagrees with the tables."""
    return rows("""
        select uri, read, kept, duplicate, rejected, not_events, in_events, in_rejects
        from files
        left join (select file_id, count(*) as in_events from events group by file_id) using (file_id)
        left join (select file_id, count(*) as in_rejects from rejects group by file_id) using (file_id)
        where read <> kept + duplicate + rejected + not_events
            or kept <> coalesce(in_events, 0) or rejected <> coalesce(in_rejects, 0)
        union all
        select 'no such file', file_id, 0, 0, 0, 0, 0, 0
        from (select file_id from events union select file_id from rejects)
        where file_id not in (select file_id from files)
    """)


def leaked_tokens(loaded: Loaded) -> list[str]:
    """Pieces of the session token in the bytes of the store, in its tables or on the terminal."""
    # The store compresses text, so its bytes alone prove little.
    with duckdb.connect(loaded.store, read_only=True) as connection:
        tables = [name for (name,) in connection.execute("show tables").fetchall()]
        texts = [str(connection.table(name).fetchall()) for name in tables]
    texts += [loaded.store.read_bytes().decode("latin-1"), loaded.outcome.stderr]
    pieces = [TOKEN[start : start + 16] for start in range(0, len(TOKEN) - 16, 16)]
    return [piece for piece in pieces if any(piece in text for text in texts)]


def trail_records() -> list[Record]:
    """A role session from its issuance to its last call, and a call of another user."""
    records = CaseRecords(
        [
            "09:00 user/alice assumes role/Deploy as ci-42 for 900 identified as alice -> K1",
            "09:05 K1 calls s3 GetObject from 203.0.113.9",
            "09:10 K1 calls ec2 DescribeInstances in eu-west-1",
            "09:20 user/bob calls iam ListUsers",
        ]
    ).records
    records[0]["responseElements"]["credentials"]["sessionToken"] = TOKEN
    return records


NAMES = ["AssumeRole", "GetObject", "DescribeInstances", "ListUsers"]
"""Of `trail_records`, in order."""


def trail(records: Sequence[Any]) -> bytes:
    """A trail file; bytes among the records are put in as they are."""
    texts = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    return b'{"Records":[' + b",".join(texts) + b"]}"


def changed(record: Record, path: str, value: Any) -> Record:
    """A copy of the record with one member set."""
    result = copy.deepcopy(record)
    *parents, name = path.split(".")
    parent = result
    for step in parents:
        parent = parent[step]
    parent[name] = value
    return result
