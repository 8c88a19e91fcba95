"""A graph as a Mermaid flowchart, for tickets and wikis."""

from collections.abc import Iterator

from trailtrace.render.graph import Graph, Node, NodeKind
from trailtrace.render.visible import visible

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:/@+=_-")

_SHAPE = {NodeKind.ORIGIN: ("([", "])"), NodeKind.UNKNOWN: ("{{", "}}"), NodeKind.NOTE: ("([", "])")}


def mermaid_text(graph: Graph) -> Iterator[str]:
    """Solid edges are sure, dotted ones possible; nodes with a mark have a thick red border."""
    yield f"flowchart {'TD' if graph.down else 'LR'}\n"
    for number, account in enumerate(dict.fromkeys(node.account for node in graph.nodes)):
        indent = "    "
        if account is not None:
            yield f'    subgraph account{number}["{_label(f"account {account}")}"]\n'
            indent = "        "
        for node in graph.nodes:
            if node.account == account:
                yield indent + _box(node)
        if account is not None:
            yield "    end\n"
    for edge in graph.edges:
        arrow = "-->" if edge.sure else "-.->"
        label = f'|"{"<br>".join(map(_label, edge.lines))}"|' if edge.lines else ""
        yield f"    {edge.source} {arrow}{label} {edge.target}\n"
    for number, warning in enumerate(graph.warnings):
        yield f'    warning{number}["{_label(f"Warning: {warning}", 1000)}"]\n'
    marked = ",".join(node.id for node in graph.nodes if node.mark)
    if marked:
        yield "    classDef marked stroke:#c00,stroke-width:3px\n"
        yield f"    class {marked} marked\n"


def _box(node: Node) -> str:
    left, right = _SHAPE.get(node.kind, ("[", "]"))
    lines = (node.what, node.name, *node.lines, *([node.mark] if node.mark not in (None, node.what) else []))
    return f'{node.id}{left}"{"<br>".join(_label(line) for line in lines if line)}"{right}\n'


def _label(text: str, limit: int = 200) -> str:
    """Text inside quotes: all but plain characters as numbered entities, so that none is syntax."""
    return "".join(
        character if character in _PLAIN else f"#{ord(character)};" for character in visible(text, limit)
    )
