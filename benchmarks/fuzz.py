"""Damaged and made-up files by the million: nothing may crash, no ledger be off, no good record be lost.

    python benchmarks/fuzz.py sniff --inputs 1000000
    python benchmarks/fuzz.py load --inputs 100000
    python benchmarks/fuzz.py coverage -max_total_time=600     (needs `pip install atheris`)

`sniff` gives files to `unwrap`: records in every wrapping, whole or damaged in one place. `load`
takes files all the way through SQL into a store, many at a time. `coverage` lets libFuzzer look for
bytes that reach new code in `unwrap`. The same seed makes the same files; what fails is written to
`--out`, and `replay FILE` shows it again.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fuzzing.checks import LostError, check_loaded, check_unwrapped
from fuzzing.made import Made, load_file, sniff

from trailtrace.containers import unwrap

FILES_AT_ONCE = 10_000
"""Files of one store: SQL costs nearly the same for one as for a thousand."""


class Failures:
    """Writes what failed, a few of each kind."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.seen: Counter[str] = Counter()

    def note(self, error: BaseException, data: bytes, name: str) -> None:
        kind = type(error).__name__ + " " + str(error).split(":")[0][:60]
        self.seen[kind] += 1
        if self.seen[kind] <= 20:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / f"{name}.bin").write_bytes(data)
            (self.out / f"{name}.txt").write_text(
                "".join(traceback.format_exception(error)), errors="replace"
            )


def run_sniff(seed: int, inputs: int, failures: Failures, seconds: float) -> int:
    end = time.monotonic() + seconds
    for number in range(inputs):
        made = sniff(seed, number)
        try:
            check_unwrapped(made)
        except Exception as error:
            failures.note(error, made.data, f"sniff-{seed}-{number}")
        if number % 1000 == 0 and time.monotonic() > end:
            return number + 1
        if number % 20_000 == 0:
            print(f"{number:,} files, {sum(failures.seen.values())} failures", file=sys.stderr, flush=True)
    return inputs


def run_load(seed: int, inputs: int, failures: Failures, seconds: float) -> int:
    end = time.monotonic() + seconds
    for start in range(0, inputs, FILES_AT_ONCE):
        files = [load_file(seed, number) for number in range(start, min(start + FILES_AT_ONCE, inputs))]
        try:
            check_loaded(files)
        except Exception as error:
            _blame(files, error, failures, f"load-{seed}-{start}")
        print(
            f"{start + len(files):,} files, {sum(failures.seen.values())} failures",
            file=sys.stderr,
            flush=True,
        )
        if time.monotonic() > end:
            return start + len(files)
    return inputs


def _blame(files: Sequence[Made], error: BaseException, failures: Failures, name: str) -> None:
    """Halves the files as long as a half fails too, and notes what is left."""
    while len(files) > 1:
        half = len(files) // 2
        for part in (files[:half], files[half:]):
            try:
                check_loaded(part)
            except Exception as smaller:
                files, error = part, smaller
                break
        else:
            break
    failures.note(error, b"\n\n".join(made.data for made in files), name)


def run_coverage(arguments: list[str]) -> None:
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

    with atheris.instrument_imports(include=["trailtrace"], enable_loader_override=False):
        for name in (
            "trailtrace.containers",
            "trailtrace.salvage",
            "trailtrace.unwrapped",
            "trailtrace.documents",
        ):
            sys.modules.pop(name, None)
        from trailtrace.containers import unwrap as watched

    def one(data: bytes) -> None:
        _, items = watched(data)
        last = 0
        for item in items:
            # By name: the classes of what was imported again are others.
            first: int = getattr(item, "first_record", 0) or getattr(item, "record", 0)
            if first == 0:
                continue
            if first <= last:
                raise LostError(f"{item} behind {last}")
            last = first + len(getattr(item, "identity_of", [None])) - 1

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["sniff", "load", "coverage", "replay"])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-failures"))
    options, rest = parser.parse_known_args()
    if options.what == "coverage":
        run_coverage(rest)
    if options.what == "replay":
        made = Made(Path(rest[0]).read_bytes(), (), "replay")
        print(unwrap(made.data))
        check_unwrapped(made)
        check_loaded([made])
        return
    if rest:
        parser.error(f"unknown: {' '.join(rest)}")
    failures = Failures(options.out)
    started = time.monotonic()
    run = run_sniff if options.what == "sniff" else run_load
    done = run(options.seed, options.inputs, failures, options.seconds)
    took = time.monotonic() - started
    print(f"{options.what}: {done:,} files in {took:,.0f} s, failures: {dict(failures.seen)}")
    if failures.seen:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
