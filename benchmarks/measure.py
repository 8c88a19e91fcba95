"""Run one command as a process of its own and say what it cost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: the process and all that it waited for."""

    wall: float
    cpu: float
    peak_mb: float
    output: str
    failure: str


def run(argv: Sequence[str], stdin: Path | None = None, accept: tuple[int, ...] = (0,)) -> Cost:
    """Run `argv`; an exit code outside `accept` is a failure, told by its last line on stderr."""
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        Path(stdin or os.devnull).open("rb") as source,
    ):
        start = time.perf_counter()
        process = subprocess.Popen(argv, stdin=source, stdout=out, stderr=err)
        # wait4 and not getrusage: it tells of this one child and its children, not of all so far.
        # Its peak is that of the largest process, not a sum; a child starts from its parent's
        # peak, which is why this program imports nothing big.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, errors = (file.read().decode(errors="replace") for file in (out, err))
    failure = ""
    if process.returncode not in accept:
        lines = errors.strip().splitlines() or ["no message"]
        failure = f"exit {process.returncode}: {lines[-1][:200]}"
    unit = 1024 if os.uname().sysname == "Linux" else 1024**2
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, output, failure)


def size_mb(path: Path) -> float:
    """What a file or folder takes on disk."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
