"""Documents and identities as the Arrow columns that SQL reads."""

from __future__ import annotations

import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyarrow as pa

from trailtrace.documents import MixedDocument, PlainDocument

BATCH_BYTES = 2 * 1024**2
"""Plain documents are handed to SQL in batches of about this size."""

ROWS_BYTES = 256 * 1024
"""Small documents become rows together, until they have this size."""

IDENTITY_ROWS = 4096
"""Identities are handed to SQL in pieces of this size, so that several threads read them."""

PLAIN = pa.schema(
    [
        ("file_id", pa.int32()),
        ("first_record", pa.int64()),
        ("identity_ids", pa.list_(pa.int32())),
        ("records", pa.large_string()),
    ]
)
"""A row for each plain document."""

MIXED = pa.schema(
    [
        ("file_id", pa.int32()),
        ("record", pa.int64()),
        ("identity_id", pa.int32()),
        ("raw", pa.large_string()),
    ]
)
"""A row for each record of a mixed document."""


class Identities:
    """Numbers the userIdentity texts of one stream."""

    def __init__(self, last: int) -> None:
        self._first = last + 1
        self._numbers: defaultdict[bytes, int] = defaultdict(itertools.count(self._first).__next__)

    @property
    def last(self) -> int:
        return self._first + len(self._numbers) - 1

    def of(self, item: PlainDocument | MixedDocument) -> pa.Array:
        """The number of each record's identity, int32."""
        return _numbers(pa.int32(), self.numbers(item))

    def numbers(self, item: PlainDocument | MixedDocument) -> array[int]:
        """As `of`, without Arrow."""
        found = list(map(self._numbers.__getitem__, item.identities))
        return array("i", map(found.__getitem__, item.identity_of))

    def table(self) -> pa.Table:
        """identity_id (int32), text (string). Containers have checked that texts are UTF-8."""
        numbers = pa.array(self._numbers.values(), pa.int32())
        texts = pa.array(self._numbers.keys(), pa.large_binary()).view(pa.large_string())
        whole = pa.table({"identity_id": numbers, "text": texts})
        return pa.Table.from_batches(whole.to_batches(max_chunksize=IDENTITY_ROWS), whole.schema)


def stream(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, batches)


def plain_batches(
    documents: Iterable[tuple[int, PlainDocument]], identities: Identities
) -> Iterator[pa.RecordBatch]:
    """Batches of `PLAIN`, of documents with the number of their file.

    SQL must wait for the GIL to get a batch, and to give back what Python holds: so batches are few, and
    Arrow's own.
    """
    some: list[pa.RecordBatch] = []
    size = 0
    for together in _together(documents):
        some.append(_plain_rows(together, identities))
        size += sum(len(item.text) for _, item in together)
        if size >= BATCH_BYTES:
            yield pa.concat_batches(some)
            some, size = [], 0
    if some:
        yield pa.concat_batches(some)


def _together(documents: Iterable[tuple[int, PlainDocument]]) -> Iterator[list[tuple[int, PlainDocument]]]:
    together: list[tuple[int, PlainDocument]] = []
    size = 0
    for document in documents:
        together.append(document)
        size += len(document[1].text)
        if size >= ROWS_BYTES:
            yield together
            together, size = [], 0
    if together:
        yield together


def _plain_rows(documents: list[tuple[int, PlainDocument]], identities: Identities) -> pa.RecordBatch:
    # From buffers alone: what else makes arrays lets go of the GIL, and takes long to get it again.
    numbers, ends, offsets = array("i"), array("i", [0]), array("q", [0])
    for _, item in documents:
        numbers += identities.numbers(item)
        ends.append(len(numbers))
        offsets.append(offsets[-1] + len(item.text))
    texts = [item.text for _, item in documents]
    identity_ids = pa.Array.from_buffers(
        pa.list_(pa.int32()),
        len(documents),
        [None, pa.py_buffer(ends)],
        children=[_numbers(pa.int32(), numbers)],
    )
    columns = [
        _numbers(pa.int32(), array("i", [file_id for file_id, _ in documents])),
        _numbers(pa.int64(), array("q", [item.first_record for _, item in documents])),
        identity_ids,
        _texts(offsets, texts[0] if len(texts) == 1 else b"".join(texts)),
    ]
    return pa.record_batch(columns, schema=PLAIN)


def mixed_batch(file_id: int, item: MixedDocument, identities: Identities) -> pa.RecordBatch:
    """Rows of `MIXED`."""
    numbers = array("q", range(item.first_record, item.first_record + len(item)))
    columns = [
        pa.repeat(pa.scalar(file_id, pa.int32()), len(item)),
        _numbers(pa.int64(), numbers),
        identities.of(item),
        _texts(item.offsets, item.text),
    ]
    return pa.record_batch(columns, schema=MIXED)


def _numbers(kind: pa.DataType, numbers: array[int]) -> pa.Array:
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])


def _texts(offsets: array[int], text: bytes | memoryview) -> pa.Array:
    """Containers have checked that the text is UTF-8."""
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
