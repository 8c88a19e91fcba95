"""trailtrace: ties every use of an AWS credential to who really caused it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trailtrace.version import __version__

if TYPE_CHECKING:
    from trailtrace.investigation import Investigation, from_logs, open
    from trailtrace.lookups import lookup_events
    from trailtrace.upkeep import (
        build_lake,
        copy_lake,
        forget_networks,
        import_accounts,
        import_networks,
        load,
        mark,
        mark_accounts,
        prune,
        rebuild,
        verify,
    )
    from trailtrace.watching import watch

__all__ = [
    "Investigation",
    "__version__",
    "build_lake",
    "copy_lake",
    "forget_networks",
    "from_logs",
    "import_accounts",
    "import_networks",
    "load",
    "lookup_events",
    "mark",
    "mark_accounts",
    "open",
    "prune",
    "rebuild",
    "verify",
    "watch",
]

_HOMES = {
    "trailtrace.upkeep": (
        "build_lake",
        "copy_lake",
        "forget_networks",
        "import_accounts",
        "import_networks",
        "load",
        "mark",
        "mark_accounts",
        "prune",
        "rebuild",
        "verify",
    ),
    "trailtrace.lookups": ("lookup_events",),
    "trailtrace.watching": ("watch",),
    "trailtrace.investigation": ("Investigation", "from_logs", "open"),
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `trailtrace --help` needs neither DuckDB nor Polars.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'trailtrace' has no attribute {name!r}")
