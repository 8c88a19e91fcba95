"""What is found of facts: their links and their origins."""

from dataclasses import dataclass

import polars as pl

from trailtrace.provenance.chains import ORIGIN
from trailtrace.provenance.facts import Facts
from trailtrace.provenance.matching import GRADES

ID_COLUMNS = {"links": "use_id", "origins": "use_id", "caller_origins": "issuance_id"}
"""Of which fact a row of each table tells."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The tables links, origins and caller_origins, as documented in `queries/facts/schema.sql`."""

    links: pl.DataFrame
    origins: pl.DataFrame
    caller_origins: pl.DataFrame


def as_stored(facts: Facts, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with ids and grades as tables have them."""
    numbers = [name for name in ("use_id", "issuance_id", "parent_use_id") if name in frame.columns]
    grades = pl.Series([str(GRADES[number]) for number in sorted(GRADES)])
    return frame.with_columns(
        *(facts.ids.gather(frame[name]).alias(name) for name in numbers),
        grades.gather(frame["grade"]).alias("grade"),
    )


def as_settled(facts: Facts, origins: pl.DataFrame | None) -> pl.DataFrame:
    """Rows of the table origins as `walk` reads them; those of uses that are no facts here are left out."""
    if origins is None:
        return pl.DataFrame(schema=ORIGIN)
    numbers = pl.DataFrame(
        {"text": facts.ids, "number": pl.int_range(facts.ids.len(), dtype=pl.UInt32, eager=True)}
    )
    grades = {str(name): number for number, name in GRADES.items()}
    return (
        origins.rename({"use_id": "text"})
        .join(numbers, on="text")
        .with_columns(
            pl.col("number").alias("use_id"), pl.col("grade").replace_strict(grades, return_dtype=pl.Int8)
        )
        .select(ORIGIN.keys())
    )
