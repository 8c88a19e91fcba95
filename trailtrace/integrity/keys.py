"""CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them.

Whoever chooses the keys chooses what is verified: they must not come with the logs.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trailtrace.errors import TrailtraceError
from trailtrace.integrity.names import region_in

MAX_KEY_FILE_BYTES = 16 * 1024**2

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")

_ADVICE = "save it with `aws cloudtrail list-public-keys --region REGION --start-time … --end-time …`"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key of one Region and the time in which CloudTrail signed with it."""

    fingerprint: str
    region: str | None
    """None: the file did not say."""
    start: datetime
    end: datetime
    key: RSAPublicKey


class PublicKeys(Protocol):
    """Where keys are looked up: files, or the ListPublicKeys API (`aws/public_keys.py`)."""

    def of(self, fingerprint: str, region: str, at: datetime) -> list[PublicKey]:
        """The keys of that fingerprint that are known, perhaps of other Regions and times too.

        `region` and `at` (UTC) are those of a digest that names it: where and when to ask for it.
        """
        ...


class KeyFiles:
    """The keys of some files."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys: dict[str, list[PublicKey]] = {}
        for key in keys:
            self._keys.setdefault(key.fingerprint, []).append(key)

    def of(self, fingerprint: str, region: str, at: datetime) -> list[PublicKey]:
        return self._keys.get(fingerprint.lower(), [])


class _Listed(msgspec.Struct):
    Value: str
    ValidityStartTime: str | float
    ValidityEndTime: str | float
    Fingerprint: str


class _List(msgspec.Struct):
    PublicKeyList: list[_Listed] | None = None
    publicKeyList: list[_Listed] | None = None
    """As an AWS page has it."""


def key_files(paths: Iterable[Path]) -> list[Path]:
    """The files themselves; of a folder, its `.json` files. Raises TrailtraceError for one without any."""
    files: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not found:
            raise TrailtraceError(f"{path}: no .json file with public keys in this folder: {_ADVICE}")
        files += found
    return files


def read_keys(files: Iterable[Path]) -> KeyFiles:
    """The keys of these files; of the Region that a file's name bears, if it bears one.

    Raises TrailtraceError for a file that holds none.
    """
    return KeyFiles(key for file in files for key in _read(file))


def _read(path: Path) -> list[PublicKey]:
    region = region_in(path.name)
    try:
        if path.stat().st_size > MAX_KEY_FILE_BYTES:
            raise ValueError("it is too large")
        lists = msgspec.json.decode(path.read_bytes(), type=_List)
        listed = lists.PublicKeyList if lists.PublicKeyList is not None else lists.publicKeyList
        if listed is None:
            raise ValueError("it has no PublicKeyList")
        return [_key(each, region) for each in listed]
    except OSError as error:
        raise TrailtraceError(f"{path}: cannot read the public keys: {error.strerror}: {_ADVICE}") from error
    except (ValueError, msgspec.MsgspecError, RecursionError, UnsupportedAlgorithm) as error:
        raise TrailtraceError(f"{path}: no list of CloudTrail's public keys ({error}): {_ADVICE}") from error


def _key(listed: _Listed, region: str | None) -> PublicKey:
    try:
        der = base64.b64decode(listed.Value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the Value of {listed.Fingerprint} is no key") from error
    start, end = _time(listed.ValidityStartTime), _time(listed.ValidityEndTime)
    return public_key(listed.Fingerprint, der, region, start, end)


def public_key(fingerprint: str, der: bytes, region: str | None, start: datetime, end: datetime) -> PublicKey:
    """A key as CloudTrail gives it. Raises ValueError for bytes that are no RSA key."""
    try:
        # The API gives PKCS#1, an AWS page shows SubjectPublicKeyInfo: both are read.
        key = load_der_public_key(der)
    except ValueError as error:
        raise ValueError(f"the Value of {fingerprint} is no key") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"the key {fingerprint} is not RSA")
    return PublicKey(fingerprint.lower(), region, start, end, key)


def _time(value: str | float) -> datetime:
    """UTC; the AWS CLI writes seconds since 1970 or ISO 8601, by its version and settings."""
    try:
        if isinstance(value, str) and not _SECONDS.fullmatch(value):
            moment = datetime.fromisoformat(value)
        else:
            moment = datetime.fromtimestamp(float(value), UTC)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value} is no time") from error
