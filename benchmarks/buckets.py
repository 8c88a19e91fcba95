"""Ingest a bucket of many objects, with faults and without, killed and run again.

Run as: python benchmarks/buckets.py DIR

DIR is a folder of `make_logs.py`. moto's server holds its files in memory and speaks the S3 API from
this process; the ingests are processes of their own. Every store must hold the same records as that of
a plain ingest of DIR, and no file twice.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import duckdb
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

Answer = Iterable[bytes]
Start = Callable[..., Any]

BUCKET = "logs"
SLOW_SECONDS = 65.0
"""How long a fault of the kind `timeout` is silent: longer than an ingest waits here."""

INGEST = """
import sys
from trailtrace import load, reading
from trailtrace.remote import access
access.SILENT_SECONDS = 60  # with many objects, moto lists slowly
reading.PORTION_SOURCES = int(sys.argv[2])
done = load(sys.argv[1], sys.argv[3:])
print(done.files, done.known_files, done.kept, sum(done.rejected.values()))
"""

FAULTS = ("SlowDown", "cut off", "shorter", "vanished", "written anew")
TIMEOUTS = 3
"""How many objects have a timeout instead."""


class FaultyServer:
    """moto, and a fault for the first request of each chosen key."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = Lock()
        self.faults: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.met: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start: Start) -> Answer:
        key = environ["PATH_INFO"].removeprefix(f"/{BUCKET}").strip("/")
        with self._lock:
            listing = "list-type" in environ["QUERY_STRING"]
            self.asked["listings" if listing else environ["REQUEST_METHOD"]] += 1
            fault = self.faults.pop(key, None) if environ["REQUEST_METHOD"] == "GET" and not listing else None
            if fault is not None:
                self.met[fault] += 1
        match fault:
            case "SlowDown":
                return _error(start, "503 Slow Down", "SlowDown")
            case "vanished":
                return _error(start, "404 Not Found", "NoSuchKey")
            case "timeout":
                time.sleep(SLOW_SECONDS)
            case "written anew":
                held = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object(BUCKET, key)
                assert held is not None
                put(key, gzip.compress(gzip.decompress(held.value), compresslevel=1, mtime=1))
            case "cut off" | "shorter":
                return self._half(environ, start, told=fault == "shorter")
        return self._moto(environ, start)  # type: ignore[no-any-return]

    def _half(self, environ: dict[str, Any], start: Start, *, told: bool) -> Answer:
        held: list[Any] = []
        body = b"".join(self._moto(environ, lambda status, headers, *_: held.extend((status, headers))))
        half = body[: len(body) // 2]
        headers = [(name, value) for name, value in held[1] if name.lower() != "content-length"]
        start(held[0], [*headers, ("Content-Length", str(len(half if told else body)))])
        return [half]


def _error(start: Start, status: str, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def put(key: str, body: bytes) -> None:
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(BUCKET, key, body)


def ingest(endpoint: str, store: Path, *paths: str, portion: int) -> subprocess.Popen[str]:
    own = {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }  # fmt: skip
    arguments = [sys.executable, "-c", INGEST, str(store), str(portion), *paths]
    return subprocess.Popen(arguments, env=os.environ | own, stdout=subprocess.PIPE, text=True)


def content(store: Path) -> tuple[int, int, int]:
    """How many records a store has, a sum of their hashes, and how many names it holds twice."""
    with duckdb.connect(store, read_only=True) as connection:
        [(records, total)] = connection.execute("""
            select count(*), sum(hash(rows))
            from (select * exclude (file_id, record, identity_id) from events) as rows
        """).fetchall()
        [(twice,)] = connection.execute(
            "select count(*) from (select uri from files group by uri having count(*) > 1)"
        ).fetchall()
    return records, int(total), twice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--faulty", type=float, default=0.02, help="share of the objects that have a fault")
    parser.add_argument("--portion", type=int, default=5000, help="objects kept together in the killed run")
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = FaultyServer()
    http = make_server("127.0.0.1", 0, server, threaded=True)
    Thread(target=http.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{http.server_port}"
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(BUCKET, "us-east-1")
    files = sorted(path for path in given.logs.rglob("*.json.gz"))
    keys = [str(path.relative_to(given.logs)) for path in files]
    for path, key in zip(files, keys, strict=True):
        put(key, path.read_bytes())
    print(f"{len(keys):,} objects, {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB")
    everything = 20_000

    with tempfile.TemporaryDirectory() as folder:

        def run(name: str, *paths: str, portion: int = everything, kill_at: int | None = None) -> None:
            server.asked.clear()
            server.met.clear()
            store = Path(folder) / f"{name.split()[0]}.duckdb"
            began = time.perf_counter()
            process = ingest(endpoint, store, *paths, portion=portion)
            while kill_at is not None and server.asked["GET"] < kill_at and process.poll() is None:
                time.sleep(0.01)
            if kill_at is not None:
                process.kill()
            said, _ = process.communicate()
            seconds = time.perf_counter() - began
            held = content(store) if store.exists() else None
            print(f"{name}: {seconds:,.1f} s, said {said.strip()!r}, asked {dict(server.asked)}")
            if server.met:
                print(f"  faults met: {dict(server.met)}")
            print(f"  records, sum of hashes, files twice: {held}")

        bucket = f"s3://{BUCKET}"
        run("files", str(given.logs))
        run("whole", bucket)
        run("whole again", bucket)
        chosen = random.Random(1).sample(keys, int(len(keys) * given.faulty))
        server.faults = {key: FAULTS[number % len(FAULTS)] for number, key in enumerate(chosen)}
        server.faults |= dict.fromkeys(chosen[:TIMEOUTS], "timeout")
        run("faulty", bucket)
        run("killed", bucket, portion=given.portion, kill_at=len(keys) * 6 // 10)
        run("killed and run again", bucket, portion=given.portion)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest ingest: {peak:,.0f} MiB")
    http.shutdown()


if __name__ == "__main__":
    main()
