"""Write one organisation's logs and, apart from them, who was behind every event."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from .clock import DAY
from .feed import Feed, Rates
from .habits import Habits
from .organisation import make_organisation
from .simulation import World
from .stories import STORIES
from .truth import Truth

EVENTS_A_DAY = 150_000
FEWEST_DAYS = 3
EVENTS_A_FILE = 300


@dataclass(frozen=True, slots=True)
class Generated:
    logs: Path
    truth: Path
    events: int
    records: int
    files: int
    json_bytes: int
    credentials: int
    kinds: tuple[str, ...]
    seconds: float


def generate(
    out: Path, events: int, seed: int, *, gaps: float = 1.0, habits: Habits | None = None
) -> Generated:
    """`events` distinct events, and a few more to end the last story. The same arguments, the same logs."""
    started = time.perf_counter()
    gc.disable()  # a story's records hold no cycles; looking for them takes a tenth of the time
    rng = Random(f"accuracy/{seed}/{events}")
    accounts = min(400, max(30, events // 250))
    people = min(5_000, max(100, events // 20))
    organisation = make_organisation(rng, accounts, people)
    days = max(FEWEST_DAYS, events // EVENTS_A_DAY)
    streams = accounts * 3
    slots_a_day = max(1, min(24, events // days // streams // EVENTS_A_FILE))
    feed = Feed(
        rng, out / "logs", organisation.accounts, organisation.outside,
        Rates().scaled(gaps), DAY // slots_a_day,
    )  # fmt: skip
    truth = Truth(out / "truth")
    juggling = min(200, max(30, events // 250))
    world = World(rng, organisation, feed, truth, habits or Habits(), juggling)
    stories = [story for story, _ in STORIES]
    weights = list(accumulate(weight for _, weight in STORIES))
    period = days * DAY
    now = 0
    # Every story is told once, whatever the size; then by weight until there are events enough.
    first = list(stories)
    rng.shuffle(first)
    while truth.events < events or first:
        # Not in the first hour: stories look back some minutes.
        now = max(now, 3_600 + int(period * min(1.0, truth.events / events)))
        story = first.pop() if first else rng.choices(stories, cum_weights=weights)[0]
        story(world, now + rng.randrange(1_800))
        world.finish()
        feed.advance(now)
        truth.flush()
    feed.close()
    truth.flush(1)
    gc.enable()
    return Generated(
        logs=out / "logs",
        truth=out / "truth",
        events=truth.events,
        records=feed.written,
        files=feed.files,
        json_bytes=feed.bytes,
        credentials=truth.credentials,
        kinds=tuple(sorted(world.kinds)),
        seconds=time.perf_counter() - started,
    )
