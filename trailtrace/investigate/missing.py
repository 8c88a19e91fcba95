"""Why not: the account, Region and hours of logs that would finish a chain, and why they are not here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from trailtrace.investigate.chain import GRADE_ORDER, Chain
from trailtrace.investigate.coverage import Coverage, Held
from trailtrace.investigate.links import Record
from trailtrace.model import Grade, Missing, MissingReason, Stop

GLOBAL_REGION = "us-east-1"
"""Region in which calls to the global STS endpoint are logged (trap T05)."""

LOOK_BACK = timedelta(hours=12)
"""No role session lives longer, so its issuance is not further back."""

USER_LOOK_BACK = timedelta(hours=36)
"""The same of GetSessionToken and GetFederationToken."""

BEFORE = timedelta(minutes=1)
DELIVERY = timedelta(minutes=15)
"""CloudTrail delivers this much later as a rule, so the file of an event may bear a later time (T02)."""

_SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
_SERVICE_LINKED_PATH = ":role/aws-service-role/"
_WORKLOADS = ("ec2_instance", "lambda_function", "ecs_task")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A call that would finish a chain."""

    what: str
    account_id: str | None
    region: str | None
    since: datetime
    until: datetime
    moment: datetime | None
    """When it happened, if that is known to the second."""
    by_sts: bool
    """It may have gone to the global STS endpoint, and is read-only."""


def missing_logs(coverage: Coverage, chain: Chain, use: Record | None) -> list[Missing]:
    """What to fetch, for a chain that more logs could finish or prove; empty for any other."""
    wanted = [*_of_other_calls(chain), *_of_likely_callers(chain), *_wanted(chain, use)]
    asked = [missing for each in dict.fromkeys(wanted) for missing in _missing(coverage, each)]
    if chain.stop is Stop.AMBIGUOUS and not asked:
        # Nothing tells the candidates apart, but they may turn out to be one.
        asked = [each for fork in chain.forks for each in missing_logs(coverage, fork, use)]
    return list(dict.fromkeys(asked)) + _unseen_uses(coverage, chain, use)


def missing_own_record(coverage: Coverage, event: Record) -> list[Missing]:
    """The caller's own record of an event that only another account tells of (L17)."""
    return _missing(coverage, _own_copy(event, event["account_id"]))


def _wanted(chain: Chain, use: Record | None) -> list[_Wanted]:
    if chain.stop is Stop.MISSING_LOG:
        return _of_foreign_caller(chain, use)
    last = chain.last_use
    if last is None or not last["authenticated"]:
        return []
    if chain.stop is Stop.NO_ISSUANCE and chain.origin.kind == "unknown":
        return [_issuance(last)]
    if chain.stop is Stop.ORIGIN and sign_in_unseen(last):
        created = last["creation_date"]
        what = "the sign-in or GetSessionToken call that began the session"
        return [
            _Wanted(
                what, last["account_id"], None, created - BEFORE, created + DELIVERY, created, by_sts=False
            )
        ]
    if (
        chain.stop is Stop.ORIGIN
        and chain.origin.kind in _WORKLOADS
        and chain.grade is not Grade.PROOF
        and last["user_identity_type"] == "AssumedRole"
        and last["session_issuer_arn"] is not None
    ):
        return [_issuance(last)]
    return []


def _of_other_calls(chain: Chain) -> list[_Wanted]:
    """The calls that issued keys of the chain which are tied to other calls of those seconds (L05)."""
    found = [
        use for place, use in enumerate(chain.uses) if use is not None and _of_another_call(chain, place)
    ]
    last = chain.last_use
    if last is not None and chain.forks and all(_of_another_call(fork, 0) for fork in chain.forks):
        found.append(last)
    return [_issuance(use) for use in found]


def _of_another_call(chain: Chain, place: int) -> bool:
    """The use's key is not that of the call it is tied to, and nothing explains that: a lead only (L05)."""
    hop, use, call = chain.hops[place], chain.uses[place], chain.issuances[place]
    if use is None or hop.rule != "L05" or hop.grade is not Grade.WEAK or call["conflicting"]:
        return False
    role = use["session_issuer_arn"] or ""
    expected = use["from_console"] or use["invoked_by"] or _SSO_PATH in role or _SERVICE_LINKED_PATH in role
    return (
        not expected
        and call["kind"] in ("assume_role", "web_identity")
        and None not in (use["join_key"], call["issued_key"])
        and use["join_key"] != call["issued_key"]
    )


def sign_in_unseen(use: Record) -> bool:
    """A session of a user or root that names its principal, but not how it began."""
    return (
        use["user_identity_type"] in ("IAMUser", "Root")
        and use["creation_date"] is not None
        and use["invoked_by"] is None
    )


def _of_foreign_caller(chain: Chain, use: Record | None) -> list[_Wanted]:
    account = chain.origin.account_id
    if not chain.issuances:
        if use is None:
            return []
        what = "who made the calls is known to the caller's account only"
        since, until = use["first_seen"] - BEFORE, use["last_seen"] + DELIVERY
        return [_Wanted(what, account, None, since, until, None, by_sts=False)]
    call = chain.issuances[-1]
    when: datetime = call["event_time"]
    began = "how the session that made the call began"
    if call["switched_from"] is not None:
        return [_Wanted(began, account, None, when - LOOK_BACK, when, None, by_sts=True)]
    wanted = [_own_copy(call, account)]
    if ":" in (call["caller_principal_id"] or ""):
        wanted.append(_Wanted(began, account, None, when - LOOK_BACK, when, None, by_sts=True))
    return wanted


def _own_copy(call: Record, account: str | None) -> _Wanted:
    when: datetime = call["event_time"]
    what = f"who made the {call['event_name']} call of {_time(when)} is known to the caller's account only"
    by_sts = call["event_source"] == "sts.amazonaws.com"
    return _Wanted(what, account, call["aws_region"], when - BEFORE, when + DELIVERY, when, by_sts)


def _of_likely_callers(chain: Chain) -> list[_Wanted]:
    """Callers only likely, or one of several: their account's own record names the one (L11, L17)."""
    likely = [
        call
        for hop, call in zip(chain.hops, chain.issuances, strict=True)
        if GRADE_ORDER.index(hop.grade) <= GRADE_ORDER.index(Grade.PROBABLE)
    ]
    calls = likely + [fork.issuances[0] for fork in chain.forks if fork.issuances]
    return [
        _own_copy(call, call["caller_account_id"])
        if call["parent_rule"] == "L17"
        else _switch_call(call, account_of_arn(call["switched_from"]))
        for call in calls
        if call["parent_rule"] in ("L11", "L17")
    ]


def _switch_call(switch: Record, account: str | None) -> _Wanted:
    when: datetime = switch["event_time"]
    what = f"the AssumeRole call of the role switch of {_time(when)}, as the caller's account records it"
    return _Wanted(what, account, None, when - BEFORE, when + DELIVERY, when, by_sts=True)


def _issuance(use: Record) -> _Wanted:
    account = use["session_issuer_account_id"] or use["account_id"]
    created = use["creation_date"]
    call, by_sts = _issuing_call(use)
    if created is not None:
        what = f"{call} that issued this credential"
        return _Wanted(what, account, None, created - BEFORE, created + DELIVERY, created, by_sts)
    look_back = LOOK_BACK if use["user_identity_type"] == "AssumedRole" else USER_LOOK_BACK
    what = f"{call} that issued this credential, which does not say when it was created"
    return _Wanted(what, account, None, use["first_seen"] - look_back, use["first_seen"], None, by_sts)


def _issuing_call(use: Record) -> tuple[str, bool]:
    """What to look for, and whether it may be logged in us-east-1 for a use elsewhere."""
    arn = use["arn"] or use["session_issuer_arn"] or ""
    has_global_endpoint = arn.startswith("arn:aws:") or not arn
    role = use["session_issuer_arn"] or ""
    issued_to = use["credentials_issued_to"] or ""
    if use["assumed_root"]:
        return "the AssumeRoot call", False  # Regional endpoints only
    if use["user_identity_type"] == "FederatedUser":
        return "the GetFederationToken call", has_global_endpoint
    if _SSO_PATH in role:
        return "the AssumeRoleWithSAML call of Identity Center", has_global_endpoint
    if use["ec2_role_delivery"] is not None or ":instance/" in issued_to:
        return "the AssumeRole call by ec2.amazonaws.com", has_global_endpoint
    if ":lambda:" in issued_to:
        return "the AssumeRole call by lambda.amazonaws.com", has_global_endpoint
    if ":ecs:" in issued_to:
        return "the AssumeRole call by ecs-tasks.amazonaws.com", has_global_endpoint
    if use["user_identity_type"] == "AssumedRole":
        return "the AssumeRole, AssumeRoleWithSAML or AssumeRoleWithWebIdentity call", has_global_endpoint
    return "the call", has_global_endpoint


def _missing(coverage: Coverage, wanted: _Wanted) -> list[Missing]:
    pruned = coverage.pruned_before
    if pruned is not None and (wanted.moment or wanted.since) < pruned:
        text = f"records before {_time(pruned)} were pruned from this store"
        return [_entry(wanted, wanted.region, [(MissingReason.PRUNED, text)])]
    held = coverage.account(wanted.account_id)
    if held is None:
        text = f"no record of account {wanted.account_id or 'unknown'} is held"
        return [_entry(wanted, wanted.region, [(MissingReason.ACCOUNT_NOT_HELD, text)])]
    found = _what_is_held(coverage, held, wanted)
    if MissingReason.REGION_NOT_HELD not in dict(found) or wanted.region is not None:
        return [_entry(wanted, wanted.region, found)]
    # Fetch that Region first; but a call to a Regional endpoint is where it was made.
    others = [(reason, text) for reason, text in found if reason is not MissingReason.REGION_NOT_HELD]
    text = f"if it is not in {GLOBAL_REGION}, it went to a Regional endpoint"
    return [
        _entry(wanted, GLOBAL_REGION, found),
        _entry(wanted, None, [(others[0][0], text), *others]),
    ]


def _entry(wanted: _Wanted, region: str | None, found: list[tuple[MissingReason, str]]) -> Missing:
    why = "; ".join([wanted.what, *(text for _, text in found)])
    return Missing(wanted.account_id, region, wanted.since, wanted.until, why, found[0][0])


def _what_is_held(coverage: Coverage, held: Held, wanted: _Wanted) -> list[tuple[MissingReason, str]]:
    """Why an account of which something is held does not show the call, most telling first."""
    found: list[tuple[MissingReason, str]] = []
    if wanted.by_sts and without_reads(held):
        text = "no read-only management event of this account is held, and AssumeRole is one"
        found.append((MissingReason.READS_NOT_HELD, text))
    if wanted.by_sts and wanted.region in (None, GLOBAL_REGION) and GLOBAL_REGION not in held.regions:
        text = "issuances via the global STS endpoint are in us-east-1, which is not in this data"
        found.append((MissingReason.REGION_NOT_HELD, text))
    latest = wanted.moment or wanted.until
    first, last = _time(held.first_event), _time(held.last_event)
    if latest < held.first_event:
        text = f"it lies before the first event held of this account, {first}"
        found.append((MissingReason.BEFORE_FIRST_EVENT, text))
        return found
    if wanted.moment is None and wanted.since < held.first_event:
        text = f"it may lie before the first event held of this account, {first}"
        found.append((MissingReason.BEFORE_FIRST_EVENT, text))
    if coverage.last_event is not None and latest > coverage.last_event - DELIVERY:
        text = (
            f"the data ends at {_time(coverage.last_event)}, and CloudTrail delivers late:"
            " this is provisional"
        )
        found.append((MissingReason.END_OF_DATA, text))
    elif wanted.since > held.last_event:
        text = f"the last event held of this account is of {last}"
        found.append((MissingReason.HOURS_NOT_HELD, text))
        return found
    regions = coverage.regions(wanted.account_id or "", wanted.since, wanted.until)
    if not regions and coverage.days_in_lake(wanted.since, wanted.until):
        text = "of that day everything is here by which the lake knows credentials, the call is not among it"
        found.append((MissingReason.CALL_NOT_HELD, text))
    elif not regions:
        found.append((MissingReason.HOURS_NOT_HELD, "no record of those hours is held"))
    else:
        text = f"records of those hours are held of {', '.join(regions)}, the call is not among them"
        anywhere = wanted.by_sts and wanted.region is None
        if anywhere and GLOBAL_REGION not in regions and GLOBAL_REGION in held.regions:
            text += f"; none is of {GLOBAL_REGION}, where calls to the global STS endpoint are"
        found.append((MissingReason.CALL_NOT_HELD, text))
    return found


def without_reads(held: Held) -> bool:
    """Holds writes, and no read-only management event at all (T07)."""
    return held.writes > 0 and held.reads == 0


def _unseen_uses(coverage: Coverage, chain: Chain, use: Record | None) -> list[Missing]:
    """A key issued for a session in an account of which nothing is held: its uses are there (C05)."""
    if use is not None or not chain.issuances or chain.hops[0].rule != "issued":
        return []
    issuance = chain.issuances[0]
    account = account_of_arn(issuance["session_arn"] or issuance["role_arn"])
    if account is None or coverage.account(account) is not None:
        return []
    why = f"the uses of this session are recorded there; no record of account {account} is held"
    return [
        Missing(
            account,
            None,
            issuance["event_time"],
            issuance["expiration"] + DELIVERY,
            why,
            MissingReason.ACCOUNT_NOT_HELD,
        )
    ]


def account_of_arn(arn: str | None) -> str | None:
    """The account in an ARN."""
    parts = (arn or "").split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None


def _time(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
