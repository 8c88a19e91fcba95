"""trailtrace: ties every use of an AWS credential to who really caused it."""

from typing import TYPE_CHECKING, Any

from trailtrace.version import __version__

if TYPE_CHECKING:
    from trailtrace.investigation import Investigation, from_logs, open
    from trailtrace.upkeep import import_accounts, load, mark, mark_accounts, prune, rebuild, verify

__all__ = [
    "Investigation",
    "__version__",
    "from_logs",
    "import_accounts",
    "load",
    "mark",
    "mark_accounts",
    "open",
    "prune",
    "rebuild",
    "verify",
]

_UPKEEP = ("import_accounts", "load", "mark", "mark_accounts", "prune", "rebuild", "verify")


def __getattr__(name: str) -> Any:
    # Loaded on first use: `trailtrace --help` needs neither DuckDB nor Polars.
    if name in _UPKEEP:
        from trailtrace import upkeep

        return getattr(upkeep, name)
    if name in __all__:
        from trailtrace import investigation

        return getattr(investigation, name)
    raise AttributeError(f"module 'trailtrace' has no attribute {name!r}")
