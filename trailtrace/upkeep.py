"""What is done to a store as a whole: open it for writing, change it, say what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace import accounts, marking, networks, pruning, rebuilding
from trailtrace.errors import StoreError, TrailtraceError, UsageError, extra
from trailtrace.gzipped import LIMITS, Limits
from trailtrace.migration import migrate
from trailtrace.model import IngestSummary, LakeBuilt, LakeCopied, Pruned, Rebuilt
from trailtrace.names import Relation
from trailtrace.places import EVERYTHING, find
from trailtrace.remote.access import Access
from trailtrace.remote.layout import ROOT, Selection
from trailtrace.remote.place import is_remote, url_of
from trailtrace.sources import limited
from trailtrace.store import Store
from trailtrace.writing import replaced, writing

if TYPE_CHECKING:
    from trailtrace.ingest import Progress
    from trailtrace.verification import Marked, Verification


def load(
    path: str | Path,
    paths: list[str],
    *,
    selection: Selection = EVERYTHING,
    access: Access | None = None,
    limits: Limits = LIMITS,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> IngestSummary:
    """Loads logs into the store at `path`, which is created when it is not there.

    A path may be a bucket, `s3://bucket/prefix`: `selection` says what is listed of it, `access` how to
    get at it. Or one path is the folder of a lake (docs/lake.md), with a selection of days.
    `limits` are those of what one object may unpack to; what goes beyond is a reject.
    `jobs` is the number of files read at the same time; None: one for every three cores.
    A store of an older schema is brought up to date. `waiting` is told, in a sentence, whom it waits
    for. Raises StoreError when it cannot be written, TrailtraceError for a path that does not exist.
    """
    from trailtrace.lake.manifest import is_lake
    from trailtrace.loading import load_sources

    if any(is_lake(Path(each)) for each in paths) or _is_remote_lake(paths, access):
        if jobs is not None or limits != LIMITS:
            raise UsageError(
                f"{paths[0]}: a lake holds no logs that are unpacked: leave out --jobs, --max-ratio and"
                " --max-object-size"
            )
        return _load_lake(path, paths, selection, access, waiting)
    found = find(paths, selection, access)
    for note in found.notes:
        waiting(note)
    with writing(Path(path), waiting) as writer:
        return load_sources(writer, limited(found.sources, limits), jobs=jobs, progress=progress)


def _is_remote_lake(paths: list[str], access: Access | None) -> bool:
    """Whether one of the places in buckets is a lake; a trail's own place is none."""
    places = [path for path in paths if is_remote(path) and ROOT not in path.split("/")]
    if not places:
        return False
    from trailtrace.lake.remote import RemoteLake

    return any(RemoteLake(place, access).is_there() for place in places)


def _load_lake(
    path: str | Path,
    paths: list[str],
    selection: Selection,
    access: Access | None,
    telling: Callable[[str], None],
) -> IngestSummary:
    from trailtrace.lake.loading import load_lake
    from trailtrace.lake.remote import RemoteLake

    if len(paths) > 1:
        raise UsageError(f"{paths[0]}: a lake is loaded by itself: give it alone")
    if selection.accounts or selection.regions:
        raise UsageError(f"{paths[0]}: a lake is cut by time alone: leave out --account and --region")
    lake = RemoteLake(paths[0], access) if is_remote(paths[0]) else Path(paths[0])
    return load_lake(Path(path), lake, since=selection.since, until=selection.until, told=telling)


def build_lake(
    paths: list[str],
    lake: str | Path,
    *,
    master: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> LakeBuilt:
    """Loads logs into a lake, a folder of Parquet files that a Spark cluster makes (docs/lake.md).

    `master` is a Spark master URL; None is this machine. With `since` and `until`, UTC without offset, only
    files that a trail delivered then are read. `told` hears what is being done. Raises MissingExtraError
    without PySpark, TrailtraceError without Java, StoreError when the lake cannot be written.
    """
    with extra("spark"):
        from trailtrace.lake.build import build

    return build(paths, lake, master=master, since=since, until=until, told=told)


def copy_lake(
    lake: str | Path, to: str, *, access: Access | None = None, told: Callable[[str], None] = lambda _: None
) -> LakeCopied:
    """Brings the copy of a lake in a bucket, `s3://bucket/prefix`, up to date (docs/lake.md).

    Raises UsageError where `to` is no bucket, StoreError when the lake cannot be read or the copy not be
    written, MissingExtraError without the extra `s3`.
    """
    from trailtrace.lake.copying import copy_lake

    return copy_lake(lake, to, access, told)


def rebuild(path: str | Path, *, waiting: Callable[[str], None] = lambda _: None) -> Rebuilt:
    """Derives everything in the store at `path` again; a store of an older schema is brought up to date.

    Readers keep reading the old store meanwhile. Raises StoreError when it cannot be written.
    """
    older: list[int] = []

    def bring_up_to_date(store: Store, version: int) -> None:
        older.append(version)
        migrate(store, version)

    with replaced(_existing(path), waiting=waiting, migrate=bring_up_to_date) as store:
        return replace(rebuilding.rebuild(store), upgraded_from=older[0] if older else None)


def prune(
    path: str | Path,
    before: datetime,
    *,
    waiting: Callable[[str], None] = lambda _: None,
    now: datetime | None = None,
) -> Pruned:
    """Removes the records before a UTC time from the store at `path`, but those that later chains need.

    What is answered about later records stays the same, and the store gets smaller. Readers keep reading
    the old store meanwhile. Raises StoreError when it cannot be written.
    """
    path = _existing(path)
    size = path.stat().st_size
    with replaced(path, waiting=waiting, migrate=migrate, compact=True) as store:
        pruned = pruning.prune(store, before, now or _present())
    return replace(pruned, bytes_before=size, bytes_after=path.stat().st_size)


def verify(
    paths: list[str],
    keys: Sequence[str | Path] = (),
    *,
    ask: bool = False,
    profile: str | None = None,
    besides: Iterable[str | Path] = (),
    buckets: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    telling: Callable[[str], None] = lambda _: None,
) -> Verification:
    """What CloudTrail's digest files in these folders or buckets say of the log files in them.

    `keys` are files or folders with CloudTrail's public keys; these and the files `besides` are no log
    files, wherever they lie. With `ask` and no `keys`, the ListPublicKeys API is asked in their place;
    `telling` hears which Region did not answer. It and buckets are asked by the credentials of `profile`
    or the environment. With `buckets`, digests must have been written to one of them; with `since` and
    `until` (UTC), chains must cover that time. Raises TrailtraceError for a path that does not exist,
    keys that are none, or a missing library.
    """
    if bool(keys) == ask:
        raise UsageError(
            "verify needs CloudTrail's public keys: give --keys PATH, or --keys-from-aws; not both"
        )
    try:
        from trailtrace.aws.public_keys import AskedKeys
        from trailtrace.integrity.keys import PublicKeys, key_files, read_keys
        from trailtrace.integrity.verify import verify as verify_sources
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "cryptography":
            raise
        raise TrailtraceError(
            "verify needs the library cryptography: pip install 'trailtrace[verify]'"
        ) from None
    from trailtrace.reading import FETCHERS

    files = key_files([Path(path) for path in keys])
    known: PublicKeys = AskedKeys(profile, _present(), telling) if ask else read_keys(files)
    own = {Path(file).resolve() for file in (*files, *besides)}
    names = tuple(file.name for file in own)
    sources = [
        item
        for item in find(paths, Selection(digests=True), Access(profile)).sources
        if item.version or not item.uri.endswith(names) or Path(item.uri).resolve() not in own
    ]
    found = verify_sources(
        sources,
        known,
        buckets=frozenset(buckets),
        since=since,
        until=until,
        jobs=jobs or (FETCHERS if any(item.version for item in sources) else None),
        progress=progress,
    )
    if isinstance(known, AskedKeys) and known.failures and not known.any:
        raise TrailtraceError(known.failures[0])
    return found


def mark(
    path: str | Path, verification: Verification, *, waiting: Callable[[str], None] = lambda _: None
) -> Marked:
    """Notes in the store at `path` what a verification found of its files, known by their hashes.

    What files that failed tell of origins is derived again. Raises StoreError when it cannot be written.
    """
    return marking.mark(_existing(path), verification.by_sha256(), waiting, verification.unnamed())


def import_accounts(
    path: str | Path,
    source: str | None,
    *,
    profile: str | None = None,
    relation: str | None = None,
    waiting: Callable[[str], None] = lambda _: None,
) -> accounts.Noted:
    """Notes in the store at `path`, which need not be there yet, what a list says of accounts.

    `source` is a file (docs/accounts.md) or `-`; None asks AWS Organizations with `profile`, or the usual
    credentials. `relation` is that of accounts of which a file says none: `unknown` claims nothing, and None
    is `ours` for what Organizations printed, and for what a trailtrace.toml names and the store does not
    know. Raises UsageError for a file that is no list, StoreError where the store cannot be written,
    TrailtraceError where AWS refuses.
    """
    if source is None:
        change = accounts.adding(found := accounts.organization(profile))
    else:
        said = None if relation in (None, "unknown") else Relation(relation)
        found = accounts.read_list(source, "unknown" if relation == "unknown" else said)
        change = accounts.adding(found, configuration=relation is None and source.endswith(".toml"))
    return accounts.note(Path(path), change, len(found), waiting)


def mark_accounts(
    path: str | Path,
    account_ids: Sequence[str],
    relation: str | None,
    *,
    name: str | None = None,
    waiting: Callable[[str], None] = lambda _: None,
) -> accounts.Noted:
    """Notes whose accounts are: `ours`, `partner` or `outside`; None takes back what was said.

    Raises UsageError for what is no account, StoreError where the store cannot be written.
    """
    said = None if relation is None else Relation(relation)
    change = accounts.marking(account_ids, said, name)
    return accounts.note(Path(path), change, len(set(account_ids)), waiting)


def import_networks(
    path: str | Path, sources: Sequence[str | Path], *, waiting: Callable[[str], None] = lambda _: None
) -> networks.Labelled:
    """Puts lists of networks into the store at `path` and labels all its addresses by them.

    `sources` are files as docs/names.md has them; each takes the place of the earlier list of its kind.
    Raises UsageError for a file that is none, MissingExtraError where a .mmdb cannot be read, StoreError
    where the store cannot be written.
    """
    return networks.note(Path(path), [networks.read_list(Path(each)) for each in sources], waiting)


def forget_networks(
    path: str | Path, name: str, *, waiting: Callable[[str], None] = lambda _: None
) -> networks.Labelled:
    """Takes a list of networks out of the store: `own`, `aws` or the kind of a database."""
    return networks.forget(_existing(path), name, waiting)


def _present() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _existing(path: str | Path) -> Path:
    if (url := url_of(path)) is not None:
        raise StoreError(f"{url}: what is in a bucket is only read: choose a file for --store")
    path = Path(path)
    try:
        there = path.is_file()
    except OSError:  # its name is too long
        there = False
    if not there:
        raise StoreError(f"{path}: no store here: load logs with `trailtrace ingest PATH --store {path}`")
    return path
