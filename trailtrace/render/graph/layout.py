"""Where the boxes and lines of a graph go. Graphviz decides, and it sees numbers only, no text of logs."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, chop_cells

from trailtrace.errors import extra
from trailtrace.render.graph import Edge, Graph, Node

CELL = 7.3
"""Width of a character of a fixed font at the size of the style sheet, and a little more."""

LINE = 17
PADDING = 12
NODE_CELLS = 32
EDGE_CELLS = 24
"""Characters of a line: a chain fits a telephone."""

WARNING_CELLS = 48

NAME_LINES = 4
"""Lines that one name may take; what is longer is cut, and ends in an ellipsis."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its class, and where its baseline starts."""

    kind: str
    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or the frame of an account, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: an SVG path, its arrow head, and its label."""

    path: str
    arrow: str
    texts: tuple[Text, ...]
    edge: Edge


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph with a place for everything, in pixels."""

    width: int
    height: int
    frames: tuple[Box, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    warnings: tuple[Text, ...] = ()
    """Beneath it."""


def drawing_of(graph: Graph) -> Drawing:
    """Raises MissingExtraError without pygraphviz."""
    labels = {node.id: _node_lines(node) for node in graph.nodes}
    edges = [(edge, _edge_lines(edge)) for edge in graph.edges]
    laid = _laid_out(graph, labels, edges)
    _, _, right, top = _numbers(laid.graph_attr["bb"])
    width, height = right + 2 * PADDING, top + 2 * PADDING

    def place(x: float, y: float) -> tuple[float, float]:
        """Graphviz counts from the lower left corner, SVG from the upper left."""
        return round(x + PADDING, 1), round(height - y - PADDING, 1)

    boxes = []
    for node in graph.nodes:
        x, y = place(*_numbers(laid.get_node(node.id).attr["pos"]))
        lines = labels[node.id]
        w, h = _size(lines)
        left, upper = round(x - w / 2, 1), round(y - h / 2, 1)
        boxes.append(Box(left, upper, w, h, _texts(lines, left + PADDING, upper + PADDING), node))
    frames = []
    for account, name in _frames(graph):
        a, b, c, d = _numbers(laid.get_subgraph(name).graph_attr["bb"])
        (left, upper), (far, low) = place(a, d), place(c, b)
        heading = _texts([("account", f"account {account}")], left + PADDING, upper + 8)
        frames.append(Box(left, upper, round(far - left, 1), round(low - upper, 1), heading))
    lines_ = [
        _line(edge, texts, laid.get_edge(edge.source, edge.target, key=str(number)).attr, place)
        for number, (edge, texts) in enumerate(edges)
    ]
    warnings = _warning_lines(graph)
    beneath, room = _texts(warnings, PADDING, height), _size(warnings)
    if warnings:
        width, height = max(width, room[0]), height + room[1]
    return Drawing(round(width), round(height), tuple(frames), tuple(boxes), tuple(lines_), beneath)


def _laid_out(
    graph: Graph, labels: dict[str, list[tuple[str, str]]], edges: list[tuple[Edge, list[tuple[str, str]]]]
) -> Any:
    with extra("html"):
        from pygraphviz import AGraph
    drawn = AGraph(strict=False, directed=True)
    drawn.graph_attr.update(rankdir="TB" if graph.down else "LR", nodesep="0.2", ranksep="0.4")
    drawn.edge_attr.update(tailport="s" if graph.down else "e", headport="n" if graph.down else "w")
    drawn.node_attr.update(shape="box", fixedsize="true", label="")
    for node in graph.nodes:
        width, height = _size(labels[node.id])
        drawn.add_node(node.id, width=f"{width / 72:.4f}", height=f"{height / 72:.4f}")
    for number, (edge, lines) in enumerate(edges):
        width, height = _size(lines)
        drawn.add_edge(edge.source, edge.target, key=str(number), label=_room(width, height) if lines else "")
    for account, name in _frames(graph):
        members = [node.id for node in graph.nodes if node.account == account]
        width, height = _size([("account", f"account {account}")])
        drawn.add_subgraph(members, name=name, label=_room(width, 16), labeljust="l", margin=str(PADDING))
    drawn.layout(prog="dot")
    return drawn


def _frames(graph: Graph) -> list[tuple[str, str]]:
    """Accounts, and the names under which Graphviz knows them."""
    accounts = dict.fromkeys(node.account for node in graph.nodes if node.account)
    return [(account, f"cluster_{number}") for number, account in enumerate(accounts)]


def _room(width: float, height: float) -> str:
    """An empty label of a given size: what Graphviz would make of a text depends on the fonts it finds."""
    size = f'width="{round(width)}" height="{round(height)}"'
    return f'<<table border="0" cellborder="0" fixedsize="true" {size}><tr><td></td></tr></table>>'


def _line(edge: Edge, lines: list[tuple[str, str]], attributes: Any, place: Any) -> Line:
    end, *points = attributes["pos"].split()
    head = place(*_numbers(end.removeprefix("e,")))
    (start, *rest) = [place(*_numbers(point)) for point in points]
    path = f"M{start[0]},{start[1]}C" + " ".join(f"{x},{y}" for x, y in rest)
    texts: tuple[Text, ...] = ()
    if lines:
        x, y = place(*_numbers(attributes["lp"]))
        width, height = _size(lines)
        texts = _texts(lines, x - width / 2 + PADDING, y - height / 2 + PADDING)
    return Line(path, _arrow(rest[-1], head), texts, edge)


def _arrow(tail: tuple[float, float], head: tuple[float, float]) -> str:
    """Points of a triangle that ends where the edge ends."""
    dx, dy = head[0] - tail[0], head[1] - tail[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    across_x, across_y = -dy / length * 4.5, dx / length * 4.5
    corners = [head, (tail[0] + across_x, tail[1] + across_y), (tail[0] - across_x, tail[1] - across_y)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _node_lines(node: Node) -> list[tuple[str, str]]:
    lines = [("what", node.what)] if node.what else []
    lines += [("name", part) for part in _folded(node.name, NODE_CELLS)]
    for line in node.lines:
        lines += [("more", part) for part in _folded(line, NODE_CELLS)]
    if node.mark and node.mark != node.what:
        lines += [("mark", part) for part in _folded(node.mark, NODE_CELLS)]
    return lines


def _warning_lines(graph: Graph) -> list[tuple[str, str]]:
    return [
        ("mark", part)
        for warning in graph.warnings
        for part in textwrap.wrap(f"Warning: {warning}", WARNING_CELLS)
    ]


def _edge_lines(edge: Edge) -> list[tuple[str, str]]:
    kinds = ["call", *["more"] * len(edge.lines)]
    return [
        (kind, part)
        for kind, line in zip(kinds, edge.lines, strict=False)
        for part in _folded(line, EDGE_CELLS)
    ]


def _folded(text: str, cells: int) -> list[str]:
    """Lines of at most so many cells, cut after `/`, `:`, `-` or a space if there is one near the end."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < NAME_LINES:
        line = chop_cells(rest, cells)[0]
        if len(line) < len(rest):
            at = max(line.rfind(mark) for mark in "/:-_, @.")
            line = line[: at + 1] if at > len(line) // 2 else line
        lines.append(line)
        rest = rest[len(line) :]
    if rest:
        lines[-1] = lines[-1][: max(len(lines[-1]) - 1, 0)] + "…"
    return lines or [""]


def _size(lines: Iterable[tuple[str, str]]) -> tuple[float, float]:
    lines = list(lines)
    cells = max((cell_len(text) for _, text in lines), default=0)
    return round(cells * CELL + 2 * PADDING, 1), len(lines) * LINE + 2 * PADDING - 4


def _texts(lines: Iterable[tuple[str, str]], x: float, y: float) -> tuple[Text, ...]:
    return tuple(
        Text(kind, text, round(x, 1), round(y + number * LINE + 11, 1))
        for number, (kind, text) in enumerate(lines)
    )


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))
