"""Where in which bucket: `s3://bucket/prefix`, `s3a://…`, `gs://…`, `az://…`. Knows text, opens nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trailtrace.errors import UsageError

_URL = re.compile(r"(?P<scheme>s3a?|gs|az)://(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_ONE_SLASH = re.compile(r"^(s3a?|gs|az):/(?!/)", re.IGNORECASE)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, and what the keys of the objects begin with."""

    scheme: str
    """`s3`, `gs` or `az`."""
    bucket: str
    """For `az`, the container."""
    prefix: str
    """Without slashes at its ends; it may be the whole key of an object."""

    def uri(self, key: str) -> str:
        return f"{self.scheme}://{self.bucket}/{key}"

    @property
    def name(self) -> str:
        return self.uri(self.prefix)

    def holds(self, other: Place) -> bool:
        """Whether the other place is this one, or below it."""
        return (self.scheme, self.bucket) == (other.scheme, other.bucket) and (
            not self.prefix or f"{other.prefix}/".startswith(f"{self.prefix}/")
        )


def is_remote(text: str) -> bool:
    """Whether a text that a user gave as a path names a bucket."""
    return _URL.fullmatch(text) is not None


def url_of(path: object) -> str | None:
    """The URL of a bucket that a text or path is; a path has lost one of its slashes."""
    text = _ONE_SLASH.sub(r"\1://", str(path))
    return text if is_remote(text) else None


def place_of(text: str) -> Place:
    """Raises UsageError for a URL that names no bucket, or that has credentials in it."""
    found = _URL.fullmatch(text)
    bucket, _, prefix = found["rest"].partition("/") if found else ("", "", "")
    if "@" in bucket:  # whatever stands before it may be a password: do not repeat it
        raise UsageError("a URL with credentials in it: give the bucket alone, and credentials as docs/s3.md")
    if found is None or not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{text}: no name of a bucket: write it as s3://bucket/prefix")
    if prefix.startswith("/"):
        raise UsageError(f"{text}: names that begin with `/` cannot be read: give a prefix without it")
    # Hadoop and Spark say s3a:// of the same buckets.
    return Place(found["scheme"].lower().removesuffix("a"), bucket, prefix.rstrip("/"))
