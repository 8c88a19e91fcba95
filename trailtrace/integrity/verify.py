"""Log file integrity of a folder: files are measured, digests linked, and every file gets its verdict.

A path in a digest is only ever compared with the names of the files that are there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from trailtrace.integrity.chains import HOUR, Absent, Judged, Linked, link
from trailtrace.integrity.digests import HASH_ALGORITHM, Digest, LogFile, read_digest
from trailtrace.integrity.keys import PublicKeys
from trailtrace.integrity.lake import check_results
from trailtrace.integrity.measuring import Measured, measure
from trailtrace.integrity.names import base_name, file_name, folder_of, is_digest_name, is_sign_name, log_name
from trailtrace.integrity.saved import saved_of
from trailtrace.sources import SourceObject, is_side_file, open_content
from trailtrace.verification import Checked, Integrity, Kind, Reason, SpanState, Verification

_SAID = {
    Reason.RENAMED: "its name is not the one in it, {name}",
    Reason.OTHER_BUCKET: "it was written to the bucket {bucket}",
    Reason.UNKNOWN_ALGORITHM: "it is signed by an algorithm that CloudTrail does not use here",
    Reason.NO_SIGNATURE: "its signature was not saved, and no later digest states it",
    Reason.NO_KEY: "no public key with the fingerprint {fingerprint} was given",
    Reason.OTHER_REGIONS_KEY: "its key is not one of the Region {region}",
    Reason.KEY_NOT_VALID_THEN: "its key was not in use at {end}",
    Reason.BAD_SIGNATURE: "its signature does not fit: it was not written like this by CloudTrail",
    Reason.CHANGED: "it is not the digest that the one after it names",
}


@dataclass(frozen=True, slots=True)
class _Named:
    """A log file as a verified digest names it."""

    digest: Digest
    log: LogFile

    @property
    def s3_object(self) -> str:
        return f"{self.log.s3Bucket}/{self.log.s3Object}"


@dataclass(slots=True)
class _Names:
    """What digests say of log files, by their names without folders."""

    by_name: dict[str, list[_Named]] = field(default_factory=lambda: defaultdict(list))
    by_hash: dict[str, _Named] = field(default_factory=dict)
    doubtful: dict[str, Digest] = field(default_factory=dict)
    """Named by a digest that is not verified."""

    def hash_of(self, content: str | None, name: str) -> _Named | None:
        """Who names these bytes, best of all by this name."""
        if content is None or content not in self.by_hash:
            return None
        same = (each for each in self.by_name.get(name, ()) if _hash(each.log) == content)
        return next(same, self.by_hash[content])


def verify(
    sources: list[SourceObject],
    keys: PublicKeys,
    *,
    buckets: frozenset[str] = frozenset(),
    since: datetime | None = None,
    until: datetime | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verification:
    """A verdict for every source, and for everything that verified digests name and that is not there."""
    digests: list[Digest] = []
    logs: list[Measured] = []
    signed: list[Measured] = []
    files: list[Checked] = []
    archives: dict[str, SourceObject] = {}
    wanted = [item for item in sources if not is_side_file(item.uri)]  # an ingest takes no record from these
    by_uri = {item.uri: item for item in wanted}
    for found in measure(wanted, jobs, progress):
        if found.archive or found.damage:  # of damaged ones, an ingest reads what it can
            archives[found.source] = by_uri[found.source]
        if is_sign_name(found.source):
            signed.append(found)
            continue
        digest = read_digest(found, saved_of(by_uri[found.source])) if found.digest is not None else None
        if digest is not None:
            digests.append(digest)
        elif is_digest_name(found.source):
            files.append(_no_digest(found))
        else:
            logs.append(found)
    results, logs = _results(signed, logs, keys)
    files += results
    damaged = frozenset(base_name(each.source or "") for each in files if each.kind is Kind.DIGEST)
    linked = link(digests, keys, damaged=damaged, buckets=buckets, since=since, until=until)
    named = _named(linked)
    files += map(_digest, linked.judged)
    files += _logs(logs, named, linked)
    files = [_with_members(each, archives) for each in files]
    files.sort(key=lambda each: (each.source is None, each.source or ""))
    files += map(_absent, linked.absent)
    files += _missing(logs, named)
    return Verification(tuple(files), tuple(linked.chains))


def _results(
    signed: list[Measured], logs: list[Measured], keys: PublicKeys
) -> tuple[list[Checked], list[Measured]]:
    """Verdicts for what CloudTrail Lake saved and signed, and the files of which nothing was said there."""
    folders: dict[str, dict[str, Measured]] = {folder_of(sign.source): {} for sign in signed}
    for found in logs:
        if (beside := folders.get(folder_of(found.source))) is not None:
            beside[file_name(found.source)] = found
    checked = [each for sign in signed for each in check_results(sign, folders[folder_of(sign.source)], keys)]
    judged = {each.source for each in checked}
    return checked, [found for found in logs if found.source not in judged]


def _with_members(checked: Checked, archives: Mapping[str, SourceObject]) -> Checked:
    """What is not CloudTrail's is not in what lies in it either, which a store knows by itself."""
    item = archives.get(checked.source or "")
    if item is None or checked.integrity is Integrity.VERIFIED:
        return checked
    try:
        members = tuple(content.sha256 for content in open_content(item) if content.sha256)
    except OSError:
        return checked
    return replace(checked, members=members)


def _hash(log: LogFile) -> str | None:
    return log.hashValue.lower() if log.hashAlgorithm == HASH_ALGORITHM else None


def _named(linked: Linked) -> _Names:
    named = _Names()
    for each in linked.judged:
        for log in each.digest.log_files:
            name = base_name(log.s3Object)
            if each.reason is not None:
                named.doubtful.setdefault(name, each.digest)
                continue
            said = _Named(each.digest, log)
            named.by_name[name].append(said)
            if (content := _hash(log)) is not None:
                named.by_hash.setdefault(content, said)
    return named


def _digest(judged: Judged) -> Checked:
    digest, content = judged.digest, judged.digest.content
    said = (
        None
        if judged.reason is None
        else _SAID[judged.reason].format(
            name=file_name(content.digestS3Object),
            bucket=content.digestS3Bucket,
            fingerprint=content.digestPublicKeyFingerprint,
            region=digest.stream.region,
            end=_time(digest.end),
        )
    )
    return _checked(
        Kind.DIGEST,
        judged.integrity,
        judged.reason,
        said,
        source=digest.source,
        sha256=digest.stored_sha256,
        s3_object=digest.s3_object,
        digest=digest,
    )


def _no_digest(found: Measured) -> Checked:
    """A file that is named as a digest and is none."""
    if found.damage == "unreadable":
        return _unreadable(Kind.DIGEST, found)
    reason = Reason(found.damage) if found.damage else Reason.NOT_A_DIGEST
    said = _DAMAGE.get(reason, "it is named as a digest and does not say what a digest says")
    return _checked(
        Kind.DIGEST, Integrity.FAILED, reason, said, source=found.source, sha256=found.stored_sha256
    )


_DAMAGE = {
    Reason.DAMAGED: "it is no whole gzip stream",
    Reason.TRAILING_BYTES: "bytes follow its gzip stream, which CloudTrail never writes",
}


def _unreadable(kind: Kind, found: Measured) -> Checked:
    return _checked(
        kind,
        Integrity.UNVERIFIED,
        Reason.UNREADABLE,
        "it cannot be read",
        source=found.source,
        sha256=found.stored_sha256,
    )


def _logs(logs: list[Measured], named: _Names, linked: Linked) -> Iterator[Checked]:
    covered = _covered(linked)
    for found in logs:
        name = base_name(found.source)
        said = named.hash_of(found.content_sha256, name)
        if found.damage == "unreadable":
            yield _unreadable(Kind.LOG, found)
        elif said is not None:
            yield _as_named(found, said, name)
        elif name in named.by_name:
            yield _against(found, named.by_name[name])
        elif name in named.doubtful:
            yield _of_doubtful(found, named.doubtful[name])
        else:
            yield _unnamed(found, covered)


def _as_named(found: Measured, said: _Named, name: str) -> Checked:
    renamed = base_name(said.log.s3Object) != name
    return _checked(
        Kind.LOG,
        Integrity.VERIFIED,
        Reason.RENAMED if renamed else None,
        f"CloudTrail wrote it as {file_name(said.log.s3Object)}" if renamed else None,
        source=found.source,
        sha256=found.stored_sha256,
        s3_object=said.s3_object,
        digest=said.digest,
    )


def _against(found: Measured, named: list[_Named]) -> Checked:
    """A file of which digests name other bytes."""
    said = named[0]
    where = file_name(said.digest.source)
    if all(_hash(each.log) is None for each in named):
        return _checked(
            Kind.LOG,
            Integrity.UNVERIFIED,
            Reason.UNKNOWN_ALGORITHM,
            f"the digest {where} hashes it by an algorithm that is not {HASH_ALGORITHM}",
            source=found.source,
            sha256=found.stored_sha256,
            s3_object=said.s3_object,
            digest=said.digest,
        )
    reason = Reason(found.damage) if found.damage else Reason.CHANGED
    return _checked(
        Kind.LOG,
        Integrity.FAILED,
        reason,
        _DAMAGE.get(reason, f"its content is not what the digest {where} says"),
        source=found.source,
        sha256=found.stored_sha256,
        s3_object=said.s3_object,
        digest=said.digest,
    )


def _of_doubtful(found: Measured, digest: Digest) -> Checked:
    return _checked(
        Kind.LOG,
        Integrity.UNVERIFIED,
        Reason.DIGEST_NOT_VERIFIED,
        f"only the digest {file_name(digest.source)} names it, which is not verified",
        source=found.source,
        sha256=found.stored_sha256,
        digest=digest,
    )


def _covered(linked: Linked) -> dict[tuple[str, str], list[tuple[datetime, datetime]]]:
    """The delivery times of each account and Region whose log files verified digests list, in order."""
    covered: dict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for chain in linked.chains:
        if not chain.backfill:
            covered[chain.account_id, chain.region] += [
                # A file may be delivered a little later than its name says, and be in the next digest.
                (span.start, span.end - HOUR)
                for span in chain.spans
                if span.state is SpanState.VERIFIED and span.end - span.start >= HOUR
            ]
    return {place: _joined(spans) for place, spans in covered.items()}


def _joined(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _within(spans: list[tuple[datetime, datetime]], moment: datetime) -> bool:
    """Whether a time lies in one of some spans, which are in order and do not overlap."""
    place = bisect_right(spans, moment, key=lambda span: span[0])
    return place > 0 and moment <= spans[place - 1][1]


_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")


def _unnamed(found: Measured, covered: dict[tuple[str, str], list[tuple[datetime, datetime]]]) -> Checked:
    name = log_name(found.source)
    reason, said = Reason.NO_DIGEST, "its name is not that of a log file, and no digest knows its content"
    if found.source.endswith(_ARCHIVES):
        said = "an archive is not looked into: unpack it"
    elif name is not None:
        said = f"no verified digest covers its time, {_time(name.delivered)}"
        if _within(covered.get((name.account_id, name.region), []), name.delivered):
            reason = Reason.NOT_NAMED
            said = f"the digests of its time, {_time(name.delivered)}, do not name it"
    return _checked(
        Kind.LOG,
        Integrity.UNVERIFIED,
        reason,
        said,
        source=found.source,
        sha256=found.stored_sha256,
        account_id=name.account_id if name else None,
        region=name.region if name else None,
    )


def _absent(absent: Absent) -> Checked:
    if absent.reason is Reason.ENDS_EARLY:
        said = f"no digest after it, up to {_time(absent.end)}: logging stopped, or digests were removed"
    else:
        digests = (
            "a digest is"
            if absent.hours == 1 or absent.stream.backfill
            else f"some {absent.hours} digests are"
        )
        said = f"{digests} missing: {_time(absent.start)} to {_time(absent.end)}"
    return _checked(
        Kind.DIGEST,
        Integrity.FAILED,
        absent.reason,
        said,
        s3_object=absent.s3_object,
        account_id=absent.stream.account_id,
        region=absent.stream.region,
        trail=absent.stream.trail,
    )


def _missing(logs: list[Measured], named: _Names) -> Iterator[Checked]:
    """What verified digests name, and what no file of that name holds."""
    contents: dict[str, set[str | None]] = defaultdict(set)
    places: dict[str, str] = {}
    for found in logs:
        contents[base_name(found.source)].add(found.content_sha256)
        if found.content_sha256 is not None:
            places.setdefault(found.content_sha256, found.source)
    told: set[str] = set()
    for name in sorted(named.by_name):
        there = contents.get(name, set())
        # A changed file has its own verdict; one that stands in another's place has not.
        if any(content not in named.by_hash for content in there):
            continue
        for said in named.by_name[name]:
            content = _hash(said.log)
            if content in there or (content is None and there) or said.s3_object in told:
                continue
            told.add(said.s3_object)
            elsewhere = places.get(content or "")
            yield _checked(
                Kind.LOG,
                Integrity.FAILED,
                Reason.MISSING,
                f"its content is in {elsewhere}"
                if elsewhere
                else f"the digest {file_name(said.digest.source)} names it",
                s3_object=said.s3_object,
                digest=said.digest,
            )


def _checked(
    kind: Kind,
    integrity: Integrity,
    reason: Reason | None,
    detail: str | None,
    *,
    source: str | None = None,
    sha256: str | None = None,
    s3_object: str | None = None,
    digest: Digest | None = None,
    account_id: str | None = None,
    region: str | None = None,
    trail: str | None = None,
) -> Checked:
    stream = digest.stream if digest is not None else None
    return Checked(
        kind,
        integrity,
        reason,
        detail,
        source,
        sha256,
        s3_object,
        stream.account_id if stream else account_id,
        stream.region if stream else region,
        stream.trail if stream else trail,
    )


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
