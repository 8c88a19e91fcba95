"""How many requests, and how many bytes, a question to a lake in a bucket takes.

Run as: python -m benchmarks.lake.bucket LAKE [--keys 20] [--latency 0.03]

Gives the folder of a lake away as S3's GetObject would, on this machine, and counts; `--latency` are the
seconds that each answer is held back, 30 ms by default: about what S3 takes to a first byte. Asks for session
keys, each of a lake that was just opened.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import unquote

import trailtrace

KEYS = "select distinct access_key_id as key from uses where starts_with(join_key, 'ASIA') order by md5(key)"


class Bucket(ThreadingHTTPServer):
    """The bucket `lakes`, in which the lake has the prefix `lake`."""

    def __init__(self, lake: Path, latency: float) -> None:
        super().__init__(("127.0.0.1", 0), Get)
        self.lake = lake
        self.latency = latency
        self.requests = self.bytes = 0
        self.lock = Lock()


class Get(BaseHTTPRequestHandler):
    """GetObject, whole or a range, and nothing else."""

    protocol_version = "HTTP/1.1"
    server: Bucket

    def do_GET(self) -> None:
        """Answers a request."""
        path = self.server.lake / unquote(self.path.partition("?")[0]).removeprefix("/lakes/lake/")
        if not path.is_file():
            self.send_error(404)
            return
        size = path.stat().st_size
        start, end = _range(self.headers.get("Range", ""), size)
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(end - start)
        with self.server.lock:
            self.server.requests += 1
            self.server.bytes += len(body)
        time.sleep(self.server.latency)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"of this build"')
        self.send_header("Last-Modified", formatdate(0, usegmt=True))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def _range(text: str, size: int) -> tuple[int, int]:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text)
    if found is None:
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.bucket", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--keys", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.03)
    given = parser.parse_args()
    with trailtrace.open(given.lake) as lake:
        keys = lake.sql(KEYS)["key"].head(given.keys).to_list()
    files = [path for path in given.lake.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    bucket = Bucket(given.lake, given.latency)
    Thread(target=bucket.serve_forever, daemon=True).start()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{bucket.server_port}",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "us-east-1",
    }
    asked = [_asked(bucket, key) for key in keys]
    print(
        f"{len(files):,} files, {size:,} bytes; {len(keys):,} keys, {given.latency * 1000:.0f} ms a request"
    )
    for name, values in zip(("requests", "bytes", "ms"), zip(*asked, strict=True), strict=True):
        print(f"{name:9} median {statistics.median(values):12,.0f}   most {max(values):12,.0f}")
    print(f"bytes of the lake, at most: {max(read for _, read, _ in asked) / size:.3%}")


def _asked(bucket: Bucket, key: str) -> tuple[int, int, float]:
    """Requests, bytes and milliseconds of one question."""
    bucket.requests = bucket.bytes = 0
    start = time.monotonic()
    with trailtrace.open("s3://lakes/lake") as lake:
        lake.who_did(key)
    return bucket.requests, bucket.bytes, (time.monotonic() - start) * 1000


if __name__ == "__main__":
    main()
