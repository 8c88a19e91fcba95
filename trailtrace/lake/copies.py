"""Which records of a lake say what an earlier record says already, by the rules of a store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from trailtrace.same_content import same_in_other_writing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PLACE = ("file_id", "record")

PLACES = pa.schema([("file_id", pa.int64()), ("record", pa.int64())])


def copies_of(records: DataFrame, identities: DataFrame) -> DataFrame:
    """Where the copies are, file_id and record: of each content the first stays.

    Copies tell the same time, so they are of one day: `records` and `identities` are those of whole days,
    with the columns of a store's tables.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    said = [
        F.col(name).cast("string").alias(name) for name in records.columns if name not in (*_PLACE, "day")
    ]
    read = records.select(
        *_PLACE,
        "event_id",
        "recipient_account_id",
        F.sha2(F.to_json(F.struct(*said)), 256).alias("content"),
    )
    in_order = Window.partitionBy("event_id", "recipient_account_id", "content").orderBy(*_PLACE)
    numbered = read.withColumn("copy", F.row_number().over(in_order))
    same = numbered.where("copy > 1").select(*_PLACE)
    # Exports write one content in several ways: only records that share their id and differ are looked at.
    in_doubt = (
        numbered.where("copy = 1 and event_id is not null")
        .withColumn("contents", F.count("*").over(Window.partitionBy("event_id", "recipient_account_id")))
        .where("contents > 1")
        .select(*_PLACE)
    )
    whole = _events(records.join(in_doubt, list(_PLACE), "left_semi"), identities)
    differing = whole.groupBy("event_id", "recipient_account_id").applyInArrow(
        _in_other_writing, "file_id bigint, record bigint"
    )
    return same.unionByName(differing)


def _events(records: DataFrame, identities: DataFrame) -> DataFrame:
    """Records with what their identity says, as the view `events`; `extra` is still in two parts."""
    from pyspark.sql import functions as F

    console = "session_credential_from_console"
    of_identity = (
        identities.withColumnRenamed("extra", "identity_extra")
        .withColumnRenamed(console, "identity_console")
        .drop("day")
    )
    return (
        records.drop("day")
        .join(of_identity, "identity_id")
        .withColumn(console, F.coalesce(console, "identity_console"))
        .drop("identity_console", "identity_id")
    )


def _in_other_writing(table: pa.Table) -> pa.Table:
    """The copies among records of one event id and account."""
    rows = sorted(table.to_pylist(), key=lambda row: (row["file_id"], row["record"]))
    repeated = same_in_other_writing([_whole(row) for row in rows])
    return pa.Table.from_pylist(repeated, schema=PLACES)


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """With one `extra`, as `whole_extra` of a store makes it."""
    of_identity = row.pop("identity_extra")
    if of_identity is not None:
        row["extra"] = json.dumps(
            {**json.loads(row["extra"] or "{}"), "userIdentity": json.loads(of_identity)}
        )
    return row
