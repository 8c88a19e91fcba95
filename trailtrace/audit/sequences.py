"""Questions about the order of events in time, which a detection's rows are handed to: pure functions.

Each takes the columns that its detections select, and returns those of `detections.COLUMNS` and more.
"""

from collections.abc import Callable

import polars as pl

SEQUENCES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {}
"""By the name that a header gives as `-- sequence:`."""
