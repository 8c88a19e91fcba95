"""Time in the logs: seconds counted from the first day's midnight, and how AWS spells them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

FIRST_DAY = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
DAY = 86_400


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(FIRST_DAY + second, UTC)


@lru_cache(maxsize=200_000)
def timestamp(second: int) -> str:
    return moment(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiration(second: int) -> str:
    """The spelling that STS responses use: `May 4, 2026, 9:05:00 AM`."""
    at = moment(second)
    return f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S %p}"
