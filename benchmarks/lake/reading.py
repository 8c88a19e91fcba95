"""How much of a lake a question reads. Run as: python -m benchmarks.lake.reading LAKE [--keys 20]

Counts what this process reads (`rchar` of /proc/self/io, Linux) while each key is asked for, against the
size of the lake; each key is asked of a lake that was just opened, and the opening is counted as well.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import trailtrace


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.reading", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--keys", type=int, default=20)
    given = parser.parse_args()
    size = sum(path.stat().st_size for path in given.lake.rglob("*.parquet"))
    with trailtrace.open(given.lake) as lake:
        events = lake.sql("select count(*) from records").item()
        keys = lake.sql(
            "select access_key_id as key from uses where join_key like 'ASIA%' order by md5(use_id)"
        )["key"].to_list()[: given.keys]
    print(f"{events:,} events, {size / 1e6:,.0f} MB of Parquet files")
    opened, asked, seconds = [], [], []
    for key in keys:
        begun = _read_bytes()
        with trailtrace.open(given.lake) as lake:
            opened.append(_read_bytes() - begun)
            started = time.perf_counter()
            answers = lake.who_did(key).answers
            seconds.append(time.perf_counter() - started)
            asked.append(_read_bytes() - begun)
        assert answers
    for name, values in (("opening", opened), ("opening and who-did", asked)):
        median = statistics.median(values)
        print(
            f"{name:20} median {median / 1e6:6.2f} MB ({median / size:.2%}), most {max(values) / 1e6:6.2f} MB"
            f" ({max(values) / size:.2%})"
        )
    print(f"{'who-did':20} median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s")


def _read_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise SystemExit("no rchar here")


if __name__ == "__main__":
    main()
