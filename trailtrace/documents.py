"""Documents: raw records of one file, laid side by side for SQL, each with its userIdentity.

The records of a credential repeat its userIdentity word for word, so each distinct text is passed
on, parsed and stored once. Records are cut, never interpreted.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Sequence
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
_plain = msgspec.json.Decoder(_PLAIN_RECORD).decode
_any = msgspec.json.Decoder(_ANY_RECORD).decode


@dataclass(frozen=True, slots=True)
class Document:
    """Records of consecutive numbers, in UTF-8."""

    first_record: int
    text: bytes
    """The records, one behind the other."""
    offsets: array[int]
    """Where each record begins in `text`, and where the last one ends; int64."""
    identities: list[bytes]
    """The distinct userIdentity texts; empty where a record has none."""
    identity_of: array[int]
    """For each record the index of its identity; int32."""
    plain: bool
    """Whether every member of every record has a column."""

    def __len__(self) -> int:
        return len(self.identity_of)


def document(first_record: int, raws: Sequence[Raw] | Sequence[bytes], *, doubted: bool = False) -> Document:
    """Lays records side by side. A `doubted` document is not plain, whatever is in it."""
    try:
        identities = [bytes(_plain(raw).userIdentity) for raw in raws]  # type: ignore[attr-defined]
        plain = not doubted
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        identities = [_identity(bytes(raw)) for raw in raws]
        plain = False
    numbers: dict[bytes, int] = {}
    identity_of = array("i", [numbers.setdefault(identity, len(numbers)) for identity in identities])
    offsets = array("q", itertools.accumulate(map(len, raws), initial=0))
    return Document(first_record, b"".join(raws), offsets, list(numbers), identity_of, plain)


def _identity(raw: bytes) -> bytes:
    """The userIdentity of any record, also of one that msgspec cannot read."""
    try:
        return bytes(_any(raw).userIdentity)  # type: ignore[attr-defined]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        opening = raw.find(b"{")
        if opening < 0:
            return b""
        cuts = (cut.text for cut in json_values(raw, opening + 1, inside=True))
        members = zip(cuts, cuts, strict=False)
        return next((value for name, value in members if name == b'"userIdentity"'), b"")
