"""One open bucket: its objects as sources, read whole and as they were listed, or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from trailtrace.errors import NothingMoreError, TrailtraceError, extra
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
"""After so many objects that the service did not give, it is asked whether it gives any other."""

OTHERS_IF_REFUSED = 30
"""How many others are asked for, spread over the whole listing, before all is taken as refused."""

OTHERS_IF_FAILED = 3
"""The same if the service failed: each of these may take as long as the service may."""

UNREADABLE_NAME = (
    "its name cannot be read (an empty part, `..`, a control character, or `/` at its beginning or end):"
    " copy it to another name"
)

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


class NotAnsweringError(OSError):
    """The service does not answer for an object, or only that it cannot: the object may be there."""


class Bucket:
    """Use `open_bucket` to get one."""

    def __init__(self, place: Place, access: Access) -> None:
        self.place = place
        self._store = open_store(place, access)
        self.others: Sequence[str] = ()
        """Keys of all listed objects: before it is said that none can be read, some of them are tried."""
        self._failures = 0
        self._first_failed = ""
        self._refusals = 0
        self._first_refused = ""
        self._given = False
        self._lock = Lock()
        with extra("s3"):
            from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
        self._errors = (BaseError, OSError, ValueError)
        self._denials = (PermissionDeniedError, UnauthenticatedError)

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
        return self.source_of(self.listed(key))

    def source_of(self, listed: Listed) -> SourceObject:
        """A listed object. Reading it raises OSError if it cannot be had whole and as its ETag says."""
        version = Version(listed.etag, listed.size)
        uri = self.place.uri(listed.key)
        # There may be millions: the key is not held twice.
        return SourceObject(uri, listed.size, partial(self._read, uri, version), version)

    def unreadable(self, listed: Listed) -> SourceObject:
        """An object whose name differs from another's by slashes at its ends, which obstore strips."""

        def read() -> bytes:
            raise OSError(f"a second object here: {UNREADABLE_NAME}")

        version = Version(listed.etag, listed.size)
        return SourceObject(self.place.uri(listed.key), listed.size, read, version)

    def part(self, key: str, start: int, end: int) -> bytes:
        """The bytes of an object from `start` to before `end`. Raises OSError if they are not given."""
        import obstore

        try:
            found = bytes(obstore.get_range(self._store, key, start=start, end=end))
        except self._errors as error:
            raise OSError(self._said(error)) from None
        if len(found) != end - start:
            raise OSError("it is shorter than it was")
        return found

    def tail(self, key: str, length: int) -> tuple[int, bytes]:
        """The size of an object, and so many bytes of its end. Raises OSError if they are not given."""
        import obstore

        try:
            found = obstore.get(self._store, key, options={"range": {"suffix": length}})
            return found.meta["size"], bytes(found.bytes())
        except self._errors as error:
            raise OSError(self._said(error)) from None

    def put(self, key: str, data: bytes | Path) -> None:
        """Writes an object, whole or not at all. Raises OSError."""
        import obstore

        try:
            obstore.put(self._store, key, data)
        except self._errors as error:
            raise OSError(self._said(error)) from None

    def remove(self, keys: list[str]) -> None:
        """Raises OSError if some of them may still be there."""
        import obstore

        try:
            obstore.delete(self._store, keys)
        except self._errors as error:
            raise OSError(self._said(error)) from None

    def whole(self, key: str) -> bytes:
        """A small object as it is now. Raises FileNotFoundError, or OSError if it is not given."""
        import obstore

        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            raise FileNotFoundError("it is not there") from None
        except self._errors as error:
            raise OSError(self._said(error)) from None

    def listed(self, key: str) -> Listed:
        """The object of a key, as it is now. Raises OSError if there is none or it is not given."""
        import obstore

        if key != key.strip("/"):  # obstore would strip them, and give another object
            raise OSError(UNREADABLE_NAME)
        try:
            return _listed(obstore.head(self._store, key))
        except self._errors as error:
            raise (NotAnsweringError if _is_away(error) else OSError)(self._said(error)) from None

    def _read(self, uri: str, version: Version) -> bytes:
        """The whole object; `version` is then that of what was read."""
        key = uri.removeprefix(self.place.uri(""))
        problem = ""
        of_service = False
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            if version.size > MAX_BYTES:
                raise OSError("it is larger than 2 GiB: split it")
            try:
                return self._get(key, version)
            except _OtherThanListed as error:
                problem, of_service = str(error), False
            except _NotGiven as error:
                problem, of_service = str(error), True
            except _Refused as error:
                self._refused(key, str(error))
                raise OSError(str(error)) from None
            try:
                now = self.listed(key)
            except OSError as error:
                problem = str(error)
            else:
                version.etag, version.size = now.etag, now.size
        if of_service:
            self._failed(key, problem)
            raise NotAnsweringError(problem)
        raise OSError(problem)

    def _get(self, key: str, version: Version) -> bytes:
        import obstore
        from obstore.exceptions import PreconditionError

        try:
            found = obstore.get(self._store, key, options={"if_match": version.etag} if version.etag else {})
            size = found.meta["size"]
            stored = bytes(found.bytes()) if size == version.size else b""
        except (FileNotFoundError, PreconditionError) as error:
            self._answered()
            raise _OtherThanListed(self._said(error)) from None
        except self._errors as error:
            problem = self._said(error)
            if _code(error) in _NO_USE or _is_elsewhere(error):
                raise self._no_use(problem, key, "run it again") from None
            if _code(error) == _ARCHIVED:
                raise OSError(problem) from None
            raise (_Refused if self._is_of_object(error) else _NotGiven)(problem) from None
        self._answered()
        if len(stored) != version.size:
            raise _OtherThanListed(f"it has {version.size:,} bytes, and {size:,} came")
        self._given = True
        if "signature" in found.attributes:
            version.metadata = {str(name): str(text) for name, text in found.attributes.items()}
        return stored

    def _answered(self) -> None:
        with self._lock:
            self._failures = 0

    def _failed(self, key: str, problem: str) -> None:
        """Counts; raises NothingMoreError if it is no use to go on."""
        with self._lock:
            if not self._failures:
                self._first_failed = key
            self._failures += 1
            if self._failures < FAILURES_IN_A_ROW:
                return
            if not self._gives_any(OTHERS_IF_FAILED):
                raise self._no_use(problem, self._first_failed, "run it again")
            self._failures = 0

    def _refused(self, key: str, problem: str) -> None:
        """Some objects may be another's, or have a key that is gone: only if it is all, it is no use."""
        with self._lock:
            self._first_refused = self._first_refused or key
            self._refusals += 1
            if self._given or self._refusals < FAILURES_IN_A_ROW or not self.others:
                return
            self._given = self._gives_any(OTHERS_IF_REFUSED)
            if not self._given:
                advice = "check what your credentials may read, or leave them out by --since or the prefix"
                raise self._no_use(problem, self._first_refused, advice)

    def _gives_any(self, most: int) -> bool:
        import obstore

        # Backwards: the newest is the likeliest to be given.
        for key in self.others[:: -max(1, len(self.others) // most)][:most]:
            try:
                obstore.get(self._store, key)
            except self._errors:
                continue
            return True
        return False

    def _no_use(self, problem: str, key: str, advice: str) -> NothingMoreError:
        return NothingMoreError(
            f"{self.place.uri(key)}: this and other objects cannot be read: {problem}: what was loaded before"
            f" is kept: {advice}"
        )

    def _is_of_object(self, error: Exception) -> bool:
        """Whether it is an answer about this object: its key of KMS, its owner, how it is encrypted."""
        code, status = _code(error) or "", _STATUS.search(str(error))
        if code in _PASSING or "Throttl" in code:
            return False
        of_client = status is not None and status[1][0] == "4" and status[1] not in ("408", "429")
        return of_client or self._is_refusal(error)

    def _is_refusal(self, error: Exception) -> bool:
        return isinstance(error, self._denials) or _code(error) in _REFUSED

    def _cannot_list(self, prefix: str, error: Exception) -> TrailtraceError:
        advice = "see docs/s3.md"
        if self._is_refusal(error):
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
            case ValueError():  # of one key, before anything is asked
                return UNREADABLE_NAME
            case FileNotFoundError():
                return "it is not there (any more), or its name begins or ends with `/`"
            case _ if code == _ARCHIVED:
                return "it is archived: restore it in S3 first"
            case _ if _is_elsewhere(error):
                return "the bucket is in another Region: give --bucket-region, or set AWS_REGION"
            case _ if self._is_refusal(error):
                return f"access denied ({code})" if code else "access denied"
            case _ if code is not None:
                return f"the service says {code}"
        status = _STATUS.search(str(error))
        if status is not None:
            return f"the service answers with status {status[1]}"
        return "the service does not answer, or not to the end"


class _OtherThanListed(Exception):
    """What came is not the object that was listed."""


class _NotGiven(Exception):
    """The service failed."""


class _Refused(Exception):
    """The service says that this object is not for these credentials."""


_REFUSED = {"AccessDenied", "AllAccessDisabled"}

_PASSING = {"OperationAborted", "RequestTimeout"}
"""What S3 says with a 4xx of a request that may be made again."""

_ARCHIVED = "InvalidObjectState"
"""What S3 says of an object in Glacier or an archive tier."""

_ELSEWHERE = ("without LOCATION", "AuthorizationHeaderMalformed")
"""In an answer of a Region that does not hold the bucket: a redirect that tells no address, or a refusal."""

_NO_USE = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
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


def _is_elsewhere(error: Exception) -> bool:
    return any(words in str(error) for words in _ELSEWHERE)


def _is_away(error: Exception) -> bool:
    """Whether the service failed or was not reached, whatever was asked for."""
    from obstore.exceptions import GenericError

    status = _STATUS.search(str(error))
    if status is None:
        return isinstance(error, GenericError) and not _is_elsewhere(error)
    return status[1][0] == "5" or status[1] in ("408", "429")


def _listed(meta: ObjectMeta) -> Listed:
    return Listed(meta["path"], meta["size"], meta["e_tag"] or "")


def open_bucket(place: Place, access: Access | None = None) -> Bucket:
    """The bucket of a place, for listing and reading.

    Raises MissingExtraError without the extra `s3`, TrailtraceError without credentials.
    """
    return Bucket(place, access or Access())
