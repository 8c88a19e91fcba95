"""Logs in buckets, read from moto's server, which speaks the S3 API over HTTP in this process.

moto stands in for ListObjectsV2, GetObject (with If-Match) and HeadObject. A proxy before it makes the
faults that it never has.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import trail, trail_records
from moto.server import ThreadedMotoServer

from trailtrace.loading import load_sources
from trailtrace.model import IngestSummary
from trailtrace.remote.access import Access
from trailtrace.remote.bucket import Bucket, open_bucket
from trailtrace.remote.place import place_of
from trailtrace.sources import SourceObject
from trailtrace.writing import writing

FOLDER = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/05/01"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A client of the server, with an empty bucket `logs`; nothing of this machine's AWS settings."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    client = boto3.client("s3", region_name="us-east-1")
    if any(bucket["Name"] == "logs" for bucket in client.list_buckets()["Buckets"]):
        for found in client.list_objects_v2(Bucket="logs").get("Contents", []):
            client.delete_object(Bucket="logs", Key=found["Key"])
    else:
        client.create_bucket(Bucket="logs")
    return client


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    return open_bucket(place_of("s3://logs"), Access())


def loaded(store: Path, *sources: SourceObject) -> IngestSummary:
    with writing(store) as writer:
        return load_sources(writer, list(sources))


def test_an_object_is_loaded_once_and_again_when_it_was_written_anew(
    s3: Any, bucket: Bucket, tmp_path: Path
) -> None:
    store = tmp_path / "store.duckdb"
    records = trail_records()
    key = f"{FOLDER}/log é+%20.json"
    s3.put_object(Bucket="logs", Key=key, Body=trail(records[:2]))
    first = loaded(store, bucket.source(key))
    again = loaded(store, bucket.source(key))
    s3.put_object(Bucket="logs", Key=key, Body=trail(records[1:]))
    anew = loaded(store, bucket.source(key))

    assert (first.files, first.kept) == (1, 2)
    assert (again.files, again.known_files, again.read) == (0, 1, 0)
    assert (anew.files, anew.kept, anew.duplicate) == (1, 2, 1)
