"""Chains as a graph: who or what acted, the sessions in between, and the calls that tie them.

All text in it has been made visible; it is still to be escaped for whatever it is written in.
"""

from dataclasses import dataclass
from enum import StrEnum

from trailtrace.model import Grade


class NodeKind(StrEnum):
    """What a node stands for; each has a shape of its own."""

    ORIGIN = "origin"
    UNKNOWN = "unknown"
    SESSION = "session"
    ACCOUNT = "account"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Node:
    """A box: what it is in a word or two, its name, and what else is known."""

    id: str
    kind: NodeKind
    what: str
    name: str
    lines: tuple[str, ...] = ()
    account: str | None = None
    """Nodes of one account stand together."""
    mark: str | None = None
    """Why it is drawn with a thick border, in words."""
    link: str | None = None
    """Anchor of the page it is drawn in."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A call that led from one node to another."""

    source: str
    target: str
    lines: tuple[str, ...]
    grade: Grade | None = None
    sure: bool = True
    """False: only one of several readings."""


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn."""

    title: str
    about: str
    """In a sentence or two, for who does not see the picture."""
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int = 0
    """Boxes that were left out."""
    warnings: tuple[str, ...] = ()
    """What must be known with it; every drawing shows them."""
    down: bool = True
    """From top to bottom, which suits a single chain and a narrow page; else from left to right."""
