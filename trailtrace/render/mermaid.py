"""A scope as a Mermaid flowchart, for reports and tickets."""

from collections.abc import Iterator

from trailtrace.render.places import time_text
from trailtrace.render.style import is_weaker
from trailtrace.render.visible import visible
from trailtrace.scope import Scope, Session, SessionKind

SESSION_LIMIT = 60
"""More nodes cannot be read; Mermaid itself gives up at some hundred edges."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:/@+=_-")


def mermaid_text(scope: Scope, *, everything: bool) -> Iterator[str]:
    """The tree from left to right: solid edges are sure, dotted ones possible, red nodes alive."""
    listed = [*scope.sessions, *scope.possibly]
    shown = listed if everything else listed[:SESSION_LIMIT]
    numbers = {session.number for session in shown}
    possibly = {session.number for session in scope.possibly}
    yield "flowchart LR\n"
    yield f'    target(["{_label(scope.target.text)}"])\n'
    for session in shown:
        yield f'    s{session.number}["{"<br>".join(_lines(session))}"]\n'
        above = f"s{session.parent}" if session.parent in numbers else "target"
        arrow = "-.->" if session.number in possibly else "-->"
        yield f'    {above} {arrow}|"{_edge(session)}"| s{session.number}\n'
    more = len(listed) - len(shown)
    if more > 0:
        yield f'    more["{_label(f"and {more} more keys and sessions: --all shows them")}"]\n'
        yield "    target --- more\n"
    alive = ",".join(f"s{session.number}" for session in shown if session.alive)
    if alive:
        yield "    classDef alive stroke:#c00,stroke-width:3px\n"
        yield f"    class {alive} alive\n"


def _lines(session: Session) -> list[str]:
    name = session.access_key_ids[0] if session.access_key_ids else None
    lines = [f"[{session.number}] {visible(session.arn or session.principal_id or session.role_arn, 120)}"]
    if session.kind is SessionKind.SERVICE:
        lines.append(f"{visible(session.invoked_by[0])} acting for it")
    elif len(session.access_key_ids) > 1:
        lines.append(f"{len(session.access_key_ids)} keys")
    elif name:
        lines.append(visible(name))
    written = sum(deed.done for deed in session.deeds if deed.write)
    denied = sum(deed.denied for deed in session.deeds)
    lines.append(f"calls {session.calls}, writes {written}, denied {denied}")
    if session.alive:
        end = "no end" if session.expires is None else f"until {time_text(session.expires)}"
        lines.append(f"alive: {end}")
    return [_label(line) for line in lines]


def _edge(session: Session) -> str:
    if session.issued is None:
        return _label(str(session.grade))
    link = session.issued.grade
    in_all = f", in all {session.grade}" if is_weaker(session.grade, link) else ""
    return _label(f"{visible(session.issued.event_name, 60)} {session.issued.rule} {link}{in_all}")


def _label(text: str) -> str:
    """Text inside quotes: all but plain characters as numbered entities, so that none is syntax."""
    return "".join(
        character if character in _PLAIN else f"#{ord(character)};" for character in visible(text, 200)
    )
