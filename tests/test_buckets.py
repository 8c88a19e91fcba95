"""Logs in buckets: nothing lost and nothing twice, whatever happens on the way."""

import gzip
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import duckdb
import pytest
from conftest import Load, Run, trail, trail_records
from hypothesis import given
from hypothesis import strategies as st
from s3_server import Fault, S3Server, answers, cut_off, first, serve, shorter
from signed_logs import Trail, put_keys, zipped

from trailtrace import reading
from trailtrace.aws.notifications import created
from trailtrace.places import Found, find
from trailtrace.remote import access, bucket
from trailtrace.remote.bucket import open_bucket
from trailtrace.remote.layout import Selection, Share, share, wants
from trailtrace.remote.place import place_of
from trailtrace.sources import SourceObject, Version

SECRET = "secret+of/this+test"  # noqa: S105

KEYS = [
    f"AWSLogs/111111111111/CloudTrail/us-east-1/2026/05/01/111111111111_CloudTrail_us-east-1_2026050{day}T0905Z_{name}.json.gz"
    for day, name in ((1, "Aa0"), (1, "Bb1"), (1, "Cc2"), (2, "Dd3"))
]


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    yield from serve()


@pytest.fixture
def s3(server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A client, and an empty bucket `logs`; nothing of this machine's AWS settings, and no long pauses."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHISTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setattr(access, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(bucket, "PAUSE_SECONDS", 0.001)
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="logs")
    server.forget()
    yield client
    for found in client.list_objects_v2(Bucket="logs").get("Contents", []):
        client.delete_object(Bucket="logs", Key=found["Key"])


def put(s3: Any, objects: dict[str, bytes]) -> None:
    for key, body in objects.items():
        s3.put_object(Bucket="logs", Key=key, Body=body)


def one_record_each() -> dict[str, bytes]:
    return {key: gzip.compress(trail([record])) for key, record in zip(KEYS, trail_records(), strict=True)}


def test_a_bucket_is_loaded_as_its_files_are(s3: Any, load: Load, tmp_path: Path) -> None:
    put(s3, one_record_each() | {"AWSLogs/111111111111/CloudTrail/": b""})

    found = load("s3://logs")
    plain = load({key.rpartition("/")[2]: body for key, body in one_record_each().items()}, store="plain")

    assert found.events() == plain.events()
    assert found.rows("select uri from files order by all") == [(f"s3://logs/{key}",) for key in sorted(KEYS)]
    assert "s3://logs/: not read: 1 empty object" in found.outcome.stderr


def test_what_was_loaded_is_not_fetched_again(s3: Any, server: S3Server, load: Load) -> None:
    """A late object has a name from before, and one that is written anew has the name it had."""
    objects = one_record_each()
    late = KEYS[0].replace("Aa0", "Aa9")
    put(s3, dict(list(objects.items())[:3]))
    load("s3://logs")
    put(s3, {late: objects[KEYS[3]], KEYS[1]: objects[KEYS[3]] + b"\0"})
    server.forget()

    again = load("s3://logs")

    assert sorted(server.fetched()) == sorted([late, KEYS[1]])
    assert "files        2 (2 more were loaded before)" in again.outcome.stderr
    assert len(again.events()) == 4
    assert again.rows("select count(*) from files where duplicate = 1") == [(1,)]

    server.forget()
    load("s3://logs")
    assert server.fetched() == []


def test_faults_that_pass_are_not_seen(s3: Any, server: S3Server, load: Load) -> None:
    faults: dict[str, list[Fault]] = {
        KEYS[0]: [answers("503 Slow Down", "SlowDown")] * 3,
        KEYS[1]: [answers("500 Internal Server Error", "InternalError")] * 2,
        KEYS[2]: [cut_off, cut_off],
        KEYS[3]: [shorter, shorter],
    }
    put(s3, one_record_each())
    server.faults |= {key: list(each) for key, each in faults.items()}

    found = load("s3://logs")

    assert len(found.events()) == 4
    assert found.rows("select count(*) from rejects") == [(0,)]
    asked = server.fetched()
    assert {key: asked.count(key) for key in KEYS} == {key: len(each) + 1 for key, each in faults.items()}


def test_a_server_that_does_not_answer_is_asked_again(
    s3: Any, server: S3Server, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "SILENT_SECONDS", 0.3)
    put(s3, one_record_each())
    server.faults[KEYS[2]] = [first(lambda: time.sleep(0.6))]

    found = load("s3://logs")

    assert len(found.events()) == 4
    assert server.fetched().count(KEYS[2]) == 2


def test_an_object_that_is_written_anew_while_it_is_read_is_read_as_it_is_now(
    s3: Any, server: S3Server, load: Load
) -> None:
    objects = one_record_each()
    put(s3, objects)
    server.faults[KEYS[0]] = [first(lambda: put(s3, {KEYS[0]: gzip.compress(trail(trail_records()))}))]

    found = load("s3://logs")

    assert found.rows("select read, kept + duplicate from files where uri like '%Aa0%'") == [(4, 4)]
    server.forget()
    put(s3, {KEYS[0]: objects[KEYS[0]]})
    load("s3://logs")
    assert server.fetched() == [KEYS[0]]  # what it was when it was listed has never been read


def test_objects_that_cannot_be_had_whole_are_rejects_and_tried_again(
    s3: Any, server: S3Server, load: Load
) -> None:
    objects = one_record_each()
    refused, archived = (KEYS[0].replace("Aa0", name) for name in ("Ee4", "Ff5"))
    put(s3, objects | dict.fromkeys((refused, archived), objects[KEYS[0]]))
    versions = iter(range(100))
    faults: dict[str, tuple[Fault, str]] = {
        KEYS[0]: (
            first(lambda: s3.delete_object(Bucket="logs", Key=KEYS[0])),
            "it is not there (any more), or its name begins or ends with `/`",
        ),
        KEYS[1]: (first(lambda: put(s3, {KEYS[1]: b"%d" % next(versions)})), "it changes while it is read"),
        KEYS[2]: (shorter, f"it has {len(objects[KEYS[2]])} bytes, and {len(objects[KEYS[2]]) // 2} came"),
        KEYS[3]: (cut_off, "the service does not answer, or not to the end"),
        refused: (answers("403 Forbidden", "AccessDenied"), "access denied (AccessDenied)"),
        archived: (
            answers("403 Forbidden", "InvalidObjectState"), "it is archived: restore it in S3 first",
        ),
    }  # fmt: skip
    server.faults |= {key: [fault] * 100 for key, (fault, _) in faults.items()}

    found = load("s3://logs")

    assert found.events() == []
    assert found.outcome.code == 3
    rejects = found.rows("select uri, reason, detail from rejects join files using (file_id)")
    assert sorted(rejects) == sorted(
        (f"s3://logs/{key}", "unreadable", f"cannot read it: {said}") for key, (_, said) in faults.items()
    )

    still = load("s3://logs")
    assert still.outcome.code == 3
    assert "5 could not be read, as before" in still.outcome.stderr  # the one that vanished is listed no more
    assert still.rows("select count(*) from rejects") == [(6,)]

    server.forget()
    put(s3, objects)
    again = load("s3://logs")
    assert sorted(server.fetched()) == sorted(faults)
    assert len(again.events()) == 4
    assert again.rows("select count(*) from rejects") == [(6,)]


def test_a_service_that_gives_nothing_more_ends_the_run_and_keeps_what_was_loaded(
    s3: Any, server: S3Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expired login is no reason to call every object unreadable."""
    monkeypatch.setattr(reading, "PORTION_SOURCES", 2)
    put(s3, one_record_each())
    for key in KEYS[2:]:
        server.faults[key] = [answers("400 Bad Request", "ExpiredToken")] * 9
    command = ["ingest", "s3://logs", "--store", str(tmp_path / "store.duckdb")]

    failed = run(command)

    assert failed.code == 1
    assert failed.stdout == ""
    assert "ExpiredToken" in failed.stderr
    assert "what was loaded before is kept: run it again" in failed.stderr

    monkeypatch.setattr(access, "RETRIES", 1)
    monkeypatch.setattr(bucket, "FAILURES_IN_A_ROW", 2)
    for key in KEYS:
        server.faults[key] = [answers("500 Internal Server Error", "InternalError")] * 99
    assert "objects cannot be read: the service says InternalError" in run(command).stderr

    server.forget()
    done = run(command)
    assert (done.code, sorted(server.fetched())) == (0, sorted(KEYS[2:]))
    assert "files        2 (2 more were loaded before)" in done.stderr


@pytest.mark.parametrize("code", ["403 AccessDenied", "400 KMS.DisabledException"])
def test_objects_under_a_lost_key_keep_nobody_from_the_others(
    code: str, s3: Any, server: S3Server, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "FAILURES_IN_A_ROW", 2)
    lost, good = KEYS[:3], KEYS[3]
    put(s3, one_record_each())
    status, _, name = code.partition(" ")
    server.faults |= {key: [answers(f"{status} No", name)] * 100 for key in lost}

    found = load("s3://logs")
    again = load("s3://logs")  # the good one is known, so that only the others are new

    assert len(found.events()) == 1
    assert found.rows("select uri from files where kept") == [(f"s3://logs/{good}",)]
    assert found.rows("select count(*) from rejects where reason = 'unreadable'") == [(3,)]
    assert (again.outcome.code, "3 could not be read, as before" in again.outcome.stderr) == (0, True)


def test_a_bucket_of_which_nothing_may_be_read_ends_the_run(
    s3: Any, server: S3Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "FAILURES_IN_A_ROW", 2)
    put(s3, one_record_each())
    server.faults |= {key: [answers("403 Forbidden", "AccessDenied")] * 9 for key in KEYS}

    failed = run(["ingest", "s3://logs", "--store", str(tmp_path / "store.duckdb")])

    assert failed.code == 1
    assert "objects cannot be read: access denied (AccessDenied)" in failed.stderr
    assert "s3://logs/AWSLogs/111111111111/" in failed.stderr  # the first of them
    assert "leave them out by --since or the prefix" in failed.stderr


def test_what_was_read_before_the_end_is_kept_with_its_portion(
    s3: Any, server: S3Server, run: Run, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "GROUP_SOURCES", 1)
    put(s3, one_record_each())
    server.faults[KEYS[3]] = [answers("400 Bad Request", "ExpiredToken")] * 9

    failed = run(["ingest", "s3://logs", "--store", str(tmp_path / "store.duckdb")])
    server.forget()
    done = load("s3://logs")

    assert (failed.code, server.fetched()) == (1, [KEYS[3]])
    assert "files        1 (3 more were loaded before)" in done.outcome.stderr
    assert len(done.events()) == 4


def test_a_name_with_a_slash_at_its_end_is_no_other_object(s3: Any, server: S3Server, load: Load) -> None:
    """obstore strips slashes: of two names that are the same then, only one can be read."""
    objects = list(one_record_each().values())
    put(s3, {KEYS[0]: objects[0], KEYS[0] + "/": objects[1], KEYS[1] + "/": objects[2]})

    found = load("s3://logs")
    again = load("S3://logs")  # a scheme may be written as one likes

    assert found.rows("select event_id from events") == [(trail_records()[0]["eventID"],)]
    rejects = found.rows("select uri, detail from rejects join files using (file_id) order by all")
    assert [uri for uri, _ in rejects] == [f"s3://logs/{KEYS[0]}", f"s3://logs/{KEYS[1]}"]
    assert "a second object here: its name cannot be read" in rejects[0][1]
    assert "its name begins or ends with `/`" in rejects[1][1]
    assert "files        0 (1 more were loaded before)" in again.outcome.stderr
    assert "2 could not be read, as before" in again.outcome.stderr


@pytest.mark.parametrize("key", [f"/{KEYS[0]}", f"{KEYS[0]}/", "a//b", "../x", "a\0b", "a\nb", "\x1b[1m"])
def test_a_name_that_cannot_be_asked_for_is_said_to_be_one(key: str, s3: Any) -> None:
    put(s3, {KEYS[0]: b"x"})

    with pytest.raises(OSError, match="its name cannot be read"):
        open_bucket(place_of("s3://logs")).source(key)


def test_a_message_of_a_folder_tells_of_no_object() -> None:
    """Its name cannot be asked for, and it holds nothing: it must not be set aside for ever."""

    def told(key: str, size: int) -> int:
        object_ = {"key": key, "size": size}
        s3 = {"bucket": {"name": "logs"}, "object": object_}
        direct = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]}
        bridged = {"source": "aws.s3", "detail-type": "Object Created", "detail": s3}
        [number] = {len(created(json.dumps(each))) for each in (direct, bridged)}
        return number

    assert [told("AWSLogs/", 0), told("AWSLogs/", 1), told("AWSLogs/x", 0)] == [0, 1, 1]


def test_objects_are_fetched_side_by_side(s3: Any, server: S3Server, load: Load) -> None:
    last_is_asked = Event()
    put(s3, one_record_each())
    server.faults = {KEYS[0]: [first(lambda: last_is_asked.wait(30))], KEYS[3]: [first(last_is_asked.set)]}

    assert len(load("s3://logs").events()) == 4
    assert last_is_asked.is_set()


def test_no_more_is_fetched_ahead_than_memory_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FETCHED_BYTES", 1000), ("GROUP_SOURCES", 1), ("FETCHERS", 4)):
        monkeypatch.setattr(reading, name, value)
    fetched: list[int] = []

    def source(number: int) -> SourceObject:
        def read() -> bytes:
            fetched.append(number)
            return b"x" * 100

        return SourceObject(f"s3://logs/{number}", 100, read, Version(str(number), 100))

    sources = list(map(source, range(200)))
    opened = []
    with ThreadPoolExecutor(1) as pool, reading.fetching(sources) as fetchers:
        for each in reading.read_ahead(pool, sources, 1, fetchers):
            opened.append(each)
            assert len(fetched) <= len(opened) + 1000 // 100 + 1 + reading.READ_AHEAD + 1
    assert [each.source for each in opened] == sources


def test_a_run_that_is_killed_goes_on_where_it_was(
    s3: Any, server: S3Server, load: Load, tmp_path: Path
) -> None:
    objects = {
        key.replace("_Aa0", f"_{number}"): body
        for number in range(3)
        for key, body in one_record_each().items()
    }
    put(s3, objects)
    run = f"""
import sys
from trailtrace import load, reading
reading.PORTION_SOURCES = 2
load({str(tmp_path / "store.duckdb")!r}, ["s3://logs"])
"""
    child = subprocess.Popen([sys.executable, "-c", run])
    server.faults[KEYS[3]] = [first(child.kill)]
    assert child.wait() == -signal.SIGKILL
    before = set(server.fetched())
    server.forget()

    found = load("s3://logs")

    assert set(before) | set(server.fetched()) == set(objects)
    assert 0 < len(server.fetched()) < len(objects)
    assert len(found.events()) == 4
    assert found.rows("select count(*), count(distinct uri) from files") == [(len(objects), len(objects))]


# --- what is listed ---------------------------------------------------------------------------------------


def logs_of(*folders: str) -> list[str]:
    """Two days of two Regions in each of the accounts' folders, one object each."""
    return [
        f"{folder}/CloudTrail/{region}/2026/05/{day}/{folder[-12:]}_CloudTrail_{region}_202605{day}T0905Z_{n}.json"
        for folder in folders
        for region in ("eu-west-1", "us-east-1")
        for n, day in enumerate(("01", "07"))
    ]


LOGS = logs_of(
    "AWSLogs/111111111111",
    "AWSLogs/o-exampleorg1/222222222222",
    "o-exampleorg1/AWSLogs/o-exampleorg1/333333333333",  # Control Tower
    "team/trail/AWSLogs/444444444444",
)
BESIDES = [
    "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2026/05/01/digest.json.gz",
    "AWSLogs/111111111111/Config/us-east-1/2026/5/1/ConfigHistory/config.json.gz",
    "AWSLogs/111111111111/vpcflowlogs/us-east-1/2026/05/01/flow.log.gz",
]
FIRST, LAST = datetime(2026, 5, 1, 9, 5), datetime(2026, 5, 7, 9, 5)
MINUTE = timedelta(minutes=1)
OTHERS = ["copies/flat.json", "AWSLogs/111111111111/CloudTrail-NetworkActivity/us-east-1/2026/05/01/n.json"]


@pytest.fixture
def laid_out(s3: Any, server: S3Server) -> None:
    put(s3, dict.fromkeys([*LOGS, *BESIDES, *OTHERS], b"x"))
    server.forget()


def keys(found: Found) -> set[str]:
    return {item.uri.removeprefix("s3://logs/") for item in found.sources}


@pytest.mark.usefixtures("laid_out")
def test_all_layouts_are_listed_and_no_prefix_twice(server: S3Server) -> None:
    found = find(["s3://logs", "s3a://logs", "s3a://logs/AWSLogs", "s3://logs/copies/"])

    assert keys(found) == {*LOGS, *OTHERS}
    assert len(found.sources) == len(keys(found))
    assert len(server.listed()) == len(set(server.listed()))
    assert not any(
        prefix.startswith(tuple(each.rpartition("/")[0] for each in BESIDES)) for prefix in server.listed()
    )
    assert found.notes == [
        "s3://logs/: not read: CloudTrail-Digest/ of 1 account, Config/ of 1 account,"
        " vpcflowlogs/ of 1 account"
    ]


@pytest.mark.usefixtures("laid_out")
@pytest.mark.parametrize(
    ("selection", "wanted", "not_listed"),
    [
        (
            Selection(accounts=frozenset(["222222222222"])),
            "222222222222",
            "(111111111111|333333333333|444444444444)/",
        ),
        (Selection(regions=frozenset(["eu-west-1"])), "eu-west-1", "us-east-1/"),
        (Selection(since=datetime(2026, 5, 7)), "/07/", "/01/"),
        (Selection(until=datetime(2026, 5, 2)), "/01/", "/07/"),
        (
            Selection(since=datetime(2026, 5, 1, 9, 5, 59), until=datetime(2026, 5, 6, 9, 5)),
            "/0[17]/",
            "(?!)",
        ),
        (Selection(since=datetime(2026, 5, 1, 9, 6), until=datetime(2026, 5, 6, 9, 4)), "^$", "(?!)"),
        (Selection(since=datetime(2027, 1, 1)), "^$", "2026"),
    ],
    ids=["account", "Region", "since", "until", "minutes in", "minutes out", "year"],
)
def test_a_selection_cuts_the_listing_itself(
    selection: Selection, wanted: str, not_listed: str, server: S3Server
) -> None:
    found = find(["s3://logs"], selection)

    assert keys(found) - set(OTHERS) == {key for key in LOGS if re.search(wanted, key)}
    assert [prefix for prefix in server.listed() if re.search(not_listed, prefix)] == []


def test_a_place_that_is_named_is_listed_whatever_it_is(s3: Any, server: S3Server) -> None:
    restored = f"AWSLogs/111111111111/restored/{KEYS[0]}"
    copied = f"backup/AWSLogs/999999999999/s3-copy/{KEYS[1]}"
    put(s3, dict.fromkeys((restored, copied, KEYS[2]), b"x"))

    def found(*places: str, account: str | None = None) -> set[str]:
        selection = Selection(accounts=frozenset([account] if account else []))
        return keys(find([f"s3://logs{each}" for each in places], selection))

    assert found("") == {KEYS[2]}
    assert found("", "/AWSLogs/111111111111/restored") == {KEYS[2], restored}
    for prefix in (restored, restored[:30], "AWSLogs/111111111111/restored/AWSLogs"):
        assert found(f"/{prefix}") == {restored}
    for prefix in ("backup/AWSLogs/999999999999/s3-copy", copied[:-60], copied):
        assert found(f"/{prefix}") == found(f"/{prefix}", account="111111111111") == {copied}
        assert found(f"/{prefix}", "/backup/AWSLogs/999999999999/s3-copy/AWSLogs") == {copied}
    assert found("/backup/AWSLogs/999999999999/s3-copy", account="999999999999") == set()


@pytest.mark.parametrize(
    ("region", "is_told"), [("eu-west-1", True), ("us-east-1", False), ("eusc-de-east-1", False)]
)
def test_regions_without_the_global_one_are_said_to_lack_it(
    region: str, is_told: bool, s3: Any, run: Run, tmp_path: Path
) -> None:
    put(s3, {KEYS[0]: b"x"})

    outcome = run(["ingest", "s3://logs", "--region", region, "--store", str(tmp_path / "store.duckdb")])

    assert ("us-east-1 is not among the Regions" in outcome.stderr) == is_told
    assert outcome.code == 3


FOLDERS = [
    *(
        "AWSLogs",
        "o-exampleorg1",
        "111111111111",
        "222222222222",
        "CloudTrail",
        "CloudTrail-Digest",
        "Config",
    ),
    *("us-east-1", "eu-west-1", "2026", "05", "01", "02", "31", "13", "x", ""),
]


@given(
    st.lists(st.sampled_from(FOLDERS), max_size=10),
    st.sampled_from(["log.json", "111111111111_CloudTrail_us-east-1_20260502T0905Z_Aa0.json.gz"]),
    st.builds(
        Selection,
        st.sets(st.sampled_from(["111111111111", "222222222222"])).map(frozenset),
        st.sets(st.sampled_from(["us-east-1", "eu-west-1"])).map(frozenset),
        st.none() | st.datetimes(datetime(2025, 12, 30), datetime(2027, 1, 3)) | st.just(datetime.max),
        st.none() | st.datetimes(datetime(2025, 12, 30), datetime(2027, 1, 3)) | st.just(datetime.max),
    ),
)
def test_what_is_wanted_lies_in_no_folder_that_is_passed_over(
    folders: list[str], name: str, selection: Selection
) -> None:
    key = "/".join([*folders, name])
    if wants(selection, key):
        for depth in range(len(folders) + 1):
            assert share(selection, "/".join(folders[:depth])) is not Share.NONE


# --- how a bucket is opened -------------------------------------------------------------------------------


def test_options_reach_the_service_and_secrets_reach_nobody(
    s3: Any, server: S3Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, one_record_each())
    config = tmp_path / "config"
    config.write_text(
        "[profile audit]\nregion = eu-west-3\naws_access_key_id = AKIAOFAUDIT\n"
        f"aws_secret_access_key = {SECRET}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ENDPOINT_URL")  # the environment's key stays: a profile that is given goes before
    server.forget()
    store = tmp_path / "store.duckdb"
    command = ["ingest", "s3://logs/AWSLogs", "--profile", "audit", "--endpoint", server.endpoint]

    first_run = run([*command, "--requester-pays", "--store", str(store)])
    by_profile = list(server.requests)
    server.forget()
    monkeypatch.setenv("AWS_REQUEST_PAYER", "requester")
    second_run = run([*command, "--bucket-region", "us-west-2", "--store", str(store)])

    assert (first_run.code, second_run.code) == (0, 0)
    for request in by_profile:
        assert "AKIAOFAUDIT/" in request.headers["authorization"]
        assert "/eu-west-3/s3/" in request.headers["authorization"]
        assert request.headers["x_amz_request_payer"] == "requester"
    for request in server.requests:
        assert "/us-west-2/s3/" in request.headers["authorization"]
        assert request.headers["x_amz_request_payer"] == "requester"
    assert SECRET not in first_run.stderr + first_run.stdout
    assert SECRET.encode() not in store.read_bytes()


def test_a_public_bucket_needs_no_credentials(
    s3: Any, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, one_record_each())
    server.forget()
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    assert keys(find(["s3://logs"])) == set(KEYS)
    assert all("authorization" not in request.headers for request in server.requests)


def test_what_cannot_be_opened_or_listed_is_one_line(
    s3: Any, server: S3Server, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ingest = ["ingest", "--store", str(tmp_path / "store.duckdb")]
    assert "the prefix (it is empty)" in run([*ingest, "s3://logs"]).stderr
    put(s3, {"odd//name.json": b"x"})

    def said(*arguments: str) -> tuple[int, str]:
        outcome = run([*ingest, *arguments])
        assert outcome.stdout == ""
        assert outcome.stderr.count("\n") == 1, outcome.stderr
        assert SECRET not in outcome.stderr
        return outcome.code, outcome.stderr.removeprefix("trailtrace: error: ").strip()

    assert said("s3://nowhere") == (
        1,
        "s3://nowhere/: cannot list it: the service says NoSuchBucket: see docs/s3.md",
    )
    assert said("s3://logs/nothing") == (
        1,
        "s3://logs/nothing: nothing is there: check the bucket and the prefix (it is not there (any more),"
        " or its name begins or ends with `/`)",
    )
    assert said("s3://logs/odd") == (
        1,
        "s3://logs/odd: cannot list it: an object there has a name that cannot be read (an empty part, `..`"
        " or a control character): move it, or give a narrower prefix: see docs/s3.md",
    )
    assert said("s3://logs//x")[0] == 2
    code, text = said("https://logs.s3.amazonaws.com/x?X-Amz-Signature=0123abcd")
    assert (code, "0123abcd" in text) == (1, False)
    assert said("s3:///x") == (2, "s3:///x: no name of a bucket: write it as s3://bucket/prefix")
    code, text = said(f"s3://AKIA:{SECRET.replace('/', '')}@logs/x")
    assert code == 2
    assert "credentials" in text and "AKIA" not in text
    assert said(".", "--account", "111111111111")[0] == 2
    assert said(".", "--profile", "audit")[0] == 2
    assert said("s3://logs", "--account", "11")[0] == 2
    assert said("s3://logs", "--region", "Paris")[0] == 2
    code, text = said("s3://logs", "--profile", "nobody")
    assert (code, "nobody" in text) == (1, True)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    code, text = said("s3://logs")
    assert (code, text.startswith("no AWS credentials: set AWS_PROFILE")) == (1, True)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    code, text = said("s3://logs")
    assert code == 1
    assert text.endswith("is not installed: run pip install 'trailtrace[s3]'")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("403 Forbidden", "AccessDenied", "access denied (AccessDenied): listing needs s3:ListBucket on the"),
        (
            "301 Moved Permanently",
            "PermanentRedirect",
            "the bucket is in another Region: give --bucket-region",
        ),
    ],
)
def test_listing_that_is_refused_says_what_to_do(
    status: str, code: str, said: str, s3: Any, server: S3Server, run: Run
) -> None:
    server.faults[""] = [answers(status, code)]

    outcome = run(["who-did", "alice", "--logs", "s3://logs"])

    assert outcome.code == 1
    assert said in outcome.stderr


def test_a_question_is_answered_straight_from_a_bucket(s3: Any, run: Run) -> None:
    put(s3, one_record_each() | {"AWSLogs/": b""})

    key = trail_records()[0]["responseElements"]["credentials"]["accessKeyId"]
    outcome = run(["who-did", key, "--logs", "s3://logs", "--format", "json"])

    [answer] = json.loads(outcome.stdout)["answers"]
    assert (answer["origin"]["name"], answer["grade"]) == ("alice", "proof")
    assert answer["hops"][0]["evidence"][0]["source"] == f"s3://logs/{KEYS[0]}"
    assert outcome.stderr == "trailtrace: s3://logs/: not read: 1 empty object\n"


def test_readers_do_not_wait_for_a_download(s3: Any, server: S3Server, load: Load, tmp_path: Path) -> None:
    objects = one_record_each()
    put(s3, {KEYS[0]: objects[KEYS[0]]})
    load("s3://logs")
    seen: list[int] = []

    def ask() -> None:
        with duckdb.connect(tmp_path / "store.duckdb", read_only=True) as connection:
            seen.extend(connection.execute("select count(*) from records").fetchall()[0])

    put(s3, {KEYS[1]: objects[KEYS[1]]})
    server.faults[KEYS[1]] = [first(ask)]
    load("s3://logs")

    assert seen == [1]


def test_a_bucket_is_verified_by_the_signatures_that_s3_keeps(s3: Any, run: Run, tmp_path: Path) -> None:
    written = Trail().hours(3)
    for each in (*written.logs, *written.digests):
        s3.put_object(Bucket="logs", Key=each.key, Body=zipped(each.content), Metadata=each.metadata or {})
    verify = ["verify", "s3://logs", "--keys", str(put_keys(tmp_path / "keys"))]

    whole = run(verify)
    put(s3, {written.logs[1].key: zipped(b"{}")})
    changed = run(verify)

    assert whole.code == 0
    assert whole.stdout.splitlines()[:2] == [
        "log files 3 verified, 0 unverified, 0 failed",
        "digests   3 verified, 0 unverified, 0 failed",
    ]
    assert changed.code == 6
    assert changed.stdout.startswith("log files 2 verified, 0 unverified, 1 failed\n")


@pytest.mark.parametrize(
    "command", [["rebuild"], ["prune", "--before", "2026-05-01"], ["ingest", "sample_logs"]], ids=" ".join
)
def test_what_is_in_a_bucket_is_only_read(command: list[str], run: Run) -> None:
    outcome = run([*command, "--store", "s3://logs/lake"])
    assert outcome.code == 1
    assert (
        outcome.stderr
        == "trailtrace: error: s3://logs/lake: what is in a bucket is only read: choose a file for --store\n"
    )
