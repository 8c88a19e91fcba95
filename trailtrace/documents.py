"""Documents: raw records of one file for SQL, each with its userIdentity.

The records of a credential repeat its userIdentity word for word, so each distinct text is passed
on, parsed and stored once. Records are cut, never interpreted.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from trailtrace.salvage import json_values

# In CloudTrail's own order: msgspec finds the next member first where it expects it. Each has a
# column or a place of its own in `queries/store/normalise.sql`.
_MEMBERS = [
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
    "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "eventType", "apiVersion", "managementEvent", "recipientAccountId", "sharedEventID",
    "serviceEventDetails", "vpcEndpointId", "vpcEndpointAccountId", "eventCategory", "addendum",
    "tlsDetails", "sessionCredentialFromConsole",
]  # fmt: skip
_PLAIN_RECORD = msgspec.defstruct(
    "_PlainRecord",
    [(name, Raw, Raw()) for name in _MEMBERS],
    gc=False,
    forbid_unknown_fields=True,
)
_ANY_RECORD = msgspec.defstruct("_AnyRecord", [("userIdentity", Raw, Raw())], gc=False)
_plain = msgspec.json.Decoder(list[_PLAIN_RECORD]).decode  # type: ignore[valid-type]
_array: Callable[[bytes | memoryview], list[Raw]] = msgspec.json.Decoder(list[Raw]).decode
_any = msgspec.json.Decoder(_ANY_RECORD).decode
UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding raises. Deep nesting and lone surrogates may still be JSON: SQL judges the record alone."""


@dataclass(frozen=True, slots=True)
class PlainDocument:
    """Records of consecutive numbers, every member of which has a column: one JSON array, in UTF-8."""

    first_record: int
    text: bytes | memoryview
    identities: list[bytes]
    """The distinct userIdentity texts; empty where a record has none."""
    identity_of: array[int]
    """For each record the index of its identity; int32."""

    def __len__(self) -> int:
        return len(self.identity_of)

    def mixed(self) -> MixedDocument:
        """The same records, each to be looked at by itself."""
        return mixed_document(self.first_record, _array(self.text))


@dataclass(frozen=True, slots=True)
class MixedDocument:
    """Records of consecutive numbers, of any kind, one behind the other, in UTF-8."""

    first_record: int
    text: bytes
    offsets: array[int]
    """Where each record begins in `text`, and where the last one ends; int64."""
    identities: list[bytes]
    """The distinct userIdentity texts; empty where a record has none."""
    identity_of: array[int]
    """For each record the index of its identity; int32."""

    def __len__(self) -> int:
        return len(self.identity_of)


Document = PlainDocument | MixedDocument


def document(first_record: int, raws: Sequence[Raw] | Sequence[bytes]) -> Document:
    """Raw records as a plain document, if they can be one."""
    text = b"[" + b",".join(raws) + b"]"
    plain = plain_document(first_record, text)
    # Texts that are no values can be one together: the array must have these elements and no others.
    if plain is None or [bytes(raw) for raw in _array(text)] != [bytes(raw) for raw in raws]:
        return mixed_document(first_record, raws)
    return plain


def plain_document(first_record: int, text: bytes | memoryview) -> PlainDocument | None:
    """The records of a JSON array, which must be UTF-8; None if they are not plain."""
    try:
        identities = [bytes(record.userIdentity) for record in _plain(text)]  # type: ignore[attr-defined]
    except UNREADABLE:
        return None
    return PlainDocument(first_record, text, *_distinct(identities))


def mixed_document(first_record: int, raws: Sequence[Raw] | Sequence[bytes]) -> MixedDocument:
    """Raw records of any kind, which must be UTF-8."""
    identities = [_identity(bytes(raw)) for raw in raws]
    offsets = array("q", itertools.accumulate(map(len, raws), initial=0))
    return MixedDocument(first_record, b"".join(raws), offsets, *_distinct(identities))


def _distinct(identities: list[bytes]) -> tuple[list[bytes], array[int]]:
    numbers: dict[bytes, int] = {}
    identity_of = array("i", [numbers.setdefault(identity, len(numbers)) for identity in identities])
    return list(numbers), identity_of


def _identity(raw: bytes) -> bytes:
    """The userIdentity of any record, also of one that msgspec cannot read."""
    try:
        return bytes(_any(raw).userIdentity)  # type: ignore[attr-defined]
    except UNREADABLE:
        opening = raw.find(b"{")
        if opening < 0:
            return b""
        cuts = (cut.text for cut in json_values(raw, opening + 1, inside=True))
        members = zip(cuts, cuts, strict=False)
        return next((value for name, value in members if name == b'"userIdentity"'), b"")
