"""The roles of a report as a graph: people and workloads, the roles they took, framed by account."""

from collections.abc import Iterable
from hashlib import sha256

from trailtrace.model import Grade, Origin
from trailtrace.render.graph import Edge, Graph, Node, NodeKind
from trailtrace.render.origins import kind_text
from trailtrace.render.style import is_weaker
from trailtrace.render.visible import visible
from trailtrace.report import Report, RolePair

NODE_LIMIT = 32
EDGE_LIMIT = 24
"""More boxes and lines cannot be read on one page."""

_NAME = 80


def roles_graph(report: Report) -> Graph:
    """New ways first, then the most used, until the page is full."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], list[RolePair]] = {}
    accounts = {account.account_id: account.name for account in report.accounts}
    drawn = 0
    for pair in report.pairs:
        above, below = _above(pair, accounts), _role(pair.role_arn, pair.to_account_id, accounts)
        ends = (above.id, below.id)
        if above.id == below.id or len({*nodes, *ends}) > NODE_LIMIT or len({*edges, ends}) > EDGE_LIMIT:
            continue
        drawn += 1
        nodes.setdefault(above.id, above)
        nodes.setdefault(below.id, below)
        edges.setdefault(ends, []).append(pair)
    return Graph(
        title="Who took which role",
        about=f"{drawn:,} of {report.pair_count:,} ways into roles are drawn; the table below names them.",
        nodes=tuple(nodes.values()),
        edges=tuple(_edge(*ends, pairs) for ends, pairs in edges.items()),
        left_out=report.pair_count - drawn,
        down=False,
    )


def anchor(origin: Origin) -> str:
    """The place of an origin in a page; the same in every report."""
    return "origin-" + _digest([origin.kind, origin.id, origin.account_id])


def _above(pair: RolePair, accounts: dict[str, str | None]) -> Node:
    if pair.from_role_arn is not None:
        return _role(pair.from_role_arn, pair.from_account_id, accounts)
    origin = pair.origin
    kind = NodeKind.UNKNOWN if origin.kind in ("unknown", "anonymous") else NodeKind.ORIGIN
    name = visible(origin.name or origin.id or origin.arn, _NAME) if kind is NodeKind.ORIGIN else "not known"
    of = (f"of account {visible(origin.account_id)}",) if origin.account_id else ()
    return Node("o" + anchor(origin).replace("-", ""), kind, kind_text(origin), name, of, link=anchor(origin))


def _role(arn: str, account: str | None, accounts: dict[str, str | None]) -> Node:
    where = None
    if account is not None:
        name = accounts.get(account)
        where = visible(account) + (f" {visible(name, 40)}" if name else "")
    name = arn.rpartition("/")[2] or arn
    return Node("r" + _digest([arn]), NodeKind.SESSION, "role", visible(name, _NAME), account=where)


def _edge(above: str, below: str, pairs: list[RolePair]) -> Edge:
    grade = pairs[0].grade
    for pair in pairs:
        grade = pair.grade if is_weaker(pair.grade, grade) else grade
    taken = sum(pair.issuances for pair in pairs)
    new = ["new"] if any(pair.is_new for pair in pairs) else []
    return Edge(above, below, (" · ".join([f"{taken:,}×", str(grade), *new]),), grade, _is_sure(grade))


def _is_sure(grade: Grade) -> bool:
    return not is_weaker(grade, Grade.STRONG)


def _digest(parts: Iterable[str | None]) -> str:
    return sha256("\0".join(part or "" for part in parts).encode("utf-8", "replace")).hexdigest()[:12]
