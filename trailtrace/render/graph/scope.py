"""A scope of `what-did` as a graph: the tree of sessions, from left to right."""

from trailtrace.names import Names
from trailtrace.render.graph import Edge, Graph, Node, NodeKind
from trailtrace.render.names import account_text
from trailtrace.render.origins import kind_text, origin_text
from trailtrace.render.places import time_text
from trailtrace.render.style import is_weaker
from trailtrace.render.visible import visible
from trailtrace.scope import Scope, Session, SessionKind

SESSION_LIMIT = 60
"""More boxes cannot be read; Mermaid itself gives up at some hundred edges."""

_WHAT = {
    SessionKind.LONG_TERM_KEY: "long-term key",
    SessionKind.SESSION: "session",
    SessionKind.SIGN_IN: "sign-in",
    SessionKind.SERVICE: "service acting for it",
    SessionKind.OTHER: "other",
}


def scope_graph(scope: Scope, *, everything: bool = False) -> Graph:
    """Edges that are not sure lead to what may not have come out of the target."""
    listed = [*scope.sessions, *scope.possibly]
    shown = listed if everything else listed[:SESSION_LIMIT]
    numbers = {session.number for session in shown}
    possibly = {session.number for session in scope.possibly}
    target = Node(
        "target", NodeKind.NOTE, str(scope.target.kind).replace("_", " "), visible(scope.target.text)
    )
    nodes = [
        *(
            Node(f"origin{number}", NodeKind.ORIGIN, kind_text(behind.origin),
                 visible(behind.origin.name or behind.origin.id or behind.origin.arn or behind.origin.kind))
            for number, behind in enumerate(scope.behind, 1)
        ),
        target,
    ]  # fmt: skip
    edges = [
        Edge(f"origin{number}", "target", (f"is behind it · {behind.grade}",), behind.grade)
        for number, behind in enumerate(scope.behind, 1)
    ]
    for session in shown:
        nodes.append(_node(session, scope.names))
        above = f"s{session.parent}" if session.parent in numbers else "target"
        sure = session.number not in possibly
        edges.append(Edge(above, f"s{session.number}", _edge(session), session.grade, sure))
    left_out = len(listed) - len(shown)
    if left_out:
        text = f"and {left_out} more keys and sessions"
        nodes.append(Node("more", NodeKind.NOTE, "left out", text, ("--all shows them",)))
        edges.append(Edge("target", "more", (), None))
    return Graph(
        title=f"What came out of {visible(scope.target.text)}",
        about=_about(scope),
        nodes=tuple(nodes),
        edges=tuple(edges),
        left_out=left_out,
        down=False,
    )


def _about(scope: Scope) -> str:
    alive = sum(session.alive for session in scope.sessions)
    behind = "; ".join(
        f"{origin_text(item.origin, scope.names)}, grade {item.grade}" for item in scope.behind[:3]
    )
    return (
        f"{len(scope.sessions)} keys and sessions, of which {alive} can still be alive"
        f" at {time_text(scope.now)}; {len(scope.possibly)} more may belong to it."
        + (f" Behind it: {behind}." if behind else "")
    )


def _node(session: Session, names: Names) -> Node:
    key = session.access_key_ids[0] if session.access_key_ids else None
    lines = []
    if session.session_name:
        lines.append(f"as {visible(session.session_name, 120)}")
    if session.kind is SessionKind.SERVICE:
        lines.append(visible(session.invoked_by[0]))
    elif len(session.access_key_ids) > 1:
        lines.append(f"{len(session.access_key_ids)} keys")
    elif key:
        lines.append(visible(key))
    written = sum(deed.done for deed in session.deeds if deed.write)
    denied = sum(deed.denied for deed in session.deeds)
    lines.append(f"calls {session.calls}, writes {written}, denied {denied}")
    mark = None
    if session.alive:
        mark = "alive: " + ("no end" if session.expires is None else f"until {time_text(session.expires)}")
    return Node(
        f"s{session.number}",
        NodeKind.SESSION,
        f"[{session.number}] {_WHAT[session.kind]}",
        visible(_name(session), 120),
        tuple(lines),
        account_text(session.account_id, names) if session.account_id else None,
        mark,
    )


def _name(session: Session) -> str | None:
    if session.role_arn:
        return session.role_arn.rpartition("/")[2]
    return session.arn or session.principal_id


def _edge(session: Session) -> tuple[str, ...]:
    if session.issued is None:
        return (str(session.grade),)
    link = session.issued.grade
    in_all = f", in all {session.grade}" if is_weaker(session.grade, link) else ""
    return (
        f"{visible(session.issued.event_name, 60)} {session.issued.rule} {link}{in_all}",
        time_text(session.issued.event_time),
    )
