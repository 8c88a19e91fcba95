"""Verify many log files.

Run as: python benchmarks/verify.py DIR [--files 100000] [--kilobytes 100] [--runs 1]

Makes log files of one day for twenty accounts and four Regions, with signed digests, in DIR, which must
not be there or be left from such a run, and verifies them with a key of its own.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from isal import isal_zlib
from measure import run, size_mb

START = datetime(2026, 5, 1)
HOUR = timedelta(hours=1)
HOURS = 24
REGIONS = ("eu-west-1", "us-east-1", "us-west-2", "ap-south-1")
CHAINS = [
    (f"{account:012d}", region) for account in range(100_000_000_001, 100_000_000_021) for region in REGIONS
]
TRAIL = "organisation"
BUCKET = "logs"
FINGERPRINT = "00" * 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kilobytes", type=int, default=100, help="of JSON in a log file")
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    logs, keys = asked.folder / "logs", asked.folder / "keys.json"
    if not keys.exists():
        make(logs, keys, asked.files, asked.kilobytes * 1000)
    print(f"load average before: {os.getloadavg()[0]:.1f}; {size_mb(logs):,.0f} MB")
    for _ in range(asked.runs):
        cost = run([sys.executable, "-m", "trailtrace", "verify", str(logs), "--keys", str(keys)])
        print(cost.failure or "\n".join(cost.output.splitlines()[:2]))
        print(f"{cost.wall:.1f} s, {cost.cpu:.1f} s of CPU, {cost.peak_mb:.0f} MB")


def make(logs: Path, keys: Path, files: int, size: int) -> None:
    """Writes the day, and the key file last: it tells that all is there."""
    key = generate_private_key(65537, 2048)
    each = -(-files // (len(CHAINS) * HOURS))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda chain: write_chain(logs, key, chain[0], chain[1], each, size), CHAINS))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    listed = {
        "Value": base64.b64encode(public).decode(),
        "ValidityStartTime": "2026-01-01T00:00:00+00:00",
        "ValidityEndTime": "2027-01-01T00:00:00+00:00",
        "Fingerprint": FINGERPRINT,
    }
    keys.write_text(json.dumps({"PublicKeyList": [listed]}))


def write_chain(logs: Path, key: RSAPrivateKey, account: str, region: str, each: int, size: int) -> None:
    """The log files and digests of one account and Region."""
    chooser = random.Random(f"{account}{region}")
    template = b",".join(events(chooser, account, region, size))
    before: dict[str, Any] = dict.fromkeys(
        (
            "previousDigestS3Bucket",
            "previousDigestS3Object",
            "previousDigestHashValue",
            "previousDigestHashAlgorithm",
            "previousDigestSignature",
        )
    )
    for hour in range(HOURS):
        start, end = START + hour * HOUR, START + (hour + 1) * HOUR
        named = []
        for number in range(each):
            moment = start + number * HOUR / each
            unique = f"{chooser.getrandbits(64):016x}"
            name = f"{account}_CloudTrail_{region}_{moment:%Y%m%dT%H%MZ}_{unique}.json.gz"
            content = b'{"Records":[' + template + b'],"unique":"' + unique.encode() + b'"}'
            path = f"AWSLogs/{account}/CloudTrail/{region}/{moment:%Y/%m/%d}/{name}"
            put(logs / path, content)
            named.append(
                {
                    "s3Bucket": BUCKET,
                    "s3Object": path,
                    "hashValue": hashlib.sha256(content).hexdigest(),
                    "hashAlgorithm": "SHA-256",
                }
            )
        name = f"{account}_CloudTrail-Digest_{region}_{TRAIL}_{region}_{end:%Y%m%dT%H%M%SZ}.json.gz"
        digest = {
            "awsAccountId": account,
            "digestStartTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "digestS3Bucket": BUCKET,
            "digestS3Object": f"AWSLogs/{account}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{name}",
            "digestPublicKeyFingerprint": FINGERPRINT,
            "digestSignatureAlgorithm": "SHA256withRSA",
            **before,
            "logFiles": named,
        }
        before = write_digest(logs, key, digest)


def write_digest(logs: Path, key: RSAPrivateKey, digest: dict[str, Any]) -> dict[str, Any]:
    """Writes and signs a digest; returns what the next one says of it."""
    content = json.dumps(digest).encode()
    hashed = hashlib.sha256(content).hexdigest()
    text = (
        f"{digest['digestEndTime']}\n{BUCKET}/{digest['digestS3Object']}\n{hashed}\n"
        f"{digest['previousDigestSignature'] or 'null'}"
    )
    signature = key.sign(text.encode(), PKCS1v15(), SHA256()).hex()
    path = logs / digest["digestS3Object"]
    put(path, content)
    Path(f"{path}.metadata.json").write_text(json.dumps({"Metadata": {"signature": signature}}))
    return {
        "previousDigestS3Bucket": BUCKET,
        "previousDigestS3Object": digest["digestS3Object"],
        "previousDigestHashValue": hashed,
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": signature,
    }


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    packer = isal_zlib.compressobj(1, wbits=31)
    path.write_bytes(packer.compress(content) + packer.flush())


def events(chooser: random.Random, account: str, region: str, size: int) -> Iterator[bytes]:
    """Records that compress about as real ones do: ids differ, all else repeats."""
    written = 0
    while written < size:
        record = {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": f"AROAEXAMPLEEXAMPLE12:{chooser.getrandbits(20)}",
                "arn": f"arn:aws:sts::{account}:assumed-role/Application/{chooser.getrandbits(20)}",
                "accountId": account,
                "accessKeyId": f"ASIA{chooser.getrandbits(64):016X}",
            },
            "eventTime": "2026-05-01T00:00:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "GetObject",
            "awsRegion": region,
            "sourceIPAddress": f"10.0.{chooser.getrandbits(8)}.{chooser.getrandbits(8)}",
            "userAgent": "aws-sdk-java/2.25.11 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.10",
            "requestParameters": {"bucketName": "data", "key": f"{chooser.getrandbits(128):032x}"},
            "requestID": f"{chooser.getrandbits(64):016X}",
            "eventID": f"{chooser.getrandbits(128):032x}",
            "recipientAccountId": account,
        }
        text = json.dumps(record, separators=(",", ":")).encode()
        written += len(text) + 1
        yield text


if __name__ == "__main__":
    main()
