"""What a statement needs of the records, for stores that need not open the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Needed:
    """Records of one of some times (UTC, ends included), recorded by one of some accounts, signed with one of
    some keys, of an event id. Each is None where it does not matter.
    """

    times: tuple[tuple[datetime, datetime], ...] | None = None
    accounts: tuple[str | None, ...] | None = None
    keys: tuple[str, ...] | None = None
    event_id: str | None = None

    @classmethod
    def around(
        cls, at: datetime, distance: timedelta, accounts: tuple[str | None, ...] | None = None
    ) -> Needed:
        return cls(((at - distance, at + distance),), accounts)
