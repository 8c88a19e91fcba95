"""Watch a queue while logs come in: kill the watch again and again, or see how soon an event is there.

Run as: python benchmarks/watch.py kills [--kills 30] [--seed 1]
        python benchmarks/watch.py seconds [--store STORE] [--files 12]

moto's server, in this process, stands in for S3 and SQS. `kills` puts the sample logs into a bucket, a
fifth of them twice, while the watch is killed and run again; in the end the store must hold what a plain
ingest gives, and the queue nothing. `seconds` adds one event at a time to a copy of a store, and asks who
did it as soon as it is there.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import boto3
import duckdb
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

import trailtrace

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
BUCKET, QUEUE = "logs", "watched"

WATCH = """
import trailtrace.watching as watching, trailtrace.aws.queue as queue
watching.POLL_SECONDS, watching.BATCH_MESSAGES, queue.HIDDEN_SECONDS = 1, 7, 2
from trailtrace.cli import main
main()
"""
"""Small batches, and messages that come again soon: more moments at which a kill could do harm."""

SAME = (
    "select * exclude (identity_id, file_id, record) from events order by all",
    "select * exclude (use_id) from origins order by all",
    "select rule, grade, count(*) from links group by all order by all",
    "select sum(kept), sum(rejected), sum(not_events) from files",
)


class Cloud:
    """A bucket, and a queue that is told of its objects."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        self.requests = 0
        self._moto = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", 0, self, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        os.environ |= {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.s3, self.sqs = boto3.client("s3"), boto3.client("sqs")
        self.s3.create_bucket(Bucket=BUCKET)
        self.url = self.sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        events = {"QueueArn": self._attribute("QueueArn"), "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [events]}
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.requests += 1
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=data)

    def left(self) -> int:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(self._attribute(name)) for name in names)

    def _attribute(self, name: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        value: str = found["Attributes"][name]
        return value


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(store, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def kills(cloud: Cloud, folder: Path, count: int, chance: random.Random) -> None:
    store = folder / "watched.duckdb"
    files = sorted(SAMPLES.rglob("*.gz"))
    files += chance.sample(files, len(files) // 5)
    chance.shuffle(files)

    def deliver() -> None:
        for file in files:
            cloud.put(str(file.relative_to(SAMPLES.parent)), file.read_bytes())
            time.sleep(chance.uniform(0, 5.0 * count / len(files)))

    Thread(target=deliver, daemon=True).start()
    command = [sys.executable, "-c", WATCH, "watch", f"sqs://{QUEUE}", "--store", str(store)]
    log = (folder / "stderr").open("w")
    while_loading = 0
    for _ in range(count):
        asked = cloud.requests
        with subprocess.Popen(command, stderr=log) as process:
            while cloud.requests == asked:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.3, 6))
            while_loading += locked(store.with_name(store.name + ".lock"))
            process.kill()
    with subprocess.Popen(command, stderr=log) as process:
        quiet = 0
        while quiet < 5:
            time.sleep(1)
            quiet = 0 if cloud.left() else quiet + 1
        process.send_signal(signal.SIGTERM)
    trailtrace.load(folder / "plain.duckdb", [str(SAMPLES)])
    same = all(rows(store, sql) == rows(folder / "plain.duckdb", sql) for sql in SAME)
    [(held, read, kept)] = rows(store, "select count(*), sum(read), sum(kept) from files")
    beside = sorted(each.name for each in folder.iterdir() if each.name.startswith("watched.duckdb."))
    print(f"{count} kills, {while_loading} of them while the store was locked for writing")
    print(f"{held} files, {read} records, {kept} kept; the same as a plain ingest: {same}")
    print(
        f"ended with {process.returncode}; left in the queue: {cloud.left()}; left beside the store: {beside}"
    )


def locked(path: Path) -> bool:
    """Whether a process holds the lock; one that was killed leaves the file."""
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def seconds(cloud: Cloud, folder: Path, given: Path | None, count: int) -> None:
    store = folder / "watched.duckdb"
    if given is not None:
        shutil.copyfile(given, store)
    command = [sys.executable, "-m", "trailtrace"]
    took: list[float] = []
    answered: list[float] = []
    with subprocess.Popen([*command, "watch", f"sqs://{QUEUE}", "--store", str(store)]) as process:
        for number in range(count):
            event_id = str(uuid.uuid4())
            begun = time.monotonic()
            cloud.put(f"AWSLogs/{number}.json", made_up(event_id))
            while not held(store, event_id):
                time.sleep(0.1)
            took.append(time.monotonic() - begun)
            begun = time.monotonic()
            asked = [*command, "who-did", event_id, "--store", str(store)]
            subprocess.run(asked, check=True, capture_output=True)
            answered.append(time.monotonic() - begun)
        process.terminate()
    print(f"in the store after {median(took):.1f} s (median of {count}; longest {max(took):.1f} s)")
    print(f"who-did beside it: {median(answered):.1f} s (longest {max(answered):.1f} s)")


def held(store: Path, event_id: str) -> bool:
    if not store.exists():
        return False
    try:
        return bool(rows(store, f"select 1 from records where event_id = '{event_id}'"))  # noqa: S608
    except duckdb.Error:  # it is being written in place
        return False


def made_up(event_id: str) -> bytes:
    """A log file of one call."""
    identity = {"type": "IAMUser", "principalId": "AIDA2ZK5VJX7Q3MNOPRST", "accountId": "111122223333"}
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity | {"accessKeyId": "AKIA2ZK5VJX7Q3MNOPRS", "userName": "noor"},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers",
        "awsRegion": "us-east-1",
        "eventID": event_id,
        "recipientAccountId": "111122223333",
    }
    return json.dumps({"Records": [record]}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("what", choices=("kills", "seconds"))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--files", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.what == "kills":
            kills(Cloud(), Path(folder), given.kills, random.Random(given.seed))
        else:
            seconds(Cloud(), Path(folder), given.store, given.files)


if __name__ == "__main__":
    main()
