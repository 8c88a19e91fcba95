"""Time in the logs: seconds counted from the first day's midnight, and how AWS spells them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

FIRST_DAY = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
MINUTE = 60
HOUR = 3_600
DAY = 86_400


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(FIRST_DAY + second, UTC)


@cache
def _day(day: int) -> str:
    return moment(day * DAY).strftime("%Y-%m-%dT")


def timestamp(second: int) -> str:
    """As in `eventTime` and `creationDate`."""
    day, rest = divmod(second, DAY)
    hour, rest = divmod(rest, HOUR)
    minute, rest = divmod(rest, MINUTE)
    return f"{_day(day)}{hour:02}:{minute:02}:{rest:02}Z"


def expiration(second: int, comma: bool = True) -> str:
    """As in STS responses: `May 4, 2026, 9:05:00 AM`; older records lack the comma after the year."""
    at = moment(second)
    return f"{at:%b} {at.day}, {at.year}{',' if comma else ''} {at.hour % 12 or 12}:{at:%M:%S %p}"
