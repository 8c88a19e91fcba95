"""One digest file: what it says, and whether CloudTrail signed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from trailtrace.integrity.keys import PublicKey, PublicKeys
from trailtrace.integrity.measuring import Measured
from trailtrace.integrity.names import Stream, base_name, stream_of
from trailtrace.integrity.saved import Saved, signature_bytes
from trailtrace.verification import Reason

SIGNED_AFTER = timedelta(hours=2)
"""A digest is signed within this time after the hour it covers."""

FIRST_YEAR, LAST_YEAR = 2013, 3000
"""Years between which a digest can lie: CloudTrail began in 2013."""

ALGORITHM = "SHA256withRSA"
HASH_ALGORITHM = "SHA-256"


class LogFile(msgspec.Struct, frozen=True, gc=False):
    """A log file that a digest names."""

    s3Bucket: str
    s3Object: str
    hashValue: str
    hashAlgorithm: str


class _Content(msgspec.Struct, frozen=True):
    awsAccountId: str
    digestStartTime: str
    digestEndTime: str
    digestS3Bucket: str
    digestS3Object: str
    digestPublicKeyFingerprint: str
    digestSignatureAlgorithm: str
    previousDigestSignature: str | None
    logFiles: list[LogFile]
    previousDigestS3Bucket: str | None = None
    previousDigestS3Object: str | None = None
    previousDigestHashValue: str | None = None
    previousDigestHashAlgorithm: str | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest file, read; nothing in it is to be believed before its signature was."""

    source: str
    stored_sha256: str
    content_sha256: str
    stream: Stream
    start: datetime
    end: datetime
    content: _Content
    saved: Saved

    @property
    def name(self) -> str:
        """What the digest calls itself, without folders."""
        return base_name(self.content.digestS3Object)

    @property
    def s3_object(self) -> str:
        return f"{self.content.digestS3Bucket}/{self.content.digestS3Object}"

    @property
    def previous(self) -> str | None:
        """`bucket/key` of the digest before it; None at the beginning of a chain."""
        key = self.content.previousDigestS3Object
        return None if key is None else f"{self.content.previousDigestS3Bucket or ''}/{key}"

    @property
    def previous_stream(self) -> Stream | None:
        """Whose the digest before it is: another place than its own, if the trail's bucket was changed."""
        content = self.content
        return stream_of(content.previousDigestS3Object or "", content.previousDigestS3Bucket or "")

    @property
    def log_files(self) -> list[LogFile]:
        return self.content.logFiles


def read_digest(found: Measured, saved: Saved) -> Digest | None:
    """What a file says as a digest; None if it is none."""
    if found.digest is None or found.stored_sha256 is None or found.content_sha256 is None:
        return None
    try:
        content = msgspec.json.decode(found.digest, type=_Content)
        start, end = _time(content.digestStartTime), _time(content.digestEndTime)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError):
        return None
    stream = stream_of(content.digestS3Object, content.digestS3Bucket)
    if stream is None or not FIRST_YEAR <= start.year <= end.year < LAST_YEAR or start > end:
        return None
    return Digest(found.source, found.stored_sha256, found.content_sha256, stream, start, end, content, saved)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def refused(
    digest: Digest,
    keys: PublicKeys,
    stated: Iterable[str],
    rumoured: Iterable[str],
    buckets: frozenset[str],
) -> Reason | None:
    """Why a digest is not taken to be CloudTrail's own; None if it is.

    `stated` are signatures that verified later digests state for it, `rumoured` those of other digests:
    whoever names it, a signature that fits can only have been made by CloudTrail, but one that a
    forger names and that does not fit says nothing. With `buckets`, it must have been written to one.
    """
    content = digest.content
    if base_name(digest.source) != digest.name:
        return Reason.RENAMED
    if buckets and content.digestS3Bucket not in buckets:
        return Reason.OTHER_BUCKET
    if content.digestSignatureAlgorithm != ALGORITHM or digest.saved.algorithm not in (None, ALGORITHM):
        return Reason.UNKNOWN_ALGORITHM
    signatures = [text for text in (digest.saved.signature, *stated) if text is not None]
    known = keys.of(content.digestPublicKeyFingerprint, digest.stream.region, digest.end)
    of_region = [key for key in known if key.region in (None, digest.stream.region)]
    valid = [key for key in of_region if _valid(key, digest)]
    signed = _signed(digest)
    tried = dict.fromkeys((*signatures, *rumoured))
    if any(_fits(key, text, signed) for key in valid for text in tried):
        return None
    if not signatures:
        return Reason.NO_SIGNATURE
    if not known:
        return Reason.NO_KEY
    if not of_region:
        return Reason.OTHER_REGIONS_KEY
    return Reason.BAD_SIGNATURE if valid else Reason.KEY_NOT_VALID_THEN


def _valid(key: PublicKey, digest: Digest) -> bool:
    """Whether CloudTrail used the key when it signed; backfill digests are signed later."""
    if not digest.stream.backfill:
        return key.start <= digest.end + SIGNED_AFTER and key.end >= digest.end
    try:
        generated = _time(digest.saved.generated or "")
    except ValueError:
        return key.end >= digest.end
    if generated.year >= LAST_YEAR:  # what a copy kept beside the digest is not signed
        return False
    around = timedelta(hours=1)
    return generated >= digest.end and key.start <= generated + around and key.end >= generated - around


def _signed(digest: Digest) -> bytes:
    """What CloudTrail signs of a digest (AWS, custom implementations of log file integrity validation)."""
    content = digest.content
    before = content.previousDigestSignature
    lines = (
        content.digestEndTime,
        digest.s3_object,
        digest.content_sha256,
        "null" if before is None else before,
    )
    return "\n".join(lines).encode(errors="replace")


def _fits(key: PublicKey, signature: str, signed: bytes) -> bool:
    given = signature_bytes(signature.lower())
    if given is None:
        return False
    try:
        key.key.verify(given, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
