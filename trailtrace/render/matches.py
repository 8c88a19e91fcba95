"""Events that match a question, with who is behind each: a table, JSON, CSV."""

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trailtrace.model import Stop
from trailtrace.names import Names
from trailtrace.question import Match, Matches, Question
from trailtrace.render.json import evidence_value, origin_value, time_value
from trailtrace.render.names import account_text, address_text, names_value
from trailtrace.render.origins import short_origin_text
from trailtrace.render.places import integrity_text, time_text
from trailtrace.render.rows import csv_rows
from trailtrace.render.style import GRADE_STYLE
from trailtrace.render.visible import visible

RESOURCE_LIMIT = 4
ERROR_CHARACTERS = 60
AGENT_CHARACTERS = 60

_EVENT_ID_WIDTH = 36
_TIME_WIDTH = 20
_CALL_WIDTH = 42
_LEAST_CALL_WIDTH = 14


def matches_text(found: Matches, width: int) -> RenderableType:
    """Newest first, in so many columns; the grade stands beside the origin."""
    call_width = max(_LEAST_CALL_WIDTH, min(_CALL_WIDTH, width - _TIME_WIDTH - _EVENT_ID_WIDTH - 2))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("time", no_wrap=True)
    table.add_column("call", overflow="fold", max_width=call_width)
    table.add_column("who is behind it", overflow="fold")
    for match in found.matches:
        table.add_row(Text(time_text(match.event_time)), _call(match, found.names), _who(match, found.names))
    parts: list[RenderableType] = [table]
    if found.more:
        parts.append(Text(more_text(found)))
    return Group(*parts)


def more_text(found: Matches) -> str:
    older = "1 older event matches" if found.more == 1 else f"{found.more:,} older events match"
    return f"{older} too: a greater --limit shows more, --limit 0 all"


def _call(match: Match, names: Names) -> Text:
    text = Text(f"{visible(match.event_source).removesuffix('.amazonaws.com')} {visible(match.event_name)}")
    if match.error_code:
        text.append(f"\n{visible(match.error_code, ERROR_CHARACTERS)}", "red")
    for resource in match.resources[:RESOURCE_LIMIT]:
        text.append(f"\n{visible(resource)}")
    if len(match.resources) > RESOURCE_LIMIT:
        text.append(f"\nand {len(match.resources) - RESOURCE_LIMIT} more: --format json has all")
    text.append(f"\n{account_text(match.account_id, names)} {visible(match.aws_region)}", "dim")
    return text


def _who(match: Match, names: Names) -> Text:
    text = Text()
    text.append(short_origin_text(match.origin, names), "bold")
    text.append("  ")
    text.append(str(match.grade), GRADE_STYLE[match.grade])
    if match.stop is None:
        text.append(" (outside the life of its credential)")
    elif match.stop not in (Stop.ORIGIN, Stop.SERVICE):
        text.append(f" ({match.stop})")
    caller = match.caller
    key = f" with {visible(caller.access_key_id)}" if caller.access_key_id else ""
    name = caller.arn or caller.principal_id or caller.invoked_by or caller.type
    text.append(f"\nas {visible(name)}{key}")
    if caller.invoked_by and caller.invoked_by != name:
        text.append(f", by {visible(caller.invoked_by)}")
    agent = f", {visible(match.user_agent, AGENT_CHARACTERS)}" if match.user_agent else ""
    text.append(f"\nfrom {address_text(match.source_ip_address, names)}{agent}")
    text.append(f"\n{visible(match.event_id)}{integrity_text(match.evidence)}", "dim")
    return text


def matches_json(found: Matches) -> str:
    """The object of `docs/json.md`."""
    value = {
        "question": _question(found.question),
        "matches": [_value(match) for match in found.matches],
        "more": found.more,
        **names_value(found.names),
    }
    return json.dumps(value, indent=2, ensure_ascii=True)


def no_matches_json(question: Question) -> str:
    return json.dumps({"question": _question(question), "matches": [], "more": 0}, indent=2)


def _question(question: Question) -> dict[str, Any]:
    return {
        "call": question.call,
        "resource": question.resource,
        "ip": question.ip,
        "agent": question.agent,
        "error": question.error,
        "account": question.account,
        "region": question.region,
        "since": time_value(question.since),
        "until": time_value(question.until),
    }


def _value(match: Match) -> dict[str, Any]:
    caller = match.caller
    return {
        "event_id": match.event_id,
        "event_time": time_value(match.event_time),
        "event_source": match.event_source,
        "event_name": match.event_name,
        "error_code": match.error_code,
        "account_id": match.account_id,
        "aws_region": match.aws_region,
        "source_ip_address": match.source_ip_address,
        "user_agent": match.user_agent,
        "resources": match.resources,
        "caller": {
            "type": caller.type,
            "principal_id": caller.principal_id,
            "arn": caller.arn,
            "account_id": caller.account_id,
            "access_key_id": caller.access_key_id,
            "invoked_by": caller.invoked_by,
        },
        "origin": origin_value(match.origin),
        "grade": match.grade,
        "stop": match.stop,
        "evidence": evidence_value(match.evidence),
    }


COLUMNS = (
    *("event_time", "event_source", "event_name", "error_code", "account_id", "aws_region"),
    *("source_ip_address", "user_agent", "resources", "caller_arn", "caller_access_key_id", "origin_kind"),
    *("origin_id", "origin_arn", "origin_account_id", "origin_name", "grade", "stop", "event_id", "source"),
    "record",
)


def matches_csv(found: Matches, escape: bool) -> Iterator[str]:
    """A row for each event. With `escape`, fit for a terminal."""
    return csv_rows(COLUMNS, map(_row, found.matches), escape)


def _row(match: Match) -> tuple[Any, ...]:
    return (
        match.event_time,
        match.event_source,
        match.event_name,
        match.error_code,
        match.account_id,
        match.aws_region,
        match.source_ip_address,
        match.user_agent,
        match.resources,
        match.caller.arn,
        match.caller.access_key_id,
        match.origin.kind,
        match.origin.id,
        match.origin.arn,
        match.origin.account_id,
        match.origin.name,
        str(match.grade),
        None if match.stop is None else str(match.stop),
        match.event_id,
        match.evidence.source,
        match.evidence.record,
    )
