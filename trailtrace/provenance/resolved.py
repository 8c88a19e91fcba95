"""What is found of facts: their links and their origins."""

from dataclasses import dataclass

import polars as pl

ID_COLUMNS = {"links": "use_id", "origins": "use_id", "caller_origins": "issuance_id"}
"""Of which fact a row of each table tells."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The tables links, origins and caller_origins, as documented in `queries/facts/schema.sql`."""

    links: pl.DataFrame
    origins: pl.DataFrame
    caller_origins: pl.DataFrame
