"""Records in a text column of a Parquet file, read in pieces. Never interprets a record."""

from collections.abc import Iterator

from trailtrace.gzipped import MAX_BYTES

MAGIC = b"PAR1"

RECORD_COLUMNS = ("cloudtrail_record", "eventjson", "_raw")
"""Columns that hold the record's own text: of our export, of CloudTrail Lake, of Splunk."""

ROWS = 1_000


class ColumnarError(Exception):
    """Why a Parquet file cannot be read: the reason of a reject, and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def record_texts(data: bytes, limit: int = MAX_BYTES) -> Iterator[bytes]:
    """The text of every row, in order; empty where there is none. Raises ColumnarError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = 0
    text_types = (pa.string(), pa.large_string())
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            texts = {field.name for field in file.schema_arrow if field.type in text_types}
        column = next((name for name in RECORD_COLUMNS if name in texts), None)
        if column is None:
            raise ColumnarError(
                "no_original_record", f"Parquet without the original records ({', '.join(RECORD_COLUMNS)})"
            )
        # A repeated text is stored once: read so, a small file cannot fill the memory.
        with pq.ParquetFile(pa.BufferReader(data), read_dictionary=[column]) as file:
            for batch in file.iter_batches(ROWS, columns=[column]):
                for value in batch.column(0):
                    text = (value.as_py() or "").encode()
                    size += len(text)
                    if size > limit:
                        raise ColumnarError("too_large", "more text in it than one file may hold")
                    yield text
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ColumnarError("damaged_parquet", f"the Parquet file cannot be read: {reason}") from error
