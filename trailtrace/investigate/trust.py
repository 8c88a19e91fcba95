"""What an answer's evidence is worth: in files that were altered, or put together again from another form."""

from collections.abc import Iterable

from trailtrace.investigate.chain import Chain
from trailtrace.investigate.links import Record
from trailtrace.model import Context, Evidence, Grade, Warn
from trailtrace.store import Store

PROOF = 4
"""What `form_grade` is of records that CloudTrail itself wrote."""

GRADES = {3: Grade.STRONG, 2: Grade.PROBABLE}

FAILED = "failed"
"""What `files.integrity` says of a file that is not what CloudTrail wrote."""


def trust_warnings(store: Store, chain: Chain, use_id: str | None) -> list[Warn]:
    """Evidence in files that failed verification, or that no verified digest names.

    The grade is capped where links and origins are made (`facts/all_uses`, `facts/all_issuances`).
    """
    found: list[Warn] = []
    for hop in chain.hops:
        if altered := _first(hop.evidence, FAILED):
            text = (
                f"the record of the {hop.event_name} call lies in {altered.source}, which failed"
                " verification: it is not what CloudTrail wrote, and proves nothing"
            )
            found.append(Warn("failed_integrity", text))
    if use_id is not None:
        found += of_failed_files(store, [use_id])
    found += of_translated([*chain.issuances, *chain.uses, chain.last_use])
    evidence = [each for hop in chain.hops for each in hop.evidence]
    if unnamed := _first(evidence, "unverified"):
        count = len({each.source for each in evidence if each.integrity == "unverified"})
        more = f" and {count - 1} more" if count > 1 else ""
        text = f"evidence lies in {unnamed.source}{more}: no digest that was verified vouches for it"
        found.append(Warn("unverified_integrity", text))
    return found


def _first(evidence: Iterable[Evidence], integrity: str) -> Evidence | None:
    return next((each for each in evidence if each.integrity == integrity), None)


def of_failed_files(store: Store, use_ids: list[str]) -> list[Warn]:
    """A warning if records of these uses lie in files that failed."""
    [row] = store.records("answers/failed_files_of_uses", {"use_ids": use_ids})
    if not row["events"]:
        return []
    more = f" and {row['files'] - 1} more" if row["files"] > 1 else ""
    text = (
        f"{row['events']} of {row['of_events']} records lie in files that failed verification,"
        f" {row['uri']}{more}: they are not what CloudTrail wrote, and prove nothing"
    )
    return [Warn("failed_integrity", text)]


def of_unnamed_files(store: Store, use_ids: list[str], hashes: Iterable[str] = ()) -> list[Warn]:
    """A warning if records of these uses, or files of these hashes, are named by no digest of their time."""
    rows = store.records("answers/unnamed_files", {"use_ids": use_ids, "hashes": list(hashes)})
    if not rows:
        return []
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    text = (
        f"records lie in {rows[0]['uri']}{more}, which the verified digests of its time do not name:"
        " a log file that somebody else made would look like this"
    )
    return [Warn("unnamed_file", text)]


def of_translated(rows: Iterable[Record | None]) -> list[Warn]:
    """A warning if any of these uses and issuances is told by no record of CloudTrail's own."""
    grades = [row["form_grade"] for row in rows if row is not None and row["form_grade"] < PROOF]
    if not grades:
        return []
    text = (
        "records were read from another form of them, which leaves out what would prove:"
        f" {GRADES[min(grades)]} at most; load the records that CloudTrail itself wrote"
    )
    return [Warn("translated_records", text)]


def of_failed_context(context: Iterable[Context]) -> list[Warn]:
    """The warning that events around a chain lie in files that failed."""
    altered = [each for each in context if each.evidence.integrity == FAILED]
    if not altered:
        return []
    more = f" and {len(altered) - 1} more of the context" if len(altered) > 1 else ""
    text = (
        f"the record of the {altered[0].event_name} call ({altered[0].relation}){more} lies in"
        f" {altered[0].evidence.source}, which failed verification: it is not what CloudTrail wrote"
    )
    return [Warn("failed_integrity", text)]


def of_failed_event() -> Warn:
    """The warning of an event whose own record lies in a file that failed."""
    return Warn(
        "failed_integrity",
        "the record of the event lies in a file that failed verification: it is not what CloudTrail wrote",
    )
