"""Signatures of digests as saved beside them: S3 keeps them in the object's metadata, which a copy loses.

Of an object of a bucket, the metadata itself is there. Beside a file, reads `<digest>.metadata.json`,
`.head.json`, `.headers`, `.signature`, and extended attributes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trailtrace.sources import SIDE_SUFFIXES, SourceObject

MAX_SIDE_BYTES = 64 * 1024

_HEX = re.compile(r"(?:[0-9a-f]{2}){1,1024}")
_HEADER = "x-amz-meta-"
_PREFIXES = ("", "user.", "user." + _HEADER, _HEADER)


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept of a digest's metadata."""

    signature: str | None
    """As it stands there; it may be no hexadecimal number."""
    algorithm: str | None
    generated: str | None
    """`backfill-generation-timestamp`."""


NOTHING = Saved(None, None, None)


def saved_of(item: SourceObject) -> Saved:
    """What is known of a digest that was read."""
    return saved_beside(item.uri) if item.version is None else _saved(item.version.metadata or {})


def saved_beside(path: str) -> Saved:
    """What lies beside the digest at `path`; the first form that holds a signature counts."""
    for members in _forms(path):
        found = _saved(members)
        if found.signature is not None:
            return found
    return NOTHING


def signature_bytes(text: str) -> bytes | None:
    """The signature, or None if the text is none: cut off, or no hexadecimal number."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _forms(path: str) -> Iterator[Mapping[str, str]]:
    for suffix in SIDE_SUFFIXES:
        content = _read(Path(path + suffix))
        if content is None:
            continue
        if suffix.endswith(".json"):
            yield from _of_json(content)
        elif suffix == ".headers":
            yield _of_headers(content)
        else:
            yield {"signature": content.decode("ascii", "replace").strip()}
    yield _of_attributes(path)


def _read(path: Path) -> bytes | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_SIDE_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _of_json(content: bytes) -> Iterator[Mapping[str, str]]:
    """The object itself, and its member that holds the metadata: `Metadata` in what the AWS CLI prints."""
    try:
        value = msgspec.json.decode(content, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return
    yield _texts(value)
    for name, member in value.items():
        if name.lower() in ("metadata", "usermetadata", "user_metadata") and isinstance(member, dict):
            yield _texts(member)


def _texts(members: Mapping[str, object]) -> dict[str, str]:
    return {name: text for name, text in members.items() if isinstance(text, str)}


def _of_headers(content: bytes) -> dict[str, str]:
    """Response headers, as `curl --dump-header` writes them."""
    lines = content.decode("latin-1").splitlines()
    return {
        name.strip(): text.strip() for name, mark, text in (line.partition(":") for line in lines) if mark
    }


def _of_attributes(path: str) -> dict[str, str]:
    """Extended attributes, as `rclone --metadata` writes them."""
    if sys.platform != "linux":
        return {}
    found: dict[str, str] = {}
    try:
        for name in os.listxattr(path):
            if name.startswith("user."):
                found[name] = os.getxattr(path, name).decode("ascii", "replace")
    except OSError:
        return found
    return found


def _saved(members: Mapping[str, str]) -> Saved:
    known = {name.lower(): text for name, text in members.items()}

    def member(name: str) -> str | None:
        return next((known[prefix + name] for prefix in _PREFIXES if prefix + name in known), None)

    signature = member("signature")
    return Saved(
        signature,
        member("signature-algorithm"),
        member("backfill-generation-timestamp"),
    )
