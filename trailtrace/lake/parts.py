"""Puts the facts of a lake into parts: what is tied to a fact is in its part, but the callers of calls.

The ties are those of `provenance/ties.py`. Whatever two of them agree in is made a name, a number, by
`queries/lake/parts/`; a fact that has several names puts them together, and a part is what a share of
the names stands for. Names that only seem to be one make parts larger, and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from trailtrace.store import Store

FACTS = {"uses": "facts/sound_uses", "issuances": "facts/all_issuances"}
"""The tables, and their rows as provenance reads them: no file of a lake failed verification."""


def write_parts(store: Store, parts: int, folder: Path) -> None:
    """Writes both tables of facts, with the columns that provenance reads, as `<table>/part=<number>/`."""
    for table, statement in FACTS.items():
        store.view(f"told_{table}", statement)
    store.run("lake/parts/macros")
    store.fill("lake/parts/stand_for_roles", _together(store.frame("lake/parts/roles")).to_arrow())
    store.run("lake/parts/names")
    store.fill("lake/parts/stand_for_names", _together(store.frame("lake/parts/pairs")).to_arrow())
    store.fill("lake/parts/divide", pa.table({"parts": pa.array([parts], pa.uint64())}))
    store.write("lake/parts/uses", folder / "uses", apart_by="part")
    store.write("lake/parts/issuances", folder / "issuances", apart_by="part")


def _together(pairs: pl.DataFrame) -> pl.DataFrame:
    """Columns name and first: the least of all names that pairs (name, other) lead to from a name."""
    first: dict[Any, Any] = {}

    def found(name: Any) -> Any:
        while (above := first.setdefault(name, name)) != name:
            first[name] = first[above]  # the next who asks has half the way
            name = above
        return name

    for one, other in pairs.iter_rows():
        least, most = sorted((found(one), found(other)))
        first[most] = least
    names = list(first)
    kind = pairs.schema["name"]
    return pl.DataFrame(
        {"name": names, "first": [found(name) for name in names]}, schema={"name": kind, "first": kind}
    )
