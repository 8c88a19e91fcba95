"""What a reader must know beside the chain: warnings, and the logs that would finish it."""

import re
from datetime import datetime, timedelta

from trailtrace.investigate.chain import Chain, Record
from trailtrace.model import Missing, Stop, Warn
from trailtrace.store import Store

GLOBAL_REGION = "us-east-1"
"""Region in which calls to the global STS endpoint are logged (trap T05)."""

LOOK_BACK = timedelta(hours=12)
"""No role session lives longer, so its issuance is not further back."""

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


def warnings(store: Store, chain: Chain, use: Record | None) -> list[Warn]:
    """What weakens the answer or would mislead its reader."""
    found: list[Warn] = []
    for issuance in chain.issuances:
        found += _issuance_warnings(store, chain, issuance)
    if use is not None:
        found += _use_warnings(store, chain, use)
    last = chain.last_use
    if chain.stop is Stop.CONTRADICTION and not found:
        found.append(Warn("contradiction", _contradiction(chain)))
    if last is not None and not last["authenticated"]:
        text = "the request was not authenticated: the name in it is a claim, not a person"
        found.append(Warn("not_authenticated", text))
    elif last is not None and _sign_in_unseen(last) and chain.stop is Stop.ORIGIN:
        text = (
            f"the record itself names the principal; how the session of"
            f" {_time(last['creation_date'])} began is not in the logs"
        )
        found.append(Warn("sign_in_not_in_logs", text))
    return _unique(found)


def _contradiction(chain: Chain) -> str:
    if chain.issuances and chain.issuances[-1]["callers_differ"]:
        return "the records of the last call shown name different callers"
    if chain.issuances and chain.issuances[-1]["parent_lived"] is False:
        return "the session that made the last call shown had expired, or did not exist yet, at that time"
    return "AWS stamped this session with two people, or with another workload than it was issued to"


def _unique(found: list[Warn]) -> list[Warn]:
    return list(dict.fromkeys(found))


def _sign_in_unseen(use: Record) -> bool:
    return (
        use["user_identity_type"] in ("IAMUser", "Root")
        and use["creation_date"] is not None
        and use["invoked_by"] is None
    )


def _issuance_warnings(store: Store, chain: Chain, issuance: Record) -> list[Warn]:
    found: list[Warn] = []
    if issuance["conflicting"]:
        text = "records of one event contradict each other: the link is no proof until one is explained"
        found.append(Warn("contradictory_records", text))
    name = issuance["session_name"]
    if issuance["kind"] == "assume_role" and issuance["caller_type"] != "AWSService" and name:
        found += _name_warnings(store, chain, name)
    deleted = [
        row
        for row in store.records(
            "answers/resource_events",
            {"resource_id": issuance["caller_access_key_id"] or "", "account_id": None, "until": None},
        )
        if row["relation"] == "deleted"
        and issuance["event_time"] <= row["event_time"] <= issuance["expiration"]
    ]
    for row in deleted:
        text = (
            f"the session was issued by {issuance['caller_access_key_id']}, deleted at"
            f" {_time(row['event_time'])}; the session lived on until {_time(issuance['expiration'])}"
        )
        found.append(Warn("outlived_parent_key", text))
    return found


def _name_warnings(store: Store, chain: Chain, name: str) -> list[Warn]:
    """A session name was typed by the caller: it may be somebody else's (T09, T10)."""
    own = (chain.origin.name or "").lower()
    lowered = name.lower()
    if own and lowered.split("@")[0] == own.split("@")[0]:
        return []
    if _INSTANCE.fullmatch(lowered) and chain.origin.kind != "ec2_instance":
        text = f"the session name {name} looks like an instance, but the caller chose it"
        return [Warn("session_name_resembles_principal", text)]
    if "@" in name or store.records("answers/names_like", {"name": name}):
        text = f"the session name {name} looks like a person's, but the caller chose it: it proves nothing"
        return [Warn("session_name_resembles_principal", text)]
    return []


def _use_warnings(store: Store, chain: Chain, use: Record) -> list[Warn]:
    found: list[Warn] = []
    if chain.issuances and use["first_seen"] < chain.issuances[0]["event_time"]:
        seconds = int((chain.issuances[0]["event_time"] - use["first_seen"]).total_seconds())
        text = f"the first use is {seconds} s before its issuance: clock skew {seconds} s"
        found.append(Warn("clock_skew", text))
    key_rule = chain.hops and chain.hops[0].rule in ("L01", "L02", "L03", "L06")
    if key_rule and use["last_seen"] > chain.issuances[0]["expiration"]:
        text = (
            f"some events are later than the expiration {_time(chain.issuances[0]['expiration'])}:"
            " this answer does not cover them"
        )
        found.append(Warn("use_after_expiry", text))
    refused = store.records("answers/refused_links", {"use_id": use["use_id"]})
    for row in refused if not chain.hops else []:
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


def missing_logs(store: Store, chain: Chain, use: Record | None) -> list[Missing]:
    """The account, Region and hours whose logs would finish the chain."""
    if chain.stop is Stop.MISSING_LOG:
        account = chain.origin.account_id
        when: datetime | None = None
        if chain.issuances:
            when = chain.issuances[-1]["event_time"]
        elif use is not None:
            when = use["first_seen"]
        why = "who made the call is known to the caller's account only"
        if when is None:
            return [Missing(account, None, None, None, why)]
        return [Missing(account, None, when - LOOK_BACK, when + timedelta(minutes=15), why)]
    last = chain.last_use
    if last is None or not last["authenticated"]:
        return []
    if chain.stop is Stop.NO_ISSUANCE and chain.origin.kind == "unknown":
        return [_missing_issuance(store, last)]
    if chain.stop is Stop.ORIGIN and _sign_in_unseen(last):
        created = last["creation_date"]
        why = "the sign-in or GetSessionToken call that began the session"
        return [
            Missing(
                last["account_id"],
                None,
                created - timedelta(minutes=1),
                created + timedelta(minutes=15),
                why,
            )
        ]
    return []


def _missing_issuance(store: Store, use: Record) -> Missing:
    account = use["session_issuer_account_id"] or use["account_id"]
    created = use["creation_date"]
    held = {row["aws_region"] for row in store.records("answers/regions_of_account", {"account_id": account})}
    region = None if GLOBAL_REGION in held else GLOBAL_REGION
    why = "the call that issued this credential"
    if region is not None:
        why += "; calls to the global STS endpoint are logged in us-east-1, which is not in this data"
    if created is not None:
        # Delivery may lag; the call itself is within a second of the creation date.
        return Missing(account, region, created - timedelta(minutes=1), created + timedelta(minutes=15), why)
    return Missing(account, region, use["first_seen"] - LOOK_BACK, use["first_seen"], why)


def _time(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value is not None else "an unknown time"
