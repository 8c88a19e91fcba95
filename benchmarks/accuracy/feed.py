"""How records reach the reader: which logs are missing, late, doubled and shuffled, and in what files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from string import ascii_letters, digits

from isal import igzip

from .clock import DAY, HOUR, moment, timestamp
from .credentials import Removed
from .ids import guid
from .organisation import Account

LETTERS = ascii_letters + digits


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of what goes wrong in a delivery."""

    missing_accounts: float = 0.02
    missing_regions: float = 0.02
    missing_hours: float = 0.15
    event_bridge: float = 0.02
    no_data_events: float = 0.10
    two_trails: float = 0.03
    duplicates: float = 0.005
    late: float = 0.01

    def scaled(self, factor: float) -> Rates:
        """The same with `factor` times the logs missing."""
        return Rates(
            self.missing_accounts * factor,
            self.missing_regions * factor,
            self.missing_hours * factor,
            self.event_bridge * factor,
            self.no_data_events * factor,
            self.two_trails,
            self.duplicates,
            self.late,
        )


Bucket = tuple[str, str, int, str]


class Feed:
    """Takes encoded records and writes them as files once their time has passed."""

    def __init__(
        self, rng: Random, out: Path, members: list[Account], outside: list[Account], rates: Rates, slot: int
    ) -> None:
        self.rng, self.out, self.rates, self.slot = rng, out, rates, slot
        self.files = self.written = self.bytes = 0
        self._buckets: dict[Bucket, list[bytes]] = {}
        self._folders: set[Path] = set()
        self._next = slot
        self._outside = {account.id for account in outside}
        self._regions: dict[tuple[str, str], Removed] = {}
        self._hours: dict[str, Removed] = {}
        self._accounts: dict[str, Removed] = {}
        self._bridges: set[str] = set()
        self._silent: set[str] = set()
        self._twice: set[str] = set()
        self._impaired: set[str] = set(self._outside)
        self._trail = f"o-{''.join(rng.choices('abcdefghij0123456789', k=10))}"
        self._remove(members)

    def _remove(self, members: list[Account]) -> None:
        rng, rates = self.rng, self.rates
        for account in members:
            if rng.random() < rates.missing_accounts:
                self._accounts[account.id] = Removed(account.id, None, None, None, "account")
            elif rng.random() < rates.event_bridge:
                self._bridges.add(account.id)
            for region in account.regions:
                if rng.random() < rates.missing_regions:
                    self._regions[account.id, region] = Removed(account.id, region, None, None, "region")
            if rng.random() < rates.missing_hours:
                start = rng.randrange(0, 2 * DAY // HOUR) * HOUR
                end = start + rng.choice((1, 2, 6, 12)) * HOUR
                where = rng.choice((None, *account.regions))
                self._hours[account.id] = Removed(account.id, where, start, end, "hours")
            if rng.random() < rates.no_data_events:
                self._silent.add(account.id)
            if rng.random() < rates.two_trails:
                self._twice.add(account.id)
        self._impaired |= self._accounts.keys() | self._hours.keys() | self._bridges | self._silent
        self._impaired |= {account for account, _ in self._regions}

    def removed(
        self, account: str, region: str, second: int, read_only: bool, category: str, event_type: str
    ) -> Removed | None:
        """Why a record is not among the kept logs, or None if it is."""
        if account not in self._impaired:
            return None
        if account in self._outside:
            return Removed(account, None, None, None, "outside")
        if account in self._accounts:
            return self._accounts[account]
        if (account, region) in self._regions:
            return self._regions[account, region]
        gap = self._hours.get(account)
        if gap and gap.region in (None, region) and (gap.start or 0) <= second < (gap.end or 0):
            return gap
        if account in self._bridges and (read_only or category == "Data"):
            # A rule in state ENABLED gets no read-only management events (T07).
            return Removed(account, None, None, None, "read-only events")
        if account in self._silent and category == "Data":
            return Removed(account, None, None, None, "data events")
        return None

    def deliver(self, account: str, region: str, second: int, record: bytes) -> None:
        draw = self.rng.random
        self._put(account, region, second + 60 + int(draw() * 540), record, "trail")
        chance = draw()
        if chance < self.rates.duplicates:
            # Delivered again, sometimes days later.
            self._put(account, region, second + 600 + int(draw() ** 8 * 5 * DAY), record, "trail")
        if account in self._twice:
            self._put(account, region, second + 60 + int(draw() * 540), record, "organisation")

    def _put(self, account: str, region: str, second: int, record: bytes, trail: str) -> None:
        if self.rng.random() < self.rates.late:
            second += int(self.rng.random() ** 4 * 2 * DAY)
        if account in self._bridges:
            trail = "bridge"
        # What is late beyond the written slots goes into the next file, as in a real trail.
        part = max(second // self.slot, self._next // self.slot - 1)
        bucket = (account, region, part, trail)
        rows = self._buckets.get(bucket)
        if rows is None:
            self._buckets[bucket] = [record]
        else:
            rows.append(record)

    def advance(self, now: int) -> None:
        """Write the files of slots that no later story can reach."""
        while self._next + HOUR < now:
            part = self._next // self.slot - 1
            for bucket in [bucket for bucket in self._buckets if bucket[2] <= part]:
                self._write(bucket, self._buckets.pop(bucket))
            self._next += self.slot

    def close(self) -> None:
        for bucket, rows in self._buckets.items():
            self._write(bucket, rows)
        self._buckets.clear()

    def _write(self, bucket: Bucket, rows: list[bytes]) -> None:
        account, region, part, trail = bucket
        self.rng.shuffle(rows)  # a delivered file is in no order
        at = moment((part + 1) * self.slot + 60)
        unique = "".join(self.rng.choices(LETTERS, k=16))
        day = f"{at:%Y/%m/%d}"
        if trail == "bridge":
            folder = self.out / "EventBridge" / account / region / day
            name = f"{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
            content = b"\n".join(
                self._event_bridge(account, region, (part + 1) * self.slot, row) for row in rows
            )
        else:
            root = self.out / "AWSLogs" / self._trail if trail == "organisation" else self.out / "AWSLogs"
            folder = root / account / "CloudTrail" / region / day
            name = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
            content = b'{"Records":[' + b",".join(rows) + b"]}"
        if folder not in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        (folder / name).write_bytes(igzip.compress(content, 1, mtime=0))
        self.files += 1
        self.written += len(rows)
        self.bytes += len(content)

    def _event_bridge(self, account: str, region: str, second: int, row: bytes) -> bytes:
        head = (
            f'{{"version":"0","id":"{guid(self.rng)}","detail-type":"AWS API Call via CloudTrail",'
            f'"source":"aws.cloudtrail","account":"{account}","time":"{timestamp(second)}",'
            f'"region":"{region}","resources":[],"detail":'
        )
        return head.encode() + row + b"}"
