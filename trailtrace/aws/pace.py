"""Requests at a steady pace, from any number of threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class Pace:
    """At most so many turns in any second: each begins at least 1/rate seconds behind the one before."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next = clock()

    def wait(self) -> None:
        """Waits for a turn of its own."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._apart
        if turn > now:
            self._sleep(turn - now)
