"""Write made-up CloudTrail logs as a trail delivers them; the same arguments give the same bytes.

Run as: python benchmarks/make_logs.py --events 1000000 --files 2000 --out DIR
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from multiprocessing import Pool
from pathlib import Path
from random import Random
from string import ascii_letters, digits

from synthetic.clock import moment
from synthetic.organisation import REGIONS, Account, make_organisation
from synthetic.plan import Credential, Plan
from synthetic.records import Writer
from synthetic.sessions import fill

LETTERS = ascii_letters + digits
ACCOUNTS = 20
REGION_SHARES = (0.63, 0.24, 0.13)
SESSIONS_PER_EVENT = 0.0175
ELSEWHERE = 0.1  # share of a session's calls that go to another region than its own


@dataclass(slots=True)
class LogFile:
    """One file to write: whose, when, and what goes into it."""

    number: int
    account: Account
    region: str
    end: int
    texts: list[str] = field(default_factory=list)
    users: array[int] = field(default_factory=lambda: array("I"))
    seconds: array[int] = field(default_factory=lambda: array("I"))


@dataclass(slots=True)
class Written:
    """What writing a file says about it."""

    events: int
    size: int
    compressed: int
    used: set[tuple[int, int]]


class Trail:
    """The files of the organisation's trail: each account and region has its share of the day."""

    def __init__(self, accounts: list[Account], regions: Sequence[str], files: int, period: int):
        self.period = period
        self.files: list[LogFile] = []
        self._first: dict[tuple[str, str], tuple[int, int]] = {}
        streams = [
            (account, region, account.weight * share)
            for account in accounts
            for region, share in zip(regions, REGION_SHARES, strict=False)
        ]
        # One file each, the rest by weight: rounding the running sum gives exactly `files`.
        spare = files - len(streams)
        edges = [0.0, *accumulate(weight for *_, weight in streams)]
        for stream, (account, region, _) in enumerate(streams):
            low, high = (round(spare * edges[stream + i] / edges[-1]) for i in (0, 1))
            count = 1 + high - low
            self._first[account.id, region] = (len(self.files), count)
            for part in range(count):
                number, end = len(self.files), (part + 1) * period // count
                self.files.append(LogFile(number, account, region, end))

    def file(self, account: str, region: str, second: int) -> LogFile:
        first, count = self._first[account, region]
        return self.files[first + second * count // self.period]


def spread(plan: Plan, trail: Trail, rng: Random, uses: int) -> None:
    """Give each credential its uses, between issuance and expiry, in the files of their moments."""
    for record in plan.records:
        trail.file(record.account, record.region, record.second).texts.append(record.text)
    credentials = plan.credentials
    weights = list(accumulate(credential.weight for credential in credentials))
    draw, total = rng.random, weights[-1]
    for use in range(uses):
        # Every credential is used at least once, if there are uses enough.
        index = use if use < len(credentials) else bisect_right(weights, draw() * total)
        credential = credentials[index]
        second = credential.start + int(draw() * (credential.end - credential.start))
        region = credential.region
        if not region or draw() < ELSEWHERE:
            region = plan.region()
        target = trail.file(credential.account, region, second)
        target.users.append(index)
        target.seconds.append(second)


class Job:
    """What a worker process needs to write any of the files."""

    def __init__(self, out: Path, seed: int, credentials: list[Credential]) -> None:
        self.out, self.seed, self.credentials = out, seed, credentials

    def write(self, log: LogFile) -> Written:
        # A random source for each file: the bytes do not depend on which process writes it.
        rng = Random(f"{self.seed}/{log.number}")
        writer = Writer(rng, log.account, log.region)
        texts = list(log.texts)
        for index, second in zip(log.users, log.seconds, strict=True):
            texts.append(writer.record(index, self.credentials[index], second))
        rng.shuffle(texts)  # a delivered file is in no order
        content = f'{{"Records":[{",".join(texts)}]}}'.encode()
        packed = gzip.compress(content, 6, mtime=0)
        path = self.path(log, rng)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed)
        return Written(len(texts), len(content), len(packed), writer.used)

    def path(self, log: LogFile, rng: Random) -> Path:
        account, region = log.account.id, log.region
        delivered = moment(log.end + rng.randrange(60, 300))
        name = "".join(rng.choices(LETTERS, k=16))
        return (
            self.out / "AWSLogs" / account / "CloudTrail" / region / f"{delivered:%Y/%m/%d}"
            / f"{account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}_{name}.json.gz"
        )  # fmt: skip


_job: Job


def _start(job: Job) -> None:
    global _job
    _job = job


def _write(log: LogFile) -> Written:
    return _job.write(log)


def write_all(job: Job, files: list[LogFile], jobs: int) -> Iterator[Written]:
    if jobs == 1:
        yield from map(job.write, files)
        return
    with Pool(jobs, _start, (job,)) as pool:
        yield from pool.imap_unordered(_write, files, chunksize=8)


def make(events: int, files: int, out: Path, seed: int, jobs: int, days: int) -> dict[str, object]:
    """Plan the logs, write them, and say what is in them."""
    rng = Random(seed)
    regions = min(len(REGIONS), files)
    accounts = make_organisation(rng, max(1, min(ACCOUNTS, files // regions)))
    plan = Plan(rng, accounts, regions, days, int(events * SESSIONS_PER_EVENT))
    fill(plan)
    trail = Trail(accounts, plan.regions, files, plan.period)
    uses = events - len(plan.records)
    spread(plan, trail, rng, uses)
    written = list(write_all(Job(out, seed, plan.credentials), trail.files, jobs))
    keys = {(index, 0) for index in plan.signed}
    keys.update(pair for file in written for pair in file.used if not plan.credentials[pair[0]].service)
    return {
        "events": sum(file.events for file in written),
        "files": len(written),
        "json_bytes": sum(file.size for file in written),
        "gz_bytes": sum(file.compressed for file in written),
        "accounts": len(accounts),
        "days": days,
        "sessions": sum(plan.kinds.values()),
        "issuing_events": len(plan.records) - plan.kinds["ConsoleLogin"],
        "of_these_account_copies": plan.copies,
        "sessions_by_kind": dict(sorted(plan.kinds.items())),
        "distinct_keys_used": len(keys),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--days", type=int, default=0, help="default: one per million events")
    options = parser.parse_args()
    if min(options.events, options.files, options.jobs) < 1:
        parser.error("--events, --files and --jobs must be at least 1")
    if options.out.exists() and any(options.out.iterdir()):
        parser.error(f"{options.out} is not empty: old and new logs would mix")
    days = options.days or max(1, options.events // 1_000_000)
    facts = make(options.events, options.files, options.out, options.seed, options.jobs, days)
    sys.stdout.write(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
