"""Measure how right trailtrace is. Run as: python -m benchmarks.accuracy --events 50000 --seeds 1,2,3"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import msgspec

from .habits import Habits
from .measure import Options, measure
from .report import markdown


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description="Measure accuracy.")
    made.add_argument(
        "--events", type=int, default=50_000, help="distinct events a seed; 10,000 to 10 million"
    )
    made.add_argument("--seeds", default="1", help="comma-separated; each is an organisation of its own")
    made.add_argument(
        "--gaps", type=float, default=1.0, help="times the usual share of logs missing; 0: none"
    )
    made.add_argument("--recycled", type=float, default=Habits().recycled, help="share of keys issued again")
    made.add_argument(
        "--thin", type=float, default=Habits().thin, help="share of records that omit key or session"
    )
    made.add_argument("--ask", type=int, default=100, help="unfinished chains a seed to ask who-did about")
    made.add_argument("--wrong", type=int, default=50, help="most wrong answers a seed to print")
    made.add_argument("--out", type=Path, help="folder for accuracy.md and accuracy.json")
    made.add_argument("--work", type=Path, help="keep logs, truth and store in this folder")
    return made


def main() -> None:
    given = parser().parse_args()
    if given.events < 1:
        raise SystemExit("--events must be at least 1")
    options = Options(
        events=given.events,
        gaps=given.gaps,
        habits=Habits(recycled=given.recycled, thin=given.thin),
        ask=given.ask,
        keep=given.work is not None,
    )
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        measured = [measure(work, int(seed), options) for seed in given.seeds.split(",")]
    text = markdown(measured, given.wrong)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "accuracy.md").write_text(text)
        rows = msgspec.json.encode([asdict(each) for each in measured], enc_hook=str)
        (given.out / "accuracy.json").write_bytes(msgspec.json.format(rows))
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
