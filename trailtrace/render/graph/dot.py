"""A graph in the DOT language, for Graphviz and whatever else reads it."""

from collections.abc import Iterator

from trailtrace.render.graph import Graph, Node, NodeKind

_SHAPE = {
    NodeKind.ORIGIN: 'shape=box, style="rounded"',
    NodeKind.UNKNOWN: 'shape=box, style="dashed"',
    NodeKind.NOTE: "shape=plain",
}


def dot_text(graph: Graph) -> Iterator[str]:
    """Solid edges are sure, dashed ones possible; nodes with a mark have a thick border."""
    yield "digraph trailtrace {\n"
    yield f"  label={_quoted(graph.title, *(f'Warning: {each}' for each in graph.warnings))}\n"
    yield f"  rankdir={'TB' if graph.down else 'LR'}\n"
    yield "  node [shape=box]\n"
    for number, account in enumerate(dict.fromkeys(node.account for node in graph.nodes)):
        indent = "  "
        if account is not None:
            yield f"  subgraph cluster_{number} {{\n    label={_quoted(f'account {account}')}\n"
            indent = "    "
        for node in graph.nodes:
            if node.account == account:
                yield f"{indent}{node.id} [{_attributes(node)}]\n"
        if account is not None:
            yield "  }\n"
    for edge in graph.edges:
        style = "" if edge.sure else ", style=dashed"
        yield f"  {edge.source} -> {edge.target} [label={_quoted(*edge.lines)}{style}]\n"
    yield "}\n"


def _attributes(node: Node) -> str:
    mark = node.mark if node.mark != node.what else None
    lines = [line for line in (node.what, node.name, *node.lines, mark) if line]
    attributes = [f"label={_quoted(*lines)}", _SHAPE.get(node.kind, ""), "penwidth=3" if node.mark else ""]
    return ", ".join(attribute for attribute in attributes if attribute)


def _quoted(*lines: str) -> str:
    """A quoted string, in which neither an escape such as `\\N` nor an entity is read."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
