"""Reads what happened in a window: by origin, by role and account, and the credentials worth a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from trailtrace.finding import Window
from trailtrace.investigate.chain import chain_of_use
from trailtrace.investigate.links import Links
from trailtrace.model import Grade, Hop, Origin, Stop
from trailtrace.report import (
    EDGES,
    HOPS,
    NAMES,
    ORIGINS,
    PAIRS,
    SESSIONS,
    AccountEdge,
    OriginActivity,
    ReportedSession,
    RolePair,
    Totals,
)
from trailtrace.store import Store

Row = dict[str, Any]
T = TypeVar("T")

_BEST_FIRST = (Grade.PROOF, Grade.STRONG, Grade.PROBABLE, Grade.WEAK, Grade.NONE)


class Chains:
    """The hops behind credentials, as `who-did` tells them, read ahead for many at once."""

    def __init__(self, store: Store, use_ids: Iterable[str]) -> None:
        self._links = Links(store)
        self._links.read_ahead(set(use_ids))

    def hops(self, use_id: str) -> tuple[tuple[Hop, ...], int]:
        """The nearest HOPS hops, and how many there are."""
        hops = chain_of_use(self._links, use_id).hops
        return tuple(hops[:HOPS]), len(hops)


def prepare(store: Store, window: Window) -> None:
    """Counts the calls of a window once, for all that is read here afterwards."""
    values = {"since": window.since, "until": window.until}
    store.run("audit/window_calls", values)
    store.run("audit/attributed_calls")
    store.run("audit/roles_taken", {"until": window.until})


def totals(store: Store, window: Window) -> Totals:
    """The window in numbers."""
    [row] = store.records("audit/totals", {"since": window.since, "until": window.until})
    return Totals(**row)


def history_from(store: Store, window: Window) -> datetime | None:
    """From when on the store holds what was before the window; None if it does not."""
    if window.since is None:
        return None
    [row] = store.records("audit/history", {"since": window.since})
    start: datetime | None = row["history_from"]
    return start if start is not None and start < window.since else None


@dataclass(frozen=True, slots=True)
class Known:
    """What is new is measured against: what a report before knew, or what the store held before a time."""

    since: datetime | None
    """None: nothing is held from before."""
    origins: tuple[str, ...] | None = None
    """Short keys (`short_key` in queries/audit/macros.sql); None: not told."""
    pairs: tuple[str, ...] | None = None
    edges: tuple[str, ...] | None = None

    def values(self, keys: tuple[str, ...] | None) -> dict[str, object]:
        return {"known_since": self.since, "known": None if keys is None else list(keys)}


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The first of some things, how many there are, and how many of them are new."""

    items: tuple[T, ...]
    count: int
    new: int


def _listed(rows: list[Row], read: Callable[[Row], T]) -> Listed[T]:
    count, new = (rows[0]["all_count"], rows[0]["new_count"]) if rows else (0, 0)
    return Listed(tuple(map(read, rows)), count, new)


def activity(store: Store, known: Known) -> Listed[OriginActivity]:
    """What each origin did, the most active first."""
    values = {"names": NAMES, "limit": ORIGINS, **known.values(known.origins)}
    return _listed(store.records("audit/activity", values), _activity)


def _activity(row: Row) -> OriginActivity:
    return OriginActivity(
        origin=_origin(row),
        stop=Stop(row["stop"]),
        calls=row["calls"],
        writes=row["writes"],
        denied=row["denied"],
        failed=row["failed"],
        grades=tuple((grade, n) for grade, n in zip(_BEST_FIRST, row["graded"], strict=True) if n),
        credentials=row["credentials"],
        sessions=row["sessions"],
        accounts=tuple(row["accounts"] or ()),
        account_count=row["account_count"],
        regions=tuple(row["regions"] or ()),
        region_count=row["region_count"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        calls_by_day=tuple(zip(row["days"], row["calls_of_days"], strict=True)),
        is_new=row["is_new"],
    )


def pairs(store: Store, window: Window, known: Known) -> Listed[RolePair]:
    """Which origin took which role from where, new ways first; `new` counts ways, whoever went them."""
    values = {"since": window.since, "limit": PAIRS, **known.values(known.pairs)}
    return _listed(store.records("audit/pairs", values), _pair)


def _pair(row: Row) -> RolePair:
    return RolePair(
        origin=_origin(row),
        from_role_arn=row["from_role_arn"],
        role_arn=row["role_arn"],
        from_account_id=row["from_account_id"],
        to_account_id=row["to_account_id"],
        issuances=row["issuances"],
        grade=Grade(row["grade"]),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        is_new=row["is_new"],
    )


def edges(store: Store, window: Window, known: Known) -> Listed[AccountEdge]:
    """From which account roles of which other were taken, new ways first."""
    values = {"since": window.since, "limit": EDGES, "names": NAMES, **known.values(known.edges)}
    return _listed(store.records("audit/edges", values), _edge)


def _edge(row: Row) -> AccountEdge:
    return AccountEdge(
        from_account_id=row["from_account_id"],
        to_account_id=row["to_account_id"],
        roles=tuple(row["roles"]),
        role_count=row["role_count"],
        origins=tuple(map(_origin, row["origins"])),
        origin_count=row["origin_count"],
        issuances=row["issuances"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        caller_logs_held=row["caller_logs_held"],
        is_new=row["is_new"],
    )


def session_rows(store: Store, found: Counter[str]) -> list[Row]:
    """The credentials most worth a look, without their chains; `found` counts the findings about each."""
    return store.records("audit/sessions", {"found": sorted(found.elements()), "limit": SESSIONS})


def session(row: Row, chains: Chains) -> ReportedSession:
    """A credential with its chain, and why it is listed."""
    hops, hop_count = chains.hops(row["use_id"])
    origin = Origin(row["kind"], row["id"], row["origin_arn"], row["origin_account_id"], row["name"])
    return ReportedSession(
        use_id=row["use_id"],
        access_key_id=row["access_key_id"],
        arn=row["arn"],
        account_id=row["account_id"],
        role_arn=row["role_arn"],
        session_name=row["session_name"],
        origin=origin,
        grade=Grade(row["grade"]),
        stop=Stop(row["stop"]),
        chain=hops,
        hops=hop_count,
        issued_at=hops[0].event_time if hops else None,
        expires=hops[0].expiration if hops else None,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        calls=row["calls"],
        writes=row["writes"],
        denied=row["denied"],
        findings=row["findings"],
        why=_why(row, hop_count),
    )


def _why(row: Row, hops: int) -> tuple[str, ...]:
    reasons = []
    if row["findings"]:
        reasons.append(counted(row["findings"], "finding"))
    if row["kind"] == "unknown":
        reasons.append("its origin is not known")
    if hops > 1:
        reasons.append(f"{hops} hops")
    if row["crosses"]:
        reasons.append("from another account")
    if row["denied"]:
        reasons.append(f"{counted(row['denied'], 'call')} denied")
    if row["writes"]:
        reasons.append(counted(row["writes"], "changing call"))
    return tuple(reasons)


def counted(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _origin(row: Mapping[str, Any]) -> Origin:
    return Origin(row["kind"], row["id"], row["arn"], row["account_id"], row["name"])
