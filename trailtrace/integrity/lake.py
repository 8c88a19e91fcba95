"""Results that CloudTrail Lake saved to a bucket: every file against the signed hashes beside it.

`result_sign.json` is described in AWS's page "Validate CloudTrail Lake saved query results": it lists a
hash of each file as stored, still compressed, and a signature over these hashes. Its names and times are
not signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from trailtrace.integrity.digests import ALGORITHM, HASH_ALGORITHM
from trailtrace.integrity.keys import PublicKey, PublicKeys
from trailtrace.integrity.measuring import Measured
from trailtrace.integrity.names import file_name
from trailtrace.integrity.saved import signature_bytes
from trailtrace.verification import Checked, Integrity, Kind, Reason

_UNVERIFIED = (Reason.NO_KEY, Reason.UNKNOWN_ALGORITHM)

_RESULT = re.compile(r"result_\d+\.csv(\.gz)?")

_SAID = {
    Reason.BAD_SIGNATURE: "its signature does not fit its hashes: CloudTrail did not write it like this",
    Reason.NO_KEY: "no public key with the fingerprint {fingerprint} was given",
    Reason.OTHER_REGIONS_KEY: "its key is not one of the Region {region}",
    Reason.KEY_NOT_VALID_THEN: "its key was not in use at {time}",
    Reason.UNKNOWN_ALGORITHM: "it is signed or hashed by an algorithm that CloudTrail does not use here",
}


class _Result(msgspec.Struct, frozen=True):
    fileHashValue: str
    fileName: str


class _SignFile(msgspec.Struct, frozen=True):
    region: str
    files: list[_Result]
    hashAlgorithm: str
    signatureAlgorithm: str
    queryCompleteTime: str
    hashSignature: str
    publicKeyFingerprint: str


def check_results(signed: Measured, beside: Mapping[str, Measured], keys: PublicKeys) -> Iterator[Checked]:
    """A verdict for a sign file and for every file that it names.

    `beside` has the files of its folder by name.
    """
    sign = _read(signed)
    if sign is None and signed.damage == "unreadable":
        said = "it cannot be read"
        yield _checked(Kind.DIGEST, Integrity.UNVERIFIED, Reason.UNREADABLE, said, signed, None)
        return
    if sign is None:
        said = "it is named as the signature of query results and does not say what one says"
        yield _checked(Kind.DIGEST, Integrity.FAILED, Reason.NOT_A_DIGEST, said, signed, None)
        return
    reason = _refused(sign, keys)
    integrity = _integrity(reason)
    why = None
    if reason is not None:
        why = _SAID[reason].format(
            fingerprint=sign.publicKeyFingerprint, region=sign.region, time=sign.queryCompleteTime
        )
    yield _checked(Kind.DIGEST, integrity, reason, why, signed, sign)
    for result in sign.files:
        found = beside.get(file_name(result.fileName))
        if found is not None:
            yield _of_result(found, result, integrity, signed, sign)
        elif integrity is Integrity.VERIFIED:
            said = f"{file_name(signed.source)} names {file_name(result.fileName)}, which is not beside it"
            yield _checked(Kind.LOG, Integrity.FAILED, Reason.MISSING, said, None, sign)
    if integrity is Integrity.VERIFIED:
        yield from _not_named(sign, beside)


def _not_named(sign: _SignFile, beside: Mapping[str, Measured]) -> Iterator[Checked]:
    """Files that are named as results and that the signed list does not have."""
    named = {file_name(result.fileName) for result in sign.files}
    for name, found in beside.items():
        if name not in named and _RESULT.fullmatch(name):
            said = "the signed list of results beside it does not name it"
            yield _checked(Kind.LOG, Integrity.UNVERIFIED, Reason.NOT_NAMED, said, found, sign)


def _of_result(
    found: Measured, result: _Result, integrity: Integrity, signed: Measured, sign: _SignFile
) -> Checked:
    if found.stored_sha256 is None:
        return _checked(Kind.LOG, Integrity.UNVERIFIED, Reason.UNREADABLE, "it cannot be read", found, sign)
    if integrity is not Integrity.VERIFIED:
        said = f"only {signed.source} names it, which is not verified"
        return _checked(Kind.LOG, Integrity.UNVERIFIED, Reason.DIGEST_NOT_VERIFIED, said, found, sign)
    if found.stored_sha256 != result.fileHashValue.lower():
        said = "its bytes, as stored, are not those that were signed"
        return _checked(Kind.LOG, Integrity.FAILED, Reason.CHANGED, said, found, sign)
    return _checked(Kind.LOG, Integrity.VERIFIED, None, None, found, sign)


def _read(signed: Measured) -> _SignFile | None:
    try:
        return msgspec.json.decode(signed.digest or b"", type=_SignFile)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _integrity(reason: Reason | None) -> Integrity:
    if reason is None:
        return Integrity.VERIFIED
    return Integrity.UNVERIFIED if reason in _UNVERIFIED else Integrity.FAILED


def _refused(sign: _SignFile, keys: PublicKeys) -> Reason | None:
    """Why the hashes are not taken to be CloudTrail's own; None if they are."""
    if (sign.signatureAlgorithm, sign.hashAlgorithm) != (ALGORITHM, HASH_ALGORITHM):
        return Reason.UNKNOWN_ALGORITHM
    completed = _time(sign.queryCompleteTime)
    if completed is None:
        return Reason.KEY_NOT_VALID_THEN
    known = keys.of(sign.publicKeyFingerprint, sign.region, completed)
    if not known:
        return Reason.NO_KEY
    of_region = [key for key in known if key.region in (None, sign.region)]
    if not of_region:
        return Reason.OTHER_REGIONS_KEY
    valid = [key for key in of_region if key.start <= completed <= key.end]
    if not valid:
        return Reason.KEY_NOT_VALID_THEN
    hashes = " ".join(result.fileHashValue for result in sign.files).encode(errors="replace")
    given = signature_bytes(sign.hashSignature.lower())
    return None if given and any(_fits(key, given, hashes) for key in valid) else Reason.BAD_SIGNATURE


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _fits(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _checked(
    kind: Kind,
    integrity: Integrity,
    reason: Reason | None,
    detail: str | None,
    found: Measured | None,
    sign: _SignFile | None,
) -> Checked:
    return Checked(
        kind,
        integrity,
        reason,
        detail,
        found.source if found else None,
        found.stored_sha256 if found else None,
        None,
        None,
        sign.region if sign else None,
        None,
    )
