"""Log files and digests as CloudTrail writes them, signed with keys of our own.

Tests build a folder with these, change one thing in it, and see what a verification says.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

START = datetime(2026, 5, 1, 0, 0, 0)
HOUR = timedelta(hours=1)
ACCOUNT = "111122223333"
REGION = "eu-west-1"

Json = dict[str, Any]


@cache
def private_key(name: str) -> RSAPrivateKey:
    """The key pair of this name; making one takes a moment, so each is made once."""
    return generate_private_key(65537, 2048)


def fingerprint(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def listed_keys(
    *names: str,
    start: datetime = START - timedelta(days=30),
    end: datetime = START + timedelta(days=300),
    public: PublicFormat = PublicFormat.PKCS1,
    seconds: bool = False,
) -> Json:
    """What `aws cloudtrail list-public-keys` prints."""

    def time(moment: datetime) -> str | float:
        return moment.replace(tzinfo=UTC).timestamp() if seconds else moment.isoformat() + "+00:00"

    return {
        "PublicKeyList": [
            {
                "Value": base64.b64encode(
                    private_key(name).public_key().public_bytes(Encoding.DER, public)
                ).decode(),
                "ValidityStartTime": time(start),
                "ValidityEndTime": time(end),
                "Fingerprint": fingerprint(name),
            }
            for name in names
        ]
    }


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(slots=True)
class Stored:
    """One object of the bucket."""

    key: str
    content: bytes
    """Before compression."""
    metadata: dict[str, str] | None = None

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def path(self, folder: Path) -> Path:
        return folder / self.key


@dataclass(slots=True)
class Trail:
    """A trail in one account and Region, and all that it wrote, in order of time."""

    account_id: str = ACCOUNT
    region: str = REGION
    name: str = "main"
    home_region: str = REGION
    bucket: str = "logs"
    prefix: str = ""
    organization: str | None = None
    signed_with: str = REGION
    now: datetime = START
    logs: list[Stored] = field(default_factory=list)
    digests: list[Stored] = field(default_factory=list)
    backfills: list[Stored] = field(default_factory=list)
    written: int = 0

    def log(self, content: bytes | None = None, minute: int = 20) -> Stored:
        """A log file delivered in the present hour; it is in no digest yet."""
        self.written += 1
        if content is None:
            content = json.dumps(
                {"Records": [], "number": f"{self.bucket}/{self.name}{self.written}"}
            ).encode()
        delivered = self.now + timedelta(minutes=minute)
        name = (
            f"{self.account_id}_CloudTrail_{self.region}_{delivered:%Y%m%dT%H%M}Z_"
            f"{hashlib.sha256(f'{self.bucket}{self.name}{self.written}'.encode()).hexdigest()[:16]}.json.gz"
        )
        return Stored(f"{self._folder('CloudTrail', delivered)}/{name}", content)

    def hour(self, logs: int | Sequence[Stored] = 1, **changes: object) -> Stored:
        """One hour passes: its log files, and the digest that names them."""
        delivered = [self.log() for _ in range(logs)] if isinstance(logs, int) else list(logs)
        before = self.digests[-1] if self.digests else None
        digest = self._digest(delivered, before, self.now, self.now + HOUR, "", changes)
        self.logs += delivered
        self.digests.append(digest)
        self.now += HOUR
        return digest

    def hours(self, count: int, logs: int = 1) -> "Trail":
        for _ in range(count):
            self.hour(logs)
        return self

    def off(self, hours: int) -> None:
        """Logging stops and starts again: the next digest is the first of a new chain."""
        self.now += HOUR * hours
        self.digests.append(self._digest([], None, self.now, self.now + HOUR, "", {}))
        self.now += HOUR

    def backfill(self, logs: Sequence[Stored], late: int = 3, **changes: object) -> Stored:
        """A digest of log files that missed the one of the last hour."""
        before = self.backfills[-1] if self.backfills else None
        generated = self.now + HOUR * late
        digest = self._digest(logs, before, self.now - HOUR, self.now, "_backfill", changes)
        assert digest.metadata is not None
        digest.metadata["backfill-generation-timestamp"] = stamp(generated)
        self.logs += logs
        self.backfills.append(digest)
        return digest

    def _folder(self, kind: str, day: datetime) -> str:
        accounts = "AWSLogs" if self.organization is None else f"AWSLogs/{self.organization}"
        return f"{self.prefix}{accounts}/{self.account_id}/{kind}/{self.region}/{day:%Y/%m/%d}"

    def _digest(
        self,
        logs: Sequence[Stored],
        before: Stored | None,
        start: datetime,
        end: datetime,
        suffix: str,
        changes: Json,
    ) -> Stored:
        name = (
            f"{self.account_id}_CloudTrail-Digest_{self.region}_{self.name}_{self.home_region}_"
            f"{end:%Y%m%dT%H%M%S}Z{suffix}.json.gz"
        )
        content: Json = {
            "awsAccountId": self.account_id,
            "digestStartTime": stamp(start),
            "digestEndTime": stamp(end),
            "digestS3Bucket": self.bucket,
            "digestS3Object": f"{self._folder('CloudTrail-Digest', end)}/{name}",
            "digestPublicKeyFingerprint": fingerprint(self.signed_with),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": stamp(start) if logs else None,
            "oldestEventTime": stamp(start) if logs else None,
            "previousDigestS3Bucket": self.bucket if before else None,
            "previousDigestS3Object": before.key if before else None,
            "previousDigestHashValue": before.sha256 if before else None,
            "previousDigestHashAlgorithm": "SHA-256" if before else None,
            "previousDigestSignature": before.metadata["signature"] if before and before.metadata else None,
            "logFiles": [
                {
                    "s3Bucket": self.bucket,
                    "s3Object": log.key,
                    "hashValue": log.sha256,
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": stamp(start),
                    "oldestEventTime": stamp(start),
                }
                for log in logs
            ],
        }
        return signed(content | changes, self.signed_with)

    def write(self, folder: Path, *, metadata: bool = True) -> Path:
        """Puts everything into a folder, as a copy of the bucket with what `head-object` prints."""
        for each in (*self.logs, *self.digests, *self.backfills):
            put(folder, each, metadata=metadata)
        return folder


def signed(content: Json, key: str) -> Stored:
    """A digest with this content, as CloudTrail signs it."""
    data = json.dumps(content).encode()
    return Stored(
        content["digestS3Object"],
        data,
        {"signature": signature(content, data, key), "signature-algorithm": "SHA256withRSA"},
    )


def signature(content: Json, data: bytes, key: str) -> str:
    """Hexadecimal; the string to sign is that of AWS's page on custom implementations."""
    text = (
        f"{content['digestEndTime']}\n{content['digestS3Bucket']}/{content['digestS3Object']}\n"
        f"{hashlib.sha256(data).hexdigest()}\n{content['previousDigestSignature'] or 'null'}"
    )
    return private_key(key).sign(text.encode(), PKCS1v15(), SHA256()).hex()


def put(folder: Path, stored: Stored, *, metadata: bool = True) -> Path:
    """Writes one object, and beside it what `aws s3api head-object` prints."""
    path = stored.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(stored.content))
    if metadata and stored.metadata is not None:
        head = {"ContentType": "application/json", "Metadata": stored.metadata}
        Path(f"{path}.metadata.json").write_text(json.dumps(head))
    return path


def put_keys(folder: Path, keys: Json | None = None, name: str = "keys.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(listed_keys(REGION) if keys is None else keys))
    return path
