"""Gzip with limits: recognised by content, all members, damage told."""

import zlib
from dataclasses import dataclass

from isal import isal_zlib

MAX_BYTES = 2 * 1024**3
"""Most bytes of one source object after decompression that anybody may allow."""

BOMB_FLOOR = 64 * 1024**2
"""Below this many decompressed bytes any ratio is harmless."""

MAX_RATIO = 1000
"""The highest ratio that anybody may allow: deflate packs nothing much further, so more is no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a source object, or what is packed inside one, may unpack."""

    ratio: int = 250
    """CloudTrail compresses 6 to 20 times, repeated records up to about 100 times; more is an attack."""
    object_bytes: int = MAX_BYTES
    """Of one source object, or member of an archive, after decompression."""

    def allowed(self, stored_bytes: int) -> int:
        """To how many bytes so many stored ones may unpack."""
        return min(self.object_bytes, max(BOMB_FLOOR, self.ratio * stored_bytes))

    def exceeded(self, damage: str, unread: str = "") -> str:
        """Which of them was met, for one of `STOPPED`, what was not read for it, and what to do."""
        if damage == "compression_bomb":
            more = "; --max-ratio allows more" if self.ratio < MAX_RATIO else ""
            return f"it unpacks to more than {self.ratio} times its size, as no log does{more}"
        more = ", or allow more with --max-object-size" if self.object_bytes < MAX_BYTES else ""
        return f"it holds more than {self.object_bytes / 1024**2:,.0f} MiB{unread}: split it{more}"


LIMITS = Limits()

STOPPED = ("compression_bomb", "too_large")
"""Reasons of rejects of what a limit stopped, all or some of it: with a higher one it may be read."""


def decompress(stored: bytes, limits: Limits = LIMITS) -> tuple[bytes, str | None]:
    """Gunzips if the bytes are gzip, all members; returns the data and a damage code or None.

    A truncated stream gives what could be read. What goes beyond the limits gives nothing.
    """
    limit = limits.object_bytes
    if stored[:2] != b"\x1f\x8b":
        return (stored, None) if len(stored) <= limit else (b"", "too_large")
    allowed = limits.allowed(len(stored))
    parts: list[bytes] = []
    size = 0
    rest = stored
    while rest[:2] == b"\x1f\x8b":
        member = isal_zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, max_length=allowed - size + 1)
        except isal_zlib.error:  # type: ignore[misc]  # its stub does not say it is an exception
            return b"".join(parts) + _readable_prefix(rest, allowed - size), "damaged_gzip"
        parts.append(part)
        size += len(part)
        if size > allowed:
            return b"", "too_large" if allowed == limit else "compression_bomb"
        if not member.eof:
            return b"".join(parts), "truncated_gzip"
        rest = member.unused_data
    data = parts[0] if len(parts) == 1 else b"".join(parts)
    # Padding of zeros after the last member is harmless; anything else is not a log.
    return data, "trailing_bytes" if rest.strip(b"\0") else None


def _readable_prefix(stored: bytes, limit: int) -> bytes:
    """What a damaged gzip member gives before the damage."""
    member = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 0
    start = 0
    step = 4096
    while start < len(stored) and size < limit:
        before = member.copy()
        try:
            part = member.decompress(stored[start : start + step], max(limit - size, 1))
        except zlib.error:
            if step == 1:
                break
            # An error discards what the same call had read: approach it byte by byte.
            member, step = before, 1
            continue
        parts.append(part)
        size += len(part)
        start += step
    return b"".join(parts)
