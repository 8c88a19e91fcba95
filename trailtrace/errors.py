"""What can go wrong for a user, and the exit code it ends with."""

from collections.abc import Iterator
from contextlib import contextmanager


class TrailtraceError(Exception):
    """A failure with a one-line message that says what, where and what to do next."""

    exit_code = 1


class UsageError(TrailtraceError):
    """The command line or a call's arguments make no sense."""

    exit_code = 2


class NothingMoreError(TrailtraceError):
    """Nothing more can be read of the input; what was read until then was read whole."""


class NoRecordsError(TrailtraceError):
    """The input held no CloudTrail event at all."""

    exit_code = 3


class TargetNotFoundError(TrailtraceError):
    """The target does not occur in the logs."""

    exit_code = 4


class StoreError(TrailtraceError):
    """The store cannot be opened, read or written."""


class StoreBusyError(StoreError):
    """Another process holds the store, and did not let go of it."""


class ContradictionError(TrailtraceError):
    """A store did not hold what its own records say."""

    exit_code = 5


class VerificationError(TrailtraceError):
    """Log files are not what CloudTrail signed."""

    exit_code = 6


class MissingExtraError(TrailtraceError):
    """Something that is installed only if it is asked for is needed."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around imports of what the extra `name` installs; without it, says how to install it."""
    try:
        yield
    except ImportError as error:
        needed = f"{error.name or name} is not installed: run pip install 'trailtrace[{name}]'"
        raise MissingExtraError(needed) from error
