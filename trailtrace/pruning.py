"""Takes old records out of a store, but what the chains of later ones are made of.

Everything derived is made anew from what is left, and the answers about what stays must be those
from before. If any is not, more is kept; if that does not help, nothing is removed.
"""

from datetime import datetime, timedelta

from trailtrace.derive import derive_all
from trailtrace.errors import StoreError, UsageError
from trailtrace.model import Pruned
from trailtrace.store import Store

LONGEST_LIFE = timedelta(hours=37)
"""No session lives longer: GetSessionToken and GetFederationToken give 36 hours, and clocks differ."""


def prune(store: Store, before: datetime, now: datetime) -> Pruned:
    """Removes the records before a time, all or nothing; times are UTC without offset.

    Raises UsageError if that time is not past: all that comes later would leave as well.
    """
    if before > now:
        raise UsageError(f"{before:%Y-%m-%d %H:%M:%SZ} is in the future: records before it would never stay")
    pruned = _prune(store, before, now)
    if pruned is None:
        raise StoreError(
            f"{store.name}: without these records some answers would change: nothing was removed"
        )
    return pruned


def prune_again(store: Store, first_file_id: int, now: datetime) -> int:
    """Removes what files from this one on brought from before the time to which the store was pruned.

    Returns how many records left; none where answers would change without them.
    """
    [(before, brought)] = store.run("prune/horizon", {"first_file_id": first_file_id})
    pruned = _prune(store, before, now) if brought else None
    return pruned.records if pruned else 0


def _prune(store: Store, before: datetime, now: datetime) -> Pruned | None:
    """None if some answer would change: then nothing is removed."""
    for all_facts in (False, True):
        try:
            with store.transaction():
                return _remove(store, before, now, all_facts)
        except _OtherAnswersError:
            continue
    return None


def _remove(store: Store, before: datetime, now: datetime, all_facts: bool) -> Pruned:
    store.run("prune/answered", {"before": before})
    alive_since = max(before, datetime.min + LONGEST_LIFE) - LONGEST_LIFE
    store.run("prune/no_more")
    more = True
    while more:
        store.run("prune/needed", {"before": before, "alive_since": alive_since, "all_facts": all_facts})
        store.run("prune/gone", {"before": before})
        more = bool(store.run("prune/more"))
    [(records, files)] = store.run("prune/count_gone")
    if records:
        store.run("prune/remember_origins")
        store.run("prune/remember_links")
        store.run("prune/remember_copies", {"before": before})
        store.run("prune/remove")
        derive_all(store)
        [(changed,)] = store.run("prune/changed", {"before": before})
        if changed:
            raise _OtherAnswersError
    store.run("prune/note", {"before": before, "now": now, "records": records})
    [(left,)] = store.run("prune/left", {"before": before})
    return Pruned(before, records, files, left, all_facts)


class _OtherAnswersError(Exception):
    """Something would be answered otherwise."""
