"""Answers of `who-did` as a graph: from the origin, call by call, to the credential that was asked for."""

from collections.abc import Sequence
from dataclasses import replace

from trailtrace.model import Answer, Answers, Credential, Hop, Stop
from trailtrace.names import Names
from trailtrace.render.graph import Edge, Graph, Node, NodeKind
from trailtrace.render.names import account_text
from trailtrace.render.origins import STOP_TEXT, kind_text, origin_text
from trailtrace.render.places import events_text, span_text, time_text
from trailtrace.render.visible import visible

NODE_LIMIT = 60
"""More boxes cannot be read."""

WARNINGS = 10
"""More would be no picture any longer."""

_NAME = 120


def answers_graph(answers: Answers, limit: int | None = None, *, everything: bool = False) -> Graph:
    """At most `limit` answers. Chains that begin alike share their beginning."""
    drawn = _Drawn(answers.names)
    for answer in answers.answers[:limit]:
        drawn.chain(answer, sure=True)
    kept = list(drawn.nodes.values())[: None if everything else NODE_LIMIT]
    ids = {node.id for node in kept}
    target = visible(answers.target.text)
    return Graph(
        title=f"Who is behind {target}",
        about=" ".join(_sentence(answer, answers.names) for answer in answers.answers[:3]),
        nodes=tuple(kept),
        edges=tuple(edge for edge in drawn.edges.values() if {edge.source, edge.target} <= ids),
        left_out=len(drawn.nodes) - len(kept) + len(answers.answers[limit:] if limit else ()),
        warnings=_warnings(answers.answers[:limit]),
    )


def _warnings(shown: Sequence[Answer]) -> tuple[str, ...]:
    """Each once; of several credentials, with those it is about."""
    about: dict[str, list[str]] = {}
    for answer in shown:
        name = _credential_name(answer.credential)
        for warning in (*answer.warnings, *(each for other in answer.candidates for each in other.warnings)):
            named = about.setdefault(visible(warning.text, 1000), [])
            if name not in named:
                named.append(name)
    listed = [
        text if len(shown) == 1 else f"{', '.join(names[:3])}{' and more' * (len(names) > 3)}: {text}"
        for text, names in about.items()
    ]
    more = len(listed) - WARNINGS
    return (*listed[:WARNINGS], *([f"{more} more warnings: see the text or the JSON"] if more > 0 else []))


class _Drawn:
    """Nodes and edges by what they stand for, in the order in which they are met."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.nodes: dict[object, Node] = {}
        self.edges: dict[tuple[str, str], Edge] = {}

    def chain(self, answer: Answer, *, sure: bool) -> None:
        for candidate in answer.candidates:
            self.chain(candidate, sure=False)
        if answer.candidates and not answer.hops:
            return
        hops = list(reversed(answer.hops))
        above = self._origin(answer, hops)
        for number, hop in enumerate(hops):
            last = number == len(hops) - 1
            below = self._credential(answer.credential) if last else self._session(hop, hops[number + 1])
            self._tie(above, below, _call(hop), hop, sure)
            above = below
        if not hops and answer.stop is not Stop.ORIGIN:
            self._tie(above, self._credential(answer.credential), ("no call that issued it",), None, False)
        elif not hops:
            self._tie(above, self._credential(answer.credential), ("signed with it",), None, sure)

    def _tie(self, above: Node, below: Node, lines: tuple[str, ...], hop: Hop | None, sure: bool) -> None:
        grade = None if hop is None else hop.grade
        self.edges.setdefault((above.id, below.id), Edge(above.id, below.id, lines, grade, sure))

    def _node(self, key: object, kind: NodeKind, what: str, name: str, lines: Sequence[str | None],
              account: str | None, mark: str | None = None) -> Node:  # fmt: skip
        told = tuple(line for line in lines if line)
        known = self.nodes.get(key)
        return known or self.nodes.setdefault(
            key, Node(f"n{len(self.nodes) + 1}", kind, what, name, told, account, mark)
        )

    def _place(self, account_id: str | None) -> str | None:
        return account_text(account_id, self._names) if account_id else None

    def _origin(self, answer: Answer, hops: Sequence[Hop]) -> Node:
        origin = answer.origin
        key = hops[0].caller.access_key_id if hops else None
        if origin.kind in ("unknown", "anonymous"):
            # Chains that end nowhere do not end in one place.
            where = (hops[0].caller.principal_id, hops[0].caller.arn) if hops else answer.credential
            caller = visible(hops[0].caller.arn or hops[0].caller.principal_id, _NAME) if hops else None
            lines = [STOP_TEXT.get(answer.stop), caller, key and f"with {visible(key)}"]
            return self._node(
                (origin, where),
                NodeKind.UNKNOWN,
                "origin",
                kind_text(origin),
                lines,
                self._place(origin.account_id),
            )
        lines = [
            visible(origin.arn or origin.id, _NAME) if (origin.arn or origin.id) != origin.name else None,
            key and f"with {visible(key)}",
            STOP_TEXT.get(answer.stop),
        ]
        name = visible(origin.name or origin.id or origin.arn, _NAME)
        node = self._node(
            origin, NodeKind.ORIGIN, kind_text(origin), name, lines, self._place(origin.account_id)
        )
        # Several chains of one origin: what is told of one, such as its key, is not true of all.
        self.nodes[origin] = replace(node, lines=tuple(line for line in node.lines if line in lines))
        return self.nodes[origin]

    def _session(self, hop: Hop, following: Hop) -> Node:
        """The session between two calls: the first issued it, the second was made by it."""
        caller = following.caller
        evidence = hop.evidence[0].event_id if hop.evidence else hop.event_time
        return self._node(
            (evidence, caller.principal_id, caller.access_key_id),
            NodeKind.SESSION,
            "session",
            visible(_role(hop.role_arn) or caller.arn or caller.principal_id, _NAME),
            (
                f"as {visible(hop.session_name, _NAME)}" if hop.session_name else None,
                visible(hop.issued_access_key_id or caller.access_key_id),
            ),
            self._place(caller.account_id),
        )

    def _credential(self, credential: Credential) -> Node:
        used = (
            f"{events_text(credential.uses)}, {span_text(credential.first_use, credential.last_use)}"
            if credential.uses
            else "never used, in these logs"
        )
        role, session = _assumed(credential.arn)
        return self._node(
            credential,
            NodeKind.SESSION,
            "asked for",
            _credential_name(credential),
            (
                visible(role or credential.arn, _NAME) if role or credential.arn else None,
                f"as {visible(session, _NAME)}" if session else None,
                used,
            ),
            self._place(credential.account_id),
            mark="asked for",
        )


def _credential_name(credential: Credential) -> str:
    return visible(credential.access_key_id or credential.principal_id or credential.arn, _NAME)


def _call(hop: Hop) -> tuple[str, ...]:
    evidence = [item.event_id for item in hop.evidence[:1] if item.event_id]
    return (
        f"{visible(hop.event_name, 60)} · {hop.rule} {hop.grade}",
        time_text(hop.event_time),
        *(visible(event_id, 40) for event_id in evidence),
    )


def _sentence(answer: Answer, names: Names) -> str:
    credential = answer.credential
    subject = visible(credential.access_key_id or credential.principal_id or credential.arn)
    calls = ", then ".join(f"{visible(hop.event_name, 60)} ({hop.grade})" for hop in reversed(answer.hops))
    behind = f"Behind {subject}: {origin_text(answer.origin, names)}, grade {answer.grade}"
    return f"{behind}; by {calls}." if calls else f"{behind}."


def _role(arn: str | None) -> str | None:
    """Name of a role without its path."""
    return arn.rpartition("/")[2] if arn and ":role/" in arn else None


def _assumed(arn: str | None) -> tuple[str | None, str | None]:
    """Role and session name of `arn:…:assumed-role/ROLE/SESSION`."""
    _, found, names = (arn or "").partition(":assumed-role/")
    role, _, session = names.partition("/")
    return (role, session) if found else (None, None)
