"""Made-up files: records in every wrapping, whole or damaged, and how each was made."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and the ids of the records in it that nothing was done to."""

    data: bytes
    good: tuple[str, ...]
    how: str


def record(rand: random.Random, event_id: str | int | None) -> Record:
    """A valid record; what its members hold is chosen to mislead a reader of text."""
    sly = rand.choice(SLY)
    made: Record = {
        "eventVersion": "1.10",
        "userIdentity": rand.choice(IDENTITIES),
        "eventTime": f"2026-05-01T09:{rand.randrange(60):02}:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": rand.choice(["GetObject", "PutObject", "AssumeRole"]),
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": sly,
        "requestParameters": rand.choice([None, {"key": sly}, {"a": [{"b": sly}, [], {}]}]),
        "responseElements": None,
        "eventID": event_id,
        "recipientAccountId": "111122223333",
    }
    if rand.random() < 0.2:
        made[rand.choice(["newMember", "Records", "events", "message", "hits"])] = rand.choice([1, sly, {}])
    return made


SLY = [
    "aws-cli", 'a "quoted" word', "back\\slash\\", '{"eventVersion":"1.08"}', "]}", '"}],"Records":[{', "\n\r\t",
    "é…😀", "\u2028", "[" * 40, '\\"', "eventName", "", "NaN", '{"Records":[', "a,b;c\td", "\x00", "\x7f\x1b[2J",
]  # fmt: skip

IDENTITIES: list[Record] = [
    {"type": "IAMUser", "principalId": "AIDAABCDEFGHIJKLMNOP", "accessKeyId": "AKIAABCDEFGHIJKLMNOP"},
    {"type": "Root", "principalId": "111122223333", "accountId": "111122223333"},
    {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
    {"type": "AssumedRole", "principalId": "AROAABCDEFGHIJKLMNOP:x", "sessionContext": {"attributes": {}}},
]


def _trail(texts: Sequence[bytes], rand: random.Random) -> bytes:
    start = rand.choice([b'{"Records":[', b'{ "Records" : [\n', b'\xef\xbb\xbf{"Records":['])
    return start + rand.choice([b",", b",\n", b" , "]).join(texts) + rand.choice([b"]}", b"\n]\n}\n"])


def _array(texts: Sequence[bytes], rand: random.Random) -> bytes:
    return b"[" + rand.choice([b",", b",\n"]).join(texts) + b"]"


def _lines(texts: Sequence[bytes], rand: random.Random) -> bytes:
    return rand.choice([b"\n", b"\r\n", b"\n\n"]).join(texts) + rand.choice([b"", b"\n"])


def _behind(texts: Sequence[bytes], rand: random.Random) -> bytes:
    return b"".join(texts)


def _items(wrap: Callable[[str], Any], around: Callable[[list[Any]], Any]) -> Callable[..., bytes]:
    """Records that stand in their wrapper as text."""

    def make(texts: Sequence[bytes], rand: random.Random) -> bytes:
        return json.dumps(around([wrap(text.decode(errors="replace")) for text in texts])).encode()

    return make


def _messages(items: list[Any]) -> Record:
    return {"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": items}


def _export(texts: Sequence[bytes], rand: random.Random) -> bytes:
    return b"\n".join(b"2026-05-01T09:00:01.000Z " + text for text in texts)


def _splunk_csv(texts: Sequence[bytes], rand: random.Random) -> bytes:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["_time", "_raw"])
    writer.writerows(["2026-05-01", text.decode(errors="replace")] for text in texts)
    return table.getvalue().encode()


_subscription = _items(lambda text: {"id": "1", "timestamp": 1, "message": text}, _messages)


def _lambda(texts: Sequence[bytes], rand: random.Random) -> bytes:
    packed = base64.b64encode(gzip.compress(_subscription(texts, rand), 1)).decode()
    return json.dumps({"awslogs": {"data": packed}}).encode()


TEXTUAL: dict[str, Callable[..., bytes]] = {
    "trail": _trail,
    "array": _array,
    "ndjson": _lines,
    "concatenated": _behind,
}
"""Records stand in these as they are."""

WRAPPED: dict[str, Callable[..., bytes]] = {
    **TEXTUAL,
    "lookup_events": _items(lambda text: {"EventId": "x", "CloudTrailEvent": text}, lambda items: {"Events": items}),
    "subscription": _subscription,
    "lambda": _lambda,
    "filtered": _items(lambda text: {"message": text, "timestamp": 1}, lambda items: {"events": items}),
    "export": _export,
    "csv": _splunk_csv,
    "elastic": _items(lambda text: {"_source": {"event": {"original": text}}}, lambda items: {"hits": {"hits": items}}),
}  # fmt: skip

BYTES = [
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\xff", b"\xed\xa0\x80", b"\n", b" ", b"nul", b"1e999",
    b'"Records"', b'{"eventVersion":', b"[[[[[[", b'"userIdentity":', b"\x1f\x8b", b"PK\x03\x04", b"PAR1",
]  # fmt: skip

JUNK = [
    b"null", b"1", b'"text"', b"[]", b"{}", b"true", b'{"a":1}', b"nonsense", b'{"eventName":', b"\xff\xfe", b"}", b"]",
    b'{"messageType":"CONTROL_MESSAGE"}', b'{"digestS3Object":"x"}', b"-", b"[" * 2000, b'{"a":' * 500,
]  # fmt: skip


def whole(rand: random.Random, ids: list[str]) -> Made:
    name = rand.choice(list(WRAPPED))
    texts = [_text(rand, record(rand, each)) for each in ids]
    return Made(WRAPPED[name](texts, rand), tuple(ids), f"whole {name}")


def with_junk(rand: random.Random, ids: list[str]) -> Made:
    """Values that are no records stand between the records, each on a line or in a place of its own."""
    name = rand.choice(["trail", "array", "ndjson"])
    texts = [_text(rand, record(rand, each)) for each in ids]
    valid = JUNK[:7] + JUNK[12:14]
    for _ in range(rand.randint(1, 3)):
        texts.insert(rand.randint(0 if name == "ndjson" else 1, len(texts)), rand.choice(valid))
    if name == "ndjson" and texts[0][:1] not in b"{[":
        texts.insert(0, _text(rand, record(rand, "first")))
    return Made(TEXTUAL[name](texts, rand), tuple(ids), f"junk in {name}")


def one_damaged(rand: random.Random, ids: list[str]) -> Made:
    """One record is damaged by a byte or a few; the others must still be read."""
    name = rand.choice(["trail", "ndjson"])
    texts = [_text(rand, record(rand, each)) for each in ids]
    victim = rand.randrange(len(texts))
    texts[victim] = mutated(rand, texts[victim], 1)
    if texts[0].startswith((b"PAR1", b"PK", b"\x1f\x8b")):
        texts[0] = b" " + texts[0]  # else it is damage to a file of another kind
    # Damage can turn the id of one record into that of another.
    good = tuple(
        each for number, each in enumerate(ids) if number != victim and each.encode() not in texts[victim]
    )
    return Made(TEXTUAL[name](texts, rand), good, f"one damaged in {name}")


def cut_off(rand: random.Random, ids: list[str]) -> Made:
    """The file ends early: what stood whole before its end must be read."""
    name = rand.choice(list(TEXTUAL))
    texts = [_text(rand, record(rand, each)) for each in ids]
    data = TEXTUAL[name](texts, rand)
    data = data[: rand.randrange(1, len(data))]
    good = tuple(each for each, text in zip(ids, texts, strict=True) if text in data)
    return Made(data, good, f"cut off {name}")


def anything(rand: random.Random, ids: list[str]) -> Made:
    """Bytes anywhere are changed, or there never was a log: nothing can be promised but the ledger."""
    if rand.random() < 0.2:
        return Made(b"".join(rand.choices(BYTES + JUNK, k=rand.randint(0, 20))), (), "anything")
    return Made(mutated(rand, whole(rand, ids).data, rand.randint(1, 6)), (), "anything")


MAKERS = (whole, with_junk, one_damaged, cut_off, anything)


def _text(rand: random.Random, value: Record) -> bytes:
    kind = rand.randrange(4)
    if kind == 0:
        return json.dumps(value, ensure_ascii=False).encode()
    return json.dumps(value, separators=(",", ":") if kind > 1 else None).encode()


def mutated(rand: random.Random, data: bytes, times: int) -> bytes:
    changed = bytearray(data)
    for _ in range(times):
        at = rand.randint(0, len(changed))
        kind = rand.randrange(4)
        if kind == 0:
            changed[at:at] = rand.choice(BYTES)
        elif kind == 1:
            del changed[at : at + rand.randint(1, 30)]
        elif kind == 2:
            changed[at : at + 1] = bytes([rand.randrange(256)])
        else:
            changed[at : at + rand.randint(0, 8)] = rand.choice(BYTES)
    return bytes(changed)


def strange(rand: random.Random, value: Record) -> Record:
    """A record with one of its members something else than it should be."""
    changed = json.loads(json.dumps(value))
    parent = changed
    while True:
        name = rand.choice([*parent, rand.choice(NAMES)])
        inner = parent.get(name)
        if isinstance(inner, dict) and inner and rand.random() < 0.7:
            parent = inner
            continue
        parent[name] = rand.choice(STRANGE)
        return changed  # type: ignore[no-any-return]


NAMES = [
    "errorCode", "errorMessage", "additionalEventData", "resources", "readOnly", "sharedEventID", "tlsDetails",
    "sessionContext", "attributes", "sessionIssuer", "creationDate", "onBehalfOf", "inScopeOf", "invokedByDelegate",
    "webIdFederationData", "EventName", "eventname", "event_time", "vpcEndpointId", "credentials", "eventCategory",
]  # fmt: skip

STRANGE: list[Any] = [
    None, "", 0, -1, 1.5, 1e308, 10**400, True, [], {}, [None], [[[]]], {"": ""}, "null", "2026-05-01T09:00:00Z",
    "2026-13-45T99:99:99Z", "0000-00-00", 1777626000, "1777626000000", "9" * 30, "\u0000", "\ud800", "{}", "[]", '{"a":',
    "ASIAABCDEFGHIJKLMNOP", "A" * 3000, {"accessKeyId": "ASIAABCDEFGHIJKLMNOP", "sessionToken": "t"},
    {"credentials": {"accessKeyId": "ASIAABCDEFGHIJKLMNOP", "sessionToken": "t", "expiration": "May 1, 2026, 1:00:00 AM"}},
    {"type": []}, {"attributes": "x"}, ["é", "\u202e"], "arn:aws:sts::1:assumed-role/x/y", "%s", "$.a", "'; drop table",
]  # fmt: skip


def strange_file(rand: random.Random, ids: list[str]) -> Made:
    """A valid file: good records, and others with values that no log should hold."""
    values: list[Any] = [record(rand, each) for each in ids]
    for _ in range(rand.randint(1, 4)):
        odd = record(rand, rand.choice([*ids, "odd", None, 7]) if rand.random() < 0.1 else "odd")
        for _ in range(rand.randint(1, 3)):
            odd = strange(rand, odd)
        if odd.get("eventID") in ids:
            odd["eventID"] = "odd"
        values.insert(rand.randint(0, len(values)), odd)
    name = rand.choice(["trail", "ndjson", "array"])
    return Made(
        TEXTUAL[name]([json.dumps(value).encode() for value in values], rand), tuple(ids), f"strange {name}"
    )


def sniff(seed: int, number: int) -> Made:
    rand = random.Random(f"{seed} {number}")
    ids = [f"good-{number}-{each}" for each in range(rand.randint(1, 5))]
    return rand.choice(MAKERS)(rand, ids)


def load_file(seed: int, number: int) -> Made:
    rand = random.Random(f"{seed} {number} load")
    ids = [f"good-{number}-{each}" for each in range(rand.randint(1, 3))]
    return rand.choice((strange_file, strange_file, *MAKERS))(rand, ids)
