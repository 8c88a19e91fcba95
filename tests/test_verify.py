"""Log file integrity: every kind of tampering is found, and its nearest lawful thing is not."""

import base64
import gzip
import hashlib
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PublicFormat
from signed_logs import (
    ACCOUNT,
    HOUR,
    REGION,
    START,
    Stored,
    Trail,
    fingerprint,
    listed_keys,
    private_key,
    put,
    put_keys,
    signature,
    signed,
    zipped,
)

import trailtrace
from trailtrace.errors import TrailtraceError
from trailtrace.integrity.keys import KeyFiles, read_keys
from trailtrace.integrity.lake import check_results
from trailtrace.integrity.measuring import MAX_DIGEST_BYTES, Measured, measure
from trailtrace.sources import SourceObject
from trailtrace.verification import Integrity, Kind, Reason, SpanState, Verification

Trouble = set[tuple[str, str, str]]


def verified(folder: Path, keys: Path, **options: Any) -> Verification:
    return trailtrace.verify([str(folder)], [keys], **options)


def trouble(found: Verification) -> Trouble:
    """Name, integrity and reason of all that is not simply verified."""
    return {
        ((each.source or each.s3_object or "").rpartition("/")[2], each.integrity.value, each.reason.value)
        for each in found.files
        if each.reason is not None
    }


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return put_keys(tmp_path / "keys")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def rewrite(stored: Stored, folder: Path, content: bytes) -> None:
    stored.path(folder).write_bytes(zipped(content))


def forged(digest: Stored, key: str, **changes: object) -> Stored:
    """A digest with other content, signed anew."""
    content = json.loads(digest.content) | changes
    data = json.dumps(content).encode()
    return Stored(
        digest.key,
        data,
        {"signature": signature(content, data, key), "signature-algorithm": "SHA256withRSA"},
    )


def side_file(digest: Stored, folder: Path) -> Path:
    return Path(f"{digest.path(folder)}.metadata.json")


# What CloudTrail wrote


def test_everything_as_cloudtrail_wrote_it_is_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(5, logs=2)
    found = verified(trail.write(folder), keys)
    assert trouble(found) == set()
    assert found.counts(Kind.LOG) == {"verified": 10, "unverified": 0, "failed": 0}
    assert found.counts(Kind.DIGEST) == {"verified": 5, "unverified": 0, "failed": 0}
    [chain] = found.chains
    assert chain.begins
    assert [(span.start, span.end, span.state) for span in chain.spans] == [
        (START, START + 5 * HOUR, SpanState.VERIFIED)
    ]


def test_an_hour_without_log_files_is_verified_too(folder: Path, keys: Path) -> None:
    trail = Trail().hours(1).hours(2, logs=0).hours(1)
    assert trouble(verified(trail.write(folder), keys)) == set()


def test_two_trails_and_two_regions_in_one_folder_are_chains_of_their_own(
    tmp_path: Path, folder: Path
) -> None:
    keys = tmp_path / "keys"
    put_keys(keys, listed_keys(REGION), "eu-west-1.json")
    put_keys(keys, listed_keys("us-east-1"), "public-keys-us-east-1.json")
    for name in ("main", "my_audit_us-east-1_trail"):
        Trail(name=name).hours(3).write(folder)
    Trail(region="us-east-1", signed_with="us-east-1").hours(3).write(folder)
    found = verified(folder, keys)
    assert trouble(found) == set()
    assert [(chain.region, chain.trail, chain.digests) for chain in found.chains] == [
        ("eu-west-1", "main", 3),
        ("eu-west-1", "my_audit_us-east-1_trail", 3),
        ("us-east-1", "main", 3),
    ]


def test_an_organisation_trail_has_a_chain_for_each_account(folder: Path, keys: Path) -> None:
    for account in (ACCOUNT, "444455556666"):
        trail = Trail(account_id=account, prefix="audit/", organization="o-exampleorgid").hours(3)
        assert trail.digests[0].key.startswith(f"audit/AWSLogs/o-exampleorgid/{account}/CloudTrail-Digest/")
        trail.write(folder)
    found = verified(folder, keys)
    assert trouble(found) == set()
    assert [chain.account_id for chain in found.chains] == [ACCOUNT, "444455556666"]


def test_folders_do_not_matter_and_files_may_be_decompressed(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    folder.mkdir()
    for each in (*trail.logs, *trail.digests):
        (folder / each.name.removesuffix(".gz")).write_bytes(each.content)
        if each.metadata:
            (folder / f"{each.name.removesuffix('.gz')}.metadata.json").write_text(json.dumps(each.metadata))
    assert trouble(verified(folder, keys)) == set()


def test_what_is_verified_does_not_depend_on_the_order_of_files(folder: Path, keys: Path) -> None:
    trail = Trail().hours(4)
    trail.write(folder)
    trail.digests[1].path(folder).unlink()
    rewrite(trail.logs[3], folder, b"other")
    paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    forwards = trailtrace.verify(paths, [keys])
    assert trailtrace.verify(paths[::-1], [keys], jobs=1) == forwards


# Log files


def test_a_changed_log_file_fails_and_one_compressed_anew_does_not(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    rewrite(trail.logs[1], folder, trail.logs[1].content.replace(b"Records", b"records"))
    trail.logs[2].path(folder).write_bytes(gzip.compress(trail.logs[2].content, 9))
    assert trouble(verified(folder, keys)) == {(trail.logs[1].name, "failed", "changed")}


def test_a_log_file_in_anothers_place_leaves_its_own_missing(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    rewrite(trail.logs[1], folder, trail.logs[2].content)
    found = verified(folder, keys)
    assert trouble(found) == {
        (trail.logs[1].name, "verified", "renamed"),
        (trail.logs[1].name, "failed", "missing"),
    }
    # Its bytes are CloudTrail's, wherever they lie.
    assert set(found.by_sha256().values()) == {Integrity.VERIFIED}


def test_two_log_files_that_changed_places_are_both_missing(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    one, other = trail.logs[0], trail.logs[2]
    rewrite(one, folder, other.content)
    rewrite(other, folder, one.content)
    assert trouble(verified(folder, keys)) == {
        (each.name, *said)
        for each in (one, other)
        for said in (("verified", "renamed"), ("failed", "missing"))
    }


def test_a_deleted_log_file_is_missing_unless_no_digest_names_it(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    put(folder, trail.log()).unlink()
    trail.logs[1].path(folder).unlink()
    assert trouble(verified(folder, keys)) == {(trail.logs[1].name, "failed", "missing")}


def test_a_log_file_that_no_digest_names_is_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.now = START + HOUR
    extra = trail.log(b'{"Records":[{"eventName":"AssumeRole"}]}')
    trail.now = START + 3 * HOUR
    later = trail.log()
    trail.write(folder)
    put(folder, extra)
    put(folder, later)
    assert trouble(verified(folder, keys)) == {
        (extra.name, "unverified", "not_named"),
        (later.name, "unverified", "no_digest"),
    }


def test_a_log_file_named_in_the_last_hour_may_be_in_the_next_digest(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.now = START + 2 * HOUR
    extra = trail.log(minute=59)
    trail.write(folder)
    put(folder, extra)
    assert trouble(verified(folder, keys)) == {(extra.name, "unverified", "no_digest")}


def test_a_renamed_log_file_is_known_by_its_content(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.write(folder)
    trail.logs[1].path(folder).rename(folder / "evidence-7.json.gz")
    found = verified(folder, keys)
    assert trouble(found) == {
        ("evidence-7.json.gz", "verified", "renamed"),
        (trail.logs[1].name, "failed", "missing"),
    }
    [missing] = found.failed
    assert missing.detail == f"its content is in {folder}/evidence-7.json.gz"


@pytest.mark.parametrize(
    "added", [b"\0", zipped(b'{"Records":[]}'), b"x" * 100], ids=["zero", "second member", "text"]
)
def test_bytes_behind_the_gzip_stream_fail(folder: Path, keys: Path, added: bytes) -> None:
    trail = Trail().hours(2)
    trail.write(folder)
    path = trail.logs[0].path(folder)
    path.write_bytes(path.read_bytes() + added)
    assert trouble(verified(folder, keys)) == {(trail.logs[0].name, "failed", "trailing_bytes")}


def test_a_log_file_cut_short_fails(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.write(folder)
    path = trail.logs[0].path(folder)
    path.write_bytes(path.read_bytes()[:-9])
    assert trouble(verified(folder, keys)) == {(trail.logs[0].name, "failed", "damaged")}


def test_another_hash_algorithm_is_not_guessed_at(folder: Path, keys: Path) -> None:
    trail = Trail()
    log = trail.log()
    named = {
        "s3Bucket": "logs",
        "s3Object": log.key,
        "hashValue": "ab" * 64,
        "hashAlgorithm": "SHA-512",
    }
    trail.hour([log], logFiles=[named])
    trail.write(folder)
    assert trouble(verified(folder, keys)) == {(log.name, "unverified", "unknown_algorithm")}


def test_a_file_that_cannot_be_read_is_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.write(folder)
    path = trail.logs[0].path(folder)
    path.unlink()
    os.mkfifo(path)
    assert trouble(verified(folder, keys)) == {(trail.logs[0].name, "unverified", "unreadable")}


# Digests


def test_a_changed_digest_fails_by_the_hash_in_the_next_one(folder: Path, keys: Path) -> None:
    trail = Trail().hours(4)
    trail.write(folder)
    rewrite(trail.digests[1], folder, forged(trail.digests[1], REGION, logFiles=[]).content)
    found = verified(folder, keys)
    assert trouble(found) == {
        (trail.digests[1].name, "failed", "changed"),
        (trail.logs[1].name, "unverified", "no_digest"),
    }
    assert [span.state for span in found.chains[0].spans] == ["verified", "failed", "verified"]


def test_the_log_files_of_a_changed_digest_are_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    rewrite(trail.digests[1], folder, trail.digests[1].content + b" ")
    assert trouble(verified(folder, keys)) == {
        (trail.digests[1].name, "failed", "changed"),
        (trail.logs[1].name, "unverified", "digest_not_verified"),
    }


def test_the_newest_digest_fails_by_its_signature(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    rewrite(trail.digests[2], folder, trail.digests[2].content + b" ")
    assert trouble(verified(folder, keys)) == {
        (trail.digests[2].name, "failed", "bad_signature"),
        (trail.logs[2].name, "unverified", "digest_not_verified"),
    }


def test_a_digest_signed_by_another_key_fails(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    put(folder, forged(trail.digests[2], "forger"))
    assert ("failed", "bad_signature") in {said[1:] for said in trouble(verified(folder, keys))}
    put(folder, forged(trail.digests[2], REGION))
    assert trouble(verified(folder, keys)) == set()


def test_a_digest_with_another_keys_fingerprint_is_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail(signed_with="forger").hours(2)
    found = verified(trail.write(folder), keys)
    assert {(each.integrity, each.reason) for each in found.files if each.kind is Kind.DIGEST} == {
        ("unverified", "no_key")
    }
    assert found.counts(Kind.LOG)[Integrity.VERIFIED] == 0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_digests_removed_from_the_middle_are_missing(folder: Path, keys: Path, count: int) -> None:
    trail = Trail().hours(6)
    trail.write(folder)
    for digest in trail.digests[1 : 1 + count]:
        digest.path(folder).unlink()
    found = verified(folder, keys)
    last = trail.digests[count]
    assert {said for said in trouble(found) if said[1] == "failed"} == {(last.name, "failed", "missing")}
    [missing] = found.failed
    assert missing.detail is not None
    assert missing.detail.endswith(
        f"missing: {START + HOUR:%Y-%m-%d %H:%M:%SZ} to {START + HOUR * (1 + count):%Y-%m-%d %H:%M:%SZ}"
    )
    assert ("some" in missing.detail) == (count > 1)
    assert [(span.state, (span.end - span.start) / HOUR) for span in found.chains[0].spans] == [
        ("verified", 1),
        ("missing", count),
        ("verified", 5 - count),
    ]


def test_a_folder_that_begins_within_a_chain_is_only_asked_for_more_with_since(
    folder: Path, keys: Path
) -> None:
    trail = Trail().hours(4)
    trail.write(folder)
    trail.digests[0].path(folder).unlink()
    found = verified(folder, keys)
    assert trouble(found) == {(trail.logs[0].name, "unverified", "no_digest")}
    assert not found.chains[0].begins
    assert (trail.digests[0].name, "failed", "missing") in trouble(verified(folder, keys, since=START))
    assert not verified(folder, keys, since=START + HOUR).failed


def test_the_first_digest_of_a_chain_needs_none_before_it(folder: Path, keys: Path) -> None:
    found = verified(Trail().hours(2).write(folder), keys, since=START - timedelta(days=9))
    assert trouble(found) == set()


def test_digests_removed_at_the_end_are_missed_with_until(folder: Path, keys: Path) -> None:
    trail = Trail().hours(4)
    trail.write(folder)
    trail.digests[3].path(folder).unlink()
    late = {(trail.logs[3].name, "unverified", "no_digest")}
    assert trouble(verified(folder, keys)) == late
    assert trouble(verified(folder, keys, until=START + HOUR * 3.5)) == late
    assert trouble(verified(folder, keys, until=START + HOUR * 4)) == {
        *late,
        (trail.digests[2].name, "failed", "ends_early"),
    }


def test_logging_that_was_off_is_told_and_does_not_fail(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.off(5)
    found = verified(trail.hours(1).write(folder), keys)
    assert trouble(found) == set()
    assert [span.state for span in found.chains[0].spans] == ["verified", "not_logging", "verified"]


def test_a_renamed_digest_fails_and_so_does_one_in_anothers_place(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    # Yesterday's digest again, under the name of another hour.
    trail.digests[1].path(folder).write_bytes(trail.digests[0].path(folder).read_bytes())
    assert trouble(verified(folder, keys)) == {
        (trail.digests[1].name, "failed", "renamed"),
        (trail.digests[1].name, "failed", "missing"),
        (trail.logs[1].name, "unverified", "no_digest"),
    }


def test_a_digest_that_is_there_twice_is_verified_twice(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    put(folder / "again", trail.digests[1])
    found = verified(folder, keys)
    assert trouble(found) == set()
    assert found.counts(Kind.DIGEST)[Integrity.VERIFIED] == 4


def test_a_digest_of_another_bucket_fails_only_where_the_bucket_is_known(folder: Path, keys: Path) -> None:
    Trail(bucket="elsewhere").hours(1, logs=0).write(folder)
    assert trouble(verified(folder, keys)) == set()
    assert trouble(verified(folder, keys, buckets=["logs", "elsewhere"])) == set()
    assert {said[1:] for said in trouble(verified(folder, keys, buckets=["logs"]))} == {
        ("failed", "other_bucket")
    }


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[" * 100_000, b'{"digestS3Object":"\xff"}', b"null"],
    ids=["empty", "object", "deep", "no text", "null"],
)
def test_a_file_named_as_a_digest_that_is_none_fails(folder: Path, keys: Path, content: bytes) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    rewrite(trail.digests[1], folder, content)
    assert trouble(verified(folder, keys)) == {
        (trail.digests[1].name, "failed", "not_a_digest"),
        (trail.logs[1].name, "unverified", "no_digest"),
    }


def test_bytes_behind_a_digest_fail_it(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.write(folder)
    path = trail.digests[0].path(folder)
    path.write_bytes(path.read_bytes() + zipped(b"{}"))
    assert (trail.digests[0].name, "failed", "trailing_bytes") in trouble(verified(folder, keys))


# Signatures


def test_without_saved_signatures_only_the_newest_digest_is_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(4)
    trail.write(folder, metadata=False)
    assert trouble(verified(folder, keys)) == {
        (trail.digests[3].name, "unverified", "no_signature"),
        (trail.logs[3].name, "unverified", "digest_not_verified"),
    }


@pytest.mark.parametrize("length", [511, 510, 0])
def test_a_truncated_signature_fails_unless_a_later_digest_states_it(
    folder: Path, keys: Path, length: int
) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    for digest in trail.digests[1:]:
        assert digest.metadata is not None
        cut = digest.metadata | {"signature": digest.metadata["signature"][:length]}
        side_file(digest, folder).write_text(json.dumps({"Metadata": cut}))
    assert trouble(verified(folder, keys)) == {
        (trail.digests[2].name, "failed", "bad_signature"),
        (trail.logs[2].name, "unverified", "digest_not_verified"),
    }


def test_a_forged_later_digest_cannot_make_a_true_one_fail(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    forgery = forged(
        trail.digests[2], "forger", previousDigestHashValue="00" * 32, previousDigestSignature="00" * 256
    )
    put(folder, forgery)
    said = trouble(verified(folder, keys))
    assert (trail.digests[2].name, "failed", "bad_signature") in said
    assert trail.digests[1].name not in {name for name, _, _ in said}


def test_another_signature_algorithm_is_not_verified(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.hour(0, digestSignatureAlgorithm="SHA1withRSA")
    trail.write(folder)
    assert trouble(verified(folder, keys)) == {(trail.digests[2].name, "unverified", "unknown_algorithm")}


HEADERS = (
    "HTTP/1.1 200 OK\r\nx-amz-meta-signature-algorithm: SHA256withRSA\r\nX-Amz-Meta-Signature: {}\r\n\r\n"
)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".metadata.json", '{{"Metadata": {{"signature": "{}"}}}}'),
        (".metadata.json", '{{"signature": "{}", "signature-algorithm": "SHA256withRSA"}}'),
        (".head.json", '{{"metadata": {{"X-Amz-Meta-Signature": "{}"}}}}'),
        (".headers", HEADERS),
        (".signature", "{}\n"),
    ],
)
def test_a_signature_is_found_in_what_common_tools_save(
    folder: Path, keys: Path, suffix: str, text: str
) -> None:
    trail = Trail().hours(2)
    trail.write(folder, metadata=False)
    newest = trail.digests[-1]
    assert newest.metadata is not None
    Path(f"{newest.path(folder)}{suffix}").write_text(text.format(newest.metadata["signature"].upper()))
    assert trouble(verified(folder, keys)) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes are read on Linux")
def test_a_signature_is_found_in_extended_attributes(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.write(folder, metadata=False)
    newest = trail.digests[-1]
    assert newest.metadata is not None
    try:
        os.setxattr(newest.path(folder), "user.signature", newest.metadata["signature"].encode())
    except OSError:
        pytest.skip("this file system has no extended attributes")
    assert trouble(verified(folder, keys)) == set()


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, '{"Metadata": 7}', "\x00", "null", '{"signature": 1}'],
    ids=["deep", "number", "zero", "null", "no text"],
)
def test_a_side_file_that_holds_nothing_is_none(folder: Path, keys: Path, text: str) -> None:
    trail = Trail().hours(1, logs=0)
    trail.write(folder)
    side_file(trail.digests[0], folder).write_text(text)
    assert trouble(verified(folder, keys)) == {(trail.digests[0].name, "unverified", "no_signature")}


# Keys

SAMPLE_FINGERPRINTS = [
    "8eba5db5bea9b640d1c96a77256fe7f2",
    "8933b39ddc64d26d8e14ffbf6566fee4",
    "31e8b5433410dfb61a9dc45cc65b22ff",
]


@pytest.mark.parametrize(
    "form",
    [{"public": PublicFormat.SubjectPublicKeyInfo}, {"seconds": True}, {}],
    ids=["spki", "seconds", "iso"],
)
def test_keys_are_read_as_every_aws_cli_prints_them(
    tmp_path: Path, folder: Path, form: dict[str, Any]
) -> None:
    keys = put_keys(tmp_path / "keys", listed_keys(REGION, **form))
    assert trouble(verified(Trail().hours(2).write(folder), keys)) == set()


def test_the_keys_of_aws_own_page_are_read() -> None:
    """The sample response of AWS's page on custom implementations: both DER forms, times as texts.

    A fingerprint is the MD5 of the key's bytes as given, which tells that these were not mistyped.
    """
    path = Path(__file__).parent / "keys" / "aws_sample.json"
    for each in json.loads(path.read_text())["publicKeyList"]:
        content = base64.b64decode(each["Value"])
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == each["Fingerprint"]
    keys = read_keys([path])
    found = [key for name in SAMPLE_FINGERPRINTS for key in keys.of(name.upper(), "us-east-1", START)]
    assert [key.fingerprint for key in found] == SAMPLE_FINGERPRINTS
    assert {key.key.key_size for key in found} == {2048}
    assert found[0].start == datetime(2015, 7, 8, 1, 4, 1)


def test_a_key_of_another_region_does_not_count(tmp_path: Path, folder: Path) -> None:
    Trail().hours(1, logs=0).write(folder)
    keys = put_keys(tmp_path / "keys", name="keys-us-east-1.json")
    assert {said[1:] for said in trouble(verified(folder, keys))} == {("failed", "other_regions_key")}
    keys = put_keys(tmp_path / "keys", name="keys-eu-west-1.json")
    assert trouble(verified(folder, keys)) == set()


@pytest.mark.parametrize(
    ("start", "end", "valid"),
    [
        (-9 * HOUR, 1 * HOUR, True),
        (-9 * HOUR, 1 * HOUR - timedelta(seconds=1), False),
        (3 * HOUR, 9 * HOUR, True),
        (3 * HOUR + timedelta(seconds=1), 9 * HOUR, False),
    ],
)
def test_a_key_must_have_been_in_use_when_the_digest_was_signed(
    tmp_path: Path, folder: Path, start: timedelta, end: timedelta, valid: bool
) -> None:
    Trail().hours(1, logs=0).write(folder)
    keys = put_keys(tmp_path / "keys", listed_keys(REGION, start=START + start, end=START + end))
    said = {said[1:] for said in trouble(verified(folder, keys))}
    assert said == (set() if valid else {("failed", "key_not_valid_then")})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"PublicKeyList": 1}',
        '{"PublicKeyList": [{"Value": "eA==", "Fingerprint": "a",'
        ' "ValidityStartTime": 0, "ValidityEndTime": 1}]}',
        "[" * 50_000,
    ],
    ids=["empty", "list", "object", "number", "no key", "deep"],
)
def test_a_file_without_keys_is_refused_by_name(tmp_path: Path, folder: Path, text: str) -> None:
    Trail().hours(1).write(folder)
    keys = tmp_path / "keys.json"
    keys.write_text(text)
    with pytest.raises(TrailtraceError, match=r"keys\.json: no list of CloudTrail's public keys"):
        verified(folder, keys)


# Backfill


def test_backfill_digests_are_a_chain_of_their_own(folder: Path, keys: Path) -> None:
    trail = Trail()
    for _ in range(3):
        trail.hour()
        late = trail.log()
        trail.now -= HOUR
        late = trail.log(minute=50)
        trail.now += HOUR
        trail.backfill([late])
    found = verified(trail.write(folder), keys)
    assert trouble(found) == set()
    assert [(chain.backfill, chain.digests) for chain in found.chains] == [(False, 3), (True, 3)]


def test_a_backfill_digest_removed_from_its_chain_is_missing(folder: Path, keys: Path) -> None:
    trail = Trail()
    for _ in range(3):
        trail.hour(0)
        trail.backfill([])
    trail.write(folder)
    trail.backfills[1].path(folder).unlink()
    assert trouble(verified(folder, keys)) == {(trail.backfills[1].name, "failed", "missing")}


def test_a_backfill_digest_is_signed_with_a_later_key(tmp_path: Path, folder: Path) -> None:
    trail = Trail()
    trail.hour(0)
    trail.backfill([], late=48)
    trail.write(folder)
    key = listed_keys(REGION, start=START + 40 * HOUR)
    said = trouble(verified(folder, put_keys(tmp_path / "keys", key)))
    assert said == {(trail.digests[0].name, "failed", "key_not_valid_then")}
    key = listed_keys(REGION, end=START + 40 * HOUR)
    said = trouble(verified(folder, put_keys(tmp_path / "keys", key)))
    assert said == {(trail.backfills[0].name, "failed", "key_not_valid_then")}


# Hostile digests


def test_a_path_in_a_digest_leads_nowhere(tmp_path: Path, folder: Path, keys: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    trail = Trail()
    named = [
        {"s3Bucket": "..", "s3Object": key, "hashValue": "00" * 32, "hashAlgorithm": "SHA-256"}
        for key in ("../../secret.json", str(secret), "..", "", "/", "a\x00b", "\u202egnp.exe")
    ]
    trail.hour([], logFiles=named)
    found = verified(trail.write(folder), keys)
    assert {each.source for each in found.files} == {str(trail.digests[0].path(folder)), None}
    assert {each.reason for each in found.failed} == {"missing"}


@pytest.mark.parametrize(
    "changes",
    [
        {"digestEndTime": "9999-12-31T23:59:59Z"},
        {"digestEndTime": "2026-05-01T00:00:00+09:00"},
        {"digestStartTime": "2027-05-01T00:00:00Z"},
        {"digestStartTime": 7},
        {"logFiles": {}},
        {"logFiles": [{}]},
        {"previousDigestSignature": []},
        {"digestS3Object": "../../x.json.gz"},
    ],
    ids=lambda changes: "-".join(f"{name} {value}" for name, value in changes.items()),
)
def test_a_digest_that_says_nonsense_is_none(folder: Path, keys: Path, changes: dict[str, Any]) -> None:
    trail = Trail().hours(1, logs=0)
    trail.write(folder)
    rewrite(trail.digests[0], folder, json.dumps(json.loads(trail.digests[0].content) | changes).encode())
    assert trouble(verified(folder, keys)) == {(trail.digests[0].name, "failed", "not_a_digest")}


def test_a_forged_digest_does_not_stretch_over_the_time_of_others(folder: Path, keys: Path) -> None:
    trail = Trail().hours(3)
    trail.write(folder)
    name = trail.digests[0].name.replace("20260501T010000Z", "20260701T010000Z")
    content = json.loads(trail.digests[0].content) | {
        "digestStartTime": "2014-01-01T00:00:00Z",
        "digestEndTime": "2090-01-01T00:00:00Z",
        "digestS3Object": f"x/{name}",
    }
    put(folder, signed(content, "forger"))
    found = verified(folder, keys, until=START + 9 * HOUR)
    assert SpanState.VERIFIED in {
        span.state for span in found.chains[0].spans if span.start == START and span.end == START + 3 * HOUR
    }
    assert (trail.digests[2].name, "failed", "ends_early") in trouble(found)


def test_a_saved_time_without_end_is_no_time_of_a_signature(folder: Path, keys: Path) -> None:
    trail = Trail()
    trail.hour(0)
    trail.backfill([])
    trail.write(folder)
    late = trail.backfills[0]
    assert late.metadata is not None
    never = late.metadata | {"backfill-generation-timestamp": "9999-12-31T23:59:59Z"}
    side_file(late, folder).write_text(json.dumps({"Metadata": never}))
    assert trouble(verified(folder, keys)) == {(late.name, "failed", "key_not_valid_then")}


def test_a_bomb_named_as_a_digest_is_not_kept(folder: Path, keys: Path) -> None:
    trail = Trail().hours(1, logs=0)
    trail.write(folder)
    path = trail.digests[0].path(folder)
    path.write_bytes(gzip.compress(b'{"digestS3Object":"' + b"0" * (MAX_DIGEST_BYTES + 1), 1))
    source = SourceObject(str(path), path.stat().st_size, path.read_bytes)
    [found] = measure([source], 1, lambda _done, _total: None)
    assert found.digest is None
    assert trouble(verified(folder, keys)) == {(trail.digests[0].name, "failed", "not_a_digest")}


def test_a_bomb_is_not_unpacked_to_its_end(folder: Path, keys: Path) -> None:
    trail = Trail().hours(1)
    trail.write(folder)
    trail.logs[0].path(folder).write_bytes(gzip.compress(b"0" * 200_000_000, 9))
    assert trouble(verified(folder, keys)) == {(trail.logs[0].name, "failed", "damaged")}


# Places, gaps beside what cannot be read, results of CloudTrail Lake


def test_trails_of_one_name_in_two_buckets_are_chains_of_their_own(folder: Path, keys: Path) -> None:
    first, second = Trail().hours(3), Trail(bucket="others", prefix="audit/").hours(3)
    first.write(folder / "first")
    second.write(folder / "second")
    found = verified(folder, keys)
    assert trouble(found) == set()
    assert [(chain.trail, chain.digests) for chain in found.chains] == [("main", 3), ("main", 3)]
    # What is missing here is not there because it is in the other bucket.
    second.digests[1].path(folder / "second").unlink()
    found = verified(folder, keys)
    assert {said for said in trouble(found) if said[1] == "failed"} == {
        (second.digests[1].name, "failed", "missing")
    }
    assert [len(chain.spans) for chain in found.chains] == [1, 3]


def test_a_chain_goes_on_in_another_bucket(folder: Path, keys: Path) -> None:
    trail = Trail().hours(2)
    trail.bucket = "new"
    before = trail.digests[-1]
    trail.hours(2)
    moved = [each for each in trail.digests if each is not before]
    # The first digest in the new bucket names the last one in the old bucket.
    content = json.loads(trail.digests[2].content) | {"previousDigestS3Bucket": "logs"}
    trail.digests[2] = signed(content, REGION)
    later = json.loads(trail.digests[3].content) | {
        "previousDigestHashValue": trail.digests[2].sha256,
        "previousDigestSignature": (trail.digests[2].metadata or {})["signature"],
    }
    trail.digests[3] = signed(later, REGION)
    found = verified(trail.write(folder), keys)
    assert trouble(found) == set()
    assert [(chain.digests, len(chain.spans)) for chain in found.chains] == [(4, 1)]
    before.path(folder).unlink()
    assert (before.name, "failed", "missing") in trouble(verified(folder, keys))
    assert len(moved) == 3


def test_an_unsigned_digest_joins_no_chains(folder: Path, keys: Path) -> None:
    """Two trails of one name: what is forged in one place must not hide that the other ends early."""
    first, second = Trail().hours(6), Trail(bucket="others").hours(6)
    first.write(folder / "first")
    second.write(folder / "second")
    for gone in [*first.digests[3:], *first.logs[3:]]:
        gone.path(folder / "first").unlink()
    last, newest = first.digests[2], second.digests[5]
    content = json.loads(newest.content) | {
        "digestStartTime": "2026-05-01T05:00:00Z",
        "digestEndTime": "2026-05-01T05:30:00Z",
        "digestS3Object": newest.key.replace("T060000Z", "T053000Z"),
        "previousDigestS3Bucket": "logs",
        "previousDigestS3Object": last.key,
        "previousDigestHashValue": last.sha256,
        "previousDigestSignature": (last.metadata or {})["signature"],
        "logFiles": [],
    }
    put(folder / "second", Stored(content["digestS3Object"], json.dumps(content).encode(), None))
    found = verified(folder, keys, until=START + 6.5 * HOUR)
    assert (last.name, "failed", "ends_early") in trouble(found)
    assert [chain.digests for chain in found.chains] == [3, 7]


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8bx", b"{}"], ids=["empty", "no gzip", "no digest"])
@pytest.mark.parametrize("removed", [1, 2])
def test_a_digest_that_cannot_be_read_hides_no_gap(
    folder: Path, keys: Path, removed: int, damage: bytes
) -> None:
    trail = Trail().hours(6)
    trail.write(folder)
    trail.digests[3].path(folder).write_bytes(damage)
    found = verified(folder, keys)
    assert {said[2] for said in trouble(found) if said[1] == "failed"} & {"missing"} == set()
    assert [span.state for span in found.chains[0].spans] == ["verified", "unverified", "verified"]
    for digest in trail.digests[3 - removed : 3]:
        digest.path(folder).unlink()
    found = verified(folder, keys)
    assert (trail.digests[2].name, "failed", "missing") in trouble(found)
    assert [(span.state, (span.end - span.start) / HOUR) for span in found.chains[0].spans] == [
        ("verified", 3 - removed),
        ("missing", removed + 1),
        ("verified", 2),
    ]


def lake_results(folder: Path, key: str = REGION, **changes: object) -> list[Path]:
    """What CloudTrail Lake saves: two result files and the file that signs their hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in (1, 2):
        path = folder / f"result_{number}.csv.gz"
        path.write_bytes(zipped(b'eventjson\n"{}"\n' * number))
        files.append(path)
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    sign = {
        "version": "1.0",
        "region": REGION,
        "files": [
            {"fileHashValue": value, "fileName": path.name} for value, path in zip(hashes, files, strict=True)
        ],
        "hashAlgorithm": "SHA-256",
        "signatureAlgorithm": "SHA256withRSA",
        "queryCompleteTime": "2026-05-01T10:00:00Z",
        "hashSignature": private_key(key).sign(" ".join(hashes).encode(), PKCS1v15(), SHA256()).hex(),
        "publicKeyFingerprint": fingerprint(REGION),
    }
    (folder / "result_sign.json").write_text(json.dumps(sign | changes))
    return files


def test_results_that_lake_signed_are_verified(folder: Path, keys: Path) -> None:
    lake_results(folder / "one")
    Trail().hours(2).write(folder)
    found = verified(folder, keys)
    assert trouble(found) == set()
    assert found.counts(Kind.LOG)[Integrity.VERIFIED] == 4
    first, _ = lake_results(folder / "two")
    first.write_bytes(zipped(b"eventjson\n"))
    assert trouble(verified(folder, keys)) == {(first.name, "failed", "changed")}
    (folder / "two" / "result_3.csv.gz").write_bytes(zipped(b"eventjson\n"))
    first.unlink()
    assert {said[1:] for said in trouble(verified(folder, keys))} == {
        ("failed", "missing"),
        ("unverified", "not_named"),
    }


def test_a_signature_of_results_that_cannot_be_read_does_not_fail() -> None:
    sign = Measured("a/result_sign.json", None, None, "unreadable", None)
    [said] = check_results(sign, {}, KeyFiles([]))
    assert (said.integrity, said.reason) == (Integrity.UNVERIFIED, Reason.UNREADABLE)


SIGNED_WRONG: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "by a forger": ({"key": "forger"}, ("failed", "bad_signature")),
    "a file less": ({"files": []}, ("failed", "bad_signature")),
    "no hexadecimal number": ({"hashSignature": "xyz"}, ("failed", "bad_signature")),
    "an unknown key": ({"publicKeyFingerprint": "ab"}, ("unverified", "no_key")),
    "another time": ({"queryCompleteTime": "2020-05-01T10:00:00Z"}, ("failed", "key_not_valid_then")),
    "another algorithm": ({"hashAlgorithm": "MD5"}, ("unverified", "unknown_algorithm")),
    "no sign file": ({"files": "x"}, ("failed", "not_a_digest")),
}


@pytest.mark.parametrize("name", SIGNED_WRONG)
def test_results_whose_signature_does_not_fit_are_not_verified(folder: Path, keys: Path, name: str) -> None:
    changes, said = SIGNED_WRONG[name]
    lake_results(folder, **changes)
    found = verified(folder, keys)
    assert ("result_sign.json", *said) in trouble(found)
    assert found.counts(Kind.LOG)[Integrity.VERIFIED] == 0
    assert found.counts(Kind.LOG)[Integrity.UNVERIFIED] == 2
