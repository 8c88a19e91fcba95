"""Who is behind the events that a question asks for."""

import ipaddress
import re
from dataclasses import fields

from trailtrace.errors import TargetNotFoundError, UsageError
from trailtrace.investigate.chain import weakest
from trailtrace.investigate.links import Record
from trailtrace.model import Caller, Evidence, Grade, Origin, Stop
from trailtrace.question import Match, Matches, Question
from trailtrace.store import Store

_CALL = re.compile(r"(?:([\w.-]+):)?([\w*?]+)")


def which_events(store: Store, question: Question, limit: int | None) -> Matches:
    """The newest `limit` calls that match, with their origins; None is all.

    Raises UsageError for a question that asks nothing or cannot be one, TargetNotFoundError when no
    event matches.
    """
    if not any(getattr(question, field.name) for field in fields(question)):
        raise UsageError(
            "nothing is asked: give at least one of call, resource, ip, agent, error and the like"
        )
    service, call = _call(question.call)
    store.run(
        "answers/which_events/newest_matches",
        {
            "since": question.since,
            "until": question.until,
            "call": call,
            "service": service,
            "region": question.region,
            "account": question.account,
            "error": question.error,
            "agent": question.agent,
            "addresses": _addresses(store, question.ip),
            "resource": question.resource,
            "most": limit,
        },
    )
    [window] = store.records("answers/which_events/window_of_matches")
    rows = store.records("answers/which_events/matching_events", window)
    if not rows:
        raise TargetNotFoundError(_nothing(store, call))
    return Matches(question, [_match(row) for row in rows], rows[0]["matches"] - len(rows))


def _call(text: str | None) -> tuple[str | None, str | None]:
    """The service and the name of a call; either may be None."""
    if text is None:
        return None, None
    found = _CALL.fullmatch(text)
    if found is None:
        raise UsageError(f"--call {text}: write it as DeleteBucket, s3:DeleteBucket or s3:Delete*")
    service = found[1]
    if service is not None and "." not in service:
        service = f"{service.lower()}.amazonaws.com"
    return service, found[2]


def _addresses(store: Store, text: str | None) -> list[str] | None:
    """The source addresses of the store that are meant."""
    if text is None:
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        if "/" in text:
            raise UsageError(f"--ip {text}: not a network: write it as 198.51.100.0/24") from None
        return [text]  # a service's name stands in the place of an address
    known = (row["source_ip_address"] for row in store.records("answers/source_addresses"))
    return [address for address in known if _lies_in(address, network)]


def _lies_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _nothing(store: Store, call: str | None) -> str:
    [held] = store.records("answers/coverage")
    if not held["events"]:
        return "no event matches: the store holds no events"
    text = (
        f"no event matches, of {held['events']} events from {held['first_event']:%Y-%m-%dT%H:%M:%SZ}"
        f" to {held['last_event']:%Y-%m-%dT%H:%M:%SZ}"
    )
    if call is None or "*" in call:
        return text
    near = [row["event_name"] for row in store.records("answers/nearest_calls", {"call": call})]
    if call.lower() in (name.lower() for name in near):
        return text
    return f"{text}; nearest calls: {', '.join(near)}"


def _match(row: Record) -> Match:
    grade = Grade(row["origin_grade"] or "none")
    if row["conflicting"]:
        # Records that contradict each other never prove more than weakly (C37).
        grade = weakest([grade, Grade.WEAK])
    return Match(
        row["event_id"],
        row["event_time"],
        row["event_source"],
        row["event_name"],
        row["error_code"],
        row["recipient_account_id"],
        row["aws_region"],
        row["source_ip_address"],
        row["user_agent"],
        list(dict.fromkeys(row["resources"] or [])),
        Caller(
            row["user_identity_type"],
            row["principal_id"],
            row["arn"],
            row["account_id"],
            row["access_key_id"],
            row["invoked_by"],
        ),
        Origin(
            row["origin_kind"] or "unknown",
            row["origin_id"],
            row["origin_arn"],
            row["origin_account_id"],
            row["origin_name"],
        ),
        grade,
        None if row["origin_stop"] is None else Stop(row["origin_stop"]),
        Evidence(
            row["event_id"],
            row["recipient_account_id"],
            row["uri"],
            row["record"],
            row["sha256"],
            row["integrity"],
        ),
    )
