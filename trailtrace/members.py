"""What the members of one JSON object say that it is: a record, a wrapper, or no event at all."""

from collections.abc import Collection, Mapping

import msgspec

from trailtrace.documents import UNREADABLE
from trailtrace.salvage import json_values

# Wrappers that may repeat members of their record beside it, in their own spelling.
_REPEATING = frozenset(("CloudTrailEvent", "_raw", "message", "detail", "result", "_source", "class_uid"))
_WRAPPING = ("Records", "Events", "logEvents", "events", "hits", "_source", "detail", "result", "attributes")

_LOOK = 1 << 20
_OBJECT: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)


def pairs(raw: bytes) -> list[tuple[str, msgspec.Raw]]:
    """The members of a valid JSON object, also those of one name; a decoded object keeps the last."""
    cuts = [cut.text for cut in json_values(raw, raw.index(b"{") + 1, inside=True)]
    return [
        (_TEXT.decode(name), msgspec.Raw(value)) for name, value in zip(cuts[::2], cuts[1::2], strict=True)
    ]


def all_named(name: str, raw: bytes, members: Mapping[str, msgspec.Raw]) -> list[msgspec.Raw]:
    """Every value that a valid JSON object, decoded as `members`, has under a name."""
    if name not in members:
        return []
    if raw.count(f'"{name}"'.encode()) == 1 and b"\\u" not in raw:
        return [members[name]]
    return [value for key, value in pairs(raw) if key == name]


def looks_like_record(names: Collection[str]) -> bool:
    lowered = {name.lower() for name in names}
    return not lowered.isdisjoint(("eventname", "eventsource", "useridentity")) and len(lowered) > 2


def is_record(names: Collection[str]) -> bool:
    """Whether an object is a record whatever wrappers it is named like: members may be added to a record."""
    if not looks_like_record(names):
        return False
    lowered = {name.lower() for name in names}
    whole = "useridentity" in lowered and not lowered.isdisjoint(("eventname", "eventsource"))
    return whole or _REPEATING.isdisjoint(names)


def inner(raw: bytes, members: Mapping[str, msgspec.Raw]) -> list[bytes]:
    """What a record has in members that are named as those of wrappers, and what may be records too."""
    values = [bytes(value) for name in _WRAPPING for value in all_named(name, raw, members)]
    return [value for value in values if b"eventName" in value]


def beside(raw: bytes, known: str = "") -> list[bytes]:
    """What an object has in other members than the known one, and what may be records or wrap some."""
    if b'"eventName"' not in raw:
        return []
    values = [bytes(value) for name, value in pairs(raw) if name != known]
    return [value for value in values if b'"eventName"' in value[:_LOOK]]


def tells_its_record(raw: bytes, members: Mapping[str, msgspec.Raw], name: str) -> bool:
    """Whether a member holds a record as text."""
    for text in all_named(name, raw, members):
        try:
            if looks_like_record(_OBJECT.decode(_TEXT.decode(text))):
                return True
        except UNREADABLE:
            continue
    return False


def not_event(raw: bytes, members: Mapping[str, msgspec.Raw]) -> str | None:
    """What AWS writes beside events, by its kind; None if it is none of that, or a record may be in it."""
    kind = None
    if "messageType" in members and bytes(members["messageType"]) != b'"DATA_MESSAGE"':
        kind = "cloudwatch_control"
    elif "digestS3Object" in members:
        kind = "digest"
    elif not members.keys().isdisjoint(("PublicKeyList", "hashSignature")) or _is_signature(members):
        kind = "digest_signature"
    elif "Event" in members and bytes(members["Event"]) == b'"s3:TestEvent"':
        kind = "notification"
    return None if kind is None or b'"eventname' in raw.lower() else kind


def _is_signature(members: Mapping[str, msgspec.Raw]) -> bool:
    return b'"signature-algorithm"' in bytes(members.get("Metadata", b""))


def originals(source: bytes) -> list[msgspec.Raw]:
    """The texts of the records that an Elastic document keeps, in `event.original` or a member so named."""
    try:
        members = _OBJECT.decode(source)
        found = all_named("event.original", source, members)
        for event in map(bytes, all_named("event", source, members)):
            if event[:1] == b"{":
                found = found + all_named("original", event, _OBJECT.decode(event))
        return [text for value in found for text in _each(value) if bytes(text) != b"null"]
    except UNREADABLE:
        return []


def _each(value: msgspec.Raw) -> list[msgspec.Raw]:
    """A value, or those of an array: Kibana's `fields` have one for each name."""
    return _ARRAY.decode(value) if bytes(value)[:1] == b"[" else [value]
