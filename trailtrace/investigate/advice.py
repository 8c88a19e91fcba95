"""What a reader must know beside the chain: what weakens the answer or would mislead."""

import re
from datetime import date, datetime, timedelta

from trailtrace.investigate.chain import Chain
from trailtrace.investigate.coverage import Coverage, days_text
from trailtrace.investigate.identifiers import account_warnings, redaction_warnings
from trailtrace.investigate.links import Record
from trailtrace.investigate.missing import sign_in_unseen, without_reads
from trailtrace.investigate.trust import of_unnamed_files, trust_warnings
from trailtrace.model import Stop, Warn
from trailtrace.store import Store

EARLY_SECONDS = 2
"""A use may seem this much earlier than its issuance (trap T06, case C09)."""

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


def warnings(store: Store, coverage: Coverage, chain: Chain, use: Record | None) -> list[Warn]:
    """What weakens the answer or would mislead its reader."""
    found: list[Warn] = []
    for issuance in chain.issuances:
        found += _issuance_warnings(store, coverage, chain, issuance)
    if use is not None:
        found += _use_warnings(store, chain, use)
    last = chain.last_use
    if chain.stop is Stop.CONTRADICTION and not found:
        found.append(Warn("contradiction", _contradiction(chain)))
    if last is not None and not last["authenticated"]:
        text = (
            "the request was not authenticated, or only another account's log tells of it:"
            " the name in it is a claim, not a person"
        )
        found.append(Warn("not_authenticated", text))
    elif last is not None and sign_in_unseen(last) and chain.stop is Stop.ORIGIN:
        text = (
            f"the record itself names the principal; how the session of"
            f" {_time(last['creation_date'])} began is not in the logs"
        )
        found.append(Warn("sign_in_not_in_logs", text))
    if coverage.pruned_before is not None:
        begun = _begun(chain, use)
        if begun is not None and begun < coverage.pruned_before:
            text = (
                f"records before {_time(coverage.pruned_before)} were pruned: earlier calls are not counted"
            )
            found.append(Warn("pruned", text))
    if use is not None and (days := coverage.days_in_lake(_begun(chain, use), use["last_seen"])):
        found.append(facts_only(days))
    found += _feed_warnings(coverage, chain)
    found += redaction_warnings(coverage, use)
    found += trust_warnings(store, chain, use["use_id"] if use and coverage.failed_files else None)
    if coverage.unnamed_files:
        evidence = [each.sha256 for hop in chain.hops for each in hop.evidence]
        found += of_unnamed_files(store, [use["use_id"]] if use else [], evidence)
    found += account_warnings(chain, use)
    return _unique(found)


def _feed_warnings(coverage: Coverage, chain: Chain) -> list[Warn]:
    """An EventBridge rule in state ENABLED gets no read-only management event, so no AssumeRole (T07)."""
    last = chain.last_use
    if chain.stop is not Stop.NO_ISSUANCE or last is None or not last["authenticated"]:
        return []
    account = last["session_issuer_account_id"] or last["account_id"]
    held = coverage.account(account)
    if held is None or not without_reads(held):
        return []
    text = (
        f"of account {account} this data holds {held.writes} writing management events and not one read-only,"
        " so no AssumeRole: EventBridge delivers those only to a rule in state"
        " ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, and a trail only if it logs reads"
    )
    return [Warn("eventbridge_without_reads", text)]


def _contradiction(chain: Chain) -> str:
    if chain.issuances and chain.issuances[-1]["parent_lived"] is False:
        return "the session that made the last call shown had expired, or did not exist yet, at that time"
    return "AWS stamped this session with two people, or with another workload than it was issued to"


def _unique(found: list[Warn]) -> list[Warn]:
    return list(dict.fromkeys(found))


def facts_only(days: list[date]) -> Warn:
    """What was done on these days is in the lake alone."""
    text = (
        f"of {days_text(days)} this store has what chains are made of, and the lake the rest:"
        " calls of that time are not all counted. `trailtrace ingest LAKE"
        f" --since {days[0]} --until {days[-1] + timedelta(days=1)}` brings them; log files do not"
    )
    return Warn("facts_only", text)


def _begun(chain: Chain, use: Record | None) -> datetime | None:
    """When a credential began, as far as the logs tell; of one that was never used, when it was issued."""
    if use is not None:
        begun: datetime = use["creation_date"] or use["first_seen"]
        return begun
    return min((issuance["event_time"] for issuance in chain.issuances), default=None)


def _issuance_warnings(store: Store, coverage: Coverage, chain: Chain, issuance: Record) -> list[Warn]:
    found: list[Warn] = []
    if issuance["callers_differ"]:
        text = f"records of the {issuance['event_name']} call name different callers: none of them counts"
        found.append(Warn("contradictory_records", text))
    elif issuance["conflicting"]:
        text = "records of one event contradict each other: the link is no proof until one is explained"
        found.append(Warn("contradictory_records", text))
    name = issuance["session_name"]
    if issuance["kind"] == "assume_role" and issuance["caller_type"] != "AWSService" and name:
        found += _name_warnings(coverage, chain, name)
    key = issuance["caller_access_key_id"] or ""
    # Only long-term keys are deleted.
    asked = {"access_key_id": key, "account_id": issuance["caller_account_id"]}
    changes = store.records("answers/key_deletions", asked) if key.startswith("AKIA") else []
    for row in changes:
        if not issuance["event_time"] <= row["event_time"] <= issuance["expiration"]:
            continue
        text = (
            f"the session was issued by {issuance['caller_access_key_id']}, deleted at"
            f" {_time(row['event_time'])}; the session lived on until {_time(issuance['expiration'])}"
        )
        found.append(Warn("outlived_parent_key", text))
    return found


def _name_warnings(coverage: Coverage, chain: Chain, name: str) -> list[Warn]:
    """A session name was typed by the caller: it may be somebody else's (T09, T10)."""
    own = (chain.origin.name or "").lower()
    lowered = name.lower()
    if own and lowered.split("@")[0] == own.split("@")[0]:
        return []
    if _INSTANCE.fullmatch(lowered) and chain.origin.kind != "ec2_instance":
        text = f"the session name {name} looks like an instance, but the caller chose it"
        return [Warn("session_name_resembles_principal", text)]
    if "@" in name or lowered in coverage.people:
        text = f"the session name {name} looks like a person's, but the caller chose it: it proves nothing"
        return [Warn("session_name_resembles_principal", text)]
    return []


def _use_warnings(store: Store, chain: Chain, use: Record) -> list[Warn]:
    found: list[Warn] = []
    if chain.issuances and use["first_seen"] < chain.issuances[0]["event_time"]:
        seconds = int((chain.issuances[0]["event_time"] - use["first_seen"]).total_seconds())
        if seconds <= EARLY_SECONDS:
            text = f"the first use is {seconds} s before its issuance: clock skew {seconds} s"
            found.append(Warn("clock_skew", text))
        else:
            text = f"some events are {seconds} s earlier than its issuance: this answer does not cover them"
            found.append(Warn("use_before_issuance", text))
    key_rule = chain.hops and chain.hops[0].rule in ("L01", "L02", "L03", "L06")
    if key_rule and use["last_seen"] > chain.issuances[0]["expiration"]:
        text = (
            f"some events are later than the expiration {_time(chain.issuances[0]['expiration'])}:"
            " this answer does not cover them"
        )
        found.append(Warn("use_after_expiry", text))
    refused = [] if chain.hops else store.records("answers/refused_links", {"use_id": use["use_id"]})
    for row in refused:
        code = "use_after_expiry" if "expiration" in row["why"] else "refused_issuance"
        text = (
            f"an issuance of this key id at {_time(row['event_time'])} for {row['role_arn'] or 'a session'}"
            f" was refused: {row['why']}"
        )
        found.append(Warn(code, text))
    role_id, role_arn = use["session_issuer_principal_id"], use["session_issuer_arn"]
    if not chain.hops and role_id and role_arn:
        [other] = store.records("answers/other_roles_of_arn", {"role_arn": role_arn, "role_id": role_id})
        if other["issuances"]:
            text = f"{role_arn} was deleted and made again: sessions of the old role id are not this one"
            found.append(Warn("role_recreated", text))
    if use["invoked_by"] is not None and chain.stop is Stop.ORIGIN:
        found.append(Warn("via_service", f"{use['invoked_by']} made the calls on behalf of this principal"))
    if use["delegate_account_id"] is not None:
        text = (
            f"account {use['delegate_account_id']} acted under the authority of {use['arn']}"
            " by temporary delegation"
        )
        found.append(Warn("delegated", text))
    return found


def _time(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value is not None else "an unknown time"
