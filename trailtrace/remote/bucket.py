"""One open bucket: its objects as sources, read whole and as they were listed, or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from trailtrace.errors import TrailtraceError, extra
from trailtrace.gzipped import MAX_BYTES
from trailtrace.remote.access import Access, open_store
from trailtrace.remote.place import Place
from trailtrace.sources import SourceObject, Version

if TYPE_CHECKING:
    from obstore import ObjectMeta

ATTEMPTS = 4
"""How often an object is read that is not what it was when it was listed."""

PAUSE_SECONDS = 0.2
"""Before the second attempt; twice that before the third, and so on."""

FAILURES_IN_A_ROW = 20
"""After so many objects that the service did not give, the service is at fault, not the objects."""

PAGE = 1000
"""Objects handed over at once: what S3 puts on one page of a listing."""

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as the service lists it."""

    key: str
    size: int
    etag: str


class Bucket:
    """Use `open_bucket` to get one."""

    def __init__(self, place: Place, access: Access) -> None:
        self.place = place
        self._store = open_store(place, access)
        self._failures = 0
        self._lock = Lock()
        with extra("s3"):
            from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
        self._errors = (BaseError, OSError, ValueError)
        self._refusals = (PermissionDeniedError, UnauthenticatedError)

    def folder(self, prefix: str) -> tuple[list[str], list[Listed]]:
        """The folders right below a prefix, and the objects. Raises TrailtraceError."""
        import obstore

        try:
            found = obstore.list_with_delimiter(self._store, prefix or None)
        except self._errors as error:
            raise self._cannot_list(prefix, error) from None
        return list(found["common_prefixes"]), list(map(_listed, found["objects"]))

    def below(self, prefix: str) -> Iterator[list[Listed]]:
        """All objects below a prefix, some at a time. Raises TrailtraceError."""
        import obstore

        try:
            for page in obstore.list(self._store, prefix or None, chunk_size=PAGE):
                yield list(map(_listed, page))
        except self._errors as error:
            raise self._cannot_list(prefix, error) from None

    def source(self, key: str) -> SourceObject:
        """The object of a key, as it is now. Raises OSError if there is none or it is not given."""
        return self.source_of(self._head(key))

    def source_of(self, listed: Listed) -> SourceObject:
        """A listed object. Reading it raises OSError if it cannot be had whole and as its ETag says."""
        version = Version(listed.etag, listed.size)
        return SourceObject(
            self.place.uri(listed.key), listed.size, lambda: self._read(listed.key, version), version
        )

    def _head(self, key: str) -> Listed:
        import obstore

        try:
            return _listed(obstore.head(self._store, key))
        except self._errors as error:
            raise OSError(self._said(error)) from None

    def _read(self, key: str, version: Version) -> bytes:
        """The whole object; `version` is then that of what was read."""
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            if version.size > MAX_BYTES:
                raise OSError("it is larger than 2 GiB: split it")
            try:
                return self._get(key, version)
            except _OtherThanListed as error:
                problem = str(error)
            try:
                now = self._head(key)
            except OSError as error:
                problem = str(error)
            else:
                version.etag, version.size = now.etag, now.size
        raise OSError(problem)

    def _get(self, key: str, version: Version) -> bytes:
        import obstore
        from obstore.exceptions import PreconditionError

        try:
            found = obstore.get(self._store, key, options={"if_match": version.etag or None})
            size = found.meta["size"]
            stored = bytes(found.bytes()) if size == version.size else b""
        except (FileNotFoundError, PreconditionError) as error:
            self._answered()
            raise _OtherThanListed(self._said(error)) from None
        except self._errors as error:
            self._failed(error)
            raise _OtherThanListed(self._said(error)) from None
        self._answered()
        if len(stored) != version.size:
            raise _OtherThanListed(f"it has {version.size:,} bytes, and {size:,} came")
        return stored

    def _answered(self) -> None:
        with self._lock:
            self._failures = 0

    def _failed(self, error: Exception) -> None:
        """Counts; raises TrailtraceError if it is no use to go on."""
        with self._lock:
            self._failures += 1
            in_a_row = self._failures
        if in_a_row >= FAILURES_IN_A_ROW or _code(error) in _NO_USE:
            raise TrailtraceError(
                f"{self.place.uri('')}: objects cannot be read: {self._said(error)}: what was loaded until"
                " now is kept: run it again"
            )

    def _cannot_list(self, prefix: str, error: Exception) -> TrailtraceError:
        advice = "see docs/s3.md"
        if isinstance(error, self._refusals):
            advice = "listing needs s3:ListBucket on the bucket: see docs/s3.md"
        return TrailtraceError(f"{self.place.uri(prefix)}: cannot list it: {self._said(error)}: {advice}")

    def _said(self, error: Exception) -> str:
        """What went wrong, in a few words; the whole text of an error can show signed URLs."""
        from obstore.exceptions import InvalidPathError, PreconditionError

        code = _code(error)
        match error:
            case InvalidPathError():
                return (
                    "an object there has a name that cannot be read (an empty part, `..` or a control"
                    " character): move it, or give a narrower prefix"
                )
            case PreconditionError():
                return "it changes while it is read"
            case FileNotFoundError():
                return "it is not there (any more)"
            case _ if isinstance(error, self._refusals):
                return f"access denied ({code})" if code else "access denied"
            case _ if code is not None:
                return f"the service says {code}"
        status = _STATUS.search(str(error))
        if status is not None:
            return f"the service answers with status {status[1]}"
        return "the service does not answer, or not to the end"


class _OtherThanListed(Exception):
    """What came is not the object that was listed."""


_NO_USE = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "NoSuchBucket",
    "PermanentRedirect",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}
"""What S3 says of every object if it says it of one.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""


def _code(error: Exception) -> str | None:
    found = _CODE.search(str(error))
    return found[1] if found else None


def _listed(meta: ObjectMeta) -> Listed:
    return Listed(meta["path"], meta["size"], meta["e_tag"] or "")


def open_bucket(place: Place, access: Access | None = None) -> Bucket:
    """The bucket of a place, for listing and reading.

    Raises MissingExtraError without the extra `s3`, TrailtraceError without credentials.
    """
    return Bucket(place, access or Access())


def sources_of(bucket: Bucket, listed: Sequence[Listed]) -> list[SourceObject]:
    return list(map(bucket.source_of, listed))
