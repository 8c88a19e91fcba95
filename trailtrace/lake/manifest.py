"""What a lake consists of: one small JSON file that is replaced as a whole.

A build writes folders of its own and then the manifest, so whoever opens a lake sees one build or the next,
and a build that failed leaves the one before.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

from trailtrace.errors import StoreError
from trailtrace.store import SCHEMA_VERSION

NAME = "trailtrace-lake.json"

LAYOUT = 2
"""Raised with each change of a lake's folders, and of its columns where SCHEMA_VERSION stays as it is."""

DAY_TABLES = (
    "records",
    "identities",
    "named_identities",
    "records_apart",
    "new_uses",
    "issuing_calls",
    "resource_events",
    "held_by_day",
    "keys_by_day",
    "event_places",
)
"""A folder for each day, from the last build that touched the day."""

BUILD_TABLES = ("sources", "files", "rejects", "arrivals")
"""A folder for each build; what is in one is never changed."""

LOOKUPS: dict[str, tuple[str, ...]] = {
    "held": (),
    "keys_of_accounts": (),
    "people": (),
    "used_keys": ("access_key_id", "use_id"),
    "used_arns": ("arn", "use_id"),
    "used_principals": ("principal_id", "use_id"),
    "used_instances": ("instance_id", "use_id"),
    "issued_keys": ("issued_key", "issuance_id"),
    "issued_to_instances": ("instance_id", "issuance_id"),
}
"""Views of a store, `queries/facts/lookups.sql`, that are tables of a lake, and the order of each."""

WHOLE_TABLES = (
    "conflicts",
    "uses",
    "issuances",
    "copies",
    "links",
    "origins",
    "caller_origins",
    "key_places",
    *LOOKUPS,
)
"""Made anew by each build, from all days."""

TABLES = (*DAY_TABLES, *BUILD_TABLES, *WHOLE_TABLES)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which build each part of a lake is from; build 0 has none yet."""

    schema_version: int = SCHEMA_VERSION
    layout: int = LAYOUT
    build: int = 0
    last_source: int = 0
    days: dict[str, int] = field(default_factory=dict)
    """The day, `2026-05-01`, and the build its tables are from."""
    builds: tuple[int, ...] = ()
    """Those whose files, rejects and sources count."""
    whole: int = 0
    """The last that found events: what follows from all days is from it."""
    files: dict[str, list[str]] = field(default_factory=dict)
    """Of each folder, so that nobody who asks must look for them."""
    id: str = ""
    """The same in all builds of a lake, and in no other lake."""

    def after(self, build: int, days: list[str], last_source: int) -> Manifest:
        return replace(
            self,
            build=build,
            last_source=last_source,
            days=dict(sorted((self.days | dict.fromkeys(days, build)).items())),
            builds=(*self.builds, build),
            whole=build if days else self.whole,
        )

    def folders(self, table: str) -> list[str]:
        """The folders of a table's present files, relative to the lake."""
        if table in DAY_TABLES:
            return [f"{build_folder(table, build)}/day={day}" for day, build in self.days.items()]
        builds = self.builds if table in BUILD_TABLES else [self.whole] if self.whole else []
        return [build_folder(table, build) for build in builds]

    def names(self, tables: Iterable[str] | None = None) -> list[str]:
        """The present files of some tables, by default all, relative to the lake; of a complete build."""
        return [
            f"{folder}/{name}"
            for table in tables or TABLES
            for folder in self.folders(table)
            for name in self.files[folder]
        ]


def build_folder(table: str, build: int) -> str:
    return f"{table}/build={build:06}"


def is_lake(path: Path) -> bool:
    try:
        return (path / NAME).is_file()
    except OSError:  # its name is too long
        return False


def read_manifest(lake: Path) -> Manifest:
    """Raises StoreError where there is none, one of another trailtrace, or one without a build."""
    manifest = manifest_to_add_to(lake)
    if not manifest.build:
        raise StoreError(f"{lake}: its first build did not end: run the same `trailtrace lake build` again")
    return manifest


def manifest_to_add_to(lake: Path) -> Manifest:
    """As `read_manifest`, or what a first build left that did not end."""
    path = lake / NAME
    try:
        text = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror or error}: make a lake with `trailtrace lake build`"
        ) from error
    return manifest_of(text, str(lake))


def manifest_of(text: bytes, lake: str) -> Manifest:
    """What a manifest says; raises StoreError as `read_manifest`, but for a lake without a build."""
    try:
        found = json.loads(text)
        manifest = Manifest(**{"layout": 0, **found, "builds": tuple(found["builds"])})
        versions = (manifest.schema_version, manifest.layout)
        readable = all(type(each) is int for each in versions) and (
            versions != (SCHEMA_VERSION, LAYOUT) or _is_sound(manifest)
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        readable = False
    if not readable:
        raise StoreError(f"{lake}/{NAME}: not a manifest of a lake: build the lake again in another folder")
    if manifest.schema_version != SCHEMA_VERSION:
        raise StoreError(
            f"{lake}: schema version {manifest.schema_version}, this trailtrace reads {SCHEMA_VERSION}:"
            " build the lake again in another folder"
        )
    if manifest.layout != LAYOUT:
        raise StoreError(
            f"{lake}: made by another version of trailtrace: build the lake again in another folder"
        )
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    """Whether all that it says has the form that a build gives it, and names nothing beside the lake."""
    builds = [*manifest.builds, *manifest.days.values()]
    return (
        all(type(each) is int for each in (manifest.build, manifest.last_source, manifest.whole, *builds))
        and all(0 < each <= manifest.build for each in builds)
        and 0 <= manifest.whole <= manifest.build
        and bool(manifest.build) == bool(manifest.builds)
        and bool(manifest.whole) == bool(manifest.days)
        and all(f"{date.fromisoformat(day)}" == day for day in manifest.days)
        and type(manifest.id) is str
        and all(
            _is_below(folder) and type(names) is list and all(map(_is_below, names))
            for folder, names in manifest.files.items()
        )
    )


def _is_below(name: str) -> bool:
    return name.isprintable() and all(part not in ("", ".", "..") for part in name.split("/"))


def write_manifest(lake: Path, manifest: Manifest) -> None:
    """In one step, for whoever reads it."""
    fresh = lake / f".{NAME}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(lake / NAME)


def with_files(lake: Path, manifest: Manifest) -> Manifest:
    """The manifest of a build that is complete."""
    folders = [folder for table in TABLES for folder in manifest.folders(table)]
    return replace(
        manifest, files={folder: manifest.files.get(folder) or _files(lake, folder) for folder in folders}
    )


def parquet_files(lake: Path, manifest: Manifest, table: str) -> list[Path]:
    """A table's present files, in order; a day without rows of a table has none."""
    return [lake / name for name in file_names(lake, manifest, table)]


def file_names(lake: Path, manifest: Manifest, table: str) -> list[str]:
    """As `parquet_files`, relative to the lake."""
    return [
        f"{folder}/{name}"
        for folder in manifest.folders(table)
        for name in (manifest.files[folder] if folder in manifest.files else _files(lake, folder))
    ]


def _files(lake: Path, folder: str) -> list[str]:
    return sorted(str(file.relative_to(lake / folder)) for file in (lake / folder).rglob("*.parquet"))


def remove_superseded(lake: Path, *kept: Manifest) -> None:
    """Removes what none of these manifests names."""
    named = {(lake / folder) for manifest in kept for table in TABLES for folder in manifest.folders(table)}
    for table in TABLES:
        for folder in _folders(lake / table):
            days = [folder] if table not in DAY_TABLES else _folders(folder)
            for each in days:
                if each not in named:
                    shutil.rmtree(each, ignore_errors=True)
            if not _folders(folder) and folder not in named:
                shutil.rmtree(folder, ignore_errors=True)


def _folders(path: Path) -> list[Path]:
    return list(_below(path)) if path.is_dir() else []


def _below(path: Path) -> Iterator[Path]:
    return (each for each in path.iterdir() if each.is_dir())
