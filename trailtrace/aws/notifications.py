"""Messages that tell of new objects in S3: direct, through SNS, through EventBridge. Knows text alone.

Whoever may send to the queue writes them: nothing in them is trusted but as the name of an object.
Shapes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
Names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
and https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import msgspec

MAX_ENVELOPES = 4
"""Deepest nesting of SNS messages."""

MAX_KEY_BYTES = 1024
"""S3's own limit."""

MAX_OBJECTS = 100
"""Most objects that a message names: S3 itself names one."""

_READABLE = ("ObjectCreated:", "ObjectRestore:Completed")
"""Of an object that can be read from now on. What came out of an archive may never have been loaded."""

_NOTHING_NEW = (
    "LifecycleExpiration:",
    "LifecycleTransition",
    "ObjectRemoved:",
    "ObjectRestore:",
    "ObjectTagging:",
    "ObjectAcl:",
    "IntelligentTiering",
    "ReducedRedundancyLostObject",
    "Replication:",
)
"""Of an object with nothing new to read in it."""

_READABLE_KINDS = ("Object Created", "Object Restore Completed")
"""The same in EventBridge's words."""

_NOTHING_NEW_KINDS = (
    "Object ACL Updated",
    "Object Access Tier Changed",
    "Object Deleted",
    "Object Restore Expired",
    "Object Restore Initiated",
    "Object Storage Class Changed",
    "Object Tags Added",
    "Object Tags Deleted",
)

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


class NoNotificationError(Exception):
    """The message tells of no object; its text says why, in words."""


@dataclass(frozen=True, slots=True)
class Created:
    """An object that was written, or came out of an archive."""

    bucket: str
    key: str
    region: str | None
    """Of the bucket."""


def created(body: str) -> list[Created]:
    """The objects that a message tells of; none of a test event, a removal and the like.

    Raises NoNotificationError for what is no notification of S3, and for one that nobody knows: it could
    tell of an object.
    """
    message = _decoded(body)
    for _ in range(MAX_ENVELOPES):
        if message.get("Type") != "Notification" or not isinstance(message.get("Message"), str):
            break
        message = _decoded(message["Message"])
    if message.get("Type") == "SubscriptionConfirmation":
        raise NoNotificationError("SNS asks to confirm a subscription: confirm it in the AWS console")
    if message.get("Event") == "s3:TestEvent":
        return []
    if message.get("source") == "aws.s3" and isinstance(message.get("detail"), dict):
        kind = message.get("detail-type")
        if kind in _NOTHING_NEW_KINDS:
            return []
        if kind not in _READABLE_KINDS:
            raise NoNotificationError("it does not say what was done to its object, or nothing known")
        # EventBridge gives keys as they are.
        detail = message["detail"]
        one = _created(detail.get("bucket"), detail.get("object"), message.get("region"), encoded=False)
        return [] if _marks_a_folder(one, detail["object"]) else [one]
    records = message.get("Records")
    if not isinstance(records, list) or not records:
        raise NoNotificationError("it is no notification of S3")
    if len(records) > MAX_OBJECTS:
        raise NoNotificationError(f"it names {len(records):,} objects, more than {MAX_OBJECTS}")
    return [found for record in records if (found := _of_record(record)) is not None]


def _decoded(text: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise NoNotificationError("it is no JSON") from None
    if not isinstance(message, dict):
        raise NoNotificationError("it is no JSON object")
    return message


def _of_record(record: object) -> Created | None:
    if not isinstance(record, dict) or record.get("eventSource") != "aws:s3":
        raise NoNotificationError("it is no notification of S3")
    # Some services that speak S3's API write the name as it is in a configuration: s3:ObjectCreated:Put.
    name = str(record.get("eventName")).removeprefix("s3:")
    if not name.startswith(_READABLE):
        if name.startswith(_NOTHING_NEW):
            return None
        raise NoNotificationError("it does not say what was done to its object, or nothing known")
    s3 = record.get("s3")
    if not isinstance(s3, dict):
        raise NoNotificationError("it names no object")
    found = _created(s3.get("bucket"), s3.get("object"), record.get("awsRegion"), encoded=True)
    return None if _marks_a_folder(found, s3["object"]) else found


def _marks_a_folder(found: Created, object_: dict[str, Any]) -> bool:
    """The S3 console makes a folder as an empty object whose name ends with a slash."""
    return found.key.endswith("/") and object_.get("size") == 0


def _created(bucket: object, object_: object, region: object, *, encoded: bool) -> Created:
    name = bucket.get("name") if isinstance(bucket, dict) else None
    key = object_.get("key") if isinstance(object_, dict) else None
    if not isinstance(name, str) or not _BUCKET.fullmatch(name):
        raise NoNotificationError("it names no bucket")
    if not isinstance(key, str) or not key:
        raise NoNotificationError("it names no object")
    try:
        key = unquote_plus(key, errors="strict") if encoded else key
    except UnicodeDecodeError:
        raise NoNotificationError("the name of its object is no UTF-8") from None
    if len(key.encode(errors="surrogatepass")) > MAX_KEY_BYTES:
        raise NoNotificationError("the name of its object is longer than any in S3")
    known = region if isinstance(region, str) and _REGION.fullmatch(region) else None
    return Created(name, key, known)
