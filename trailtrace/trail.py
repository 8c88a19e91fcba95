"""What a trail delivers: one JSON object whose only member is its array of records."""

import re
from collections.abc import Iterator

import msgspec

from trailtrace.documents import UNREADABLE, document, plain_document
from trailtrace.unwrapped import DOCUMENT_BYTES, DOCUMENT_RECORDS, Unwrapped

TRAIL_START = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')
_TRAIL_END = re.compile(rb"\}\s*$")
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def trail_documents(data: bytes) -> list[Unwrapped] | None:
    """The documents of a valid `{"Records":[…]}` that has no other member, else None."""
    opening = TRAIL_START.match(data)
    closing = _TRAIL_END.search(data, max(len(data) - 64, 0))
    if opening is None or closing is None:
        return None
    # The array by itself, so that a second "Records" member cannot hide behind it.
    array = memoryview(data)[opening.end() - 1 : closing.start()]
    try:
        if not data.isascii():
            data.decode()
        if len(array) <= DOCUMENT_BYTES and (plain := plain_document(1, array)):
            return [plain]
        raws = _array(array)
    except UNREADABLE:
        return None
    return [document(first + 1, raws[first:end]) for first, end in _stretches(raws)]


def _stretches(raws: list[msgspec.Raw]) -> Iterator[tuple[int, int]]:
    """Records that make a document each, from (included) and to (excluded)."""
    first = size = 0
    for end, raw in enumerate(raws, 1):
        size += len(raw)
        if size >= DOCUMENT_BYTES or end - first >= DOCUMENT_RECORDS or end == len(raws):
            yield first, end
            first, size = end, 0
