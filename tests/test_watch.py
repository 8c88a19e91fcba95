"""`trailtrace watch`: what S3 tells a queue of is loaded once, and deleted from the queue only then.

moto's server, in this process, stands in for S3 (PutObject, HeadObject, GetObject, notifications), SQS
(ReceiveMessage with visibility, DeleteMessageBatch, redrive), SNS and EventBridge.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from zlib import crc32

import boto3
import pytest
from conftest import Loaded, Outcome, Run, ledger_errors, trail, trail_records
from hypothesis import given
from hypothesis import strategies as st
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

import trailtrace
from trailtrace import watching
from trailtrace.aws.notifications import Created, NoNotificationError, created
from trailtrace.aws.queue import Queue
from trailtrace.errors import StoreError
from trailtrace.loading import load_sources
from trailtrace.writing import writing

REGION = "eu-west-1"
FOLDER = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/05/01"
RECORDS = trail_records()
GONE = "it is not there (any more), or its name begins or ends with `/`"


@dataclass
class Aws:
    """The server: every request it gets, and what is done before it answers."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    before: Callable[[str], int | None] = lambda _: None
    """Gets what is asked; a status it returns is the answer."""
    app: Any = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self.requests.append(asked)
        status = self.before(asked)
        if status is not None:
            start_response(f"{status} Fault", [("Content-Length", "0")])
            return [b""]
        found: Iterable[bytes] = self.app(environ, start_response)
        return found


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    aws = Aws()
    serving = make_server("127.0.0.1", 0, aws, threaded=True)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    aws.url = f"http://127.0.0.1:{serving.server_port}"
    yield aws
    serving.shutdown()
    serving.server_close()


class Bench:
    """A bucket and a queue that hears of its objects."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.aws = aws
        self.bucket, self.queue = f"logs-{name}", f"sqs://queue-{name}"
        self.s3 = boto3.client("s3")
        self.sqs = boto3.client("sqs")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.url = self.sqs.create_queue(QueueName=f"queue-{name}")["QueueUrl"]
        self.told: list[str] = []
        self.stop = threading.Event()

    @property
    def arn(self) -> str:
        asked = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        arn: str = asked["Attributes"]["QueueArn"]
        return arn

    def notify(self) -> None:
        """From now on S3 itself tells the queue."""
        events = {"QueueConfigurations": [{"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*"]}]}
        self.s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration=events)

    def put(self, name: str, records: list[Any]) -> str:
        key = f"{FOLDER}/{name}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=trail(records))
        return key

    def send(self, body: object) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def left(self) -> tuple[int, int]:
        """Messages that wait, and that are taken."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def show_again(self) -> None:
        """As if the time had passed for which messages that were taken are hidden."""
        queue = get_backend("sqs")["123456789012"][REGION].queues[self.url.rpartition("/")[2]]
        for message in queue._messages:
            message.change_visibility(0)
        queue.pending_messages.clear()

    def watch(self, store: Path, *, patient: bool = False, **options: Any) -> watching.WatchSummary:
        """Until nothing waits in the queue; or, patient, until `stop` is set."""
        stop = self.stop = threading.Event()
        self.told = []
        take = Queue.take

        def last(queue: Queue, wait_seconds: int) -> list[Any]:
            found = take(queue, 0)
            if not found and not patient:
                stop.set()
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Queue, "take", last)
            return trailtrace.watch(store, self.queue, stop=stop, telling=self.told.append, **options)


@pytest.fixture
def bench(
    server: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Bench:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SECRETtesting")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    server.before = lambda _: None
    server.requests.clear()
    return Bench(server, f"{crc32(request.node.name.encode()):x}")


def loaded(store: Path) -> Loaded:
    found = Loaded(Outcome(0, "", ""), store)
    assert ledger_errors(found.rows) == []
    return found


def plain(folder: Path, records: list[Any]) -> Loaded:
    (folder / "plain.json").write_bytes(trail(records))
    trailtrace.load(folder / "plain.duckdb", [str(folder / "plain.json")])
    return loaded(folder / "plain.duckdb")


def direct(bucket: str, key: str, event: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventName": event,
                "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/"), "size": 5}},
            }
        ]
    }


def by_eventbridge(bucket: str, key: str, kind: str = "Object Created") -> dict[str, Any]:
    return {
        "version": "0",
        "detail-type": kind,
        "source": "aws.s3",
        "region": REGION,
        "detail": {"bucket": {"name": bucket}, "object": {"key": key, "size": 5}},
    }


def by_sns(message: object) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(message)}


ODD = "a b+c%20é.json"


@pytest.mark.parametrize(
    "message",
    [
        direct("logs-1", ODD),
        by_sns(direct("logs-1", ODD)),
        by_eventbridge("logs-1", ODD),
        by_sns(by_eventbridge("logs-1", ODD)),
        by_sns(by_sns(direct("logs-1", ODD, "ObjectCreated:CompleteMultipartUpload"))),
        direct("logs-1", ODD, "s3:ObjectCreated:Put"),
        direct("logs-1", ODD, "ObjectRestore:Completed"),
        by_eventbridge("logs-1", ODD, "Object Restore Completed"),
    ],
)
def test_an_object_is_named_directly_through_sns_and_through_eventbridge(message: Any) -> None:
    assert created(json.dumps(message)) == [Created("logs-1", ODD, REGION)]


@pytest.mark.parametrize(
    "message",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs-1"},
        by_sns({"Event": "s3:TestEvent"}),
        direct("logs-1", "k", "ObjectRemoved:Delete"),
        direct("logs-1", "k", "s3:ObjectRemoved:Delete"),
        direct("logs-1", "k", "LifecycleTransition"),
        by_eventbridge("logs-1", "k", "Object Deleted"),
    ],
)
def test_tests_and_removals_name_no_object(message: Any) -> None:
    assert created(json.dumps(message)) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("not json", "it is no JSON"),
        (
            json.dumps({"Records": direct("logs-1", "k")["Records"] * 101}),
            "it names 101 objects, more than 100",
        ),
        ("[" * 100_000, "it is no JSON"),
        ("[1]", "it is no JSON object"),
        ("{}", "it is no notification of S3"),
        (json.dumps({"Records": [{"eventSource": "aws:ses"}]}), "it is no notification of S3"),
        (json.dumps({"Records": []}), "it is no notification of S3"),
        (json.dumps(direct("logs-1", "k", "ObjectMade")), "does not say what was done"),
        (json.dumps({"Records": [{"eventSource": "aws:s3", "s3": {}}]}), "does not say what was done"),
        (json.dumps(by_eventbridge("logs-1", "k", "Object Made")), "does not say what was done"),
        (json.dumps({"source": "aws.s3", "detail": {}}), "does not say what was done"),
        (json.dumps({"source": "aws.s3", "detail-type": [], "detail": {}}), "does not say what was done"),
        (json.dumps(by_sns("x")), "it is no JSON object"),
        (json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": "http://x"}), "confirm"),
        (json.dumps(direct("../other", "k")), "it names no bucket"),
        (json.dumps(direct("logs-1", "")), "it names no object"),
        (json.dumps(direct("logs-1", "k")).replace('"k"', '"%ff"'), "the name of its object is no UTF-8"),
        (json.dumps(direct("logs-1", "k" * 2000)), "longer than any in S3"),
    ],
)
def test_what_is_no_notification_says_why(body: str, why: str) -> None:
    with pytest.raises(NoNotificationError, match=why):
        created(body)


def test_a_region_that_is_none_is_not_asked() -> None:
    message = direct("logs-1", "k")
    message["Records"][0]["awsRegion"] = "evil.example/"
    assert created(json.dumps(message))[0].region is None


def test_what_s3_tells_of_is_loaded_once_and_then_deleted(bench: Bench, tmp_path: Path) -> None:
    bench.notify()  # S3 sends a test event
    key = bench.put("one é+.json", RECORDS[:2])
    bench.put("two.json", RECORDS[2:])
    bench.send(direct(bench.bucket, key))  # SQS delivers at least once
    bench.send(by_sns(by_eventbridge(bench.bucket, key)))
    found = bench.watch(tmp_path / "s.duckdb")
    assert (found.messages, found.set_aside) == (5, ())
    assert bench.left() == (0, 0)
    store = loaded(tmp_path / "s.duckdb")
    assert store.events() == plain(tmp_path, RECORDS).events()
    assert store.rows("select uri, duplicate from files order by uri") == [
        (f"s3://{bench.bucket}/{FOLDER}/one é+.json", 0),
        (f"s3://{bench.bucket}/{FOLDER}/two.json", 0),
    ]
    bench.send(direct(bench.bucket, key))
    again = bench.watch(tmp_path / "s.duckdb")
    assert again.loaded is not None
    assert (again.messages, again.loaded.files, again.loaded.known_files) == (1, 0, 1)


def test_a_message_is_deleted_only_after_the_commit(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(direct(bench.bucket, bench.put("one.json", RECORDS)))

    def full(*_: object) -> None:
        raise StoreError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(watching, "load_sources", full)
        with pytest.raises(StoreError):
            bench.watch(tmp_path / "s.duckdb")
    assert bench.left() == (0, 1)
    bench.show_again()
    committed: list[int] = []

    def before(asked: str) -> None:
        if asked.endswith("DeleteMessageBatch"):
            committed.append(loaded(tmp_path / "s.duckdb").rows("select count(*) from events")[0][0])

    bench.aws.before = before
    assert bench.watch(tmp_path / "s.duckdb").messages == 1
    assert committed == [len(RECORDS)]


def test_what_cannot_be_loaded_stays_in_the_queue_and_is_told(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "HEALTH_SECONDS", 0.0)
    bench.send("\x1b[31m{")
    bench.send(direct(bench.bucket, f"{FOLDER}/gone.json"))
    bench.send(direct("nowhere-at-all", "k"))
    bench.send(direct(bench.bucket, bench.put("one.json", RECORDS)))
    found = bench.watch(tmp_path / "s.duckdb")
    assert found.messages == 1
    assert bench.left() == (0, 3)
    assert {each.why for each in found.set_aside} == {
        "it is no JSON",
        f"s3://{bench.bucket}/{FOLDER}/gone.json: {GONE}",
        f"s3://nowhere-at-all/k: {GONE}",
    }
    assert "has no dead-letter queue" in bench.told[0]
    for each in found.set_aside:
        assert f"message {each.message_id} is set aside: {each.why}" in bench.told
    [health] = [line for line in bench.told if line.startswith("watching: 1")]
    assert "1 messages done, 3 set aside, 0 waiting; 1 files with 4 events; newest event" in health

    bench.put("gone.json", RECORDS)  # what was set aside is tried again
    bench.show_again()
    again = bench.watch(tmp_path / "s.duckdb")
    assert (again.messages, len(again.set_aside)) == (1, 2)


def test_a_dead_letter_queue_gets_what_cannot_be_loaded(bench: Bench, tmp_path: Path) -> None:
    dead = bench.sqs.create_queue(QueueName="dead")["QueueUrl"]
    [arn] = bench.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"].values()
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"})
    bench.sqs.set_queue_attributes(QueueUrl=bench.url, Attributes={"RedrivePolicy": redrive})
    bench.send("poison")
    for _ in range(3):
        bench.watch(tmp_path / "s.duckdb")
        assert not any("dead-letter" in line for line in bench.told)
        bench.show_again()
    assert bench.left() == (0, 0)
    assert [each["Body"] for each in bench.sqs.receive_message(QueueUrl=dead)["Messages"]] == ["poison"]


def test_objects_of_other_buckets_are_set_aside_unread(bench: Bench, tmp_path: Path) -> None:
    bench.send(direct(bench.bucket, bench.put("one.json", RECORDS)))
    bench.aws.requests.clear()
    found = bench.watch(tmp_path / "s.duckdb", buckets=["org-trail"])
    assert [each.why for each in found.set_aside] == [
        f"s3://{bench.bucket}/{FOLDER}/one.json: not in a bucket that --bucket names"
    ]
    assert not any(bench.bucket in asked for asked in bench.aws.requests)


def test_aws_may_be_away_for_a_while(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr("trailtrace.aws.clients.ATTEMPTS", 1)
    bench.send(direct(bench.bucket, bench.put("one.json", RECORDS)))
    faults = ["ReceiveMessage", "DeleteMessageBatch"]

    def failing(asked: str) -> int | None:
        for each in faults:
            if asked.endswith(each):
                faults.remove(each)
                return 503
        return None

    bench.aws.before = failing
    bench.watch(tmp_path / "s.duckdb")
    assert [line.partition(":")[0] for line in bench.told if "tries again" in line] == ["sqs", "sqs"]
    bench.show_again()
    again = bench.watch(tmp_path / "s.duckdb")
    assert again.loaded is not None
    assert (again.messages, again.loaded.read) == (1, 0)
    assert loaded(tmp_path / "s.duckdb").events() == plain(tmp_path, RECORDS).events()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for S3."""
    monkeypatch.setattr(watching, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr("trailtrace.remote.access.RETRIES", 0)
    monkeypatch.setattr("trailtrace.remote.bucket.ATTEMPTS", 1)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_messages_are_held_and_not_taken_again_while_s3_is_away(
    bench: Bench, tmp_path: Path, hasty: None, method: str
) -> None:
    for number, record in enumerate(RECORDS):
        bench.send(direct(bench.bucket, bench.put(f"{number}.json", [record])))
    bench.aws.requests.clear()

    def away(asked: str) -> int | None:
        if asked.endswith("DeleteMessageBatch"):
            bench.stop.set()
        tries = sum("tries again" in line for line in bench.told)
        return 503 if asked.startswith(method) and tries < 3 else None

    bench.aws.before = away
    found = bench.watch(tmp_path / "s.duckdb", patient=True)
    assert (found.messages, found.set_aside) == (len(RECORDS), ())
    assert bench.left() == (0, 0)
    assert f"{len(RECORDS)} messages are held: tries again" in bench.told[-1]
    first = next(n for n, asked in enumerate(bench.aws.requests) if asked.startswith(method))
    assert not any(asked.endswith("ReceiveMessage") for asked in bench.aws.requests[first:])
    assert loaded(tmp_path / "s.duckdb").events() == plain(tmp_path, RECORDS).events()


def test_an_object_that_s3_never_answers_for_does_not_hold_up_the_others(
    bench: Bench, tmp_path: Path, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ALONE_TRIES", 2)
    bench.send(direct(bench.bucket, "never"))
    good = direct(bench.bucket, bench.put("one.json", RECORDS))
    tries = 0

    def before(asked: str) -> int | None:
        nonlocal tries
        if asked.endswith("DeleteMessageBatch"):
            bench.stop.set()
        if not asked.endswith("/never"):
            return None
        tries += 1
        if tries == 1:
            bench.send(good)
        return 503

    bench.aws.before = before
    found = bench.watch(tmp_path / "s.duckdb", patient=True)
    assert (found.messages, tries) == (1, 3)
    assert [each.why for each in found.set_aside] == [
        f"s3://{bench.bucket}/never: the service answers with status 503"
    ]


def test_of_a_message_all_is_loaded_that_can_be_some_at_a_time(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "BATCH_BYTES", 1)
    loads: list[int] = []

    def counted(writer: Any, sources: list[Any]) -> Any:
        loads.append(len(sources))
        assert bench.left() == (0, 1)
        return load_sources(writer, sources)

    monkeypatch.setattr(watching, "load_sources", counted)
    keys = [bench.put(f"{number}.json", [record]) for number, record in enumerate(RECORDS)]
    gone = [f"{FOLDER}/gone-{number}.json" for number in range(2)]
    parts = [direct(bench.bucket, key) for key in [gone[0], *keys, gone[1]]]
    bench.send({"Records": [record for part in parts for record in part["Records"]]})
    found = bench.watch(tmp_path / "s.duckdb")
    assert loads == [1] * len(RECORDS)
    assert found.messages == 0
    assert [each.why for each in found.set_aside] == [
        "; ".join(f"s3://{bench.bucket}/{key}: {GONE}" for key in gone)
    ]
    assert loaded(tmp_path / "s.duckdb").events() == plain(tmp_path, RECORDS).events()
    for key in gone:
        bench.put(key.rpartition("/")[2], RECORDS[:1])
    bench.show_again()
    monkeypatch.setattr(watching, "load_sources", load_sources)
    assert bench.watch(tmp_path / "s.duckdb").messages == 1


def test_it_stops_while_it_waits_for_another_writer(bench: Bench, tmp_path: Path) -> None:
    bench.send(direct(bench.bucket, bench.put("one.json", RECORDS)))
    other = contextlib.ExitStack()

    def before(asked: str) -> None:
        if asked.startswith("GET") and not said:
            other.enter_context(writing(tmp_path / "s.duckdb"))

    def waiting(text: str) -> None:
        said.append(text)
        bench.stop.set()

    said: list[str] = []
    bench.aws.before = before
    with other:
        found = bench.watch(tmp_path / "s.duckdb", waiting=waiting)
    assert len(said) == 1
    assert (found.messages, bench.left()) == (0, (0, 1))
    with writing(tmp_path / "s.duckdb"):  # at the start, too
        assert bench.watch(tmp_path / "s.duckdb", waiting=waiting).messages == 0
    assert len(said) == 2


@pytest.mark.parametrize(
    ("store", "why"), [("nowhere/s.duckdb", "no folder"), ("text", "cannot open the store")]
)
def test_a_store_that_cannot_be_written_is_told_before_a_message_is_taken(
    bench: Bench, run: Run, tmp_path: Path, store: str, why: str
) -> None:
    (tmp_path / "text").write_text("no store")
    outcome = run(["watch", bench.queue, "--store", str(tmp_path / store)])
    assert outcome.code == 1
    assert why in outcome.stderr.splitlines()[-1]
    assert not any(asked.endswith("ReceiveMessage") for asked in bench.aws.requests)


def killing(
    bench: Bench, process: subprocess.Popen[str], moment: str, times: int
) -> Callable[[str], int | None]:
    """Kills a process as hard as can be when it asks for something; ends it well when nothing is left."""
    left = times

    def before(asked: str) -> int | None:
        nonlocal left
        if moment and moment in asked:
            left -= 1
            if not left:
                os.kill(process.pid, signal.SIGKILL)
                return 503
        elif not moment and asked.endswith("ReceiveMessage") and bench.left() == (0, 0):
            process.terminate()
        return None

    return before


def test_killed_at_any_moment_and_run_again_it_gives_what_an_ingest_gives(
    bench: Bench, tmp_path: Path, run: Run
) -> None:
    bench.notify()
    for number, record in enumerate(RECORDS):
        bench.put(f"{number}.json", [record])
    store = tmp_path / "s.duckdb"
    script = "import trailtrace.watching as w; w.POLL_SECONDS = 1; from trailtrace.cli import main; main()"
    command = [sys.executable, "-c", script, "watch", bench.queue, "--store", str(store)]
    # Before anything is loaded; when all is loaded and nothing of it deleted; never.
    for moment, times in (("HEAD", 1), ("DeleteMessageBatch", 1), ("", 0)):
        bench.show_again()
        with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": "."}, stderr=-1, text=True) as process:
            bench.aws.before = killing(bench, process, moment, times)
            _, stderr = process.communicate()
        assert process.returncode == (-signal.SIGKILL if moment else 0)
    assert "more were loaded before" in stderr
    assert "stopped: 4 messages done, 0 set aside" in stderr
    assert "SECRET" not in stderr
    assert bench.left() == (0, 0)
    assert loaded(store).events() == plain(tmp_path, RECORDS).events()
    answer = run(["who-did", RECORDS[1]["eventID"], "--store", str(store)])
    assert (answer.code, "alice" in answer.stdout) == (0, True)


def test_a_queue_that_is_none_is_said_in_a_line(bench: Bench, run: Run) -> None:
    assert run(["watch", "sqs://a b"]).stderr == (
        "trailtrace: error: sqs://a b: no queue: write it as sqs://name, or sqs://account/name\n"
    )
    outcome = run(["watch", "sqs://not-there"])
    assert outcome.code == 1
    assert "sqs://not-there: cannot find the queue: " in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_without_obstore_a_line_says_how_to_get_it(
    bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    outcome = run(["watch", bench.queue])
    assert outcome.stderr == (
        "trailtrace: error: obstore is not installed: run pip install 'trailtrace[s3]'\n"
    )


KEYS = ("Type", "Message", "Records", "eventSource", "eventName", "s3", "bucket", "object", "name", "key")
TEXTS = ("Notification", "aws:s3", "aws.s3", "ObjectCreated:Put", "Object Created", "logs-1", "%ff", "")
words = st.sampled_from(("source", "detail", "detail-type", *KEYS, *TEXTS))
values = st.recursive(
    st.none() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6),
)


@given(values, st.integers(0, 5))
def test_whatever_somebody_sends_is_a_notification_or_none(value: object, envelopes: int) -> None:
    for _ in range(envelopes):
        value = by_sns(value)
    with contextlib.suppress(NoNotificationError):
        assert all(isinstance(each, Created) for each in created(json.dumps(value)))
