"""Plain records, one a line: whole stretches of them at once, without a look at each."""

import re

from trailtrace.documents import PlainDocument, document
from trailtrace.unwrapped import DOCUMENT_BYTES, DOCUMENT_RECORDS, Unwrapped

RECORD_LINE = re.compile(rb'\s*\{\s*"eventVersion"\s*:')


def line_documents(data: bytes) -> list[Unwrapped] | None:
    """The documents of lines that are all plain records, else None."""
    found: list[Unwrapped] = []
    first, start = 1, 0
    while start < len(data):
        end = data.find(b"\n", start + DOCUMENT_BYTES) + 1 or len(data)
        stretch = data[start:end]
        start = end
        try:
            stretch.isascii() or stretch.decode()
        except UnicodeDecodeError:
            return None
        lines = [line for line in stretch.splitlines() if not line.isspace() and line]
        if not all(map(RECORD_LINE.match, lines)):
            return None
        for begin in range(0, len(lines), DOCUMENT_RECORDS):
            plain = document(first, lines[begin : begin + DOCUMENT_RECORDS])
            if not isinstance(plain, PlainDocument):
                return None
            found.append(plain)
            first += len(plain)
    return found if first > 2 else None
