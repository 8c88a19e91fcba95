"""Link and resolve made-up facts, without a database, and print time and memory for each size.

Run as: python benchmarks/linking.py --issuances 200000 --issuances 1000000

Each issuance begins a role session; three quarters of them are called by another session, down to a
depth of ten. Every session is used, and half of them by a second key as the console would. So there are
half as many uses again as issuances, beside the users.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import datetime

import polars as pl

START = datetime(2026, 5, 4)
DEPTH = 10


def _hash(text: pl.Expr) -> pl.Expr:
    """As long, and in as little order, as the ids of a store."""
    half = [text.hash(seed).cast(pl.String).str.zfill(20).str.slice(4) for seed in (1, 2)]
    return pl.concat_str(half)


def facts(issuances: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Frames with the columns of the tables `uses` and `issuances`, empty where no rule needs them."""
    from trailtrace.investigation import from_logs

    with from_logs(["sample_logs/AWSLogs"]) as sample:
        store = sample._store
        shapes = store.frame("facts/all_uses").clear(), store.frame("facts/all_issuances").clear()
    users = max(issuances // 100, 1)
    number = pl.int_range(issuances, eager=True)
    text = number.cast(pl.String).str.zfill(16)
    user = (number % users).cast(pl.String).str.zfill(16)
    deeper = (number % DEPTH) >= DEPTH // 4
    sessions = pl.DataFrame({"number": number, "text": text}).with_columns(
        use_id=_hash("s" + pl.col("text")),
        key="ASIA" + pl.col("text"),
        principal="AROA" + pl.col("text") + ":job",
        at=pl.lit(START) + pl.duration(seconds=pl.col("number") % 80_000),
        caller=_hash(
            pl.when(pl.lit(deeper)).then("s" + pl.col("text").shift(1)).otherwise("u" + pl.lit(user))
        ),
        role=pl.lit("arn:aws:iam::111122223333:role/r") + pl.col("text"),
    )
    named = {
        "user_identity_type": pl.lit("AssumedRole"),
        "principal_id": pl.col("principal"),
        "creation_date": pl.col("at"),
        "account_id": pl.lit("111122223333"),
        "session_issuer_arn": pl.col("role"),
        "session_name": pl.lit("job"),
        "authenticated": pl.lit(value=True),
        "source_identity_differs": pl.lit(value=False),
        "on_behalf_of_differs": pl.lit(value=False),
        "credentials_issued_to_differs": pl.lit(value=False),
        "failed_integrity": pl.lit(value=False),
        "form_grade": pl.lit(4, pl.Int8),
        "first_seen": pl.col("at") + pl.duration(minutes=1),
        "last_seen": pl.col("at") + pl.duration(minutes=30),
        "event_count": pl.lit(5),
    }
    of_issued_keys = sessions.select(use_id="use_id", access_key_id="key", join_key="key", **named)
    console = "ASIB" + pl.col("text")
    of_other_keys = sessions.filter(pl.col("number") % 2 == 0).select(
        use_id=_hash("c" + pl.col("text")), access_key_id=console, join_key=console, **named
    )
    people = pl.DataFrame({"text": pl.int_range(users, eager=True).cast(pl.String).str.zfill(16)}).select(
        use_id=_hash("u" + pl.col("text")),
        user_identity_type=pl.lit("IAMUser"),
        access_key_id="AKIA" + pl.col("text"),
        principal_id="AIDA" + pl.col("text"),
        arn="arn:aws:iam::111122223333:user/" + pl.col("text"),
        authenticated=pl.lit(value=True),
        source_identity_differs=pl.lit(value=False),
        on_behalf_of_differs=pl.lit(value=False),
        credentials_issued_to_differs=pl.lit(value=False),
        failed_integrity=pl.lit(value=False),
        form_grade=pl.lit(4, pl.Int8),
        first_seen=pl.lit(START),
        last_seen=pl.lit(START),
    )
    issued = sessions.select(
        issuance_id=_hash("i" + pl.col("text")),
        kind=pl.lit("assume_role"),
        event_time="at",
        event_source=pl.lit("sts.amazonaws.com"),
        event_name=pl.lit("AssumeRole"),
        role_arn="role",
        session_name=pl.lit("job"),
        issued_key="key",
        session_principal_id="principal",
        expiration=pl.col("at") + pl.duration(hours=1),
        caller_use_id="caller",
        caller_type=pl.when(pl.lit(deeper)).then(pl.lit("AssumedRole")).otherwise(pl.lit("IAMUser")),
        caller_held=pl.lit(value=True),
        callers_differ=pl.lit(value=False),
        conflicting=pl.lit(value=False),
        paired_by_key=pl.lit(value=False),
        form_grade=pl.lit(4, pl.Int8),
        told_to_role_account=pl.lit(value=True),
    )
    uses = pl.concat([shapes[0], of_issued_keys, of_other_keys, people], how="diagonal_relaxed")
    return uses, pl.concat([shapes[1], issued], how="diagonal_relaxed")


def measure(issuances: int) -> dict[str, float]:
    uses, issued = facts(issuances)
    from trailtrace.provenance import resolve

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, worked = time.perf_counter(), time.process_time()
    found = resolve(uses, issued)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    known = found.origins.filter(pl.col("stop") == "origin").height
    return {
        "issuances": issuances,
        "uses": uses.height,
        "seconds": seconds,
        "cpu_seconds": worked,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "facts_megabytes": before / 1024,
        "resolved": known / uses.height,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Link and resolve made-up facts.")
    parser.add_argument("--issuances", type=int, action="append", help="how many; may be repeated")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = given.issuances or [200_000, 1_000_000]
    if given.one:
        print(json.dumps(measure(sizes[0])))
        return
    print("| issuances | uses | seconds | CPU seconds | peak MB, the facts included | resolved |")
    print("| --: | --: | --: | --: | --: | --: |")
    for size in sizes:
        # A process each, so that one size's peak is not the next one's.
        argv = [sys.executable, __file__, "--one", "--issuances", str(size)]
        row = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
        print(
            f"| {row['issuances']:,} | {row['uses']:,} | {row['seconds']:.2f} | {row['cpu_seconds']:.2f}"
            f" | {row['megabytes']:,.0f} (facts alone {row['facts_megabytes']:,.0f})"
            f" | {row['resolved']:.1%} |"
        )


if __name__ == "__main__":
    main()
