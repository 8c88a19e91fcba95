"""Which sources a lake does not have yet, and which are read together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from trailtrace.errors import UsageError
from trailtrace.lake.manifest import Manifest, parquet_files
from trailtrace.lake.reading import FILE_BITS, Source
from trailtrace.places import find
from trailtrace.reading import in_time_order
from trailtrace.remote.layout import Selection, is_in_time
from trailtrace.remote.place import is_remote
from trailtrace.sources import SourceObject

GROUP_BYTES = 64 * 1024**2
"""Most stored bytes that one task reads; a larger source is a task of its own."""

SCHEMA = pa.schema(
    [("number", pa.int64()), ("uri", pa.string()), ("size_bytes", pa.int64()), ("stamp", pa.string())]
)

_DELIVERED = re.compile(r"_(\d{8}T\d{4})Z_")


def new_sources(
    paths: list[str],
    lake: Path,
    manifest: Manifest,
    since: datetime | None,
    until: datetime | None,
    told: Callable[[str], None],
) -> tuple[list[Source], int]:
    """Sources with a name, size or stamp that the lake does not have, in order; and how many it has.

    `told` is told, in a sentence for each bucket, what of it is not read.
    Raises UsageError for standard input, which no cluster can read, TrailtraceError for a path that does
    not exist or a bucket that cannot be listed.
    """
    if "-" in paths:
        raise UsageError("lake build: -: a cluster cannot read standard input: give files or folders")
    selection = Selection(since=since, until=until)
    wanted = [
        item for item in in_time_order(_found(paths, lake, selection, told)) if _is_wanted(item, selection)
    ]
    loaded = _loaded(lake, manifest)
    numbers_of: dict[str, list[int]] = {}
    for uri, _, _, number in loaded:
        numbers_of.setdefault(uri, []).append(number)
    have = {(uri, size, stamp) for uri, size, stamp, _ in loaded}
    folder = str(Path.cwd())
    new: list[Source] = []
    for item in wanted:
        stamp = _stamp(item)
        if (item.uri, item.size, stamp) not in have:
            number = manifest.last_source + len(new) + 1
            new.append(Source(number, item.uri, item.size, stamp, folder))
    again = {number for item in new for number in numbers_of.get(item.uri, ())}
    if again:
        files = _files_of(lake, manifest, again)
        new = [
            replace(
                item,
                known=tuple(
                    file for number in numbers_of.get(item.uri, ()) for file in files.get(number, ())
                ),
            )
            for item in new
        ]
    return new, len(wanted) - len(new)


def grouped(sources: list[Source], tasks: int) -> list[list[dict[str, Any]]]:
    """Sources that a task reads together: as many groups as there are tasks at a time, or more."""
    total = sum(item.size for item in sources)
    limit = max(1, min(GROUP_BYTES, -(-total // max(tasks, 1))))
    groups: list[list[dict[str, Any]]] = []
    size = limit
    for item in sources:
        if size >= limit:
            groups.append([])
            size = 0
        groups[-1].append(
            {
                **row_of(item),
                "folder": item.folder,
                "known": [{"uri": uri, "sha256": sha} for uri, sha in item.known],
            }
        )
        size += item.size
    return groups


def row_of(item: Source) -> dict[str, Any]:
    """A row of `SCHEMA`."""
    return {"number": item.number, "uri": item.uri, "size_bytes": item.size, "stamp": item.stamp}


def _found(
    paths: list[str], lake: Path, selection: Selection, told: Callable[[str], None]
) -> list[SourceObject]:
    """What the paths name, buckets among them, but not what the lake itself is made of."""
    inside = lake.resolve()
    files = find([path for path in paths if not is_remote(path)]).sources
    objects = find([path for path in paths if is_remote(path)], selection)
    for note in objects.notes:
        told(note)
    return [item for item in files if inside not in Path(item.uri).resolve().parents] + objects.sources


def _is_wanted(item: SourceObject, selection: Selection) -> bool:
    """Whether a trail may have delivered a file in a time; a name without a time may be of any."""
    named = _DELIVERED.findall(item.uri, item.uri.rfind("/") + 1)
    return not named or is_in_time(selection, named[-1])


def _stamp(item: SourceObject) -> str:
    if item.version is not None:
        return item.version.etag
    try:
        return str(Path(item.uri).stat().st_mtime_ns)
    except (OSError, ValueError):
        return ""


def _loaded(lake: Path, manifest: Manifest) -> list[tuple[str, int, str, int]]:
    return [
        (row["uri"], row["size_bytes"], row["stamp"], row["number"])
        for file in parquet_files(lake, manifest, "sources")
        for row in pq.read_table(file, schema=SCHEMA, partitioning=None).to_pylist()
    ]


def _files_of(lake: Path, manifest: Manifest, numbers: set[int]) -> dict[int, list[tuple[str, str]]]:
    """The files of some sources: name and hash, by the source's number."""
    found: dict[int, list[tuple[str, str]]] = {}
    for path in parquet_files(lake, manifest, "files"):
        table = pq.read_table(path, columns=["file_id", "uri", "sha256"], partitioning=None)
        for row in table.to_pylist():
            number = row["file_id"] >> FILE_BITS
            if number in numbers:
                found.setdefault(number, []).append((row["uri"], row["sha256"]))
    return found
