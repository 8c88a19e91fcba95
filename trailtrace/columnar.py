"""Records in a Parquet file, read in pieces: a text column that holds them, or the columns of OCSF events.

Never interprets a record.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trailtrace.from_ocsf import COLUMNS
from trailtrace.gzipped import LIMITS, Limits

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAGIC = b"PAR1"

RECORD_COLUMNS = ("cloudtrail_record", "eventjson", "_raw", "@message")
"""Columns that hold the record's own text: of our export, CloudTrail Lake, Splunk, CloudWatch Logs."""

ROWS = 1_000


class ColumnarError(Exception):
    """Why a Parquet file cannot be read: the reason of a reject, and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def too_much_text(limits: Limits) -> ColumnarError:
    """Of a file whose records are more, unpacked, than it may hold: those before were read."""
    return ColumnarError("too_large", limits.exceeded("too_large", " of text, of which the rest is not read"))


def record_texts(data: bytes, limits: Limits = LIMITS) -> Iterator[bytes]:
    """The text of every row, in order; empty where there is none. Raises ColumnarError."""
    import pyarrow as pa

    size = 0
    text_types = (pa.string(), pa.large_string())
    with _reading(data) as file:
        texts = {field.name for field in file.schema_arrow if field.type in text_types}
        column = next((name for name in RECORD_COLUMNS if name in texts), None)
        if column is None:
            raise ColumnarError(
                "no_original_record", f"Parquet without the original records ({', '.join(RECORD_COLUMNS)})"
            )
        for batch in _batches(data, file, [column]):
            for value in batch.column(0):
                text = (value.as_py() or "").encode()
                size += len(text)
                if size > limits.object_bytes:
                    raise too_much_text(limits)
                yield text


def holds_ocsf(data: bytes) -> bool:
    """Whether the rows are OCSF events, as in Security Lake. Raises ColumnarError."""
    with _reading(data) as file:
        return {"class_uid", "metadata"} <= set(file.schema_arrow.names)


def ocsf_events(data: bytes) -> Iterator[dict[str, Any]]:
    """What every row says of its record, in order; a map is a list of pairs. Raises ColumnarError."""
    with _reading(data) as file:
        columns = [name for name in COLUMNS if name in file.schema_arrow.names]
        for batch in _batches(data, file, columns):
            # A row at a time: texts that are stored once would each be there many times.
            for row in range(batch.num_rows):
                yield {name: batch.column(name)[row].as_py() for name in columns}


def _batches(data: bytes, file: "pq.ParquetFile", columns: list[str]) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    leaves = [file.schema.column(number) for number in range(len(file.schema))]
    texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    # A repeated text is stored once: read so, a small file cannot fill the memory.
    with pq.ParquetFile(
        pa.BufferReader(data), read_dictionary=texts, coerce_int96_timestamp_unit="us"
    ) as again:
        yield from again.iter_batches(ROWS, columns=columns)


@contextmanager
def _reading(data: bytes) -> "Iterator[pq.ParquetFile]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ColumnarError("damaged_parquet", f"the Parquet file cannot be read: {reason}") from error
