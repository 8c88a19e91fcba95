"""What the store holds of each account, and whom it knows, read once for all answers to a target."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from trailtrace.store import Needed, Store


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of one account."""

    first_event: datetime
    last_event: datetime
    regions: frozenset[str]
    reads: int
    """Read-only management events, as AssumeRole is one."""
    writes: int
    data_events: int
    """Calls to what is in a resource, which a trail must be told to record."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How the sessions of one account name their access keys."""

    sessions: int
    with_key: int
    keys: int
    principals: int


class Coverage:
    """Which accounts, hours, Regions and people a store holds. Asks the store when it is first needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[str | None, Keys] = {}

    @cached_property
    def _accounts(self) -> dict[str | None, Held]:
        return {
            row["account_id"]: Held(
                row["first_event"],
                row["last_event"],
                frozenset(row["regions"] or []),
                row["reads"],
                row["writes"],
                row["data_events"],
            )
            for row in self._store.records("answers/coverage_by_account")
        }

    @cached_property
    def people(self) -> frozenset[str]:
        """The names of all people seen, in lower case."""
        return frozenset(row["name"] for row in self._store.records("answers/people"))

    @cached_property
    def pruned_before(self) -> datetime | None:
        """Records before this time were pruned, but those that later chains need; None if none were."""
        [(before,)] = self._store.run("answers/pruned_before")
        return before  # type: ignore[no-any-return]

    @cached_property
    def _days_in_lake(self) -> list[date]:
        return [day for (day,) in self._store.run("answers/days_in_lake")]

    def days_in_lake(self, since: datetime | None = None, until: datetime | None = None) -> list[date]:
        """The days with some of a time of which only the records are here that facts are made of."""
        first, last = (since or datetime.min).date(), (until or datetime.max).date()
        return [day for day in self._days_in_lake if first <= day <= last]

    @cached_property
    def failed_files(self) -> bool:
        """Whether any file of the store failed verification."""
        return bool(self._doubted_files[0])

    @cached_property
    def unnamed_files(self) -> bool:
        """Whether verified digests do not name some file of their time."""
        return bool(self._doubted_files[1])

    @cached_property
    def _doubted_files(self) -> tuple[int, int]:
        [row] = self._store.run("answers/failed_files")
        return row

    @cached_property
    def last_event(self) -> datetime | None:
        """The time of the last event of any account."""
        return max((held.last_event for held in self._accounts.values()), default=None)

    def account(self, account_id: str | None) -> Held | None:
        """What is held of an account; None if no record is."""
        return self._accounts.get(account_id) if account_id is not None else None

    def keys(self, account_id: str | None) -> Keys:
        """How an account's sessions name their keys."""
        if account_id not in self._keys:
            rows = self._store.run("answers/keys_of_account", {"account_id": account_id})
            self._keys[account_id] = Keys(*rows[0]) if rows else Keys(0, 0, 0, 0)
        return self._keys[account_id]

    def regions(self, account_id: str, since: datetime, until: datetime) -> list[str]:
        """Regions of an account that hold an event between two times."""
        window = {"account_id": account_id, "since": since, "until": until}
        rows = self._store.records("answers/regions_in_hours", window, Needed(((since, until),)))
        return [row["aws_region"] for row in rows]


def days_text(days: list[date]) -> str:
    """How many days, and from when to when."""
    return f"{days[0]}" if len(days) == 1 else f"{len(days):,} days from {days[0]} to {days[-1]}"
