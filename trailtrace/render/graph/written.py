"""A graph in the format that was asked for."""

from collections.abc import Iterator

from trailtrace.render.graph import Graph
from trailtrace.render.graph.dot import dot_text
from trailtrace.render.graph.mermaid import mermaid_text


def written(graph: Graph, format: str) -> Iterator[str]:
    """`svg`, `mermaid` or `dot`. Only `svg` raises MissingExtraError without the extra `html`."""
    match format:
        case "svg":
            from trailtrace.render.graph.svg import svg_text

            yield svg_text(graph)
        case "mermaid":
            yield from mermaid_text(graph)
        case "dot":
            yield from dot_text(graph)
        case _:
            raise ValueError(format)
