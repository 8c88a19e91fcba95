"""Links and origins of a lake with made-up facts, without Spark. Run as:

python -m benchmarks.lake.linking --issuances 10000000 --folder DIR

Facts of 30 days: each issuance begins a session of one of 10,000 roles; three quarters of the sessions are
called by another one, down to a depth of ten, the others by users. Every session is used, and half of them
by a second key as the console would. One session name in ten is shared by all sessions of its role.
Prints seconds, CPU seconds and the peak of memory, all of this process.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from datetime import datetime
from pathlib import Path

import polars as pl

from trailtrace.lake.manifest import Manifest, build_folder
from trailtrace.lake.resolving import resolve_lake

START = datetime(2026, 5, 1)
SECONDS = 30 * 86_400
DEPTH = 10
ROLES = 10_000
CHUNK = 500_000
MANIFEST = Manifest(build=1, whole=1, builds=(1,))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.linking", description=__doc__)
    parser.add_argument("--issuances", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="for the lake; kept for another run")
    given = parser.parse_args()
    lake = given.folder / f"lake-{given.issuances}"
    if not lake.exists():
        shapes = _shapes()
        for first in range(0, given.issuances, CHUNK):
            write_facts(lake, shapes, first, min(CHUNK, given.issuances - first), given.issuances)
    for table in ("links", "origins", "caller_origins"):
        shutil.rmtree(lake / table, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, worked = time.perf_counter(), time.process_time()

    def told(what: str) -> None:
        seconds, of_cpu = time.perf_counter() - start, time.process_time() - worked
        print(f"{seconds:8.1f} s {of_cpu:8.1f} CPU s {_peak():6,.0f} MB  {what}", flush=True)

    resolve_lake(lake, MANIFEST, told)
    told("done")
    ends = (
        pl.scan_parquet(lake / build_folder("origins", 1) / "*.parquet")
        .group_by("stop", "grade")
        .len()
        .collect(engine="streaming")
    )
    print(
        f"{given.issuances:,} issuances: {time.perf_counter() - start:,.0f} s,"
        f" {time.process_time() - worked:,.0f} CPU s, {_peak():,.0f} MB at most"
        f" ({before / 1024:,.0f} before)"
    )
    print(ends.sort("len", descending=True))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _shapes() -> tuple[pl.DataFrame, pl.DataFrame]:
    from trailtrace.investigation import from_logs

    with from_logs(["sample_logs/AWSLogs"]) as sample:
        tables = sample._store._connection
        return tables.table("uses").limit(0).pl(), tables.table("issuances").limit(0).pl()


def _id(text: pl.Expr) -> pl.Expr:
    """As long, and in as little order, as the ids of a store."""
    return pl.concat_str([text.hash(seed).cast(pl.String).str.zfill(20).str.slice(4) for seed in (1, 2)])


def write_facts(
    lake: Path, shapes: tuple[pl.DataFrame, pl.DataFrame], first: int, count: int, total: int
) -> None:
    number = pl.int_range(first, first + count, eager=True).cast(pl.Int64)
    role = (number // DEPTH * 7919 + number) % ROLES
    deeper = number % DEPTH >= DEPTH // 4
    frame = pl.DataFrame(
        {"number": number, "role": role, "deeper": deeper, "user": number // DEPTH % max(total // 100, 1)}
    ).with_columns(
        text=pl.col("number").cast(pl.String).str.zfill(16),
        before=(pl.col("number") - 1).cast(pl.String).str.zfill(16),
        role_text=pl.col("role").cast(pl.String).str.zfill(12),
        account=(111_122_220_000 + pl.col("role") % 200).cast(pl.String),
        user_text=pl.col("user").cast(pl.String).str.zfill(16),
        at=pl.lit(START) + pl.duration(milliseconds=pl.col("number") * (SECONDS * 1000 // total)),
    )
    name = pl.when(pl.col("number") % 10 == 3).then(pl.lit("deploy")).otherwise("job-" + pl.col("text"))
    frame = frame.with_columns(name=name).with_columns(
        principal="AROA" + pl.col("role_text") + ":" + pl.col("name"),
        role_arn="arn:aws:iam::" + pl.col("account") + ":role/r" + pl.col("role_text"),
        arn=pl.concat_str(
            pl.lit("arn:aws:sts::"),
            "account",
            pl.lit(":assumed-role/r"),
            "role_text",
            pl.lit("/"),
            "name",
        ),
        user_arn="arn:aws:iam::111122223333:user/u" + pl.col("user_text"),
    )
    named = {
        "user_identity_type": pl.lit("AssumedRole"),
        "principal_id": pl.col("principal"),
        "arn": pl.col("arn"),
        "creation_date": pl.col("at").dt.truncate("1s"),
        "account_id": pl.col("account"),
        "session_issuer_arn": pl.col("role_arn"),
        "session_name": pl.col("name"),
        "first_seen": pl.col("at") + pl.duration(minutes=1),
        "last_seen": pl.col("at") + pl.duration(minutes=30),
    }
    common = {
        "authenticated": pl.lit(value=True),
        "source_identity_differs": pl.lit(value=False),
        "on_behalf_of_differs": pl.lit(value=False),
        "credentials_issued_to_differs": pl.lit(value=False),
        "form_grade": pl.lit(4, pl.Int8),
        "event_count": pl.lit(5),
    }
    key, console = "ASIA" + pl.col("text"), "ASIB" + pl.col("text")
    of_issued_keys = frame.select(
        use_id=_id("s" + pl.col("text")), access_key_id=key, join_key=key, **named, **common
    )
    of_other_keys = frame.filter(pl.col("number") % 2 == 0).select(
        use_id=_id("c" + pl.col("text")), access_key_id=console, join_key=console, **named, **common
    )
    # A user is written down with the first of its calls.
    people = frame.filter(
        (pl.col("number") % DEPTH == 0) & (pl.col("number") // DEPTH < max(total // 100, 1))
    )
    of_people = people.select(
        use_id=_id("u" + pl.col("user_text")),
        user_identity_type=pl.lit("IAMUser"),
        access_key_id="AKIA" + pl.col("user_text"),
        principal_id="AIDA" + pl.col("user_text"),
        arn="user_arn",
        account_id=pl.lit("111122223333"),
        user_name="u" + pl.col("user_text"),
        first_seen=pl.lit(START),
        last_seen=pl.lit(START) + pl.duration(seconds=SECONDS),
        **common,
    )
    issued = frame.select(
        issuance_id=_id("i" + pl.col("text")),
        kind=pl.lit("assume_role"),
        event_time="at",
        event_source=pl.lit("sts.amazonaws.com"),
        event_name=pl.lit("AssumeRole"),
        role_arn="role_arn",
        session_name="name",
        issued_key=key,
        session_principal_id="principal",
        session_arn="arn",
        expiration=pl.col("at") + pl.duration(hours=1),
        caller_use_id=pl.when("deeper")
        .then(_id("s" + pl.col("before")))
        .otherwise(_id("u" + pl.col("user_text"))),
        caller_type=pl.when("deeper").then(pl.lit("AssumedRole")).otherwise(pl.lit("IAMUser")),
        caller_held=pl.lit(value=True),
        callers_differ=pl.lit(value=False),
        conflicting=pl.lit(value=False),
        paired_by_key=pl.lit(value=False),
        form_grade=pl.lit(4, pl.Int8),
    )
    for table, shape, rows in (
        ("uses", shapes[0], [of_issued_keys, of_other_keys, of_people]),
        ("issuances", shapes[1], [issued]),
    ):
        folder = lake / build_folder(table, 1)
        folder.mkdir(parents=True, exist_ok=True)
        whole = pl.concat([shape, *rows], how="diagonal_relaxed").select(shape.columns)
        whole.write_parquet(folder / f"{first:012}.parquet", row_group_size=100_000)


if __name__ == "__main__":
    main()
