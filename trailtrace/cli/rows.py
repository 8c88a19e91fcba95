"""Rows to stdout or a file, in the format that was asked for."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

if TYPE_CHECKING:
    from trailtrace.adhoc import Results


class RowFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


_SUFFIXES = {
    ".csv": RowFormat.CSV,
    ".json": RowFormat.JSON,
    ".ndjson": RowFormat.NDJSON,
    ".jsonl": RowFormat.NDJSON,
    ".parquet": RowFormat.PARQUET,
    ".md": RowFormat.MARKDOWN,
}

FormatOption = Annotated[
    RowFormat | None,
    typer.Option("--format", help="How to print rows; else by the ending of --out, else a table."),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write rows to a file.")]
RowsOption = Annotated[
    int, typer.Option("--rows", min=0, help="Most rows of a table; 0 shows all. Other formats have all.")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", min=0.001, metavar="SECONDS", help="Stop the query after this time.")
]

DEFAULT_ROWS = 200
DEFAULT_TIMEOUT = 600.0


def format_for(format: RowFormat | None, out: Path | None) -> RowFormat:
    """The format asked for, or that of the file's ending."""
    if format is not None:
        return format
    return _SUFFIXES.get(out.suffix.lower(), RowFormat.TABLE) if out is not None else RowFormat.TABLE


def check_out(out: Path | None, format: RowFormat, store: Path) -> None:
    """Raises UsageError where the rows could not or should not be written, before anything is run."""
    from trailtrace.errors import UsageError

    if out is None:
        if format is RowFormat.PARQUET and sys.stdout.isatty():
            raise UsageError("--format parquet: not for a terminal: give --out FILE")
        return
    check_file(out, store)


def check_file(out: Path, store: Path) -> None:
    """Raises UsageError where a file could not or should not be written."""
    from trailtrace.errors import UsageError

    if not out.absolute().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise UsageError(f"--out {out}: a folder: give the name of a file in it")
    if out.exists() and store.exists() and out.samefile(store):
        raise UsageError(f"--out {out}: that is the store itself: choose another name")


def write_rows(results: "Results", format: RowFormat, out: Path | None, rows: int) -> int:
    """Writes all rows, or the first `rows` of a table, and says how many.

    stdout stays empty if the first cannot be had.
    """
    from trailtrace.cli.output import complain

    # An error in the statement comes with its first rows: meet it before anything is written.
    first = next(results.batches, None)
    counted = _Counted(chain([] if first is None else [first], results.batches))
    names = results.schema.names
    if out is not None:
        with replacing(out) as file:
            _write(names, counted, results, format, rows, file)
        complain(f"{counted.rows:,} rows written to {out}")
    else:
        _write(names, counted, results, format, rows, None)
    return counted.rows


class _Counted:
    """Batches, and how many rows have passed."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


def _write(
    names: list[str],
    batches: _Counted,
    results: "Results",
    format: RowFormat,
    rows: int,
    file: BinaryIO | None,
) -> None:
    from trailtrace.cli.output import reader_may_leave, show_pieces
    from trailtrace.render import rows as render

    match format:
        case RowFormat.PARQUET:
            with reader_may_leave():
                _write_parquet(batches, results, file if file is not None else sys.stdout.buffer)
            return
        case RowFormat.TABLE:
            _write_table(names, batches, results, rows, file)
            return
        case RowFormat.CSV:
            pieces = render.csv_text(names, batches, escape=file is None and sys.stdout.isatty())
        case RowFormat.JSON:
            pieces = render.json_text(names, batches)
        case RowFormat.NDJSON:
            pieces = render.ndjson_text(names, batches)
        case RowFormat.MARKDOWN:
            pieces = render.markdown_text(names, batches)
    if file is None:
        show_pieces(pieces)
    else:
        file.writelines(piece.encode("utf-8", "backslashreplace") for piece in pieces)


def _write_table(
    names: list[str], batches: _Counted, results: "Results", rows: int, file: BinaryIO | None
) -> None:
    from trailtrace.cli.output import complain, rich_text, show_pieces, table_width
    from trailtrace.render.rows import rows_of
    from trailtrace.render.table import plan_text, rows_table

    source = rows_of(batches)
    shown = list(islice(source, rows)) if rows else list(source)
    more = rows > 0 and next(source, None) is not None
    width = table_width(terminal=file is None)
    if names == ["explain_key", "explain_value"]:
        text = plan_text([row[1] for row in shown])
    else:
        text = rich_text(rows_table(names, shown, width, results.names), width, terminal=file is None)
    if file is None:
        show_pieces([text])
    else:
        file.write(text.encode("utf-8", "backslashreplace"))
    batches.rows = len(shown)
    if more:
        complain(f"only the first {rows} rows: --rows 0 shows all, --format csv writes all")


def _write_parquet(batches: _Counted, results: "Results", file: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from trailtrace.errors import UsageError

    try:
        with pq.ParquetWriter(file, results.schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"sql: Parquet cannot hold a column ({reason}): cast it to varchar") from error


@contextmanager
def replacing(path: Path, option: str = "--out") -> Iterator[BinaryIO]:
    """A file that takes its name only when it is complete; `option` named it."""
    from trailtrace.errors import TrailtraceError

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise TrailtraceError(f"{option} {path}: {error.strerror or error}: choose another place") from error
    finally:
        part.unlink(missing_ok=True)
