"""A graph as an SVG file: text that can be selected, dark or light as its reader likes, nothing loaded."""

from trailtrace.render.filled import filled
from trailtrace.render.graph import Graph
from trailtrace.render.graph.layout import drawing_of


def svg_text(graph: Graph) -> str:
    """Raises MissingExtraError without the extra `html`."""
    return filled("graph.svg", graph=graph, drawing=drawing_of(graph))
