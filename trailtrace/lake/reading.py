"""What one task of a cluster does: some sources, read and normalised as `ingest` does it, as Arrow rows.

It is the loader and the SQL of a store, in a store in memory: there is one normaliser, and a lake has the
same columns, rejects and ledgers by construction. Knows nothing of Spark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from trailtrace.errors import TrailtraceError
from trailtrace.library import statement
from trailtrace.store import memory_store

if TYPE_CHECKING:
    from trailtrace.remote.bucket import Bucket
    from trailtrace.sources import SourceObject
    from trailtrace.store import Store

KINDS = {
    "records": "lake/read_records",
    "identities": "lake/read_identities",
    "files": "lake/read_files",
    "rejects": "lake/read_rejects",
}
"""What is read, and the statements that select it."""

FILE_BITS = 24
"""A file's number in a lake is its source's number, and behind it so many bits for the files in it."""

GROUP = pa.schema(
    [
        (
            "sources",
            pa.list_(
                pa.struct(
                    [
                        ("number", pa.int64()),
                        ("uri", pa.string()),
                        ("size_bytes", pa.int64()),
                        ("stamp", pa.string()),
                        ("folder", pa.string()),
                        ("known", pa.list_(pa.struct([("uri", pa.string()), ("sha256", pa.string())]))),
                    ]
                )
            ),
        )
    ]
)
"""A row for each group of sources; `known` are the files of a source that the lake has already."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source with its number in the lake."""

    number: int
    uri: str
    size: int
    stamp: str
    """What changes when its bytes do: the time of a file's last change, in nanoseconds; an object's ETag."""
    folder: str = ""
    """To which a path is relative: a worker works in another one."""
    known: tuple[tuple[str, str], ...] = ()
    """Name and hash of each file in it that the lake has, where an earlier source had its name."""


def row_schema() -> pa.Schema:
    """The columns `kind`, `day` and one for each of `KINDS`, of which a row fills the one it is of."""
    with memory_store(threads=1) as store:
        _prepare(store, {})
        return _schema({kind: _stream(store, kind).schema for kind in KINDS})


def read_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of `row_schema` for rows of `GROUP`."""
    for batch in batches:
        for group in batch.column("sources").to_pylist():
            sources = [
                Source(
                    item["number"],
                    item["uri"],
                    item["size_bytes"],
                    item["stamp"],
                    item["folder"],
                    tuple((file["uri"], file["sha256"]) for file in item["known"]),
                )
                for item in group
            ]
            yield from read_sources(sources)


def read_sources(sources: list[Source]) -> Iterator[pa.RecordBatch]:
    """All that a few sources hold; their number does not depend on which were read together."""
    from trailtrace.ingest import read_only

    buckets: dict[str, Bucket] = {}
    objects = [_opened(source, buckets) for source in sources]
    number_of = {item.uri: source.number for item, source in zip(objects, sources, strict=True)}
    known = [file for source in sources for file in source.known]
    with memory_store(threads=1) as store:
        source_of = read_only(store, objects, known, jobs=1)
        numbers: dict[int, int] = {}
        counted: dict[int, int] = {}
        for file_id in sorted(source_of):
            number = number_of[source_of[file_id].uri]
            counted[number] = counted.get(number, 0) + 1
            numbers[file_id] = (number << FILE_BITS) + counted[number]
        _prepare(store, numbers)
        schemas = {}
        for kind in KINDS:
            with _stream(store, kind) as reader:
                schemas[kind] = reader.schema
        schema = _schema(schemas)
        for kind in KINDS:
            with _stream(store, kind) as reader:
                for batch in reader:
                    yield _rows(schema, kind, batch)


def _opened(source: Source, buckets: dict[str, Bucket]) -> SourceObject:
    """What a source was listed as; a file that cannot be read is rejected as any other."""
    from trailtrace.remote.place import is_remote, place_of
    from trailtrace.sources import SourceObject, expand

    if is_remote(source.uri):
        from trailtrace.remote.bucket import Listed, open_bucket

        place = place_of(source.uri)
        name = place.uri("")
        if name not in buckets:
            buckets[name] = open_bucket(replace(place, prefix=""))
        return buckets[name].source_of(Listed(source.uri.removeprefix(name), source.size, source.stamp))
    try:
        [found] = expand([str(Path(source.folder, source.uri))])
    except (TrailtraceError, ValueError):

        def gone() -> bytes:
            raise FileNotFoundError(ENOENT, "it is not there, or its name cannot be passed on")

        return SourceObject(source.uri, 0, gone)
    return replace(found, uri=source.uri)


def _prepare(store: Store, numbers: dict[int, int]) -> None:
    table = pa.table(
        {
            "file_id": pa.array(numbers.keys(), pa.int32()),
            "lake_file_id": pa.array(numbers.values(), pa.int64()),
        }
    )
    store.fill("lake/number_files", table)
    store.run("lake/name_identities")


def _stream(store: Store, kind: str) -> pa.RecordBatchReader:
    return store.stream(statement(KINDS[kind]), {})[1]


def _schema(schemas: dict[str, pa.Schema]) -> pa.Schema:
    columns = [pa.field(kind, pa.struct(list(schemas[kind])[1:])) for kind in KINDS]
    return pa.schema([("kind", pa.string()), ("day", pa.string()), *columns])


def _rows(schema: pa.Schema, kind: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    day, *columns = batch.columns
    own = pa.StructArray.from_arrays(columns, fields=list(schema.field(kind).type))
    rows = [
        pa.repeat(pa.scalar(kind, pa.string()), len(batch)),
        day,
        *(own if each == kind else pa.nulls(len(batch), schema.field(each).type) for each in KINDS),
    ]
    return pa.record_batch(rows, schema=schema)
