"""Every container gives the same events as the trail file it was made from."""

import base64
import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from case_records import Record
from conftest import NAMES, Load, changed, trail, trail_records

from trailtrace import trail as trail_files
from trailtrace.containers import unwrap
from trailtrace.documents import MixedDocument, PlainDocument, document

RECORDS = trail_records()
TEXTS = [json.dumps(record) for record in RECORDS]


def lines(values: list[Any]) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def lookup_events(indent: int | None = None) -> bytes:
    events = [
        {
            "EventId": record["eventID"],
            "EventName": record["eventName"],
            "ReadOnly": "true",
            "AccessKeyId": record["userIdentity"]["accessKeyId"],
            "EventTime": 1777626000.0,
            "EventSource": record["eventSource"],
            "Username": "ci-42",
            "Resources": [{"ResourceType": "AWS::IAM::Role", "ResourceName": "Deploy"}],
            "CloudTrailEvent": text,
        }
        for record, text in zip(RECORDS, TEXTS, strict=True)
    ]
    return json.dumps({"Events": events, "NextToken": "more"}, indent=indent).encode()


def event_bridge(record: Record) -> Record:
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.sts",
        "account": "111111111111",
        "time": record["eventTime"],
        "region": "us-east-1",
        "resources": [],
        "detail": record,
    }


def log_message(texts: list[str], kind: str = "DATA_MESSAGE") -> Record:
    return {
        "messageType": kind,
        "owner": "111111111111",
        "logGroup": "trail",
        "logStream": "111111111111_CloudTrail_us-east-1",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": str(number), "timestamp": 1777626000000, "message": text}
            for number, text in enumerate(texts)
        ],
    }


def table(header: str, before: str, *behind: str) -> bytes:
    """CSV with a record in its second column."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header.split(","))
    writer.writerows([before, text, *behind] for text in TEXTS)
    return written.getvalue().encode()


def lake_result(rows: list[list[Record]], name: str = "QueryResultRows") -> bytes:
    statistics = {"ResultsCount": len(rows), "TotalResultsCount": len(rows), "BytesScanned": 1}
    return json.dumps({"QueryStatus": "FINISHED", "QueryStatistics": statistics, name: rows}).encode()


def elastic(text: str) -> Record:
    return {"_index": "logs", "_source": {"event": {"original": text}, "aws": {"cloudtrail": {}}}}


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AWSLogs/one.json.gz", gzip.compress(trail(RECORDS[:2])))
        archive.writestr("AWSLogs/two.json", lines(RECORDS[2:]))
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in (("one.json.gz", gzip.compress(trail(RECORDS[:2]))), ("two", lines(RECORDS[2:]))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


CONTAINERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "F01 gzip": ("trail", lambda: gzip.compress(trail(RECORDS))),
    "F01 indented, with a byte order mark": (
        "trail",
        lambda: b"\xef\xbb\xbf" + json.dumps({"Records": RECORDS}, indent=2).encode(),
    ),
    "F04": ("array", lambda: json.dumps(RECORDS).encode()),
    "F05": ("ndjson", lambda: lines(RECORDS)),
    "F05 gzip, with empty lines": (
        "ndjson",
        lambda: gzip.compress(lines(RECORDS).replace(b"\n", b"\r\n\r\n") + b"\n"),
    ),
    "F05 of trail objects": ("trail", lambda: lines([{"Records": RECORDS[:3]}, {"Records": RECORDS[3:]}])),
    "F06": ("concatenated", lambda: "".join(TEXTS).encode()),
    "F06 of indented records": (
        "concatenated",
        lambda: "".join(json.dumps(record, indent=2) for record in RECORDS).encode(),
    ),
    "F06 of log messages": (
        "cloudwatch_subscription",
        lambda: b"".join(json.dumps(log_message([text])).encode() for text in TEXTS),
    ),
    "F06 of gzip members": ("concatenated", lambda: b"".join(gzip.compress(text.encode()) for text in TEXTS)),
    "F07": ("lookup_events", lookup_events),
    "F07 indented": ("lookup_events", lambda: lookup_events(2)),
    "F08": ("eventbridge", lambda: lines([event_bridge(record) for record in RECORDS])),
    "F09": ("cloudwatch_subscription", lambda: gzip.compress(json.dumps(log_message(TEXTS)).encode())),
    "F09 for a Lambda function": (
        "cloudwatch_subscription",
        lambda: json.dumps(
            {
                "awslogs": {
                    "data": base64.b64encode(gzip.compress(json.dumps(log_message(TEXTS)).encode())).decode()
                }
            }
        ).encode(),
    ),
    "F10": (
        "cloudwatch_export",
        lambda: gzip.compress("\n".join(f"2026-05-01T09:00:01.000Z {text}" for text in TEXTS).encode()),
    ),
    "F10 filter-log-events": (
        "cloudwatch_export",
        lambda: json.dumps(
            {"events": [{"message": text, "timestamp": 1777626000000} for text in TEXTS]}
        ).encode(),
    ),
    "F10 of Insights": ("csv", lambda: table("@timestamp,@message", "2026-05-01 09:00:00.000")),
    "F11": ("lake", lambda: lake_result([[{"eventID": "1"}, {"eventJson": text}] for text in TEXTS])),
    "F11 as AWS's guide prints it": (
        "lake",
        lambda: lake_result([[{"key": "eventjson", "value": text}] for text in TEXTS], "QueryResults"),
    ),
    "F12": ("csv", lambda: gzip.compress(table("eventid,eventjson", "1"))),
    "F15": (
        "splunk",
        lambda: lines([{"preview": False, "result": {"_raw": text, "host": "x"}} for text in TEXTS]),
    ),
    "F15 CSV": ("csv", lambda: table("_time,_raw,host", "2026-05-01T09:00:00.000+0000", "collector")),
    "F16": ("elastic", lambda: lines([elastic(text) for text in TEXTS])),
    "F16 search result": (
        "elastic",
        lambda: json.dumps({"took": 1, "hits": {"hits": [elastic(text) for text in TEXTS]}}).encode(),
    ),
    "F17": (
        "datadog",
        lambda: gzip.compress(lines([{"_id": "x", "attributes": record} for record in RECORDS])),
    ),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_gives_the_events_of_the_plain_trail_file(load: Load, name: str) -> None:
    container, make = CONTAINERS[name]
    plain = load(trail(RECORDS), store="plain")
    loaded = load(make(), store="wrapped")
    assert loaded.outcome.code == 0
    assert loaded.rejects == []
    assert loaded.rows("select container, read, kept from files") == [(container, 4, 4)]
    assert loaded.rows("select record, event_name from events order by 1") == list(enumerate(NAMES, 1))
    assert loaded.events() == plain.events()
    assert loaded.rows("select rule, grade from links") == plain.rows("select rule, grade from links")


@pytest.mark.parametrize("make", [zipped, tarred])
def test_an_archive_gives_the_events_of_its_members(load: Load, make: Callable[[], bytes]) -> None:
    plain = load(trail(RECORDS), store="plain")
    loaded = load(make(), store="wrapped")
    assert loaded.rejects == []
    assert loaded.rows("select container, kept from files order by file_id") == [("trail", 2), ("ndjson", 2)]
    assert loaded.events() == plain.events()


@pytest.mark.parametrize("wrap", [lambda record: record, event_bridge], ids=["F03", "F08"])
def test_one_bare_record_is_a_file_of_one_record(load: Load, wrap: Callable[[Record], Record]) -> None:
    plain = load(trail(RECORDS[:1]), store="plain")
    loaded = load(json.dumps(wrap(RECORDS[0]), indent=2).encode(), store="bare")
    assert loaded.rows("select read, kept from files") == [(1, 1)]
    assert loaded.events() == plain.events()


def test_columns_that_a_store_of_logs_adds_to_a_record_do_not_hide_it(load: Load) -> None:
    added = {"p_event_time": "2026-05-01 09:00:00.000", "p_log_type": "AWS.CloudTrail"}
    loaded = load(lines([{**record, **added} for record in RECORDS]))
    assert loaded.names == NAMES
    assert {json.dumps(json.loads(extra)) for (extra,) in loaded.rows("select extra from events")} == {
        json.dumps(added)
    }


INSIGHT = {
    "eventVersion": "1.07",
    "eventTime": "2026-05-01T09:00:00Z",
    "awsRegion": "us-east-1",
    "eventID": "a6a2f3d1-0000-4000-8000-000000000000",
    "eventType": "AwsCloudTrailInsight",
    "recipientAccountId": "111111111111",
    "insightDetails": {"state": "Start", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole"},
    "eventCategory": "Insight",
}
AGGREGATED = {
    "eventVersion": "1.0",
    "accountId": "111111111111",
    "eventId": "a6a2f3d1-0000-4000-8000-000000000001",
    "eventCategory": "Aggregated",
    "eventType": "AwsAggregatedEvent",
    "timeWindow": {"windowStart": "2026-05-01T09:00:00Z", "windowEnd": "2026-05-01T09:05:00Z"},
}
S3_NOTIFICATION = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "awsRegion": "us-east-1",
    "eventTime": "2026-05-01T09:05:00.000Z",
    "eventName": "ObjectCreated:Put",
    "userIdentity": {"principalId": "AWS:AROAEXAMPLE"},
    "s3": {"bucket": {"name": "trail"}, "object": {"key": "AWSLogs/x.json.gz"}},
}
DIGEST = {
    "awsAccountId": "111111111111",
    "digestStartTime": "2026-05-01T08:00:00Z",
    "digestEndTime": "2026-05-01T09:00:00Z",
    "digestS3Bucket": "trail",
    "digestS3Object": "AWSLogs/111111111111/CloudTrail-Digest/x.json.gz",
    "logFiles": [],
}
S3_TEST = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}

NOT_EVENTS = {
    "digest": json.dumps(DIGEST).encode(),
    "Insights": trail([INSIGHT, INSIGHT | {"eventID": "other"}]),
    "aggregated": trail([AGGREGATED]),
    "S3 notification": trail([S3_NOTIFICATION]),
    "S3 test": json.dumps(S3_TEST).encode(),
    "control message": gzip.compress(json.dumps(log_message(["CWL CONTROL"], "CONTROL_MESSAGE")).encode()),
}


@pytest.mark.parametrize("kind", NOT_EVENTS)
def test_what_aws_writes_beside_events_is_counted_and_not_rejected(load: Load, kind: str) -> None:
    loaded = load({"other.json": NOT_EVENTS[kind], "trail.json": trail(RECORDS)})
    count = 2 if kind == "Insights" else 1
    assert loaded.outcome.code == 0
    assert loaded.rows("select read, not_events, rejected from files order by uri") == [
        (count, count, 0),
        (4, 0, 0),
    ]
    assert loaded.names == NAMES


def test_files_of_nothing_but_not_events_end_in_exit_code_3(load: Load) -> None:
    assert load(NOT_EVENTS).outcome.code == 3


def test_record_numbers_count_everything_before_them(load: Load) -> None:
    odd = [RECORDS[0], {"no": "event"}, INSIGHT, RECORDS[1], None, RECORDS[2]]
    numbered = [(1, NAMES[0]), (4, NAMES[1]), (6, NAMES[2])]
    for container, data in {
        "trail": trail(odd),
        "array": json.dumps(odd).encode(),
        "ndjson": lines(odd),
        "concatenated": "".join(json.dumps(record, indent=1) for record in odd).encode(),
    }.items():
        loaded = load(data, store=container)
        assert loaded.rows("select container from files") == [(container,)]
        assert loaded.rows("select record, event_name from events order by 1") == numbered
        assert loaded.rejects == [(2, "no_event_name"), (5, "not_an_object")]


def test_record_numbers_go_on_across_large_files(load: Load) -> None:
    many = [changed(RECORDS[1], "eventID", f"{number:06}") for number in range(12_000)]
    odd = [*many[:5_500], {"no": "event"}, *many[5_500:]]
    loaded = load(lines(odd))
    assert loaded.rejects == [(5_501, "no_event_name")]
    wrong = "select count(*) from events where record <> cast(event_id as int) + 1 + (record > 5501)::int"
    assert loaded.rows(wrong) == [(0,)]


WITHOUT_RECORD: dict[str, tuple[bytes, str]] = {
    "F07 event history": (b"Event name,Event time,User name\nGetObject,2026-05-01,ci-42\n", "_raw"),
    "F11": (
        json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": [[{"eventid": "1"}]]}).encode(),
        "select eventjson",
    ),
    "F12": (gzip.compress(b"eventid,eventname,useridentity\n1,GetObject,{type=AssumedRole}\n"), "eventjson"),
    "F13": (
        b'"eventname","useridentity","responseelements"\n"AssumeRole","{type=IAMUser, arn=a, b}","{}"\n',
        "load the log files of the table's location",
    ),
    "F14 of Athena": (
        b'"time","api","actor"\n"1","{operation=x}","{user={}}"\n',
        "load Security Lake's Parquet",
    ),
    "F15 of columns": (b"_time,eventName,userIdentity.arn\n1,GetObject,arn\n", "_raw"),
    "F16": (lines([{"_source": {"event": {"action": "GetObject"}}}]), "event.original"),
}


@pytest.mark.parametrize("name", WITHOUT_RECORD)
def test_an_item_without_the_original_record_is_rejected_with_the_fix(load: Load, name: str) -> None:
    data, fix = WITHOUT_RECORD[name]
    loaded = load({"bad": data, "good": TEXTS[0].encode()})
    assert loaded.names == NAMES[:1]
    [(record, reason, detail)] = loaded.rows("select record, reason, detail from rejects")
    assert (record, reason) == (1, "no_original_record")
    assert fix in detail
    assert "\n" not in detail


IN_FRONT: dict[str, Record] = {
    "flattened log message": {"messageType": "DATA_MESSAGE", "logGroup": "trail"},
    "control message": {"messageType": "CONTROL_MESSAGE"},
    "digest": DIGEST,
    "signature": {"hashSignature": "x"},
    "keys": {"PublicKeyList": []},
    "S3 test": S3_TEST,
    "no records": {"Records": []},
    "no events": {"events": [], "note": {"message": "m"}},
    "log event": {"timestamp": 1, "message": "m"},
    "raw text that is none": {"_raw": "m"},
    "OCSF": {"class_uid": 1},
    "search": {"hits": {}},
    "EventBridge": {"detail-type": "x", "detail": {}},
}


@pytest.mark.parametrize("wrap", [lines, lambda found: json.dumps(found).encode()], ids=["lines", "array"])
def test_a_member_in_front_makes_no_wrapper_of_a_record(
    load: Load, wrap: Callable[[list[Any]], bytes]
) -> None:
    loaded = load({name: wrap([{**front, **RECORDS[0]}, RECORDS[1]]) for name, front in IN_FRONT.items()})
    assert loaded.rows("select read, not_events, rejected from files") == [(2, 0, 0)] * len(IN_FRONT)
    # One event id in other words each time: all are kept, and said to contradict each other.
    assert loaded.rows("select event_name, count(*) from events group by 1 order by 1") == sorted(
        [(NAMES[0], len(IN_FRONT)), (NAMES[1], 1)]
    )


def test_records_beside_the_array_of_a_wrapper_and_within_a_record_are_read(load: Load) -> None:
    first, second, third, fourth = RECORDS
    for name, wrapped in {
        "beside": {"Records": [first, second], "more": [third, {"detail-type": "x", "detail": fourth}]},
        "within": {"Records": [second], **first, "hits": {"hits": [elastic(TEXTS[2]), fourth]}},
        "control": {"messageType": "x", "logEvents": [], "more": RECORDS},
        "no events": {"Events": [], "more": RECORDS},
    }.items():
        loaded = load(lines([wrapped, {"Records": []}]), store=name)
        assert (name, sorted(loaded.names)) == (name, sorted(NAMES))
        assert loaded.rows("select read, kept from files") == [(4, 4)]


def test_a_wrapper_without_its_array_is_rejected(load: Load) -> None:
    odd = [{"messageType": "DATA_MESSAGE", "owner": "1"}, {"messageType": "DATA_MESSAGE", "logEvents": 1}]
    loaded = load(lines([*odd, RECORDS[0]]))
    assert loaded.rejects == [(1, "unrecognised"), (2, "unrecognised")]
    assert loaded.names == NAMES[:1]


@pytest.mark.parametrize(
    ("delimiter", "before"), [(",", ""), (";", ""), ("\t", ""), (",", "sep=,\r\n"), ("|", "sep=|\n")]
)
def test_a_table_is_read_whatever_separates_its_cells(delimiter: str, before: str) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(["_time", "_raw", "eventjson"])
    writer.writerows([["1", TEXTS[0], ""], ["2", "", TEXTS[1]], ["3", TEXTS[2], TEXTS[2]]])
    container, found = unwrap((before + written.getvalue()).encode())
    assert container == "csv"
    assert [(number, text.decode()) for number, text in _told(found)] == list(enumerate(TEXTS[:3], 1))


def _twice(name: str, first: Any, second: Any, around: str = "%s") -> bytes:
    return (around % f'{{"x":1,"{name}":{json.dumps(first)},"{name}":{json.dumps(second)}}}').encode()


TWICE: dict[str, Callable[[Record, Record], bytes]] = {
    "Records": lambda one, two: _twice("Records", [one], [two]),
    "Records, once escaped": lambda one, two: _twice("Records", [one], [two]).replace(
        b'"Rec', b'"\\u0052ec', 1
    ),
    "Events": lambda one, two: _twice(
        "Events", [{"CloudTrailEvent": json.dumps(one)}], [{"CloudTrailEvent": json.dumps(two)}]
    ),
    "CloudTrailEvent": lambda one, two: _twice("CloudTrailEvent", json.dumps(one), json.dumps(two)),
    "detail": lambda one, two: _twice("detail", one, two).replace(b'"x"', b'"detail-type"'),
    "_raw": lambda one, two: _twice("_raw", json.dumps(one), json.dumps(two)),
    "_source": lambda one, two: _twice(
        "_source", elastic(json.dumps(one))["_source"], elastic(json.dumps(two))["_source"]
    ),
    "original": lambda one, two: _twice(
        "original", json.dumps(one), json.dumps(two), '{"_source":{"event":%s}}'
    ),
    "eventjson": lambda one, two: lake_result(
        [[{"eventjson": json.dumps(one)}, {"eventJson": json.dumps(two)}]]
    ),
    "eventjson of one column": lambda one, two: _twice(
        "eventjson", json.dumps(one), json.dumps(two), '{"QueryResultRows":[[%s]]}'
    ),
    "unknown": lambda one, two: _twice("other", one, two),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_member_that_a_wrapper_names_twice_gives_both_records(name: str) -> None:
    found = _told(unwrap(TWICE[name](RECORDS[0], RECORDS[1]))[1])
    assert [(number, json.loads(text)) for number, text in found] == [(1, RECORDS[0]), (2, RECORDS[1])]


@pytest.mark.parametrize("depth", [2, 5, 50, 5_000])
def test_wrappers_in_wrappers_are_searched_to_a_bounded_depth(load: Load, depth: int) -> None:
    loaded = load(('{"detail-type":"x","detail":' * depth + TEXTS[0] + "}" * depth).encode())
    if depth <= 5:
        assert loaded.names == NAMES[:1]
    else:
        assert len(loaded.rejects) == 1


def test_the_extra_column_tells_what_no_column_holds(load: Load) -> None:
    record = changed(RECORDS[1], "userIdentity.sessionContext.newMember", {"deep": [1]}) | {"newField": "x"}
    [(extra,)] = load(trail([record])).rows("select extra from events")
    assert json.loads(extra) == {
        "newField": "x",
        "userIdentity": {"sessionContext": {"newMember": {"deep": [1]}}},
    }


def test_a_small_table_leaves_larger_ones_readable() -> None:
    unwrap(b"_raw\n{}\n")
    assert list(csv.reader(["x" * 100_000])) == [["x" * 100_000]]


@pytest.mark.parametrize("odd", [None, 0, 2, 3])
def test_a_large_trail_file_is_read_in_several_documents(
    load: Load, monkeypatch: pytest.MonkeyPatch, odd: int | None
) -> None:
    monkeypatch.setattr(trail_files, "DOCUMENT_BYTES", max(map(len, TEXTS)) + 1)
    records = [record | ({"odd": 1} if at == odd else {}) for at, record in enumerate(RECORDS)]
    whole = trail(records)
    documents = unwrap(whole)[1]
    assert len(documents) > 1
    loaded = load(whole)
    assert loaded.rows("select event_name, record from events order by record") == [
        (name, number) for number, name in enumerate(NAMES, 1)
    ]
    assert loaded.rejects == []


@pytest.mark.parametrize(
    "raws",
    [
        [b'{"eventName":[1', b"2]}"],
        [b'{"eventName":"a', b'b"}', b'{"eventName":"c"},{"eventName":"d"}'],
    ],
)
def test_texts_that_are_no_records_never_make_one_together(raws: list[bytes]) -> None:
    made = document(1, raws)
    assert isinstance(made, MixedDocument)
    assert len(made) == len(raws)


def test_records_of_known_members_are_plain() -> None:
    assert isinstance(document(1, [b'{"eventName":"a"}', b'{"eventName":"b"}']), PlainDocument)


def _read_one_by_one(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr("trailtrace.containers.line_documents", lambda _: None)
        return unwrap(data)


def _told(unwrapped: Any) -> Any:
    """Of each record its number and content; of all else itself."""
    told: list[Any] = []
    for item in unwrapped:
        if isinstance(item, PlainDocument):
            item = item.mixed()
        if isinstance(item, MixedDocument):
            texts = [item.text[start:end] for start, end in zip(item.offsets, item.offsets[1:], strict=False)]
            told += enumerate(map(bytes.strip, texts), item.first_record)
        else:
            told.append(item)
    return told


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n \n", b"\r"])
def test_plain_lines_are_read_together_as_they_are_one_by_one(
    end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailtrace.lines.DOCUMENT_BYTES", 2_000)
    monkeypatch.setattr("trailtrace.lines.DOCUMENT_RECORDS", 2)
    texts = [json.dumps(record).encode() for record in trail_records() * 3]
    for data in (end.join(texts), end.join(texts) + end):
        name, items = unwrap(data)
        assert name == "ndjson"
        assert len(items) > 2
        assert all(isinstance(item, PlainDocument) for item in items)
        one_by_one = _read_one_by_one(data, monkeypatch)
        assert (name, _told(items)) == (one_by_one[0], _told(one_by_one[1]))
        assert len(_told(items)) == len(texts)


@pytest.mark.parametrize(
    "odd",
    [
        b'{"eventVersion":"1","newMember":1}',
        b'{"eventVersion":"1"},{"eventVersion":"1"}',
        b'{"eventVersion":"x\n{"eventVersion":"1"}',
        b'{"eventVersion":"1","userAgent":"\xff"}',
        b'{"eventVersion":"1"',
        b'{"awsRegion":"x"}',
        b"nonsense",
        b"[]",
    ],
)
def test_lines_of_which_one_is_odd_are_read_one_by_one(odd: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [json.dumps(record).encode() for record in trail_records()]
    data = b"\n".join([*texts, odd, *texts])
    assert unwrap(data) == _read_one_by_one(data, monkeypatch)
