"""Documents and identities as the Arrow columns that SQL reads. No text is copied."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import pyarrow as pa

from trailtrace.documents import MixedDocument, PlainDocument

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
        self._numbers: dict[bytes, int] = {}

    @property
    def last(self) -> int:
        return self._first + len(self._numbers) - 1

    def of(self, item: PlainDocument | MixedDocument) -> pa.Array:
        """The number of each record's identity, int32."""
        found = array("i")
        for text in item.identities:
            found.append(self._numbers.setdefault(text, self._first + len(self._numbers)))
        return _numbers(pa.int32(), found).take(_numbers(pa.int32(), item.identity_of))

    def table(self) -> pa.Table:
        """identity_id (int32), text (string). Containers have checked that texts are UTF-8."""
        numbers = pa.array(self._numbers.values(), pa.int32())
        texts = pa.array(self._numbers.keys(), pa.large_binary()).view(pa.large_string())
        whole = pa.table({"identity_id": numbers, "text": texts})
        return pa.Table.from_batches(whole.to_batches(max_chunksize=IDENTITY_ROWS), whole.schema)


def stream(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, batches)


def plain_batch(file_id: int, item: PlainDocument, identities: Identities) -> pa.RecordBatch:
    """One row of `PLAIN`."""
    columns = [
        pa.array([file_id], pa.int32()),
        pa.array([item.first_record], pa.int64()),
        pa.ListArray.from_arrays(pa.array([0, len(item)], pa.int32()), identities.of(item)),
        _texts(array("q", [0, len(item.text)]), item.text),
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
