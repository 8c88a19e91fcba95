"""Lays the uses that came out of a target as a tree of sessions: which began which, and how surely."""

from dataclasses import dataclass, field

from trailtrace.investigate.chain import weakest
from trailtrace.investigate.links import Record
from trailtrace.model import Grade

UNSURE = (Grade.WEAK, Grade.NONE)
"""Grades that are shown apart, as what possibly came out of the target."""

_BROKEN = ("contradiction", "cycle")

Key = tuple[object, ...]


@dataclass(slots=True)
class Node:
    """A session with all uses of it, or a long-term key, or a service that acted as its principal."""

    key: Key
    uses: list[Record] = field(default_factory=list)
    """One row per use: that of its first candidate."""
    calls: list[Record] = field(default_factory=list)
    """The calls that may have begun it, as rows of the tree."""
    parent: Key | None = None
    grade: Grade = Grade.PROOF
    """How sure it is that it came out of its parent, or of the target if it has none."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where one use belongs."""

    key: Key
    parent: str | None
    grade: Grade
    calls: list[Record]


def nodes_of(rows: list[Record], seeds: dict[str, Grade]) -> dict[Key, Node]:
    """The nodes of the tree by key, parents first; `rows` are those of the statement `tree`.

    `seeds` are the uses the target names, with how sure it is that they are its own. The grade of a
    node becomes that of its path: the least of the edges between it and the target.
    """
    uses: dict[str, list[Record]] = {}
    for row in rows:
        uses.setdefault(row["use_id"], []).append(row)
    placed = {use_id: _place(use_id, candidates, uses, seeds) for use_id, candidates in uses.items()}
    nodes: dict[Key, Node] = {}
    for use_id, place in placed.items():
        node = nodes.get(place.key)
        if node is None:
            parent = placed[place.parent].key if place.parent is not None else None
            node = nodes[place.key] = Node(
                place.key, [], place.calls, parent if parent != place.key else None, place.grade
            )
        node.uses.append(uses[use_id][0])
        node.grade = weakest([node.grade, place.grade])
    return _graded(nodes)


def _place(
    use_id: str, candidates: list[Record], uses: dict[str, list[Record]], seeds: dict[str, Grade]
) -> _Placed:
    calls = [row for row in candidates if row["issuance_id"] is not None]
    inside = [
        row
        for row in calls
        if row["parent_use_id"] in uses and row["parent_use_id"] != use_id and row["parent_lived"]
    ]
    seed = seeds.get(use_id)
    grade = Grade.NONE
    if inside:
        grade = weakest([Grade(row["grade"]) for row in inside])
        if len(inside) < len(calls) or _breaks(inside[0], uses):
            grade = weakest([grade, Grade.WEAK])
    if inside and (seed is None or grade not in UNSURE or seed in UNSURE):
        key = _session_key(inside[0], grade)
        return _Placed(key, inside[0]["parent_use_id"], grade, inside)
    # Named by the target itself, or by records that only its own chain explains.
    grade = seed if seed is not None else Grade.NONE
    key = _session_key(calls[0], grade) if calls else _credential_key(candidates[0])
    return _Placed(key, None, grade, calls)


def _breaks(row: Record, uses: dict[str, list[Record]]) -> bool:
    """Whether records contradict each other at this use, and not already at its parent."""
    parent = uses[row["parent_use_id"]][0]
    return row["origin_stop"] in _BROKEN and parent["origin_stop"] not in _BROKEN


def _session_key(row: Record, grade: Grade) -> Key:
    """Uses of one session are one node, as long as the same rule ties them as well."""
    return ("session", row["issuance_id"], row["rule"], grade)


def _credential_key(row: Record) -> Key:
    key = row["access_key_id"] or ""
    if row["invoked_by"] is not None and not key.startswith("AKIA"):
        return ("service", row["principal_id"], row["account_id"], row["invoked_by"])
    if not key:
        return ("use", row["use_id"])
    return ("credential", key, row["principal_id"], row["creation_date"], row["account_id"])


def _graded(nodes: dict[Key, Node]) -> dict[Key, Node]:
    """The nodes in the order of the tree, each with the grade of its path; a circle is cut open."""
    children: dict[Key | None, list[Node]] = {}
    for node in nodes.values():
        children.setdefault(node.parent, []).append(node)
    ordered: dict[Key, Node] = {}
    roots = sorted(children.get(None, []), key=_order)
    rest = list(nodes.values())
    while len(ordered) < len(nodes):
        if not roots:
            # What no root leads to goes round in a circle, which AWS never writes.
            cut = next(node for node in rest if node.key not in ordered)
            cut.parent, cut.grade = None, Grade.NONE
            roots = [cut]
        waiting = list(reversed(roots))
        roots = []
        while waiting:
            node = waiting.pop()
            if node.key in ordered:
                continue
            ordered[node.key] = node
            if node.parent is not None:
                node.grade = weakest([node.grade, ordered[node.parent].grade])
            waiting += sorted(children.get(node.key, []), key=_order, reverse=True)
    return ordered


def _order(node: Node) -> tuple[str, str]:
    began = min(
        str(use["issued_at"] or use["creation_date"] or use["first_seen"] or "9999") for use in node.uses
    )
    return began, min(use["use_id"] for use in node.uses)
