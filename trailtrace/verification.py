"""What a verification of log files found, as values."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Integrity(StrEnum):
    """What is known of a file's bytes; `files.integrity` has the same words, and `unchecked`."""

    VERIFIED = "verified"
    """A digest that CloudTrail signed names these bytes."""
    UNVERIFIED = "unverified"
    """No digest that could be verified says anything of the file."""
    FAILED = "failed"
    """A digest that CloudTrail signed says otherwise, or its signature does not fit."""


class Kind(StrEnum):
    LOG = "log"
    DIGEST = "digest"


class Reason(StrEnum):
    """Why a file is not simply verified; `docs/verify.md` explains each."""

    CHANGED = "changed"
    MISSING = "missing"
    TRAILING_BYTES = "trailing_bytes"
    DAMAGED = "damaged"
    RENAMED = "renamed"
    BAD_SIGNATURE = "bad_signature"
    NO_SIGNATURE = "no_signature"
    NO_KEY = "no_key"
    OTHER_REGIONS_KEY = "other_regions_key"
    KEY_NOT_VALID_THEN = "key_not_valid_then"
    OTHER_BUCKET = "other_bucket"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    NOT_A_DIGEST = "not_a_digest"
    ENDS_EARLY = "ends_early"
    DIGEST_NOT_VERIFIED = "digest_not_verified"
    NOT_NAMED = "not_named"
    NO_DIGEST = "no_digest"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, or one that a digest names and that is not there."""

    kind: Kind
    integrity: Integrity
    reason: Reason | None
    """None if there is nothing to say."""
    detail: str | None
    """The reason in words, with names and times."""
    source: str | None
    """The file's path as given; None if it is missing."""
    sha256: str | None
    """Of the bytes as stored; None if it is missing or cannot be read."""
    s3_object: str | None
    """`bucket/key` that the digest names."""
    account_id: str | None
    region: str | None
    trail: str | None
    members: tuple[str, ...] = ()
    """SHA-256 of what lies in it, if it is an archive and not verified: an ingest loads that."""


class SpanState(StrEnum):
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"
    MISSING = "missing"
    NOT_LOGGING = "not_logging"
    """CloudTrail signed that a new chain begins: logging, or validation, had been off."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of delivery time, and what its digests are worth."""

    start: datetime
    end: datetime
    state: SpanState


@dataclass(frozen=True, slots=True)
class Chain:
    """The digests of one trail in one account and Region; backfill digests have a chain of their own."""

    account_id: str
    region: str
    trail: str
    home_region: str
    backfill: bool
    place: str
    """Bucket and prefix that its digests are written to, `bucket/prefix/`."""
    digests: int
    """Present, whatever they are worth."""
    begins: bool
    """Whether the first digest is the first of its chain: no earlier one is left out."""
    spans: tuple[Span, ...]
    """In the order of time, without overlap."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was checked."""

    files: tuple[Checked, ...]
    """Files in the order of their paths, then what is missing."""
    chains: tuple[Chain, ...]

    def counts(self, kind: Kind) -> dict[Integrity, int]:
        """Files present or missing, by what is known of them."""
        found = Counter(each.integrity for each in self.files if each.kind is kind)
        return {integrity: found[integrity] for integrity in Integrity}

    @property
    def failed(self) -> list[Checked]:
        return [each for each in self.files if each.integrity is Integrity.FAILED]

    @property
    def unverified(self) -> list[Checked]:
        return [each for each in self.files if each.integrity is Integrity.UNVERIFIED]

    def by_sha256(self) -> dict[str, Integrity]:
        """What is known of each file's bytes, wherever they lie.

        Bytes that a digest names are verified, also where they stand in another file's place.
        """
        order = [Integrity.VERIFIED, Integrity.FAILED, Integrity.UNVERIFIED]
        best: dict[str, Integrity] = {}
        for each in self.files:
            for sha256 in (each.sha256, *each.members):
                if sha256 is not None:
                    best[sha256] = min(each.integrity, best.get(sha256, each.integrity), key=order.index)
        return best

    def unnamed(self) -> frozenset[str]:
        """The hashes of files that verified digests of their time do not name."""
        known = self.by_sha256()
        return frozenset(
            each.sha256
            for each in self.files
            if each.reason is Reason.NOT_NAMED
            and each.sha256 is not None
            and known[each.sha256] is Integrity.UNVERIFIED
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """What a verification told a store."""

    files: int
    """Of the store, that were checked."""
    changed: int
    """Of these, that were known otherwise before."""
    unseen: int
    """Of the store, with records, that were not among those checked."""
