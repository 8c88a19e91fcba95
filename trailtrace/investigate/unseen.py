"""Logs that could enlarge a scope: what a session did or began may lie where nothing is held."""

from collections.abc import Iterable
from datetime import datetime

from trailtrace.investigate.coverage import Coverage, Held
from trailtrace.investigate.links import Record
from trailtrace.investigate.missing import DELIVERY, GLOBAL_REGION, account_of_arn, without_reads
from trailtrace.model import Missing, MissingReason
from trailtrace.scope import Session
from trailtrace.store import Store

Span = tuple[datetime, datetime]


def unseen(store: Store, coverage: Coverage, sessions: list[Session], now: datetime) -> list[Missing]:
    """By account, what is not held of the time in which the sessions could act."""
    spans: dict[str, Span] = {}
    counts: dict[str, int] = {}
    for session in sessions:
        first, last = _life(coverage, session, now)
        for account in _accounts(session):
            if first is None or last is None:
                continue
            known = spans.get(account, (first, last))
            spans[account] = (min(known[0], first), max(known[1], last))
            counts[account] = counts.get(account, 0) + 1
    held_spans = {account: span for account, span in spans.items() if coverage.account(account)}
    silent = _silent_days(store, held_spans)
    found: list[Missing] = []
    for account, span in sorted(spans.items()):
        held = coverage.account(account)
        if held is None:
            found.append(_not_held(account, span, counts[account]))
            continue
        found += _partly_held(coverage, account, held, span)
        if account in silent:
            found.append(silent[account])
    return found


def _accounts(session: Session) -> set[str]:
    """The accounts in which a session's calls are recorded first of all."""
    return {
        account
        for account in (session.account_id, account_of_arn(session.role_arn))
        if account is not None and account.isdigit()
    }


def _life(coverage: Coverage, session: Session, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From its beginning to its end; a long-term key may be used as long as logs are held."""
    begin = session.created or (session.issued.event_time if session.issued else None) or session.first_use
    end = session.expires or max(filter(None, [session.last_use, coverage.last_event]), default=None)
    if end is not None:
        end = min(end, now) if begin is None or begin < now else end
    return begin, end


def _not_held(account: str, span: Span, count: int) -> Missing:
    sessions = "a session" if count == 1 else f"{count} sessions"
    why = f"{sessions} could act there; no record of account {account} is held"
    return Missing(account, None, span[0], span[1] + DELIVERY, why, MissingReason.ACCOUNT_NOT_HELD)


def _partly_held(coverage: Coverage, account: str, held: Held, span: Span) -> Iterable[Missing]:
    first, last = span[0], span[1] + DELIVERY
    if without_reads(held):
        why = (
            "no read-only management event of this account is held, and AssumeRole is one:"
            " sessions begun there are not seen"
        )
        yield Missing(account, None, first, last, why, MissingReason.READS_NOT_HELD)
    if GLOBAL_REGION not in held.regions:
        why = (
            f"calls to the global STS endpoint, and to IAM, are in {GLOBAL_REGION}, which is not held:"
            " sessions begun and access given there are not seen"
        )
        yield Missing(account, GLOBAL_REGION, first, last, why, MissingReason.REGION_NOT_HELD)
    if not held.data_events:
        why = (
            "no data event of this account is held: objects read from S3, functions invoked"
            " and the like are not seen"
        )
        yield Missing(account, None, first, last, why, MissingReason.DATA_EVENTS_NOT_HELD)
    if span[0] < held.first_event:
        why = f"the first event held of this account is of {_time(held.first_event)}"
        yield Missing(account, None, first, held.first_event, why, MissingReason.BEFORE_FIRST_EVENT)
    if span[1] > held.last_event:
        why = (
            f"the last event held of this account is of {_time(held.last_event)}:"
            " sessions lived on, or may have"
        )
        yield Missing(account, None, held.last_event, last, why, MissingReason.END_OF_DATA)


def _silent_days(store: Store, spans: dict[str, Span]) -> dict[str, Missing]:
    if not spans:
        return {}
    accounts = sorted(spans)
    rows = store.records(
        "answers/what_did/silent_days",
        {
            "account_ids": accounts,
            "since": [spans[account][0] for account in accounts],
            "until": [spans[account][1] for account in accounts],
        },
    )
    return {row["account_id"]: _silent(row) for row in rows}


def _silent(row: Record) -> Missing:
    days = "1 whole day" if row["days"] == 1 else f"{row['days']} whole days"
    why = f"{days} without any event of this account: quiet, or not held"
    return Missing(row["account_id"], None, row["since"], row["until"], why, MissingReason.HOURS_NOT_HELD)


def _time(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
