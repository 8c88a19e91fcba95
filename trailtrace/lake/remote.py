"""A lake in a bucket, as it is read: its manifest, and its files by ranges. Lists and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trailtrace.errors import StoreError
from trailtrace.lake.manifest import NAME, Manifest, manifest_of
from trailtrace.remote.access import Access
from trailtrace.remote.bucket import open_bucket
from trailtrace.remote.place import place_of

if TYPE_CHECKING:
    from trailtrace.remote.ranges import Ranges


class RemoteLake:
    """`url` is `s3://bucket/prefix`. Raises as `open_bucket`."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        place = place_of(url)
        self.name = place.name
        self.bucket = open_bucket(place, access)
        self.prefix = f"{place.prefix}/" if place.prefix else ""

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> str:
        """What DuckDB's names of the lake's files begin with."""
        from trailtrace.remote.ranges import path_of

        return path_of(self.prefix)

    def found(self) -> Manifest | None:
        """The manifest; None if there is none. Raises StoreError if it is not given."""
        try:
            text = self.bucket.whole(self.prefix + NAME)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.name}: {error}: see docs/s3.md") from None
        manifest = manifest_of(text, self.name)
        try:
            manifest.names()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoreError(
                f"{self.name}: its manifest does not name all files: build and copy the lake again"
            ) from None
        return manifest

    def is_there(self) -> bool:
        """Whether a manifest is seen; False also where nothing can be seen."""
        try:
            self.bucket.listed(self.prefix + NAME)
        except OSError:
            return False
        return True

    def manifest(self) -> Manifest:
        """Raises StoreError where there is none, or it is not given."""
        found = self.found()
        if found is None or not found.build:
            raise StoreError(
                f"{self.name}: no lake here: `trailtrace lake copy` brings one; logs are read by --logs"
            )
        return found

    def files(self, names: Iterable[str]) -> Ranges:
        """Files of the lake for DuckDB."""
        from trailtrace.remote.ranges import Ranges

        return Ranges(self.bucket, (self.prefix + name for name in names))
