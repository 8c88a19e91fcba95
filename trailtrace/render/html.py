"""Answers as HTML for notebooks: one piece, no scripts, nothing loaded. All text of logs is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from trailtrace.model import Answer, Answers, Grade, Hop, Missing, Warn
from trailtrace.names import NO_NAMES, Names
from trailtrace.notebook import html_of
from trailtrace.question import Matches
from trailtrace.render.origins import origin_text, short_origin_text
from trailtrace.render.places import evidence_text, time_text
from trailtrace.render.visible import visible
from trailtrace.scope import Scope, Session

_COLOURS = {
    Grade.PROOF: "#1a7f37",
    Grade.STRONG: "#1a7f37",
    Grade.PROBABLE: "#9a6700",
    Grade.WEAK: "#bc4c00",
    Grade.NONE: "#cf222e",
}
_SENTENCE = 600
_LISTED = 50
"""Rows of a table in a notebook; what is left out is counted."""


def facts_html(title: str, facts: Iterable[tuple[str, object]]) -> str:
    """A heading, and what is known, a row each."""
    return _bold(title) + _table((), [(name, str(value)) for name, value in facts])


@html_of.register
def _answers(answers: Answers) -> str:
    return "<hr>".join(_answer_html(answer, answers.names) for answer in answers.answers)


@html_of.register
def _answer(answer: Answer) -> str:
    return _answer_html(answer, NO_NAMES)


def _answer_html(answer: Answer, names: Names) -> str:
    credential = answer.credential
    subject = credential.access_key_id or credential.principal_id or credential.arn
    parts = [
        f"<div>{_bold(origin_text(answer.origin, names))} {_grade(answer.grade)}"
        f" <i>{escape(str(answer.stop))}</i><br>behind {_code(subject)}"
    ]
    if credential.arn:
        parts.append(f", {_code(credential.arn)}")
    parts.append(f", {credential.uses:,} events</div>")
    if answer.hops:
        parts.append(
            _table(
                ("call", "by", "session", "issued", "rule", "because", "evidence"),
                [_hop(hop) for hop in reversed(answer.hops)],
            )
        )
    parts += _notes(answer.warnings, answer.missing)
    for number, candidate in enumerate(answer.candidates, 1):
        parts.append(f"<div>candidate {number}: {escape(origin_text(candidate.origin, names))}</div>")
    return "".join(parts)


def _hop(hop: Hop) -> tuple[str, ...]:
    caller = hop.caller
    by = caller.arn or caller.principal_id or caller.invoked_by or caller.type
    session = " as ".join(visible(text) for text in (hop.role_arn, hop.session_name) if text)
    return (
        f"{time_text(hop.event_time)} {visible(hop.event_name)}",
        visible(by) + (f" with {visible(caller.access_key_id)}" if caller.access_key_id else ""),
        session or "-",
        visible(hop.issued_access_key_id),
        f"{hop.rule} {hop.grade}",
        visible(hop.why, _SENTENCE),
        "; ".join(evidence_text(evidence) for evidence in hop.evidence),
    )


def _notes(warnings: list[Warn], missing: list[Missing]) -> list[str]:
    notes = [
        f"<div>warning: {escape(visible(warn.text, _SENTENCE))} [{escape(warn.code)}]</div>"
        for warn in warnings
    ]
    notes += [
        f"<div>logs needed: account {escape(visible(need.account_id))},"
        f" {escape(need.region or 'all Regions')}, {time_text(need.start)} to {time_text(need.end)}:"
        f" {escape(visible(need.why, _SENTENCE))}</div>"
        for need in missing
    ]
    return notes


@html_of.register
def _scope(scope: Scope) -> str:
    title = _bold(f"What came out of {visible(scope.target.text)}")
    parts = [f"<div>{title}, as of {time_text(scope.now)}</div>"]
    for behind in scope.behind:
        origin = escape(origin_text(behind.origin, scope.names))
        parts.append(f"<div>{origin} {_grade(behind.grade)}, {behind.sessions:,} sessions</div>")
    head = ("session", "key", "principal", "life", "alive", "calls", "grade")
    parts.append(_table(head, [_session(session) for session in scope.sessions[:_LISTED]]))
    parts += _left_out(len(scope.sessions))
    if scope.possibly:
        parts.append(f"<div>and {len(scope.possibly):,} sessions that may belong to it</div>")
    return "".join([*parts, *_notes(scope.warnings, scope.missing)])


def _session(session: Session) -> tuple[str, ...]:
    parent = "" if session.parent is None else f" from [{session.parent}]"
    life = f"{time_text(session.created)} to {time_text(session.expires)}"
    return (
        f"[{session.number}]{parent}",
        ", ".join(visible(key) for key in session.access_key_ids) or "-",
        visible(session.arn or session.principal_id),
        life,
        "yes" if session.alive else "no",
        f"{session.calls:,}",
        str(session.grade),
    )


@html_of.register
def _matches(found: Matches) -> str:
    rows = [
        (
            time_text(match.event_time),
            f"{visible(match.event_source)} {visible(match.event_name)}",
            short_origin_text(match.origin, found.names),
            str(match.grade),
            visible(match.caller.arn or match.caller.principal_id),
            visible(match.event_id),
        )
        for match in found.matches[:_LISTED]
    ]
    parts = [_table(("time", "call", "who is behind it", "grade", "as", "event"), rows)]
    return "".join([*parts, *_left_out(len(found.matches) + found.more)])


def _left_out(count: int) -> list[str]:
    return [f"<div>and {count - _LISTED:,} more</div>"] if count > _LISTED else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in row) + "</tr>"
        for row in rows
    )
    return f"<table>{f'<thead><tr>{cells}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _grade(grade: Grade) -> str:
    return f"<span style='color:{_COLOURS[grade]}'>{escape(str(grade))}</span>"


def _bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def _code(text: str | None) -> str:
    return f"<code>{escape(visible(text))}</code>"
